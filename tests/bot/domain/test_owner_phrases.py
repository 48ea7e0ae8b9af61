"""What is read from a phrase that names an owner."""

import pytest

from bot.domain.lookup.owner_phrases import OwnerPhrase, read_number, read_phrase, split_phrase

ANN, KEY = "ann@example.com", "PEOPLE:Y2lzY29zcGFyazovL3Vz"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (ANN, ""),
        ("ANN@Example.com", ""),
        ("Ann Alder <ann@example.com>", "Ann Alder"),
        ("Alder, Ann <ann@example.com>", "Alder, Ann"),
        ("“Ann Alder” (ann@example.com)", "Ann Alder"),
        ("<ann@example.com>", ""),
        ("mailto:ann@example.com", ""),
        ("[ann@example.com](mailto:ann@example.com)", ""),
        ("ann@example.com.", ""),
        ("ann@example.com,", ""),
        ("ann@example.com's desk", "desk"),
        ("ann@example.com in Lobby", "in Lobby"),
        ("'ann@example.com'", ""),
    ],
)
def test_an_address_is_found_inside_anything(text, name):
    phrase = read_phrase(text)
    assert (phrase.emails, phrase.name) == ((ANN,), name)


@pytest.mark.parametrize(
    "address", ["o'brien@example.com", "mona+desk2@example.com", "a.b_c@x.example"]
)
def test_signs_within_an_address_belong_to_it(address):
    assert read_phrase(f"Somebody <{address}>").emails == (address,)
    assert read_phrase(address.replace("'", "’")).emails == (address,)


def test_two_addresses_are_both_read():
    assert read_phrase("a@x.example and b@x.example").emails == ("a@x.example", "b@x.example")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (KEY, (KEY,)),
        (f"{KEY} in Lobby", (KEY,)),
        (f"{KEY}, PLACE:abc", (KEY, "PLACE:abc")),
        ("PLACE:../../people/me", ()),
        ("PEOPLE:", ()),
    ],
)
def test_a_mention_is_read_by_its_id(text, keys):
    assert read_phrase(text).keys == keys


def test_what_provbot_prints_is_read():
    room = read_phrase("Meeting Room North · Berlin · workspace")
    assert (room.name, room.places) == ("Meeting Room North", ("Berlin",))
    ann = read_phrase("Ann Alder · Berlin · ann@example.com")
    assert (ann.emails, ann.name, ann.places) == ((ANN,), "Ann Alder", ("Berlin",))
    assert read_phrase("Lobby Berlin (workspace)").name == "Lobby Berlin"


@pytest.mark.parametrize(
    "text", ['"Lobby"', "“Lobby”", "„Lobby“", "`Lobby`", "**Lobby**", "Lobby!"]
)
def test_what_wraps_a_name_falls_off(text):
    assert read_phrase(text).name == "Lobby"


@pytest.mark.parametrize(
    ("text", "digits", "significant"),
    [
        ("1107", "1107", "1107"),
        ("ext. 1107", "1107", "1107"),
        ("x1107", "1107", "1107"),
        ("Extension: 1107", "1107", "1107"),
        ("the phone with extension 1107, please", "1107", "1107"),
        ("1107's phone", "1107", "1107"),
        ("+49 30 23125-107", "493023125107", "493023125107"),
        ("+49 (0)30 23125107", "493023125107", "493023125107"),
        ("0049 30 23125107", "00493023125107", "493023125107"),
        ("030/23125107", "03023125107", "3023125107"),
        ("tel:+493023125107", "493023125107", "493023125107"),
    ],
)
def test_a_number_is_read_in_any_notation(text, digits, significant):
    number = read_number(text)
    assert number
    assert (number.digits, number.significant) == (digits, significant)


@pytest.mark.parametrize("text", ["Room 12", "Ann", "12th floor", "", "-", "000", "a1107"])
def test_other_texts_are_no_numbers(text):
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "can_be"),
    [("1107", (True, False)), ("+49302312", (False, True)), ("3023125107", (True, True))],
)
def test_digits_tell_whether_they_can_be_an_extension_or_a_number(text, can_be):
    number = read_number(text)
    assert number
    assert (number.can_be_extension, number.can_be_number) == can_be


@pytest.mark.parametrize(
    ("text", "splits"),
    [
        ("Bob and Jack", [("Bob", "Jack")]),
        ("Bob & Jack", [("Bob", "Jack")]),
        ("Bob in Lobby Lyon", [("Bob", "Lobby Lyon")]),
        (
            "Desk for Visitors in Berlin",
            [("Desk for Visitors", "Berlin"), ("Desk", "Visitors in Berlin")],
        ),
        ("Bob Keller", []),
        ("in Berlin", []),
    ],
)
def test_a_phrase_is_split_where_it_may_name_two(text, splits):
    assert split_phrase(text) == splits


@pytest.mark.parametrize(
    ("name", "login"),
    [
        ("BKellner", "bkellner"),
        ("bob.k", "bob.k"),
        ("bkellner, thanks", "bkellner"),
        ("Bob Keller", ""),
        ("Büro", ""),
        ("", ""),
    ],
)
def test_one_plain_word_can_be_a_login_name(name, login):
    assert OwnerPhrase(name, name=name).login == login
