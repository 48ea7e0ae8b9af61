"""From bytes to rows of cells: encodings, separators, other kinds of files, limits."""

import io
import zipfile
from dataclasses import replace

import pytest

from bot.core.errors import Refused
from bot.domain.lists import decoding, file_kinds
from bot.domain.lists.csv_text import csv_rows, find_separator
from bot.domain.lists.reader import read_file
from bot.domain.lists.sheet import CellNote, Limits, SheetRow, bounded

LIMITS = Limits(rows=3, columns=4, cell=20)


def cells(text: str, limits: Limits | None = None) -> list[tuple[str, ...]]:
    """The cells of each row."""
    return [row.cells for row in csv_rows(text, limits or Limits())]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_a_text_is_decoded(encoding: str):
    text = "MAC;Büro Süd;Ünder\r\nD8:2E:3E:EF:4E:5C;a;b\r\n"
    assert decoding.decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00\xd8",
        b"a\x00b\x01",
        b"\x81\x8d",
        b"MAC\x07",
        b"\xef\xbb\xbf\xff",
        b"\xff\xfea",
    ],
)
def test_what_is_no_text_is_refused(content: bytes):
    with pytest.raises(Refused, match="neither text nor an Excel workbook"):
        decoding.decode(content)


def test_the_sign_that_ends_a_text_of_dos_is_left_out():
    assert decoding.decode(b"MAC,Model\r\n\x1a") == "MAC,Model\r\n"


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("MAC,Model\n", ","),
        ("MAC;Model\n1,5;2,5\n", ";"),
        ("MAC\tModel\n", "\t"),
        ("a|b@acme.example\nc|d@acme.example\n", "|"),
        ("D82E3EEF4E5C,8865,bob@acme.example,a;b\n6C5E3BA0B1C2,8865,ann@acme.example,c;d\n", ","),
        ("D82E3EEF4E5C;8865;bob@acme.example;a,b\n6C5E3BA0B1C2;8865;ann@acme.example;c,d\n", ";"),
        ("Lobby;x;y\nKeller, Bob;x;y\nz;x;y\n", ";"),
    ],
)
def test_the_separator_is_what_makes_the_clearest_columns(text: str, separator: str):
    assert find_separator(text) == separator


@pytest.mark.parametrize("line", ["sep=|\n", "SEP=|\r\n", '"sep=|"\r', "sep=|"])
def test_the_line_of_excel_for_the_separator_has_no_number(line: str):
    rows = csv_rows(f"{line}" + ("a,b|c\n" if line[-1] in "\r\n" else ""), Limits())
    assert [(row.number, row.cells) for row in rows] == [(1, ("a,b", "c"))] * len(rows)
    assert bool(rows) == (line[-1] in "\r\n")


def test_numbers_are_those_of_the_sheet():
    rows = csv_rows('a,b\n\n,,\n"c\nd",e\nf,g\n', Limits())
    assert [row.number for row in rows] == [1, 4, 5]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('"=""0011"""', "0011"),
        ("'=1+1", "=1+1"),
        ("'+49 30", "+49 30"),
        ("'quoted'", "'quoted'"),
        ("\u200bname\u00a0", "name"),
        ("\u202ename", "name"),
    ],
)
def test_what_protected_or_wrapped_a_cell_falls_off(cell: str, text: str):
    assert cells(f"x,{cell}\n") == [("x", text)]


@pytest.mark.parametrize("cell", ["=A1", "=VLOOKUP(A1)", "=-A1", "=+A1", "= SUM(A1)"])
def test_a_formula_is_noted(cell: str):
    [row] = csv_rows(f"x;{cell}\n", Limits())
    assert row.notes == {1: CellNote.FORMULA}


def test_an_equals_sign_alone_is_no_formula():
    [row] = csv_rows("x;=\n", Limits())
    assert row.notes == {}


def test_a_quotation_mark_that_is_not_closed_loses_no_rows_silently():
    with pytest.raises(Refused, match="In row 2 of the list, a quotation mark is not closed"):
        csv_rows('a,b\nc,"d\ne,f\n', Limits())


def test_a_quotation_mark_within_a_cell_is_a_letter():
    assert cells('a,5" screen\nb,c\n') == [("a", '5" screen'), ("b", "c")]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("a",) * 5, "more than 4 columns"),
        (("a" * 21,), "more than 20 characters"),
    ],
)
def test_a_row_beyond_the_limits_is_refused_with_its_number(row: tuple[str, ...], sentence: str):
    with pytest.raises(Refused, match=f"Row 7 .*{sentence}"):
        list(bounded([SheetRow(7, row)], LIMITS))


def test_the_text_of_all_cells_is_limited():
    rows = [SheetRow(number, ("a" * 20, "b" * 20)) for number in (1, 2, 3)]
    assert len(list(bounded(rows, replace(LIMITS, text=120)))) == 3

    with pytest.raises(Refused, match="more than 119 characters"):
        list(bounded(rows, replace(LIMITS, text=119)))


@pytest.mark.parametrize("cell", ["bob@acme.example", "Meeting Room 12", "Lobby"])
def test_a_list_of_owners_alone_is_read_where_the_model_is_known(cell: str):
    named = read_file(f"Owner\n{cell}\n".encode(), model="8865")
    unnamed = read_file(f"{cell}\n".encode(), model="8865")

    assert [(row.number, row.owner) for row in named.rows] == [(2, cell)]
    assert [(row.number, row.owner) for row in unnamed.rows] == [(1, cell)]


def test_a_row_at_the_limits_is_read():
    rows = [SheetRow(1, ("a" * 20,) * 4)]
    assert list(bounded(rows, LIMITS)) == rows


def test_empty_cells_beyond_the_limit_do_not_count():
    [row] = bounded([SheetRow(1, ("a", *[""] * 50))], LIMITS)
    assert row.cells == ("a",)


@pytest.mark.parametrize("count", [3, 4])
def test_rows_are_counted_without_the_header(count: int):
    content = ("MAC,Model,Owner\n" + ",8865,bob@acme.example\n" * count).encode()
    if count == 3:
        assert len(read_file(content, LIMITS).rows) == 3
    else:
        with pytest.raises(Refused, match="more than 3 rows"):
            read_file(content, LIMITS)


def test_many_more_rows_are_not_read_to_their_end():
    def endless():
        number = 0
        while True:
            number += 1
            yield SheetRow(number, ("a",))

    with pytest.raises(Refused, match="more than 3 rows"):
        list(bounded(endless(), LIMITS))


def test_a_file_beyond_the_limit_is_refused():
    with pytest.raises(Refused, match="more than 1 MB"):
        read_file(b"a" * (1_048_576 + 1))


def test_a_cell_larger_than_csv_takes_is_refused():
    with pytest.raises(Refused, match="more than 2,000 characters"):
        csv_rows("a,b\n" + "x" * 200_000 + "\n", Limits())


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "is empty"),
        (b" \r\n\r\n", "is empty"),
        (b"%PDF-1.4", "a PDF"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"GIF89a", "a picture"),
        (b"RIFF\x00\x00\x00\x00WEBP", "a picture"),
        (b"\x00\x00\x00\x18ftypheic", "a picture"),
        (b"BM\x00\x00", "a picture"),
        (b"{\\rtf1", "a rich text document"),
        (b"\x1f\x8b\x08", "a compressed archive"),
        (b"7z\xbc\xaf\x27\x1c", "a compressed archive"),
        (b"\x7fELF", "a program"),
        (b"MZ\x90\x00", "a program"),
        (b"PK\x05\x06" + bytes(18), "an empty ZIP archive"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "a web page"),
        (b"<?xml version='1.0'?><a/>", "an XML file"),
        (b'{"mac": 1}', "a JSON file"),
        (b"[\n {}]", "a JSON file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 9, "an old Office document"),
    ],
)
def test_another_kind_of_file_has_its_sentence(content: bytes, kind: str):
    sentence = file_kinds.other_kind(content)
    assert kind in sentence
    assert "Nothing was changed." in sentence
    assert "CSV" in sentence


@pytest.mark.parametrize(
    "content", [b"MAC,Model\n", b"BMW,8865\n", b"<ann@acme.example>,8865\n", b"[1],2\n", b"{a},b\n"]
)
def test_a_text_is_no_other_kind(content: bytes):
    assert file_kinds.other_kind(content) == ""


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("word/document.xml", "a Word document"),
        ("ppt/slides/slide1.xml", "a PowerPoint presentation"),
        ("Index/Tables/a.iwa", "a Numbers document"),
        ("xl/workbook.bin", "a binary Excel workbook"),
        ("phones.csv", "a ZIP archive without an Excel workbook"),
        ("xl/vbaProject.bin", "has macros"),
        ("xl/macrosheets/sheet1.xml", "has macros"),
    ],
)
def test_an_archive_is_told_by_its_names(name: str, kind: str):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, "x")

    assert kind in file_kinds.other_kind(content.getvalue())
