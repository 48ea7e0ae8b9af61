"""Lists in the states of their life, for the tests of their cards and files."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.plan import Plan, PlannedCall, RowCheck, Step
from bot.operations.actions import steps as actions
from bot.requests import (
    list_rows,
    list_views,
)
from cards import render
from tests.bot.requests.fixtures import DIRECT, ELI
from tests.cards import rules

MANY = 1_000
LONG = "Ann-Sophie Alder-Birkenstock of the third floor, behind the kitchen. " * 12
CODE_RESULT = {"title": "", "secret_facts": [["Valid until", "Mon 12:00"]]}
SIP_RESULT = {
    "title": "", "secret_facts": [["SIP domain", "x"]],
    "facts": [["Rows", "2"], ["SIP user name", "u1"], ["SIP domain", "sip.example"]],
}  # fmt: skip


def request(state: str, **more: Any) -> Request:
    return Request(
        code="QH4A", state=state, version=3, operation="add phones", event_id="e",
        requester=ELI, place=DIRECT, inputs={}, created_at=0.0, changed_at=0.0,
        changed_by=ELI.email, **more,
    )  # fmt: skip


def step(row: int, action: str = actions.ADD_PHONE, name: str = "Ann Alder", **more: Any) -> Step:
    return Step(
        key=more.pop("key", f"row {row}"),
        action=action,
        title=f"Add a Cisco 8865 for {name}",
        call=PlannedCall(method="POST", path="/devices"),
        subject=f"PEOPLE:{row}",
        details={
            "owner_name": name,
            "name": "Cisco 8865",
            "mac": f"D82E3E{row:06X}",
            "tags": more.pop("tags", ""),
        },
        **more,
    )


def planned(steps: Sequence[Step], *checks: RowCheck) -> Plan:
    facts = (("Rows", str(len(steps))), ("Location", "Berlin"))
    return Plan(
        title=f"Add {len(steps)} phones",
        facts=facts,
        steps=tuple(steps),
        checks=checks,
        on_refusal="go on",
    )


def record(step: Step, state: str = "done", **more: Any) -> StepRecord:
    number = more.pop("number", 1)
    attempts = more.pop("attempts", int(state != "pending" and state != "skipped"))
    return StepRecord(
        request="QH4A", number=number, key=step.key, spec=step.model_dump_json(), state=state,
        attempts=attempts, changed_at=more.pop("at", 0.0), **more,
    )  # fmt: skip


def wrong(row: int, reason: str = "The row has no owner.") -> RowCheck:
    return RowCheck(number=row, is_wrong=True, reason=reason)


def shown(card: Any) -> str:
    return render.to_text(card)


def titles(card: Any) -> list[str]:
    return [action["title"] for action in render.to_content(card).get("actions", [])]


def fits(card: Any) -> bool:
    """Whether Webex takes the card."""
    return rules.violations(render.to_content(card)) == []


def check(plan: Plan, *notes: str, **more: Any) -> Any:
    options: dict[str, Any] = {"status": "Confirm.", "needs_approval": False, "changes": ()}
    return list_views.check(request("draft"), plan, notes, **{**options, **more})


def result(state: str, plan: Plan, steps: Sequence[StepRecord], **more: Any) -> Any:
    ended = request(state, **more)
    return list_views.result(ended, plan, steps, list_rows.answers(plan, steps))


def many(state: str, **more: Any) -> tuple[Plan, list[StepRecord]]:
    steps = [step(row, name=LONG[:120]) for row in range(2, MANY + 2)]
    checks = [wrong(row, LONG) for row in range(MANY + 2, 2 * MANY + 2)]
    records = [record(each, state, number=at, **more) for at, each in enumerate(steps, start=1)]
    return planned(steps, *checks), records


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
