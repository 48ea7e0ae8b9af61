"""Errors of the cloud: one exception, one shape of body (docs/webex/messaging.md §3.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

Errors = Sequence[Mapping[str, Any]] | Mapping[str, Any]

NOT_FOUND = "The requested resource could not be found."
UNAUTHORIZED = "The request requires a valid access token set in the Authorization request header."
FORBIDDEN = (
    "The server understood the request, but refused to fulfill it because the access token is"
    " missing required scopes or the user is missing required roles or licenses."
)


class ApiError(Exception):
    """An answer with a status of 400 or above.

    ``errors`` is a list of ``{"description": …, "errorCode": …}`` (by default made from the
    message) or, for invalid cards, an object. ``body`` replaces the whole body, for OAuth's own
    shapes.
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
        """Return the JSON body: message, errors, trackingId."""
        if self._body is not None:
            return dict(self._body)
        return {"message": self.message, "errors": self.errors, "trackingId": tracking_id}


def bad_request(message: str, errors: Errors | None = None) -> ApiError:
    """400: a field is missing, unknown or wrong."""
    return ApiError(400, message, errors=errors)


def unauthorized(message: str = UNAUTHORIZED) -> ApiError:
    """401: no token, or one that is not valid (any more)."""
    return ApiError(401, message)


def forbidden(message: str = FORBIDDEN, errors: Errors | None = None) -> ApiError:
    """403: the token is valid, but does not permit this."""
    return ApiError(403, message, errors=errors)


def not_found(message: str = NOT_FOUND) -> ApiError:
    """404: it does not exist, or the caller may not see it."""
    return ApiError(404, message)


def conflict(message: str, errors: Errors | None = None) -> ApiError:
    """409: the current state does not permit this."""
    return ApiError(409, message, errors=errors)


def unsupported_media_type(message: str) -> ApiError:
    """415: the call does not accept this content type."""
    return ApiError(415, message)


def locked(message: str, retry_after: int) -> ApiError:
    """423: busy; try again after ``retry_after`` seconds."""
    return ApiError(423, message, headers={"Retry-After": str(retry_after)})
