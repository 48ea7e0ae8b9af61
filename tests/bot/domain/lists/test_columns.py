"""Which column holds what: by names in four languages, and by what the cells are."""

import pytest

from bot.core.errors import Refused
from bot.domain.lists.column_names import Field, field_of, name_key
from bot.domain.lists.columns import FOR_DEVICES, Columns, find_columns
from bot.domain.lists.reader import read_file
from bot.domain.lists.sheet import SheetRow

MAC, OTHER_MAC = "D8:2E:3E:EF:4E:5C", "6C5E3BA0B1C2"


def sheet(*rows: str) -> list[SheetRow]:
    """Rows from lines with commas."""
    return [SheetRow(number, tuple(row.split(","))) for number, row in enumerate(rows, start=1)]


def columns_of(*rows: str) -> Columns:
    """The columns of such rows."""
    return find_columns(sheet(*rows))[0]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("MAC", Field.MAC),
        ("mac_address", Field.MAC),
        ("MAC-Adresse (Pflicht)", Field.MAC),
        ("Adresse MAC", Field.MAC),
        ("Dirección MAC", Field.MAC),
        ("macAddress", Field.MAC),
        ("Device Model", Field.MODEL),
        ("GERÄTEMODELL", Field.MODEL),
        ("Modèle", Field.MODEL),
        ("Modelo", Field.MODEL),
        ("User ID/Email (Required)", Field.OWNER),
        ("Username", Field.OWNER),
        ("Propriétaire", Field.OWNER),
        ("e-mail", Field.EMAIL),
        ("Correo electrónico", Field.EMAIL),
        ("Workspace Name", Field.WORKSPACE),
        ("Salle", Field.WORKSPACE),
        ("Vorname", Field.FIRST_NAME),
        ("Apellidos", Field.LAST_NAME),
        ("Type", Field.TYPE),
        ("SIP-Passwort", Field.PASSWORD),
        ("Contraseña", Field.PASSWORD),
        ("Étiquettes", Field.TAGS),
        ("Standort", Field.LOCATION),
        ("Activation Code", Field.SECRET),
        ("Admin Password", Field.SECRET),
        ("PIN", Field.SECRET),
        ("SIP pw", Field.SECRET),
        ("Phone-PIN (optional)", Field.SECRET),
        ("Opinion", None),
        ("Device Type", None),
        ("Old MAC", None),
        ("Wi-Fi MAC", None),
        ("Phone", None),
        ("", None),
        ("—", None),
        ("mac" * 40, None),
    ],
)
def test_a_column_is_known_by_its_name(name: str, field: Field | None):
    assert field_of(name) is field


def test_remarks_case_accents_and_signs_do_not_matter():
    assert name_key(" E-Mail_Adrésse [optional]: ") == "emailadresse"


def test_columns_may_stand_in_any_order():
    columns = columns_of("x,Owner,MAC,y,Model", f"1,bob@acme.example,{MAC},2,8865")

    assert columns.fields == {Field.OWNER: (1,), Field.MAC: (2,), Field.MODEL: (4,)}
    assert columns.ignored == ("x", "y")


@pytest.mark.parametrize("title", ["Rollout Berlin", "Model", f"for bob@acme.example,{MAC}"])
def test_a_title_may_stand_above_the_header(title: str):
    rows = sheet(title, "MAC,Model,Owner", f"{MAC},8865,bob@acme.example")
    columns, body = find_columns(rows) if title != "Model" else find_columns(rows[1:])

    assert columns.indexes(Field.MAC) == (0,)
    assert [row.number for row in body] == [3]


def test_a_row_with_a_value_is_no_header():
    columns, body = find_columns(sheet(f"Name,8865,{MAC}", f"Nombre,8865,{OTHER_MAC}"))

    assert not columns.is_named
    assert len(body) == 2


def test_without_a_header_columns_are_known_by_most_of_their_cells():
    columns = columns_of(
        f"Lobby,USER,8865,{MAC}", f"ann@acme.example,USER,Cisco 8841,{OTHER_MAC}", "Bob K,USER,,"
    )

    assert columns.fields == {
        Field.EMAIL: (0,),
        Field.TYPE: (1,),
        Field.MODEL: (2,),
        Field.MAC: (3,),
    }
    assert columns.names == ("Email", "Type", "Model", "MAC")


def test_a_column_of_spoilt_macs_is_known_as_one():
    columns = columns_of("1.12E+11,8865,Bob Keller", "11223344556,8845,Ann Miller")
    assert columns.indexes(Field.MAC) == (0,)


def test_a_header_with_unknown_names_is_no_row():
    rows = sheet("Apparatus,Kind,Holder", f"{MAC},8865,bob@acme.example")
    assert [row.number for row in find_columns(rows)[1]] == [2]


def test_a_row_that_only_has_a_name_is_no_header():
    rows = sheet(",,Bob Keller", f"{MAC},8865,Ann Miller")
    assert [row.number for row in find_columns(rows)[1]] == [1, 2]


def test_a_single_row_is_no_header():
    _, body = find_columns(sheet("8865,bob@acme.example"))
    assert len(body) == 1


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((), "has no rows"),
        (("MAC,Model,Owner",), "has no rows"),
        (("MAC,Owner", f"{MAC},bob"), "no column for the model. The header, row 1, has: “MAC” and"),
        (("MAC,Model", f"{MAC},8865"), "“Owner”, “Email” or “Workspace”"),
        ((f"{MAC},8865", f"{OTHER_MAC},8865"), "which column has the owner"),
        (("HW,Model,Owner", f"{MAC},8865,bob"), "The column “HW” has MAC addresses"),
    ],
)
def test_a_list_without_a_needed_column_is_refused(rows: tuple[str, ...], sentence: str):
    with pytest.raises(Refused, match=sentence):
        find_columns(sheet(*rows))


def test_what_is_needed_may_differ():
    columns, _ = find_columns(sheet("MAC,Note", f"{MAC},x"), {Field.MAC})
    assert columns.indexes(Field.MAC) == (0,)

    with pytest.raises(Refused, match="no column for the MAC address"):
        find_columns(sheet("Model,Owner", "8865,bob"), {Field.MAC})


@pytest.mark.parametrize("header", ["Device", "Name", "MAC", "Email", "Gerätename"])
def test_a_list_of_devices_needs_one_column_that_names_them(header: str):
    _, body = find_columns(sheet(header, "Lobby"), FOR_DEVICES)
    assert [row.number for row in body] == [2]


def test_a_list_of_devices_without_such_a_column_is_refused():
    with pytest.raises(Refused, match=r"no column for the device\. .*“MAC” or “Device”"):
        find_columns(sheet("Model,Tags", "8865,vip"), FOR_DEVICES)


def test_macs_in_a_column_of_another_name_are_not_overlooked_in_lists_of_devices():
    with pytest.raises(Refused, match=r"rename it to “MAC”, or delete it\."):
        find_columns(sheet("Name,HW", f"Lobby,{MAC}"), FOR_DEVICES)


def test_the_name_of_a_device_is_read_in_lists_of_devices_only():
    columns = columns_of("Device,MAC,Model,Owner", f"old,{MAC},8865,bob@acme.example")
    assert columns.indexes(Field.DEVICE) == ()
    assert columns.ignored == ("Device",)


def test_columns_with_secrets_or_without_a_name_do_not_come_back():
    columns = columns_of(
        "MAC,Password,Model,,Owner,PIN,Note", f"{MAC},a,8865,b,bob@acme.example,c,d"
    )
    assert [columns.names[index] for index in columns.returned] == ["MAC", "Model", "Owner", "Note"]


def test_unknown_columns_without_a_header_do_not_come_back():
    columns = columns_of(f"{MAC},8865,bob@acme.example,secret", f"{OTHER_MAC},8845,ann@x.example,")
    assert columns.returned == (0, 1, 2)
    assert columns.ignored == ()


def test_a_column_of_passwords_is_not_taken_for_the_owners():
    columns = columns_of(f"Long-Enough-77,8865,{MAC},Bob", f"Also-Secret-8,8865,{OTHER_MAC},")
    assert columns.fields[Field.NAME] == (3,)
    assert 0 not in columns.returned


def test_columns_that_only_a_header_could_explain_are_named():
    read = read_file(b"D8:2E:3E:EF:4E:5C,8865,bob@acme.example,17,\n")

    assert read.notes == (
        "I ignored column 4, as the list has no header that names what is in it.",
    )


@pytest.mark.parametrize("name", ["Gerät", "Device", "Dispositivo"])
def test_a_column_of_devices_with_models_is_the_model(name: str):
    read = read_file(f"MAC;{name};Email\nD82E3EEF4E5C;Cisco 8865;bob@acme.example\n".encode())

    assert [row.model for row in read.rows] == ["Cisco 8865"]


def test_a_column_of_devices_with_names_is_no_model():
    with pytest.raises(Refused, match=r"I found no column for the model\. The header, row 3, has:"):
        read_file(
            b"Phones of floor 3\n\nMAC;Device;Email\nD82E3EEF4E5C;Bobs phone;bob@acme.example\n"
        )


def test_a_room_beside_an_address_names_its_column():
    content = "MAC;Model;Email;Raum\nD82E3EEF4E5C;8865;bob@acme.example;Büro 0\n"

    (row,) = read_file(content.encode()).rows

    assert "and, in the column “Raum”, a workspace (Büro 0)" in row.problems[0]
    (row,) = read_file(content.replace("Raum", "Office").encode()).rows
    assert row.problems == ()
