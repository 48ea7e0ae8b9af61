"""The audit trail of a real run: all of it, nothing secret, and every tampering is named."""

import csv
import io
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.errors import DatabaseError
from tests.database import sqlite_only
from tests.journeys import cards, leak_checks
from tests.journeys.approving import approving, ask_for_network, ask_to_delete, heard
from tests.journeys.programs import finished
from tests.journeys.world import ADA, ANA, ELI, TOM, VERA, Json, World, command

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Run:
    """What was done, and the world in which it was."""

    world: World
    approved: str
    rejected: str
    expired: str
    direct: str
    failed: str
    secret: str

    @property
    def folder(self) -> Path:
        return self.world.database.parent

    async def cli(self, *arguments: str) -> str:
        """`provbot …`, which must end well; what it printed."""
        return await command(self.world.env, self.folder, *arguments)

    async def entries(self, *arguments: str) -> list[Json]:
        """The exported trail."""
        printed = await self.cli("audit", "export", *arguments)
        return [json.loads(line) for line in printed.splitlines()]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Run]:
    """A day's work: approved, rejected, expired, done alone, failed, denied, a code, a grant."""
    async with approving(allowlist, tmp_path_factory.mktemp("world")) as world:
        yield await a_days_work(world)


async def a_days_work(world: World) -> Run:
    world.said_in_secret |= {"8254", "open-sesame-9"}
    approved = cards.code_of(await ask_for_network(world, TOM, "Trail", code="8254"))
    seq = await world.client.seq()
    await world.client.say(ANA, f"approve {approved} go ahead")
    await heard(world, TOM, "The DECT network Trail was created", after=seq)
    rejected = cards.code_of(await ask_to_delete(world, ELI, "001122334455"))
    seq = await world.client.seq()
    await world.client.say(ANA, f"reject {rejected} because Erin needs it")
    await heard(world, ELI, "Erin needs it", after=seq)
    expired = cards.code_of(await ask_to_delete(world, ELI, "0011223344A1"))
    world.write("update requests set approve_by = 1 where code = ?", expired)
    seq = await world.client.seq()
    await world.say(ANA, f"approve {expired}")
    await heard(world, ELI, "⌛ Expired at", after=seq)  # before she is answered again
    form = await world.say(ELI, "add phone D82E3EEF7A01 2N Customer Managed for Lobby Lyon")
    plan = await world.press(ELI, form, "Continue", password="open-sesame-9")
    await world.press(ELI, plan, "Confirm")
    refused = await world.say(TOM, "add phone D82E3EEF7A02 8865 for grace@acme.example")
    await world.press(TOM, refused, "Confirm")
    code = await world.say(TOM, "activation code 8865 for bob@acme.example")
    await world.press(TOM, code, "Confirm")
    await world.say(VERA, "add phone")  # denied
    grant = await world.say(ADA, "grant new@acme.example viewer")
    await world.press(ADA, grant, "Confirm")
    await world.at_rest()
    codes = (cards.code_of(message) for message in (plan, refused, code))
    return Run(world, approved, rejected, expired, *codes)


def of(entries: list[Json], code: str) -> list[Json]:
    return [entry for entry in entries if entry["request"] == code]


async def test_the_whole_life_of_an_approved_request_is_in_the_trail(run: Run):
    entries = of(await run.entries(), run.approved)

    assert [entry["action"] for entry in entries] == [
        "waiting",
        "approve",
        "running",
        "call",
        "done",
    ]
    waiting, approve, _, call, done = entries
    assert waiting["actor"] == TOM
    assert waiting["actor_id"]
    assert approve["actor"] == ANA
    assert json.loads(approve["detail"])["reason"] == "go ahead"
    (row,) = run.world.rows("select digest from requests where code = ?", run.approved)
    assert {entry["digest"] for entry in (waiting, approve, done)} == {row["digest"]}
    assert json.loads(waiting["detail"])["title"].startswith("Create the DECT network Trail")
    assert "Trail" in json.loads(done["detail"])["outcome"]
    made = [
        change for change in await run.world.changes() if change["path"].endswith("dectNetworks")
    ]
    detail = json.loads(call["detail"])
    assert (call["actor"], detail["method"], detail["status"]) == (TOM, "POST", 201)
    assert [detail["tracking_id"]] == [change["tracking_id"] for change in made]


async def test_every_decision_and_every_change_is_in_the_trail(run: Run):
    entries = await run.entries()

    def actions(code: str) -> list[tuple[str, str]]:
        return [(entry["action"], entry["actor"]) for entry in of(entries, code)]

    assert actions(run.rejected) == [("waiting", ELI), ("reject", ANA)]
    assert actions(run.expired) == [("waiting", ELI), ("expired", "provbot")]
    assert [action for action, _ in actions(run.direct)] == ["confirmed", "running", "call", "done"]
    assert [action for action, _ in actions(run.failed)][-2:] == ["call", "failed"]
    assert actions(run.direct)[0] == ("confirmed", ELI)
    assert ("granted", ADA) in [(entry["action"], entry["actor"]) for entry in entries]
    assert ("denied", VERA) in [(entry["action"], entry["actor"]) for entry in entries]
    noted = [
        json.loads(entry["detail"])["tracking_id"] for entry in entries if entry["action"] == "call"
    ]
    assert noted == [call["tracking_id"] for call in await run.world.changes()]


async def test_exports_and_lists_hold_no_secret(run: Run):
    codes = [issued.code for issued in run.world.sandbox.cloud.organization.codes]
    assert codes
    secrets = {*run.world.said_in_secret, *codes}
    for arguments in (
        ("audit", "export"),
        ("requests", "list"),
        ("requests", "show", run.approved),
        ("requests", "show", run.secret),
    ):
        printed = await run.cli(*arguments)
        leak_checks.check_rows([{"printed": printed}], secrets)
        assert "open-sesame-9" not in printed


async def test_csv_has_the_same_rows_and_since_omits_older_ones(run: Run):
    entries = await run.entries()
    printed = await run.cli("audit", "export", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(printed)))

    assert [row["hash"] for row in rows] == [entry["hash"] for entry in entries]
    assert rows[0].keys() == entries[0].keys()
    middle = entries[len(entries) // 2]["at"]
    since = await run.entries("--since", middle)
    assert since == [entry for entry in entries if entry["at"] >= middle]
    assert await run.entries("--since", "2999-01-01") == []


async def test_requests_are_listed_and_shown(run: Run):
    listed = (await run.cli("requests", "list")).splitlines()
    states = {line[:4]: line[6:16].strip() for line in listed}
    assert states[run.approved] == "done"
    assert states[run.rejected] == "rejected"
    assert states[run.expired] == "expired"
    assert states[run.failed] == "failed"
    only = (await run.cli("requests", "list", "--state", "rejected")).splitlines()
    assert [line[:4] for line in only] == [run.rejected]

    shown = await run.cli("requests", "show", run.rejected.lower())

    assert ELI in shown
    assert "Delete the Cisco 8845 of Erin Walsh" in shown
    assert "00:11:22:33:44:55" in shown
    assert f"reject       {ANA}" in shown
    assert "Erin needs it" in shown


async def test_audit_in_chat_shows_the_newest_to_admins(run: Run):
    answer = await run.world.say(ADA, "audit")

    assert answer["text"].index("role granted") < answer["text"].index("refused")
    assert "does not allow" in (await run.world.say(ANA, "audit"))["text"]


async def test_audit_in_chat_is_limited_to_a_person_or_a_request(run: Run):
    of_request = await run.world.say(ADA, f"audit {run.rejected}")
    assert of_request["text"].startswith(f"Audit trail: {run.rejected}\n")
    assert "Delete the Cisco 8845 of Erin Walsh" in of_request["text"]
    assert "role granted" not in of_request["text"]

    of_person = await run.world.say(ADA, "audit ana costa")
    assert of_person["text"].startswith(f"Audit trail: {ANA}\n")
    assert "Erin needs it" in of_person["text"]
    of_nobody = await run.world.say(ADA, "audit frobnicate")
    assert of_nobody["text"].startswith("I do not know “frobnicate”")


async def test_the_trail_of_the_run_is_intact(run: Run):
    count = len(await run.entries())

    assert (await run.cli("audit", "verify")).strip() == (
        f"The audit trail is intact: {count} entries."
    )


@pytest.mark.parametrize(
    "sql", ["update audit set actor = 'x' where seq = 3", "delete from audit where seq = 3"]
)
async def test_rows_of_the_trail_cannot_be_changed(run: Run, sql: str):
    with pytest.raises((sqlite3.DatabaseError, DatabaseError), match="append-only"):
        run.world.write(sql)


def edited(db: sqlite3.Connection, last: int) -> None:
    db.execute("update audit set actor = 'eve@acme.example' where seq = 4")


def deleted(db: sqlite3.Connection, last: int) -> None:
    db.execute("delete from audit where seq = 4")


def swapped(db: sqlite3.Connection, last: int) -> None:
    for before, after in ((4, -4), (5, 4), (-4, 5)):
        db.execute("update audit set seq = ? where seq = ?", (after, before))


def cut_off(db: sqlite3.Connection, last: int) -> None:
    db.execute("delete from audit where seq > ?", (last - 2,))


def emptied(db: sqlite3.Connection, last: int) -> None:
    db.execute("delete from audit")


@sqlite_only
@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (edited, "Entry 4 ("),
        (deleted, "Between entry 3 and entry 5 something was removed."),
        (swapped, "Entry 4 ("),
        (cut_off, "are missing at the end."),
        (emptied, "Entries 1 to "),
    ],
)
async def test_tampering_is_found_and_reported(
    run: Run, tmp_path: Path, tamper: Callable[[sqlite3.Connection, int], None], expected: str
):
    copy = tmp_path / "provbot.db"
    with (
        closing(sqlite3.connect(run.world.database)) as original,
        closing(sqlite3.connect(copy)) as db,
    ):
        original.backup(db)
        triggers = db.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        for (name,) in triggers:
            db.execute(f"drop trigger {name}")
        (last,) = db.execute("select max(seq) from audit").fetchone()
        tamper(db, last)
        db.commit()

    env = {**run.world.env, "PROVBOT_DATABASE": str(copy)}
    status, printed = await finished(["audit", "verify"], env, tmp_path)

    assert status == 1, printed
    assert expected in printed
    assert "Traceback" not in printed
    assert len(triggers) >= 2
