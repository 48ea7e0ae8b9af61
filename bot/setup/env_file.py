"""Write `.env`: replace or add variables, keep all other lines, and let only our user read it."""

import os
import re
import tempfile
from collections.abc import Collection, Mapping
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

PLAIN = re.compile(r"[\w@%+=:,./~-]*", re.ASCII)


def merged(text: str, values: Mapping[str, str], without: Collection[str] = ()) -> str:
    """Return the text of `.env` with `values` and without the names in `without`."""
    remaining, parts = dict(values), []
    for binding in parse_stream(StringIO(text)):
        original = binding.original.string
        empty_lines = original[: len(original) - len(original.lstrip("\n"))]
        if binding.key in without:
            parts.append(empty_lines)
        elif binding.key not in values:
            parts.append(original if original.endswith("\n") else f"{original}\n")
        elif binding.key in remaining:  # a second line with the same name would override the first
            parts.append(empty_lines + _line(binding.key, remaining.pop(binding.key)))
    return "".join((*parts, *(_line(name, value) for name, value in remaining.items())))


def write(path: Path, text: str) -> None:
    """Replace the file atomically, with mode 0600. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")  # with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _line(name: str, value: str) -> str:
    if PLAIN.fullmatch(value):
        return f"{name}={value}\n"
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{name}='{quoted}'\n"
