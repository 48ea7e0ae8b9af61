"""What people type, paste and send to set up DECT, up to the plan."""

import pytest

from tests.journeys import cards
from tests.journeys.dect_networks import placed_network
from tests.journeys.world import ELI, VERA, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

A, B = "D8:2E:3E:EF:95:01", "D8:2E:3E:EF:95:02"
BOB, JACK = "bob@acme.example", "jack@acme.example"
HEADER = "base mac,owner,line 2,display name"
ROWS = f"{HEADER}\n{A},{BOB},,Bob DECT\n{B},,,\n,{JACK},{BOB},\n"


async def said(world: World, text: str) -> Json:
    """The last answer to a message of an engineer: a form or a plan."""
    sent = await world.client.say(ELI, text)
    return (await world.answers(ELI, sent["seq"]))[-1]


async def sent(world: World, text: str | None, content: str, person: str = ELI) -> Json:
    """The last answer to a file beside a text."""
    message = await world.client.send_file(
        person, "dect.csv", content.encode(), **({"text": text} if text else {})
    )
    return (await world.answers(person, message["seq"] - 1))[-1]


def kept(world: World, message: Json) -> Json:
    """What is stored of the request of a plan or form."""
    code = cards.data_of(message, "Cancel")["request"]
    (row,) = world.rows("select operation, inputs from requests where code = ?", code)
    return row


async def cancelled(world: World, plan: Json) -> None:
    await world.press(ELI, plan, "Cancel")


@pytest.mark.parametrize(
    "text",
    [
        f"set up dect Typed at Lyon DBS210 code 4711 with bases {A} and {B} for {BOB}, {JACK}",
        f"Hi, please set up DECT for Typed in Lyon, access code 4711, DBS210:\n{A}\n{B}\n{BOB}\n"
        f"{JACK}\nThanks\nEli",
        f"set up dect\nName: Typed\nLocation: Lyon\nModel: DBS210\nCode: 4711\n{A}, {B}\n"
        f"{BOB}, {JACK}",
        f"set up dect Typed at Lyon DBS210 code 4711\n{HEADER}\n{A},{BOB},,\n{B},{JACK},,",
    ],
)
async def test_a_network_with_all_that_belongs_to_it(world: World, text: str):
    plan = await said(world, text)
    assert "Typed in Lyon: 2 base stations and 2 handsets" in plan["text"]
    row = kept(world, plan)
    assert row["operation"] == "set up dect"
    assert "4711" not in row["inputs"]  # it is a secret
    await cancelled(world, plan)


@pytest.mark.parametrize(
    ("text", "operation", "title"),
    [
        (f"add base {A} to Annexe", "add base", A),
        (f"add bases to the Annexe network:\n1. {A}\n2. {B}", "add base", "2 base stations"),
        (f"add base {A} to Annexe\nadd base {B} to Annexe", "add base", "2 base stations"),
        (f"put a cordless for {BOB} on Annexe", "add handset", "Bob Keller"),
        (f"add handsets to Annexe\n{BOB}; {JACK}; Bobby\n{JACK}", "add handset", "2 handsets"),
    ],
)
async def test_additions_to_a_network(world: World, text: str, operation: str, title: str):
    placed_network(world, "Annexe")
    plan = await said(world, text)
    assert cards.has_button(plan, "Confirm"), plan["text"]
    assert title in plan["text"]
    assert kept(world, plan)["operation"] == operation
    await cancelled(world, plan)


async def test_a_file_alone_asks_for_the_network_and_keeps_its_rows(world: World):
    form = await sent(world, None, ROWS)
    assert kept(world, form)["operation"] == "set up dect"
    lyon = cards.choices(form, "location")["Lyon"]
    seq = await world.client.seq()
    await world.press(ELI, form, "Continue", location=lyon, name="Filed", model="DBS210")
    *_, plan = await world.answers(ELI, seq)
    assert "Filed in Lyon: 2 base stations and 2 handsets" in plan["text"]
    await cancelled(world, plan)


@pytest.mark.parametrize(
    ("caption", "operation", "title"),
    [
        ("set up dect Filed at Lyon DBS210", "set up dect", "2 base stations and 2 handsets"),
        ("add these bases to Annexe please", "add base", "2 base stations"),
        ("add the handsets to Annexe", "add handset", "2 handsets"),
        ("add phones", "set up dect", ""),
    ],
)
async def test_the_text_beside_a_file_says_what_it_is_for(
    world: World, caption: str, operation: str, title: str
):
    placed_network(world, "Annexe")
    lines = [f"{HEADER}", f"{A},{BOB},,", f"{B},{JACK},,"]
    answer = await sent(world, caption, "\n".join(lines))
    assert kept(world, answer)["operation"] == operation
    assert title in answer["text"]
    await cancelled(world, answer)


async def test_a_file_of_which_no_column_is_known_says_so_at_once(world: World):
    form = await sent(world, "set up dect Bar at Lyon", "foo,bar\nx,y\n")
    read = "I read its columns as Owner, Line 2; row 1 has “foo”, “bar”."
    assert read in form["text"]
    assert "Your list stays as it is if you leave both boxes empty." in form["text"]
    await cancelled(world, form)


async def test_who_may_only_look_is_told_so_before_a_file_opens_anything(world: World):
    requests = world.rows("select count(*) as number from requests")
    answer = await sent(world, None, ROWS, VERA)
    assert "Nothing was changed." in answer["text"]
    assert world.rows("select count(*) as number from requests") == requests


async def test_a_corrected_check_file_is_for_the_same_network(world: World):
    placed_network(world, "Annexe")
    wrong = f"{HEADER}\n{A},,,\nhello,,,\n"
    message = await world.client.send_file(
        ELI, "dect.csv", wrong.encode(), text="add base to Annexe"
    )
    check, plan = await world.answers(ELI, message["seq"] - 1)
    content = (await world.client.file(ELI, check)).decode("utf-8-sig")
    assert content.count(",wrong,") == 1

    code = cards.code_of(plan)
    corrected = content.replace("hello", B)
    message = await world.client.send_file(ELI, f"{code}-check.csv", corrected.encode())
    *_, plan = await world.answers(ELI, message["seq"] - 1)
    assert kept(world, plan)["operation"] == "add base"
    assert "2 base stations" in plan["text"]
    await cancelled(world, plan)
