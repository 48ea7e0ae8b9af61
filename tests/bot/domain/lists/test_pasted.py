"""Lines that people paste: one phone a line, in any order, or a table from a spreadsheet."""

import pytest

from bot.core.errors import Refused
from bot.core.models.webex import OwnerKind
from bot.domain.language.typed_passwords import NOTE
from bot.domain.lists.columns import FOR_CODES, FOR_DEVICES
from bot.domain.lists.pasted import OTHER_WISH, table_in
from bot.domain.lists.reader import read_pasted
from bot.domain.lists.row_reader import NO_MODEL
from bot.domain.lists.rows import ListRow
from bot.domain.lists.sheet import Limits

MAC, DIGITS, OTHER = "D8:2E:3E:EF:4E:5C", "D82E3EEF4E5C", "6C5E3BA0B1C2"


def row_of(line: str) -> ListRow:
    """The only row."""
    [row] = read_pasted(line).rows
    return row


@pytest.mark.parametrize(
    "line",
    [
        f"{MAC} 8865 bob@acme.example",
        f"bob@acme.example 8865 {MAC}",
        f"8865 {MAC} for bob@acme.example",
        f"add phone {MAC} 8865 for bob@acme.example",
        f"Add phone: {MAC}, 8865, bob@acme.example",
        f"add {MAC} 8865 bob@acme.example",
        f"1. {MAC} 8865 bob@acme.example",
        f"12) {MAC} 8865 bob@acme.example",
        f"(3) {MAC} 8865 bob@acme.example",
        f"- {MAC} 8865 bob@acme.example",
        f"• {MAC} – 8865 – bob@acme.example",
        "* d82e.3eef.4e5c 8865 Bob <Bob@Acme.Example>",
        f"[ ] {MAC} 8865 bob@acme.example",
        f"| {MAC} | 8865 | bob@acme.example |",
        f"`{MAC} 8865 bob@acme.example`",
        f"> {MAC} 8865 bob@acme.example",
        f"füge Telefon {MAC} 8865 für bob@acme.example hinzu",
    ],
)
def test_a_line_is_read_however_it_is_written(line: str):
    row = row_of(line)
    assert (row.number, row.mac, row.model) == (1, DIGITS, "8865")
    assert (row.owner, row.kind) == ("bob@acme.example", OwnerKind.PERSON)
    assert row.problems == ()


@pytest.mark.parametrize(
    ("line", "owner"),
    [
        (f"{MAC} 8865 Bob Keller", "Bob Keller"),
        (f"{MAC} 8865 in Lobby Lyon", "Lobby Lyon"),
        (f"{MAC} Cisco 8865 Meeting Room South", "Meeting Room South"),
        ("8865 for Ann Miller", "Ann Miller"),
        (f"add phone {MAC} 8865 for Ann Miller because hers broke", "Ann Miller"),
        (f"{MAC} 8865 for Ann Miller, not for Bob", "Ann Miller"),
    ],
)
def test_an_owner_may_be_a_name(line: str, owner: str):
    row = row_of(line)
    assert (row.owner, row.kind, row.problems) == (owner, None, ())


def test_a_line_without_a_mac_means_an_activation_code():
    row = row_of("8865 for bob@acme.example")
    assert (row.mac, row.model, row.problems) == ("", "8865", ())


def test_lines_are_numbered_as_they_were_pasted():
    read = read_pasted(f"add phones\n\n{MAC} 8865 bob@acme.example\n\n\n{OTHER} 8845 Ann Miller\n")
    assert [(row.number, row.owner) for row in read.rows] == [
        (1, "bob@acme.example"),
        (2, "Ann Miller"),
    ]


def test_a_greeting_and_a_signature_are_no_rows():
    read = read_pasted(
        f"Hi team,\n\nplease add these phones for Berlin:\n{MAC} 8865 bob@acme.example\n"
        "Thanks\nTom Berg\n+49 30 12345"
    )
    assert [row.owner for row in read.rows] == ["bob@acme.example"]


def test_a_line_that_may_be_meant_is_not_left_out():
    read = read_pasted(f"{MAC} 8865 bob@acme.example\nBob Keller, second floor\n{OTHER} 8845 Ann")
    assert [bool(row.problems) for row in read.rows] == [False, True, False]
    assert read.rows[1].problems == (NO_MODEL,)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1.12233E+11 8865 bob@acme.example", "into the number 1.12233E+11"),
        ("1,12233E+11, 8865, bob@acme.example", "into the number 1,12233E+11"),
        ("11223344556 8865 bob@acme.example", "has only 11 digits"),
        ("D8:2E:3E:EF:4E 8865 bob@acme.example", "10 digits"),
        (f"{MAC} {OTHER} 8865 bob@acme.example", "I read two MAC addresses"),
        (f"{MAC} bob@acme.example", "The row has no model."),
        (f"{MAC} 8865", "The row has no owner"),
        (f"{MAC} 8865 bob@acme.example ann@acme.example", "several owners"),
    ],
)
def test_a_wrong_line_has_its_sentence(line: str, problem: str):
    [sentence] = row_of(line).problems
    assert problem in sentence


def test_the_model_of_a_line_with_a_spoilt_mac_is_read():
    row = row_of("1.12233E+11 8865 bob@acme.example")
    assert (row.model, row.owner) == ("8865", "bob@acme.example")


def test_tags_in_a_line():
    row = row_of(f"{MAC} 8865 bob@acme.example +lobby #front")
    assert (row.tags, row.owner) == (("lobby", "front"), "bob@acme.example")


def test_a_password_is_neither_read_nor_given_back():
    read = read_pasted(f"{MAC} 8865 bob@acme.example password Long-Enough-77")
    [row] = read.rows

    assert read.notes == (NOTE,)
    assert row.password is None
    assert "Long-Enough-77" not in repr(row) + "".join(row.cells)
    assert row.owner == "bob@acme.example"


@pytest.mark.parametrize("separator", [",", " ", "; "])
def test_what_stands_behind_an_address_is_not_given_back(separator: str):
    row = row_of(separator.join([MAC, "8865", "bob@acme.example", "Long-Enough-77"]))
    assert row.owner == "bob@acme.example"
    assert row.cells == (MAC, "8865", "bob@acme.example", "")


def test_the_same_mac_in_two_lines():
    read = read_pasted(f"{MAC} 8865 bob@acme.example\n{DIGITS} 8865 ann@acme.example")
    assert "row 2" in read.rows[0].problems[0]
    assert "row 1" in read.rows[1].problems[0]


@pytest.mark.parametrize(
    "text",
    [
        f"{MAC}\t8865\tbob@acme.example",
        f"MAC;Model;Owner\n{MAC};8865;bob@acme.example",
        f"MAC\tModel\tOwner\n{MAC}\t8865\tbob@acme.example",
        f"Model, Owner, MAC\n8865, bob@acme.example, {MAC}",
    ],
)
def test_a_table_from_a_spreadsheet_is_read_as_one(text: str):
    row = read_pasted(text).rows[0]
    assert table_in(text)
    assert (row.mac, row.model, row.owner) == (DIGITS, "8865", "bob@acme.example")
    assert row.number == text.count("\n") + 1


def test_text_around_a_table_is_no_row():
    read = read_pasted(f"Hi,\nplease add:\n{MAC}\t8865\tbob@acme.example\n\nThanks\nTom")
    assert [(row.number, row.owner) for row in read.rows] == [(1, "bob@acme.example")]

    read = read_pasted(f"add phones\nMAC;Model;Owner\n{MAC};8865;Bob Keller\nThanks\nTom")
    assert [(row.number, row.owner) for row in read.rows] == [(2, "Bob Keller")]


@pytest.mark.parametrize("text", ["", "\n\n", "---", "add phones"])
def test_a_text_without_phones_is_refused_or_wrong(text: str):
    with pytest.raises(Refused, match="has no rows"):
        read_pasted(text)


def test_too_many_lines_are_refused():
    with pytest.raises(Refused, match="more than 2 rows"):
        read_pasted("8865 for bob@acme.example\n" * 3, Limits(rows=2))


def test_a_line_that_is_too_long_is_wrong():
    row = row_of("8865 for bob@acme.example " + "x" * 300)
    assert "more than 300 characters" in row.problems[0]
    assert len("".join(row.cells)) <= 120


def test_a_long_line_with_a_password_is_neither_read_nor_given_back():
    row = row_of("8865 for bob@acme.example password Long-Enough-77 " + "x " * 150)
    assert "more than 300 characters" in row.problems[0]
    assert "Long-Enough-77" not in "".join(row.cells)


def test_one_model_for_all_lines():
    [row] = read_pasted("bob@acme.example", model="8865").rows
    assert (row.model, row.owner, row.problems) == ("8865", "bob@acme.example", ())


@pytest.mark.parametrize("line", ["Meeting Room 12", "for Meeting Room 12", "add Meeting Room 12"])
def test_a_line_may_be_an_owner_where_the_model_is_known(line: str):
    [row] = read_pasted(line, model="8865").rows
    assert (row.model, row.owner, row.problems) == ("8865", "Meeting Room 12", ())


@pytest.mark.parametrize("line", ["Meeting Room 12", "4711", "Boardroom", "Ann Alder"])
def test_a_line_of_a_list_of_owners_is_an_owner(line: str):
    [row] = read_pasted(line, required=FOR_CODES).rows
    assert (row.model, row.owner, row.problems) == ("", line, ())


def test_a_line_of_a_list_of_owners_may_name_a_model():
    [row] = read_pasted("8865 for bob@acme.example", required=FOR_CODES).rows
    assert (row.model, row.owner) == ("8865", "bob@acme.example")


@pytest.mark.parametrize(
    ("line", "mac", "owner", "model", "tags"),
    [
        (MAC, DIGITS, "", "", ()),
        (f"delete device {MAC}", DIGITS, "", "", ()),
        (f"tag {MAC} +lobby -old", DIGITS, "", "", ("lobby", "-old")),
        ("Meeting Room 12", "", "Meeting Room 12", "", ()),
        ("Erin's 8865", "", "Erin's", "8865", ()),
        ("ann@example.com", "", "ann@example.com", "", ()),
        (f"{MAC} of Erin", DIGITS, "Erin", "", ()),
    ],
)
def test_a_line_names_a_device(line: str, mac: str, owner: str, model: str, tags: tuple[str, ...]):
    [row] = read_pasted(line, required=FOR_DEVICES).rows
    assert (row.mac, row.owner, row.model, row.tags) == (mac, owner, model, tags)
    assert row.problems == ()


def test_the_command_above_the_lines_is_no_device():
    read = read_pasted(f"Please delete these devices:\n{MAC}\n", required=FOR_DEVICES)
    assert [row.mac for row in read.rows] == [DIGITS]


@pytest.mark.parametrize(
    "line",
    [
        "delete phone D8:2E:3E:EF:4E:11 8865 bob@example.com",
        "please remove D8:2E:3E:EF:4E:11 8865 bob@example.com",
        "move D8:2E:3E:EF:4E:11 8865 to bob@example.com",
        "do not add D8:2E:3E:EF:4E:11 8865 bob@example.com",
    ],
)
def test_a_line_that_asks_for_something_else_is_not_done(line):
    (row,) = read_pasted(line).rows

    assert OTHER_WISH in row.problems


def test_a_line_that_adds_is_no_device_to_delete():
    (row,) = read_pasted(f"add {MAC}", required=FOR_DEVICES).rows

    assert OTHER_WISH in row.problems
