"""Logs: one line an event, ids instead of content, JSON or console; no secret, whatever it is in.

Secrets go by type (`SecretStr`), by the name of the field, and by shape: what looks like a token or
an activation code is hidden wherever it stands, also in a traceback and in what libraries say.
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

from bot import metrics, tally
from bot.errors import RateLimited

SECRET_NAMES = frozenset(
    {"token", "access_token", "refresh_token", "client_secret", "password", "code", "access_code",
     "authorization", "inputs", "text", "body"}
)  # fmt: skip
HIDDEN = "***"
SHORTEST = 16  # signs of the shortest secret that has a shape
# Tokens of Webex (webex-messaging.md §1.1) and of OAuth; client secrets; activation codes.
_SHAPES = re.compile(
    r"(?<![\w-])[\w-]{40,}_[A-Z][A-Z0-9]{3}_[\w-]+"
    r"|\bBearer\s+[^\s'\",]+"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]+"
    r"|(?<![\w-])[0-9a-f]{64}(?![\w-])"
    r"|(?<![\w-])\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?![\w-])"
)


def configure(style: str | None, level: str = "info") -> None:
    """Send structlog and the libraries' warnings to stderr, in `style` or what fits the terminal."""
    console = (style or ("console" if sys.stderr.isatty() else "json")) == "console"
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Stderr())),
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard module. Never below WARNING: at DEBUG `websockets`
    # prints the upgrade headers, bearer token included (webex-messaging.md §5 item 16).
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)
    for handler in logging.root.handlers:
        handler.setFormatter(_Formatter(as_json=not console))
    set_on_retry_hooks([note_retry])


def silence() -> None:
    """No logs at all: a person reads what is printed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()


class _Stderr:
    """Standard error as it is when a line is written: loggers are made once, and kept."""

    @staticmethod
    def write(text: str) -> None:
        """A whole line."""
        sys.stderr.write(text)

    @staticmethod
    def flush() -> None:
        """So that it is there when the process ends the next moment."""
        sys.stderr.flush()


class _Formatter(logging.Formatter):
    """What libraries say, in our form and without secrets."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """One line, with the traceback below it or in it."""
        said = hide(super().format(record))
        if not self._as_json:
            return said
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        return json.dumps(
            {"part": record.name, "event": said, "level": record.levelname.lower(), "timestamp": at}
        )


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Last guard before a line is written: what is or could hold a secret loses its value."""
    for name, value in event.items():
        event[name] = HIDDEN if name in SECRET_NAMES else without_secrets(value)
    return event


def without_secrets(value: Any) -> Any:
    """The same for a log line; what is no plain value becomes its `repr`."""
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
    """The text without what has the shape of a secret."""
    return _SHAPES.sub(HIDDEN, text) if len(text) >= SHORTEST else text


def note_retry(details: RetryDetails) -> None:
    """What is tried once more, and why; never what was said in it (stamina's own line repeats the error)."""
    problem = details.caused_by
    limited = isinstance(problem, RateLimited)
    tally.retried(details.name, "locked" if limited else "unwell")
    if limited and details.name == tally.CALL:
        tally.current().limited.add(details.wait_for)
        metrics.LIMITED.inc(details.wait_for)
    get_logger("retry").warning(
        "tried again", what=tally.named(details.name), reason=type(problem).__name__,
        status=getattr(problem, "status", None), tracking_id=getattr(problem, "tracking_id", ""),
        in_s=round(details.wait_for, 1),
    )  # fmt: skip


def get_logger(name: str) -> Any:
    """A structlog logger bound to the part it belongs to."""
    return structlog.get_logger(part=name)
