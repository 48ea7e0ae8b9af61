"""The file that answers a list, and that it can be read as a list again."""

import csv
import io

import pytest
from pydantic import SecretStr

from bot.core.errors import Refused
from bot.core.models.webex import OwnerKind
from bot.domain.lists.answer import RowAnswer, RowStatus, answer_table
from bot.domain.lists.columns import FOR_DEVICES
from bot.domain.lists.reader import read_file, read_pasted
from bot.domain.lists.rows import ListRow, ReadList
from bot.domain.lists.transfer import dump_list, load_list

MAC, OTHER = "D8:2E:3E:EF:4E:5C", "6C5E3BA0B1C2"
ROW = ListRow(
    number=7,
    mac="D82E3EEF4E5C",
    model="8865",
    owner="bob@acme.example",
    kind=OwnerKind.PERSON,
    password=SecretStr("Long-Enough-77"),
    tags=("a", "b"),
    location="Berlin",
    cells=("x", "ü\n"),
    problems=("Wrong.",),
)


def table(content: bytes) -> list[list[str]]:
    """The rows as a spreadsheet reads them."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_columns_of_the_list_come_back_with_what_became_of_each_row():
    read = read_file(
        f"Note,MAC,Model,Owner\nx,{MAC},8865,bob\ny,{OTHER},8845,ann\nz,,8841,\n".encode()
    )
    answers = {
        2: RowAnswer(RowStatus.ADDED),
        3: RowAnswer(RowStatus.FAILED, "The MAC is\nin use.", "ROUTER_1-2-3"),
    }
    header, first, second, third = table(answer_table(read, answers))

    assert header == ["Note", "MAC", "Model", "Owner", "status", "reason", "tracking id"]
    assert first == ["x", MAC, "8865", "bob", "added", "", ""]
    assert second[4:] == ["failed", "The MAC is in use.", "ROUTER_1-2-3"]
    assert third[4] == "wrong"
    assert third[5].startswith("The row has no owner")


def test_passwords_and_codes_do_not_come_back():
    names = "MAC,Model,Owner,Password,Activation Code"
    read = read_file(f"{names}\n{MAC},8865,bob,Long-Enough-77,1234123412341234\n".encode())
    content = answer_table(read, {})

    assert read.rows[0].password is not None
    assert b"Long-Enough" not in content
    assert b"1234123412341234" not in content
    assert table(content)[0] == ["MAC", "Model", "Owner", "status", "reason", "tracking id"]


def test_cells_that_a_spreadsheet_would_run_are_harmless_and_read_back():
    read = read_file(b"Model,Owner,Note\n8865,bob,-2+3\n8865,+49 30 1,@SUM(1)\n")
    content = answer_table(read, {})
    _, first, second = table(content)

    assert (first[2], second[1:3]) == ("'-2+3", ["'+49 30 1", "'@SUM(1)"])
    again = read_file(content)
    assert [row.cells[:3] for row in again.rows] == [row.cells for row in read.rows]


def test_an_answer_that_comes_back_has_its_columns_once():
    read = read_file(f"MAC,Model,Owner\n{MAC},8865,bob\n".encode())
    again = read_file(answer_table(read, {2: RowAnswer(RowStatus.FAILED, "Why.")}))
    header, row = table(answer_table(again, {2: RowAnswer(RowStatus.ADDED)}))

    assert again.notes == ()
    assert header == ["MAC", "Model", "Owner", "status", "reason", "tracking id"]
    assert row == [MAC, "8865", "bob", "added", "", ""]


def test_a_status_of_the_list_itself_comes_back():
    read = read_file(f"MAC,Model,Owner,Status\n{MAC},8865,bob,old\n".encode())
    header, row = table(answer_table(read, {}))

    assert header[3:5] == ["Status", "status"]
    assert row[3:5] == ["old", "ready"]


def test_empty_rows_keep_their_place():
    read = read_file(f"MAC,Model,Owner\n\n{MAC},8865,bob\n,,\n{OTHER},8845,ann\n".encode())
    content = answer_table(read, {})

    assert [bool(any(row)) for row in table(content)] == [True, False, True, False, True]
    assert [row.number for row in read_file(content).rows] == [3, 5]


def test_a_gap_of_many_rows_is_not_written():
    read = ReadList(("MAC",), (ListRow(1_000_000, cells=("x",)),))
    assert len(table(answer_table(read, {}))) == 2


def test_rows_that_are_far_apart_have_their_numbers_in_a_column():
    rows = (
        ListRow(40, cells=(MAC, "8865", "bob")),
        ListRow(90, cells=(OTHER, "8845", "ann")),
    )
    content = answer_table(ReadList(("MAC", "Model", "Owner"), rows), {})
    header, first, second = table(content)

    assert header == ["MAC", "Model", "Owner", "row", "status", "reason", "tracking id"]
    assert (first[3], second[3]) == ("40", "90")
    again = read_file(content)
    assert again.notes == ()
    assert table(answer_table(again, {}))[0] == header[:3] + header[4:]


def test_pasted_lines_come_back_as_a_table_that_can_be_sent():
    read = read_pasted(f"{MAC} 8865 bob@acme.example +lobby\n8841 for Ann Miller")
    content = answer_table(read, {})
    again = read_file(content)

    assert table(content)[1][:4] == [MAC, "8865", "bob@acme.example", "lobby"]
    assert [(row.mac, row.model, row.owner, row.tags) for row in again.rows] == [
        (row.mac, row.model, row.owner, row.tags) for row in read.rows
    ]


def test_a_list_survives_the_way_between_processes():
    read = ReadList(("a", "b"), (ROW, ListRow(8)), ("Note.",))
    again = load_list(dump_list(read))

    assert again == read
    assert again.rows[0].password == SecretStr("Long-Enough-77")


ANSWERED = f"""MAC,Model,Owner,status,reason,tracking id
{MAC},8865,bob,Added,,
{OTHER},8845,ann,failed,In use.,T-1
,8845,ann,code sent,,
"""


def test_rows_that_are_done_are_left_out_of_a_result_that_comes_back():
    read = read_file(ANSWERED.encode())

    assert [row.number for row in read.rows] == [3]
    assert read.notes[0].startswith(
        "I left out 2 rows, whose status is “added” and “code sent”. To do them once more, delete"
    )


def test_phones_that_were_added_can_be_deleted_by_the_same_file():
    read = read_file(ANSWERED.encode(), required=FOR_DEVICES)

    assert [row.number for row in read.rows] == [2, 3, 4]


def test_a_deleted_device_is_left_out_of_lists_of_devices():
    content = f"MAC,status,reason,tracking id\n{MAC},deleted,,\n{OTHER},ready,,\n".encode()

    assert [row.number for row in read_file(content, required=FOR_DEVICES).rows] == [3]


def test_a_result_with_nothing_left_to_do_is_refused():
    content = f"MAC,Model,Owner,status,reason,tracking id\n{MAC},8865,bob,added,,\n".encode()

    with pytest.raises(Refused, match="All rows of this list are done already"):
        read_file(content)


def test_a_column_of_another_list_called_status_says_nothing():
    content = f"MAC,Model,Owner,Status\n{MAC},8865,bob,added\n".encode()

    assert len(read_file(content).rows) == 1
