"""Webex's words for what it refuses, in words a technician can act on. Pure.

The texts are those of webex-provisioning.md §4.3; statuses differ between sources, so the text decides.
"""

import math
from collections.abc import Sequence

from bot.errors import (
    Conflict,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    ServiceAppRevoked,
    Unauthorized,
    Unavailable,
    WebexError,
)

SERVICE_APP = "The service app needs to be authorized again; your admins have been told. Nothing was changed. Please try again when they say it is done."

# Part of Webex's text, lower case → what to say instead.
TEXTS: Sequence[tuple[str, str]] = (
    ("mac address is in use", "Another device already uses this MAC address. Please read the label again, or remove that device first."),
    ("valid model is required", "Webex does not know this model. Please choose one from the list."),
    ("device model is not supported", "Webex does not support this model in your organization. Please choose one from the list."),
    ("valid device mac is required", "Webex does not accept this MAC address. Please read the label again."),
    ("phones cannot be added to this user", "Webex does not let this owner have one more phone: the limit is reached or the licence does not allow it. Remove a device first, or have the licence changed in Control Hub."),
    ("target user not authorized", "This owner cannot be used for Webex Calling. Have the licence checked in Control Hub."),
    ("requires phone number", "This owner has no phone number or extension yet. Have one assigned in Control Hub, then try again."),
    ("no webex calling licen", "This owner has no Webex Calling licence. Have one assigned in Control Hub, then try again."),
)  # fmt: skip
CODES: Sequence[tuple[str, str]] = (
    ("4003", TEXTS[5][1]),
    ("4008", TEXTS[7][1]),
    ("5700", TEXTS[6][1]),
)
KINDS: Sequence[tuple[type[WebexError], str]] = (
    (ServiceAppRevoked, SERVICE_APP),
    (Unauthorized, "Webex does not accept the service app's token. Nothing was changed. Please tell a provbot admin."),
    (Forbidden, "Webex does not allow the service app to do this. An admin can run `provbot doctor` to see which scope is missing."),
    (NotFound, "Webex does not know this any more. Please look it up again; it may have been removed a moment ago."),
    (Conflict, "Webex already has something that stands against this. Please check the name or MAC address."),
    (RateLimited, "Webex is very busy and asks us to wait {about}. Nothing was changed. Please try again then."),
    (OutcomeUnknown, "Webex did not say whether it was done."),
    (Unavailable, "Webex is not answering properly at the moment. Nothing was changed. Please try again in a few minutes."),
)  # fmt: skip


def why(error: WebexError) -> str:
    """A whole sentence for the person who asked."""
    refused = f"Webex refused: “{error.words.rstrip('.')}”. Nothing was changed."
    return _by_words(error.words.lower()) or _by_kind(error) or refused


def _by_words(words: str) -> str | None:
    parts = (*TEXTS, *((f"[error {code}]", sentence) for code, sentence in CODES))
    return next((sentence for part, sentence in parts if part in words), None)


def _by_kind(error: WebexError) -> str | None:
    found = next((sentence for kind, sentence in KINDS if isinstance(error, kind)), None)
    if found and isinstance(error, RateLimited):
        return found.format(about=about(error.retry_after))
    return found


def about(seconds: float) -> str:
    """A time to wait as people say it: `about 40 s`, `about 10 minutes`."""
    if seconds < 90:
        return f"about {max(10 * math.ceil(seconds / 10), 10)} s"
    return f"about {math.ceil(seconds / 60)} minutes"


def reference(error: WebexError) -> str:
    """What can be kept of it, for support: never Webex's words, which may repeat what was typed."""
    return f"Webex {error.status}" + (
        f" · tracking id {error.tracking_id}" if error.tracking_id else ""
    )


def small_print(error: WebexError) -> str:
    """What Cisco support asks for: status, Webex's own words, tracking id."""
    tracking = f" · tracking id {error.tracking_id}" if error.tracking_id else ""
    return f"Webex {error.status}: {error.words}{tracking}"
