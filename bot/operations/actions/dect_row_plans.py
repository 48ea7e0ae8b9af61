"""The plans for the rows of DECT lists: which steps they have, and what they say. Pure."""

from collections.abc import Iterable, Sequence

from bot.core.models.dect import MAX_BULK, DectNetwork, HandsetSettings
from bot.domain import dect_pace, dect_plans, list_plans
from bot.domain.dect_plans import Facts
from bot.domain.forms import ParsedForm
from bot.domain.lists.rows import row_key, second_line_key
from bot.domain.lookup.bulk_reads import note_unknown_licences
from bot.domain.lookup.dect_checks import CheckedDectRow
from bot.domain.operation import Context
from bot.domain.plan import Plan, Step
from bot.operations.actions import dect_steps
from bot.operations.actions.dect_steps import ADD_HANDSET, OWNER, SECOND_OWNER, Target


def plan_of_rows(  # noqa: PLR0913 - what the operations differ in
    form: ParsedForm,
    network: DectNetwork,
    checked: Sequence[CheckedDectRow],
    ctx: Context,
    *,
    operation: str,
    title: str,
    facts: Facts,
    first: Sequence[Step] = (),
    warnings: Sequence[str] = (),
) -> Plan:
    """The plan for a network that is there, or that the `first` step creates.

    It is not created if all rows are wrong.
    """
    ready = dect_plans.ready_rows(checked)
    note_unknown_licences(form, (row.sure_owner for row in ready if row.adds_handset))
    steps = steps_of(ready, Target(network.name, network.where, network.id), ctx.dect_spacing)
    changes = changes_of(steps)
    is_single = dect_plans.is_single(checked, ctx)
    own = [warning for row in ready for warning in row.warnings] if is_single else []
    all_warnings = (*warnings, *own, *dect_plans.warnings(form, checked, changes, operation, ctx))
    return Plan(
        title=title,
        facts=(*facts, *dect_plans.row_facts(checked), *dect_plans.time_facts(changes, ctx)),
        warnings=tuple(dict.fromkeys(all_warnings)),
        locations=dect_plans.locations(network, checked),
        steps=(*(first if steps or not checked else ()), *steps),
        on_refusal="go on",
        checks=() if is_single and ready else list_plans.checks(checked),
        unread=form.unread,
        dependents=dict(dect_plans.dependents(checked)),
    )


def steps_of(ready: Sequence[CheckedDectRow], target: Target, spacing: float) -> tuple[Step, ...]:
    """First all base stations, then all handsets, then all second lines.

    So handsets are added with few calls, and people can pair them while the rest goes on.
    """
    bases = (
        dect_steps.add_base(row.row.base, target, row.row.number) for row in ready if row.adds_base
    )
    handsets = (_handset(row, target, spacing) for row in ready if row.adds_handset)
    lines = (_second_line(row, target, spacing) for row in ready if row.second)
    return (*bases, *handsets, *lines)


def _handset(row: CheckedDectRow, target: Target, spacing: float) -> Step:
    return dect_steps.handset_step(
        _settings(row), target, _members(row), spacing=spacing, key=row_key(row.row.number)
    )


def _second_line(row: CheckedDectRow, target: Target, spacing: float) -> Step:
    return dect_steps.second_line(
        _settings(row),
        target,
        _members(row),
        spacing=spacing,
        key=second_line_key(row.row.number),
        add_key=row_key(row.row.number) if row.adds_handset else "",
        handset_id=row.handset_id,
    )


def _settings(row: CheckedDectRow) -> HandsetSettings:
    return HandsetSettings(
        line1=row.sure_owner.id,
        line2=row.second.id if row.second else None,
        display_name=row.display_name,
    )


def _members(row: CheckedDectRow) -> dict[str, str]:
    """The details of steps that say who has the lines."""
    details = {OWNER: row.sure_owner.key, "owner_name": row.sure_owner.name}
    if row.second:
        details["second_name"] = row.second.name
        if row.second.owner:
            details[SECOND_OWNER] = row.second.owner.key
    return details


def changes_of(steps: Iterable[Step]) -> int:
    """How many changes of handsets the steps are: several are added with one call."""
    actions = [step.action for step in steps if step.spacing]
    return dect_pace.changes_of(actions, {ADD_HANDSET: MAX_BULK})
