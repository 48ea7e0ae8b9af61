"""Events that are received but not stored, because the database is locked or the disk is full.

The process keeps them in memory. A file beside the database tells the next process that some may be
lost: an empty file can be created even when the database cannot be written.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


def beside(database: Path) -> Path:
    """Return the file that tells the next process."""
    return database.with_name(f"{database.name}.unclaimed")


@dataclass
class Unclaimed:
    """Count the unstored events, and note them in a file if there is one."""

    file: Path | None = None
    number: int = 0
    to_tell: bool = False  # some may be lost, and people must be told that button presses may be

    def __post_init__(self) -> None:
        self.to_tell |= self.file is not None and self.file.exists()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count one event until it is stored. If it never is, it stays counted."""
        self.number += 1
        self._note()
        yield
        self.number -= 1
        self._forget()

    def abandoned(self) -> None:
        """Record that the process ends before one event is stored, as far as it knows."""
        self.number += 1
        self._note()

    @property
    def is_owed(self) -> bool:
        """Whether the next process must tell people, if this one ends now."""
        return self.to_tell or self.number > 0

    def connection_lost(self) -> None:
        """Record that the connection ended; other events may have been lost with it."""
        self.to_tell = self.to_tell or self.number > 0

    def people_told(self) -> None:
        """Record that people were told about lost button presses."""
        self.to_tell = False
        self._forget()

    def _note(self) -> None:
        if self.file is not None:
            with suppress(OSError):  # on a full disk only this process knows
                self.file.touch(mode=0o600)

    def _forget(self) -> None:
        if self.file is not None and not self.number and not self.to_tell:
            with suppress(OSError):
                self.file.unlink(missing_ok=True)
