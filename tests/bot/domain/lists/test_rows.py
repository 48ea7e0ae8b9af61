"""A row's values, and a sentence for each thing that is wrong in it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models.mac import parse_mac
from bot.core.models.webex import OwnerKind
from bot.domain.lists.column_names import Field
from bot.domain.lists.columns import FOR_PHONES, find_columns
from bot.domain.lists.mac_cells import is_spoilt_mac, read_mac_cell, whole_number
from bot.domain.lists.row_reader import RowReader, read_owner, split_tags
from bot.domain.lists.rows import ListRow, with_repeated_macs
from bot.domain.lists.sheet import CellNote, SheetRow

MAC, DIGITS = "D8:2E:3E:EF:4E:5C", "D82E3EEF4E5C"


def row_of(
    header: str, cells: str, note: tuple[int, CellNote] | None = None, **options: Any
) -> ListRow:
    """One row below a header, both with `|` between cells."""
    rows = [
        SheetRow(1, tuple(header.split("|"))),
        SheetRow(2, tuple(cells.split("|")), dict([note]) if note else {}),
    ]
    columns, [row] = find_columns(rows, ())
    return RowReader(columns, **options).read(row)


@pytest.mark.parametrize(
    ("cell", "mac"),
    [
        (MAC, DIGITS),
        ("d8-2e-3e-ef-4e-5c", DIGITS),
        ("d82e3eef4e5c", DIGITS),
        ("d82e.3eef.4e5c", DIGITS),
        ("SEPD82E3EEF4E5C", DIGITS),
        ("MAC: D82E3EEF4E5C", DIGITS),
        ("112233445566", "112233445566"),
        ("112233445566.0", "112233445566"),
        ("1E2233445566", "1E2233445566"),
        ("12345678E901", "12345678E901"),
        ("", ""),
        ("-", ""),
        ("N/A", ""),
        ("Aktivierungscode", ""),
    ],
)
def test_a_mac_is_read(cell: str, mac: str):
    assert read_mac_cell(cell) == (mac, "")


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("1.12233E+11", "into the number 1.12233E+11"),
        ("1,12233E+11", "into the number 1,12233E+11"),
        ("1E+22", "into the number 1E+22"),
        ("1122334455", "has only 10 digits: 1122334455"),
        ("11223344556", "has only 11 digits"),
        ("112233", "has only 6 digits"),
        ("1122334455.0", "has only 10 digits"),
        ("D8:2E:3E:EF:4E:5", "I read 11 digits"),
        ("x", "twelve hex digits"),
        (f"{MAC} 6C5E3BA0B1C2", "I read two MAC addresses"),
        ("00:00:00:00:00:00", "No phone has that MAC address"),
        ("ffffffffffff", "No phone has that MAC address"),
        ("FF-ff-FF-ff-FF-ff", "No phone has that MAC address"),
    ],
)
def test_a_wrong_mac_has_its_sentence(cell: str, problem: str):
    mac, sentence = read_mac_cell(cell)
    assert mac == ""
    assert problem in sentence


@given(st.text("0123456789ABCDEFabcdef:-. ", max_size=20))
def test_a_mac_in_a_cell_is_the_one_of_other_texts(text: str):
    mac, _ = read_mac_cell(text)
    if mac:
        assert mac == parse_mac(text)


def test_a_number_that_may_have_been_a_power_of_ten_is_asked_about():
    assert "11:22:33:44:55:00" in read_mac_cell("112233445500", CellNote.NUMBER)[1]
    assert read_mac_cell("112233445500") == ("112233445500", "")
    assert read_mac_cell("112233445510", CellNote.NUMBER) == ("112233445510", "")


@pytest.mark.parametrize(
    ("cell", "is_spoilt"),
    [("1.1E+11", True), ("11223344556", True), (DIGITS, False), ("8865", False), ("1107", False)],
)
def test_a_spoilt_mac_is_known_without_its_column(cell: str, is_spoilt: bool):
    assert is_spoilt_mac(cell) is is_spoilt


@pytest.mark.parametrize(
    ("cell", "text"),
    [("8865.0", "8865"), ("8865,00", "8865"), ("8865.5", "8865.5"), ("v1.0", "v1.0")],
)
def test_a_number_is_read_as_a_whole_one(cell: str, text: str):
    assert whole_number(cell) == text


def test_a_whole_row():
    row = row_of(
        "MAC|Model|Email|Password|Tags|Site|Note",
        f"{MAC}|8865.0|Ann <Ann@Acme.Example>|Long-Enough-77|+lobby; floor 2,lobby|Berlin|x",
    )
    assert row.password is not None
    assert row.password.get_secret_value() == "Long-Enough-77"
    assert (row.number, row.mac, row.model) == (2, DIGITS, "8865")
    assert (row.owner, row.kind) == ("ann@acme.example", OwnerKind.PERSON)
    assert (row.tags, row.location) == (("lobby", "floor 2"), "Berlin")
    assert row.problems == ()
    assert not row.is_wrong


def test_a_password_is_shown_nowhere():
    row = row_of("MAC|Model|Owner|Password", f"{MAC}|8865|bob@acme.example|Long-Enough-77")

    assert "Long-Enough-77" not in repr(row)
    assert "Long-Enough-77" not in "".join(row.cells)


@pytest.mark.parametrize("password", ["short", "onlyletters", "two  blanks-1", "a\tb-1234567"])
def test_a_bad_password_is_not_quoted(password: str):
    row = row_of("Model|Owner|Password", f"8865|bob@acme.example|{password}")

    assert row.password is None
    [problem] = row.problems
    assert problem.startswith("The password of this row was not accepted.")
    assert password not in problem


@pytest.mark.parametrize(
    ("header", "cells", "owner", "kind"),
    [
        ("User|Workspace", "bob@acme.example|", "bob@acme.example", OwnerKind.PERSON),
        ("User|Workspace", "|Lobby", "Lobby", OwnerKind.WORKSPACE),
        ("User|Workspace", "Lobby|LOBBY", "LOBBY", OwnerKind.WORKSPACE),
        (
            "User|Workspace|Type",
            "bob@acme.example|Lobby|USER",
            "bob@acme.example",
            OwnerKind.PERSON,
        ),
        ("User|Workspace|Type", "bob|Lobby|place", "Lobby", OwnerKind.WORKSPACE),
        ("Username|Type", "Lobby|WORKSPACE", "Lobby", OwnerKind.WORKSPACE),
        ("Username|Type", "Lobby|Arbeitsbereich", "Lobby", OwnerKind.WORKSPACE),
        ("Username|Type", "Bob Keller|user", "Bob Keller", OwnerKind.PERSON),
        ("Username|Type", "Bob Keller|phone", "Bob Keller", None),
        ("Username|Email|Type", "Lobby|it@acme.example|WORKSPACE", "Lobby", OwnerKind.WORKSPACE),
        ("Email|Name", "bob@acme.example|Bob Keller", "bob@acme.example", OwnerKind.PERSON),
        ("Email|Name", "|Bob Keller", "Bob Keller", None),
        ("Name|Email", "Bob Keller|bob@acme.example", "bob@acme.example", OwnerKind.PERSON),
        ("Username|Email", "bkeller|bob@acme.example", "bob@acme.example", OwnerKind.PERSON),
        (
            "User ID/Email|Email",
            "bob@acme.example|b@x.example",
            "bob@acme.example",
            OwnerKind.PERSON,
        ),
        ("First Name|Last Name", "Bob|Keller", "Bob Keller", None),
        ("Owner", "1107.0", "1107", None),
    ],
)
def test_one_of_several_columns_names_the_owner(
    header: str, cells: str, owner: str, kind: OwnerKind | None
):
    row = row_of(f"Model|{header}", f"8865|{cells}")
    assert (row.owner, row.kind, row.problems) == (owner, kind, ())


@pytest.mark.parametrize(
    ("header", "cells", "problem"),
    [
        ("MAC|Model|Owner", f"{MAC}||bob", "The row has no model."),
        ("MAC|Model|Owner", f"{MAC}|8865|", "The row has no owner"),
        ("MAC|Phone MAC|Model|Owner", f"{MAC}|6C5E3BA0B1C2|8865|bob", "several MAC addresses"),
        ("MAC|Model|Phone Model|Owner", f"{MAC}|8865|8845|bob", "several models: 8865 and 8845"),
        (
            "Model|User|Workspace",
            "8865|bob|Lobby",
            "a person (bob) and, in the column “Workspace”, a workspace (Lobby)",
        ),
        ("Model|Email", "8865|a@x.example b@x.example", "owners: a@x.example and b@x.example"),
        ("Model|Owner", f"8865|{'x' * 121}", "The owner has more than 120 characters"),
        ("Model|Owner|Tags", f"8865|bob|{'x' * 65}", "The tag has more than 64 characters"),
    ],
)
def test_what_is_wrong_has_its_sentence(header: str, cells: str, problem: str):
    [sentence] = row_of(header, cells).problems
    assert problem in sentence


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        (CellNote.FORMULA, "has the formula =A1 without its result"),
        (CellNote.ERROR, "has the error =A1"),
        (CellNote.DATE, "into the date =A1"),
    ],
)
@pytest.mark.parametrize(("index", "field"), [(0, "MAC address"), (1, "model"), (2, "owner")])
def test_a_cell_that_a_spreadsheet_broke_is_named(index, field, note, sentence):
    cells = [MAC, "8865", "bob"]
    cells[index] = "=A1"
    [problem] = row_of("MAC|Model|Owner", "|".join(cells), (index, note)).problems

    assert field in problem
    assert sentence in problem


def test_a_broken_cell_beside_one_that_counts_is_ignored():
    row = row_of("Model|Email|Name", "8865|bob@acme.example|=A1", (2, CellNote.FORMULA))
    assert row.problems == ()


def test_a_broken_cell_of_another_column_is_ignored():
    row = row_of("Model|Owner|Note", "8865|bob|=A1", (2, CellNote.FORMULA))
    assert row.problems == ()


def test_the_model_may_be_given_for_rows_without_one():
    assert row_of("Owner|Model", "bob|", model="8865").model == "8865"
    assert row_of("Owner|Model", "bob|8845", model="8865").model == "8845"


def test_rows_may_need_a_mac_only():
    needed = frozenset({Field.MAC})
    assert row_of("MAC|Owner", f"{MAC}|", required=needed).problems == ()
    assert row_of("MAC|Owner", "|bob", required=needed).problems == ("The row has no MAC address.",)


def test_what_is_shown_of_a_cell_is_clean_and_short():
    row = row_of("Model|Owner", f"8865|\u202e{'a@x.example ' * 50}b@x.example")
    assert len(row.problems[0]) < 300
    assert "\u202e" not in row.problems[0]


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("Ann@Acme.Example", "ann@acme.example"),
        ("Ann <ann@acme.example>", "ann@acme.example"),
        ("mailto:ann@acme.example", "mailto:ann@acme.example"),
        (" Büro  Süd ", "Büro Süd"),
        ("", ""),
    ],
)
def test_an_owner_is_an_address_or_a_name(text: str, owner: str):
    if text.startswith("mailto"):
        owner = "ann@acme.example"
    assert read_owner(text) == (owner, "")


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ("a,b;c", ["a", "b", "c"]),
        (" +a ; #b ,, ", ["a", "b"]),
        ("two words", ["two words"]),
        ("a\nb", ["a", "b"]),
        ("", []),
        (";,", []),
    ],
)
def test_tags_are_separated_by_commas_or_semicolons(cell: str, tags: list[str]):
    assert split_tags(cell) == tags


def test_rows_with_the_same_mac_name_each_other():
    rows = [
        ListRow(number, mac=mac) for number, mac in [(2, DIGITS), (3, ""), (4, ""), (9, DIGITS)]
    ]
    first, second, third, last = with_repeated_macs(rows)

    assert "is also in row 9." in first.problems[0]
    assert "is also in row 2." in last.problems[0]
    assert second.problems == third.problems == ()


def test_not_all_of_many_rows_are_named():
    rows = with_repeated_macs(ListRow(number, mac=DIGITS) for number in range(2, 20))
    assert "is also in rows 3, 4, 5, 6, 7 and 12 more." in rows[0].problems[0]


def test_a_phone_needs_a_model_and_an_owner():
    assert frozenset({Field.MODEL, Field.OWNER}) == FOR_PHONES
