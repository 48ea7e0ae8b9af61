"""The checks of `provbot doctor` on a PostgreSQL database."""

import ipaddress
import stat
from datetime import UTC, datetime
from pathlib import Path

from bot.setup.report import CheckResult, Status
from bot.store.database import Store
from bot.store.postgres_migrations import NAMES
from bot.store.sql import Database, select

NOBODY_LEADS = "no process leads with this database at the moment"
CHECKING = ("verify-ca", "verify-full")  # modes that check who the server is
OTHER_USERS = 0o007  # permission bits; platforms give a group the files of secrets


async def is_empty(store: Store) -> bool:
    """Whether the database has no tables of provbot."""
    return not await store.call(_applied)


async def database(store: Store) -> CheckResult:
    """Tell the version of the server and of the tables."""
    server, names = await store.call(_server_version), await store.call(_applied)
    if not names:
        return CheckResult(
            "database",
            f"PostgreSQL {server}, empty: `provbot run` makes the tables",
            Status.WARNING,
            "if provbot was installed before, check which database PROVBOT_DATABASE names",
        )
    version = names[-1][:4]
    if len(names) < len(NAMES):
        message = f"PostgreSQL {server}, version {version}, older: `provbot run` upgrades it"
        hint = "dump it first, so that you can go back (docs/runbook.md)"
        return CheckResult("database", message, Status.WARNING, hint)
    return CheckResult("database", f"PostgreSQL {server}, version {version}")


async def connection(store: Store) -> CheckResult:
    """Check that the connection is safe, unless it stays on this machine."""
    return encryption(*await store.call(_connection))


def encryption(tls: str, ends: list[str], tls_mode: str) -> CheckResult:
    """Judge a connection by its version of TLS, or none, the addresses of both ends, and the mode.

    All modes but two take any certificate.
    """
    name = "database connection"
    is_local = not ends or len(set(ends)) == 1 or all(map(_is_loopback, ends))
    if tls and not is_local and tls_mode not in CHECKING:
        return CheckResult(
            name,
            f"encrypted ({tls}), but the server's certificate is not checked: another machine could"
            " pretend to be the server",
            Status.WARNING,
            "add ?sslmode=verify-full and sslrootcert to PROVBOT_DATABASE (docs/settings.md)",
        )
    if tls:
        return CheckResult(name, f"encrypted ({tls})")
    if is_local:
        return CheckResult(name, "within this machine, and not encrypted")
    return CheckResult(
        name,
        "not encrypted: others in the network can read and change what is sent",
        Status.WARNING,
        "add ?sslmode=verify-full to PROVBOT_DATABASE (docs/settings.md)",
    )


async def running(store: Store) -> CheckResult:
    """Tell which process leads."""
    return CheckResult("provbot process", await store.call(_who_leads))


def password_file(path: Path | None) -> list[CheckResult]:
    """Check that other users cannot read the file with the password, if there is one."""
    if path is None:
        return []
    name = "database password"
    if stat.S_IMODE(path.stat().st_mode) & OTHER_USERS:
        return [
            CheckResult(name, f"other users can read {path}", Status.WARNING, f"chmod o= {path}")
        ]
    return [CheckResult(name, f"in {path}, which other users cannot read")]


def _applied(db: Database) -> list[str]:
    from bot.store import postgres  # needs psycopg

    return postgres.applied(db)


def _server_version(db: Database) -> str:
    (version,) = db.execute("select current_setting('server_version')").fetchone()
    return str(version).split()[0]


def _connection(db: Database) -> tuple[str, list[str], str]:
    """Return the version of TLS, or nothing, the addresses of both ends, and the mode of TLS.

    A socket has no addresses.
    """
    (row,) = select(
        db,
        "select case when ssl then version end as tls, host(inet_server_addr()) as server,"
        " host(inet_client_addr()) as client from pg_stat_ssl where pid = pg_backend_pid()",
    )
    ends = [end for end in (row["server"], row["client"]) if end]
    tls_mode = str(getattr(db, "tls_mode", ""))  # of PostgreSQL's connection
    return row["tls"] or "", ends, tls_mode


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def _who_leads(db: Database) -> str:
    from bot.store import lease  # needs psycopg

    if not _applied(db):
        return NOBODY_LEADS
    state = lease.state(db)
    if state.age is None or not state.is_fresh:
        return NOBODY_LEADS
    (since,) = db.execute("select extract(epoch from taken_at) from lease").fetchone()
    began = datetime.fromtimestamp(float(since), UTC)
    return (
        f"{state.holder} leads since {began:%Y-%m-%d %H:%M} UTC,"
        f" confirmed {max(state.age, 0):.0f} s ago"
    )
