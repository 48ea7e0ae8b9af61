"""Journals of requests about DECT networks, for tests of what people read about them."""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.core.models.steps import StepRecord
from bot.core.models.webex import LocationRef, Owner, OwnerKind
from bot.domain.plan import Plan, PlannedCall, RowCheck, Step
from bot.operations.actions import dect_steps
from tests.bot.requests.list_examples import record

NOW = 1_795_000_000.0  # 2026-11-18 11:06:40 UTC
LYON = LocationRef("Lyon", "loc-lyon")
NEW = dect_steps.Target("Ward 3", LYON)
THERE = dect_steps.Target("Ward 3", LYON, "net-3")
SPACING = 90.0
CREATE = Step(
    key=dect_steps.NETWORK_KEY,
    action=dect_steps.CREATE_NETWORK,
    title="Create the DECT network Ward 3 in Lyon",
    call=PlannedCall(method="POST", path="/dectNetworks"),
    subject=NEW.subject,
    details=NEW.details,
)


def owner(number: int, name: str = "") -> Owner:
    return Owner(id=f"p{number}", kind=OwnerKind.PERSON, name=name or f"Nurse {number}")


def mac(row: int) -> str:
    return f"D82E3E{row:06X}"


def base(row: int, target: dect_steps.Target = THERE) -> Step:
    return dect_steps.add_base(mac(row), target, row)


def handset(
    row: int, second: int = 0, name: str = "", target: dect_steps.Target = THERE
) -> tuple[Step, ...]:
    """The steps of a row; with the number of a second owner, two."""
    return dect_steps.add_handset(
        owner(row, name),
        f"Handset {row}",
        target,
        row,
        second=owner(second) if second else None,
        spacing=SPACING,
    )


def planned(steps: Iterable[Step], *checks: RowCheck, title: str = "Set up Ward 3") -> Plan:
    return Plan(
        title=title,
        facts=(("Location", "Lyon"),),
        locations=(LYON,),
        steps=tuple(steps),
        checks=checks,
        on_refusal="go on",
    )


def records(steps: Sequence[Step], *states: str, **more: Any) -> list[StepRecord]:
    """A journal of these steps; the last state is that of all others."""
    last = states[-1]
    return [
        record(step, state, number=number, **more)
        for number, (step, state) in enumerate(
            zip(steps, (*states, *[last] * len(steps)), strict=False), start=1
        )
    ]
