"""An independent judge of the rules: nothing in here is taken from the bot.

It sees rows change (by SQLite triggers), people press and Webex being changed, and notes what must
not happen in `wrong`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from bot.audit import CURRENT_REQUEST, verify
from bot.core.models.people import Sender
from bot.core.models.webex import Licence
from bot.domain.operation import Action, Job, Operation
from bot.domain.plan import Outcome, Plan
from bot.store import audit
from bot.store.sql import select
from tests.bot.requests import planned_calls
from tests.bot.requests.harness import DispatchHarness
from tests.bot.requests.test_lifecycle import STEPS
from tests.bot.requests.witness import witness
from tests.fake_messenger import PostedMessage
from tests.policy_table import CHANGES

POLICY = """
["add phone"]
technician = "ask"
["activation code"]
technician = "ask"
["create dect network"]
approve_by_minutes = 60
run_by_minutes = 1
["delete device"]
admin = "ask"
approvers = 2
approve = ["approver", "admin"]
"""
# The built-in policy with these changes; how many must approve, and who.
MAY: dict[str, Mapping[str, str]] = {
    **CHANGES,
    "add phone": {**CHANGES["add phone"], "technician": "ask"},
    "activation code": {**CHANGES["activation code"], "technician": "ask"},
    "delete device": {**CHANGES["delete device"], "admin": "ask"},
}
APPROVERS: dict[str, tuple[int, set[str]]] = {"delete device": (2, {"approver", "admin"})}
ONE: tuple[int, set[str]] = (1, {"approver"})
UNDO_WITHIN = 15 * 60.0  # seconds
ENDS = ("Partly done: ", "Stopped: ", "Not done: ", "Not certain: ")  # so begin the messages
CODE = re.compile(r"Request ([0-9A-Z]{4})\b")
NOTHING = "Nothing was changed"
STEPS_OF = "select * from steps where request = ?"
TIMEOUT = 120.0  # seconds after which what Webex does not show it has not done

StepName: TypeAlias = tuple[str, str]  # the code of a request, the key of a step


@dataclass(frozen=True)
class Pressed:
    """What somebody did about a request, and what the card showed if they had one."""

    who: Sender
    press: str
    request: str
    version: str
    card_text: str | None


@dataclass
class InvariantChecker:
    """Watches one stage."""

    harness: DispatchHarness
    wrong: list[str] = field(default_factory=list)
    pressed: list[Pressed] = field(default_factory=list)
    runs: dict[StepName, list[tuple[Job, float]]] = field(default_factory=lambda: defaultdict(list))
    newest: dict[str, Job] = field(default_factory=dict)  # of each request that ran
    sent: dict[StepName, int] = field(default_factory=lambda: defaultdict(int))
    looked_at: int = 0  # moves
    decided: int = 0
    heard: int = 0  # messages

    def __post_init__(self) -> None:
        witness(self.harness.db)
        self.sit_down()

    def sit_down(self) -> None:
        """At a process that has just started."""
        operations: dict[str, Operation] = self.harness.runner.executor.operations  # type: ignore[assignment]
        for name, operation in operations.items():
            operations[name] = replace(
                operation, actions=tuple(self._watched(action) for action in operation.actions)
            )
        self.harness.calling.watch = self._changed  # type: ignore[attr-defined]

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What the file says."""
        return list(select(self.harness.db, sql, list(values)))

    def look(self) -> None:
        """After each step: everything that has changed since the last look."""
        moves = self.rows("select * from seen_moves where n > ? order by n", self.looked_at)
        self.looked_at += len(moves)
        for move in moves:
            self._check_move(move)
        decisions = self.rows("select * from seen_decisions where n > ? order by n", self.decided)
        self.decided += len(decisions)
        self.wrong += [
            f"decided without the right to: {decision}"
            for decision in decisions
            if not self._may_decide(decision)
        ]
        self.wrong += [
            *self._wrong_messages(self._new_messages()),
            *verify(audit.entries(self.harness.db), audit.head(self.harness.db)),
            *(f"{code} ran and did not" for code in self._ended_without() if code in self.newest),
            *self._webex(),
        ]
        self.harness.calling.failed_reads.clear()

    def _new_messages(self) -> list[PostedMessage]:
        new = self.harness.messenger.posted[self.heard :]
        self.heard += len(new)
        return new

    def _wrong_messages(self, messages: Iterable[PostedMessage]) -> Iterator[str]:
        for message in messages:
            if self._tells_a_code(message):
                yield f"a code was shown in a space: {message}"
            if message.text.startswith(ENDS) and (code := CODE.search(message.text)):
                yield from self._untrue(code[1], message.text)

    def _untrue(self, code: str, text: str) -> Iterator[str]:
        """What a message tells of a request of many steps is what the journal says."""
        steps = self.rows("select * from steps where request = ?", code)
        (row,) = self.rows("select * from requests where code = ?", code)
        done = [step for step in steps if step["state"] == "done"]
        has_begun = any(step["attempts"] for step in steps)
        if not has_begun or len(steps) < 2 or len(done) == len(steps):  # it went on since
            return
        doubt = any(step["unclear"] or step["state"] == "unknown" for step in steps)
        if (NOTHING in text) == bool(done or doubt):
            yield f"{code} is {row['state']}, but tells: {text}"
        if done and f"{len(done)} of {len(steps)} done" not in text:
            yield f"{len(done)} of {len(steps)} steps of {code} are done, but it tells: {text}"

    def _tells_a_code(self, message: PostedMessage) -> bool:
        unspaced = message.text.replace(" ", "")
        read_by_others = message.place is not None and not message.place.direct
        return read_by_others and any(
            code.code.get_secret_value() in unspaced for code in self.harness.calling.codes
        )

    def _ended_without(self) -> list[str]:
        marks = ("rejected", "expired", "cancelled")
        rows = self.rows(
            "select code from requests where state in (?, ?, ?) and stopped_by is null", *marks
        )
        return [row["code"] for row in rows]

    def _webex(self) -> list[str]:
        calling = self.harness.calling
        macs = [device.mac.replace(":", "") for device in calling.held]
        beside = {subject: most for subject, most in calling.most_at_once.items() if most > 1}
        return [
            *([f"one phone twice: {macs}"] if len(macs) != len(set(macs)) else []),
            *([f"side by side: {beside}"] if beside else []),
        ]

    def _check_move(self, move: Mapping[str, Any]) -> None:
        if (move["was"], move["became"]) not in STEPS:
            self.wrong.append(f"the table does not know this step: {move}")
        if move["version"] != move["old_version"] + 1:
            self.wrong.append(f"not the next version: {move}")
        entries = self.rows(
            "select * from audit where request = ?"
            " and cast(json_extract(detail, '$.version') as text) = ?",
            move["code"],
            str(move["version"]),
        )
        if len(entries) != (move["became"] != "draft") or any(
            entry["digest"] != (move["digest"] or "") for entry in entries
        ):
            self.wrong.append(f"{move} has these entries in the trail: {entries}")
        (row,) = self.rows("select * from requests where code = ?", move["code"])
        if move["became"] in ("waiting", "approved") and not self._may_become(move, row):
            self.wrong.append(f"nobody allowed this step: {move}")

    def _may_become(self, move: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        """What was confirmed goes on by the requester's own right, or by that of others."""
        planned = Plan.model_validate_json(row["plan"])
        says = self._says(row["operation"], move["held"], planned.only_location)
        if move["became"] == "approved" and not self._still_so(planned):
            return False
        if move["was"] == "draft":
            right = "do" if move["became"] == "approved" else "ask"
            original = self._taken_back(row, planned, move["held"])
            if says == "ask" and right == "do" and original and self._is_recent(original):
                says = "do"
            return says == right and self._confirmed(row, planned, move["version"] - 1)
        return says in ("do", "ask") and (
            move["became"] == "waiting"
            or len(self._approvers(row, planned))
            >= APPROVERS.get(_rule_of(row["operation"]), ONE)[0]
        )

    def _taken_back(
        self, row: Mapping[str, Any], planned: Plan, held: str
    ) -> Mapping[str, Any] | None:
        """What it undoes, if that is exactly what the same person did alone."""
        originals = self.rows("select * from requests where code = ?", row["undoes"] or "")
        if not originals or originals[0]["state"] != "done":
            return None
        (original,) = originals
        made = Plan.model_validate_json(original["plan"])
        decided = self.rows("select 1 from decisions where request = ?", original["code"])
        is_own = (
            not decided
            and original["requester_id"] == row["requester_id"]
            and made.first.subject == planned.first.subject
            and made.first.details.get("mac", "") == planned.first.details.get("mac") != ""
            and self._says(original["operation"], held, made.only_location) == "do"
        )
        return original if is_own else None

    def _is_recent(self, original: Mapping[str, Any]) -> bool:
        return bool(self.harness.clock() - original["changed_at"] < UNDO_WITHIN)

    @staticmethod
    def _says(operation: str, held: str, place: str) -> str:
        """What the policy says to somebody who holds this."""
        decisions = {
            MAY[_rule_of(operation)].get(role)
            for role, where in json.loads(held)
            if where in ("", place)
        }
        return "do" if "do" in decisions else "ask" if "ask" in decisions else "deny"

    def _may_decide(self, decision: Mapping[str, Any]) -> bool:
        (row,) = self.rows("select * from requests where code = ?", decision["request"])
        place = Plan.model_validate_json(row["plan"]).only_location
        _, roles = APPROVERS.get(_rule_of(row["operation"]), ONE)
        return (
            decision["person_id"] != row["requester_id"]
            and decision["email"] != row["requester_email"]
            and any(
                role in roles and where in ("", place)
                for role, where in json.loads(decision["held"])
            )
            and any(
                (press.who.person_id, press.press, press.request)
                == (decision["person_id"], decision["verdict"], row["code"])
                for press in self.pressed
            )
        )

    def _watched(self, action: Action) -> Action:
        async def run(job: Job, secrets: Mapping[str, str], ctx: Any) -> Outcome:
            self._begins(CURRENT_REQUEST.get()[0], job)
            return await action.run(job, secrets, ctx)

        return replace(action, run=run)

    def _begins(self, code: str, job: Job) -> None:
        (row,) = self.rows("select * from requests where code = ?", code)
        planned, name = job.plan, (code, job.step.key)
        steps = {step["key"]: step for step in self.rows(STEPS_OF, code)}
        missing = [key for key in job.step.after if steps[key]["state"] != "done"]
        has_done = any(step["state"] == "done" for step in steps.values())
        problems = [
            row["state"] != "running" and "it is not running",
            steps[job.step.key]["state"] != "running" and "its step is not running",
            missing and f"{missing} are not done",
            json.loads(row["plan"]) != planned.model_dump(mode="json") and "it is another plan",
            job.step not in planned.steps and "the plan has no such step",
            row["digest"] != planned.digest() and "it is not the plan of that digest",
            not self._confirmed(row, planned) and "its requester did not confirm it",
            not self._allowed(row, planned) and "nobody allowed it",
            # Once a step is done, the facts are not those of the plan any more.
            not (has_done or self._still_so(planned)) and "the facts are others now",
            not has_done and self._is_elsewhere(planned) and "it is elsewhere now",
            *(self._sent_before(name, job) if self.runs[name] else ()),
        ]
        self.wrong += [f"{name} ran, but {why}: {planned.title}" for why in problems if why]
        self.runs[name].append((job, self.harness.clock.now))
        self.newest[code] = job

    def _still_so(self, planned: Plan) -> bool:
        """Licence and MAC are as they were shown, as far as the bot could read them.

        What cannot be read only warns. (Another run may just have taken the MAC.)
        """
        bodies = [step.call.body for step in planned.steps if "mac" in step.call.body]
        body, calling = (bodies or [planned.first.call.body])[0], self.harness.calling
        unread = {*calling.failed_reads}
        removed = [
            device for device in calling.held if planned.first.call.path.endswith(f"/{device.id}")
        ]
        persons = {body.get("personId"), *(device.person_id for device in removed)} - {None}
        standard = any(
            owner.licence is Licence.STANDARD and owner.id in persons for owner in calling.owners
        )
        warned = any("has Webex Calling Standard" in warning for warning in planned.warnings)
        is_moved = any(body.get("mac") == device.mac.replace(":", "") for device in removed)
        is_free = is_moved or body.get("mac") not in calling.foreign_macs
        is_same_licence = standard == warned or not persons or not bodies
        return (is_free or "mac_state" in unread) and (is_same_licence or "owner" in unread)

    def _is_elsewhere(self, planned: Plan) -> bool:
        known = {place.id for place in planned.locations} or {""}
        return self._location_id(planned) not in known

    def _confirmed(self, row: Mapping[str, Any], planned: Plan, version: int | None = None) -> bool:
        """Its requester pressed Confirm on a card that showed just this (at that version)."""
        digests = {
            str(move["version"]): move["digest"]
            for move in self.rows("select * from seen_moves where code = ?", row["code"])
        }
        return any(
            press.press == "confirm"
            and press.request == row["code"]
            and press.who.person_id == row["requester_id"]
            and digests.get(press.version) == row["digest"]
            and version in (None, int(press.version))
            and (press.card_text is None or _shows(press.card_text, planned))
            for press in self.pressed
        )

    def _allowed(self, row: Mapping[str, Any], planned: Plan) -> bool:
        domain = row["requester_email"].partition("@")[2]
        query = "select role, location from access where who in (?, ?)"
        rows = self.rows(query, row["requester_email"], "@" + domain)
        held = json.dumps([list(each.values()) for each in rows])
        says = self._says(row["operation"], held, planned.only_location)
        needed, _ = APPROVERS.get(_rule_of(row["operation"]), ONE)
        is_approved = len(self._approvers(row, planned)) >= needed
        # Whether an undo was in time was checked when it was confirmed.
        is_undo = self._taken_back(row, planned, held) is not None
        return says == "do" or (says == "ask" and (is_approved or is_undo))

    def _approvers(self, row: Mapping[str, Any], planned: Plan) -> set[str]:
        """Different people who were allowed to at that moment, and who had the plan before them."""
        approvals = self.rows(
            "select * from seen_decisions where request = ? and verdict = 'approve'", row["code"]
        )
        shown = {
            press.who.person_id
            for press in self.pressed
            if press.press == "approve"
            and press.request == row["code"]
            and (press.card_text is None or _shows(press.card_text, planned))
        }
        return {
            decision["person_id"] for decision in approvals if self._may_decide(decision)
        } & shown

    def _location_id(self, planned: Plan) -> str | None:
        """The location that the first call reaches into, as Webex has it now."""
        call, calling = planned.first.call, self.harness.calling
        if call.path == "allowlist":
            return ""
        owner = call.body.get("personId") or call.body.get("workspaceId")
        device = call.path.removeprefix("/devices/")
        ids = [
            *(candidate.location_id for candidate in calling.owners if candidate.id == owner),
            *(phone.location_id for phone in calling.held if phone.id == device),
            *(
                location.id
                for location in calling.places
                if f"/locations/{location.id}/" in call.path
            ),
        ]
        return ids[0] or "" if ids else None

    def _sent_before(self, name: StepName, job: Job) -> list[str]:
        """Again is only right where Webex has verifiably done nothing."""
        _, at = self.runs[name][-1]
        is_code = job.step.call.path.endswith("Code")
        return [
            *(["a code may have been made before"] if is_code else []),
            *(["it was done before"] if self._is_there(job) else []),
            *(["nobody waited to see"] if self.harness.clock.now - at < TIMEOUT else []),
        ]

    def _is_there(self, job: Job) -> bool:
        """Whether Webex (or the allowlist) has what the step wants."""
        if job.step.call.method not in ("GRANT", "REVOKE"):
            return planned_calls.is_there(job, self.harness.calling)
        facts = [job.details[name] for name in ("who", "role", "location")]
        held_rows = self.rows(
            "select 1 from access where who = ? and role = ? and location = ?", *facts
        )
        return bool(held_rows) == (job.step.call.method == "GRANT")

    def _changed(self, name: str, wanted: dict[str, Any]) -> None:
        """Webex is being changed: by a request that runs, and as its plan says."""
        code = CURRENT_REQUEST.get()[0]
        job = self.newest.get(code)
        if job is None:
            self.wrong.append(f"{name} was called, and nothing ran")
            return
        step = (code, job.step.key)
        self.sent[step] += 1
        if self.sent[step] > len(self.runs[step]) * (3 if name.endswith("_tags") else 1):
            self.wrong.append(f"{step}: {name} was called more often than it ran")
        if not planned_calls.fits(name, wanted, job, self.harness.calling):
            self.wrong.append(f"{step}: {name}({wanted}) is not {job.step.call}")


def _rule_of(operation: str) -> str:
    """The operation whose rule counts: an undo of many steps follows that of what it takes back."""
    return operation.removeprefix("undo ")


def _shows(card_text: str, planned: Plan) -> bool:
    return planned.title in card_text and all(value in card_text for _, value in planned.facts)
