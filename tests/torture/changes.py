"""Checks each change of the organization: asked for, authorized, made once, and told truly."""

import json
from base64 import urlsafe_b64decode
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.torture import rights
from tests.torture.records import Change, Deed, Finding, Json, Record, mailbox

GRACE = (
    15.0  # seconds from the last look at somebody's role to the change: Webex may be slow between
)
UNDO_WITHIN = 15 * 60.0  # seconds in which people may take back what they did without approval
# A failure that admits that nobody knows.
UNSURE = (
    "Webex did not say",
    "Webex did not confirm",
    "may have created",
    "could not be looked up",
    "not listed yet",
    "Control Hub",
)
HIDDEN = ("password", "defaultAccessCode")
SAME = {"tag": "tags"}  # may be sent more than once in one run: Webex is looked at in between


def check(record: Record) -> Iterator[Finding]:
    """Every change belongs to a request; none is made twice; what is told is so."""
    made: defaultdict[str, list[Change]] = defaultdict(list)
    for change in record.changes:
        code = record.noted.get(change.tracking_id) or _by_plan(change, record, made)
        if code:
            made[code].append(change)
        elif change.good:
            yield Finding("unauthorised", change.path, f"nobody asked for {change}")
    for row in record.requests:
        code = str(row["code"])
        yield from _twice(row, made[code])
        yield from _untrue(row, made[code], record)
        for change in made[code]:
            yield from _unauthorised(row, change, record)
    yield from _copies(record)


def _by_plan(change: Change, record: Record, made: dict[str, list[Change]]) -> str:
    """The running request whose plan holds this call, which the bot had no time to record."""
    ran = _asked(change, record)
    idle = [code for code in ran if not made.get(code)]
    return next(iter(idle or ran), "")


def _asked(change: Change, record: Record) -> list[str]:
    """The requests that planned this and ran."""
    plans = record.planned[change.method, change.path]
    return [str(row["code"]) for row, body in plans if _body_fits(body, change.body)]


def _body_fits(planned: Json, sent: Json) -> bool:
    """A plan holds no secrets; which tags are sent depends on those that the device has by then."""
    return all(sent.get(name) == value for name, value in planned.items() if name != "op")


def _twice(row: Json, made: Sequence[Change]) -> Iterator[Finding]:
    """Once its change was made, a request sends nothing more, whether the bot knew that or not."""
    if row["operation"] in SAME:
        return
    good = [number for number, change in enumerate(made) if change.good]
    if good and good[0] + 1 < len(made):
        yield Finding(
            "twice", str(row["code"]), f"sent again after it was done: {made[good[0] + 1]}"
        )


def _copies(record: Record) -> Iterator[Finding]:
    """Changes that were made more often than requested, whatever the trail says."""
    good: defaultdict[tuple[str, str, str], list[Change]] = defaultdict(list)
    for change in record.changes:
        if change.good and change.method == "POST":
            shown = {name: value for name, value in change.body.items() if name not in HIDDEN}
            good[change.method, change.path, json.dumps(shown, sort_keys=True)].append(change)
    for (_, path, body), changes in good.items():
        asked = _asked(changes[0], record)
        if len(changes) > len(asked):
            yield Finding("twice", path, f"made {len(changes)} times, asked {len(asked)}: {body}")


def _untrue(row: Json, made: Sequence[Change], record: Record) -> Iterator[Finding]:
    """Done means done, failed means that nothing was done or that nobody knows."""
    title = str(json.loads(row["outcome"] or "{}").get("title", ""))
    done = any(change.good for change in made)
    if row["state"] == "done" and not done and not _done_by_others(row, record):
        yield Finding("untrue", str(row["code"]), f"told as done, but was not: {title}")
    admitted = any(sign in title for sign in UNSURE)
    if row["state"] == "failed" and done and not admitted and row["operation"] not in SAME:
        yield Finding("untrue", str(row["code"]), f"told as failed, but was done: {title}")
    if row["state"] in ("cancelled", "rejected", "expired", "draft", "waiting") and made:
        yield Finding("untrue", str(row["code"]), f"is {row['state']}, but was sent: {made[0]}")


def _done_by_others(row: Json, record: Record) -> bool:
    """A device that somebody else deleted in the same moment is deleted; tags are as wanted."""
    if row["operation"] in SAME:
        return True
    return any(
        change.good and str(row["code"]) in _asked(change, record) for change in record.changes
    )


def _unauthorised(row: Json, change: Change, record: Record) -> Iterator[Finding]:
    code, who = str(row["code"]), str(row["requester_email"])
    operation = rights.operation_of(change.method, change.path)
    if operation != row["operation"]:
        yield Finding("unauthorised", code, f"{row['operation']} made {change}")
        return
    since = change.at - GRACE
    decision = rights.may(who, operation, change.location, record.roles, since, change.at)
    if decision == rights.DENY:
        yield Finding("unauthorised", code, f"{who} may not {operation} in {change.location}")
    elif decision == rights.ASK and not (
        _approved(row, change, record) or _takes_back(row, change, record)
    ):
        yield Finding("unauthorised", code, f"{operation} of {who}: nobody else has approved it")
    if not any(_confirms(deed, row, change) for deed in record.confirms[code]):
        yield Finding("unauthorised", code, f"{who} has never confirmed it")


def _confirms(deed: Deed, row: Json, change: Change) -> bool:
    return deed.person_key in _plain(str(row["requester_id"])) and deed.at <= change.at


def _approved(row: Json, change: Change, record: Record) -> bool:
    """Somebody else, who was an approver there, said so with a button or in words."""
    for verdict in record.verdicts[str(row["code"])]:
        who, at = str(verdict["email"]), float(verdict["at"])
        other = (
            mailbox(who) != mailbox(row["requester_email"])
            and verdict["verdict"] == "approve"
            and at <= change.at
        )
        allowed = rights.may_approve(who, change.location, record.roles, at - GRACE, at)
        if other and allowed and any(_approves(deed, who, row) for deed in record.deeds):
            return True
    return False


def _takes_back(row: Json, change: Change, record: Record) -> bool:
    """The same person added exactly this phone a short time before, and was free to do that."""
    added = next((each for each in record.requests if each["code"] == row.get("undoes")), None)
    if added is None or added["state"] != "done" or added["operation"] != "add phone":
        return False
    since = float(added["changed_at"])
    macs = {_mac(row), _mac(added)}
    alone = not record.verdicts[str(added["code"])]
    who = str(row["requester_email"])
    free = rights.may(who, "add phone", change.location, record.roles, since, change.at)
    return (
        added["requester_id"] == row["requester_id"]
        and len(macs) == 1
        and macs != {""}
        and alone
        and free == rights.DO
        and change.at <= since + UNDO_WITHIN
    )


def _mac(row: Json) -> str:
    return str(json.loads(row["plan"])["steps"][0]["details"].get("mac", ""))


def _approves(deed: Deed, who: str, row: Json) -> bool:
    pressed = deed.request == row["code"] and deed.inputs.get("press") == "approve"
    typed = deed.text.lower().startswith("approve") and str(row["code"]) in deed.text.upper()
    return deed.person == who and (pressed or typed)


def _plain(public: str) -> str:
    """The uuid inside a public id."""
    return urlsafe_b64decode(public + "=" * (-len(public) % 4)).decode()
