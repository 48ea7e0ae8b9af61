"""What people write to set up DECT: network, base stations and owners, wherever they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.lists.dect_lines import read_dect_lines
from tests.bot.domain.dect_texts import LOBBY, PERSON, A, B, C, said, set_up


@pytest.mark.parametrize(
    "text",
    [
        "set up dect Lobby at Lyon",
        "setup dect Lobby in Lyon",
        "Set up a DECT network Lobby at Lyon.",
        "set up the Lobby DECT network at Lyon",
        "set up dect network called Lobby at Lyon",
        "set up dect at Lyon called Lobby",
        "set up dect for Lobby at Lyon",
        "please set up DECT for the Lobby in Lyon, thanks!",
        "can you build a dect network Lobby at Lyon please",
        "roll out dect Lobby at Lyon",
        "set up dect Lobby, Lyon",
        'set up dect "Lobby" at Lyon',
        "DECT-Netz Lobby in Lyon einrichten",
        "installer un réseau DECT Lobby en Lyon",
        "instalar una red DECT Lobby en Lyon",
        "I need to set up DECT in our Lobby in Lyon",
        "dect setup Lobby at Lyon",
    ],
)
def test_name_and_location(text: str):
    assert set_up(text) == LOBBY


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("set up dect Base Camp at Lyon", "Base Camp"),
        ("set up dect Hall 2 at Lyon", "Hall 2"),
        ("set up dect Look at me at Lyon", "Look at me"),
        ("set up dect Warehouse DECT at Lyon", "Warehouse DECT"),
        ("set up dect network The Hub at Lyon", "The Hub"),
        ("set up dect Food and Drinks at Lyon", "Food and Drinks"),
    ],
)
def test_a_name_may_have_any_words(text: str, name: str):
    assert set_up(text) == {"name": name, "location": "Lyon"}


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("set up dect", {}),
        ("set up dect with this file", {}),
        ("set up dect for these people in Lyon", {"location": "Lyon"}),
        ("set up dect from the attached list at Lyon called Lobby", LOBBY),
        ("set up dect Lobby", {"name": "Lobby"}),
        ("set up dect at Lyon", {"location": "Lyon"}),
        ("DECT in Lyon einrichten", {"location": "Lyon"}),
        (f"set up dect with base {A}", {"bases": A}),
        (
            "set up dect in Lyon for bob@x.example",
            {"location": "Lyon", "members": "bob@x.example"},
        ),
    ],
)
def test_what_is_not_told_stays_open(text: str, inputs: dict[str, str]):
    assert set_up(text) == inputs


@pytest.mark.parametrize(
    "parts",
    [
        f"DBS210 code 1234 with base {A} and {B} for bob@x.example, carol@x.example",
        f"DBS-210, access code 1234, with bases {A}, {B}, for bob@x.example and carol@x.example",
        f"for bob@x.example, carol@x.example with 2 base stations {A} {B}, DBS 210, code: 1234",
        f"with two bases: {A}; {B} and handsets for bob@x.example, carol@x.example, "
        "DBS210, PIN 1234",
        f"{A} {B} DBS210 bob@x.example carol@x.example with the access code 1234",
        f"code=1234 for bob@x.example and for carol@x.example with bases {A} and {B} DBS210",
    ],
)
def test_everything_in_one_sentence(parts: str):
    inputs = {
        "model": "DBS210",
        "access_code": "1234",
        "bases": f"{A}\n{B}",
        "members": "bob@x.example\ncarol@x.example",
    }
    assert set_up(f"set up dect Lobby at Lyon {parts}") == {**LOBBY, **inputs}
    assert set_up(f"create dect network Lobby at Lyon {parts}") == {**LOBBY, **inputs}
    assert set_up(f"create a new DECT network Lobby at Lyon {parts}") == {**LOBBY, **inputs}


@pytest.mark.parametrize(
    "text",
    [
        f"add base {A} and a handset for bob@x.example to Lobby",
        f"add base {A} to Lobby and a handset for bob@x.example",
        f"add handset for bob@x.example and base {A} to Lobby",
    ],
)
def test_base_stations_and_handsets_for_a_network_that_is_there(text: str):
    assert set_up(text) == {"name": "Lobby", "bases": A, "members": "bob@x.example"}


def test_the_network_of_both_keeps_its_name():
    text = f"Add a base {A} and a handset for bob@x.example to Warehouse DECT"
    assert set_up(text)["name"] == "Warehouse DECT"
    text = "base stations and handsets for Warehouse DECT"
    assert set_up(text) == {"name": "Warehouse DECT"}


def test_a_mac_that_is_said_twice_is_one_base_station():
    assert said(f"add base {A}, that is {A}, to Lobby")[1]["bases"] == A


def test_the_location_may_stand_at_the_end():
    inputs = set_up(f"set up dect Lobby with base {A} for Bob Baker and Carol Cole in Lyon")
    assert inputs == {**LOBBY, "bases": A, "members": "Bob Baker\nCarol Cole"}


def test_the_name_on_all_handsets_and_on_one():
    assert set_up("set up dect Lobby at Lyon, display name Reception")["display_name"] == (
        "Reception"
    )
    inputs = set_up("set up dect Lobby at Lyon for bob@x.example, display name Bob")
    assert inputs == {**LOBBY, "members": "bob@x.example; ; Bob"}


def test_a_network_alone_is_created():
    assert said("create dect network Lobby at Lyon code 1234") == (
        "create dect network",
        {**LOBBY, "access_code": "1234"},
    )
    assert said("add dect network Lobby at Lyon DBS110") == (
        "create dect network",
        {**LOBBY, "model": "DBS110"},
    )


@pytest.mark.parametrize(
    "text",
    [
        f"add base {A} to Lobby",
        f"add a DECT base station {A} to the Lobby",
        f"add dect base {A} in Lobby",
        f"add base to Lobby: {A}",
        f"add {A} as a base to Lobby",
        f"put the base {A} on Lobby",
        f"install base {A} at Lobby",
        f"base station {A} for Lobby",
        f"add base MAC: {A} to Lobby please",
        f"PID: DBS-210-3PC, SN: FCH2145D1AB, MAC: {A}: add base to Lobby",
        f"Basisstation {A} zu Lobby hinzufügen",
        f"ajouter la station de base {A} au Lobby",
        f"añadir estación base {A} al Lobby",
        f"{A} is a base for Lobby",
        f"register base station {A} with Lobby",
        f"add a DBS210 {A} to Lobby",
        f"add dbs-110 base station {A} to Lobby",
        f"set up a DBS210 {A} in Lobby",
        f'add base {A} to dect network "Lobby"',
        f"add base {A} (2nd floor) to network Lobby",
    ],
)
def test_a_base_station_and_its_network(text: str):
    assert said(text) == ("add base", {"bases": A, "network": "Lobby"})


@pytest.mark.parametrize(
    ("text", "network"),
    [
        (f"add bases {A} {B} {C} to the Lobby network", "Lobby network"),
        (f"add bases {A}, {B} and {C} to Lobby in Lyon", "Lobby in Lyon"),
        (f"add base stations: {A}; {B}; {C} to Warehouse DECT", "Warehouse DECT"),
        (f"add {A}, {B}, {C} to the Lobby dect network", "Lobby dect network"),
    ],
)
def test_several_base_stations(text: str, network: str):
    assert said(text) == ("add base", {"bases": f"{A}\n{B}\n{C}", "network": network})


def test_a_wrong_mac_is_asked_about():
    assert said("add base D8:2E:3E:EF:4E to Lobby") == (
        "add base",
        {"bases": "D8:2E:3E:EF:4E", "network": "Lobby"},
    )


@pytest.mark.parametrize(
    ("text", "members", "network"),
    [
        ("add handset for Bob Baker to Lobby", "Bob Baker", "Lobby"),
        ("add handset to Lobby for Bob Baker", "Bob Baker", "Lobby"),
        ("add handset bob@x.example to Lobby in Lyon", "bob@x.example", "Lobby in Lyon"),
        ("add handset bob@x.example Lobby", "bob@x.example Lobby", ""),
        ("add a dect phone for bob@x.example on Lobby", "bob@x.example", "Lobby"),
        ("add a handset in Lobby for Bob Baker", "Bob Baker", "Lobby"),
        ("put Bob's cordless on Lobby", "Bob", "Lobby"),
        ("Bob needs a cordless on Lobby", "Bob", "Lobby"),
        ("Bob Baker gets a cordless phone on Lobby", "Bob Baker", "Lobby"),
        ("new handset for Bob Baker", "Bob Baker", ""),
        ("add handset 6825 for bob@x.example to Lobby", "bob@x.example", "Lobby"),
        ("add a Cisco 6825 handset for Bob Baker to Lobby", "Bob Baker", "Lobby"),
        ("add 6823 for Bob Baker to the Lobby network", "Bob Baker", "Lobby network"),
        ("add handset for Hall 8865 to Lobby", "Hall 8865", "Lobby"),
        ("add the attached handsets to Lobby", "", "Lobby"),
        ("assign a handset to bob@x.example on Lobby", "bob@x.example", "Lobby"),
        ("add handset for workspace Meeting Room 2 to network Lobby", "Meeting Room 2", "Lobby"),
        ("add handset for bob@x.example to Lobby named Bob", "bob@x.example; ; Bob", "Lobby"),
        ("add handset for The Hub to Lobby", "The Hub", "Lobby"),
        (
            "add handset to Lobby for owner bob@x.example line 2 carol@x.example display name Bob",
            "bob@x.example; carol@x.example; Bob",
            "Lobby",
        ),
        ("add handset to Lobby", "", "Lobby"),
        (f"add handset for {PERSON} to Lobby", PERSON, "Lobby"),
        ("add handset for Bob Baker in Berlin to Lobby", "Bob Baker in Berlin", "Lobby"),
        ("add cordless phone for Baker, Bob to Lobby", "Baker, Bob", "Lobby"),
        ("add handset for Director's Office to Lobby", "Director's Office", "Lobby"),
        ("add bob@x.example to the Lobby dect network", "bob@x.example", "Lobby dect network"),
        ("add handset to Lobby: bob@x.example, Carol Cole", "bob@x.example\nCarol Cole", "Lobby"),
        ("add handsets for Bob, Carol Cole and Dan to Lobby", "Bob\nCarol Cole\nDan", "Lobby"),
        ("Mobilteil für Bob Baker zu Lobby hinzufügen", "Bob Baker", "Lobby"),
        ("ajouter un combiné pour Bob Baker au Lobby", "Bob Baker", "Lobby"),
        (
            "add a dect handset for bob@x.example and carol@x.example to Lobby with line 2 Eve",
            "bob@x.example; Eve\ncarol@x.example; Eve",
            "Lobby",
        ),
        (
            "add handset for Bob Baker, line 2 Carol Cole, name Bob DECT to Lobby",
            "Bob Baker; Carol Cole; Bob DECT",
            "Lobby",
        ),
        (
            "add handset for Bob Baker to Lobby, second line carol@x.example, called Bobby",
            "Bob Baker; carol@x.example; Bobby",
            "Lobby",
        ),
        ("add handset for Bob Baker called Bobby to Lobby", "Bob Baker; ; Bobby", "Lobby"),
    ],
)
def test_handsets_and_their_network(text: str, members: str, network: str):
    inputs = {"members": members, "network": network}
    assert said(text) == ("add handset", {name: value for name, value in inputs.items() if value})


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        (f"add phone {A} 8865 for bob@x.example", "add phone"),
        (f"add phone {A} 8865 for Handset Storage", "add phone"),
        (f"add {A} 8865 for Base Camp", "add phone"),
        (f"add {A} 8865 in Base Camp", "add phone"),
        (f"add {A} for bob@x.example", "add phone"),
        (f"set up phone {A} 8865 for bob@x.example", "add phone"),
        (f"install an 8865 {A} for bob@x.example", "add phone"),
        ("add phone", "add phone"),
        ("devices lobby", "devices"),
        ("how do I set up dect?", "help"),
    ],
)
def test_other_commands_are_not_stolen_from(text: str, verb: str):
    assert said(text)[0] == verb


CODES = st.text("0123456789", min_size=4, max_size=4)


@given(
    CODES,
    st.sampled_from(["code", "access code", "Code:", "with the access code", "PIN", "code is"]),
    st.permutations(["at Lyon", f"with base {A}", "for bob@x.example", "Lobby"]),
)
def test_a_typed_access_code_is_in_no_other_input(code: str, label: str, parts: list[str]):
    for index in range(len(parts) + 1):
        text = " ".join([*parts[:index], f"{label} {code}", *parts[index:]])
        inputs = set_up(f"set up dect {text}")
        assert inputs.pop("access_code") == code
        assert code not in " ".join(inputs.values())


@given(
    st.permutations([f"base {A}", "for bob@x.example, carol@x.example", "at Lyon"]),
    st.sampled_from([" ", ", ", "; ", ", and "]),
)
def test_the_order_of_the_parts_does_not_matter(parts: list[str], separator: str):
    inputs = set_up(f"set up dect Lobby {separator.join(parts)}")
    assert (inputs["name"], inputs["bases"]) == ("Lobby", A)
    rows = read_dect_lines(inputs["bases"], inputs["members"]).rows
    assert [row.owner for row in rows] == ["bob@x.example", "carol@x.example"]
