"""Get activation codes for a list of owners: with one model, with a column for it, or without."""

import pytest

from bot.core.errors import Invalid
from bot.domain.command_parser import Command
from bot.domain.lookup.models import ANY_ROOM_DEVICE, ROOM_DEVICE
from bot.operations import PARSER
from bot.operations.activation_codes import ACTIVATION_CODES, MAC_NOT_USED
from tests.bot.operations.forms import context, done
from tests.bot.operations.lists import plan_lines, plan_table, rows_of, told, wrong
from tests.example_org import ANN, BOARDROOM, FREE_MAC
from tests.fake_calling import FakeCalling


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling()


async def test_one_model_is_for_all_owners(calling):
    made = await plan_lines(
        ACTIVATION_CODES, "ann@example.com\nLobby", context(calling), model="8865"
    )
    assert made.title == "Get 2 activation codes"
    assert dict(made.facts)["Codes for"] == "2 × Cisco 8865"
    assert [step.call.body["model"] for step in made.steps] == ["DMS Cisco 8865"] * 2


async def test_a_row_may_name_its_model(calling):
    table = "Email;Model\nann@example.com;8845\nbob@example.com;\n"
    made = await plan_table(ACTIVATION_CODES, table, context(calling), model="8865")
    assert [step.call.body["model"] for step in made.steps] == ["DMS Cisco 8845", "DMS Cisco 8865"]


async def test_the_model_is_asked_for_where_no_row_has_one(calling):
    with pytest.raises(Invalid) as caught:
        await plan_lines(ACTIVATION_CODES, "ann@example.com", context(calling))
    assert caught.value.problems.keys() == {"model"}


async def test_a_model_that_takes_no_codes_is_refused_once(calling):
    with pytest.raises(Invalid) as caught:
        await plan_lines(ACTIVATION_CODES, "ann@example.com", context(calling), model="7811")
    assert "does not take an activation code" in caught.value.problems["model"]


async def test_a_workspace_for_room_devices_needs_no_model(calling):
    made = await plan_lines(ACTIVATION_CODES, "Boardroom", context(calling))
    (step,) = made.steps
    assert step.call.body == BOARDROOM.field
    assert dict(made.facts)["Codes for"] == f"1 × {ANY_ROOM_DEVICE}"


async def test_the_mac_of_a_row_is_told_to_have_no_part(calling):
    table = f"Email;MAC\nann@example.com;{FREE_MAC}\n"
    made = await plan_table(ACTIVATION_CODES, table, context(calling), model="8865")
    assert rows_of(made) == ["row 2"]
    assert MAC_NOT_USED in told(made)[2]


async def test_owners_without_calling_are_wrong(calling):
    lines = "carl@example.com\nann@example.com"
    made = await plan_lines(ACTIVATION_CODES, lines, context(calling), model="8865")
    assert rows_of(made) == ["row 2"]
    assert "has no Webex Calling licence" in wrong(made)[1]


async def test_each_row_gets_a_code(calling):
    ctx = context(calling)
    made = await plan_lines(ACTIVATION_CODES, "ann@example.com\nAnn Alder", ctx, model="8865")
    outcome = await done(ACTIVATION_CODES, made, ctx)
    assert outcome.title == "Got 2 activation codes"
    assert len(calling.codes) == 2
    assert {step.subject for step in made.steps} == {ANN.key}


@pytest.mark.parametrize("model", ["room device", "for room devices", "desk", "for a room device"])
def test_codes_for_room_devices_are_asked_for_in_words(model):
    lines = "Boardroom\nMeeting Room North"
    (command,) = PARSER.parse_all(f"activation codes {model}\n{lines}")
    assert command == Command("activation codes", {"model": ROOM_DEVICE, "rows": lines})


async def test_one_word_makes_all_codes_for_room_devices(calling):
    lines = "Boardroom\nMeeting Room North\nLobby"
    made = await plan_lines(ACTIVATION_CODES, lines, context(calling), model=ROOM_DEVICE)
    assert rows_of(made) == ["row 1", "row 2"]
    assert "a room device cannot be added to it" in wrong(made)[3]
