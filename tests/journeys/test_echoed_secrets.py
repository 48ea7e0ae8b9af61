"""Webex repeats a password or an access code in a refusal: nobody in a group space sees it."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from tests import database
from tests.journeys import cards
from tests.journeys.world import ELI, Json, World, command

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPACE = "Phone rollout"
POLICY = "does not meet the policy"


def forms(secret: str) -> set[str]:
    """How it may come back."""
    return {secret, secret.upper(), json.dumps(secret)[1:-1], quote(secret, safe="")}


def refusal(secret: str) -> Json:
    """A refusal that repeats it in each of these forms, also where the tracking id stands."""
    message = f"'{', '.join(sorted(forms(secret)))}' {POLICY}"
    body = {"message": message, "errors": [{"description": message}], "trackingId": f"T-{secret}"}
    return {"status": 400, "body": body, "headers": {"trackingid": f"T-{quote(secret)}"}}


async def in_space(world: World, text: str) -> Json:
    room = await world.client.room(ELI, SPACE)
    message = await world.client.say(ELI, text, roomId=room, mention=True)
    return await world.answer(ELI, message["seq"], room=room)


async def everything_written(world: World, folder: Path, code: str) -> str:
    """All that people, operators, auditors and thieves of a disk can read."""
    copy = folder / f"{code}.db"
    env, at = world.env, folder
    tables = database.all_rows(world.database)
    printed = [
        await command(env, at, "requests", "show", code),
        await command(env, at, "audit", "export"),
        await command(env, at, "audit", "export", "--format", "csv"),
        *(str(value) for rows in tables for row in rows for value in row.values()),
    ]
    files = [world.log]
    if not database.on_postgres():
        await command(env, at, "backup", str(copy))
        files += [*world.database.parent.glob("provbot.db*"), copy]
    messages = str(await world.client.messages(ELI))
    room = await world.client.room(ELI, SPACE)
    messages += str(await world.client.messages(ELI, room=room))
    return "\n".join([*printed, messages, *(file.read_bytes().decode("latin-1") for file in files)])


CASES = [
    (
        "/devices",
        'Pa55"word/of-Rose',
        "add phone D82E3EEF7001 2N Customer Managed for Lobby Lyon",
        "password",
    ),
    ("*/dectNetworks", "7319", "create dect network Echo at Lyon", "access_code"),
]


@pytest.mark.parametrize(("path", "secret", "typed", "box"), CASES, ids=["password", "code"])
async def test_an_echoed_secret_appears_nowhere(
    fresh: World, tmp_path: Path, path: str, secret: str, typed: str, box: str
):
    world = fresh
    form = await in_space(world, typed)
    plan = await world.press(ELI, form, "Continue", **{box: secret})
    await world.client.fault(method="POST", path=path, times=1, **refusal(secret))

    answer = await world.press(ELI, plan, "Confirm")

    assert answer["text"].startswith("Not done: ")
    assert POLICY in answer["text"]  # what Webex wants is told, the secret is not
    code = cards.code_of(answer)
    await world.at_rest()
    written = await everything_written(world, tmp_path, code)
    if not secret.isdigit():  # four digits stand by chance in ids and times
        assert [form for form in forms(secret) if form.lower() in written.lower()] == []
    on_disk = "\n".join(str(row) for row in world.rows("select * from requests"))
    on_disk += "\n".join(str(row["detail"]) for row in world.rows("select detail from audit"))
    assert f"'{secret}'" not in on_disk
    assert POLICY not in on_disk
    assert f"'{secret}'" not in answer["text"]
