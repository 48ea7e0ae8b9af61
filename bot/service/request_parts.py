"""Create and connect the parts that handle requests."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.chat.messenger import Messenger
from bot.chat.rate_limit_notice import RateLimitNotice
from bot.core import metrics
from bot.domain.lists.sheet import Limits
from bot.operations import OPERATIONS
from bot.operations.undo import undo_of
from bot.requests.access_asks import AccessAsks
from bot.requests.addresses import Addresses
from bot.requests.approval_requests import ApprovalRequests
from bot.requests.approval_space import StoredApprovalSpace
from bot.requests.approvals import Approvals
from bot.requests.authorization import Authorization
from bot.requests.drafts import Drafts
from bot.requests.edits import Edits
from bot.requests.executor import Executor
from bot.requests.expiry import PlanExpiry
from bot.requests.following import Following
from bot.requests.following_summary import FollowingSummary
from bot.requests.form_secrets import FormSecrets
from bot.requests.handouts import Handouts
from bot.requests.lifecycle import RUN_ENDS, STEP_RESULTS
from bot.requests.list_results import ListResults
from bot.requests.notifications import Notifications
from bot.requests.plan_cards import PlanCards
from bot.requests.refusals import Refusals
from bot.requests.registration_news import RegistrationNews
from bot.requests.registration_polling import RegistrationPolling
from bot.requests.request_lists import RequestLists
from bot.requests.revalidation import Revalidation
from bot.requests.role_notices import RoleNotices
from bot.requests.runner import Runner
from bot.requests.same_phone import SamePhone
from bot.requests.step_transitions import StepTransitions
from bot.requests.transitions import Transitions
from bot.requests.undo import PlanDecisions
from bot.requests.zones import Zones

REVOKED = (
    "Webex no longer accepts the service app of provbot, so changes fail or will soon fail. Please"
    " authorize it in Control Hub ({control_hub}) > Apps > Service Apps. provbot checks at least"
    " once a minute, and tells you when it works again. If you hear nothing within two minutes, its"
    " tokens have ended: generate new ones on {portal}, set the new"
    " WEBEX_SERVICE_APP_REFRESH_TOKEN, and restart provbot."
)


def create_drafts(  # noqa: PLR0913 - what the tests replace
    authorization: Authorization,
    rate_limit_notice: RateLimitNotice,
    space: StoredApprovalSpace,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    zones: Zones | None = None,
    limits: Limits | None = None,
    *,
    follows: bool = True,
) -> Drafts:
    """Create and connect all parts that handle requests."""
    store = authorization.store
    zones = zones or Zones(clock=clock, store=store)
    form_secrets, transitions = FormSecrets(clock), Transitions(store, clock, zones)
    decisions = PlanDecisions(store, authorization, clock)
    lists = RequestLists(store, form_secrets, limits or Limits())
    revalidation = Revalidation(store, authorization, form_secrets, lists, decisions, clock)
    notifications = Notifications(store, rate_limit_notice.progress.messenger, space.room_id, sleep)
    undos = (undo_of(operation) for operation in OPERATIONS if operation.undo_from_steps)
    operations = {operation.name: operation for operation in (*OPERATIONS, *undos)}
    metrics.expect(metrics.RESULT, operations, RUN_ENDS)
    actions = {action.name for operation in OPERATIONS for action in operation.actions}
    metrics.expect(metrics.STEPS, sorted(actions), STEP_RESULTS)
    executor = Executor(
        transitions,
        StepTransitions(store, clock),
        revalidation,
        notifications,
        form_secrets,
        replace(
            authorization.unrestricted_context(),
            holder_notices=RoleNotices(rate_limit_notice.progress.messenger, authorization),
            tell_admins=notifications.notify_other_admins,
        ),
        zones,
        operations,
        clock,
        sleep,
        follows,
    )
    runner = Runner(
        store,
        transitions,
        executor,
        rate_limit_notice,
        notifications,
        form_secrets,
        ListResults(
            lists,
            notifications,
            Handouts(notifications, operations, executor.context, zones),
        ),
        clock,
        sleep,
    )
    addresses = Addresses(authorization.identities, clock)
    approval_requests = ApprovalRequests(
        store, transitions, authorization, notifications, addresses, zones, space, clock
    )
    approvals = Approvals(
        store,
        transitions,
        authorization,
        revalidation,
        runner,
        notifications,
        form_secrets,
        approval_requests,
        zones,
        clock,
    )
    return Drafts(
        store,
        authorization,
        transitions,
        runner,
        approvals,
        revalidation,
        form_secrets,
        lists,
        PlanCards(SamePhone(store, authorization, clock), decisions, lists, clock),
        clock,
    )


def access_asks_of(drafts: Drafts, messenger: Messenger) -> AccessAsks:
    """Return what handles people who ask for access."""
    return AccessAsks(drafts, messenger, Refusals(drafts.authorization))


def plan_expiry_of(drafts: Drafts) -> PlanExpiry:
    """Return what expires the plans of these requests."""
    messenger = drafts.runner.progress.messenger
    return PlanExpiry(
        drafts.store, drafts.transitions, messenger, drafts.form_secrets, drafts.clock
    )


def following_of(drafts: Drafts, window: float) -> Following:
    """Return what follows what these requests added, for `window` seconds."""
    polling = RegistrationPolling(drafts.authorization.calling, window, drafts.clock)
    notifications, clock = drafts.runner.executor.notifications, drafts.clock
    summary = FollowingSummary(drafts.store, notifications, drafts.runner.progress, clock)
    news = RegistrationNews(
        drafts.store,
        notifications,
        summary,
        polling,
        drafts.approvals.zones,
        window,
        clock,
        clock(),
    )
    return Following(drafts.store, polling, news, window, drafts.clock)


def edits_of(drafts: Drafts) -> Edits:
    """Return what handles edited messages, joined to these requests."""
    return Edits(
        drafts.store,
        drafts.authorization,
        drafts.transitions,
        drafts.form_secrets,
        drafts.runner.progress,
    )
