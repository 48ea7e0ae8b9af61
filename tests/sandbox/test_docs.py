"""docs/sandbox.md is complete."""

import re
from dataclasses import fields
from pathlib import Path

from sandbox.control import CONTROL_ENDPOINTS
from sandbox.data import acme
from sandbox.faults.parser import FAULT_KINDS
from sandbox.faults.validation import snake_case
from sandbox.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")


def test_the_table_lists_exactly_the_control_calls():
    described = set(re.findall(r"^\| `([A-Z]+) (/[^`? ]+)", PAGE, re.MULTILINE))

    assert described == {(endpoint.method, endpoint.path) for endpoint in CONTROL_ENDPOINTS}


def test_the_table_lists_every_fault_with_its_fields():
    table = PAGE.partition("| `what` | fields |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*)\|", table, re.MULTILINE))
    cells = {name: rows["call"] if "as `call`" in cell else cell for name, cell in rows.items()}
    described = {
        name: set(map(snake_case, re.findall(r"`(\w+)`", cell))) for name, cell in cells.items()
    }

    assert described == {name: set(kind.takes) for name, kind in FAULT_KINDS.items()}


def test_the_table_lists_every_limit_with_its_default():
    rows = dict(re.findall(r"^\| `(kept_\w+)` \| ([\d,]+)", PAGE, re.MULTILINE))
    names = [field.name for field in fields(Settings) if field.name.startswith("kept_")]
    bounds = {name: getattr(Settings(), name) for name in names}
    bounds["kept_file_bytes"] //= 2**20

    assert {name: int(value.replace(",", "")) for name, value in rows.items()} == bounds


def test_everybody_and_everything_is_listed():
    names = [f"| {row.first_name} {row.last_name} | {row.mailbox} |" for row in acme.PEOPLE]
    names += [f"| {row.name} | {row.location} |" for row in acme.WORKSPACES]
    names += [f"| {row.mac} | {row.model} |" for row in acme.PHONES]

    names += [f"`{mac}`" for mac in acme.DECT_BASES] + [line[0] for line in acme.VIRTUAL_LINES]
    names += [f"| {mac} | {model} |" for mac, model in acme.BOXED]

    assert [name for name in names if name not in PAGE] == []
