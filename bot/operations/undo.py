"""Take back the steps of a request that were done, the last one first.

Each operation whose plans have many steps has an undo of its own. Nobody types its name: the button
`Undo` and the command `undo CODE` open it, and the policy is that of the operation.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TypeAlias

from pydantic import BaseModel

from bot.core import api_calls as calls
from bot.core.errors import Invalid, Refused
from bot.core.models.mac import same_mac, show_mac
from bot.core.models.secret import new_sip_password
from bot.core.models.text import join_words
from bot.core.models.webex import LocationRef
from bot.domain import dect_pace
from bot.domain.dect_plans import TIME_NEEDED
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.lookup import old_phone
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION
from bot.domain.operation import Action, Context, Job, Operation
from bot.domain.plan import DoneStep, DoneSteps, Outcome, Plan, Reversal, Step
from bot.domain.policy import UNDO
from bot.operations.actions import dect_handout, dect_reads, dect_steps, steps
from bot.operations.actions.add_phone import ADD_PHONE
from bot.operations.actions.base_station import ADD_BASE, DELETE_BASE
from bot.operations.actions.dect_network import DELETE_NETWORK, UPDATE_NETWORK
from bot.operations.actions.delete_device import DELETE_DEVICE
from bot.operations.actions.handset import ADD_HANDSET, DELETE_HANDSET, SECOND_LINE
from bot.operations.actions.tag import TAG
from cards import forms

NOT_REPEATED = (
    "It is an undo itself. To make the change once more, please ask for it as you did before."
)
NOTHING_LEFT = "Nothing is left to be undone."
STAYING = "{devices} can be taken back only later, and will stay for now."
STAYED = "{devices} stayed."
TAKE_BACK_REST = "To take back the rest later, type: undo {code}"
MAX_REASONS = 3  # why devices stay, on a card
MAX_LISTED = 8  # devices of a list whose undo names them
FEW = 3  # phones, as a swap or a move adds them
MAX_READS = 16  # steps that are looked up at once: the undo of a list has up to a thousand
MAX_FACTS = 12  # of a plan; more steps are counted
STANDARD = "Webex Calling Standard"  # in warnings that depend on the licences
PAST = {  # names of facts, once it is done
    "Delete": "Deleted",
    "Add": "Added",
    "Tag": "Tagged",
    "Delete network": "Deleted network",
    "Change network": "Changed network",
    "Remove base": "Removed base",
    "Add base": "Added base",
    "Remove handset": "Removed handset",
    "Add handset": "Added handset",
    "Take second line": "Took second line",
}
KINDS = {  # by action
    steps.DELETE_DEVICE: "Delete",
    steps.ADD_PHONE: "Add",
    steps.TAG: "Tag",
    dect_steps.DELETE_NETWORK: "Delete network",
    dect_steps.DELETE_BASE: "Remove base",
    dect_steps.ADD_BASE: "Add base",
    dect_steps.DELETE_HANDSET: "Remove handset",
    dect_steps.ADD_HANDSET: "Add handset",
    dect_steps.SECOND_LINE: "Take second line",
}
NOUNS = {  # by action, where it is not about a device
    dect_steps.DELETE_NETWORK: "DECT network",
    dect_steps.DELETE_BASE: "base station",
    dect_steps.ADD_BASE: "base station",
    dect_steps.DELETE_HANDSET: "handset",
    dect_steps.ADD_HANDSET: "handset",
    dect_steps.SECOND_LINE: "handset",
}
# What steps are taken back with, beside the actions of the operation itself.
ACTIONS = (
    DELETE_DEVICE,
    ADD_PHONE,
    TAG,
    DELETE_NETWORK,
    UPDATE_NETWORK,
    DELETE_BASE,
    ADD_BASE,
    DELETE_HANDSET,
    ADD_HANDSET,
    SECOND_LINE,
)

Facts: TypeAlias = tuple[tuple[str, str], ...]


class Form(BaseModel):
    """Nothing is asked: the request knows which one it takes back."""


async def fields(_inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """None."""
    return []


@cache
def undo_of(operation: Operation) -> Operation:
    """The operation that takes back what requests of this one have done."""
    actions = tuple(dict.fromkeys((*operation.actions, *ACTIONS)))
    return Operation(
        name=f"{UNDO}{operation.name}",
        title=f"Undo {operation.name}",
        usage=(),
        follows=operation.name,
        feature=operation.feature,
        form=Form,
        fields=fields,
        plan=partial(plan, {action.name: action for action in actions}),
        actions=actions,
        outcome=outcome,
        generators={"password": new_sip_password},
        without_undo=NOT_REPEATED,
    )


async def plan(actions: Mapping[str, Action], _form: ParsedForm, ctx: Context) -> Plan:
    """Ask each step that was done how it is taken back. Invalid if something is in the way."""
    if ctx.journal is None:
        raise ValueError("this context has no journal")
    original = await ctx.journal.done_steps(ctx.undoes)
    done = worth_undoing(original.steps)
    # The plan as far as it was done: what was not done of it is in nobody's way.
    plan_done = original.plan.model_copy(
        update={"steps": tuple(done_step.step for done_step in done)}
    )
    ctx = replace(await _with_devices(done, ctx), networks=await dect_reads.of_steps(done, ctx))
    slots = asyncio.Semaphore(MAX_READS)

    async def reversal(done_step: DoneStep) -> Reversal | Refused:
        async with slots:
            return await _reversal(actions[done_step.step.action], done_step, plan_done, ctx)

    answers = await asyncio.gather(*map(reversal, done))
    refusals = [str(answer) for answer in answers if isinstance(answer, Refused)]
    if refusals and original.plan.on_refusal != "go on":
        raise Invalid({"request": _sentences(refusals)})
    reversals = {
        done_step.step.key: Reversal(warnings=(str(answer),))
        if isinstance(answer, Refused)
        else answer
        for done_step, answer in zip(done, answers, strict=True)
    }
    composed = compose(original, reversals)
    if not composed.steps:
        sentence = _sentences(composed.warnings if refusals else (NOTHING_LEFT, *composed.warnings))
        raise Invalid({"request": sentence})
    if not original.plan.is_of_list:
        return composed
    return _for_list(composed, refusals, reversals.values())


def _for_list(composed: Plan, reasons: Sequence[str], reversals: Iterable[Reversal]) -> Plan:
    """The plan, with how many devices stay, and why; a card has no room for all sentences."""
    without_step = [
        text for reversal in reversals if not reversal.steps for text in reversal.warnings
    ]
    nothing = [text for text in without_step if text not in reasons]
    other_warnings = [text for text in composed.warnings if text not in without_step]
    staying = [STAYING.format(devices=_devices(len(reasons)))] if reasons else []
    warnings = (*staying, *_first(reasons), *_first(nothing), *other_warnings)
    return composed.model_copy(update={"warnings": warnings, "remaining": tuple(reasons)})


def _first(sentences: Sequence[str]) -> list[str]:
    """The first sentences, each once, and how many more there are."""
    once = list(dict.fromkeys(sentences))
    more = len(once) - MAX_REASONS
    return [*once[:MAX_REASONS], *([f"And {more:,} more."] if more > 0 else [])]


async def _with_devices(done: Iterable[DoneStep], ctx: Context) -> Context:
    """The context with the devices that were added, if they are many: they are read together."""
    macs = {
        done_step.step.details["mac"]
        for done_step in done
        if done_step.step.action == steps.ADD_PHONE
    }
    if len(macs) <= FEW:
        return ctx
    return replace(ctx, devices_by_mac=await ctx.calling.devices_with_macs(macs))


async def _reversal(
    action: Action, done: DoneStep, plan_done: Plan, ctx: Context
) -> Reversal | Refused:
    """What takes the step back, or why it cannot be taken back now."""
    if action.without_undo:
        return Reversal(warnings=(action.without_undo,))
    try:
        return await action.undo(Job(plan_done, done.step, done.values), done.outcome, ctx)
    except Refused as refusal:
        return refusal


def _sentences(sentences: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(sentences))


def worth_undoing(done: Sequence[DoneStep]) -> list[DoneStep]:
    """The steps to take back, without tags of a phone that the request itself has added.

    The phone is deleted, and its tags with it.
    """
    added = {
        done_step.outcome.values.get("device")
        for done_step in done
        if done_step.step.action == steps.ADD_PHONE
    }
    return [
        done_step
        for done_step in done
        if done_step.step.action != steps.TAG
        or done_step.step.details["device"] not in {"", *added}
    ]


def compose(original: DoneSteps, reversals: Mapping[str, Reversal]) -> Plan:
    """The plan that takes a request back; `reversals` are those of its steps, by key."""
    before = original.plan
    backwards = [reversals[key] for key in _backwards(original) if key in reversals]
    locations = _locations(before, backwards)
    unread = {name: text for reversal in backwards for name, text in reversal.unread.items()}
    composed = _steps(original, reversals)
    facts = [fact for reversal in backwards for fact in reversal.facts if fact[1]]
    shown_facts = _of_list(composed) if before.is_of_list else _shortened(facts)
    places = _names(_dect_places(composed) or locations)
    warnings = _without_phone(original, reversals)
    warnings += [warning for reversal in backwards for warning in reversal.warnings]
    return Plan(
        title=f"Undo {original.code}: {before.title}",
        facts=(*shown_facts, (LOCATION, join_words(places, "and")), *_time(composed)),
        warnings=tuple(
            dict.fromkeys((*_without_phone(original, reversals), *warnings, *unread.values()))
        ),
        locations=locations,
        steps=composed,
        on_refusal=before.on_refusal,
        unread=unread,
        dependents={
            calls.LOCATIONS.name: FROM_LOCATIONS,
            calls.LICENCES.name: tuple(text for text in warnings if STANDARD in text),
        },
    )


def _time(composed: Sequence[Step]) -> Facts:
    """How long the pauses between changes of DECT handsets take."""
    spaced = [step for step in composed if step.spacing]
    sizes = {action.name: action.bulk.limit for action in ACTIONS if action.bulk}
    changes = dect_pace.changes_of((step.action for step in spaced), sizes)
    takes = dect_pace.pace(changes, spaced[0].spacing) if spaced else ""
    return ((TIME_NEEDED, takes),) if takes else ()


def _without_phone(original: DoneSteps, reversals: Mapping[str, Reversal]) -> list[str]:
    """Who has no phone now, as the request removed it and did not add the one that comes next."""
    done = {done_step.step.key for done_step in original.steps}
    left = {key for step in original.plan.steps if step.key not in done for key in step.after}
    return [
        f"{original.code} is only half done: {step.details['name']} has no phone"
        f" {show_mac(step.details['mac'])} until this is done."
        for step in (done_step.step for done_step in original.steps)
        if step.action == steps.DELETE_DEVICE
        and step.key in left
        and any(back.action == steps.ADD_PHONE for back in reversals[step.key].steps)
    ]


def _backwards(original: DoneSteps) -> list[str]:
    return [done_step.step.key for done_step in reversed(original.steps)]


def _of_list(composed: Sequence[Step]) -> list[tuple[str, str]]:
    """What takes back a list: each device with its owner, or how many if they are many."""
    if len(composed) <= MAX_LISTED:
        return [(KINDS[step.action], _described(step)) for step in composed if step.action in KINDS]
    numbers = Counter(step.action for step in composed)
    return [
        (name, _devices(numbers[action], NOUNS.get(action, "device")))
        for action, name in KINDS.items()
        if numbers[action]
    ]


def _described(step: Step) -> str:
    """`Cisco 8865 D8:2E:3E:EF:4E:5C · Bob Keller`."""
    details = step.details
    owner = details.get("owner_name") or details.get("name", "")
    product = details.get("product") or (details.get("name", "") if "owner_name" in details else "")
    product = product or details.get("display_name", "")  # of a DECT handset
    if step.action == dect_steps.DELETE_NETWORK:
        product = details["network_name"]
    if product == owner:  # a handset that is called after its owner
        product = ""
    device = " ".join(filter(None, (product, show_mac(details.get("mac", "")))))
    return " · ".join(filter(None, (device, owner)))


def _devices(number: int, noun: str = "device") -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"


def _shortened(facts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    more = len(facts) - MAX_FACTS
    if more <= 0:
        return list(facts)
    return [*facts[:MAX_FACTS], ("More", f"{more} more, as in the request that is undone")]


def _names(locations: Sequence[LocationRef]) -> list[str]:
    return [location.name for location in locations if location.name]


def _dect_places(composed: Sequence[Step]) -> list[LocationRef]:
    """Where the DECT networks are, if it is about nothing else: owners may be elsewhere."""
    if not all(step.action in dect_steps.ACTIONS for step in composed):
        return []
    details = [step.details for step in composed]
    return list(
        dict.fromkeys(LocationRef(fields["place"], fields["location"]) for fields in details)
    )


def _locations(before: Plan, backwards: Sequence[Reversal]) -> tuple[LocationRef, ...]:
    """Those of the original, and others into which owners have moved; the last one is of the last.

    The locations of the original keep the names that people know from its plan.
    """
    locations = list(before.locations)
    for reached in (reversal.location for reversal in backwards if reversal.location is not None):
        same = next(
            (
                location
                for location in locations
                if location == reached or location.is_same(reached)
            ),
            None,
        )
        if same is not None:
            locations.remove(same)
        locations.append(same or reached)
    return tuple(locations)


def _steps(original: DoneSteps, reversals: Mapping[str, Reversal]) -> tuple[Step, ...]:
    """The steps of the reversals: each waits for those of the steps that came after its own."""
    composed: list[Step] = []
    keys: dict[str, tuple[str, ...]] = {}  # of what must be done before what is earlier, by key
    later: dict[str, list[str]] = defaultdict(list)  # the steps that need it, by key
    for done_step in original.steps:
        for key in done_step.step.after:
            later[key].append(done_step.step.key)
    for key in _backwards(original):
        reversal = reversals.get(key, Reversal())
        first = tuple(dict.fromkeys(undone for other in later[key] for undone in keys[other]))
        composed += [
            step if step.after else step.model_copy(update={"after": first})
            for step in reversal.steps
        ]
        keys[key] = tuple(step.key for step in reversal.steps) or first
    return tuple(composed)


def outcome(planned: Plan, outcomes: Mapping[str, Outcome]) -> Outcome:
    """That the request is undone; with the SIP settings and the password of a phone it added."""
    done = " is partly undone:" if planned.remaining else " is undone:"
    title = planned.title.removeprefix(UNDO.capitalize()).replace(":", done, 1)
    whole = _whole(planned, title, outcomes)
    if not planned.remaining:
        return whole
    code = title.split()[0]
    notes = (
        STAYED.format(devices=_devices(len(planned.remaining))),
        *_first(planned.remaining),
        TAKE_BACK_REST.format(code=code),
    )
    return whole.model_copy(
        update={"notes": (*notes, *whole.notes), "remaining": len(planned.remaining)}
    )


def _whole(planned: Plan, title: str, outcomes: Mapping[str, Outcome]) -> Outcome:
    added_steps = [step for step in planned.steps if step.action == steps.ADD_PHONE]
    if not added_steps:
        sheets = tuple(dict.fromkeys(map(dect_handout.later, _handsets(planned))))
        return Outcome(title=title, facts=_in_past(planned.facts), notes=sheets)
    last = added_steps[-1]
    added = outcomes[last.key]
    deleted = [step for step in planned.steps if step.action == steps.DELETE_DEVICE]
    is_moved = any(same_mac(step.details["mac"], last.details["mac"]) for step in deleted)
    return old_phone.outcome_of_all(
        added.model_copy(update={"facts": _in_past(added.facts)}),
        title,
        old_phone.tags_later(planned),
        plug_in="" if is_moved else old_phone.PLUG_IN_OLD,
    )


def _handsets(planned: Plan) -> list[Step]:
    """The steps that add handsets, which must be paired then."""
    return [step for step in planned.steps if step.action == dect_steps.ADD_HANDSET]


def _in_past(facts: Facts) -> Facts:
    return tuple((PAST.get(name, name), value) for name, value in facts if name != TIME_NEEDED)
