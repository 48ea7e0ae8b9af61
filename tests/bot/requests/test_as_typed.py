"""A password goes to Webex exactly as typed, or a refusal does not repeat it."""

import pytest

from bot.domain.forms import clean_inputs, read_form
from bot.operations import OPERATIONS
from tests.bot.requests.fixtures import ELI, GROUP, PHONE, TOM, RequestFixture, text_of
from tests.example_org import FREE_MAC, THIRD_PARTY

SIP = PHONE | {"model": THIRD_PARTY.display_name}
NETWORK = {"location": "Lyon", "name": "Hall", "model": "DBS210"}
UNSEEN = [
    (" x1", "a blank at the beginning"),
    ("x1 ", "a blank at the end"),
    ("x  1", "two blanks in a row"),
    ("x\t1", "a tab"),
    ("x\n1", "a line break"),
    ("x\r1", "a line break"),
    ("x\u20281", "a line break"),
    ("x\xa01", "a no-break space"),
    ("x\u202f1", "a no-break space"),
    ("x\u30001", "a space of an unusual width"),
    ("x\u200b1", "an invisible character"),
    ("x\u202e1", "an invisible character"),
    ("x\ufeff1", "an invisible character"),
    ("x\xad1", "an invisible character"),
    ("x\x1b1", "a control character"),
    ("x\x001", "a control character"),
    ("x\ud8001", "half of a character"),
    (" ", "a blank at the beginning"),
    ("x" * 201, "more than 200 characters"),
    ("x" * 5000, "more than 200 characters"),
]
AS_TYPED = [
    "a b 47 11",
    "--rose-bud",
    "- rosebud",
    "“curly” one",
    "<b>&amp;</b>",
    "ﬁnger-ﬁnger",
    "ｗｉｄｅ-wide",
    "e\u0301pee-4711",
    "pä$$word",
    "🔑 rosebud",
    "rose'\"\\bud",
    "{{DATE(x)}}",
    "me@example.com",
    "0042-rose",
    "x1" * 100,
]
TOO_WEAK = ["x1", "abc", "rosebud", "rosebudrosebud", "47114711", "4711 4711", "hunter2"]
SECRETS = [(operation, name) for operation in OPERATIONS for name in sorted(operation.secrets)]


@pytest.mark.parametrize("password", AS_TYPED)
async def test_a_password_is_sent_exactly_as_it_was_typed(world: RequestFixture, password: str):
    await world.confirmed("add phone", SIP | {"password": password}, ELI, GROUP)
    assert world.calling.passwords[FREE_MAC] == password


@pytest.mark.parametrize(("password", "kind"), UNSEEN)
async def test_a_password_with_invisible_characters_is_refused(
    world: RequestFixture, password: str, kind: str
):
    form = await world.ask("add phone", SIP | {"password": password}, TOM)
    text = text_of(form)
    assert f"It has {kind}" in text
    assert "x1" not in text
    assert form.request
    assert world.form_secrets.secrets(form.request.code) == {}
    plan = await world.press(form, "continue", inputs=SIP | {"password": "rosebud-1"})
    assert "never shown" in text_of(plan)


@pytest.mark.parametrize("password", TOO_WEAK)
async def test_a_password_that_is_easy_to_guess_is_refused(world: RequestFixture, password: str):
    form = await world.ask("add phone", SIP | {"password": password}, TOM)
    assert "A SIP password has at least 8 characters" in text_of(form)
    assert password not in text_of(form).replace("Continue", "")
    assert form.request
    assert world.form_secrets.secrets(form.request.code) == {}


@pytest.mark.parametrize(
    ("operation", "name"), SECRETS, ids=lambda parameter: getattr(parameter, "name", parameter)
)
@pytest.mark.parametrize(("text", "kind"), UNSEEN)
def test_each_secret_of_each_operation_is_checked(operation, name, text, kind):
    inputs = clean_inputs(operation.form, {name: text}, operation.secrets)
    assert f"has {kind}" in read_form(operation.form, inputs).problems[name]


@pytest.mark.parametrize("code", [" 7391", "7391 ", "7 391", "73\t91", "7\u200b391", "７３９１"])
async def test_an_access_code_is_not_corrected_silently(world: RequestFixture, code: str):
    form = await world.ask("create dect network", NETWORK | {"access_code": code}, ELI)
    assert "so it was not accepted" in text_of(form) or "exactly four digits" in text_of(form)
    assert form.request
    assert form.request.plan is None
