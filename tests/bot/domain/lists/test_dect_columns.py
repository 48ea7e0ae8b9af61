"""Columns of lists of DECT: base stations, owners, second lines and display names."""

import io

import openpyxl
import pytest

from bot.core.errors import Refused
from bot.domain.lists.column_names import Field, field_of
from bot.domain.lists.columns import FOR_BASES, FOR_DECT, FOR_DEVICES, FOR_HANDSETS, FOR_PHONES
from bot.domain.lists.dect_lines import read_dect_lines
from bot.domain.lists.reader import read_file
from bot.domain.lists.rows import ListRow, ReadList
from bot.domain.lists.transfer import dump_list, load_list

A, B = "D82E3EEF4EA1", "D82E3EEF4EA2"
WHOLE = f"base mac,owner,line 2,display name\n{A},bob@acme.example,Carol Cole,Bob DECT\n"


def read(text: str, required: frozenset[Field] = FOR_DECT, model: str = "") -> ReadList:
    """The list in a file with this text."""
    return read_file(text.encode(), required=required, model=model)


def only(text: str, required: frozenset[Field] = FOR_DECT) -> ListRow:
    """The only row."""
    [row] = read(text, required).rows
    return row


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("base mac", Field.BASE_MAC),
        ("Base_MAC", Field.BASE_MAC),
        ("Base Station", Field.BASE_MAC),
        ("Base station MAC address (required)", Field.BASE_MAC),
        ("DECT-Basisstation", Field.BASE_MAC),
        ("MAC-Adresse der Basisstation", Field.BASE_MAC),
        ("Station de base", Field.BASE_MAC),
        ("Dirección MAC de la estación base", Field.BASE_MAC),
        ("line 2", Field.LINE_2),
        ("Line2", Field.LINE_2),
        ("Second line", Field.LINE_2),
        ("2. Leitung", Field.LINE_2),
        ("Zweite Leitung", Field.LINE_2),
        ("Deuxième ligne", Field.LINE_2),
        ("Segunda línea", Field.LINE_2),
        ("Line 1", Field.LINE_1),
        ("Handset name", Field.HANDSET_NAME),
        ("Name on the handset", Field.HANDSET_NAME),
        ("Name des Mobilteils", Field.HANDSET_NAME),
        ("Nom du combiné", Field.HANDSET_NAME),
        ("Nombre del terminal", Field.HANDSET_NAME),
        ("Display name", Field.NAME),  # in lists of phones
    ],
)
def test_a_column_is_known_by_its_name(name: str, field: Field):
    assert field_of(name) is field


@pytest.mark.parametrize(
    "header",
    [
        "base mac,owner,line 2,display name",
        "MAC,Email,Second line,Anzeigename",
        "Base station,Line 1,Line 2,Handset name",
        "Basisstation,Benutzer,Zweite Leitung,Name des Mobilteils",
        "Station de base,Utilisateur,Ligne 2,Nom affiché",
        "Estación base,Usuario,Línea 2,Nombre para mostrar",
    ],
)
def test_all_columns_in_any_language(header: str):
    row = only(f"{header}\n{A},bob@acme.example,Carol Cole,Bob DECT")
    assert (row.base, row.owner) == (A, "bob@acme.example")
    assert (row.line2, row.display_name) == ("Carol Cole", "Bob DECT")
    assert (row.mac, row.model, row.problems) == ("", "", ())


def test_a_mac_beside_a_base_mac_is_another_device():
    row = only(f"MAC,Base MAC,Owner\n{B},{A},bob@acme.example")
    assert (row.base, row.mac) == (A, "")


def test_a_row_may_have_a_base_station_a_handset_or_both():
    rows = read(f"{WHOLE}{B},,,\n,Lobby Berlin,-,n/a\n").rows
    assert [(row.base, row.owner, row.line2) for row in rows] == [
        (A, "bob@acme.example", "Carol Cole"),
        (B, "", ""),
        ("", "Lobby Berlin", ""),
    ]
    assert not any(row.problems for row in rows)


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ("hello,,,", "twelve hex digits"),
        (f"{A} {B},,,", "two MAC addresses"),
        (",,Carol Cole,", "The row has no owner"),
        (f"{B},,,Bob", "The row has no owner"),
        (",bob@x.example carol@x.example,,", "several owners"),
        (",bob@x.example,carol@x.example dan@x.example,", "several owners"),
    ],
)
def test_a_wrong_row_has_its_sentence(cells: str, problem: str):
    [sentence] = only(f"base mac,owner,line 2,display name\n{cells}\n").problems
    assert problem in sentence


def test_a_row_with_other_cells_has_neither():
    row = only("base mac,owner,floor\n,,3")
    assert row.problems == ("The row has neither a base station nor an owner.",)


def test_the_same_base_station_in_two_rows():
    first, second = read(f"base mac,owner\n{A},bob@x.example\n{A},Lobby").rows
    assert "row 3" in first.problems[0]
    assert "row 2" in second.problems[0]


def test_lists_of_base_stations_leave_the_owners_out():
    bases = read(f"{WHOLE},Lobby,,", FOR_BASES)
    assert [(row.base, row.owner, row.display_name) for row in bases.rows] == [
        (A, "", ""),
        ("", "", ""),
    ]
    assert bases.notes == ("I ignored the columns “owner”, “line 2” and “display name”.",)
    assert bases.rows[1].problems == ("The row has no MAC address of a base station.",)


def test_lists_of_handsets_leave_the_base_stations_out():
    handsets = read(f"{WHOLE}{B},,,", FOR_HANDSETS)
    assert [(row.base, row.owner) for row in handsets.rows] == [("", "bob@acme.example"), ("", "")]
    assert handsets.notes == ("I ignored the column “base mac”.",)
    assert "no owner" in handsets.rows[1].problems[0]


@pytest.mark.parametrize("name", ["Display name", "Anzeigename", "Nom affiché"])
def test_a_display_name_is_the_handsets_beside_an_owner_only(name: str):
    beside = only(f"{name},Email\nBob,bob@acme.example", FOR_HANDSETS)
    assert (beside.owner, beside.display_name) == ("bob@acme.example", "Bob")
    beside = only(f"Name,{name}\nBob Baker,Bob", FOR_HANDSETS)
    assert (beside.owner, beside.display_name) == ("Bob Baker", "Bob")
    alone = only(f"{name},Base MAC\nBob Baker,{A}")
    assert (alone.owner, alone.display_name) == ("Bob Baker", "")


@pytest.mark.parametrize("required", [FOR_PHONES, FOR_DEVICES])
def test_in_lists_of_phones_a_display_name_is_the_owners(required: frozenset[Field]):
    row = only(f"MAC,Model,Display name,Line 2\n{A},8865,Bob Baker,Carol", required)
    assert (row.mac, row.owner, row.base) == (A, "Bob Baker", "")
    assert (row.line2, row.display_name) == ("", "")


def test_without_a_header_the_columns_stand_in_order():
    rows = read(f"bob@acme.example,{A},Carol Cole,Bob DECT\nLobby,{B},,").rows
    assert [(row.base, row.owner, row.line2, row.display_name) for row in rows] == [
        (A, "bob@acme.example", "Carol Cole", "Bob DECT"),
        (B, "Lobby", "", ""),
    ]


def test_a_header_with_unknown_names_is_no_row():
    handsets = read(f"Holder,Apparatus\nBob Baker,{A}")
    assert [(row.number, row.base, row.owner) for row in handsets.rows] == [(2, A, "Bob Baker")]


@pytest.mark.parametrize(
    ("text", "required", "sentence"),
    [
        ("base mac,owner\n", FOR_DECT, "the MAC address of a base station, or the owner"),
        ("model,tags\nDBS210,x", FOR_DECT, "no column for the base station or the owner"),
        ("owner,line 2\nBob,Carol", FOR_BASES, "no column for the MAC address of the base station"),
        (f"base mac\n{A}", FOR_HANDSETS, "no column for the owner"),
        ("Bob\nCarol", FOR_BASES, "name the columns in the first row: “Base MAC”."),
        (f"MAC,Model,Owner\n{A},8865,Bob", FOR_DECT, "To add phones, send the list with the text"),
        (f"owner,HW\nBob,{A}", FOR_DECT, "Please rename it to “Base MAC”, or delete it."),
    ],
)
def test_a_list_without_its_columns_is_refused(
    text: str, required: frozenset[Field], sentence: str
):
    with pytest.raises(Refused, match=sentence):
        read(text, required)


def test_other_macs_beside_handsets_do_not_matter():
    row = only(f"owner,HW\nBob Baker,{A}", FOR_HANDSETS)
    assert (row.owner, row.base, row.problems) == ("Bob Baker", "", ())


def test_a_model_for_the_network_is_no_rows_model():
    [row] = read(WHOLE, model="DBS210").rows
    assert row.model == ""


TABLE = f"base mac;owner;line 2;display name\n{A};Bob Baker;Carol Cole;Bob DECT\nD8:2E:3E;;;"


@pytest.mark.parametrize("table", [TABLE, TABLE.replace(";", "\t"), f"Hi,\n{TABLE}\nThanks\nTom"])
def test_a_table_in_a_box_is_read_as_one(table: str):
    for boxes in ((table, ""), ("", table)):
        whole = read_dect_lines(*boxes)
        first, second = whole.rows
        assert (first.number, first.base, first.owner) == (2, A, "Bob Baker")
        assert (first.line2, first.display_name) == ("Carol Cole", "Bob DECT")
        assert second.problems
        assert whole.is_short


def test_a_table_beside_another_box():
    handsets = "owner\tdisplay name\nBob Baker\tBob DECT"
    [row] = read_dect_lines(A, handsets).rows
    assert (row.base, row.owner, row.display_name) == (A, "Bob Baker", "Bob DECT")

    first, second, third = read_dect_lines(TABLE, "Dan Dale").rows
    assert (first.base, first.owner) == (A, "Bob Baker")
    assert second.cells[0] == "D8:2E:3E"
    assert (third.base, third.owner) == ("", "Dan Dale")


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"base station\n{A}",
        "owner,line 2\nBob Baker,Carol Cole",
        "owner,handset name\nBob Baker,Bob",
        f"Rollout Lyon\n\nMAC,base mac,owner\n{B},{A},Bob Baker",
        f"model,base mac\nDBS210,{A}",
    ],
)
def test_a_list_tells_by_its_columns_that_it_is_of_dect(text: str):
    whole = read_file(text.encode(), or_dect=True)
    assert whole.is_of_dect
    assert next(row.base or row.owner for row in whole.rows) in (A, "Bob Baker")
    assert load_list(dump_list(whole)) == whole


@pytest.mark.parametrize(
    "text",
    [
        f"MAC,Model,Owner\n{A},8865,Bob Baker",
        f"MAC,Model,Owner,Base\n{A},8865,Bob Baker,3",
        f"MAC,Model,Owner,Line 2\n{A},8865,Bob Baker,4711",
        "Model,Display name,Line 2\n8865,Bob Baker,4711",
        f"{A} 8865 bob@acme.example",
    ],
)
def test_a_list_of_phones_is_none_of_dect(text: str):
    whole = read_file(text.encode(), or_dect=True)
    assert not whole.is_of_dect
    assert whole.rows[0].model == "8865"


@pytest.mark.parametrize("model", ["DBS210", "Cisco DBS-210-3PC", "DMS Cisco DBS110", ""])
def test_the_model_of_base_stations_does_not_matter(model: str):
    assert only(f"MAC,Model,Owner\n{A},{model},Bob").base == A


def test_only_where_it_is_allowed_is_another_list_read():
    with pytest.raises(Refused, match="no column for the model"):
        read(WHOLE, FOR_PHONES)


def test_the_sheet_of_dect_is_found_among_others():
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["hello"])
    sheet = book.create_sheet("DECT")
    sheet.append(["base mac", "owner"])
    sheet.append([A, "Bob Baker"])
    content = io.BytesIO()
    book.save(content)

    whole = read_file(content.getvalue(), or_dect=True)
    assert whole.is_of_dect
    assert [(row.base, row.owner) for row in whole.rows] == [(A, "Bob Baker")]
