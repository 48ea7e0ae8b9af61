"""What `provbot doctor` looks at on this machine: files, disk, database, policy. Changes nothing but what a start would."""

import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

from bot.app import KEY_LOST, read_policy
from bot.config import Config
from bot.errors import ConfigError, Refused
from bot.findings import Finding, Mark, short
from bot.store import access, marks, tokens
from bot.store.database import Store, integrity
from bot.store.schema import MIGRATIONS
from bot.store.seal import Seal, SealedAway

LEAST_FREE = 500 * 10**6  # bytes
ALIVE = 60.0  # seconds; a bot that runs notes every ten until when it has heard everything
ENV_FILE = Path(".env")


def env_file(path: Path = ENV_FILE) -> Finding:
    """Tokens stand in it."""
    if not path.exists():
        return Finding("settings file", "no .env here: the environment says it all")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding(
            "settings file", "other users may read .env", Mark.WARNING, f"chmod 600 {path}"
        )
    return Finding("settings file", ".env, which only its owner can read")


def key(settings: Config) -> Finding:
    """Whether the refresh token can be read from the file."""
    if settings.keys:
        return Finding("encryption", "the refresh token is encrypted in the database")
    return Finding(
        "encryption",
        "the refresh token stands in the database as it is",
        Mark.WARNING,
        "set PROVBOT_KEY to what `provbot key new` prints (docs/secrets.md)",
    )


async def opens(settings: Config, store: Store) -> Finding:
    """Whether the key fits what is kept."""
    configured = settings.refresh_token.get_secret_value() if settings.refresh_token else ""
    try:
        await store.call(tokens.load, configured, Seal(settings.keys))
    except SealedAway as problem:
        return Finding("encryption", str(problem), Mark.WRONG, KEY_LOST)
    return key(settings)


async def database(settings: Config, store: Store) -> Finding:
    """Whole, of which version, and nobody else's to read."""
    found = await store.call(integrity)
    if found != "ok":
        return Finding(
            "database", f"damaged: {found}", Mark.WRONG, "restore a backup: provbot restore FILE"
        )
    version = MIGRATIONS[-1][:4]
    if stat.S_IMODE(settings.database.stat().st_mode) & 0o077:
        return Finding("database", f"whole ({version}), but other users may read it", Mark.WARNING, f"chmod 600 {settings.database}")  # fmt: skip
    return Finding("database", f"whole, version {version}")


async def disk(
    settings: Config, free: Callable[[Path], int] = lambda at: shutil.disk_usage(at).free
) -> Finding:
    """Where nothing can be written nothing can be claimed, so nothing is answered."""
    left = free(settings.database.absolute().parent)
    said = f"{left / 10**6:,.0f} MB free beside the database"
    if left < LEAST_FREE:
        return Finding(
            "disk", said, Mark.WARNING, "make room: a bot that cannot write does not answer"
        )
    return Finding("disk", said)


def policy(settings: Config) -> Finding:
    """Readable, and without mistakes."""
    try:
        read_policy(settings.policy)
    except ConfigError as problem:
        return Finding(
            "policy", str(problem), Mark.WRONG, "provbot does not start with it: docs/policy.md"
        )
    return Finding("policy", f"from {settings.policy}" if settings.policy else "the built-in one")


async def admins(settings: Config, store: Store) -> Finding:
    """Somebody must be able to give roles."""
    found = {*await store.call(access.admins), *settings.admins}
    if not found:
        raise Refused(
            "Nobody is admin. Set PROVBOT_ADMINS, or run: provbot access add YOU@example.com admin"
        )
    return Finding("admins", ", ".join(sorted(map(short, found))))


async def running(store: Store, clock: Callable[[], float] = time.time) -> Finding:
    """Whether a bot works with this database now."""
    heard = await store.call(marks.heard_until)
    if heard is None or clock() - heard > ALIVE:
        return Finding("provbot itself", "does not run with this database at the moment")
    return Finding(
        "provbot itself", f"runs, and heard everything until {max(clock() - heard, 0):.0f} s ago"
    )
