"""Errors of Webex, in sentences that a technician can act on. Pure.

The texts are those of docs/webex/provisioning.md §4.3, the numbers those of §4.3 and §5. Sources
disagree on the statuses, so text and number decide.
"""

import math
from collections.abc import Sequence
from http import HTTPStatus

from bot.core import api_calls
from bot.core.api_calls import Call
from bot.core.errors import (
    Conflict,
    Forbidden,
    GrantRefused,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ServiceAppRevoked,
    Unauthorized,
    Unavailable,
    Undecodable,
    Unreadable,
    WebexError,
)
from bot.core.masking import mask

SERVICE_APP_REVOKED = (
    "The service app needs to be authorized again; your admins have been told."
    " Nothing was changed. Please try again in a few minutes, or ask an admin whether it is done."
)

MAC_TAKEN, OWNER_FULL = "mac address is in use", "phones cannot be added to this user"
NONE_ALLOWED = "no devices so far"  # of the warning in `add phone`
REFUSED = "Webex refused it. Nothing was changed."  # what is stored instead of Webex's words
OWNER_MAY_HAVE_NONE = (
    "Webex allows this owner no devices, so there is none to remove. Nothing was changed. Please"
    " ask an admin to check the licence and the supported devices in Control Hub."
)
MAC_IS_TAKEN = (
    "Another device already uses this MAC address."
    " Please read the label again, or remove that device first."
)
MAC_REFUSED = "Webex does not accept this MAC address. Please read the label again."
OWNER_WITHOUT_CALLING = (
    "This owner cannot use Webex Calling. Ask an admin to check the licence in Control Hub."
)
OWNER_WITHOUT_NUMBER = (
    "This owner has no phone number or extension yet."
    " Ask an admin to assign one in Control Hub, then try again."
)
OWNER_WITHOUT_LICENCE = (
    "This owner has no Webex Calling licence."
    " Ask an admin to assign one in Control Hub, then try again."
)
# Part of Webex's text, lower case → what to say instead.
MESSAGES_BY_TEXT: Sequence[tuple[str, str]] = (
    (MAC_TAKEN, MAC_IS_TAKEN),
    ("valid model is required", "Webex does not know this model. Please choose one from the list."),
    (
        "device model is not supported",
        "Webex does not support this model in your organization. Please choose one from the list.",
    ),
    ("valid device mac is required", MAC_REFUSED),
    (
        OWNER_FULL,
        "This owner cannot have another phone: the limit is reached, or the licence does not"
        " allow it. Remove a device first, or ask an admin to change the licence in Control Hub.",
    ),
    ("target user not authorized", OWNER_WITHOUT_CALLING),
    ("requires phone number", OWNER_WITHOUT_NUMBER),
    ("no webex calling licen", OWNER_WITHOUT_LICENCE),
)
TWO_LINES, NOT_ASSIGNED, NETWORK_GONE = 5302, 4516, 27455  # errors of DECT (provisioning.md §5)
NETWORK_IS_GONE = (
    "This DECT network does not exist any more. Nothing was changed."
    " Please look up the networks of the location, and start again with one of them."
)
SECOND_LINE_REFUSED = (
    "Webex did not accept the second line of the handset, which keeps its first line."
    " Please check in Control Hub whether the second member can share a line, and set it there."
)
BASE_REFUSED = (
    "Webex refused this base station without a reason. Nothing was changed. Please compare the MAC"
    " address with the label, and check in Control Hub whether another DECT network has it."
)
APPLYING_REFUSED = (
    "Webex refused to let this phone fetch its configuration. Nothing was changed. Phones of the"
    " 9800 series must be online for it, and Webex must manage the phone: please check that it is"
    " connected, and try again."
)
MESSAGES_BY_CODE: Sequence[tuple[int, str]] = (
    (4003, OWNER_WITHOUT_CALLING),
    (4008, OWNER_WITHOUT_LICENCE),
    (5700, OWNER_WITHOUT_NUMBER),
    (5675, MAC_IS_TAKEN),
    (25220, MAC_REFUSED),
    (
        TWO_LINES,
        "Webex did not accept two lines of a handset at once. Nothing was changed."
        " Please add the handset with its first line, and set the second line afterwards.",
    ),
    (
        NOT_ASSIGNED,
        "Webex cannot give this owner a line of the DECT network. Nothing was changed. Please check"
        " in Control Hub that the owner has a Webex Calling licence with a number or an extension,"
        " and that the network has a free line.",
    ),
    (NETWORK_GONE, NETWORK_IS_GONE),
    (
        25008,
        "Webex says that a mandatory field is missing in what I sent. Nothing was changed."
        " Please tell a provbot admin, with the tracking id.",
    ),
)
MESSAGES_BY_TYPE: Sequence[tuple[type[WebexError], str]] = (
    (ServiceAppRevoked, SERVICE_APP_REVOKED),
    (GrantRefused, SERVICE_APP_REVOKED),
    (
        Unauthorized,
        "Webex does not let me in at the moment. Nothing was changed."
        " Please tell a provbot admin that the service app's token is not accepted.",
    ),
    (
        # Of a call that is not in `api_calls`, so that its scope is not known; else `_forbidden`.
        Forbidden,
        "Webex does not allow me to do this. Nothing was changed. Please tell a provbot admin:"
        " `provbot doctor` shows which scope is missing.",
    ),
    (
        NotFound,
        "Webex cannot find the person, device or location. Nothing was changed."
        " Please check whether it still exists, and try again.",
    ),
    (
        Conflict,
        "Webex already has something with this name or MAC address. Please check both.",
    ),
    (
        RateLimited,
        "Webex is very busy and asks me to wait {about}. Nothing was changed."
        " Please try again then.",
    ),
    (
        Undecodable,
        "I did not understand Webex's answer. Nothing was changed."
        " Please try again in a few minutes.",
    ),
    (
        Unreadable,
        "I did not understand Webex's answer. Nothing was changed."
        " Please try again in a few minutes.",
    ),
    (OutcomeUnknown, "Webex did not say whether it was done."),
    (
        Unavailable,
        "Webex is not answering properly at the moment. Nothing was changed."
        " Please try again in a few minutes.",
    ),
)


# Of a phone that cannot fetch its configuration now; the texts are not known.
APPLYING_STATUSES = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT})
NOT_ABOUT_THE_CALL = (Unauthorized, RateLimited, OutcomeUnknown)  # whatever the call


def for_person(error: WebexError) -> str:
    """A sentence for the person who asked; it may quote Webex, so it is not stored."""
    refused = f"Webex refused: “{mask(error.message).rstrip('.')}”. Nothing was changed."
    return _own_message(error) or refused


def is_mac_taken(error: WebexError) -> bool:
    """Whether Webex refused because a device has the MAC already."""
    return MAC_TAKEN in error.message.lower()


def is_owner_full(error: WebexError) -> bool:
    """Whether Webex refused because the owner may have no more phones."""
    return OWNER_FULL in error.message.lower()


def is_two_lines_refused(error: WebexError) -> bool:
    """Whether Webex refused a handset because it would have had two lines from the start."""
    return _has_code(error, TWO_LINES)


def is_network_gone(error: WebexError) -> bool:
    """Whether the DECT network of the call was deleted."""
    return _has_code(error, NETWORK_GONE)


def sentence(error: WebexError | Refused) -> str:
    """A sentence for the person who asked."""
    return for_person(error) if isinstance(error, WebexError) else str(error)


def for_storage(error: WebexError) -> str:
    """The sentence that is stored, without Webex's words: they may repeat what was typed."""
    return _own_message(error) or REFUSED


def quoted(error: WebexError) -> str:
    """Webex's words, for the person who asked, where something else was changed; not stored."""
    if _is_wordless(error):
        return ""
    message = mask(error.message).rstrip(".")
    return f"Webex says “{message}”." if message else ""


def _own_message(error: WebexError) -> str | None:
    call = api_calls.known(error.call)
    if is_network_gone(error):
        return NETWORK_IS_GONE
    if is_two_lines_refused(error) and call is api_calls.UPDATE_HANDSET:
        return SECOND_LINE_REFUSED
    if call and call.reads:
        return _read_failure(call, error) or _by_type(error)
    by_webex_text = _by_webex_text(error) or _by_call(call, error)
    if call and isinstance(error, Forbidden) and not by_webex_text:
        return _forbidden(call)
    return by_webex_text or _by_type(error)


def _read_failure(call: Call, error: WebexError) -> str | None:
    """The sentence for a read that failed: it must not suggest that there is nothing to read."""
    if isinstance(error, Forbidden):
        return _forbidden(call)
    if isinstance(error, Unreadable):
        return (
            f"I could not read {call.subject}: I did not understand Webex's answer."
            " Nothing was changed. Please try again in a few minutes."
        )
    if isinstance(error, (*NOT_ABOUT_THE_CALL, Unavailable)):
        return None
    return (
        f"I could not read {call.subject}: Webex answered with status {error.status}."
        " Nothing was changed. Please try again in a few minutes, or tell a provbot admin."
    )


def _by_call(call: Call | None, error: WebexError) -> str | None:
    """The sentence for a refusal that means something only of this call."""
    if call is api_calls.ADD_BASE_STATIONS:
        return _base_refused(error)
    is_applying = call is api_calls.APPLY_CHANGES and error.status in APPLYING_STATUSES
    return APPLYING_REFUSED if is_applying else None


def _base_refused(error: WebexError) -> str | None:
    """The sentence for a base station, if Webex answers a status alone, as it does for each."""
    if not _is_wordless(error):
        return None
    if isinstance(error, Conflict):
        return MAC_IS_TAKEN
    return BASE_REFUSED if error.status == HTTPStatus.BAD_REQUEST else None


def _is_wordless(error: WebexError) -> bool:
    """Whether the answer was a status alone."""
    return error.message == f"HTTP status {error.status}"


def _forbidden(call: Call) -> str:
    """Almost always a scope is missing, sometimes a right of the admin who authorized the app."""
    return (
        "Webex does not allow me to do this. Nothing was changed. Please tell a provbot admin:"
        f" Webex refused {call.call}. The scope {call.scope} is missing, or the admin who"
        " authorized the service app has no right to do this. A Full Admin can authorize it"
        " again in Control Hub > Apps > Service Apps; `provbot doctor` shows what is missing."
    )


def _by_webex_text(error: WebexError) -> str | None:
    """The sentence for Webex's words, or for the number of the error."""
    message = error.message.lower()
    by_words = (sentence for part, sentence in MESSAGES_BY_TEXT if part in message)
    by_code = (sentence for code, sentence in MESSAGES_BY_CODE if _has_code(error, code))
    return next(by_words, None) or next(by_code, None)


def _has_code(error: WebexError, code: int) -> bool:
    return error.code == code or f"[error {code}]" in error.message.lower()


def _by_type(error: WebexError) -> str | None:
    sentence = next(
        (sentence for kind, sentence in MESSAGES_BY_TYPE if isinstance(error, kind)), None
    )
    if sentence and isinstance(error, RateLimited):
        return sentence.format(about=approximate_wait(error.retry_after))
    return sentence


def approximate_wait(seconds: float) -> str:
    """A waiting time in words: `about 40 s`, `about 10 minutes`."""
    if seconds < 90:
        return f"about {max(10 * math.ceil(seconds / 10), 10)} s"
    return f"about {math.ceil(seconds / 60)} minutes"


def reference(error: WebexError) -> str:
    """What is stored for support: status, call and tracking id, without Webex's words."""
    call = f" · {error.call}" if error.call else ""
    return f"Webex {error.status}{call}" + (
        f" · tracking id {error.tracking_id}" if error.tracking_id else ""
    )


def support_details(error: WebexError) -> str:
    """What Cisco support asks for: status, call, Webex's words, tracking id."""
    call = f" · {error.call}" if error.call else ""
    tracking = f" · tracking id {error.tracking_id}" if error.tracking_id else ""
    return f"Webex {error.status}{call}: {mask(error.message)}{tracking}"
