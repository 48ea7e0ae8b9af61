"""The messaging side of the REST API."""
