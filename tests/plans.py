"""Plans for tests that need one but do not look at what it changes."""

from collections.abc import Mapping

from bot.domain.plan import Plan, PlannedCall, Step


def any_step(details: Mapping[str, str] | None = None) -> Step:
    """A step with these details."""
    return Step(
        key="change",
        action="change",
        title="",
        call=PlannedCall(method="POST", path=""),
        subject="a",
        details=dict(details or {}),
    )


def any_plan(title: str = "", details: Mapping[str, str] | None = None) -> Plan:
    """A plan with one step, which has these details."""
    return Plan(title=title, facts=(), steps=(any_step(details),))
