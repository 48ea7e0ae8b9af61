"""Keep the files of the database readable only by the user that runs provbot."""

import stat
from pathlib import Path

from bot.core import logs
from bot.store import lock

log = logs.get_logger("permissions")

OWNER_ONLY = 0o600
OTHERS = 0o077  # bits of the group and of all other users


def tighten(database: Path) -> None:
    """Remove the permissions of other users; log a warning where that is not allowed."""
    own = [database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm")]
    for path in (*own, lock.beside(database)):
        try:
            _tighten(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("file_permissions_unchanged", file=path.name, reason=error.strerror)


def _tighten(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & OTHERS:
        path.chmod(OWNER_ONLY)
        log.info("file_permissions_tightened", file=path.name, mode=f"{mode:04o}")
