"""Questions about DECT, in whatever words: they lead to `dect` or to the pairing sheet."""

import pytest

from tests.bot.domain.dect_texts import said

MAC, NEW = "D8:2E:3E:EF:4E:A1", "D8:2E:3E:EF:4E:A2"


@pytest.mark.parametrize(
    "text",
    [
        f"base {MAC}",
        f"base station {MAC}",
        f"where is base {MAC}?",
        f"which network has base {MAC}",
        f"replace base {MAC} with {NEW}",
        f"swap base station {MAC} for {NEW}",
    ],
)
def test_base_stations_are_looked_up(text: str):
    verb, inputs = said(text)
    assert verb == "dect"
    assert MAC in inputs["text"]
    assert (NEW in inputs["text"]) == (NEW in text)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("handset of kim@x.example", "kim@x.example"),
        ("handsets of Kim Larsen", "Kim Larsen"),
        ("Kim's handset", "Kim's"),
        ("where is the handset of Kim Larsen?", "Kim Larsen"),
    ],
)
def test_handsets_are_looked_up(text: str, owner: str):
    assert said(text) == ("dect", {"text": owner})


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("handset for kim@x.example", "add handset"),
        ("new handset for Kim", "add handset"),
        (f"base {MAC} for Lobby", "add base"),
        (f"new base {MAC}", "add base"),
        (f"base {MAC} {NEW}", "add base"),
        (f"base {MAC}\nbase {NEW}", "add base"),
        (f"set up dect Lobby at Lyon\nbase {MAC}\nhandset of Kim", "set up dect"),
        ("remove handset of Kim", "remove handset"),
        (f"replace {MAC} with {NEW}", "swap phone"),
        ("access", "access"),
        ("access of kim@x.example", "access"),
        ("activation code for Kim", "activation code"),
        ("new access code for Lobby", "change dect network"),
        ("change access code of Lobby", "change dect network"),
    ],
)
def test_what_is_wanted_is_no_question(text: str, verb: str):
    assert said(text)[0] == verb


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("what's the access code of warehouse?", "warehouse"),
        ("access code of Warehouse", "Warehouse"),
        ("show access code for Warehouse", "Warehouse"),
        ("pair Kim's handset", "Kim's"),
        ("pair handset of Kim Larsen", "Kim Larsen"),
        ("what is the pairing code for Kim's handset", "Kim's"),
        ("pairing code of Kim", "Kim"),
        ("pairing sheet of Warehouse for Ann", "Warehouse for Ann"),
    ],
)
def test_access_codes_are_on_the_sheet(text: str, whose: str):
    assert said(text) == ("dect sheet", {"text": whose})


@pytest.mark.parametrize("text", ["zeige DECT Netze", "redes dect", "liste des réseaux DECT"])
def test_networks_are_listed_in_other_languages(text: str):
    assert said(text) == ("dect", {})


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("use one code per user in Warehouse", {"network": "Warehouse", "codes": "each"}),
        ("set one access code for all handsets of Hall", {"network": "Hall", "codes": "new"}),
        ("Zugangscode von Warehouse ändern", {"network": "Warehouse"}),
    ],
)
def test_access_codes_are_changed(text: str, inputs: dict[str, str]):
    assert said(text) == ("change dect network", inputs)


def test_a_network_stands_behind_a_french_preposition():
    text = "ajouter un combiné pour Kim Larsen à Warehouse"
    assert said(text) == ("add handset", {"members": "Kim Larsen", "network": "Warehouse"})


def test_a_broken_base_station_is_removed():
    assert said(f"the base {MAC} is broken, remove it") == ("remove base", {"base": MAC})
