"""Get an activation code: a secret, for the requester alone."""

import pytest

from bot.core.errors import Unavailable
from bot.domain.operation import LookupInconclusive
from bot.operations.activation_code import ACTIVATION_CODE, grouped, local_time
from tests.bot.operations.forms import context, plan, problems
from tests.example_org import ANN, STORE_ROOM
from tests.fake_calling import FakeCalling

GOOD = {"model": "8865", "owner": "ann@example.com"}


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling()


async def test_the_plan_describes_the_change_and_makes_none(calling):
    made = await plan(ACTIVATION_CODE, GOOD, context(calling))
    assert made.title == "Get an activation code for Ann Alder"
    assert dict(made.facts) == {
        "Phone": "Cisco 8865",
        "For": "Ann Alder (ann@example.com)",
        "Location": "Berlin",
    }
    (call,) = made.calls
    assert (call.method, call.path) == ("POST", "/devices/activationCode")
    assert call.body == {"model": "DMS Cisco 8865", "personId": ANN.id}
    assert (made.location, made.subject) == ("Berlin", ANN.key)
    assert calling.changes == 0


async def test_the_code_is_a_secret_in_groups_of_four(calling):
    made = await plan(ACTIVATION_CODE, GOOD, context(calling))
    outcome = await ACTIVATION_CODE.run(made, {}, context(calling))
    assert outcome.secret
    assert outcome.secret.get_secret_value() == "5414 0112 5617 0000"
    assert dict(outcome.secret_facts)["Valid until"] == "22 December 2026, 10:06 (Europe/Berlin)"
    for shown in (outcome.model_dump_json(exclude={"secret"}), repr(outcome), str(outcome)):
        assert "5414" not in shown


async def test_a_workspace_without_calling_leads_to_a_warning(calling):
    made = await plan(ACTIVATION_CODE, GOOD | {"owner": "Store Room"}, context(calling))
    assert made.subject == STORE_ROOM.key
    assert any("set its calling to “free calling”" in warning for warning in made.warnings)


async def form_error(calling: FakeCalling, **inputs: str) -> str:
    """What the form says about the owner when it opens."""
    _, owner = await ACTIVATION_CODE.fields(inputs, context(calling))
    return owner.error


async def test_a_workspace_for_room_devices_is_told_before_a_model_is_asked(calling):
    problem = await form_error(calling, owner="Boardroom")
    assert problem.startswith("Boardroom is a workspace for Webex room devices.")
    for owner in ("", "Lobby", "Meeting Room", "nobody", "ann@example.com"):
        assert await form_error(calling, owner=owner) == ""


@pytest.mark.parametrize("broken", ["workspaces_named", "people_named"])
async def test_a_search_that_fails_does_not_withhold_the_form(calling, broken):
    calling.broken[broken] = [Unavailable(503, "Down.", "T-7")] * 9
    assert (await form_error(calling, owner="Lobby")) == ""


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"model": "7811"}, "model", "does not take an activation code"),
        ({"model": ""}, "model", "Please fill this in."),
        ({"owner": ""}, "owner", "Please fill this in."),
        ({"owner": "carl@example.com"}, "owner", "has no Webex Calling licence"),
        ({"owner": "bob@example.com"}, None, "switches calling off"),
    ],
)
async def test_a_mistake_is_reported_beside_its_field(calling, changes, field, sentence):
    if field is None:
        made = await plan(ACTIVATION_CODE, GOOD | changes, context(calling))
        assert sentence in made.warnings[0]
        return
    refusal = await problems(ACTIVATION_CODE, GOOD | changes, context(calling))
    assert set(refusal.problems) == {field}
    assert sentence in refusal.problems[field]


async def test_a_lost_code_cannot_be_looked_up(calling):
    made = await plan(ACTIVATION_CODE, GOOD, context(calling))
    with pytest.raises(LookupInconclusive, match="Please ask for a new one"):
        await ACTIVATION_CODE.look_up(made, context(calling))
    assert calling.codes == []


@pytest.mark.parametrize(
    ("code", "read"),
    [("5414011256173816", "5414 0112 5617 3816"), ("123", "123"), ("12345", "1234 5"), ("", "")],
)
def test_digits_are_grouped_for_reading(code, read):
    assert grouped(code) == read


@pytest.mark.parametrize(
    ("moment", "zone", "shown"),
    [
        ("2026-12-22T09:06:40.100Z", "Europe/Berlin", "22 December 2026, 10:06 (Europe/Berlin)"),
        ("2026-07-01T23:30:00Z", "America/Chicago", "1 July 2026, 18:30 (America/Chicago)"),
        ("2026-07-01T23:30:00+02:00", "UTC", "1 July 2026, 21:30 (UTC)"),
        ("soon", "Europe/Berlin", "soon"),
        ("2026-07-01T23:30:00Z", "Mars/Olympus", "2026-07-01T23:30:00Z"),
        ("2026-07-01T23:30:00Z", "../etc/passwd", "2026-07-01T23:30:00Z"),
    ],
)
def test_the_expiry_is_shown_in_the_owners_time_zone(moment, zone, shown):
    assert local_time(moment, zone) == shown
