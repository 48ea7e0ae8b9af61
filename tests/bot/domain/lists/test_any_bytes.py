"""Whatever comes in: rows within the limits, or a sentence; and what is written reads back."""

import io
import zipfile
from collections.abc import Callable
from functools import partial

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import Refused
from bot.domain.lists.answer import answer_table
from bot.domain.lists.columns import FOR_PHONES
from bot.domain.lists.reader import read_file, read_pasted
from bot.domain.lists.rows import ReadList
from bot.domain.lists.sheet import Limits
from bot.domain.lists.transfer import dump_list, load_list
from tests.bot.domain.lists.corpus import FILES

LIMITS = Limits(rows=20, bytes=100_000, columns=10, cell=200)
SMALL = [path.read_bytes() for path in FILES if path.stat().st_size < 6_000]
CELL = st.one_of(
    st.text(max_size=20),
    st.sampled_from([
        "MAC", "Model", "Owner", "Password", "Type", "D8:2E:3E:EF:4E:5C", "1.12233E+11", "8865",
        "bob@acme.example", "=A1", "'=A1", "+49 30", '"', "'", ";", "\n", "\t", "USER", "-",
        "\ufeff",
    ]),
)  # fmt: skip
TABLE = st.lists(st.lists(CELL, max_size=8), max_size=8)


def read_or_refuse(read: Callable[[], ReadList]) -> ReadList | None:
    """The list; None if it was refused with a sentence that says so."""
    try:
        return read()
    except Refused as refusal:
        sentence = str(refusal)
    assert "Nothing was changed." in sentence
    assert len(sentence) < 1_000
    return None


def check(content: bytes) -> ReadList | None:
    """The list, if there is one: it must keep the limits, and survive the way to the bot."""
    read = read_or_refuse(lambda: read_file(content, LIMITS))
    if read is None:
        return None
    assert len(read.rows) <= LIMITS.rows
    assert len(read.columns) <= LIMITS.columns
    for row in read.rows:
        assert all(len(cell) <= LIMITS.cell for cell in row.cells)
        assert all(len(problem) < 1_000 for problem in row.problems)
        assert row.mac == "" or len(row.mac) == 12
    assert load_list(dump_list(read)) == read
    return read


@given(st.binary(max_size=400))
def test_any_bytes(content: bytes):
    check(content)


@given(st.sampled_from(SMALL), st.data())
def test_files_that_are_nearly_right(content: bytes, data: st.DataObject):
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 20)))
    check(content[:start] + data.draw(st.binary(max_size=20)) + content[end:])


@given(TABLE, st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_any_table(rows: list[list[str]], separator: str, encoding: str):
    text = "\n".join(separator.join(row) for row in rows)
    check(text.encode(encoding, errors="replace"))


@given(st.text(max_size=300))
def test_any_pasted_text(text: str):
    read = read_or_refuse(lambda: read_pasted(text, LIMITS))
    if read:
        assert [row.number for row in read.rows] == sorted({row.number for row in read.rows})


@given(TABLE)
def test_what_is_written_reads_back(rows: list[list[str]]):
    text = "MAC,Model,Owner,Note,Tags\n" + "\n".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row[:5]) for row in rows
    )
    read = check(text.encode(errors="replace"))
    if read is None:
        return
    again = read_file(answer_table(read, {}))  # a reason may be longer than these limits
    assert [row.number for row in again.rows] == [row.number for row in read.rows]
    for row, before in zip(again.rows, read.rows, strict=True):
        assert (row.mac, row.model, row.owner, row.tags) == (
            before.mac,
            before.model,
            before.owner,
            before.tags,
        )
        width = len(read.columns)
        padded = (*before.cells, *[""] * width)[:width]
        assert row.cells[: len(padded)] == padded


@settings(max_examples=25)  # openpyxl is slow
@given(st.data())
def test_any_sheet_in_a_workbook(data: st.DataObject):
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(content, "w") as new:
        for info in old.infolist():
            xml = old.read(info)
            if data.draw(st.integers(0, 3)) == 0:
                start = data.draw(st.integers(0, len(xml)))
                xml = xml[:start] + data.draw(st.binary(max_size=8)) + xml[start + 3 :]
            new.writestr(info, xml)
    check(content.getvalue())


def workbook() -> bytes:
    """A small workbook."""
    made = openpyxl.Workbook()
    made.active.append(["MAC", "Model", "Owner"])
    made.active.append([112233445566, "8865", "=A1"])
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


@pytest.mark.parametrize("required", [FOR_PHONES, frozenset()])
def test_the_corpus_with_other_needs(required):
    for content in SMALL:
        read = read_or_refuse(partial(read_file, content, required=required))
        assert read is None or read.rows
