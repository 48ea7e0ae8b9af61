"""A PostgreSQL server of the test run's own, where PostgreSQL is installed.

The first worker that wants it starts a process that starts the server, and stops it when pytest has
ended, however it ended. All workers use one server.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import gettempdir

import pytest

from tests.coverage_env import unmeasured
from tests.ports import free_port

NOT_INSTALLED = (
    "PostgreSQL is not installed: the tests on it are skipped. Debian: apt-get install postgresql"
)
USER = "provbot"  # a superuser, who needs no password
# Roles that need one; each is for one file of tests, which makes and drops it.
WITH_PASSWORD, OF_COMMANDS, OF_REPLICAS = "with_password", "of_commands", "of_replicas"
PASSWORD = "correct horse"
ACCESS = f"""
host all {WITH_PASSWORD},{OF_COMMANDS},{OF_REPLICAS} 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
local all all trust
"""
# Nothing needs to survive a power cut. Many tests have a connection or two.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "300",
    "listen_addresses": "127.0.0.1",
    "autovacuum": "off",
    "max_wal_size": "256MB",
    "log_min_messages": "fatal",
    "log_min_error_statement": "fatal",
}
TIMEOUT = 60.0  # seconds for a busy machine to start a server
LOOK_EVERY = 0.25  # seconds between two looks whether pytest still runs


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    port: int

    def url(self, database: str, *, user: str = USER, port: int | None = None) -> str:
        """The address of a database."""
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"


@cache
def programs() -> Path | None:
    """Return the folder with initdb and pg_ctl, that of the newest version; None without."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        return None
    return found[-1].parent if found else Path(str(on_path)).resolve().parent


def required() -> None:
    """Skip a test where PostgreSQL is not installed. In CI it fails."""
    if programs() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NOT_INSTALLED)
        pytest.skip(NOT_INSTALLED)


@cache
def server() -> Server:
    """Return the server of this test run; the first worker starts it."""
    required()
    folder = Path(gettempdir()) / f"provbot-tests-{os.getuid()}-{_pytest()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    with _locked(folder / "lock"):
        port = folder / "port"
        if not port.exists():
            with (folder / "log").open("ab") as log:
                subprocess.Popen(  # noqa: S603 - ourselves
                    [sys.executable, "-m", __name__, str(folder), str(_pytest())],
                    cwd=Path(__file__).parents[1],
                    env=unmeasured(os.environ),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C ends pytest first
                ).returncode = 0  # nobody waits for it
            wait_for(port, folder / "log")
        return Server(int(port.read_text()))


def _pytest() -> int:
    """The process whose end ends the server: of several workers, the one that started them."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def wait_for(port: Path, log: Path) -> None:
    """Wait until the server has written its port."""
    give_up_at = time.monotonic() + TIMEOUT
    while not port.exists():
        if time.monotonic() > give_up_at:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
        time.sleep(0.02)


def main(folder: Path, owner: int) -> None:
    """Run a server until the process `owner` has ended."""
    try:
        with running(folder) as server:
            _publish(folder, server.port)
            while _runs(owner):
                time.sleep(LOOK_EVERY)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(folder: Path, settings: Mapping[str, str] = SETTINGS) -> Iterator[Server]:
    """Run a server with its data in `folder`, which the user who runs it must be able to enter."""
    data = folder / "data"
    data.mkdir(mode=0o700)
    user = _server_user()
    if user:
        shutil.chown(data, user)
    port = _start(data, user, settings)
    try:
        yield Server(port)
    finally:
        _run(["pg_ctl", "-D", str(data), "-m", "immediate", "stop"], user)


def control(data: Path, *arguments: str) -> None:
    """Run `pg_ctl` for a server with that data: start it, or stop it."""
    _run(["pg_ctl", "-D", str(data), "-w", *arguments], _server_user())


def _server_user() -> str | None:
    """The user who runs it: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _start(data: Path, user: str | None, settings: Mapping[str, str]) -> int:
    init = ["initdb", "--no-sync", "-U", USER, "-E", "UTF8", "--locale=C", "-A", "trust"]
    _run([*init, "-D", str(data)], user)
    (data / "pg_hba.conf").write_text(ACCESS)
    port = free_port()
    given = {**settings, "port": str(port), "unix_socket_directories": str(data)}
    options = " ".join(f"-c {name}={value}" for name, value in given.items())
    _run(["pg_ctl", "-D", str(data), "-w", "-l", str(data / "log"), "-o", options, "start"], user)
    return port


def _publish(folder: Path, port: int) -> None:
    made = folder / "port.new"
    made.write_text(str(port))
    made.rename(folder / "port")


def _run(arguments: Sequence[str], user: str | None) -> None:
    bin_folder = programs()
    assert bin_folder
    program = str(bin_folder / arguments[0])
    env = os.environ | {"LC_ALL": "C"}
    subprocess.run(  # noqa: S603 - PostgreSQL's
        [program, *arguments[1:]], check=True, user=user, group=user and _group(user), cwd="/",
        env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
