"""Checks each change of the organization: asked for, authorized, made once, and told truly."""

import json
from base64 import urlsafe_b64decode
from collections import defaultdict
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from tests.torture import dect_checks, rights
from tests.torture.records import Change, Deed, Finding, Json, Record, mailbox

# Webex did nothing, and the call waits to be made again: then a stop can still withdraw it.
NOT_NOW = (HTTPStatus.UNAUTHORIZED, HTTPStatus.LOCKED, HTTPStatus.TOO_MANY_REQUESTS)

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
    "nobody can look up",
    "not listed yet",
    "Control Hub",
)
HIDDEN = ("password", "defaultAccessCode")
LATER_ID = "/devices/{id}"  # in a plan: the device has an id only once another step has added it
NOTHING = "Nothing was changed"
ENDS = ("Not done", "Partly done", "Stopped", "Not certain")  # so begin messages about an end


def check(record: Record) -> Iterator[Finding]:
    """Every change belongs to a step; none is made twice; what is told is so."""
    made = _by_request(record)
    about_dect = dect_checks.by_request(record)
    for change in (*made.pop("", ()), *about_dect.get("", ())):
        if change.good:
            yield Finding("unauthorised", change.path, f"nobody asked for {change}")
    for row in record.requests:
        code = str(row["code"])
        if dect_checks.is_about_dect(row):
            for change in about_dect.get(code, ()):
                yield from _not_permitted(row, change, record)
        else:
            yield from _check(row, made.get(code, []), record)
    yield from _copies(record)


def _by_request(record: Record) -> dict[str, list[Change]]:
    """The changes of each request by its code; under an empty one those of nobody."""
    made: dict[str, list[Change]] = {}
    for change in record.changes:
        if not dect_checks.is_part(change):
            code = record.noted.get(change.tracking_id) or _by_plan(change, record, made)
            made.setdefault(code, []).append(change)
    return made


def _check(row: Json, made: Sequence[Change], record: Record) -> Iterator[Finding]:
    """The changes of one request."""
    yield from _twice(row, made)
    yield from _untrue(row, made, record)
    yield from _untrue_steps(row, made, record)
    yield from _claims(row, made, record)
    for change in made:
        yield from _unauthorised(row, change, record)


def _by_plan(change: Change, record: Record, made: dict[str, list[Change]]) -> str:
    """The running request whose plan holds this call, which the bot had no time to record.

    Another one may have run later that makes the same call: two people delete the same phone.
    """
    rows = {str(row["code"]): row for row in record.requests}
    ran = [code for code in _asked(change, record) if record.running_since[code] <= change.at]
    idle = [code for code in ran if not _of_same_step(rows[code], change, made.get(code, ()))]
    return next(iter(idle or ran), "")


def _of_same_step(row: Json, change: Change, made: Sequence[Change]) -> list[Change]:
    number = _number(row, change)
    return [other for other in made if _number(row, other) == number]


def _steps(row: Json) -> list[Json]:
    """The steps of the plan of a request; none without a plan."""
    return list(json.loads(row["plan"])["steps"]) if row["plan"] else []


def _number(row: Json, change: Change) -> int:
    """Which step of a request makes this call; -1 if none does."""
    fitting = (
        number for number, step in enumerate(_steps(row)) if _is_call_of(step["call"], change)
    )
    return next(fitting, -1)


def _is_call_of(planned: Json, change: Change) -> bool:
    is_there = planned["path"] == change.path or (
        planned["path"] == LATER_ID and LATER_ID.count("/") == change.path.count("/")
    )
    body = planned.get("body") or {}
    is_same = bool(planned["method"] == change.method and is_there)
    return is_same and _body_fits(body, change.body)


def _asked(change: Change, record: Record) -> list[str]:
    """The requests that planned this and ran."""
    paths = (change.path, LATER_ID) if change.method == "PATCH" else (change.path,)
    plans = [plan for path in paths for plan in record.planned[change.method, path]]
    return [str(row["code"]) for row, body in plans if _body_fits(body, change.body)]


def _body_fits(planned: Json, sent: Json) -> bool:
    """A plan holds no secrets; which tags are sent depends on those that the device has by then."""
    return all(
        sent.get(name) == value for name, value in planned.items() if name not in ("op", "value")
    )


def _twice(row: Json, made: Sequence[Change]) -> Iterator[Finding]:
    """Once its change was made, a step sends nothing more, whether the bot knew that or not."""
    by_step: defaultdict[int, list[Change]] = defaultdict(list)
    for change in made:
        by_step[_number(row, change)].append(change)
    for changes in by_step.values():
        good = [number for number, change in enumerate(changes) if change.good]
        is_repeatable = changes[0].method == "PATCH"
        if good and good[0] + 1 < len(changes) and not is_repeatable:
            again = changes[good[0] + 1]
            yield Finding("twice", str(row["code"]), f"sent again after it was done: {again}")


def _copies(record: Record) -> Iterator[Finding]:
    """Changes that were made more often than requested, whatever the trail says."""
    good: defaultdict[tuple[str, str, str], list[Change]] = defaultdict(list)
    for change in record.changes:
        if change.good and change.method == "POST" and not dect_checks.is_part(change):
            shown = {name: value for name, value in change.body.items() if name not in HIDDEN}
            good[change.method, change.path, json.dumps(shown, sort_keys=True)].append(change)
    for (_, path, body), changes in good.items():
        asked = _asked(changes[0], record)
        if len(changes) > len(asked):
            yield Finding("twice", path, f"made {len(changes)} times, asked {len(asked)}: {body}")


def _untrue(row: Json, made: Sequence[Change], record: Record) -> Iterator[Finding]:
    """Done means all done, failed means that nothing was done or that nobody knows."""
    code, state = str(row["code"]), row["state"]
    title = str(json.loads(row["outcome"] or "{}").get("title", ""))
    done = any(change.good for change in made)
    if state == "done" and not all(_was_done(row, step, made, record) for step in _steps(row)):
        yield Finding("untrue", code, f"told as done, but was not: {title}")
    admitted = any(sign in title for sign in UNSURE)
    if state == "failed" and done and not admitted and not _is_tag(row):
        yield Finding("untrue", code, f"told as failed, but was done: {title}")
    was_stopped = state == "cancelled" and row.get("stopped_by")
    if (
        state in ("cancelled", "rejected", "expired", "draft", "waiting")
        and made
        and not was_stopped
    ):
        yield Finding("untrue", code, f"is {state}, but was sent: {made[0]}")
    if state == "partly" and not any(_was_done(row, step, made, record) for step in _steps(row)):
        yield Finding("untrue", code, f"told as partly done, but nothing was: {title}")


def _is_tag(row: Json) -> bool:
    return str(row["operation"]) == "tag"


def _was_done(row: Json, step: Json, made: Sequence[Change], record: Record) -> bool:
    """Whether Webex made the change of a step, for this request or in the same moment for another.

    A device that somebody else deleted is deleted; so with tags, that anybody may set.
    """
    call = step["call"]
    if call["method"] not in ("POST", "DELETE"):
        return True
    own = any(change.good and _is_call_of(call, change) for change in made)
    return own or any(
        change.good and _is_call_of(call, change) and str(row["code"]) in _asked(change, record)
        for change in record.changes
    )


def _untrue_steps(row: Json, made: Sequence[Change], record: Record) -> Iterator[Finding]:
    """Each step is as the journal has it."""
    for step in record.journal[str(row["code"])]:
        about = f"{row['code']} {step['key']}"
        spec = json.loads(step["spec"])
        sent = [change for change in made if _is_call_of(spec["call"], change)]
        taken = [change for change in sent if change.status not in NOT_NOW]
        if step["state"] == "skipped" and len(taken) > _begun_alike(spec, row, record):
            yield Finding("untrue", about, f"is skipped, but was sent: {taken[0]}")
        if step["state"] == "done" and not _was_done(row, spec, made, record):
            yield Finding("untrue", about, "is done in the journal, but was not done")
        is_repeatable = spec["call"]["method"] == "PATCH"  # may fail after a part of it was done
        good = [change for change in sent if change.good and not is_repeatable]
        if step["state"] == "failed" and good and not step["unclear"]:
            yield Finding("untrue", about, f"failed in the journal, but was done: {good[0]}")


def _begun_alike(spec: Json, row: Json, record: Record) -> int:
    """How many other steps have begun that make the same call: two codes of one owner, for one."""
    steps = record.journal[str(row["code"])]
    begun = (json.loads(step["spec"]) for step in steps if step["state"] != "skipped")
    return sum(each["call"] == spec["call"] for each in begun)


def _claims(row: Json, made: Sequence[Change], record: Record) -> Iterator[Finding]:
    """A person who is told of a half-done request hears how much of it was done, and no more."""
    title = str(json.loads(row["outcome"] or "{}").get("title", ""))
    done = sum(step["state"] == "done" for step in record.journal[str(row["code"])])
    if any(change.good for change in made) and NOTHING in title:
        yield Finding("untrue", str(row["code"]), f"tells that nothing was changed: {title}")
    if row["state"] == "partly" and f"{done} of " not in title:
        yield Finding("untrue", str(row["code"]), f"{done} steps are done, but it tells: {title}")
    posts = (post for post in record.posts if f"Request {row['code']}" in post.text)
    first = min((change.at for change in made if change.good), default=float("inf"))
    for post in posts:
        if NOTHING in post.text and post.at > first and post.text.startswith(ENDS):
            yield Finding("untrue", str(row["code"]), f"nothing was changed, says: {post.text}")


def _unauthorised(row: Json, change: Change, record: Record) -> Iterator[Finding]:
    if not rights.action_of(change.method, change.path) or _number(row, change) < 0:
        yield Finding("unauthorised", str(row["code"]), f"{row['operation']} made {change}")
        return
    yield from _not_permitted(row, change, record)


def _not_permitted(row: Json, change: Change, record: Record) -> Iterator[Finding]:
    """A role allowed it then, somebody else approved it where that is needed, they confirmed it."""
    code, who = str(row["code"]), str(row["requester_email"])
    operation = str(row["operation"])
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
