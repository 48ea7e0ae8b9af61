"""PROVBOT_POLICY: a file that changes cells of the policy; a faulty one stops the start."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import (
    BOB,
    approving,
    ask_for_network,
    became,
    card_of,
    count_messages,
    give,
    has_card,
    heard,
    networks,
    no_card,
    take,
    verdicts,
)
from tests.journeys.programs import finished
from tests.journeys.world import ADA, ANA, ELI, NAMES, PATIENCE, TOM, VERA, World, command

pytestmark = pytest.mark.asyncio(loop_scope="module")

POLICY = """
["add phone"]
viewer = "do"

["delete device"]
technician = "deny"

[tag]
technician = "ask"
approve = ["engineer"]
approve_by_minutes = 30

["create dect network"]
engineer = "ask"
approvers = 2

[grant]
admin = "ask"
approve = ["admin"]
"""
NOBODY = {"WEBEX_API_URL": "https://127.0.0.1:9", "WEBEX_BOT_TOKEN": "invented"}  # nothing answers


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With a policy of its own."""
    folder = tmp_path_factory.mktemp("world")
    async with approving(allowlist, folder, policy=POLICY) as world:
        yield world


async def test_a_role_can_be_allowed_more(world: World):
    plan = await world.say(VERA, "add phone D82E3EEF7301 8865 for bob@acme.example")

    assert "now belongs to Bob Keller" in (await world.press(VERA, plan, "Confirm"))["text"]


async def test_a_role_can_be_allowed_less(world: World):
    async with world.nothing_changes():
        answer = await world.say(TOM, "delete device 001122334455")

    assert "Your role (technician) does not allow “delete device”" in answer["text"]


async def test_rules_that_the_file_does_not_name_are_unchanged(world: World):
    waiting = await world.press(ELI, await world.say(ELI, "delete device 001122334455"), "Confirm")
    assert waiting["text"].startswith("Waiting for approval")
    await card_of(world, ANA, cards.code_of(waiting))
    await world.press(ELI, waiting, "Cancel")
    assert "does not allow" in (await world.say(VERA, "create dect network"))["text"]


async def test_approvers_and_deadline_follow_the_file(world: World):
    plan = await world.say(TOM, "tag 001122334455 +asked")
    waiting = await world.press(TOM, plan, "Confirm")
    code, seq = cards.code_of(waiting), await world.client.seq()
    card = await card_of(world, ELI, code)
    assert not await has_card(world, ANA, code)
    (row,) = world.rows("select approve_by, changed_at from requests where code = ?", code)
    assert row["approve_by"] - row["changed_at"] == pytest.approx(1800, abs=1)

    async with world.nothing_changes():
        refused = await world.say(ANA, f"approve {code}")
    assert f"Only people with the role engineer may decide on {code}" in refused["text"]
    await world.client.press(ELI, card["id"], "Approve")

    await heard(world, TOM, "has the tag", after=seq)
    (device,) = await world.devices("001122334455")
    assert "asked" in device["tags"]


async def test_two_approvers_are_two_different_people(world: World):
    waiting = await ask_for_network(world, ELI, "Twice")
    code, seq = cards.code_of(waiting), await world.client.seq()
    card = {who: await card_of(world, who, code) for who in (ANA, BOB)}
    assert "as soon as 2 people have approved it or one rejects it" in waiting["text"]
    assert "· 2 people must approve" in card[BOB]["text"]

    async with world.nothing_changes():
        noted = await world.press(ANA, card[ANA], "Approve")
        again = await world.press(ANA, card[ANA], "Approve")
        typed = await world.say(ANA, f"approve {code}")

    assert noted["text"] == f"Noted: you approved {code}. It needs approval by 1 more person."
    for answer in (again, typed):
        assert answer["text"].startswith(f"You have decided on {code} already")
    assert world.state(code) == "waiting"
    assert verdicts(world, code) == [(ANA, "approve")]
    assert await has_card(world, BOB, code)
    await world.client.press(BOB, card[BOB]["id"], "Approve")
    await heard(world, ELI, "The DECT network Twice was created", after=seq)
    final = await heard(world, ANA, "✓ Approved by", after=seq)
    assert f"✓ Approved by {NAMES[ANA]} and {NAMES[BOB]} at" in final["text"]
    for who in (ANA, BOB):
        await heard(world, who, f"{code} is done", after=seq)
        await no_card(world, who, code)
    assert len(await networks(world, "Twice")) == 1
    assert verdicts(world, code) == [(ANA, "approve"), (BOB, "approve")]


async def test_one_rejection_of_two_approvers_is_enough(world: World):
    waiting = await ask_for_network(world, ELI, "Once")
    code, seq = cards.code_of(waiting), await world.client.seq()
    await world.press(ANA, await card_of(world, ANA, code), "Approve")

    async with world.nothing_changes():
        await world.client.say(BOB, f"reject {code} because once is enough")
        answer = await heard(world, ELI, "Rejected: ", after=seq)

    assert f"{NAMES[BOB]}: “" in answer["text"]
    assert "“once is enough”" in answer["text"]
    assert await became(world, code, "rejected") == "rejected"
    assert await count_messages(world, ANA, f"✗ Rejected by {NAMES[BOB]}", seq) == 1


async def test_the_first_approver_can_still_reject(world: World):
    waiting = await ask_for_network(world, ELI, "Doubtful")
    code, seq = cards.code_of(waiting), await world.client.seq()
    card = await card_of(world, ANA, code)
    await world.press(ANA, card, "Approve")

    async with world.nothing_changes():
        await world.client.press(ANA, card["id"], "Reject", inputs={"reason": "changed my mind"})
        answer = await heard(world, ELI, "Rejected: ", after=seq)

    assert f"{NAMES[ANA]}: “" in answer["text"]
    assert "“changed my mind”" in answer["text"]
    assert await became(world, code, "rejected") == "rejected"
    assert verdicts(world, code) == [(ANA, "reject")]
    for who in (ANA, BOB):
        await no_card(world, who, code)
    trail = await command(world.env, world.database.parent, "audit", "export")
    assert [ANA in line for line in trail.splitlines() if code in line].count(True) >= 2
    assert "changed my mind" in trail


async def test_too_few_approvers_are_reported_at_once(world: World):
    world.write("delete from access where who = ? and role = 'approver'", BOB)
    form = await world.say(ELI, "create dect network Thrice at Berlin")
    plan = await world.press(ELI, form, "Continue")

    async with world.nothing_changes():
        answer = await world.press(ELI, plan, "Confirm")

    assert "needs approval by 2 other people, and there are too few people" in answer["text"]
    world.write(
        "insert into access (who, role, location, granted_at) values (?, 'approver', '', 0)", BOB
    )
    await world.press(ELI, plan, "Cancel")


async def test_policy_prints_what_is_in_force(world: World):
    printed = await command(world.env, world.database.parent, "policy")

    rows = {line[:22].strip(): line[22:].split() for line in printed.splitlines()}
    assert rows["command"][:5] == ["viewer", "technician", "engineer", "approver", "admin"]
    assert rows["add phone"] == ["do", "do", "do", "—", "do"]
    assert rows["delete device"][:5] == ["—", "—", "ask", "—", "do"]
    assert rows["tag"][:5] == ["—", "ask", "do", "—", "do"]
    assert " ".join(rows["tag"][5:]) == (
        "1 × engineer, within 30 min, run within 15 min, finish within 24 h"
    )
    assert rows["create dect network"][:5] == ["—", "ask", "ask", "—", "do"]
    assert rows["create dect network"][5:8] == ["2", "×", "approver,"]


async def test_a_lone_admin_is_told_to_name_the_second_on_the_server(world: World):
    plan = await world.say(ADA, "grant new@acme.example viewer")

    async with world.nothing_changes():
        answer = await world.press(ADA, plan, "Confirm")

    assert "there is nobody who could give it" in answer["text"]
    assert answer["text"].endswith("name another approver: provbot access add WHO admin.")
    assert "provbot access add WHO ROLE" in await command(
        world.env, world.database.parent, "policy"
    )
    await world.press(ADA, plan, "Cancel")


async def test_a_role_that_may_approve_something_sees_what_waits(world: World):
    give(world, VERA, "admin")
    plan = await world.say(ADA, "grant new@acme.example viewer")
    waiting = await world.press(ADA, plan, "Confirm")
    code = cards.code_of(waiting)

    assert code in (await world.say(VERA, "approvals"))["text"]
    assert "approvals · approve · reject" in (await world.say(VERA, "help"))["text"]

    await world.press(ADA, waiting, "Cancel")
    take(world, VERA, "admin")


FAULTY = [
    ('[tag]\ntechnician = "maybe"', 2, "technician must be"),
    ('[tag]\n\nwho = "ask"', 3, "“who” is neither a role nor"),
    ('# ours\n[tagging]\nviewer = "do"', 2, "“tagging” is not a command of the policy"),
    ('[devices]\nviewer = "ask"', 2, "it cannot need approval"),
    ('[tag\nviewer = "do"', 1, "Expected"),
]


@pytest.mark.parametrize(("text", "line", "reason"), FAULTY)
async def test_a_faulty_file_stops_the_start_with_the_line_and_the_reason(
    tmp_path: Path, text: str, line: int, reason: str
):
    file = tmp_path / "policy.toml"
    file.write_text(text)

    status, printed = await start(tmp_path, "run", PROVBOT_POLICY=str(file))

    assert status == 2
    assert re.search(rf"policy\.toml.*line {line}\b", printed)
    assert reason in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("word", ["run", "policy"])
async def test_a_missing_file_stops_the_start(tmp_path: Path, word: str):
    status, printed = await start(tmp_path, word, PROVBOT_POLICY=str(tmp_path / "none.toml"))

    assert status == 2
    assert "PROVBOT_POLICY" in printed
    assert "Traceback" not in printed


async def start(folder: Path, word: str, **env: str) -> tuple[int, str]:
    """Exit status and output of `python -m bot …`, in a world in which nothing answers."""
    everything = {**os.environ, **NOBODY, "WEBEX_SERVICE_APP_ACCESS_TOKEN": "invented", **env}
    return await asyncio.wait_for(finished([word], everything, folder), PATIENCE)
