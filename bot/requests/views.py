"""Cards and sentences about requests. Pure. Buttons carry code and version, nothing else."""

from collections.abc import Mapping, Sequence

from adaptivecardbuilder import AdaptiveCard

from bot.core.errors import WebexError
from bot.core.models.local_time import LocalTime
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.core.models.text import join_words
from bot.domain import error_messages
from bot.domain.dect_plans import TIME_NEEDED
from bot.domain.lists.rows import row_number
from bot.domain.operation import Operation
from bot.domain.plan import Outcome, Plan
from bot.domain.unsupported import Gap
from bot.requests import journal
from bot.requests.lifecycle import ENDED, State, is_stale
from cards import answers, forms
from cards import requests as cards
from cards.parts import Button, say

SUBMITTING = (
    "continue",
    "continue anyway",
    "approve",
    "reject",
)  # buttons that submit the card's inputs
MAX_NAMED = 3  # steps in a sentence
MAX_WARNINGS = 10  # on a card; the undo of a list may have one for each row
_STATES_IN_WORDS = {State.PARTLY: "partly done", State.UNKNOWN: "being checked"}
OPEN_FOR = "Confirm within 15 minutes."


def button(
    title: str, press: str, request: Request, style: str = "", *, submits: bool = False
) -> Button:
    """A button for the current version of this request; it is outdated after the next."""
    data = {"request": request.code, "version": request.version, "press": press}
    return Button(title, data, style, inputs=submits or press in SUBMITTING)


def form(
    operation: Operation,
    request: Request,
    fields: Sequence[forms.Field],
    note: str = "",
    commands: Mapping[str, str] | None = None,
    gap: Gap | None = None,
) -> AdaptiveCard:
    """The form, with the inputs so far and what is wrong with them.

    `commands` are those of further buttons, by title. With a `gap`, somebody wants to try what the
    cloud lacks, and Continue says so when it is pressed.
    """
    press = "continue anyway" if gap else "continue"
    mistakes = sum(bool(field.error) for field in fields)
    heading = (
        "Please correct this:" if mistakes == 1 else f"Please correct these {mistakes} fields:"
    )
    below = " with one row a line below" if operation.takes_list else ""
    return forms.form(
        operation.title,
        fields,
        [
            button("Continue", press, request, "positive"),
            button("Cancel", "cancel", request),
            *(Button(title, say(text), inputs=False) for title, text in (commands or {}).items()),
        ],
        note,
        heading=heading if mistakes else "",
        typed=operation.usage[0] + below,
    )


def kept(request: Request, operation: Operation, inputs: Mapping[str, str]) -> str:
    """The sentence about inputs that come from an earlier request; empty if there are none."""
    titles = [operation.form.model_fields[name].title or name for name in inputs]
    return f"As in {request.code}: {join_words(titles, 'and').lower()}." if titles else ""


def unsupported(request: Request, gap: Gap) -> AdaptiveCard:
    """What the cloud lacks, before the form of an operation that needs it."""
    return answers.notice(
        f"{request.operation.capitalize()}: {gap.note}",
        f"{gap.sentence} Nothing was changed. To go on nevertheless, press “Try anyway”.",
        [button("Try anyway", "try", request), button("Cancel", "cancel", request)],
    )


def plan(
    request: Request,
    planned: Plan,
    *,
    status: str = OPEN_FOR,
    needs_approval: bool = False,
    changes: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> AdaptiveCard:
    """The plan with Confirm, Change and Cancel. `status` says what Confirm leads to.

    If it needs approval, an input asks for the reason. `notes` are those of its list, or tell
    what was read in a photo.
    """
    subtitle = f"Request {request.code} · {status}"
    card = cards.plan(
        change(planned, (*planned.facts, *planned.context)),
        subtitle=subtitle,
        changes=changes,
        notes=notes,
        buttons=[
            button("Confirm", "confirm", request, "positive", submits=needs_approval),
            button("Change", "change", request, submits=needs_approval),
            button("Cancel", "cancel", request),
        ],
    )
    if needs_approval:
        cards.add_reason(card, request.reason)
    return card


def change(planned: Plan, facts: cards.Facts) -> cards.Change:
    """What a card shows of a plan; its only step is not listed, as it is the plan itself.

    The plan of a list only counts: who gets a phone stands in its steps.
    """
    is_listed = planned.has_many_steps or planned.is_told_by_rows
    steps = [step.title for step in planned.steps] if is_listed else []
    shown, more = planned.warnings[:MAX_WARNINGS], len(planned.warnings) - MAX_WARNINGS
    warnings = [*shown, *([f"{more} more like these"] if more > 0 else [])]
    return cards.Change(planned.title, facts, steps, warnings)


def show_list(request: Request) -> list[Button]:
    """The button that gives the file of a list: its check, or its result once it has begun."""
    is_long = is_of_list(request) and not (request.plan or {}).get("is_short")
    return [button("Show list", "list", request)] if is_long else []


def is_of_list(request: Request) -> bool:
    """Whether its plan is about the rows of a list; a long plan is not read for it."""
    plan = request.plan or {}
    keys = [step["key"] for step in plan.get("steps", ())[:2]]
    return bool(plan.get("checks")) or any(map(row_number, keys))


def is_expired_plan(request: Request) -> bool:
    """Whether it is a plan that expired before anybody confirmed it."""
    confirmed = request.approve_by is not None or request.run_by is not None
    return request.state == State.EXPIRED and request.plan is not None and not confirmed


def expired(request: Request) -> AdaptiveCard:
    """What stands in place of a plan that was not confirmed in time."""
    return cards.failure(
        f"Expired: {Plan.model_validate(request.plan).title}",
        ["This plan has expired. Nothing was changed."],
        footnote=f"Request {request.code}",
        buttons=[button("Ask again", "again", request)],
    )


def named(titles: Sequence[str]) -> str:
    """The first titles, and how many more there are: `A; B; C; and 7 more`."""
    more = len(titles) - MAX_NAMED
    shown = titles if more <= 1 else titles[:MAX_NAMED]
    return "; ".join([*shown, *([f"and {more} more"] if more > 1 else [])])


def result(
    request: Request, outcome: Outcome, follow_ups: Mapping[str, str] | None = None
) -> AdaptiveCard:
    """The result of a change; `follow_ups` are the commands of further buttons, by their titles."""
    return cards.result(
        outcome.title,
        outcome.facts,
        outcome.notes,
        subtitle=f"Request {request.code}",
        buttons=_follow_up_buttons(request, outcome, follow_ups or {}),
    )


def secret(request: Request, outcome: Outcome) -> AdaptiveCard:
    """The secret of a result, for the requester alone."""
    value = outcome.secret.get_secret_value() if outcome.secret else ""
    title, subtitle, facts = value, f" · {outcome.title}", outcome.secret_facts
    if outcome.secret_title:
        title, subtitle = outcome.title, ""
        facts = (*outcome.secret_facts, (outcome.secret_title, value))
    # A direct message about a request in a space cannot undo it: buttons work there only.
    undo = outcome.undo if request.place.direct else None
    return cards.result(
        title,
        facts,
        outcome.secret_notes,
        subtitle=f"Request {request.code}{subtitle}",
        buttons=_follow_up_buttons(request, outcome.model_copy(update={"undo": undo}), {}),
    )


def _follow_up_buttons(
    request: Request, outcome: Outcome, commands: Mapping[str, str]
) -> list[Button]:
    undo = [button(outcome.undo.title, "undo", request)] if outcome.undo else []
    add_another = [button(outcome.again_title, "another", request)] if outcome.again else []
    return [*undo, *(Button(title, say(text)) for title, text in commands.items()), *add_another]


def failure(
    request: Request, planned: Plan, error: Exception, gap: Gap | None = None
) -> AdaptiveCard:
    """What was not done, and why, with “Try again” and with what helps against the reason.

    With a `gap`, the cloud lacks what is needed: trying again does not help.
    """
    small, why, helpful = "", str(error), list[Button]()
    if isinstance(error, WebexError):
        small = f" · {error_messages.support_details(error)}"
        why = gap.refusal(error.status) if gap else _why(planned, error)
        helpful = _helpful_buttons(planned, error)
    return cards.failure(
        f"Not done: {planned.title}",
        [why],
        footnote=f"Request {request.code}{small}",
        buttons=[*helpful, *(() if gap else (button("Try again", "again", request),))],
    )


def _why(planned: Plan, error: WebexError) -> str:
    if _has_none_to_remove(planned, error):
        return error_messages.OWNER_MAY_HAVE_NONE
    return error_messages.for_person(error)


def _has_none_to_remove(planned: Plan, error: WebexError) -> bool:
    """Whether the owner may have no devices at all, as the plan said."""
    return error_messages.is_owner_full(error) and any(
        error_messages.NONE_ALLOWED in warning for warning in planned.warnings
    )


def _helpful_buttons(planned: Plan, error: WebexError) -> list[Button]:
    """What to look at where Webex refuses a phone: its owner's devices, or who has its MAC."""
    facts = dict(planned.facts)
    if _has_none_to_remove(planned, error):
        return []
    if error_messages.is_owner_full(error) and facts.get("For"):
        owner = facts["For"].removesuffix(" (workspace)")
        return [Button("Show devices", say(f"devices {owner}"))]
    if error_messages.is_mac_taken(error) and facts.get("MAC"):
        return [Button("Show", say(f"device {facts['MAC']}"))]
    return []


def uncertain(request: Request, planned: Plan, why: str) -> AdaptiveCard:
    """What may have been done, and how to check it."""
    ended = request.state in ENDED
    return cards.failure(
        f"Not certain: {planned.title}",
        [why],
        footnote=f"Request {request.code}",
        buttons=[button("Try again", "again", request)] if ended else [],
    )


def was_stopped(request: Request) -> bool:
    """Whether somebody stopped it while it ran; then its outcome tells what was done."""
    return request.state == State.CANCELLED and bool(request.stopped_by)


def outcome_title(request: Request) -> str:
    """What is stored of its end, as a sentence; empty if nothing is."""
    return str((request.outcome or {}).get("title", ""))


def is_half_done(request: Request) -> bool:
    """Whether its run ended, and some of its steps may be done and others not."""
    return request.state == State.PARTLY or was_stopped(request)


def half_done_outcome(request: Request) -> str:
    """What its steps did, if its run ended half done; else empty."""
    return outcome_title(request) if is_half_done(request) else ""


def result_notice(request: Request, planned: Plan, steps: Sequence[StepRecord]) -> str:
    """The sentence that tells approvers how it ended."""
    count = "" if planned.is_told_by_rows else f" ({journal.done_count(steps)})"
    return f"{request.code} is {_result(request, steps, count)}: {planned.title}."


def _result(request: Request, steps: Sequence[StepRecord], count: str) -> str:
    if was_stopped(request):
        return f"stopped{count}"
    results = {
        State.PARTLY: f"partly done{count}",
        State.FAILED: "not done" if journal.nothing_changed(steps) else "not certain",
        State.UNKNOWN: "not certain yet",
    }
    return results.get(State(request.state), request.state)


def run_progress(request: Request, planned: Plan) -> str:
    """The progress message of a run."""
    return f"⏳ {request.code}: {planned.title} …"


def lookup_progress(request: Request) -> str:
    """The progress message after a press, until there is a plan or a form."""
    return f"⏳ {request.code}: looking it up …"


def ask_progress(request: Request) -> str:
    """The progress message while the facts are checked before approvers are asked."""
    return f"⏳ {request.code}: asking for approval …"


def check_progress(request: Request) -> str:
    """The progress message for an approver, while the facts are checked."""
    return f"⏳ {request.code}: checking whether anything has changed …"


def restart_notice(request: Request) -> str:
    """The sentence for requesters when the process is stopped before the end."""
    if request.state == State.APPROVED:
        return (
            f"I am restarting. Then I will continue with {request.code} and tell you how it ends."
        )
    if Plan.model_validate(request.plan).has_many_steps:
        return (
            f"I am restarting. Then I will look up how far {request.code} got, go on with it, and "
            "tell you how it ends. Please do not ask again until then."
        )
    return (
        f"I am restarting. Then I will look up what became of {request.code} and tell you. Please "
        "do not ask again until then."
    )


def repeat_decision(action: str, decided_at: float, local: LocalTime) -> str:
    """The answer to a decision that could not be handled in time; it must be repeated."""
    return (
        f"You {action} {local.phrase(decided_at)}, but I could not process it until now. Nothing "
        "was changed. Please do it again if you still want it."
    )


def late(asked_at: float, local: LocalTime) -> str:
    """The sentence before an answer that comes long after the question."""
    return f"You asked {local.phrase(asked_at)}; I was away until now."


def too_late(sent_at: float, local: LocalTime) -> str:
    """The answer to a message that is too old to act on."""
    return (
        f"You wrote {local.phrase(sent_at)}, while I was away. That is too long ago to act on: "
        "please ask again if you still need it."
    )


def before_restore(sent_at: float, local: LocalTime, *, pressed: bool) -> str:
    """The answer to a message from before a restore: acting on it could repeat a change."""
    action = "pressed a button" if pressed else "wrote"
    return (
        f"You {action} {local.phrase(sent_at)}. Since then provbot was restored from a backup, and "
        "does not know whether that was done."
        " Nothing was done now. Please check first whether it was done, and ask again if you "
        "still need it."
    )


def details(
    request: Request,
    times: Sequence[str],
    now: float,
    steps: Sequence[str] = (),
    *,
    undone_by: str = "",
    buttons: Sequence[Button] = (),
) -> AdaptiveCard:
    """One request in detail: its outcome or its `steps`, and where its time went (`times`).

    `undone_by` is the code of the request that took it back; empty if none did.
    """
    planned = Plan.model_validate(request.plan) if request.plan else None
    too_old = request.state == State.DRAFT and is_stale(request.planned_at or now, now)
    state = str(State.EXPIRED) if too_old else state_in_words(request)
    state += f", undone by {undone_by}" if undone_by else ""
    facts = [("Request", request.code), ("State", state), ("What", request.operation)]
    facts += [("Why", request.reason)] if request.reason else []
    is_listed = is_half_done(request) or request.state == State.FAILED  # why: step by step
    outcome = [] if steps and is_listed else _outcome_facts(request)
    # They tell what will be: once it has ended, they would be read as what is still to come.
    still_true = planned.warnings if planned and request.state not in ENDED else ()
    warnings = [f"⚠ {text}" for text in still_true]
    planned_facts = planned.facts if planned else ()
    if request.state in ENDED:
        planned_facts = tuple(fact for fact in planned_facts if fact[0] != TIME_NEEDED)
    return answers.details(
        planned.title if planned else request.operation.capitalize(),
        [*facts, *outcome, *planned_facts],
        notes=[*warnings, *steps, *times],
        buttons=buttons,
    )


def state_in_words(request: Request) -> str:
    """The state in a word or two: how a request of many steps ended has no single one."""
    if was_stopped(request):
        return "stopped"
    return _STATES_IN_WORDS.get(State(request.state), request.state)


def _outcome_facts(request: Request) -> list[tuple[str, str]]:
    """How it ended, as people were told, and the reference that Cisco support asks for."""
    outcome = request.outcome or {}
    facts = [("Outcome", outcome.get("title", "")), ("For support", outcome.get("reference", ""))]
    return [(name, value) for name, value in facts if value]
