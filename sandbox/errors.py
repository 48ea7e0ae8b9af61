"""What the cloud says when it says no: one exception, one body shape (webex-messaging.md §3.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

Errors = Sequence[Mapping[str, Any]] | Mapping[str, Any]

NOT_FOUND = "The requested resource could not be found."
UNAUTHORIZED = "The request requires a valid access token set in the Authorization request header."
FORBIDDEN = "The server understood the request, but refused to fulfill it because the access token is missing required scopes or the user is missing required roles or licenses."


class Problem(Exception):
    """An answer of 400 or above.

    ``errors`` is a list of ``{"description": …, "errorCode": …}`` (made from the message when left
    out) or, for bad cards, an object. ``body`` replaces the whole body, for OAuth's own shapes.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Errors | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors: Errors = [{"description": message}] if errors is None else errors
        self.headers = dict(headers or {})
        self._body = body

    def body(self, tracking_id: str) -> dict[str, Any]:
        """The JSON body: message, errors, trackingId."""
        if self._body is not None:
            return dict(self._body)
        return {"message": self.message, "errors": self.errors, "trackingId": tracking_id}


def bad_request(message: str, errors: Errors | None = None) -> Problem:
    """400: a field is missing, unknown or wrong."""
    return Problem(400, message, errors=errors)


def unauthorized(message: str = UNAUTHORIZED) -> Problem:
    """401: no token, or one that is not valid (any more)."""
    return Problem(401, message)


def forbidden(message: str = FORBIDDEN, errors: Errors | None = None) -> Problem:
    """403: the token is good, but not for this."""
    return Problem(403, message, errors=errors)


def not_found(message: str = NOT_FOUND) -> Problem:
    """404: no such thing, or one the caller may not see."""
    return Problem(404, message)


def conflict(message: str, errors: Errors | None = None) -> Problem:
    """409: it is already so, or something stands in the way."""
    return Problem(409, message, errors=errors)


def unsupported_media_type(message: str) -> Problem:
    """415: the body is not of a type this call takes."""
    return Problem(415, message)


def locked(message: str, retry_after: int) -> Problem:
    """423: busy; try again after so many seconds."""
    return Problem(423, message, headers={"Retry-After": str(retry_after)})
