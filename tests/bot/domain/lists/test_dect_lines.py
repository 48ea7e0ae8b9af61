"""The boxes of DECT forms: MACs of base stations, and owners of handsets, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Refused
from bot.core.models.mac import show_mac
from bot.core.models.webex import OwnerKind
from bot.domain.language.typed_passwords import NOTE
from bot.domain.lists.dect_lines import COLUMNS, read_dect_lines
from bot.domain.lists.rows import ListRow, ReadList
from bot.domain.lists.sheet import Limits
from bot.domain.lists.transfer import dump_list, load_list

A, B, C = "D82E3EEF4EA1", "D82E3EEF4EA2", "D82E3EEF4EA3"
PERSON = "PEOPLE:Y2lzY29zcGFyazovL3VzL1BFT1BMRS8x"


def bases(text: str) -> list[str]:
    """The MACs of rows that have nothing else, and are right."""
    rows = read_dect_lines(text, "").rows
    assert not any(row.problems or row.owner for row in rows), rows
    return [row.base for row in rows]


def handset(line: str) -> tuple[str, str, str]:
    """Owner, second line and display name of the only row, which is right."""
    [row] = read_dect_lines("", line).rows
    assert not row.problems, row
    assert row.base == ""
    return row.owner, row.line2, row.display_name


def owners(text: str) -> list[str]:
    """The owners of rows that have nothing else."""
    rows = read_dect_lines("", text).rows
    assert not any(row.problems or row.line2 or row.display_name or row.base for row in rows)
    return [row.owner for row in rows]


def only(bases_text: str, members: str = "") -> ListRow:
    """The only row."""
    [row] = read_dect_lines(bases_text, members).rows
    return row


@pytest.mark.parametrize(
    "text",
    [
        f"{show_mac(A)}\n{show_mac(B)}\n{show_mac(C)}",
        f"{A} {B} {C}",
        f"{A}, {B},{C}",
        f"{A};{B}\n\n{C}\n",
        f"{A}\t{B}\t{C}",
        "d82e.3eef.4ea1, d82e.3eef.4ea2\nd8-2e-3e-ef-4e-a3",
        "D8 2E 3E EF 4E A1, D8 2E 3E EF 4E A2, D8 2E 3E EF 4E A3",
        f"1. {A}\n2) {B}\n- {C}",
        f"Base stations:\n{A} and {B}\n{C}\n\nThanks\nTom",
        f"MAC\n{A}\n{B}\n{C}",
        f"Base 1: {A}\nBase 2: {B}\nLobby north {C}",
        f"DBS210 {A}\nDBS210, {B}\nDBS-210-3PC {C}",
        f"SEP{A}\nMAC: {B}\nmac={C}",
        f"PID: DBS-210-3PC-NA-K9 , VID: V08 , SN: FCH2145D1AB, MAC: {A}\n{B}\n{C}",
        f"| {A} |\n| {B} | {C} |",
        f"{A}\n-\n{B}\nn/a\n{C}",
    ],
)
def test_base_stations_in_any_form(text: str):
    assert bases(text) == [A, B, C]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hello", "twelve hex digits"),
        ("D8:2E:3E:EF:4E", "I read 10 digits"),
        ("D8:2E:3E:EF:4E:GG", "has the letter G"),
        ("1.12233E+11", "into the number 1.12233E+11"),
        ("11223344556", "has only 11 digits"),
        ("FF:FF:FF:FF:FF:FF", "read the label again"),
        ("D8:2E:3E:EF:4E:A1 " * 20, "more than 300 characters"),
    ],
)
def test_a_wrong_base_station_has_its_sentence(text: str, problem: str):
    row = only(text)
    assert problem in " ".join(row.problems)
    assert row.base == ""
    assert row.cells[0]


def test_what_is_no_base_station_beside_others_is_not_left_out():
    read = read_dect_lines(f"{A}, XYZ-1, D8:2E:3E:EF:4E, {B}", "")
    assert sorted((row.base, bool(row.problems)) for row in read.rows) == [
        ("", True),
        ("", True),
        (A, False),
        (B, False),
    ]


def test_the_same_base_station_twice_names_the_other_line():
    first, second, third = read_dect_lines(f"{A}\n{B}\n{show_mac(A).lower()}", "").rows
    assert "row 3" in first.problems[0]
    assert second.problems == ()
    assert "row 1" in third.problems[0]


def test_of_two_labelled_macs_the_wired_one_counts():
    assert bases(f"LAN MAC: {A}, WLAN MAC: {B}") == [A]


@pytest.mark.parametrize(
    ("line", "owner", "line2", "name"),
    [
        ("bob@example.com", "bob@example.com", "", ""),
        ("Bob Baker <Bob@Example.com>", "bob@example.com", "", ""),
        ("Baker, Bob <bob@example.com>", "bob@example.com", "", ""),
        ("Bob Baker", "Bob Baker", "", ""),
        ("Baker, Bob", "Baker, Bob", "", ""),
        ("Lobby West", "Lobby West", "", ""),
        ("4711", "4711", "", ""),
        ("One", "One", "", ""),
        ("Handset: Bob Baker", "Bob Baker", "", ""),
        (PERSON, PERSON, "", ""),
        ("for Bob Baker", "Bob Baker", "", ""),
        ("a handset for Bob Baker", "Bob Baker", "", ""),
        ("add a DECT handset for Bob Baker", "Bob Baker", "", ""),
        ("3. Bob Baker", "Bob Baker", "", ""),
        ("Bob Baker; Carol Cole; Bob DECT", "Bob Baker", "Carol Cole", "Bob DECT"),
        ("Bob Baker\tCarol Cole\tBob DECT", "Bob Baker", "Carol Cole", "Bob DECT"),
        ("Bob Baker, Carol Cole, Bob DECT", "Bob Baker", "Carol Cole", "Bob DECT"),
        ("| Bob Baker | Carol Cole | Bob DECT |", "Bob Baker", "Carol Cole", "Bob DECT"),
        ("Baker, Bob; Cole, Carol; Bob DECT", "Baker, Bob", "Cole, Carol", "Bob DECT"),
        ("Baker, Bob, Cole, Carol", "Baker, Bob", "Cole, Carol", ""),
        ("bob@example.com; carol@example.com", "bob@example.com", "carol@example.com", ""),
        ("bob@example.com\tcarol@example.com\tBob", "bob@example.com", "carol@example.com", "Bob"),
        ("Bob Baker;;Bob DECT", "Bob Baker", "", "Bob DECT"),
        ("Bob Baker\t\tBob DECT", "Bob Baker", "", "Bob DECT"),
        ("Bob Baker; -; n/a", "Bob Baker", "", ""),
        ("Bob Baker, line 2 Carol Cole", "Bob Baker", "Carol Cole", ""),
        ("Bob Baker, Line 2: Carol Cole", "Bob Baker", "Carol Cole", ""),
        ("Bob Baker, second line Cole, Carol", "Bob Baker", "Cole, Carol", ""),
        ("bob@example.com line2 carol@example.com", "bob@example.com", "carol@example.com", ""),
        ("Bob Baker, name Bob DECT", "Bob Baker", "", "Bob DECT"),
        ("Bob Baker, display name: Bob DECT", "Bob Baker", "", "Bob DECT"),
        ('Bob Baker, called "Bob, DECT"', "Bob Baker", "", "Bob, DECT"),
        ("Bob Baker, name Bob DECT, line 2 Carol Cole", "Bob Baker", "Carol Cole", "Bob DECT"),
        (
            "Bob Baker, line 2 carol@example.com, name Bob DECT",
            "Bob Baker",
            "carol@example.com",
            "Bob DECT",
        ),
        (
            "Bob Baker with line 2 Carol Cole and name Bob DECT",
            "Bob Baker",
            "Carol Cole",
            "Bob DECT",
        ),
        ("Bob Baker, zweite Leitung Carol Cole", "Bob Baker", "Carol Cole", ""),
        ("Bob Baker, deuxième ligne Carol Cole", "Bob Baker", "Carol Cole", ""),
        ("Bob Baker, segunda línea Carol Cole", "Bob Baker", "Carol Cole", ""),
        ("Bob Baker; name Bob DECT", "Bob Baker", "", "Bob DECT"),
        # Rooms have such names.
        ("Line 2 Packing", "Line 2 Packing", "", ""),
        ("Assembly Line 2", "Assembly Line 2", "", ""),
        ("Assembly Line 2, line 2 Carol Cole", "Assembly Line 2", "Carol Cole", ""),
    ],
)
def test_a_handset_however_it_is_written(line: str, owner: str, line2: str, name: str):
    assert handset(line) == (owner, line2, name)


@pytest.mark.parametrize(
    "text",
    [
        "bob@example.com\ncarol@example.com\ndan@example.com",
        "bob@example.com, carol@example.com, dan@example.com",
        "bob@example.com carol@example.com and dan@example.com",
        "bob@example.com; carol@example.com; dan@example.com; ",
        "Bob <bob@example.com>; Carol Cole <carol@example.com>; Dan <dan@example.com>",
        "- bob@example.com\n- carol@example.com\n- dan@example.com\n\nThanks\nTom",
        "and handsets for\nbob@example.com\ncarol@example.com\ndan@example.com",
        "Handsets for:\nbob@example.com\ncarol@example.com\ndan@example.com",
    ],
)
def test_addresses_are_handsets_of_their_own(text: str):
    assert owners(text) == ["bob@example.com", "carol@example.com", "dan@example.com"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("line 2: carol@example.com", "The row has no owner"),
        ("; Carol Cole", "The row has no owner"),
        ("Bob Baker; Carol Cole; Bob DECT; Dan", "more parts than an owner"),
        ("bob@example.com carol@example.com; Dan", "several owners"),
        ("Bob " * 90, "more than 300 characters"),
        ("Bob " * 40, "owner has more than 120 characters"),
    ],
)
def test_a_wrong_handset_has_its_sentence(line: str, problem: str):
    assert problem in " ".join(only("", line).problems)


def test_lines_of_both_boxes_stand_side_by_side():
    read = read_dect_lines(f"{A}\n{B}", "bob@example.com\nLobby West; Carol Cole\nDan Dale")
    assert [(row.number, row.base, row.owner, row.line2) for row in read.rows] == [
        (1, A, "bob@example.com", ""),
        (2, B, "Lobby West", "Carol Cole"),
        (3, "", "Dan Dale", ""),
    ]
    assert [row.kind for row in read.rows] == [OwnerKind.PERSON, None, None]
    assert read.columns == COLUMNS == ("base mac", "owner", "line 2", "display name")
    assert read.rows[0].cells == (show_mac(A), "bob@example.com", "", "")
    assert load_list(dump_list(read)) == read


@pytest.mark.parametrize(
    "line",
    [
        f"{A} bob@example.com",
        f"{A} for bob@example.com",
        f"{A}\tbob@example.com",
        f"bob@example.com {A}",
    ],
)
def test_a_line_may_say_both(line: str):
    for read in (read_dect_lines(line, ""), read_dect_lines("", line)):
        assert [(row.base, row.owner) for row in read.rows] == [(A, "bob@example.com")]


def test_a_wrong_box_shifts_no_row_of_the_other_one():
    read = read_dect_lines(f"{A} bob@example.com", "carol@example.com")
    assert [(row.base, row.owner) for row in read.rows] == [
        (A, "bob@example.com"),
        ("", "carol@example.com"),
    ]


def test_empty_boxes_have_no_rows():
    assert read_dect_lines("", " \n") == ReadList(COLUMNS, (), is_of_dect=True, is_short=True)


def test_text_without_rows_is_refused():
    with pytest.raises(Refused, match="neither a MAC address nor an owner"):
        read_dect_lines("Base stations:", "Thanks\nTom")


def test_too_many_lines_are_refused():
    with pytest.raises(Refused, match="more than 2 rows"):
        read_dect_lines("\n".join([A, B, C]), "bob@example.com", Limits(rows=2))


def test_only_a_few_lines_are_short():
    few, many = "\n".join(f"bob{n}@x.example" for n in range(6)), "bob@x.example\n" * 7
    assert read_dect_lines(A, few).is_short
    assert not read_dect_lines(A, many).is_short
    assert not read_dect_lines(A, "Bob " * 20).is_short


def test_a_password_is_neither_read_nor_given_back():
    read = read_dect_lines("", "Bob Baker password Long-Enough-77")
    assert read.notes == (NOTE,)
    assert read.rows[0].owner == "Bob Baker"
    assert "Long-Enough-77" not in repr(read)


LINES = st.text(
    st.sampled_from("D82E3EF0 :.,;\t|<>@\"'()-=bobaker line 2 name +/\\\n\0 “é"), max_size=120
)


@given(LINES, LINES)
def test_any_text_gives_rows_or_a_sentence(bases_text: str, members: str):
    try:
        read = read_dect_lines(bases_text, members)
    except Refused:
        return
    for row in read.rows:
        assert row.base or row.owner or row.problems
        assert all("\n" not in cell and "\0" not in cell for cell in row.cells)


@given(
    st.lists(st.integers(1, 2**47), min_size=1, max_size=9, unique=True), st.sampled_from(",; \n")
)
def test_no_base_station_gets_lost(numbers: list[int], separator: str):
    macs = [f"{number:012X}" for number in numbers]
    text = separator.join(map(show_mac, macs))
    assert [row.base for row in read_dect_lines(text, "").rows] == macs


def test_what_stands_in_brackets_beside_a_mac_is_no_base_station():
    read = read_dect_lines(f"1) {A} (hall, north)\n2) ({B})", "")
    assert [(row.base, row.problems) for row in read.rows] == [(A, ()), (B, ())]
