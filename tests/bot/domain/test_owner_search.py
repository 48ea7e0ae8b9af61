"""Phrases that name an owner, in an organization in memory: what is found, and at which cost."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Forbidden, RateLimited, Unavailable
from bot.core.models.webex import Licence, Line, Owner
from bot.domain.forms import NONE_OF_THESE, ParsedForm
from bot.domain.identity import Identities
from bot.domain.lookup import owners
from bot.domain.operation import Context
from bot.domain.plan import Plan
from tests.example_org import (
    ANN,
    BERLIN,
    BOB,
    CARL,
    LOBBY,
    LYON,
    NORTH,
    SOUTH,
    person,
    workspace,
)  # fmt: skip
from tests.fake_calling import FakeCalling
from tests.fake_people import OTHER_ORG, OWN_ORG, FakePeople
from tests.plans import any_plan

BORIS = person("bbirch", "Boris Birch", BERLIN, Licence.PROFESSIONAL)
MEG = person("m'oak", "Meg O’Oak", LYON, Licence.PROFESSIONAL)
SUED = workspace("Büro Süd", BERLIN)
DESK = workspace("Desk for Visitors", BERLIN)
EVERYBODY = [ANN, BOB, BORIS, CARL, MEG, LOBBY, NORTH, SOUTH, SUED, DESK]


def org() -> FakeCalling:
    """Ann has the extension 1107."""
    return FakeCalling(
        owners=list(EVERYBODY),
        extensions={ANN.key: "1107", SOUTH.key: "22"},
        numbers={ANN.key: "493023125107"},
    )


def context(calling: FakeCalling, *places: str) -> Context:
    """Of a person of example.com, who looks after these places; of all where none is named."""
    return Context(
        calling, lambda where: not places or where.name in places, bool(places),
        domain="example.com",
    )  # fmt: skip


async def search(
    text: str, calling: FakeCalling | None = None, *places: str
) -> tuple[Owner | None, ParsedForm]:
    """The owner, and the form with what was noted."""
    form = ParsedForm({"owner": text})
    return await owners.find_owner(form, context(calling or org(), *places)), form


def titles(form: ParsedForm) -> list[str]:
    """The names that are offered, without the last line."""
    return [choice.title.split(" · ")[0] for choice in form.choices["owner"]][:-1]


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("Ann Alder <ann@example.com>", ANN),
        ("Alder, Ann (ANN@example.com)", ANN),
        ("Annie <ann@example.com>", ANN),
        ("ann@example.com's desk", ANN),
        ("ann@example.com in Berlin", ANN),
        (ANN.described, ANN),
        ("m'oak@example.com", MEG),
        ("m’oak@example.com.", MEG),
        (f"{ANN.key} please", ANN),
        (f"{ANN.key} ann@example.com", ANN),
        ("Alder", ANN),
        ("Alder, Ann", ANN),
        ("Ann Aldr", ANN),
        ("Ann's phone", ANN),
        ("“Ann Alder”", ANN),
        ("Ann Alder in Berlin", ANN),
        ("Ann Alder, Berlin", ANN),
        ("Mrs. Ann Alder", ANN),
        ("Ann Alder (IT)", ANN),
        ("Ann Alder (IT) <ann@example.com>", ANN),
        ("meg ooak", MEG),
        ("bbirch", BORIS),
        ("1107", ANN),
        ("ext 1107", ANN),
        ("+49 30 23125 107", ANN),
        ("030 23125-107", ANN),
        ("the lobby in Berlin", LOBBY),
        (LOBBY.described, LOBBY),
        ("B\u00fcro Su\u0308d", SUED),
        ("Buro Sud", SUED),
        ("Desk for Visitors", DESK),
        ("the desk for visitors", DESK),
        ("Meeting Room South · Lyon · workspace", SOUTH),
        ("the desk in Lobby", LOBBY),
        ("Carl Ceder", CARL),  # without a licence, so on no list of members
    ],
)
async def test_an_owner_is_found_as_people_write_it(text, owner):
    result, form = await search(text)
    assert (result, form.problems, form.unread) == (owner, {}, {})


@pytest.mark.parametrize(
    ("text", "names", "sentence"),
    [
        ("Birch", ["Bob Birch", "Boris Birch"], "2 people match “Birch”. Which one?"),
        ("Bop Birch", ["Bob Birch"], "I found no “Bop Birch”. Did you mean one of these?"),
        ("ann@example.com and bob@example.com", ["Ann Alder", "Bob Birch"], "not to both"),
        ("ann@example.com or Carl", ["Ann Alder", "Carl Cedar"], "not to both"),
        ("Alder, Ann <ann@example.com> and Carl Cedar", ["Ann Alder", "Carl Cedar"], "not to both"),
        ("both Ann Alder and Carl Cedar", ["Ann Alder", "Carl Cedar"], "not to both"),
        ("Ann Alder, Lyon", ["Ann Alder"], "I found no “Ann Alder” in Lyon."),
        ("ann@example.com in Lobby", ["Ann Alder", "Lobby"], "not to both"),
        (f"{ANN.key} and {BOB.key}", ["Ann Alder", "Bob Birch"], "not to both"),
        ("Ann Alder and Carl Cedar", ["Ann Alder", "Carl Cedar"], "not to both"),
        ("Ann Alder in Meeting Room South", ["Ann Alder", "Meeting Room South"], "not to both"),
        ("ann@example.com and nobody@example.com", ["Ann Alder"], "one owner"),
        ("ann@example.com in Lyon", ["Ann Alder"], "Ann Alder is in Berlin, not in Lyon."),
        ("Ann Alder in Lyon", ["Ann Alder"], "I found no “Ann Alder” in Lyon."),
        ("Zzyzx in Lobby", ["Lobby"], "I found no “Zzyzx”."),
        ("Bob Birch <bbirch@example.com>", ["Boris Birch", "Bob Birch"], "one owner"),
    ],
)
async def test_what_is_not_clear_is_asked(text, names, sentence):
    result, form = await search(text)
    assert result is None
    assert sentence in form.problems["owner"]
    assert titles(form) == names
    assert form.choices["owner"][-1].value == NONE_OF_THESE


async def test_the_name_of_a_location_alone_is_no_owner():
    calling = FakeCalling(owners=[workspace("Reception Lyon", LYON)])
    result, form = await search("Lyon", calling)
    assert (result, titles(form)) == (None, ["Reception Lyon"])
    assert form.problems["owner"].startswith("Lyon is a location.")


async def test_a_workspace_with_the_name_of_its_location_is_meant_by_it():
    lyon = workspace("Lyon", LYON)
    assert (await search("Lyon", FakeCalling(owners=[lyon])))[0] == lyon


async def test_to_choose_nobody_leads_to_a_text_box():
    box = await owners.owner_field(NONE_OF_THESE, context(FakeCalling()))
    assert (box.value, box.choices) == ("", ())


async def test_of_many_it_is_said_that_not_all_are_shown():
    alexes = [person(f"alex{n}", f"Alex A{n}", BERLIN, Licence.STANDARD) for n in range(13)]
    _, form = await search("Alex", FakeCalling(owners=alexes))
    assert "13 people match “Alex”. Which one? The first 10 are listed." in form.problems["owner"]
    assert "The first 10 are listed. If yours is not among them" in form.problems["owner"]
    assert len(form.choices["owner"]) == 11


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("ann@example.com", ["person"]),
        ("Ann Alder <ann@example.com>", ["person"]),
        (ANN.key, ["owner"]),
        ("Ann Alder", ["people_named", "workspaces_named"]),
        ("Lobby", ["people_named", "workspaces_named"]),
        ("Meeting Room", ["people_named", "workspaces_named"]),
    ],
)
async def test_the_usual_case_costs_no_search_more(text, reads):
    calling = org()
    await search(text, calling)
    assert [read for read in calling.asked if read != "locations"] == reads


async def test_a_name_that_nobody_has_costs_a_bounded_number_of_reads():
    calling = org()
    result, form = await search("one two three four five six seven eight nine ten", calling)
    assert result is None
    assert form.problems["owner"].startswith("I found no person or workspace called")
    assert len(calling.asked) < 20


@pytest.mark.parametrize(
    "text",
    ["Alder", "Aldr Ann", "1107", "ann", "ann@example.com in Lobby", "Ann Alder in Berlin",
     "Ann Alder and Lobby", "Buro Sud", "Desk for Visitors", ANN.key],
)  # fmt: skip
async def test_nobody_elsewhere_is_found_or_named(text):
    result, form = await search(text, None, "Lyon")
    assert result is None
    assert not form.choices
    assert form.problems["owner"] == (
        f"I found no person or workspace called “{text}” in your locations."
        f" Please check the spelling{'' if '@' in text else ', or use the email'}."
    )


@pytest.mark.parametrize("problem", [Unavailable(503, ""), RateLimited(429, "", retry_after=1)])
async def test_a_search_that_failed_is_not_taken_for_an_answer(problem):
    calling = org()
    calling.broken = {"owners_like": [problem] * 9}
    result, form = await search("Alder", calling)
    assert result is None
    assert "could not be looked up everywhere" in form.problems["owner"]


async def test_a_beginning_is_enough_where_the_wider_search_fails():
    calling = org()
    calling.broken = {"owners_like": [Unavailable(503, "")] * 9}
    result, form = await search("ann", calling)
    assert result == ANN
    assert "I could search only the beginnings of names." in form.unread.values()


@pytest.mark.parametrize(
    ("org_key", "accounts", "is_told"),
    [(OTHER_ORG, True, True), (OWN_ORG, True, False), (OTHER_ORG, False, False)],
)
async def test_an_address_of_another_organization_is_named_so(org_key, accounts, is_told):
    people = FakePeople({"g": "guest@partner.example"}, {"g": org_key})
    form = ParsedForm({"owner": "guest@partner.example"})
    directory = Identities(people, frozenset({OWN_ORG})) if accounts else None
    await owners.find_owner(form, replace(context(org()), accounts=directory))
    assert ("belongs to another organization" in form.problems["owner"]) is is_told


async def test_an_account_that_cannot_be_read_is_not_called_foreign():
    people = FakePeople(troubles=[Forbidden(403, "")])
    form = ParsedForm({"owner": "guest@partner.example"})
    directory = Identities(people, frozenset({OWN_ORG}))
    await owners.find_owner(form, replace(context(org()), accounts=directory))
    assert form.problems["owner"].startswith("I found no person")


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"foreign": True}, "belongs to another organization"),
        ({"has_number": False}, None),
    ],
)
def test_an_owner_who_cannot_have_a_phone_is_told_what_to_have_done(facts, sentence):
    form = ParsedForm({})
    owners.check_calling(form, ANN.model_copy(update=facts))
    assert (sentence in form.problems["owner"]) if sentence else not form.problems


@pytest.mark.parametrize(("has_number", "is_told"), [(False, True), (None, False), (True, False)])
def test_a_missing_number_is_told_and_stops_nothing(has_number, is_told):
    notes = dict(owners.number_note(ANN.model_copy(update={"has_number": has_number})))
    assert ("neither a phone number nor an extension" in notes.get("Note", "")) is is_told


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (Line(extension="1107", number="+493023125107"), "ext. 1107 · +493023125107"),
        (Line(extension="1107"), "ext. 1107"),
        (Line(number="+493023125107"), "+493023125107"),
    ],
)
def test_a_plan_says_how_to_call_the_owner(line, text):
    note = owners.number_note(ANN.model_copy(update={"has_number": True, "line": line}))
    assert note == (("Number", text),)
    assert owners.line_fact((("Note", "x"), *note)) == note


async def test_an_owner_deleted_since_the_search_is_no_choice():
    calling = org()
    calling.gone = {ANN.key}
    result, form = await search("1107", calling)
    assert result is None
    assert "does not exist any more" in form.problems["owner"]


# Ways to write one owner; each leads to that owner or to a question, never to somebody else.
WRITTEN = {
    ANN: ["Ann Alder", "Alder, Ann", "alder ann", "Ann Alder <ann@example.com>", "ann@example.com",
          "mailto:ann@example.com", "Alder", ANN.key, "1107", "Ann Aldre"],
    BORIS: ["Boris Birch", "Birch Boris", "bbirch", "bbirch@example.com", "Borris Birch"],
    MEG: ["Meg O’Oak", "meg ooak", "m'oak@example.com", "O'Oak, Meg"],
    SUED: ["Büro Süd", "B\u00fcro Sud", "buro sud", "Büro Süd (workspace)"],
    LOBBY: ["Lobby", "the lobby", "Lobby in Berlin", LOBBY.key],
}  # fmt: skip
WRAPPERS = ["{}", " {}.", "“{}”", "{}, thanks", "{} please", "for {}", "{}'s phone", "{}\u00a0!"]


@given(
    st.sampled_from([(owner, text) for owner, texts in WRITTEN.items() for text in texts]),
    st.sampled_from(WRAPPERS),
    st.sampled_from([str, str.upper, str.lower, str.title]),
)
def test_however_an_owner_is_written_nobody_else_is_taken(written, wrapper, case):
    owner, text = written
    cased = text if ":" in text and "@" not in text else case(text)  # ids are as they are
    found, form = asyncio.run(search(wrapper.format(cased)))
    assert found in (owner, None)
    assert found or "owner" in form.problems


@given(st.text(max_size=60))
def test_any_text_is_an_owner_or_a_sentence(text):
    found, form = asyncio.run(search(text or "x"))
    assert found is None or found in EVERYBODY
    assert found or form.problems["owner"]


def shown_plan(owner: Owner) -> Plan:
    """A plan for this owner, as it was shown."""
    return any_plan(details={"owner": owner.key})


async def at_confirm(text: str, owner: Owner, calling: FakeCalling) -> Owner | None:
    """The owner whom the phrase means when the plan for this one is checked again."""
    ctx = replace(context(calling), shown=shown_plan(owner))
    return await owners.find_owner(ParsedForm({"owner": text}), ctx)


@pytest.mark.parametrize("text", ["Alder", "Ann Aldr", "1107", "ann"])
async def test_at_confirm_a_name_means_the_owner_of_the_plan(text):
    calling = org()
    calling.owners.append(person("ann2", "Ann Alder", BERLIN, Licence.STANDARD))
    assert await at_confirm(text, ANN, calling) == ANN
    assert calling.asked == ["owner"]


async def test_at_confirm_an_address_is_looked_up_again():
    calling = org()
    moved = ANN.model_copy(update={"id": "id-new"})
    calling.owners = [moved]
    assert await at_confirm("Ann Alder <ann@example.com>", ANN, calling) == moved


@pytest.mark.parametrize("problem", [None, Unavailable(503, "")])
async def test_at_confirm_a_name_is_searched_again_if_the_owner_cannot_be_read(problem):
    calling = org()
    calling.broken = {"owner": [problem] if problem else []}
    calling.gone = set() if problem else {ANN.key}
    assert await at_confirm("Ann Alder", ANN, calling) == ANN
    assert "people_named" in calling.asked
