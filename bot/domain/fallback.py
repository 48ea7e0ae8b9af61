"""Reads that only warn: if one fails, the operation goes on, and the plan says what is missing."""

from collections.abc import Awaitable
from typing import TypeVar

from bot.core import api_calls, logs
from bot.core.api_calls import Call
from bot.core.errors import WebexError
from bot.core.models.webex import PhoneModel
from bot.domain.forms import ParsedForm
from bot.domain.known_models import KNOWN_MODELS
from bot.domain.operation import Context
from bot.webex.rate_limiter import short_wait

T = TypeVar("T")

log = logs.get_logger("fallback")

LOCATION_UNREAD = "(could not be read)"


async def read_or_error(read: Awaitable[T]) -> T | WebexError:
    """The answer of a read, or the error with which it failed."""
    try:
        return await read
    except WebexError as error:
        log.warning(
            "read_failed",
            call=error.call,
            status=int(error.status),
            tracking_id=error.tracking_id,
        )
        return error


async def read_or_error_briefly(read: Awaitable[T]) -> T | WebexError:
    """Like `read_or_error`, but without a long wait if Webex limits the calls."""
    with short_wait():
        return await read_or_error(read)


async def optional(form: ParsedForm, call: Call, read: Awaitable[T]) -> T | None:
    """The answer of a read; None, and a note on the form, if it fails."""
    answer = await read_or_error_briefly(read)
    if isinstance(answer, WebexError):
        form.note_unread(call)
        return None
    return answer


async def models(form: ParsedForm, ctx: Context) -> list[PhoneModel]:
    """The models of the organization; if they cannot be read, those that provbot knows."""
    answer = await optional(form, api_calls.MODELS, ctx.calling.models())
    return KNOWN_MODELS if answer is None else answer


async def location_names(ctx: Context) -> dict[str, str] | None:
    """The names of locations by id; None if they cannot be read.

    Raises for people of some locations whose ids are not known: without that list nobody can tell
    which locations are theirs.
    """
    read = read_or_error if ctx.scoped else read_or_error_briefly
    answer = await read(ctx.calling.locations())
    if not isinstance(answer, WebexError):
        return {location.id: location.name for location in answer}
    if ctx.scoped and not ctx.by_id:
        raise answer
    return None
