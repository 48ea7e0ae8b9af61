"""Where the database is: a SQLite file, or a PostgreSQL database."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

POSTGRES_SCHEMES = ("postgresql://", "postgres://")
# libpq takes the parts after the first sign that ends them: a password with such a sign must be
# encoded, or a piece of it would become the host that is shown.
_POSTGRES_URL = re.compile(
    r"postgres(?:ql)?://"
    r"(?:(?P<user>[^:@/?#\s]*)(?::(?P<password>[^:@/?#\s]*))?@)?"
    r"(?P<hosts>[^@/?#\s]*)"
    r"(?P<name>/[^@/?#\s]*)?"
    r"(?P<options>\?[^#\s]*)?"
)
_HOST = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[\w.%~-]*)(?::\d{1,5})?")
_BROKEN_CODE = re.compile(r"%(?![0-9a-fA-F]{2})|%00")
_OTHER_SCHEME = re.compile(
    r"[a-z][a-z0-9+.-]+://|(?:postgres(?:ql)?|sqlite\d?|file):", re.IGNORECASE
)
_CONNECTION_STRING = re.compile(r"\s*(?:host|hostaddr|dbname|user|password|service|port)\s*=")

NOT_AN_ADDRESS = (
    "must be the path of a SQLite file, or begin with postgresql://, for example"
    " postgresql://provbot@db.example.com/provbot"
)
NOT_ENCODED = (
    "must look like postgresql://provbot@db.example.com/provbot. Special characters in the"
    " password, such as @ and /, must be written as %40 and %2F, or the password be set in"
    " PROVBOT_DATABASE_PASSWORD"
)


@dataclass(frozen=True)
class PostgresAddress:
    """A PostgreSQL database. `url` may hold a password, and is never shown."""

    url: str = field(repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        """The address without password and options, for people."""
        parts = _POSTGRES_URL.fullmatch(self.url)
        if parts is None:  # pragma: no cover - `parse` lets no such address pass
            return "postgresql://…"
        user = f"{parts['user']}@" if parts["user"] else ""
        return f"postgresql://{user}{parts['hosts']}{parts['name'] or ''}"

    @property
    def secrets(self) -> list[str]:
        """The passwords, to mask them: as they are, and as the address has them."""
        parts = _POSTGRES_URL.fullmatch(self.url)
        if parts is None:  # pragma: no cover - `parse` lets no such address pass
            return [self.password]
        options = (pair.partition("=") for pair in (parts["options"] or "")[1:].split("&"))
        hidden = [value for name, _, value in options if unquote(name).endswith("password")]
        encoded = [text for text in (parts["password"], *hidden) if text]
        return [*filter(None, [self.password]), *dict.fromkeys((*encoded, *map(unquote, encoded)))]


DatabaseAddress: TypeAlias = Path | PostgresAddress


def parse(text: str, password: str = "") -> DatabaseAddress:
    """Return the address that PROVBOT_DATABASE means.

    Raises ValueError, which does not repeat the text, for an address of another kind.
    """
    if text.startswith(POSTGRES_SCHEMES):
        if not _is_postgres_url(text):
            raise ValueError(NOT_ENCODED)
        return PostgresAddress(text, password)
    if _OTHER_SCHEME.match(text) or _CONNECTION_STRING.match(text):
        raise ValueError(NOT_AN_ADDRESS)
    return Path(text)


def _is_postgres_url(text: str) -> bool:
    parts = _POSTGRES_URL.fullmatch(text)
    return (
        parts is not None
        and all(map(_HOST.fullmatch, parts["hosts"].split(",")))
        and not _BROKEN_CODE.search(text)
    )
