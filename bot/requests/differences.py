"""What differs between the plan that people saw and the plan of now, in sentences. Pure."""

from bot.core.models.mac import same_mac
from bot.domain.plan import Plan
from bot.requests import list_rows, views


def differences(before: Plan, after: Plan) -> list[str]:
    """What differs between the plan that was shown and the plan of now; of a list, its rows."""
    if rows := list_rows.differences(before, after) if after.is_of_list else []:
        return ["This has changed since you saw it:", *rows]
    old_facts = dict(before.facts)
    facts = [
        f"{name}: now “{value}”, before “{old_facts.get(name) or 'nothing'}”."
        for name, value in after.facts
        if value != old_facts.get(name)
    ]
    new_warnings = [warning for warning in after.warnings if warning not in before.warnings]
    sentences = [*facts, *_readded(before, after), *_step_differences(before, after)]
    return [
        "This has changed since you saw it:",
        *(sentences or new_warnings or ["Something that this card leaves out."]),
    ]


def _readded_steps(before: Plan, after: Plan) -> set[str]:
    """The keys of steps about a phone that Webex knows by another id now."""
    old = {step.key: step.details for step in before.steps}
    return {
        step.key
        for step in after.steps
        if (was := old.get(step.key)) is not None
        and was.get("device", "") != step.details.get("device", "")
        and was.get("mac", "")
        and same_mac(was["mac"], step.details.get("mac", ""))
    }


def _readded(before: Plan, after: Plan) -> list[str]:
    is_readded = _readded_steps(before, after)
    return ["The phone was removed and added again meanwhile."] if is_readded else []


def _step_differences(before: Plan, after: Plan) -> list[str]:
    """Which steps of many are new, gone or others, and how many."""
    if not (before.has_many_steps or after.has_many_steps):
        return []
    unread = {*before.unread, *after.unread}
    old, new = (
        {step["key"]: step for step in plan.without(unread)["steps"]} for plan in (before, after)
    )
    explained = _readded_steps(before, after)
    changed = [key for key in new if key in old and new[key] != old[key]]
    kinds = {
        "changed": [key for key in changed if key not in explained],
        "new": [key for key in new if key not in old],
        "no longer there": [key for key in old if key not in new],
    }
    all_steps = old | new
    return [
        f"{_steps_are(len(keys))} {kind}: {views.named([all_steps[key]['title'] for key in keys])}."
        for kind, keys in kinds.items()
        if keys
    ]


def _steps_are(number: int) -> str:
    return "1 step is" if number == 1 else f"{number} steps are"
