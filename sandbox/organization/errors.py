"""Errors of the organization's rules, in Webex's words where those are known.

See docs/webex/provisioning.md §4.3, §5.
"""

from http import HTTPStatus

from sandbox.errors import ApiError


def refusal(status: int, text: str, code: int | None = None) -> ApiError:
    """Return an error; the calling APIs repeat the code in the text, as Webex does.

    See docs/webex/provisioning.md §1.
    """
    if code is None:
        return ApiError(status, text)
    message = f"[Error {code}] {text}"
    return ApiError(status, message, errors=[{"description": message, "errorCode": code}])


def bad_request(text: str, code: int | None = None) -> ApiError:
    """Return a 400."""
    return refusal(HTTPStatus.BAD_REQUEST, text, code)


def unknown_id(noun: str) -> ApiError:
    """Return a 404 for an id that does not exist."""
    return refusal(HTTPStatus.NOT_FOUND, f"Could not find a {noun} with the provided ID.")


NO_PHONES = "Phones cannot be added to this user"
MAC_TAKEN = "MAC Address is in use by another device"
MODEL_UNKNOWN = "Valid model is required"
MODEL_REFUSED = "Device model is not supported."
MAC_MALFORMED = "Valid device mac is required"
NOT_MANAGED = "Apply changes is not supported for this device."
NOT_ONLINE = "Device is not online."
MISSING_FIELD = 25008
NOT_AUTHORIZED = 4003
NO_CALLING_LICENCE = 4008
NUMBER_REQUIRED = 5700
NO_SUCH_NETWORK = 27455
NOT_ASSIGNED = 4516
TWO_LINES = 5302
