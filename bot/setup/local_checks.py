"""The checks of `provbot doctor` on this machine: files, disk, database and policy."""

import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from bot.chat.label_worker import reads_heic, reads_pictures
from bot.core import clouds
from bot.core.config import Config
from bot.core.errors import ConfigError, Refused
from bot.core.models.local_time import LocalTime
from bot.core.models.text import join_words
from bot.domain import unsupported
from bot.domain.lists.workbook import can_read_workbooks
from bot.service.app import read_policy
from bot.service.service_app import KEY_LOST
from bot.setup.report import CheckResult, Status, short
from bot.store import grants, lock, tokens
from bot.store.database import Store
from bot.store.encryption import Cipher, DecryptionError
from bot.store.migrations import MIGRATIONS
from bot.store.sqlite import integrity

MIN_FREE = 500 * 10**6  # bytes
ENV_FILE = Path(".env")
OTHER_USERS = 0o077  # permission bits


def env_file(path: Path = ENV_FILE) -> CheckResult:
    """Check that other users cannot read the tokens in `.env`."""
    name = "settings file"
    if not path.exists():
        return CheckResult(name, "no .env here; all settings come from the environment")
    if _others_can_read(path):
        return CheckResult(name, "other users can read .env", Status.WARNING, f"chmod 600 {path}")
    return CheckResult(name, ".env, readable only by its owner")


def _others_can_read(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & OTHER_USERS)


def cloud(settings: Config) -> CheckResult:
    """Name the cloud, what it lacks, and each address that is not its own."""
    title = settings.cloud.title
    gaps = f" (without {join_words(unsupported.GAPS, 'and')})" if settings.government else ""
    urls = {clouds.API_URL: settings.explicit_api_url, clouds.U2C_URL: settings.explicit_u2c_url}
    elsewhere = [
        f"{name} is {_without_password(url)}"
        for name, url in urls.items()
        if url and clouds.of_url(url) is None
    ]
    if not elsewhere:
        return CheckResult("cloud", f"{title}{gaps}")
    message = f"{title}{gaps}, but {join_words(elsewhere, 'and')}"
    if len(elsewhere) == len(urls):
        return CheckResult("cloud", message)
    return CheckResult(
        "cloud",
        f"{message}, and the other address is that of {title}",
        Status.WARNING,
        f"unless that is intended, set both {clouds.API_URL} and {clouds.U2C_URL}, or neither",
    )


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))


def time_zone(settings: Config) -> CheckResult:
    """Show what time it is in the zone for people and places without one of their own."""
    now = time.time()
    message = f"{settings.time_zone}, where it is {LocalTime(settings.zone, now).show(now)}"
    return CheckResult("time zone", f"{message}; the default for people and places")


def lists(
    settings: Config, can_read_workbooks: Callable[[], bool] = can_read_workbooks
) -> CheckResult:
    """Tell which files can be read as lists of phones."""
    if can_read_workbooks():
        return CheckResult("lists", f"CSV and Excel, up to {settings.bulk_rows:,} rows")
    return CheckResult(
        "lists",
        f"CSV only, up to {settings.bulk_rows:,} rows; the package openpyxl is not installed",
        Status.WARNING,
        "for Excel workbooks, install the extra lists: pip install 'provbot[lists]'",
    )


def photos(
    can_read: Callable[[], bool] = reads_pictures, can_read_heic: Callable[[], bool] = reads_heic
) -> CheckResult:
    """Tell which pictures of labels can be read."""
    if not can_read():
        return CheckResult(
            "photos",
            "photos of labels are not read; the packages pillow and zxing-cpp are not installed",
            Status.WARNING,
            "to read them, install the extra label: pip install 'provbot[label]'",
        )
    kinds = (
        "JPEG, PNG, WebP and HEIC"
        if can_read_heic()
        else "JPEG, PNG and WebP; HEIC needs the extra heic"
    )
    return CheckResult("photos", f"labels are read from {kinds}")


def following(settings: Config) -> CheckResult:
    """Tell how long new devices are followed."""
    minutes = settings.follow_minutes
    text = f"new devices are followed closely for {minutes:g} minutes" if minutes else "off"
    return CheckResult("following", f"{text} (PROVBOT_FOLLOW_MINUTES)")


async def encryption(settings: Config, store: Store) -> CheckResult:
    """Check that secrets in the database are encrypted, with a key that is set."""
    configured = settings.refresh_token.get_secret_value() if settings.refresh_token else ""
    try:
        await store.call(tokens.load, configured, Cipher(settings.keys))
    except DecryptionError as error:
        hint = KEY_LOST.format(portal=settings.cloud.portal)
        return CheckResult("encryption", str(error), Status.FAILED, hint)
    if settings.keys:
        return CheckResult("encryption", "the refresh token is encrypted in the database")
    return CheckResult(
        "encryption",
        "the refresh token is in the database in plain text",
        Status.WARNING,
        "set PROVBOT_KEY to a key from `provbot key new` (docs/secrets.md)",
    )


async def database(path: Path, store: Store) -> CheckResult:
    """Check that the database is intact and that other users cannot read it."""
    damage = await store.call(integrity)
    if damage != "ok":
        hint = "restore a backup: provbot restore FILE"
        return CheckResult("database", f"damaged: {damage}", Status.FAILED, hint)
    version = MIGRATIONS[-1][:4]
    if _others_can_read(path):
        message = f"intact (version {version}), but other users can read it"
        hint = f"chmod 600 {path}"
        return CheckResult("database", message, Status.WARNING, hint)
    return CheckResult("database", f"intact, version {version}")


def _free_beside(path: Path) -> int:
    return shutil.disk_usage(path.absolute().parent).free


async def disk(database: Path, free: Callable[[Path], int] = _free_beside) -> CheckResult:
    """Check the free space, because the bot cannot answer when the disk is full."""
    free_bytes = free(database)
    message = f"{free_bytes / 10**6:,.0f} MB free on the disk of the database"
    if free_bytes < MIN_FREE:
        hint = "free some space: provbot cannot answer when the disk is full"
        return CheckResult("disk", message, Status.WARNING, hint)
    return CheckResult("disk", message)


def policy(settings: Config) -> CheckResult:
    """Check the policy file."""
    try:
        read_policy(settings.policy)
    except ConfigError as error:
        hint = "correct the file; until then, provbot does not start (docs/policy.md)"
        return CheckResult("policy", str(error), Status.FAILED, hint)
    return CheckResult(
        "policy", f"from {settings.policy}" if settings.policy else "the built-in policy"
    )


async def admins(settings: Config, store: Store) -> CheckResult:
    """Check that somebody can grant roles."""
    addresses = {*await store.call(grants.admins), *settings.admins}
    if not addresses:
        raise Refused(
            "Nobody is an admin. Set PROVBOT_ADMINS, or run:"
            " provbot access add YOU@example.com admin"
        )
    message = ", ".join(sorted(map(short, addresses)))
    former = await store.call(grants.former_first_admins, settings.admins)
    if former:
        names = join_words(map(short, former), "and")
        return CheckResult(
            "admins",
            f"{message}; no longer in PROVBOT_ADMINS, but still admin: {names}",
            Status.WARNING,
            "to remove the role, run: provbot access remove EMAIL admin",
        )
    return CheckResult("admins", message)


async def running(database: Path) -> CheckResult:
    """Tell whether a bot runs with this database now."""
    if lock.is_held(database):
        return CheckResult("provbot process", "running with this database")
    return CheckResult("provbot process", "not running with this database at the moment")
