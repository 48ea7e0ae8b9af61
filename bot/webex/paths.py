"""Puts Webex ids into paths: an id from outside must not change the path."""

import re
from typing import Any

from bot.core.errors import NotFound

# The alphabet of URL-safe base64. Ids have up to 120 characters so far; no limit is documented.
ID = re.compile(r"[A-Za-z0-9_=-]{1,500}")
MYSELF = "me"  # the owner of the token: for the admin APIs, the service app


def is_id(text: Any) -> bool:
    """Whether it can be the id of a person, a workspace, a device, a message or the like."""
    return isinstance(text, str) and bool(ID.fullmatch(text)) and text.lower() != MYSELF


def part(public: str) -> str:
    """The id as part of a path. Raises NotFound, before any call, if it is not an id."""
    if not is_id(public):
        raise NotFound(404, "That is not a Webex id.")
    return public
