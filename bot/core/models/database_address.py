"""Where the database is: a file of SQLite, or a database of PostgreSQL."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

POSTGRES_SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True)
class PostgresAddress:
    """A database of PostgreSQL. `url` may hold a password, and is never shown."""

    url: str = field(repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        """The address without password and options, for people."""
        parts = urlsplit(self.url)
        user, _, host = parts.netloc.rpartition("@")
        name = user.partition(":")[0]
        return f"postgresql://{name}{'@' if name else ''}{host}{parts.path}"


DatabaseAddress: TypeAlias = Path | PostgresAddress


def parse(text: str, password: str = "") -> DatabaseAddress:
    """Return the address that PROVBOT_DATABASE means."""
    if text.startswith(POSTGRES_SCHEMES):
        return PostgresAddress(text, password)
    return Path(text)
