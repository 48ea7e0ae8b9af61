"""The DECT network that a text means."""

from collections.abc import Mapping

import pytest

from bot.core.errors import Unavailable
from bot.core.models.dect import DectNetwork
from bot.core.models.webex import Location
from bot.domain.forms import NONE_OF_THESE, ParsedForm
from bot.domain.lookup.dect_networks import find_network, network_field
from bot.domain.operation import Context
from tests.example_org import BERLIN, LYON
from tests.fake_calling import FakeCalling


def network(number: int, name: str, where: Location) -> DectNetwork:
    """A network of a DBS210."""
    return DectNetwork(
        id=f"net-{number}", name=name, model="DMS Cisco DBS210", location_id=where.id,
        location=where.name,
    )  # fmt: skip


LOBBY_BERLIN = network(1, "Lobby", BERLIN)
LOBBY_LYON = network(2, "Lobby", LYON)
WAREHOUSE_EAST = network(3, "Warehouse East", LYON)
WAREHOUSE_WEST = network(4, "Warehouse West", LYON)
CAFE = network(5, "Café", BERLIN)
ALL = [LOBBY_BERLIN, LOBBY_LYON, WAREHOUSE_EAST, WAREHOUSE_WEST, CAFE]


def organization(
    *places: str,
    networks: list[DectNetwork] | None = None,
    broken: Mapping[str, list[Exception | None]] | None = None,
) -> Context:
    """Of somebody who looks after these places; of all where none is named."""
    calling = FakeCalling(broken=dict(broken or {}))
    calling.dect.held = ALL if networks is None else networks
    return Context(calling, lambda where: not places or where.name in places, scoped=bool(places))


async def network_of(text: str, ctx: Context) -> tuple[DectNetwork | None, ParsedForm]:
    """The network found for a text, and the form with what was noted."""
    form = ParsedForm({"network": text})
    return await find_network(form, "network", ctx), form


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Warehouse East", WAREHOUSE_EAST),
        ("warehouse EAST", WAREHOUSE_EAST),
        ("“Warehouse East”", WAREHOUSE_EAST),
        ("'Café'", CAFE),
        ("cafe", CAFE),
        ("east", WAREHOUSE_EAST),
        ("east warehouse", WAREHOUSE_EAST),
        ("Lobby in Lyon", LOBBY_LYON),
        ("lobby at the Berlin", LOBBY_BERLIN),
        ("Lobby Lyon", LOBBY_LYON),
        ("the DECT network Café", CAFE),
        ("wharehouse west", WAREHOUSE_WEST),
        ("net-2", LOBBY_LYON),
    ],
)
async def test_a_network_is_found_by(text, expected):
    found, form = await network_of(text, organization())
    assert form.problems == {}
    assert found is not None
    assert found.ref == expected.ref


async def test_a_name_in_two_locations_becomes_a_choice():
    found, form = await network_of("Lobby", organization())
    assert found is None
    assert form.problems["network"] == "2 DECT networks match “Lobby”. Which one?"
    choices = form.choices["network"]
    assert [choice.value for choice in choices] == ["net-1", "net-2", NONE_OF_THESE]
    assert choices[0].title == "Lobby · Berlin · DBS210"


async def test_a_part_of_several_names_becomes_a_choice():
    found, form = await network_of("warehouse", organization())
    assert found is None
    assert [choice.value for choice in form.choices["network"]][:-1] == ["net-3", "net-4"]


async def test_a_name_like_the_text_is_proposed():
    found, form = await network_of("Lobbying", organization("Lyon"))
    assert found is None
    assert "Did you mean Lobby in Lyon?" in form.problems["network"]
    assert [choice.value for choice in form.choices["network"]][:-1] == ["net-2"]


async def test_a_name_like_no_other_shows_what_there_is():
    found, form = await network_of("Zeppelin", organization("Lyon"))
    assert found is None
    assert form.problems["network"].startswith(
        "I found no DECT network called “Zeppelin” in your locations."
    )
    assert [choice.value for choice in form.choices["network"]][:-1] == ["net-2", "net-3", "net-4"]


async def test_networks_elsewhere_are_as_good_as_unknown():
    found, _ = await network_of("Lobby", organization("Lyon"))
    assert found is not None
    assert found.ref == LOBBY_LYON.ref
    for text in ("Café", "net-5"):
        found, form = await network_of(text, organization("Lyon"))
        assert found is None
        assert "Café" not in form.problems["network"].replace(f"“{text}”", "")
        assert "net-5" not in [choice.value for choice in form.choices["network"]]


async def test_without_any_network_the_way_to_one_is_told():
    found, form = await network_of("Lobby", organization(networks=[]))
    assert found is None
    assert form.problems["network"] == (
        "There is no DECT network yet. To make one, type: set up dect"
    )
    assert form.choices == {}


async def test_a_list_that_cannot_be_read_is_no_empty_list():
    ctx = organization(broken={"dect_networks": [Unavailable(503, "down", "T")]})
    with pytest.raises(Unavailable):
        await network_of("Lobby", ctx)


async def test_the_input_is_a_choice_with_the_named_network_chosen():
    field = await network_field(organization("Lyon"), "lobby")
    assert field.value == "net-2"
    assert [choice.value for choice in field.choices] == ["net-2", "net-3", "net-4"]
    assert (await network_field(organization(), "Lobby")).error.startswith("2 DECT networks match")
    many = [network(number, f"Hall {number}", LYON) for number in range(41)]
    field = await network_field(organization(networks=many), "hall 7")
    assert (field.value, list(field.choices)) == ("hall 7", [])
    field = await network_field(organization(networks=many), "net-7")
    assert field.value == "Hall 7 in Lyon"  # a person reads it, and it is found again


@pytest.mark.parametrize("name", ["Gruppe2", "Gruppe 2", "Gruppe Nord"])
async def test_the_beginning_of_another_name_is_not_taken_silently(name):
    ctx = organization(networks=[network(7, name, LYON)])
    found, form = await network_of("Gruppe", ctx)
    assert found is None
    expected = f"I found no DECT network called “Gruppe”. Did you mean {name} in Lyon?"
    assert form.problems["network"] == expected
    assert form.choices["network"][0].value == "net-7"
    assert (await network_field(ctx, "Gruppe")).value == ""


async def test_the_words_for_a_network_may_be_left_out_of_its_name():
    found, form = await network_of(
        "Gruppe", organization(networks=[network(7, "Gruppe DECT", LYON)])
    )
    assert (found is not None, form.problems) == (True, {})


async def test_the_id_of_a_network_that_is_gone_is_not_shown():
    gone = "Y2lzY29zcGFyazovL3VzL0RFQ1RfREVWX05FVC85ZmEzMWE1Ny1lYjNjLTRjYzYtOTQ1ZC0zZjU0YzQ1ZDEyMzQ"
    found, form = await network_of(gone, organization())
    assert found is None
    assert form.problems["network"].startswith("This DECT network does not exist any more.")
    field = await network_field(organization(), gone)
    assert (field.value, gone in field.error) == ("", False)


async def test_the_only_network_is_chosen_where_something_is_added():
    ctx = organization(networks=[CAFE])
    assert (await network_field(ctx, "", takes_only_one=True)).value == CAFE.id
    assert (await network_field(ctx, "")).value == ""
    assert (await network_field(organization(), "", takes_only_one=True)).value == ""
