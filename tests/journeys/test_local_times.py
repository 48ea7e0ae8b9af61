"""Times are shown by the clock of the reader: that of the account, the location, the setting."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.people import Person, by_email
from tests.journeys.approving import approving, ask_to_delete, card_of, heard
from tests.journeys.cards import code_of, facts
from tests.journeys.world import ANA, ELI, TOM, VERA, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

ERIN = "00:11:22:33:44:55"  # in Austin
ERINS_OTHER = "00:11:22:33:44:A1"
NORTH = "00:11:22:33:44:F6"  # a meeting room's
BERLIN, AUSTIN, TOKYO = r"\d\d:\d\d CES?T\b", r"\d\d:\d\d C[SD]T\b", r"\d\d:\d\d JST\b"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deciding(
    allowlist: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world with approvers, for people and places without a time zone set to Tokyo."""
    folder = tmp_path_factory.mktemp("times")
    async with approving(allowlist, folder, PROVBOT_TIME_ZONE="Asia/Tokyo") as world:
        yield world


def account(world: World, email: str) -> Person:
    """The account of somebody in the sandbox."""
    person = by_email(world.sandbox.cloud.people, email)
    assert person is not None
    return person


async def test_requester_and_approver_each_read_the_decision_in_their_own_zone(deciding: World):
    waiting = await ask_to_delete(deciding, ELI, ERIN)
    code = code_of(waiting)
    assert re.search(rf"by (tomorrow )?{AUSTIN} at the latest", waiting["text"])
    card = await card_of(deciding, ANA, code)
    assert re.search(rf"{code} · until (tomorrow )?{BERLIN}", card["text"])

    seq = await deciding.client.seq()
    await deciding.client.press(ANA, card["id"], "Approve")

    requesters = await heard(deciding, ELI, "✓ Approved by", after=seq)
    approvers = await heard(deciding, ANA, "✓ Approved by", after=seq)
    assert re.search(rf" at {AUSTIN}\. {code}", requesters["text"])
    assert re.search(rf" at {BERLIN}\. {code}", approvers["text"])


async def test_somebody_without_a_zone_reads_times_as_at_their_location(deciding: World):
    assert account(deciding, VERA).time_zone is None  # she is in Berlin

    first = facts(await deciding.say(VERA, f"device {ERINS_OTHER}"))["Last seen"]
    assert re.search(AUSTIN, first)  # as at the device, until her own location is read

    async def reads_berlin() -> bool:
        seen = facts(await deciding.say(VERA, f"device {ERINS_OTHER}"))["Last seen"]
        return re.search(BERLIN, seen) is not None

    await until(reads_berlin, "her location was read")


async def test_somebody_without_zone_and_location_reads_times_as_where_the_request_is(
    deciding: World,
):
    tom = account(deciding, TOM)
    tom.time_zone, tom.location_key = "../etc/passwd", None
    plan = await deciding.say(TOM, f"tag {NORTH} +lab")  # in Berlin
    await deciding.press(TOM, plan, "Cancel")
    details = (await deciding.say(TOM, f"request {code_of(plan)}"))["text"]
    assert re.search(rf"Asked at {BERLIN}", details)


async def test_what_is_at_no_location_is_told_by_the_time_zone_that_is_set(deciding: World):
    tom = account(deciding, TOM)
    tom.time_zone, tom.location_key = "../etc/passwd", None
    form = await deciding.say(TOM, "add phone")
    await deciding.press(TOM, form, "Cancel")
    details = (await deciding.say(TOM, f"request {code_of(form)}"))["text"]
    assert re.search(rf"Asked at {TOKYO}", details)


async def test_the_code_of_an_activation_is_valid_by_the_clock_of_its_requester(deciding: World):
    plan = await deciding.say(ELI, "activation code 8845 for hugo@acme.example")  # in Lyon
    answer = await deciding.press(ELI, plan, "Confirm")
    assert re.search(rf"Valid until: \d+ \w+( \d+)?, {AUSTIN}", answer["text"])
