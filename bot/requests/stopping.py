"""Stop: a request that runs begins no more steps. What has been sent takes its course."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.errors import PrivateRefusal
from bot.core.models.people import Grant, Sender
from bot.core.models.requests import Request
from bot.domain.plan import Plan
from bot.requests import step_views
from bot.requests.interaction import Reply, check_owner
from bot.requests.lifecycle import ENDED, UNDER_WAY, State
from bot.requests.runner import Runner

JUST_STOPPED = 120.0  # seconds in which a second `stop` is probably about the same request
BEFORE_RUN = (State.DRAFT, State.WAITING)  # then `Stop` cancels


def can_be_stopped(request: Request) -> bool:
    """Whether it runs, or waits for its turn, and has steps that may not have begun."""
    is_under_way = request.state in UNDER_WAY
    return is_under_way and Plan.model_validate(request.plan).has_many_steps


def was_just_stopped(request: Request, received_at: float) -> bool:
    """Whether it was being stopped at that time in Unix seconds, or had just ended by a stop."""
    is_recent = request.state not in ENDED or request.changed_at > received_at - JUST_STOPPED
    return bool(request.stopped_by) and is_recent


def may_stop_all(grants: Iterable[Grant]) -> bool:
    """Whether somebody with these grants may stop the requests of others."""
    return any(grant.is_admin_everywhere for grant in grants)


@dataclass(frozen=True)
class Stopping:
    """Stops requests, and says what was done until then."""

    runner: Runner

    async def stop(self, request: Request, sender: Sender, grants: tuple[Grant, ...]) -> Reply:
        """Stop a request; its requester may, and those who are admin everywhere.

        Refused if it is not running, or has one step only: that cannot be interrupted.
        """
        if not may_stop_all(grants):
            check_owner(request, sender, "stop")
        if not can_be_stopped(request):
            raise self.runner.transitions.refusal(request, sender)
        if request.stopped_by:
            raise PrivateRefusal(step_views.stopping_already(request, sender))
        state = await self.runner.stop(request, sender)
        if not state.has_ended and not self.runner.is_working_on(request):
            return Reply(step_views.stopped_uncertain(state.request))
        return Reply(step_views.stopping(state.request, state.steps))
