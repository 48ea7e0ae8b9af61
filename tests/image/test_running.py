"""The bot as the image starts it, in a conversation."""

from pathlib import Path

from tests.image.image import HOME, IMAGE, UID, Contained, ReadOnly, settings_of
from tests.journeys.world import TOM, Json, World

MAC = "D82E3EEF4E5C"
ADD = f"add phone {MAC} 8865 for bob@acme.example"


async def add(world: World) -> Json:
    """Tom adds a phone; what he is told at the end."""
    return await world.press(TOM, await planned(world), "Confirm")


async def planned(world: World) -> Json:
    """Tom asks for a phone; the card he gets. Before it may come that it takes a moment."""
    sent = await world.client.say(TOM, ADD)
    return await world.answer(
        TOM, sent["seq"], where=lambda message: bool(message.get("attachments"))
    )


def proc_file(world: Contained, what: str) -> str:
    """A file of /proc about the bot's process."""
    return Path(f"/proc/{world.bot}/{what}").read_text()


def left_in(world: Contained, folder: str) -> list[str]:
    """Names of the files that the bot sees there."""
    return [path.name for path in Path(f"/proc/{world.bot}/root/{folder}").iterdir()]


async def test_it_answers_and_adds_a_phone(contained: Contained):
    assert "add phone" in (await contained.say(TOM, "help"))["text"]
    assert "Bob Keller" in (await add(contained))["text"]
    assert len(await contained.devices(MAC)) == 1


async def test_it_runs_as_nobody_special_with_its_database_in_the_volume(contained: Contained):
    lines = proc_file(contained, "status").splitlines()
    fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert fields["Uid"].split() == fields["Gid"].split() == [str(UID)] * 4
    assert int(fields["CapEff"], 16) == 0
    assert contained.database.stat().st_uid == UID


async def test_the_health_check_of_the_image_passes_and_fails(contained: Contained):
    kind, check = settings_of(IMAGE)["Healthcheck"]["Test"]
    assert kind == "CMD-SHELL"
    assert await contained.run("sh", "-c", check) == (0, "ok\n")
    assert await contained.run("provbot", "health") == (0, "ok\n")
    status, output = await contained.run("provbot", "health", "--ready")
    assert (status, '"socket": "ok"' in output) == (0, True), output
    assert await contained.stop() == 0
    status, output = await contained.run("sh", "-c", check)
    assert (status, "Connection refused" in output) == (1, True), output


async def test_sigterm_ends_it_and_the_next_start_goes_on(contained: Contained):
    plan = await planned(contained)
    assert await contained.stop() == 0
    await contained.start()
    done = await contained.press(TOM, plan, "Confirm")
    assert "now belongs to Bob Keller" in done["text"]


async def test_it_needs_no_root_file_system_that_can_be_written(read_only: ReadOnly):
    assert "Bob Keller" in (await add(read_only))["text"]
    mounts = [line.split() for line in proc_file(read_only, "mountinfo").splitlines()]
    assert [mount[5].split(",")[0] for mount in mounts if mount[4] == "/"] == ["ro"]
    assert (await read_only.run("touch", f"{HOME}/mine"))[0] == 0
    for place in ("/mine", "/opt/provbot/mine", "/run/mine", "/etc/mine"):
        status, output = await read_only.run("touch", place)
        assert (status, "Read-only file system" in output) == (1, True), output
    assert left_in(read_only, "tmp") == []
