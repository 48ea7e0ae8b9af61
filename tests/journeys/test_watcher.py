"""Journeys look for their own secrets: that they know them all, and find them wherever they are."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.database import sqlite_only
from tests.journeys import leak_checks, wire_tap
from tests.journeys.cards import code_of
from tests.journeys.wire_tap import ACCESS_CODE, CLIENT, CODE, KINDS, PASSWORD, REFRESH, TOKEN
from tests.journeys.world import ELI, TOM, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRETS = {"rosebud-4711!", "5414011256179921", "8362"}


async def test_a_journey_knows_every_secret(fresh: World):
    form = await fresh.say(TOM, "add phone D82E3EEF7D01 generic for bob@acme.example")
    await fresh.press(TOM, form, "Continue", password="open-sesame-77")
    answer = await fresh.press(
        TOM, await fresh.say(TOM, "activation code 8845 for hugo@acme.example"), "Confirm"
    )
    await fresh.say(ELI, "create dect network Hall at Lyon access code 7263")
    await fresh.client.tokens("service_app", "expire")
    await fresh.say(TOM, "devices")
    await fresh.at_rest()

    by_kind = wire_tap.seen(fresh.sandbox.cloud).by_kind

    assert [kind for kind in KINDS if not by_kind[kind]] == []
    assert by_kind[PASSWORD] == {"open-sesame-77"}
    assert by_kind[ACCESS_CODE] == {"7263"}
    assert {
        value for kind, value in fresh.sandbox.env.items() if kind.endswith("TOKEN")
    } <= by_kind[TOKEN] | by_kind[REFRESH]
    assert by_kind[CLIENT] == {fresh.sandbox.env["WEBEX_SERVICE_APP_CLIENT_SECRET"]}
    assert len(by_kind[TOKEN]) >= 3  # the bot's, and two of the service app, one after the other
    (code,) = by_kind[CODE]
    assert code in answer["text"].replace(" ", "")
    assert code_of(answer)
    assert {value for values in by_kind.values() for value in values} <= fresh.secrets()


def made(path: Path) -> sqlite3.Connection:
    """A database like the bot's."""
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode=wal")
    connection.execute("create table some (name text, value text, at float)")
    connection.execute("insert into some values ('harmless', 'nothing', 8362.5)")
    connection.commit()
    return connection


@sqlite_only
@pytest.mark.parametrize(
    "value", ["rosebud-4711!", json.dumps({"inputs": {"x": ["8362"]}}), "code 5414 0112 5617 9921"]
)
async def test_a_secret_in_any_table_is_found(tmp_path: Path, value: str):
    with closing(made(tmp_path / "a.db")) as connection:
        leak_checks.check_database(tmp_path / "a.db", SECRETS)
        connection.execute("insert into some values ('planted', ?, 0)", [value])
        connection.commit()
        with pytest.raises(AssertionError, match="A secret"):
            leak_checks.check_database(tmp_path / "a.db", SECRETS)


@sqlite_only
@pytest.mark.parametrize("value", ["rosebud-4711!", "5414011256179921", "5414 0112 5617 9921"])
async def test_a_deleted_secret_is_found_in_the_file(tmp_path: Path, value: str):
    with closing(made(tmp_path / "a.db")) as connection:
        connection.execute("insert into some values ('planted', ?, 0)", [value])
        connection.commit()
        connection.execute("delete from some where name = 'planted'")
        connection.commit()
        with pytest.raises(AssertionError, match=r"is in a\.db"):
            leak_checks.check_database(tmp_path / "a.db", SECRETS)


@sqlite_only
@pytest.mark.parametrize("is_deleted", [False, True])
async def test_what_was_searched_is_searched_for_what_is_new(tmp_path: Path, *, is_deleted: bool):
    path, later, known = tmp_path / "a.db", "later-secret-0815", "rosebud-4711!"
    with closing(made(path)) as connection:
        rows = [("filler", "x" * 1000 + str(number), 0) for number in range(300)]
        connection.executemany("insert into some values (?, ?, ?)", rows)
        connection.execute("insert into some values ('planted', ?, 0)", [later])
        connection.commit()
        searched = leak_checks.check_database(path, SECRETS)
        assert leak_checks.check_database(path, SECRETS, searched) == searched
        with pytest.raises(AssertionError, match="A secret"):  # it is a secret now
            leak_checks.check_database(path, {*SECRETS, later}, searched)
        connection.execute("insert into some values ('planted', ?, 0)", [known])
        connection.commit()
        if is_deleted:
            connection.execute("delete from some where value = ?", [known])
            connection.commit()
        with pytest.raises(AssertionError, match="A secret"):
            leak_checks.check_database(path, SECRETS, searched)


@sqlite_only
async def test_a_secret_in_a_copy_beside_the_database_is_found(tmp_path: Path):
    made(tmp_path / "a.db").close()
    (tmp_path / "a.db.before-m013").write_bytes(b"\x00\x01rosebud-4711!\x02")
    with pytest.raises(AssertionError, match=r"a\.db\.before-m013"):
        leak_checks.check_database(tmp_path / "a.db", SECRETS)


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "call", "why": "rosebud-4711!"}',
        '{"rosebud-4711!": 1}',
        "no json rosebud-4711! at all",
        '{"event": "x", "deep": [{"a": "8362"}]}',
        '{"event": "x", "why": "5414 0112 5617 9921"}',
    ],
)
async def test_a_secret_in_any_line_of_the_log_is_found(line: str):
    leak_checks.check_log('{"event": "event", "ms": 8362}\n', SECRETS)
    with pytest.raises(AssertionError, match="A secret"):
        leak_checks.check_log(line + "\n", SECRETS)


async def test_secrets_of_people_and_of_webex_are_reported_by_kind():
    sent = dict(
        wire_tap.sent(
            {"Authorization": "Bearer t1"},
            "application/json",
            b'{"password": "p", "x": [{"defaultAccessCode": "0042"}]}',
        )
    )
    assert sent == {TOKEN: "t1", PASSWORD: "p", ACCESS_CODE: "0042"}
    granted = dict(
        wire_tap.sent(
            {}, "application/x-www-form-urlencoded", b"client_secret=s&refresh_token=r&grant_type=x"
        )
    )
    assert granted == {CLIENT: "s", REFRESH: "r"}
    assert dict(wire_tap.answered("/v1/devices/activationCode", {"code": "5414"})) == {CODE: "5414"}
    assert dict(wire_tap.answered("/v1/other", {"code": "5414"})) == {}
    assert dict(
        wire_tap.answered("/v1/attachment/actions/1", {"inputs": {"access_code": "0042"}})
    ) == {ACCESS_CODE: "0042"}
    assert dict(wire_tap.answered("/v1/messages/1", {"text": "activation code 8845 for x"})) == {}
    assert dict(
        wire_tap.answered("/v1/messages/1", {"text": "create dect network Hall, code: 0042"})
    ) == {ACCESS_CODE: "0042"}
