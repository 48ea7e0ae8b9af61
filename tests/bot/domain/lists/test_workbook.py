"""Excel workbooks: what the cells hold, which sheet counts, and what is not opened."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from bot.core.errors import Refused
from bot.domain.lists import workbook
from bot.domain.lists.reader import ONE_SHEET, read_file
from bot.domain.lists.sheet import CellNote, Limits
from bot.domain.lists.workbook import workbook_rows

SHEET = "xl/worksheets/sheet1.xml"
DAY = datetime.fromisoformat("2026-11-02")  # a sheet knows no time zones


def book(fill: Callable[[Any], object]) -> bytes:
    """A workbook; `fill` is called with it."""
    made = openpyxl.Workbook()
    fill(made)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def sheet_of(*rows: tuple[Any, ...]) -> bytes:
    """A workbook with one sheet."""
    return book(lambda made: [made.active.append(row) for row in rows])


def changed(content: bytes, name: str, change: Callable[[bytes], bytes], **member: Any) -> bytes:
    """The archive with another member of that name; `member` are attributes of it."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == name:
                data = change(data)
                vars_of = {"compress_type": zipfile.ZIP_DEFLATED, **member}
                for key, value in vars_of.items():
                    setattr(info, key, value)
            new.writestr(info, data)
    return made.getvalue()


def with_sheet(change: Callable[[bytes], bytes], **member: Any) -> bytes:
    """A workbook whose sheet was changed."""
    return changed(sheet_of(("a",)), SHEET, change, **member)


@pytest.mark.parametrize(
    ("value", "text", "note"),
    [
        ("text", "text", None),
        (" a\u200b ", "a", None),
        ("a_x000D_b_x000A_c", "ab\nc", None),
        (8865, "8865", CellNote.NUMBER),
        (112233445566, "112233445566", CellNote.NUMBER),
        (8865.0, "8865", CellNote.NUMBER),
        (1.5, "1.5", CellNote.NUMBER),
        (1.12233e22, "1.12233E+22", CellNote.NUMBER),
        (True, "TRUE", None),
        (DAY, "2026-11-02", CellNote.DATE),
        (DAY.replace(hour=3, minute=4), "2026-11-02 03:04:00", CellNote.DATE),
        ("=A1", "=A1", CellNote.FORMULA),
        ("#N/A", "#N/A", CellNote.ERROR),
    ],
)
def test_a_cell_is_read_as_the_sheet_shows_it(value: Any, text: str, note: CellNote | None):
    _, [row] = workbook_rows(sheet_of(("x", value)), Limits())
    assert row.cells == ("x", text)
    assert row.notes == ({1: note} if note else {})


def test_zeros_in_front_that_a_format_shows_are_read():
    def fill(made: Any) -> None:
        made.active["A1"] = 1122334455
        made.active["A1"].number_format = "0" * 12

    _, [row] = workbook_rows(book(fill), Limits())
    assert row.cells == ("001122334455",)


def test_the_result_of_a_formula_is_read_where_it_is_in_the_file():
    content = changed(
        sheet_of(("=A2",), ("=A3",)), SHEET, lambda xml: xml.replace(b"<v></v>", b"<v>5</v>", 1)
    )
    _, rows = workbook_rows(content, Limits())

    assert [row.cells for row in rows] == [("5",), ("=A3",)]
    assert rows[1].notes == {0: CellNote.FORMULA}


def test_rows_and_columns_keep_their_places():
    def fill(made: Any) -> None:
        made.active["C4"] = "x"
        made.active["A9"] = "y"

    _, rows = workbook_rows(book(fill), Limits())
    assert [(row.number, row.cells) for row in rows] == [(4, ("", "", "x")), (9, ("y",))]


def test_wrong_dimensions_do_not_matter():
    content = changed(
        sheet_of(("a", "b")), SHEET, lambda xml: xml.replace(b'ref="A1:B1"', b'ref="A1:XFD1048576"')
    )
    assert [row.cells for row in workbook_rows(content, Limits())[1]] == [("a", "b")]


def test_the_first_visible_sheet_with_content_counts():
    def fill(made: Any) -> None:
        made.create_sheet("Hidden").append(["h"])
        made["Hidden"].sheet_state = "hidden"
        made.create_sheet("Phones").append(["p"])

    title, rows = workbook_rows(book(fill), Limits())
    assert (title, rows[0].cells) == ("Phones", ("p",))


def test_a_hidden_sheet_counts_where_no_other_has_content():
    def fill(made: Any) -> None:
        made.create_sheet("Hidden").append(["h"])
        made["Hidden"].sheet_state = "hidden"

    assert workbook_rows(book(fill), Limits())[0] == "Hidden"


def instructions_and(*rows: tuple[Any, ...]) -> bytes:
    """A workbook whose first sheet says how to fill in the second."""

    def fill(made: Any) -> None:
        made.active.title = "Read me"
        made.active.append(["Fill in the sheet Phones."])
        made.active.append(["One row for each phone."])
        made.create_sheet("Phones")
        for row in rows:
            made["Phones"].append(row)

    return book(fill)


def test_a_sheet_with_instructions_is_no_list():
    content = instructions_and(("MAC", "Model", "Owner"), ("D82E3EEF4E5C", "8865", "ann"))

    read = read_file(content)

    assert [row.mac for row in read.rows] == ["D82E3EEF4E5C"]
    assert read.notes == (ONE_SHEET.format(name="Phones"),)


def test_a_refusal_names_the_sheet_that_was_read():
    with pytest.raises(Refused, match="I read the sheet “Read me”"):
        read_file(instructions_and(("MAC", "Comment"), ("D82E3EEF4E5C", "x")))


def test_a_hidden_list_is_not_read_instead_of_a_visible_sheet():
    def fill(made: Any) -> None:
        made.active.append(["Nothing here yet."])
        made.create_sheet("Old").append(["MAC", "Model", "Owner"])
        made["Old"].append(["D82E3EEF4E5C", "8865", "ann"])
        made["Old"].sheet_state = "hidden"

    with pytest.raises(Refused):
        read_file(book(fill))


def test_the_name_of_an_only_sheet_says_nothing():
    assert workbook_rows(sheet_of(("a",)), Limits())[0] == ""


NOT_READ: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: sheet_of(), "has no cells with text"),
    "rows": (lambda: sheet_of(*[("a",)] * 31), "more than 10 rows"),
    "columns": (lambda: sheet_of(("a",) * 101), "more than 100 columns"),
    "cell": (lambda: sheet_of(("a" * 2_001,)), "more than 2,000 characters"),
    "text": (lambda: sheet_of(*[("a" * 2_000,) * 100] * 11), "more than 2,000,000 characters"),
    "archive": (lambda: b"PK\x03\x04" + b"x" * 100, "is damaged"),
    "cut off": (lambda: with_sheet(lambda xml: xml[:-20]), "is damaged"),
    "text for XML": (lambda: with_sheet(lambda _: b"no xml"), "is damaged"),
    "row number": (
        lambda: with_sheet(lambda xml: xml.replace(b'row r="1"', b'row r="9999999"')),
        "is damaged",
    ),
    "no sheets": (
        lambda: changed(sheet_of(("a",)), "xl/workbook.xml", lambda _: b"<a/>"),
        "has no cells",
    ),
    "strict": (
        lambda: changed(
            sheet_of(("a",)),
            "xl/workbook.xml",
            lambda xml: xml.replace(
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                b"http://purl.oclc.org/ooxml/spreadsheetml/main",
            ),
        ),
        "Strict Open XML",
    ),
    "compression": (
        lambda: with_sheet(lambda xml: xml, compress_type=zipfile.ZIP_LZMA),
        "is damaged",
    ),
    "document type": (lambda: with_sheet(lambda xml: b"<!DOCTYPE a>" + xml), "declarations"),
    "entity across chunks": (
        lambda: with_sheet(lambda xml: b" " * 65_530 + b"<!ENTITY a>" + xml),
        "declarations",
    ),
    "UTF-16": (lambda: with_sheet(lambda xml: xml.decode().encode("utf-16")), "is damaged"),
    "UTF-16 behind a sign": (
        lambda: with_sheet(lambda xml: b"<" + xml.decode().encode("utf-16-le")),
        "declarations",
    ),
}


@pytest.mark.parametrize("case", NOT_READ)
def test_what_is_not_read_has_its_sentence(case: str):
    make, sentence = NOT_READ[case]
    with pytest.raises(Refused, match=sentence) as refusal:
        workbook_rows(make(), Limits(rows=10))
    assert "Nothing was changed." in str(refusal.value)


def test_an_encrypted_member_is_refused():
    content = bytearray(sheet_of(("a",)))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1

    with pytest.raises(Refused, match="protected by a password"):
        workbook_rows(bytes(content), Limits())


def test_an_archive_that_unpacks_to_too_much_is_not_opened():
    spaces = b" " * (workbook.MAX_UNPACKED + 1)
    content = changed(sheet_of(("a",)), SHEET, lambda xml: xml + spaces)

    assert len(content) < 100_000
    with pytest.raises(Refused, match="unpacks to more than 40 MB"):
        workbook_rows(content, Limits())


def test_two_members_of_one_name_are_refused():
    content = io.BytesIO(sheet_of(("a",)))
    with zipfile.ZipFile(content, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, "<a/>")

    with pytest.raises(Refused, match="is damaged"):
        workbook_rows(content.getvalue(), Limits())


@pytest.mark.slow
def test_without_the_extra_a_sentence_says_what_to_do(tmp_path):
    path = tmp_path / "phones.xlsx"
    path.write_bytes(sheet_of(("a",)))
    read = (
        "import pathlib, sys; sys.modules['openpyxl'] = None\n"
        "from bot.domain.lists.reader import read_file\n"
        "read_file(pathlib.Path(sys.argv[1]).read_bytes())"
    )
    run = subprocess.run([sys.executable, "-c", read, path], capture_output=True, text=True)  # noqa: S603

    assert "Refused: I cannot read Excel workbooks here. Nothing was changed." in run.stderr
    assert "install its extra “lists”" in run.stderr
