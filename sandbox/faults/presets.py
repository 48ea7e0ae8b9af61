"""Fault presets: the switches of the page, each with a name for people and its faults.

presets.toml defines them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any, Final

from sandbox.clock import webex_date
from sandbox.faults.model import Fault
from sandbox.faults.parser import activate_fault, parse_fault
from sandbox.faults.registry import FaultRegistry


@dataclass(frozen=True)
class FaultPreset:
    """A switch. ``description`` is one sentence about its effect."""

    id: str
    title: str
    description: str
    faults: tuple[Mapping[str, Any], ...]


def _load() -> tuple[FaultPreset, ...]:
    text = resources.files("sandbox.faults").joinpath("presets.toml").read_text("utf-8")
    return tuple(
        FaultPreset(row["id"], row["title"], row["says"], tuple(row["fault"]))
        for row in tomllib.loads(text)["preset"]
    )


FAULT_PRESETS: Final = _load()


def find_preset(name: str) -> FaultPreset | None:
    """Return the preset with this id, or None."""
    return next((preset for preset in FAULT_PRESETS if preset.id == name), None)


def switch_preset(preset: FaultPreset, faults: FaultRegistry, now: datetime, *, on: bool) -> None:
    """Turn a preset on or off; do nothing if it already is."""
    if not on:
        faults.remove_origin(preset.id)
    elif not _active_faults(preset, faults, now):
        for number, fault in enumerate(preset.faults, 1):
            place = f"{preset.id} {number}"
            activate_fault(parse_fault(fault, place), faults, now, preset.id)


def _active_faults(preset: FaultPreset, faults: FaultRegistry, now: datetime) -> list[Fault]:
    own = [fault for fault in faults if fault.origin == preset.id]
    return [fault for fault in own if fault.state(now) != "over"]


def preset_json(preset: FaultPreset, faults: FaultRegistry, now: datetime) -> dict[str, Any]:
    """Return its state: id, title, says, on, hits since it was turned on, endsAt."""
    active = _active_faults(preset, faults, now)
    ends = [fault.when.ends for fault in active if fault.when.ends]
    return {
        "id": preset.id,
        "title": preset.title,
        "says": preset.description,
        "on": bool(active),
        "hits": sum(fault.hits for fault in active),
        "endsAt": webex_date(max(ends)) if ends else None,
    }
