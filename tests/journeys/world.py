"""A Webex cloud of one's own, the real bot process in it, and the people who talk to it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sandbox.call_log import Call
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests import database
from tests.journeys import leak_checks, wire_tap
from tests.journeys.programs import Program, finished, started
from tests.journeys.traffic import traffic

Json = dict[str, Any]

ADA, ANA, ELI = "ada@acme.example", "ana@acme.example", "eli@acme.example"
TOM, TESS, VERA = "tom@acme.example", "tess@acme.example", "vera@acme.example"
SAM = "sam@acme.example"  # on no list
# As Webex shows them.
NAMES = {
    ADA: "Ada Fischer", ANA: "Ana Costa", ELI: "Eli Novak", TOM: "Tom Berger", SAM: "Sam Stone",
    "bob@acme.example": "Bob Keller",
}  # fmt: skip
ROLES: Sequence[tuple[str, ...]] = (
    (VERA, "viewer"),
    (TOM, "technician"),
    (TESS, "technician", "--location", "Lyon"),
    (ELI, "engineer"),
    (ANA, "approver"),
)
PATIENCE = 40.0  # seconds; far beyond what any answer takes, for machines that are busy
AWAY = ("I was away for a moment", "I was away from ")  # the other one where a minute began
POLL, SLOWEST_POLL = 0.02, 0.25  # seconds between two looks: the first, and after a long wait


def in_progress(message: Json) -> bool:
    """The line that stands while something runs, and is taken away afterwards."""
    return str(message.get("text", "")).startswith("⏳")


def settled(message: Json) -> bool:
    """Everything but that line."""
    return not in_progress(message)


def answering(message: Json) -> bool:
    """The same without what is said by itself on PostgreSQL after a leader was killed."""
    text = str(message.get("text", ""))
    return settled(message) and not (database.on_postgres() and text.startswith(AWAY))


def is_limiting(message: Json) -> bool:
    """The line that stands while Webex's rate limit is waited for."""
    return "Webex limits how fast I may work. I will continue in about" in message.get("text", "")


async def until(
    condition: Callable[[], Awaitable[Any]], what: str, patience: float = PATIENCE
) -> Any:
    """Wait for a condition to hold, and return what it answered; AssertionError after too long."""
    loop = asyncio.get_running_loop()
    deadline, pause = loop.time() + patience, POLL
    while loop.time() < deadline:
        result = await condition()
        if result:
            return result
        await asyncio.sleep(pause)
        pause = min(pause * 1.2, SLOWEST_POLL)
    raise AssertionError(f"It did not happen within {patience:.0f} s that {what}.")


class World:
    """One sandbox and one bot. People are named by email address."""

    def __init__(self, sandbox: Sandbox, folder: Path, env: dict[str, str]) -> None:
        self.sandbox = sandbox
        self.client: SandboxClient = sandbox.client
        self.log = folder / "bot.log"
        self.database = folder / "provbot.db"
        self.said_in_secret: set[str] = set()
        self._folder = folder
        self._env = env
        self._process: Program | None = None
        self._checked = 0  # bytes of the log
        self._searched: leak_checks.Searched | None = None  # of the database
        self._looked_at = 0  # the last call whose card was checked

    @property
    def logs(self) -> list[Path]:
        """What the bot wrote."""
        return [self.log]

    # The bot's process

    async def start(self) -> None:
        """Start the bot; returns when it is connected."""
        await self.launch()
        await self.client.until_online(PATIENCE)

    async def launch(self) -> None:
        """Start the bot, without waiting for it to connect."""
        with self.log.open("ab") as log:
            self._process = await started(["run"], self.env, self._folder, log)

    async def stop(self) -> int:
        """Ask the bot to end, as a container platform does; its exit status."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """The power cut."""
        await self._end(signal.SIGKILL)
        await until(self._is_offline, "the cloud noticed that the bot is gone")

    async def ended(self) -> int:
        """Wait for the bot to end by itself; its exit status."""
        process, self._process = self._process, None
        assert process is not None
        return await asyncio.wait_for(process.wait(), PATIENCE)

    async def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(number)
        return await asyncio.wait_for(process.wait(), PATIENCE)

    async def _is_offline(self) -> bool:
        return not (await self.client.settings())["botOnline"]

    @property
    def env(self) -> dict[str, str]:
        """The environment of the contract, and nothing of the machine's that could interfere."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("WEBEX_", "PROVBOT_"))
        }
        mine = {
            "PROVBOT_DATABASE": database.setting(self.database),
            "PROVBOT_ADMINS": ADA,
            "PROVBOT_LOG": "json",
            "PROVBOT_HTTP": "",
            "PROVBOT_FOLLOW_MINUTES": "0",  # its messages come at any time
            # To load the machine's authorities takes a seventh of a start; nobody here needs them.
            "SSL_CERT_FILE": os.devnull,
        }
        return {**kept, **self.sandbox.env, **mine, **self._env}

    async def access(self, *arguments: str) -> str:
        """`provbot access …`, the real command line; what it printed."""
        return await command(self.env, self._folder, "access", *arguments)

    # Playing people

    async def say(self, person: str, text: str | None = None, **more: Any) -> Json:
        """Say something; the bot's answer."""
        sent = await self.client.say(person, text, **more)
        return await self.answer(person, sent["seq"], room=more.get("roomId"))

    async def press(self, person: str, message: Json, title: str, **inputs: str) -> Json:
        """Press a button as a Webex client lets people press it; the bot's answer."""
        pressed = await self.client.press(
            person, message["id"], title, inputs=inputs, validate=True
        )
        return await self.answer(person, pressed["seq"], room=message["roomId"])

    async def force(self, person: str, message: Json, title: str, **inputs: str) -> Json:
        """Press a button with inputs that a client may refuse; the bot's answer."""
        pressed = await self.client.press(person, message["id"], title, inputs=inputs)
        return await self.answer(person, pressed["seq"], room=message["roomId"])

    async def press_aside(self, person: str, message: Json, title: str, **inputs: str) -> Json:
        """Press a button in a space; the bot's answer to the person alone."""
        pressed = await self.client.press(
            person, message["id"], title, inputs=inputs, validate=True
        )
        return await self.answer(person, pressed["seq"])

    async def craft(self, person: str, message: Json, **data: Any) -> Json:
        """Submit inputs that none of our buttons submits, and return the bot's answer."""
        pressed = await self.client.press(person, message["id"], data=data)
        return await self.answer(person, pressed["seq"], room=message["roomId"])

    async def answer(
        self,
        person: str,
        after: int,
        *,
        room: str | None = None,
        where: Callable[[Json], bool] = answering,
    ) -> Json:
        """The first thing the bot says to the person after that number."""
        return await self.client.reply(
            person, after=after, room=room, timeout=PATIENCE, where=where
        )

    async def answers(
        self,
        person: str,
        after: int,
        room: str | None = None,
        *,
        where: Callable[[Json], bool] = settled,
    ) -> list[Json]:
        """Everything the bot said that stays, once nothing is left to be answered."""
        await self.at_rest()
        bot = (await self.client.settings())["bot"]["id"]
        messages = await self.client.messages(person, room=room, after=after)
        return [message for message in messages if message["personId"] == bot and where(message)]

    async def gone(self, person: str, message: Json) -> None:
        """Wait until that message is deleted."""

        async def is_gone() -> bool:
            messages = await self.client.messages(person, room=message["roomId"])
            return message["id"] not in [shown["id"] for shown in messages]

        await until(is_gone, "the card was taken away")

    # Watching

    async def at_rest(self) -> None:
        """Wait until every frame is acknowledged, every event handled and every request told.

        Then the lines that stood meanwhile are gone, too, and approvers and admins are told: that
        comes after the answer.
        """

        calls = traffic(self.sandbox.cloud)

        async def is_at_rest() -> bool:
            if not calls.is_quiet:  # costs least to see
                return False
            devices = (await self.client.sockets())["devices"]
            is_acknowledged = not any(device["unacked"] for device in devices)
            return (
                is_acknowledged
                and calls.is_quiet
                and not self.rows(
                    "select id from events where handled_at is null"
                    " union all select code from requests"
                    " where state in ('approved', 'running', 'unknown')"
                    " or (state in ('done', 'partly', 'failed') and told = 0)"
                    " union all select message_id from progress_messages"
                )
            )

        await until(is_at_rest, "everything was answered")

    def rows(self, sql: str, *values: Any) -> list[Json]:
        """What the bot's database holds."""
        return database.rows_of(self.database, sql, values)

    def write(self, sql: str, *values: Any) -> None:
        """Change the bot's database behind its back: to age a plan, for one."""
        database.change(self.database, sql, values)

    def state(self, code: str) -> str:
        """Where a request stands."""
        return str(self.rows("select state from requests where code = ?", code)[0]["state"])

    async def devices(self, mac: str) -> list[Json]:
        """The devices of the organization with that MAC."""
        return [
            device
            for device in (await self.client.organization())["devices"]
            if device["mac"] == mac
        ]

    async def changes(self, after: int = 0) -> list[Json]:
        """The calls that tried to change the organization."""
        return [
            call
            for call in await self.client.calls(after)
            if call["token"] == "service_app"
            and call["method"] != "GET"
            and not call["path"].endswith("validateMacs/invoke")
        ]

    @asynccontextmanager
    async def nothing_changes(self) -> AsyncIterator[None]:
        """Whatever happens inside leaves the organization as it was, and no call even tried."""
        before, seq = await self._organization(), await self.client.seq()
        yield
        await self.at_rest()
        assert await self.changes(seq) == []
        assert await self._organization() == before

    async def _organization(self) -> Json:
        """The organization without what phones do by themselves: register, or lose the network."""
        organization = await self.client.organization()
        return organization | {
            "devices": [device | {"connectionStatus": None} for device in organization["devices"]],
        }

    def secrets(self) -> set[str]:
        """All secrets of the settings, the cloud, the wire and people: no file may hold them."""
        of_kind = self.sandbox.cloud.tokens.of_kind
        valid = (*of_kind("bot"), *of_kind("service_app"), *of_kind("refresh"))
        issued = {token.value for token in valid}
        codes = {code.code for code in self.sandbox.cloud.organization.codes}
        configured = {
            value
            for name, value in self.env.items()
            if name.startswith(("WEBEX_", "PROVBOT_")) and name.endswith(("TOKEN", "SECRET", "KEY"))
        }
        keys = {key for value in configured for key in value.split(",") if key}
        crossed = wire_tap.seen(self.sandbox.cloud).all()
        return issued | codes | keys | crossed | self.said_in_secret

    def _may_be_kept(self, seen: wire_tap.Seen) -> set[str]:
        """The only exception: without PROVBOT_KEY the database holds plain refresh tokens."""
        if self.env.get("PROVBOT_KEY"):
            return set()
        now = {token.value for token in self.sandbox.cloud.tokens.of_kind("refresh")}
        return now | seen.by_kind[wire_tap.REFRESH]

    def check(self, *, everything: bool = False) -> None:
        """No traceback, no secret, no unfit card in what the bot wrote, or in what is new of it."""
        if everything:
            self._checked, self._searched = 0, None
        secrets, seen = self.secrets(), wire_tap.seen(self.sandbox.cloud)
        with self.log.open("rb") as log:
            log.seek(self._checked)
            leak_checks.check_log(log.read().decode(), secrets)
            self._checked = log.tell()
        self._searched = leak_checks.check_database(
            self.database, secrets - self._may_be_kept(seen), self._searched
        )
        calls = self.sandbox.cloud.calls.after(self._looked_at)
        leak_checks.check_cards(_cards(calls))
        self._looked_at = calls[-1].seq if calls else self._looked_at


def _cards(calls: Iterable[Call]) -> Iterator[Json]:
    """The cards that were posted."""
    for call in calls:
        if (
            call.method == "POST"
            and call.path.endswith("/messages")
            and isinstance(call.body, dict)
        ):
            yield from (attachment["content"] for attachment in call.body.get("attachments") or ())


@asynccontextmanager
async def living(
    folder: Path, settings: Settings | None = None, **env: str
) -> AsyncIterator[World]:
    """A world in which the bot runs; at the end it must stop with status 0 and leak nothing."""
    async with (
        Sandbox(settings or Settings()) as sandbox,
        inside(World(sandbox, folder, env)) as world,
    ):
        yield world


@asynccontextmanager
async def inside(world: World) -> AsyncIterator[World]:
    """The bot runs; at the end it must stop with status 0 and leave nothing bad."""
    try:
        await world.start()
        yield world
    except BaseException:
        await world.kill()
        raise
    assert await world.stop() == 0
    world.check(everything=True)


async def command(env: dict[str, str], folder: Path, *arguments: str) -> str:
    """Run `python -m bot …` to its end, which must be a good one; what it printed."""
    status, printed = await finished(arguments, env, folder)
    assert status == 0, printed
    return printed
