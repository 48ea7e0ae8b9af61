"""The activation codes and SIP passwords that a list made, as a file for its requester. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from bot.core.models.files import FileMessage
from bot.core.models.mac import show_mac
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain import third_party
from bot.domain.lists.rows import ReadList, row_number
from bot.domain.plan import step_secret
from bot.domain.tables import csv_file
from bot.operations.actions import steps as actions
from bot.operations.actions.activation_code import VALID_UNTIL
from bot.requests import journal
from bot.requests.form_secrets import MADE
from bot.requests.lifecycle import StepState

CODE = "Activation code"
COLUMNS = (
    *("Row", "Owner", "Email", "Phone", "MAC", CODE, VALID_UNTIL, third_party.PASSWORD_TITLE),
    *third_party.SETTINGS,
)
AS_IN_LIST = "as in your list"
TEXT = "{what} of {code}. They cannot be shown a second time, so please keep this message."
SENT_HERE = "The {what} are in {code}-codes.csv above. They cannot be shown a second time."
SENT = "The {what} were sent to {who} in a direct message. They cannot be shown a second time."
NOT_SENT = (
    "The {what} have not reached {who} yet: Webex did not take the direct message. I try again for"
    " a quarter of an hour."
)
NOW_SENT = "The {what} of {code} were sent to {who} in a direct message now."
NEW_CODES = "Please get a new one for each: press “Retry failed”."
NEW_PASSWORDS = "Please delete the phones and add them again: then there are new ones."
MAX_TEXT = 6_000  # bytes of a message that stands for a part of the file; Webex takes 7,439


def made(steps: Iterable[StepRecord], secrets: Mapping[str, str]) -> dict[str, str]:
    """The codes and passwords for the requester that are known, by the keys of their steps.

    `secrets` are those of the request.
    """
    names = {step.key: step_secret(step.key, MADE) for step in _with_secret(steps)}
    return {key: secrets[name] for key, name in names.items() if name in secrets}


def missing(steps: Iterable[StepRecord], known: Mapping[str, str]) -> list[str]:
    """The keys of the steps whose code or password is not known any more."""
    return [step.key for step in _with_secret(steps) if step.key not in known]


def kinds_of(steps: Iterable[StepRecord], keys: Iterable[str]) -> str:
    """`activation codes`, `SIP passwords`, or both: what the steps with these keys have made."""
    of_these = set(keys)
    acts = {journal.step_of(step).action for step in steps if step.key in of_these}
    codes = ["activation codes"] if actions.ACTIVATION_CODE in acts else []
    passwords = ["SIP passwords"] if acts - {actions.ACTIVATION_CODE} else []
    return " and ".join([*codes, *passwords])


def sentences(
    request: Request,
    steps: Sequence[StepRecord],
    lost: Sequence[str] = (),
    *,
    delivered: bool = True,
) -> list[str]:
    """What the card of the result says of the codes and passwords; `lost` are keys of steps."""
    kinds = _sent_kinds(steps, lost)
    sent = SENT_HERE if request.place.direct else SENT
    sent = sent.format(what=kinds, code=request.code, who=request.requester.shown)
    not_sent = NOT_SENT.format(what=kinds, who=request.requester.shown)
    lost_codes = _count(steps, lost, is_code=True)
    lost_passwords = _count(steps, lost, is_code=False)
    return [
        *([sent if delivered else not_sent] if kinds else []),
        *([_lost("activation code", lost_codes, NEW_CODES)] if lost_codes else []),
        *([_lost("SIP password", lost_passwords, NEW_PASSWORDS)] if lost_passwords else []),
    ]


def now_sent(request: Request, steps: Sequence[StepRecord], lost: Sequence[str]) -> str:
    """The sentence that follows the card once the codes and passwords were sent after all."""
    kinds = _sent_kinds(steps, lost)
    return NOW_SENT.format(what=kinds, code=request.code, who=request.requester.shown)


def _sent_kinds(steps: Sequence[StepRecord], lost: Sequence[str]) -> str:
    return kinds_of(steps, {step.key for step in _with_secret(steps)}.difference(lost))


def _count(steps: Iterable[StepRecord], lost: Sequence[str], *, is_code: bool) -> int:
    keys = frozenset(lost)
    return sum(
        (journal.step_of(step).action == actions.ACTIVATION_CODE) is is_code
        for step in steps
        if step.key in keys
    )


def _lost(name: str, number: int, advice: str) -> str:
    subject = f"1 {name} is lost" if number == 1 else f"{number} {name}s are lost"
    return f"{subject}: provbot was restarted before it was sent. {advice}"


def _with_secret(steps: Iterable[StepRecord]) -> list[StepRecord]:
    """The steps that made a code or a password for the requester."""
    done = journal.with_state(steps, StepState.DONE)
    # As stored: reading a thousand outcomes holds everybody up, and this is asked several times.
    return [step for step in done if (step.result or {}).get("secret_facts")]


def file(
    request: Request,
    steps: Sequence[StepRecord],
    known: Mapping[str, str],
    rows: ReadList | None = None,
) -> FileMessage | None:
    """`CODE-codes.csv`: a row for each code and password, and for SIP settings to be entered.

    `known` are the codes and passwords by the keys of their steps, `rows` the list, which has the
    addresses of owners. None if there is nothing to
    tell. Where Webex takes no file, messages stand for it.
    """
    done = journal.with_state(steps, StepState.DONE)
    emails = {row.number: row.owner for row in rows.rows if "@" in row.owner} if rows else {}
    lines = [row for step in done if (row := _row(step, known.get(step.key, ""), emails))]
    if not lines:
        return None
    used = [index for index in range(len(COLUMNS)) if any(line[index] for line in lines)]
    header = [COLUMNS[index] for index in used]
    table = [[line[index] for index in used] for line in lines]
    kinds = kinds_of(steps, known) or "SIP settings"
    text = TEXT.format(what=kinds[0].upper() + kinds[1:], code=request.code)
    return FileMessage(
        text=text,
        name=f"{request.code}-codes.csv",
        content=csv_file(header, table),
        instead=tuple(_as_texts(text, header, table)),
    )


def _row(record: StepRecord, secret: str, emails: Mapping[int, str]) -> list[str]:
    """The cells of a row; none if its requester needs nothing of it."""
    step, outcome = journal.step_of(record), record.result or {}
    facts, made = dict(outcome.get("facts", ())), dict(outcome.get("secret_facts", ()))
    settings = [facts.get(name, "") for name in third_party.SETTINGS]
    if not secret and not any(settings):
        return []
    is_code = step.action == actions.ACTIVATION_CODE
    typed = AS_IN_LIST if step.needs and not made else ""  # not what provbot made and lost
    return [
        str(row_number(record.key)),
        step.details.get("owner_name", ""),
        emails.get(row_number(record.key), ""),
        step.details.get("name", ""),
        show_mac(step.details.get("mac", "")),
        secret if is_code else "",
        made.get(VALID_UNTIL, ""),
        "" if is_code else secret or typed,
        *settings,
    ]


def _as_texts(text: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """The table as messages, a row in each line: `Row 4 · Owner Ann Alder · …`."""
    lines, size = [text], len(text.encode())
    for row in rows:
        cells = (f"{name} {cell}" for name, cell in zip(header, row, strict=True) if cell)
        line = " · ".join(cells)
        length = len(line.encode()) + 1
        if size + length > MAX_TEXT:
            yield "\n".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += length
    yield "\n".join(lines)
