"""Start and end of the process: another one that runs, a lock, a full disk, an early SIGTERM.

The starts that this is about are those of production: the bot loads itself (`new_processes`).
"""

import asyncio
import signal

import pytest

from tests.database import locked, sqlite_only
from tests.journeys.programs import finished, new_processes
from tests.journeys.world import ELI, VERA, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def run(world: World, *arguments: str, within: float = 40.0) -> tuple[int, str]:
    """`provbot …` to its end: exit status and output."""
    running = finished(arguments, world.env, world.database.parent, measured=True)
    return await asyncio.wait_for(running, within)


async def run_new(world: World, within: float = 40.0) -> tuple[int, str]:
    """`provbot run` to its end, as a new process."""
    with new_processes():
        return await run(world, "run", within=within)


async def launch_new(world: World) -> None:
    """Start the bot as a new process, without waiting for it to connect."""
    with new_processes():
        await world.launch()


@sqlite_only
async def test_a_second_process_is_refused_and_the_first_goes_on(fresh: World, tmp_path):
    status, output = await run_new(fresh)
    assert status == 1
    assert "Another process already runs provbot with the database" in output
    assert "Traceback" not in output
    assert "11 devices" in (await fresh.say(VERA, "devices"))["text"]

    backup = tmp_path / "copy.db"
    assert (await run(fresh, "backup", str(backup)))[0] == 0
    assert (await run(fresh, "access", "add", "new@acme.example", "viewer"))[0] == 0
    assert (await run(fresh, "audit", "verify"))[0] == 0
    status, output = await run(fresh, "restore", str(backup))
    assert (status, "The bot runs with this database." in output) == (1, True)

    await fresh.kill()
    await fresh.start()
    assert "11 devices" in (await fresh.say(VERA, "devices"))["text"]


async def test_a_second_process_with_another_database_is_named_in_the_log(fresh: World, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    other = World(fresh.sandbox, folder, {})
    await launch_new(other)

    async def is_named() -> bool:
        return "duplicate_registration" in other.log.read_text()

    await until(is_named, "the first one was named")
    assert await other.stop() == 0


async def test_a_database_that_is_locked_at_the_start_is_waited_for(fresh: World):
    assert await fresh.stop() == 0
    seq = (await fresh.client.say(ELI, "devices erin"))["seq"]

    with locked(fresh.database):
        await launch_new(fresh)
        await asyncio.sleep(8)  # longer than the database waits by itself

    assert "2 devices" in (await fresh.answer(ELI, seq))["text"]


@sqlite_only  # on PostgreSQL it waits as a standby
async def test_a_database_that_stays_locked_ends_the_start_for_a_retry(fresh: World):
    assert await fresh.stop() == 0
    with locked(fresh.database):
        status, output = await run_new(fresh, within=60.0)
    assert status == 1
    assert output.rstrip().endswith("cannot be used: database is locked.")
    assert "Traceback" not in output
    await fresh.start()


async def test_sigterm_before_webex_is_reached_ends_soon_with_status_0(fresh: World):
    assert await fresh.stop() == 0
    await fresh.client.fault(path="/people/me", times=0, status=503)
    await launch_new(fresh)

    async def asked() -> bool:
        return any(
            c["path"] == "/v1/people/me" and c["status"] == 503 for c in await fresh.client.calls()
        )

    await until(asked, "the bot asked who it is")
    process = fresh._process
    assert process is not None
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 8) == 0

    await fresh.client.clear_faults()
    await fresh.start()


@sqlite_only
async def test_a_database_that_others_could_read_becomes_private(fresh: World):
    assert await fresh.stop() == 0
    fresh.database.chmod(0o644)
    await fresh.start()
    files = fresh.database.parent.glob("provbot.db*")
    modes = {path.name: path.stat().st_mode & 0o777 for path in files}
    assert set(modes.values()) == {0o600}, modes
    assert "file_permissions_tightened" in fresh.log.read_text()


async def test_another_bot_is_refused_before_it_writes(fresh: World):
    assert await fresh.stop() == 0
    (noted,) = fresh.rows("select bot, bot_email from instance")
    fresh.write("update instance set bot = 'another', bot_email = 'another@webex.bot'")
    fresh._env["PROVBOT_ADMINS"] = "other@acme.example"
    status, output = await run_new(fresh)
    assert status == 2
    assert "belongs to another bot, another@webex.bot. This one does not start" in output
    assert "other@acme.example" not in await fresh.access("list")
    status, output = await run(fresh, "doctor")
    assert status == 1
    assert "belongs to another bot, another@webex.bot" in output

    assert (await run(fresh, "change-bot"))[0] == 0
    await fresh.start()
    assert fresh.rows("select bot, bot_email from instance") == [noted]
    assert "other@acme.example" in await fresh.access("list")
