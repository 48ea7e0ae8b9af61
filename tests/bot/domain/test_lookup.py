"""From what people type to what Webex means: owners, models, locations."""

import pytest

from bot import resolve
from bot.errors import Refused
from bot.models import Licence, OwnerKind, PhoneModel
from bot.operation import Context, Filled, Plan
from tests.fakes import (
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
    FakeCalling,
    model,
    person,
    workspace,
)


def everywhere(calling: FakeCalling | None = None) -> Context:
    """Of somebody who looks after all locations."""
    return Context(calling or FakeCalling(), lambda _: True)


def only(*names: str) -> Context:
    """Of somebody who looks after these."""
    return Context(FakeCalling(), lambda name: name in names, scoped=True)


async def owner_of(text: str, ctx: Context | None = None) -> tuple[object, Filled]:
    """The owner found for a text, and the form with what was noted."""
    filled = Filled({"owner": text})
    return await resolve.owner(filled, ctx or everywhere()), filled


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
    assert await owner_of(text) == (owner, Filled({"owner": text}))


@pytest.mark.parametrize("text", ["nobody@example.com", "Nobody", "PEOPLE:gone", "PLACE:gone"])
async def test_nobody_found_is_said(text):
    found, filled = await owner_of(text)
    assert found is None
    assert filled.problems["owner"].startswith(f"I found nobody and no workspace called “{text}”")


async def test_several_that_fit_become_a_choice():
    found, filled = await owner_of("Meeting Room")
    assert found is None
    assert "fits 2 owners" in filled.problems["owner"]
    choices = filled.choices["owner"]
    assert [one.value for one in choices] == [NORTH.key, SOUTH.key, ""]
    assert choices[0].title == "Meeting Room North · Berlin · workspace"


async def test_what_was_chosen_is_found_again():
    _, filled = await owner_of("Meeting Room")
    assert await owner_of(filled.choices["owner"][1].value) == (
        SOUTH,
        Filled({"owner": SOUTH.key}),
    )


async def test_an_exact_name_wins_over_longer_ones():
    calling = FakeCalling(owners=[LOBBY, workspace("Lobby West", BERLIN)])
    assert (await owner_of("lobby", everywhere(calling)))[0] == LOBBY


async def test_two_of_the_same_name_are_a_choice():
    twin = person("ann2", "Ann Alder", LYON, Licence.STANDARD)
    found, filled = await owner_of("Ann Alder", everywhere(FakeCalling(owners=[ANN, twin])))
    assert found is None
    assert [one.title for one in filled.choices["owner"]] == [
        "Ann Alder · Berlin · ann@example.com",
        "Ann Alder · Lyon · ann2@example.com",
        "None of these",
    ]


async def test_a_long_choice_is_cut_and_says_so():
    rooms = [workspace(f"Desk {number}", BERLIN) for number in range(12)]
    _, filled = await owner_of("Desk", everywhere(FakeCalling(owners=rooms)))
    assert "fits 12 owners: please choose one. The first 10 are listed." in filled.problems["owner"]
    assert len(filled.choices["owner"]) == 11


@pytest.mark.parametrize(
    "text", ["ann@example.com in Lobby", "Lobby ann@example.com", "ann@example.com, bob@example.com"]
)  # fmt: skip
async def test_both_a_person_and_a_workspace_is_refused(text):
    found, filled = await owner_of(text)
    assert found is None
    assert "not to both" in filled.problems["owner"]


@pytest.mark.parametrize("text", ["", None])
async def test_no_owner_is_not_judged_here(text):
    filled = Filled({"owner": text})
    assert await resolve.owner(filled, everywhere()) is None
    assert not filled.problems


@pytest.mark.parametrize("text", ["ann@example.com", "Ann Alder", ANN.key])
async def test_who_is_out_of_reach_is_not_offered(text):
    found, filled = await owner_of(text, only("Lyon"))
    assert found is None
    assert "not in a location that you look after" in filled.problems["owner"]
    assert not filled.choices


async def test_a_choice_has_only_those_within_reach():
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
def test_who_can_have_a_phone(owner, sentence):
    filled = Filled({})
    resolve.check_calling(filled, owner)
    assert bool(filled.problems) is bool(sentence)
    assert sentence is None or sentence in filled.problems["owner"]


@pytest.mark.parametrize(
    ("owner", "effect"),
    [
        (ANN, None),
        (BOB, "adding a phone switches calling off in their Webex apps"),
        (DORA, "The licences could not be read"),
        (LOBBY, None),
        (workspace("W", BERLIN, licence=Licence.STANDARD), None),
    ],
)
def test_what_adding_a_phone_does_to_the_licence(owner, effect):
    effects = resolve.licence_effects(owner)
    assert len(effects) == (effect is not None)
    assert effect is None or effect in effects[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("8865", "DMS Cisco 8865"),
        ("cisco 8865", "DMS Cisco 8865"),
        ("DMS CISCO 8865", "DMS Cisco 8865"),
        ("Cisco IP Phone 8865", "DMS Cisco 8865"),
        (" 8845 ", "DMS Cisco 8845"),
        ("customer managed", THIRD_PARTY.model),
    ],
)
def test_a_model_is_found_however_it_is_called(text, found):
    filled = Filled({"model": text})
    phone = resolve.model(filled, MODELS, "MAC_ADDRESS")
    assert phone
    assert phone.model == found
    assert not filled.problems


@pytest.mark.parametrize("text", ["8856", "88", "Polycom VVX", "phone", "cisco", "!!", "DMS"])
def test_what_is_no_model_is_never_guessed(text):
    filled = Filled({"model": text})
    assert resolve.model(filled, MODELS, "MAC_ADDRESS") is None
    assert text in filled.problems["model"]


def test_a_misspelt_model_gets_suggestions():
    filled = Filled({"model": "8856"})
    resolve.model(filled, MODELS, "MAC_ADDRESS")
    assert "Did you mean" in filled.problems["model"]
    assert "Cisco 8865" in filled.problems["model"]


def test_suggestions_can_be_added_this_way():
    filled = Filled({"model": "6817"})
    resolve.model(filled, MODELS, "MAC_ADDRESS")
    assert "Cisco 6871" not in filled.problems["model"]


def test_a_number_that_two_models_have_is_not_one_model():
    both = [model("8865"), model("8865 NR")]
    filled = Filled({"model": "phone 8865"})
    assert resolve.model(filled, both, "MAC_ADDRESS") is None
    assert "Cisco 8865 or Cisco 8865 NR" in filled.problems["model"]


@pytest.mark.parametrize(
    ("text", "method", "sentence"),
    [
        ("6871", "MAC_ADDRESS", "Type: activation code Cisco 6871"),
        ("7811", "ACTIVATION_CODE", "Type: add phone"),
        ("840", "MAC_ADDRESS", "cannot be added through Webex's API"),
        ("840", "ACTIVATION_CODE", "cannot be added through Webex's API"),
    ],
)
def test_a_model_that_is_added_another_way_says_which(text, method, sentence):
    filled = Filled({"model": text})
    assert resolve.model(filled, MODELS, method) is None
    assert sentence in filled.problems["model"]


@pytest.mark.parametrize(
    ("owner", "fits"), [(LOBBY, True), (ANN, False)], ids=["workspace", "person"]
)
def test_a_model_may_be_for_workspaces_only(owner, fits):
    filled = Filled({})
    resolve.supported_for(filled, model("7832", supported_for=frozenset({"PLACE"})), owner)
    assert bool(filled.problems) is not fits


def test_the_kinds_of_owner_are_the_words_of_supported_for():
    assert {kind.value for kind in OwnerKind} == {"PEOPLE", "PLACE"}


@pytest.mark.parametrize(
    ("text", "found"), [("Berlin", BERLIN), ("berlin", BERLIN), ("lyo", LYON), ("loc-lyon", LYON)]
)
async def test_a_location_is_found_by(text, found):
    assert await resolve.location(Filled({"location": text}), everywhere()) == found


@pytest.mark.parametrize(
    ("text", "ctx", "sentence"),
    [
        ("Paris", everywhere(), "There is Berlin and Lyon."),
        ("l", everywhere(), "There is Berlin and Lyon."),
        ("Berlin", only("Lyon"), "There is Lyon."),
        ("Berlin", only(), "There is no location that you look after."),
    ],
)
async def test_a_location_that_is_none_of_yours_is_refused(text, ctx, sentence):
    filled = Filled({"location": text})
    assert await resolve.location(filled, ctx) is None
    assert filled.problems["location"].endswith(sentence)


async def test_an_exact_location_wins_over_longer_names():
    calling = FakeCalling(places=[LYON.model_copy(update={"name": "Lyon Sud", "id": "x"}), LYON])
    assert await resolve.location(Filled({"location": "lyon"}), everywhere(calling)) == LYON


async def test_the_time_zone_is_that_of_the_owners_location():
    assert await resolve.time_zone(ANN, everywhere()) == "Europe/Berlin"
    nowhere = ANN.model_copy(update={"location_id": None})
    assert await resolve.time_zone(nowhere, everywhere()) == "UTC"


async def test_the_model_box_offers_what_can_be_added_this_way():
    box = await resolve.model_box(everywhere(), "ACTIVATION_CODE", "6871")
    assert [one.value for one in box.choices] == [
        one.model for one in MODELS if "ACTIVATION_CODE" in one.onboarding
    ]
    assert box.value == "DMS Cisco 6871"


@pytest.mark.parametrize("text", ["", "nonsense", "840"])
async def test_the_model_box_starts_empty_where_nothing_fits(text):
    box = await resolve.model_box(everywhere(), "MAC_ADDRESS", text)
    assert box.value == ""


async def test_a_long_list_of_locations_becomes_a_text_box():
    many = [LYON.model_copy(update={"id": str(n), "name": f"Site {n}"}) for n in range(41)]
    box = await resolve.location_box(everywhere(FakeCalling(places=many)), "Site 7")
    assert (list(box.choices), box.value) == ([], "Site 7")


async def test_the_location_box_offers_those_within_reach():
    box = await resolve.location_box(only("Lyon"), "lyon")
    assert ([one.value for one in box.choices], box.value) == (["Lyon"], "Lyon")


def test_a_key_is_not_shown_to_people():
    assert resolve.owner_box(ANN.key).value == ""
    assert resolve.owner_box("Ann").value == "Ann"


async def test_an_owner_who_is_gone_stops_the_run():
    plan = Plan(title="t", facts=(), calls=(), location="", subject="", details={"owner": ANN.key})
    assert await resolve.planned_owner(plan, FakeCalling()) == ANN
    with pytest.raises(Refused, match="removed from Webex"):
        await resolve.planned_owner(plan, FakeCalling(owners=[]))


def test_nearest_knows_no_model_without_a_way_to_add_it():
    none = PhoneModel(model="m", display_name="Cisco 840")
    assert resolve.nearest("840", [none], "MAC_ADDRESS") == []
