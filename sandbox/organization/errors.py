"""What the rules raise. The texts are Webex's where one is known (webex-provisioning.md §4.3, §5)."""

from http import HTTPStatus

from sandbox.problems import Problem


def refusal(status: int, text: str, code: int | None = None) -> Problem:
    """Return a refusal; a calling API's code stands in the text too, as Webex writes it (§1)."""
    if code is None:
        return Problem(status, text)
    shown = f"[Error {code}] {text}"
    return Problem(status, shown, errors=[{"description": shown, "errorCode": code}])


def bad(text: str, code: int | None = None) -> Problem:
    """400."""
    return refusal(HTTPStatus.BAD_REQUEST, text, code)


def gone(what: str) -> Problem:
    """404 for an id that names nothing."""
    return refusal(HTTPStatus.NOT_FOUND, f"Could not find a {what} with the provided ID.")


NO_PHONES = "Phones cannot be added to this user"
MAC_TAKEN = "MAC Address is in use by another device"
MODEL_UNKNOWN = "Valid model is required"
MODEL_REFUSED = "Device model is not supported."
MAC_MALFORMED = "Valid device mac is required"
MISSING_FIELD = 25008
NOT_AUTHORIZED = 4003
NO_CALLING_LICENCE = 4008
NUMBER_REQUIRED = 5700
NO_SUCH_NETWORK = 27455
NOT_ASSIGNED = 4516
TWO_LINES = 5302
