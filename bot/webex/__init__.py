"""The Webex REST API, from status codes up to values."""
