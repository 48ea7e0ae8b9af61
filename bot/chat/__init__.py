"""Webex messaging: hearing what people say and press, and answering."""
