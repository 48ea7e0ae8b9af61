"""A role for one location is for that location, also when names change or cannot be read."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import Unavailable
from bot.core.models.webex import Location, LocationRef
from bot.store import grants
from tests.bot.requests.approving import APPROVERS
from tests.bot.requests.fixtures import ADA, NETWORK, ROLES, TESS, TOM
from tests.bot.requests.harness import DispatchHarness, opened
from tests.bot.requests.strategies import LEA
from tests.bot.test_who_acts import button, presses, says
from tests.example_org import BERLIN, FREE_MAC, LYON

pytestmark = pytest.mark.usefixtures("engine")

NOBODY = "I found no person or workspace called"
NAMES = {BERLIN.id: "Lyon", LYON.id: "Berlin"}  # swapped


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[DispatchHarness]:
    """Tess is technician in Lyon, Lea approves there; the locations were read once."""
    async with opened(tmp_path / "provbot.db", *ROLES, *APPROVERS) as made:
        await made.store.call(grants.note_locations, [BERLIN.ref, LYON.ref])
        yield made


def rename(harness: DispatchHarness, names: dict[str, str]) -> None:
    """The locations are called so from now on; an empty name: it cannot be read."""
    harness.calling.places = [Location(id=key, name=name) for key, name in names.items()]
    harness.calling.owners = [
        owner.model_copy(update={"location": names.get(owner.location_id or "", "")})
        for owner in harness.calling.owners
    ]


@pytest.mark.parametrize("again", [False, True], ids=["as read before", "read again"])
async def test_two_locations_that_swap_names_do_not_swap_roles(harness: DispatchHarness, again):
    rename(harness, NAMES)
    if again:
        await harness.store.call(
            grants.note_locations, [location.ref for location in harness.calling.places]
        )
    elsewhere = await says(harness, TESS, f"add phone {FREE_MAC} 8865 for ann@example.com")
    assert NOBODY in elsewhere.text
    here = await says(harness, TESS, f"add phone {FREE_MAC} 8865 for bob@example.com")
    await presses(harness, TESS, **button(here, "Confirm"))
    assert harness.calling.phone(FREE_MAC)


async def test_a_location_that_is_renamed_keeps_its_people(harness: DispatchHarness):
    rename(harness, {BERLIN.id: "Berlin", LYON.id: "Lyon-Confluence"})
    form = await says(harness, TESS, "create dect network Hall at Lyon-Confluence")
    await presses(
        harness, TESS, **button(form, "Continue"), **NETWORK | {"location": "Lyon-Confluence"}
    )
    plan = harness.messenger.posted[-1]
    await presses(harness, TESS, **button(plan, "Confirm"))
    code = str(button(plan, "Confirm")["request"])
    assert await harness.state(code) == "waiting"
    await says(harness, LEA, f"approve {code}")
    assert await harness.state(code) == "done"


async def test_an_approver_of_a_location_does_not_decide_for_the_one_that_took_its_name(
    harness: DispatchHarness,
):
    rename(harness, NAMES)
    form = await says(harness, TOM, "create dect network Hall at Lyon")
    plan = await presses(harness, TOM, **button(form, "Continue"), **NETWORK)
    await presses(harness, TOM, **button(plan, "Confirm"))
    code = str(button(plan, "Confirm")["request"])
    assert (
        "Only people with the role approver may decide"
        in (await says(harness, LEA, f"approve {code}")).text
    )


async def test_if_locations_cannot_be_read_a_role_holds_by_id(harness: DispatchHarness):
    rename(harness, {BERLIN.id: "", LYON.id: ""})
    harness.calling.broken["locations"] = [Unavailable(503, "Down.")] * 99
    assert "Meeting Room South" in (await says(harness, TESS, "devices")).text
    assert "Ann Alder" not in (await says(harness, TESS, "devices")).text
    assert (
        NOBODY in (await says(harness, TESS, f"add phone {FREE_MAC} 8865 for ann@example.com")).text
    )
    plan = await says(harness, TESS, f"add phone {FREE_MAC} 8865 for bob@example.com")
    await presses(harness, TESS, **button(plan, "Confirm"))
    assert harness.calling.phone(FREE_MAC)


async def test_a_role_for_a_location_is_granted_by_id(harness: DispatchHarness):
    plan = await says(harness, ADA, "grant zoe@example.com viewer at lyon")
    await presses(harness, ADA, **button(plan, "Confirm"))
    (held,) = await harness.store.call(grants.grants_for, "zoe@example.com")
    assert held.where == LocationRef("Lyon", LYON.id)
    harness.calling.broken["locations"] = [Unavailable(503, "Down.")] * 9
    plan = await says(harness, ADA, "revoke zoe@example.com viewer at lyon")
    await presses(harness, ADA, **button(plan, "Confirm"))
    assert await harness.store.call(grants.grants_for, "zoe@example.com") == []
