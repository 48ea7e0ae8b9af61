"""From what people type to what Webex means: owners, models, locations."""

import pytest

from bot.core.errors import Unavailable
from bot.core.models.webex import Licence, OwnerKind, PhoneModel
from bot.domain.forms import NONE_OF_THESE, ParsedForm
from bot.domain.lookup import locations, models, owners
from bot.domain.operation import Context
from tests.example_org import (
    ANN,
    BERLIN,
    BOARDROOM,
    BOB,
    CARL,
    DORA,
    LOBBY,
    LYON,
    MODELS,
    NORTH,
    SOUTH,
    STORE_ROOM,
    THIRD_PARTY,
    model,
    person,
    workspace,
)
from tests.fake_calling import FakeCalling
from tests.plans import any_step


def everywhere(calling: FakeCalling | None = None) -> Context:
    """Of somebody who looks after all locations."""
    return Context(calling or FakeCalling(), lambda _: True)


def only(*names: str, calling: FakeCalling | None = None) -> Context:
    """Of somebody who looks after these."""
    return Context(calling or FakeCalling(), lambda where: where.name in names, scoped=True)


async def owner_of(text: str, ctx: Context | None = None) -> tuple[object, ParsedForm]:
    """The owner found for a text, and the form with what was noted."""
    form = ParsedForm({"owner": text})
    return await owners.find_owner(form, ctx or everywhere()), form


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("ann@example.com", ANN),
        ("ANN@Example.com", ANN),
        ("Ann Alder", ANN),
        ("ann alder", ANN),
        ("alder", ANN),
        ("Lobby", LOBBY),
        ("meeting room north", NORTH),
        (ANN.key, ANN),
        (LOBBY.key, LOBBY),
    ],
)
async def test_an_owner_is_found_by(text, owner):
    assert await owner_of(text) == (owner, ParsedForm({"owner": text}))


@pytest.mark.parametrize("text", ["nobody@example.com", "Nobody", "PEOPLE:gone", "PLACE:gone"])
async def test_an_unknown_owner_is_reported(text):
    owner, form = await owner_of(text)
    assert owner is None
    assert form.problems["owner"].startswith(f"I found no person or workspace called “{text}”")


async def test_several_matches_become_a_choice():
    owner, form = await owner_of("Meeting Room")
    assert owner is None
    assert form.problems["owner"] == "2 workspaces match “Meeting Room”. Which one?"
    choices = form.choices["owner"]
    assert [choice.value for choice in choices] == [NORTH.key, SOUTH.key, NONE_OF_THESE]
    assert choices[0].title == "Meeting Room North · Berlin · workspace"


async def test_a_choice_is_found_again():
    _, form = await owner_of("Meeting Room")
    assert await owner_of(form.choices["owner"][1].value) == (
        SOUTH,
        ParsedForm({"owner": SOUTH.key}),
    )


async def test_an_exact_name_wins_over_longer_ones():
    calling = FakeCalling(owners=[LOBBY, workspace("Lobby West", BERLIN)])
    assert (await owner_of("lobby", everywhere(calling)))[0] == LOBBY


async def test_two_of_the_same_name_are_a_choice():
    twin = person("ann2", "Ann Alder", LYON, Licence.STANDARD)
    owner, form = await owner_of("Ann Alder", everywhere(FakeCalling(owners=[ANN, twin])))
    assert owner is None
    assert [choice.title for choice in form.choices["owner"]] == [
        "Ann Alder · Berlin · ann@example.com",
        "Ann Alder · Lyon · ann2@example.com",
        "Somebody else (type the name)",
    ]


async def test_a_long_choice_is_shortened_and_says_so():
    rooms = [workspace(f"Desk {number}", BERLIN) for number in range(12)]
    _, form = await owner_of("Desk", everywhere(FakeCalling(owners=rooms)))
    assert form.problems["owner"] == (
        "12 workspaces match “Desk”. Which one? The first 10 are listed. If yours is not"
        " among them, choose “Somebody else”."
    )
    assert len(form.choices["owner"]) == 11


@pytest.mark.parametrize(
    "text",
    ["ann@example.com in Lobby", "Lobby ann@example.com", "ann@example.com, bob@example.com"],
)
async def test_both_a_person_and_a_workspace_is_refused(text):
    owner, form = await owner_of(text)
    assert owner is None
    assert "not to both" in form.problems["owner"]


@pytest.mark.parametrize("text", ["", None])
async def test_a_missing_owner_is_not_checked_here(text):
    form = ParsedForm({"owner": text})
    assert await owners.find_owner(form, everywhere()) is None
    assert not form.problems


@pytest.mark.parametrize("text", ["ann@example.com", "Ann Alder", ANN.key])
async def test_owners_of_other_locations_are_not_offered(text):
    owner, form = await owner_of(text, only("Lyon"))
    assert owner is None
    assert "in your locations" in form.problems["owner"]
    assert not form.choices


@pytest.mark.parametrize(
    "text", ["ann@example.com", "Ann Alder", "alder", ANN.key, "Lobby", LOBBY.key]
)
async def test_an_owner_of_another_location_is_answered_like_an_unknown_one(text):
    unknown = "nobody@example.com" if "@" in text else "nobody"
    _, elsewhere = await owner_of(text, only("Lyon"))
    _, nobody = await owner_of(unknown, only("Lyon"))
    assert elsewhere.problems["owner"].replace(text, unknown) == nobody.problems["owner"]


async def test_an_exact_name_in_another_location_does_not_hide_a_match():
    calling = FakeCalling(owners=[workspace("Hall", BERLIN), workspace("Hall South", LYON)])
    owner, _ = await owner_of("Hall", only("Lyon", calling=calling))
    assert owner == calling.owners[1]


async def test_a_choice_has_only_owners_of_the_roles_locations():
    assert (await owner_of("Meeting Room", only("Lyon")))[0] == SOUTH


@pytest.mark.parametrize(
    ("owner", "sentence"),
    [
        (ANN, None),
        (BOB, None),
        (DORA, None),
        (LOBBY, None),
        (STORE_ROOM, None),
        (CARL, "has no Webex Calling licence"),
        (BOARDROOM, "is a workspace for Webex room devices"),
    ],
)
def test_owners_that_can_have_a_phone(owner, sentence):
    form = ParsedForm({})
    owners.check_calling(form, owner)
    assert bool(form.problems) is bool(sentence)
    assert sentence is None or sentence in form.problems["owner"]


@pytest.mark.parametrize(
    ("owner", "effect"),
    [
        (ANN, None),
        (BOB, "adding a phone switches calling off in their Webex apps"),
        (DORA, "I could not check the owner's licence"),
        (LOBBY, None),
        (workspace("W", BERLIN, licence=Licence.STANDARD), None),
    ],
)
def test_the_effect_of_adding_a_phone_on_the_licence(owner, effect):
    form = ParsedForm({})
    effects = [*owners.licence_effects(form, owner), *form.unread.values()]
    assert len(effects) == (effect is not None)
    assert effect is None or effect in effects[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8865", "DMS Cisco 8865"),
        ("cisco 8865", "DMS Cisco 8865"),
        ("DMS CISCO 8865", "DMS Cisco 8865"),
        ("Cisco IP Phone 8865", "DMS Cisco 8865"),
        ("CP-8865-K9", "DMS Cisco 8865"),
        ("CP-8865-3PW-NA-K9=", "DMS Cisco 8865"),
        ("a Cisco 8865", "DMS Cisco 8865"),
        ("8845 MPP", "DMS Cisco 8845"),
        ("FCH2345ABCD 8845", "DMS Cisco 8845"),
        ("PID: CP-8845-K9 , VID: V08 , SN: FCH2145D1AB, MAC: 6C5E3BA0B1C2", "DMS Cisco 8845"),
        (" 8845 ", "DMS Cisco 8845"),
        ("customer managed", THIRD_PARTY.model),
    ],
)
def test_a_model_is_found_by_each_of_its_names(text, expected):
    form = ParsedForm({"model": text})
    phone = models.find_model(form, MODELS, "MAC_ADDRESS")
    assert phone
    assert phone.model == expected
    assert not form.problems


@pytest.mark.parametrize("text", ["8856", "88", "Polycom VVX", "phone", "cisco", "!!", "DMS"])
def test_an_unknown_model_is_never_guessed(text):
    form = ParsedForm({"model": text})
    assert models.find_model(form, MODELS, "MAC_ADDRESS") is None
    assert text in form.problems["model"]


def test_a_misspelt_model_gets_suggestions():
    form = ParsedForm({"model": "8856"})
    models.find_model(form, MODELS, "MAC_ADDRESS")
    assert "Did you mean" in form.problems["model"]
    assert "Cisco 8865" in form.problems["model"]


def test_suggestions_can_be_added_this_way():
    form = ParsedForm({"model": "6817"})
    models.find_model(form, MODELS, "MAC_ADDRESS")
    assert "Cisco 6871" not in form.problems["model"]


def test_a_number_of_two_models_is_ambiguous():
    both = [model("8865"), model("8865 NR")]
    form = ParsedForm({"model": "phone 8865"})
    assert models.find_model(form, both, "MAC_ADDRESS") is None
    assert "can be Cisco 8865 or Cisco 8865 NR" in form.problems["model"]


@pytest.mark.parametrize(
    ("text", "method", "sentence"),
    [
        ("6871", "MAC_ADDRESS", "Type: activation code Cisco 6871"),
        ("7811", "ACTIVATION_CODE", "type: add phone"),
        ("840", "MAC_ADDRESS", "cannot be added through Webex's API"),
        ("840", "ACTIVATION_CODE", "cannot be added through Webex's API"),
    ],
)
def test_a_model_that_is_added_another_way_says_which(text, method, sentence):
    form = ParsedForm({"model": text})
    assert models.find_model(form, MODELS, method) is None
    assert sentence in form.problems["model"]


@pytest.mark.parametrize(
    ("owner", "fits"), [(LOBBY, True), (ANN, False)], ids=["workspace", "person"]
)
def test_a_model_can_be_for_workspaces_only(owner, fits):
    form = ParsedForm({})
    models.check_owner_kind(form, model("7832", supported_for=frozenset({"PLACE"})), owner)
    assert bool(form.problems) is not fits


def test_the_kinds_of_owner_are_the_words_of_supported_for():
    assert {kind.value for kind in OwnerKind} == {"PEOPLE", "PLACE"}


@pytest.mark.parametrize(
    ("text", "location"),
    [("Berlin", BERLIN), ("berlin", BERLIN), ("lyo", LYON), ("loc-lyon", LYON)],
)
async def test_a_location_is_found_by(text, location):
    assert await locations.find_location(ParsedForm({"location": text}), everywhere()) == location


ZURICH = LYON.model_copy(update={"id": "loc-z", "name": "Zürich"})
ZUG = LYON.model_copy(update={"id": "loc-zug", "name": "Zug Main Office"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Zurich", ZURICH),
        ("at zürich", ZURICH),
        ("“Zürich”,", ZURICH),
        ("Zu\u0308rich", ZURICH),
        ("Zurch", ZURICH),
        ("in Zug", ZUG),
        ("main office, Zug", ZUG),
        ("LOC-Z", ZURICH),
    ],
)
async def test_a_location_is_found_as_people_write_it(text, found):
    ctx = everywhere(FakeCalling(places=[BERLIN, ZURICH, ZUG]))
    assert await locations.find_location(ParsedForm({"location": text}), ctx) == found
    box = await locations.location_field(ctx, text)
    assert (box.value, box.error) == (found.name, "")


@pytest.mark.parametrize("text", ["züric", "Zurick"])
async def test_a_location_that_could_be_another_one_is_asked_about(text):
    west = ZURICH.model_copy(update={"id": "loc-w", "name": "Zürich West"})
    ctx = everywhere(FakeCalling(places=[west, ZURICH, ZUG]))
    form = ParsedForm({"location": text})
    assert await locations.find_location(form, ctx) is None
    sentence = f"I am not sure which location “{text}” is. Did you mean Zürich West or Zürich?"
    assert form.problems["location"] == sentence
    assert (await locations.location_field(ctx, text)).error == sentence


@pytest.mark.parametrize(
    ("text", "ctx", "sentence"),
    [
        ("Paris", everywhere(), "The locations are Berlin and Lyon."),
        ("l", everywhere(), "The locations are Berlin and Lyon."),
        ("Berlin", only("Lyon"), "The location is Lyon."),
        ("Berlin", only(), "Your role covers no location."),
    ],
)
async def test_a_location_outside_the_role_is_refused(text, ctx, sentence):
    form = ParsedForm({"location": text})
    assert await locations.find_location(form, ctx) is None
    assert form.problems["location"].endswith(sentence)


async def test_an_exact_location_wins_over_longer_names():
    calling = FakeCalling(places=[LYON.model_copy(update={"name": "Lyon Sud", "id": "x"}), LYON])
    assert (
        await locations.find_location(ParsedForm({"location": "lyon"}), everywhere(calling)) == LYON
    )


async def test_the_model_box_offers_what_can_be_added_this_way():
    box = models.model_field(MODELS, "ACTIVATION_CODE", "6871")
    listed = [choice.value for choice in box.choices]
    assert listed == [
        *(model.model for model in MODELS if "ACTIVATION_CODE" in model.onboarding),
        NONE_OF_THESE,
    ]
    recent = [listed[2], "gone", listed[1], listed[2]]
    with_recent = models.model_field(MODELS, "ACTIVATION_CODE", "", recent)
    values = [choice.value for choice in with_recent.choices]
    assert values[:2] == [listed[2], listed[1]]
    assert sorted(values) == sorted(listed)
    typed = models.model_field(MODELS, "ACTIVATION_CODE", NONE_OF_THESE)
    assert (typed.choices, typed.value, typed.error) == ((), "", "")
    assert box.value == "DMS Cisco 6871"


@pytest.mark.parametrize("text", ["", "nonsense", "840"])
async def test_the_model_box_starts_empty_where_nothing_fits(text):
    box = models.model_field(MODELS, "MAC_ADDRESS", text)
    assert box.value == ""


async def test_a_long_list_of_locations_becomes_a_text_box():
    many = [LYON.model_copy(update={"id": str(n), "name": f"Site {n}"}) for n in range(41)]
    box = await locations.location_field(everywhere(FakeCalling(places=many)), "Site 7")
    assert (list(box.choices), box.value) == ([], "Site 7")


async def test_the_location_box_offers_the_roles_locations():
    box = await locations.location_field(only("Lyon"), "lyon")
    assert ([choice.value for choice in box.choices], box.value) == (["Lyon"], "Lyon")


async def test_an_owner_who_was_mentioned_or_chosen_stays_the_choice():
    field = await owners.owner_field(ANN.key, everywhere())
    chosen = [choice.title for choice in field.choices if choice.value == field.value]
    assert chosen == ["Ann Alder · Berlin · ann@example.com"]
    assert (await owners.owner_field("Ann", everywhere())).value == "Ann"


async def test_a_key_is_not_shown_to_people():
    unread = FakeCalling(broken={"owner": [Unavailable(503, "Down.")] * 9})
    for calling, key in ((FakeCalling(), "PEOPLE:unknown"), (unread, ANN.key)):
        field = await owners.owner_field(key, everywhere(calling))
        assert (field.value, field.choices) == ("", ())
    elsewhere = await owners.owner_field(ANN.key, only("Lyon"))
    assert (elsewhere.value, elsewhere.choices) == ("", ())


def test_the_owner_of_a_step_is_read_from_the_step_alone():
    details = {"owner": ANN.key, "owner_name": ANN.name}
    owner = owners.planned_owner(any_step(details))
    assert (owner.key, owner.name) == (ANN.key, ANN.name)


def test_nearest_knows_no_model_without_a_way_to_add_it():
    none = PhoneModel(model="m", display_name="Cisco 840")
    assert models.nearest("840", [none], "MAC_ADDRESS") == []
