"""What the plans for the rows of DECT lists say: amounts, facts, warnings. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence

from bot.core import api_calls as calls
from bot.core.models.dect import DectNetwork
from bot.core.models.mac import show_mac
from bot.core.models.text import join_words
from bot.core.models.webex import LocationRef
from bot.domain import dect_pace, list_plans, unsupported
from bot.domain.dect_limits import MODELS, known_model
from bot.domain.dect_pace import HOUR
from bot.domain.forms import ParsedForm
from bot.domain.list_plans import counted
from bot.domain.lookup import owners
from bot.domain.lookup.dect_checks import NOTHING_TO_ADD, CheckedDectRow
from bot.domain.lookup.locations import FROM_LOCATIONS
from bot.domain.operation import Context
from bot.domain.plan import Outcome, Plan
from bot.domain.policy import rule_for
from bot.domain.unsupported import Feature

Facts = tuple[tuple[str, str], ...]

NETWORK, TIME_NEEDED = "DECT network", "Time needed"  # names of facts
SHARED_CODE, OWN_CODES = "one for all", "one per user"
TAKES_TOO_LONG = (
    "This takes {time}, but a request ends after {limit} and leaves the rest undone. Please split"
    " the list into {parts} parts."
)
_MOST_NAMED = 3


def ready_rows(checked: Iterable[CheckedDectRow]) -> list[CheckedDectRow]:
    """The rows that run."""
    return [row for row in checked if not row.problems]


def is_single(checked: Sequence[CheckedDectRow], ctx: Context) -> bool:
    """Whether one base station or handset was typed, which reads like a single change."""
    return len(checked) == 1 and ctx.rows is not None and ctx.rows.is_short


def check_single(
    form: ParsedForm, checked: Sequence[CheckedDectRow], field: str, ctx: Context
) -> None:
    """Invalid with what is wrong with a single row; that it is there already is no mistake."""
    problems = checked[0].problems
    if is_single(checked, ctx) and problems and NOTHING_TO_ADD not in problems:
        form.add_error(field, " ".join(dict.fromkeys(problems)))
    form.raise_if_invalid()


def addition_title(checked: Sequence[CheckedDectRow], network: DectNetwork) -> str:
    """`Add base station D8:2E:3E:EF:4E:5C to Lobby`, `Add 3 handsets to Lobby`."""
    ready = ready_rows(checked)
    only = ready[0] if len(ready) == 1 else None
    what = amounts(ready)
    if only and only.adds_base and not only.has_handset:
        what = f"base station {show_mac(only.row.base)}"
    elif only and only.adds_handset and not only.adds_base:
        what = f"a handset of {only.sure_owner.name}"
    elif only and only.second and not only.adds_base:
        what = f"a second line to the handset “{only.display_name}” of {only.sure_owner.name}"
        return f"Add {what}"
    return f"Add {what or 'nothing'} to {network.name}"


def amounts(ready: Sequence[CheckedDectRow]) -> str:
    """What rows add: `2 base stations, 3 handsets and 1 second line`.

    The second lines of new handsets are not told here.
    """
    numbers = {
        "base station": sum(row.adds_base for row in ready),
        "handset": sum(row.adds_handset for row in ready),
        "second line": sum(bool(row.handset_id) for row in ready),
    }
    parts = (counted(number, noun) for noun, number in numbers.items() if number)
    return join_words(parts, "and")


def row_facts(checked: Sequence[CheckedDectRow]) -> Facts:
    """What the rows add, and how many of them there are if some are wrong."""
    ready = ready_rows(checked)
    handsets = [_named(row) for row in ready if row.adds_handset]
    return (
        *(list_plans.count_facts(checked) if len(ready) < len(checked) else ()),
        _amount("Base station", [show_mac(row.row.base) for row in ready if row.adds_base]),
        _amount("Handset", handsets),
        _second_lines([row.second.name for row in ready if row.second]),
    )


def _named(row: CheckedDectRow) -> str:
    """A handset: `“A. Alder” of Ann Alder`, `Ann Alder` if it is called so."""
    owner = row.sure_owner.name
    return owner if row.display_name == owner else f"“{row.display_name}” of {owner}"


def _amount(noun: str, names: Sequence[str]) -> tuple[str, str]:
    """A fact: `2: Ann Alder and Bob Birch`; of many, the first and how many more there are."""
    if len(names) < 2:
        return noun, "".join(names)
    more = len(names) - _MOST_NAMED
    named = [*names[:_MOST_NAMED], *([f"{more:,} more"] if more > 0 else [])]
    return f"{noun}s", f"{len(names):,}: {join_words(named, 'and')}"


def _second_lines(names: Sequence[str]) -> tuple[str, str]:
    """A fact that counts the members: one often has the second line of many handsets."""
    return (
        ("Second lines", list_plans.counts_of(names))
        if len(names) > 1
        else _amount("Second line", names)
    )


def network_facts(network: DectNetwork, named: str = "") -> Facts:
    """What is there of a network. `named` says more than its name."""
    model = known_model(network.model)
    return (
        (NETWORK, named or network.name),
        ("Location", network.location),
        ("Model", MODELS[model] if model else network.model),
        ("Access code", _code_of(network)),
    )


def _code_of(network: DectNetwork) -> str:
    if network.has_shared_code is None:
        return ""
    return SHARED_CODE if network.has_shared_code else OWN_CODES


def time_facts(changes: int, ctx: Context) -> Facts:
    """How long the changes of handsets take, if there is a pause between them."""
    takes = dect_pace.pace(changes, ctx.dect_spacing)
    return ((TIME_NEEDED, takes),) if takes else ()


def warnings(
    form: ParsedForm, checked: Sequence[CheckedDectRow], changes: int, operation: str, ctx: Context
) -> tuple[str, ...]:
    """What else changes, what could not be read, and whether there is time for the `changes`."""
    return (
        *unsupported.warnings(Feature.DECT, government=ctx.government),
        *licence_effects(checked),
        *_too_long(changes, operation, ctx),
        *list_plans.unread(form),
    )


def licence_effects(checked: Sequence[CheckedDectRow]) -> tuple[str, ...]:
    """Whose apps stop calling when they get a handset."""
    getting = [row.sure_owner for row in ready_rows(checked) if row.adds_handset]
    return owners.licence_effects_of_all(getting, "handset")


def _too_long(changes: int, operation: str, ctx: Context) -> tuple[str, ...]:
    limit = rule_for(operation, ctx.policy).finish_by
    seconds = dect_pace.seconds_needed(changes, ctx.dect_spacing)
    if seconds <= limit:
        return ()
    parts = math.ceil(changes / (limit // ctx.dect_spacing + 1))
    hours = counted(math.ceil(limit / HOUR), "hour")
    time = dect_pace.time_needed(seconds)
    return (TAKES_TOO_LONG.format(time=time, limit=hours, parts=parts),)


def dependents(checked: Sequence[CheckedDectRow]) -> Mapping[str, tuple[str, ...]]:
    """What of a plan depends on reads that may fail, as `Plan.dependents`."""
    effects = licence_effects(checked)
    return {
        calls.LICENCES.name: effects,
        calls.LICENCE_HOLDERS.name: effects,
        calls.LOCATIONS.name: FROM_LOCATIONS,
    }


def locations(network: DectNetwork, checked: Sequence[CheckedDectRow]) -> tuple[LocationRef, ...]:
    """Into which locations the rows reach: those of the network and of all who get a line."""
    places = [network.where]
    for row in ready_rows(checked):
        if row.owner:
            places.append(row.owner.where)
        if row.second:
            places.append(row.second.where)
    different: list[LocationRef] = []
    for place in dict.fromkeys(filter(None, places)):
        if not any(place.is_same(other) for other in different):
            different.append(place)
    return tuple(different)


def outcome(
    planned: Plan, outcomes: Mapping[str, Outcome], *, again: str, again_title: str
) -> Outcome:
    """That all rows are done: the title of the plan in the past, without the time needed.

    `again` and its title are those of the button that asks for more.
    """
    summary = list_plans.outcome(planned, outcomes)
    facts = tuple(fact for fact in summary.facts if fact[0] != TIME_NEEDED)
    update = {"facts": facts, "again": again, "again_title": again_title}
    return summary.model_copy(update=update)
