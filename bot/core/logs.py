"""Logging: one line per event, ids instead of content, JSON or console, never a secret.

Secrets are recognized by type (`SecretStr`), by field name and by shape: anything that looks like a
token or an activation code is hidden everywhere, also in tracebacks and in the libraries' messages.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import structlog
from pydantic import SecretBytes, SecretStr
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from bot.core import call_stats, metrics
from bot.core.errors import DatabaseUnavailable, RateLimited
from bot.core.masking import mask

SECRET_NAMES = frozenset(
    {"token", "access_token", "refresh_token", "client_secret", "password", "code", "access_code",
     "authorization", "inputs", "text", "body"}
)  # fmt: skip
HIDDEN = "***"
MIN_SECRET = 16  # characters of the shortest secret with a known shape
# Tokens of Webex (docs/webex/messaging.md §1.1) and of OAuth; client secrets; activation codes.
_SHAPES = re.compile(
    r"(?<![\w-])[\w-]{40,}_[A-Z][A-Z0-9]{3}_[\w-]+"
    r"|\bBearer\s+[^\s'\",]+"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]+"
    r"|(?<![\w-])[0-9a-f]{64}(?![\w-])"
    r"|(?<![\w-])\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?![\w-])"
)


def configure(style: str | None, level: str = "info") -> None:
    """Send structlog and the libraries' warnings to stderr, in `style` or as fits the terminal."""
    console = (style or ("console" if sys.stderr.isatty() else "json")) == "console"
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            without_traceback_of_outages,
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Stderr())),
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard module. Never below WARNING: at DEBUG `websockets`
    # prints the upgrade headers, bearer token included (docs/webex/messaging.md §5 item 16).
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)
    for handler in logging.root.handlers:
        handler.setFormatter(_Formatter(as_json=not console))
    set_on_retry_hooks([note_retry])


def silence() -> None:
    """Log nothing, for commands whose output a person reads."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()


class _Stderr:
    """The current standard error: loggers are cached, and `sys.stderr` may be replaced."""

    @staticmethod
    def write(text: str) -> None:
        """Write a line."""
        sys.stderr.write(text)

    @staticmethod
    def flush() -> None:
        """Flush, so that nothing is lost when the process ends."""
        sys.stderr.flush()


class _Formatter(logging.Formatter):
    """Formats the libraries' messages like our own, without secrets."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """One line, with the traceback below it or in it."""
        message = hide(super().format(record))
        if not self._as_json:
            return message
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        return json.dumps(
            {
                "part": record.name,
                "event": message,
                "level": record.levelname.lower(),
                "timestamp": at,
            }
        )


def without_traceback_of_outages(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Say in a line why the database does not answer: all background work fails while it lasts."""
    exc_info = event.get("exc_info")
    error = sys.exc_info()[1] if exc_info is True else exc_info
    if isinstance(error, DatabaseUnavailable):
        del event["exc_info"]
        event["level"], event["reason"] = "warning", str(error)
    return event


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Hide the values that are or could contain secrets, just before a line is written."""
    for name, value in event.items():
        event[name] = HIDDEN if name in SECRET_NAMES else without_secrets(value)
    return event


def without_secrets(value: Any) -> Any:
    """A value for the log, without secrets; other than plain values become their `repr`."""
    if isinstance(value, str):
        return hide(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, SecretStr | SecretBytes):
        return HIDDEN
    return _without_secrets(value)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return redact(None, "", {str(name): inner for name, inner in value.items()})
    if isinstance(value, list | tuple | set | frozenset):
        return [without_secrets(inner) for inner in value]
    return hide(repr(value))


def hide(text: str) -> str:
    """The text without secrets, recognized by shape or masked at this moment."""
    return mask(_SHAPES.sub(HIDDEN, text) if len(text) >= MIN_SECRET else text)


def note_retry(details: RetryDetails) -> None:
    """Log and count a retry, without the error's text: stamina's own line would repeat it.

    What waits for the database is logged once: an outage lasts for many of its retries.
    """
    error = details.caused_by
    limited = isinstance(error, RateLimited)
    call_stats.count_retry(details.name, "locked" if limited else "unavailable")
    if limited and details.name == call_stats.CALL:
        call_stats.current().limited.add(details.wait_for)
        metrics.LIMITED.inc(details.wait_for)
    if isinstance(error, DatabaseUnavailable) and details.retry_num > 1:
        return
    get_logger("retry").warning(  # the part is `bot.core.retry`, whose retries these are
        "retry_scheduled", what=call_stats.retry_label(details.name), reason=type(error).__name__,
        status=getattr(error, "status", None), tracking_id=getattr(error, "tracking_id", ""),
        in_s=round(details.wait_for, 1),
    )  # fmt: skip


def get_logger(name: str) -> Any:
    """A structlog logger for one part of the bot."""
    return structlog.get_logger(part=name)
