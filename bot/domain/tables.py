"""Tables as CSV files that spreadsheets open as they are. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

# A cell that begins like this is a formula for a spreadsheet, and would be run.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"  # without it, Excel takes UTF-8 for the code page of the machine


def csv_line(cells: Iterable[str]) -> str:
    """One row without its line ending. An apostrophe makes a formula a text."""
    out = io.StringIO()
    harmless = ("'" + cell if cell.startswith(FORMULA) else cell for cell in cells)
    csv.writer(out).writerow(harmless)  # the line ending makes it quote line breaks
    return out.getvalue().removesuffix("\r\n")


def csv_file(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table with its header, in UTF-8 with a byte order mark."""
    lines = [csv_line(columns), *(csv_line(row) for row in rows)]
    return (BOM + "\r\n".join(lines) + "\r\n").encode()
