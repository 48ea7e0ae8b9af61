"""Get an activation code: a secret, for the requester alone."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot.core.errors import Unavailable
from bot.core.models.local_time import LocalTime
from bot.domain.command_parser import Command, CommandParser
from bot.domain.operation import Job, LookupInconclusive
from bot.operations import COMMANDS
from bot.operations.actions.activation_code import grouped
from bot.operations.activation_code import ACTIVATION_CODE
from tests.bot.operations.forms import context, plan, problems
from tests.example_org import ANN, BERLIN, BOARDROOM, CARL, STORE_ROOM, workspace
from tests.fake_calling import FakeCalling

GOOD = {"model": "8865", "owner": "ann@example.com"}
HALL = workspace("Hall", BERLIN)  # Webex does not say what it is for


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
    (step,) = made.steps
    assert (step.call.method, step.call.path) == ("POST", "/devices/activationCode")
    assert step.call.body == {"model": "DMS Cisco 8865", "personId": ANN.id}
    assert (made.only_location, made.first.subject) == ("Berlin", ANN.key)
    assert calling.changes == 0


async def test_the_code_is_a_secret_in_groups_of_four(calling):
    made = await plan(ACTIVATION_CODE, GOOD, context(calling))
    in_berlin = LocalTime(ZoneInfo("Europe/Berlin"), 1_796_000_000.0)  # at the end of November
    outcome = await ACTIVATION_CODE.actions[0].run(
        Job.only(made), {}, replace(context(calling), local=lambda: in_berlin)
    )
    assert outcome.secret
    assert outcome.secret.get_secret_value() == "5414 0112 5617 0000"
    assert dict(outcome.secret_facts)["Valid until"] == "22 December, 10:06 CET"
    for shown in (outcome.model_dump_json(exclude={"secret"}), repr(outcome), str(outcome)):
        assert "5414" not in shown


async def test_a_workspace_without_calling_leads_to_a_warning(calling):
    made = await plan(ACTIVATION_CODE, GOOD | {"owner": "Store Room"}, context(calling))
    assert made.first.subject == STORE_ROOM.key
    assert any("set its calling to “free calling”" in warning for warning in made.warnings)


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"owner": "Boardroom"}, {"workspaceId": BOARDROOM.id}),
        ({"owner": "Boardroom", "model": "Room Bar"}, {"workspaceId": BOARDROOM.id}),
        ({"owner": "ann@example.com", "model": "room-device"}, {"personId": ANN.id}),
        ({"owner": "ann@example.com", "model": "desk pro"}, {"personId": ANN.id}),
        ({"owner": "carl@example.com", "model": "board"}, {"personId": CARL.id}),
        ({"owner": "Hall", "model": "room device"}, {"workspaceId": HALL.id}),
    ],
)
async def test_a_code_for_a_room_device_is_asked_for_without_a_model(calling, inputs, field):
    calling.owners.append(HALL)
    made = await plan(ACTIVATION_CODE, inputs, context(calling))
    assert dict(made.facts)["Device"] == "any Room, Board or Desk device"
    assert made.first.call.body == field

    outcome = await ACTIVATION_CODE.actions[0].run(Job.only(made), {}, context(calling))

    assert calling.models_of_codes == [""]
    assert "choose Webex in its setup assistant" in outcome.secret_notes[0]


@pytest.mark.parametrize(
    ("inputs", "field", "sentence"),
    [
        ({"owner": "Lobby", "model": "room device"}, "model", "is a workspace for phones"),
        ({"owner": "Boardroom", "model": "8865"}, "owner", "type: activation code in Boardroom"),
        ({"owner": "Hall"}, "model", "Please choose a model."),
        ({"owner": "Nobody", "model": "room device"}, "owner", "I found no person or workspace"),
    ],
)
async def test_a_workspace_takes_only_what_it_is_for(calling, inputs, field, sentence):
    calling.owners.append(HALL)
    refusal = await problems(ACTIVATION_CODE, inputs, context(calling))
    assert sentence in refusal.problems[field]


async def test_the_list_of_models_does_not_matter_for_a_room_device(calling):
    calling.broken["models"] = [Unavailable(503, "Down.", "T-7")] * 9
    inputs = {"owner": "ann@example.com", "model": "Desk Pro"}
    made = await plan(ACTIVATION_CODE, inputs, context(calling))
    assert made.unread == {}


async def test_a_standard_licence_is_warned_of_for_a_room_device(calling):
    inputs = {"owner": "bob@example.com", "model": "desk pro"}
    made = await plan(ACTIVATION_CODE, inputs, context(calling))
    assert "adding a device switches calling off" in made.warnings[0]


async def test_the_form_offers_a_room_device(calling):
    model, _ = await ACTIVATION_CODE.fields({"model": "desk pro"}, context(calling))
    assert (model.value, model.error) == ("room-device", "")
    assert model.choices[0].title == "Room or Desk device (no model)"


@pytest.mark.parametrize("inputs", [{"owner": "Boardroom"}, {"owner": "Lobby"}, {}])
async def test_a_workspace_for_room_devices_needs_no_choice(calling, inputs):
    model, _ = await ACTIVATION_CODE.fields(inputs, context(calling))
    assert model.value == ("room-device" if inputs.get("owner") == "Boardroom" else "")


async def test_a_search_that_fails_does_not_withhold_the_form(calling):
    calling.broken["workspaces_named"] = [Unavailable(503, "Down.", "T-7")] * 9
    calling.broken["people_named"] = [Unavailable(503, "Down.", "T-7")] * 9
    model, _ = await ACTIVATION_CODE.fields({"owner": "Boardroom"}, context(calling))
    assert model.value == ""


async def test_a_room_device_can_be_typed_if_the_list_cannot_be_read(calling):
    calling.broken["models"] = [Unavailable(503, "Down.", "T-7")] * 9
    model, _ = await ACTIVATION_CODE.fields({}, context(calling))
    assert not model.choices


@pytest.mark.parametrize(
    ("typed", "model", "owner"),
    [
        ("activation code room device for erin@acme.example", "room-device", "erin@acme.example"),
        ("code for a desk pro for erin", "desk pro", "erin"),
        ("activation code desk for Erin Walsh", "room-device", "Erin Walsh"),
        ("activation code a board in Boardroom", "room-device", "Boardroom"),
        ("activation code in Boardroom", "", "Boardroom"),
        ("activation code for a video system for Erin Walsh", "video system", "Erin Walsh"),
        ("activation code Erin Walsh, room device", "room device", "Erin Walsh"),
        ("activation code desk phone for Kim", "", "Kim"),
        ("activation code 8865 for Kim", "8865", "Kim"),
    ],
)
def test_a_room_device_is_read_as_people_write_it(typed, model, owner):
    command = CommandParser(COMMANDS).parse(typed)
    assert isinstance(command, Command)
    assert command.verb == "activation code"
    assert (command.args.get("model", ""), command.args["owner"]) == (model, owner)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"model": "7811"}, "model", "does not take an activation code"),
        ({"model": ""}, "model", "Please choose a model."),
        ({"owner": ""}, "owner", "Please enter an email, or the name of a person or workspace."),
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
        await ACTIVATION_CODE.actions[0].look_up(Job.only(made), context(calling))
    assert calling.codes == []


@pytest.mark.parametrize(
    ("code", "read"),
    [("5414011256173816", "5414 0112 5617 3816"), ("123", "123"), ("12345", "1234 5"), ("", "")],
)
def test_digits_are_grouped_for_reading(code, read):
    assert grouped(code) == read
