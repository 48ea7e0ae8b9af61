"""Webex accepts every card of ours; its text says the same, and its names are the contract's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import WebexError
from bot.core.models.webex import Licence
from bot.domain.command_parser import Unknown
from bot.operations import OPERATIONS, PARSER, QUESTIONS
from bot.operations.audit import AUDIT
from bot.operations.dect import DECT, DECT_SHEET
from bot.operations.devices import DEVICE, DEVICES
from bot.operations.followed import FOLLOWED
from bot.operations.grants import ACCESS
from bot.operations.help import HELP, WHOAMI, help_card
from bot.requests.interaction import Reply
from bot.requests.replies import failure
from bot.requests.suggestions import Suggestions
from tests.bot.operations.forms import context
from tests.bot.requests import fixtures as worlds
from tests.bot.requests.fixtures import ADA, ELI, NETWORK, PHONE, TOM, RequestFixture, card, text_of
from tests.cards import rules
from tests.example_org import ANNS_PHONE, THIRD_PARTY, model, person
from tests.fake_calling import FakeCalling

CODE = {"model": "8865", "owner": "ann@example.com"}
GIVEN = {"add phone": PHONE, "activation code": CODE, "create dect network": NETWORK}
LONGEST = "W😀" * 250  # as long as an input may be, and four bytes a sign


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """With everybody on the list."""
    async with worlds.world(tmp_path / "provbot.db") as made:
        yield made


def fit(shown: Reply) -> dict[str, object]:
    """The card, after it was held against the rules."""
    content = card(shown)
    assert rules.violations(content) == []
    assert 0 < len(text_of(shown).encode()) <= rules.MOST_TEXT_BYTES
    return content


# The contract's table: inputs and buttons of each card.
@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("add phone", ["mac", "model", "owner"]),
        ("activation code", ["model", "owner"]),
        ("create dect network", ["location", "name", "display_name", "model", "access_code"]),
    ],
)
async def test_the_forms_match_the_contract(world, name, inputs):
    content = fit(await world.ask(name, {}))
    assert rules.inputs(content) == inputs
    assert rules.buttons(content) == ["Continue", "Cancel"]


async def test_the_password_is_asked_for_only_for_a_model_that_needs_one(world):
    content = fit(await world.ask("add phone", {"model": THIRD_PARTY.model}))
    assert rules.inputs(content) == ["mac", "model", "owner", "password"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_the_form_has_the_inputs_of_the_operation(world, operation):
    asked = set(
        rules.inputs(fit(await world.ask(operation.name, {"model": THIRD_PARTY.model}, ADA)))
    )
    assert asked <= set(operation.form.model_fields)
    needed = {name for name, info in operation.form.model_fields.items() if info.is_required()}
    assert needed <= asked
    assert operation.secrets <= set(operation.form.model_fields)


async def test_only_continue_validates_inputs_in_the_client(world):
    for shown in (await world.ask("add phone", {}), await world.ask("add phone", PHONE)):
        for action in fit(shown)["actions"]:  # type: ignore[attr-defined]  # a list of actions
            unchecked = action.get("associatedInputs") == "none"
            assert unchecked is (action["title"] != "Continue")


@pytest.mark.parametrize("name", list(GIVEN))
async def test_the_buttons_of_a_plan_match_the_contract(world, name):
    plan = await world.ask(name, GIVEN[name], ELI)
    assert rules.buttons(fit(plan)) == ["Confirm", "Change", "Cancel"]


@pytest.mark.parametrize("name", list(GIVEN))
async def test_buttons_carry_only_the_code_of_the_request(world, name):
    for shown in (await world.ask(name, GIVEN[name], ELI), await world.ask(name, {}, ELI)):
        assert shown.request
        for action in fit(shown)["actions"]:  # type: ignore[attr-defined]  # a list of actions
            assert set(action["data"]) == {"request", "version", "press"}
            assert action["data"]["request"] == shown.request.code
            assert action["data"]["version"] == shown.request.version


@pytest.mark.parametrize(
    ("name", "button"),
    [
        ("add phone", "Add another"),
        ("activation code", "Another code"),
        ("create dect network", "Another network"),
    ],
)
async def test_a_result_offers_useful_next_steps(world, name, button):
    await world.confirmed(name, GIVEN[name], ELI)
    for message in world.messenger.standing:
        assert message.card
        assert rules.violations(message.card) == []
        assert rules.buttons(message.card)[-1] == button
        data = rules.button(message.card, button)
        assert set(data) == {"request", "version", "press"}  # nothing of the request's content
        assert data["press"] == "another"


async def test_a_failure_offers_to_try_again(world):
    world.calling.troubles = [WebexError(400, "No.", "T-1")]
    await world.confirmed("add phone", PHONE)
    message = world.messenger.standing[-1]
    assert message.card
    assert rules.violations(message.card) == []
    assert rules.buttons(message.card) == ["Try again"]


@pytest.mark.parametrize(
    ("refusal", "button", "command"),
    [
        ("Phones cannot be added to this user", "Show devices", "devices Ann Alder (ann@"),
        ("MAC Address is in use by another device", "Show", "device D8:2E:3E:EF:4E:5C"),
    ],
)
async def test_a_refusal_offers_what_helps(world, refusal, button, command):
    world.calling.troubles = [WebexError(400, refusal, "T-1")]
    await world.confirmed("add phone", PHONE)
    message = world.messenger.standing[-1]
    assert message.card
    assert rules.buttons(message.card) == [button, "Try again"]
    assert rules.button(message.card, button)["say"].startswith(command)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_the_longest_inputs_make_a_valid_card(world, operation):
    for text in (LONGEST, "x" * 1_000_000):
        inputs = dict.fromkeys(operation.form.model_fields, text)
        fit(await world.ask(operation.name, inputs, ADA))


async def test_a_long_list_of_models_makes_a_valid_card(world):
    world.calling.supported += [model(f"{number} Conference Phone Plus") for number in range(100)]
    fit(await world.ask("add phone", {}))


async def test_the_longest_names_make_a_valid_plan(world):
    long = person("ann", "Ä" * 80, world.calling.places[0], Licence.STANDARD)
    world.calling.owners = [long.model_copy(update={"location": "Ö" * 80})]
    world.calling.most = 0
    plan = await world.ask("add phone", PHONE)
    assert "Ä" * 80 in text_of(plan)
    fit(plan)


async def test_a_full_list_of_requests_is_a_valid_card(world):
    for _ in range(15):
        await world.ask("add phone", PHONE)
    fit(await world.type("requests"))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
@pytest.mark.parametrize("text", ["", "ann", "nothing", LONGEST])
async def test_answers_to_questions_are_valid_cards(world, question, text):
    for sender in (TOM, ADA):
        caller = world.authorization.caller(sender.email, await world.authorization.grants(sender))
        answer = await question.answer(text, caller, context(FakeCalling()))
        if isinstance(answer, str):
            assert answer
        else:
            fit(Reply(answer))


@pytest.mark.parametrize("question", [DEVICES, DEVICE])
async def test_devices_with_unusual_names_are_valid_cards(world, question):
    caller = world.authorization.caller(TOM.email, await world.authorization.grants(TOM))
    named = {"name": "*" * 80, "product": "_" * 80, "tags": tuple("#" * 80 for _ in range(20))}
    odd = [ANNS_PHONE.model_copy(update=named | {"id": str(number)}) for number in range(20)]
    for held in (odd, odd[:1], odd[:4], [ANNS_PHONE.model_copy(update={"name": "", "mac": ""})]):
        fit(Reply(await question.answer("", caller, context(FakeCalling(held=held)))))


async def test_the_remaining_cards_are_valid(world):
    caller = world.authorization.caller(TOM.email, await world.authorization.grants(TOM))
    for answer in (
        help_card(caller, unknown="W" * 80),
        Suggestions(PARSER).card(Unknown("W" * 1_000), caller, TOM),
        Suggestions(PARSER).card(
            Unknown("x" * 1_000, ("add phone " + "y" * 1_000, "help")), caller, TOM
        ),
        failure(WebexError(400, "x" * 300, "T" * 100)),
    ):
        fit(Reply(answer))


def test_help_and_whoami_are_questions():
    expected = {HELP, WHOAMI, DEVICES, DEVICE, FOLLOWED, DECT, DECT_SHEET, ACCESS, AUDIT}
    assert expected == {question for question in QUESTIONS if question.usage}
