"""Excel workbooks (.xlsx) → rows of cells: the first sheet that has any.

openpyxl reads them. Before it does, the archive is measured: what it unpacks to, and whether its
XML declares entities.
"""

import importlib.util
import io
import math
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from bot.core.errors import Refused
from bot.domain.lists.file_kinds import DAMAGE, MACROS, PROTECTED
from bot.domain.lists.sheet import (
    MAX_SHEET_ROWS,
    CellNote,
    Limits,
    SheetRow,
    bounded,
    tidy_cell,
)

MAX_UNPACKED = 40 * 1_048_576  # bytes of XML
MAX_MEMBERS = 2_000
MAX_SHEETS = 50
MAX_EXACT = 10**15  # larger numbers have digits that were never typed
_CHUNK = 65_536
_UNPACKERS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that Excel knows
_ENCRYPTED = 0x1  # a flag of a member
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml"
_LONGEST_SIGN = 48  # bytes: a sign may lie across two chunks
_ONLY_ZEROS = re.compile(r"0{2,}")  # a format that shows leading zeros
_ESCAPE = re.compile(r"_x000([AD])_")

NOT_INSTALLED = (
    "I cannot read Excel workbooks here. Nothing was changed. Please save the list as CSV and send"
    " that file, or ask the operator of this bot to install its extra “lists”."
)
DAMAGED = (
    "The workbook is damaged, so I cannot read it. Nothing was changed. Please open it in Excel,"
    " save it again as .xlsx or as CSV, and send that file."
)
UNPACKS_TOO_LARGE = (
    "The workbook unpacks to more than {limit} MB. Nothing was changed. Please copy the rows that"
    " you need into a new workbook, and send that one."
)
DECLARES_ENTITIES = (
    "The workbook has declarations that Excel never writes, so I did not open it. Nothing was"
    " changed. Please copy the rows into a new workbook, or save them as CSV."
)
STRICT = (
    "The workbook is saved as “Strict Open XML”, which I cannot read. Nothing was changed. Please"
    " save it as “Excel Workbook (.xlsx)”, and send that file."
)
EMPTY_WORKBOOK = (
    "The workbook has no cells with text. Nothing was changed. Please send one with the columns for"
    " MAC, model and owner."
)

Rows = tuple[SheetRow, ...]


@dataclass(frozen=True)
class _Sheet:
    """A sheet with content."""

    name: str
    rows: Rows
    is_visible: bool


def can_read_workbooks() -> bool:
    """Whether the extra `lists` is installed."""
    return importlib.util.find_spec("openpyxl") is not None


def workbook_rows(
    content: bytes, limits: Limits, is_list: Callable[[Rows], bool] = bool
) -> tuple[str, Rows]:
    """The name of the first visible sheet with a list, if there are several sheets, and its rows.

    Without such, those of the first sheet with content; visible ones come first. Refused if the
    workbook is damaged, dangerous, or too large.
    """
    has_formulas = _measure(content)
    try:
        import openpyxl  # an extra; and its import takes a tenth of a second
    except ImportError as error:
        raise Refused(NOT_INSTALLED) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and the like, which are not read
        try:
            load = partial(openpyxl.load_workbook, keep_links=False, read_only=True)
            sheets = _filled_sheets(load, content, limits, has_formulas=has_formulas)
            return _chosen(sheets, is_list)
        except (Refused, MemoryError):
            raise
        except Exception as error:  # openpyxl raises anything for a damaged workbook
            raise Refused(DAMAGED) from error


def _measure(content: bytes) -> bool:
    """Whether a cell may have a formula. Refused if the archive is damaged or dangerous."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _measure_members(archive)
    except DAMAGE as error:
        raise Refused(DAMAGED) from error


def _measure_members(archive: zipfile.ZipFile) -> bool:
    members = archive.infolist()
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise Refused(PROTECTED)
    names = [member.filename for member in members]
    is_odd = any(member.compress_type not in _UNPACKERS for member in members)
    if is_odd or len(set(names)) < len(names) or len(names) > MAX_MEMBERS:
        raise Refused(DAMAGED)
    unpacked, has_formulas = 0, False
    for chunk in _chunks(archive, members):
        unpacked += len(chunk)
        if unpacked > MAX_UNPACKED:
            raise Refused(UNPACKS_TOO_LARGE.format(limit=MAX_UNPACKED >> 20))
        has_formulas = has_formulas or _FORMULA.search(chunk) is not None
    return has_formulas


def _chunks(archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]) -> Iterator[bytes]:
    for member in members:
        if member.filename.lower().endswith((".xml", ".rels")):
            yield from _xml_chunks(archive, member)


def _xml_chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The unpacked member in pieces; each begins with the end of the one before.

    Refused if it declares entities, or is in an encoding in which that cannot be seen.
    """
    end = b""
    with archive.open(member) as unpacked:
        while piece := unpacked.read(_CHUNK):
            is_start, chunk = not end, end + piece
            if is_start and not chunk.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
                raise Refused(DAMAGED)
            if b"\x00" in piece or _DECLARATION.search(chunk):
                raise Refused(DECLARES_ENTITIES)
            _check_kind(member.filename, chunk)
            end = chunk[-_LONGEST_SIGN:]
            yield chunk


def _check_kind(name: str, xml: bytes) -> None:
    """Refused if the workbook has macros, or is of the kind that openpyxl takes for empty."""
    if name == "[Content_Types].xml" and b"macroEnabled" in xml:
        raise Refused(MACROS)
    if name == "xl/workbook.xml" and _STRICT in xml:
        raise Refused(STRICT)


def _chosen(sheets: Iterable[_Sheet], is_list: Callable[[Rows], bool]) -> tuple[str, Rows]:
    first = None
    for sheet in sheets:
        first = first or sheet
        if not sheet.is_visible:  # people do not know what is in it
            break
        if is_list(sheet.rows):
            return sheet.name, sheet.rows
    if first is None:
        raise Refused(EMPTY_WORKBOOK)
    return first.name, first.rows


def _filled_sheets(
    load: Callable[..., Any], content: bytes, limits: Limits, *, has_formulas: bool
) -> Iterator[_Sheet]:
    """The sheets with content, the visible ones first. No name if the workbook has one sheet."""
    workbook = load(io.BytesIO(content), data_only=True)
    sheets = workbook.worksheets[:MAX_SHEETS]
    for sheet in sorted(sheets, key=lambda sheet: sheet.sheet_state != "visible"):
        formulas: dict[tuple[int, int], str] = {}
        if has_formulas:
            other = load(io.BytesIO(content))
            formulas = _formulas(other[sheet.title], limits)
        rows = tuple(bounded(_rows(sheet, formulas), limits))
        if rows:
            name = sheet.title if len(workbook.sheetnames) > 1 else ""
            yield _Sheet(name, rows, is_visible=sheet.sheet_state == "visible")


def _numbered(sheet: Any) -> Iterator[tuple[int, Any]]:
    """The rows that have cells, with their numbers."""
    sheet.reset_dimensions()  # some programs write wrong ones
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number > MAX_SHEET_ROWS:
            raise Refused(DAMAGED)
        if row:  # there is a gap before the next number
            yield number, row


def _formulas(sheet: Any, limits: Limits) -> dict[tuple[int, int], str]:
    """The formulas by row number and index of the column."""
    formulas = {}
    for number, row in _numbered(sheet):
        for index, cell in enumerate(row):
            if cell.data_type == "f":
                formulas[number, index] = str(cell.value)
        if len(formulas) > limits.rows * limits.columns:
            break
    return formulas


def _rows(sheet: Any, formulas: dict[tuple[int, int], str]) -> Iterator[SheetRow]:
    for number, row in _numbered(sheet):
        cells, notes = [], {}
        for index, cell in enumerate(row):
            text, note = _read_cell(cell)
            if not text and (number, index) in formulas:
                text, note = formulas[number, index], CellNote.FORMULA
            cells.append(tidy_cell(text))
            if note:
                notes[index] = note
        yield SheetRow(number, tuple(cells), notes)


def _read_cell(cell: Any) -> tuple[str, CellNote | None]:
    """The text of a cell as the sheet shows it, as far as it matters here."""
    value = cell.value
    if isinstance(value, str):
        note = CellNote.ERROR if cell.data_type == "e" else None
        return _ESCAPE.sub(lambda escape: "\n" if escape[1] == "A" else "", value), note
    if value is None or isinstance(value, bool):
        return ("" if value is None else str(value).upper()), None
    if isinstance(value, datetime | date | time | timedelta):
        return _shown_date(value), CellNote.DATE
    return _shown_number(value, cell.number_format), CellNote.NUMBER


def _shown_date(value: datetime | date | time | timedelta) -> str:
    return str(value).removesuffix(" 00:00:00")


def _shown_number(value: Any, number_format: str) -> str:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return str(value)
    if value != int(value) or abs(value) >= MAX_EXACT:
        return f"{value:.15G}"
    zeros = _ONLY_ZEROS.fullmatch(number_format or "")
    return str(int(value)).zfill(len(zeros[0]) if zeros else 0)
