"""Logs: one line an event, ids instead of content, JSON or console."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog
from pydantic import SecretStr

SECRET_NAMES = frozenset(
    {"token", "access_token", "refresh_token", "client_secret", "password", "code", "access_code",
     "authorization", "inputs", "text", "body"}
)  # fmt: skip


def configure(style: str | None) -> None:
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
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Stderr())),
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard module. Never below WARNING: at DEBUG `websockets`
    # prints the upgrade headers, bearer token included (webex-messaging.md §5 item 16).
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)


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


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Last guard before a line is written: fields that could hold a secret lose their value."""
    for name, value in event.items():
        if name in SECRET_NAMES or isinstance(value, SecretStr):
            event[name] = "***"
    return event


def get_logger(name: str) -> Any:
    """A structlog logger bound to the part it belongs to."""
    return structlog.get_logger(part=name)
