"""Values that several parts share: MAC addresses above all, and text from outside."""

import base64
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models.mac import parse_mac
from bot.core.models.mac import same_mac as is_same_mac
from bot.core.models.mac import show_mac as shown
from bot.core.models.people import Grant, Role
from bot.core.models.text import clean, join_words
from bot.core.models.webex import LocationRef, Owner, OwnerKind, PhoneModel

BARE = "D82E3EEF4E5C"
hex_digits = st.text("0123456789ABCDEF", min_size=12, max_size=12).filter(
    lambda bare: bare not in ("0" * 12, "F" * 12)
)


def written(bare: str, size: int, separator: str) -> str:
    """A MAC in groups of `size` digits."""
    return separator.join(bare[i : i + size] for i in range(0, 12, size))


@pytest.mark.parametrize(
    "text",
    [
        "D8:2E:3E:EF:4E:5C",
        "d82e.3eef.4e5c",
        "D8-2E-3E-EF-4E-5C",
        "d82e3eef4e5c",
        "D8 2E 3E EF 4E 5C",
        "d82e 3eef 4e5c",
        "d82e3e-ef4e5c",
        "MAC: D8:2E:3E:EF:4E:5C",
        "mac d82e3eef4e5c",
        "MAC:D82E3EEF4E5C",
        "Mac address = d82e.3eef.4e5c",
        "mac-address: D8-2E-3E-EF-4E-5C",
        "  d82e3eef4e5c \n",
    ],
)
def test_a_mac_is_read_in_every_form_people_write(text):
    assert parse_mac(text) == BARE


@given(
    hex_digits,
    st.sampled_from([2, 4, 6, 12]),
    st.sampled_from([":", "-", ".", " "]),
    st.booleans(),
    st.sampled_from(["", "MAC: ", "mac ", "MAC address="]),
)
def test_a_mac_survives_being_written_and_read(bare, size, separator, small, label):
    text = written(bare, size, separator)
    assert parse_mac(label + (text.lower() if small else text)) == bare


@pytest.mark.parametrize("text", ["00:00:00:00:00:00", "ffff.ffff.ffff"])
def test_no_phone_has_an_address_of_zeros_or_ones(text):
    with pytest.raises(ValueError, match="No phone has that MAC"):
        parse_mac(text)


@given(hex_digits)
def test_a_shown_mac_reads_back(bare):
    assert len(shown(bare)) == 17
    assert parse_mac(shown(bare)) == bare


@pytest.mark.parametrize(
    "text",
    ["", "MAC:", "D8:2E:3E:EF:4E", "D8:2E:3E:EF:4E:5C:FF", "D82E3EEF4E5G", "O82E3EEF4E5C", "ann"],
)
def test_an_invalid_mac_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"twelve hex digits.*D8:2E:3E:EF:4E:5C"):
        parse_mac(text)


@given(st.text())
def test_any_text_is_a_mac_or_a_sentence(text):
    try:
        bare = parse_mac(text)
    except ValueError:
        return
    assert len(bare) == 12
    assert set(bare) <= set("0123456789ABCDEF")


@pytest.mark.parametrize("text", ["", "D82E", "Conference 12", "SEPD82E3EEF4E5C", "ABCDEFGHIJKL"])
def test_an_invalid_mac_is_shown_unchanged(text):
    assert shown(text) == text


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("D82E3EEF4E5C", "d8:2e:3e:ef:4e:5c", True),
        ("d82e.3eef.4e5c", "D8-2E-3E-EF-4E-5C", True),
        ("D82E3EEF4E5C", "D82E3EEF4E5D", False),
        (None, "D82E3EEF4E5C", False),
        ("", "D82E3EEF4E5C", False),
    ],
)
def test_macs_are_compared_by_their_digits(first, second, same):
    assert is_same_mac(first, second) is same


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two   words ", "two words"),
        ("line\nbreak\tand tab", "line break and tab"),
        ("a\r\nb", "a b"),
        ("nul\x00 bell\x07 escape\x1b[31m", "nul bell escape[31m"),
        ("left\u202eright", "leftright"),
        ("zero\u200bwidth", "zerowidth"),
        ("Zoë Łukasz 李", "Zoë Łukasz 李"),
        ("", ""),
    ],
)
def test_text_from_outside_becomes_one_clean_line(text, line):
    assert clean(text) == line


def is_invisible(point: int) -> bool:
    """Whether a character controls a terminal or the direction of writing."""
    return (
        unicodedata.category(chr(point)) in ("Cc", "Cs")
        or unicodedata.bidirectional(chr(point))
        in {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
        or point in (0x061C, 0x200B, 0x200E, 0x200F, 0xFEFF)
    )


def test_no_terminal_or_direction_control_character_survives():
    invisible = [point for point in range(0x110000) if is_invisible(point)]
    assert len(invisible) > 2_000
    left = [hex(point) for point in invisible if chr(point) in clean(f"a{chr(point)}b")]
    assert left == []


@given(st.text(st.characters()), st.integers(2, 80))
def test_cleaned_text_is_short_encodable_and_stays_the_same(text, limit):
    once = clean(text, limit)
    assert len(once) <= limit
    assert "\n" not in once
    assert clean(once, limit) == once
    once.encode()  # neither SQLite nor JSON takes half a character


def test_shortened_text_ends_with_an_ellipsis():
    assert clean("abcdefghij", 5) == "abcd…"
    assert clean("abcde", 5) == "abcde"


@pytest.mark.parametrize(
    ("items", "sentence"),
    [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")],
)
def test_a_list_reads_like_a_sentence(items, sentence):
    assert join_words(items) == sentence


@pytest.mark.parametrize(
    ("held", "place", "reaches"),
    [
        ("", "Lyon", True),
        ("", "", True),
        ("Lyon", "lyon", True),
        ("Lyon", "Berlin", False),
        ("Lyon", "", False),
        ("Lyon", "Lyon Sud", False),
    ],
)
def test_a_grant_holds_in_its_location_only(held, place, reaches):
    assert Grant("ann@example.com", Role.TECHNICIAN, held).reaches(LocationRef(place)) is reaches


@pytest.mark.parametrize(
    ("where", "reaches"),
    [
        (LocationRef("Lyon", "id-lyon"), True),
        (LocationRef("Lyon renamed", "id-lyon"), True),
        (LocationRef("", "id-lyon"), True),
        (LocationRef("Lyon", "id-berlin"), False),
        (LocationRef("lyon"), True),  # where only the name is known
        (LocationRef(), False),
    ],
)
def test_a_grant_follows_the_id_of_its_location(where, reaches):
    assert Grant("ann@example.com", Role.TECHNICIAN, "Lyon", "id-lyon").reaches(where) is reaches


def test_an_id_is_the_same_in_each_encoding():
    american, european = (
        base64.b64encode(f"ciscospark://{cluster}/LOCATION/7".encode()).decode()
        for cluster in ("us", "eu")
    )
    assert LocationRef("Lyon", american).is_same(LocationRef("Paris", european.rstrip("=")))


@pytest.mark.parametrize(
    ("kind", "field"), [(OwnerKind.PERSON, "personId"), (OwnerKind.WORKSPACE, "workspaceId")]
)
def test_an_owner_is_named_by_one_field_only(kind, field):
    assert Owner(kind=kind, id="id-1", name="One").field == {field: "id-1"}


@pytest.mark.parametrize(
    ("facts", "password", "phone_os"),
    [
        ({}, False, False),
        ({"manufacturer": "THIRD_PARTY"}, True, False),
        ({"managed_by": "CUSTOMER"}, True, False),
        ({"type": "DESK_PHONE"}, False, True),
    ],
)
def test_a_model_says_what_it_needs(facts, password, phone_os):
    model = PhoneModel(model="DMS Cisco 8845", display_name="Cisco 8845", **facts)
    assert (model.wants_password, model.phone_os) == (password, phone_os)


def test_the_9800_series_is_recognized_by_its_number():
    assert PhoneModel(model="Cisco 9861", display_name="Cisco 9861").phone_os
    assert not PhoneModel(model="Cisco 19861", display_name="x").phone_os


@pytest.mark.parametrize("bare", ["0" * 12, "F" * 12])
def test_any_mac_that_webex_names_is_shown(bare):
    assert shown(bare).replace(":", "") == bare
