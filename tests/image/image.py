"""The image that `build.sh` made, and what is started from it, without a container daemon."""

import asyncio
import json
import os
import signal
import subprocess
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.journeys.world import World

ROOT: Final = Path(__file__).parents[2]
STORE: Final = ROOT / ".image"
BUILDAH: Final = (
    *("buildah", "--root", str(STORE / "store"), "--runroot", str(STORE / "run")),
    *("--storage-driver", "vfs"),
)
IMAGE, DEMO = "localhost/provbot", "localhost/provbot-demo"
UID: Final = 10001
HOME: Final = "/var/lib/provbot"
CA: Final = "/run/webex-ca.pem"


def ran(*command: str) -> tuple[int, str]:
    """Exit status of a command, and what it printed."""
    done = subprocess.run(command, stdout=PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603
    return done.returncode, done.stdout.strip()


def buildah(*arguments: str) -> str:
    """What `buildah ARGUMENTS` printed; it must go well."""
    status, printed = ran(*BUILDAH, *arguments)
    assert status == 0, printed
    return printed


def settings_of(image: str) -> dict[str, Any]:
    """Env, Entrypoint, Cmd, User, Healthcheck … as a container platform reads them."""
    inspected = json.loads(buildah("inspect", "--type", "image", image))
    config: dict[str, Any] = inspected["Docker"]["config"]
    return config


class Contained(World):
    """A sandbox on this machine, and the bot as the image starts it.

    `buildah run --isolation chroot` gives it the image's files, user and environment. It gives it
    no network of its own: the bot sees the loopback of this machine, where the sandbox is, and
    what PROVBOT_HTTP listens on is seen from here.
    """

    container = ""  # of buildah's
    port = 0  # of PROVBOT_HTTP
    bot = 0  # process id

    @property
    def volume(self) -> Path:
        """What is mounted where the image keeps its database."""
        return self.database.parent

    @property
    def settings(self) -> dict[str, str]:
        """What who runs the image sets; the rest is the image's own."""
        mine = {"WEBEX_CA_FILE": CA, "PROVBOT_HTTP": f"0.0.0.0:{self.port}"}
        return {**self.sandbox.env, **mine}

    def command(self, *arguments: str) -> list[str]:
        """The command that runs the arguments in the container."""
        mounts = (f"{self.volume}:{HOME}", f"{self.sandbox.env['WEBEX_CA_FILE']}:{CA}:ro")
        return [
            *BUILDAH, "run", "--isolation", "chroot",
            *(f"--volume={mount}" for mount in mounts),
            *(f"--env={name}={value}" for name, value in self.settings.items()),
            self.container, "--", *arguments,
        ]  # fmt: skip

    async def launch(self) -> None:
        """Start what the image starts."""
        config = settings_of(IMAGE)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command(*config["Entrypoint"], *config["Cmd"]), stdout=log, stderr=log
            )

    async def start(self) -> None:
        await super().start()
        assert self._process is not None
        self.bot = youngest(self._process.pid)

    async def run(self, *arguments: str) -> tuple[int, str]:
        """Run the arguments beside the bot; exit status and what was printed."""
        process = await asyncio.create_subprocess_exec(
            *self.command(*arguments), stdout=PIPE, stderr=STDOUT
        )
        printed, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, printed.decode()

    async def _end(self, number: signal.Signals) -> int:
        # The platform signals the container's first process; buildah is only who started it.
        bot, self.bot = self.bot, 0
        if bot:
            os.kill(bot, number)
            process, self._process = self._process, None
            assert process is not None
            return await process.wait()
        return await super()._end(number)


class ReadOnly(Contained):
    """The same image on a root file system that is mounted read-only, with a tmpfs on /tmp.

    Buildah has no option for it, so the mounts are made here; everything is done that `--read-only`
    does, but without a container platform's other limits.
    """

    root = ""  # where buildah mounted the container

    def command(self, *arguments: str) -> list[str]:
        """As above, for what unshare and chroot can do."""
        ca = self.sandbox.env["WEBEX_CA_FILE"]
        mounts = f'cp "{ca}" "$0{CA}" && mount --bind "{self.volume}" "$0{HOME}"'
        return read_only(IMAGE, self.root, mounts, self.settings, arguments)


def read_only(
    image: str, root: str, mounts: str, settings: dict[str, str], arguments: Sequence[str]
) -> list[str]:
    """The command that runs `arguments` as the image's user, with `root` mounted read-only.

    `mounts` is shell that adds to them; $0 is the root there. The process keeps its id to the end.
    """
    config = settings_of(image)
    steps = (
        'mount --bind "$0" "$0"', 'mount -o remount,bind,ro "$0"', 'mount -t proc proc "$0/proc"',
        'mount -t tmpfs tmpfs "$0/tmp"', 'mount -t tmpfs tmpfs "$0/run"', mounts,
        'mount -o remount,ro "$0/run"',
        f'exec chroot --userspec={UID}:{UID} --groups= "$0" env -i --chdir="$@"',
    )  # fmt: skip
    env = [*config["Env"], *(f"{name}={value}" for name, value in settings.items())]
    shell = ["unshare", "--mount", "sh", "-c", " && ".join(steps)]
    return [*shell, root, config["WorkingDir"], *env, *arguments]


def youngest(pid: int) -> int:
    """The process at the end of the line: the child of the child of … `pid`."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    others = {
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    } | set(map(int, children))
    return youngest(max(others)) if others else pid


def found_in(root: str, names: Sequence[str]) -> list[str]:
    """Paths below `root` whose last part is one of `names`."""
    tests = [word for name in names for word in ("-o", "-name", name)][1:]
    _, printed = ran("find", root, "-xdev", "(", *tests, ")")
    return [line.removeprefix(root) for line in printed.splitlines()]
