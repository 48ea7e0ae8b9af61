"""Where approval cards are posted: in a space, or as direct messages. Admins only."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from bot.core.errors import Forbidden, NotFound, Refused, WebexError
from bot.core.models.people import Grant, Place, Role, Sender, Space
from bot.core.models.text import join_words
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.language.arguments import Arguments
from bot.domain.operation import Action, Context, Job, Operation
from bot.domain.plan import Outcome, Plan, PlannedCall, Step, Undo
from bot.domain.policy import ADMIN, Rule
from bot.domain.ports import ApprovalSpace
from cards import forms

HERE, DIRECT = "this space", "direct messages"
MAX_NAMED = 5  # people in one warning
DIRECT_MESSAGES = "direct messages to each approver"
# What is said, as words: to use something, to stop it, a space, and the approvals.
_USE = frozenset({"use", "using", "post", "send", "make", "set", "put", "want", "start"})
_STOP = frozenset({"stop", "end", "quit", "unset", "remove"})
_DIRECTLY = frozenset({"direct", "directly"})
_SPACE = _DIRECTLY | {"space", "room", "channel", "here", "chat", "group"}
_APPROVALS = frozenset({"approval", "approvals"})

CONFIGURED = (
    "The approval space is set by PROVBOT_APPROVAL_ROOM, so chat cannot change it. Nothing was "
    "changed. Remove that setting and restart provbot to choose the space here."
)
NOT_IN_DIRECT = (
    "This is a direct message, which only you can see. Nothing was changed. Add me to a space with "
    "the approvers, mention me there and write: use this space for approvals"
)
WRITE_IT_THERE = (
    "Approval cards are posted in “{title}”. Nothing was changed. To stop that, mention me in that "
    "space and write: stop using this space for approvals"
)
ALREADY_HERE = "Approval cards are posted in this space already. Nothing was changed."
ALREADY_DIRECT = "Approvers get direct messages already. Nothing was changed."
MEMBERS_UNREAD = "Webex did not say who is in this space. Please check that all approvers are."


def _where(text: str) -> str:
    if text.lower() not in (HERE, DIRECT):
        raise ValueError(f"Please choose: {HERE} or {DIRECT}.")
    return text.lower()


NAME = "approval space"


class Form(BaseModel):
    """Where approval cards are posted."""

    where: Annotated[str, AfterValidator(_where)] = Field(title="Approval cards")


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """In this space, or as direct messages; a direct message is no space."""
    now = describe(await _space(ctx).current())
    here, direct = forms.Choice("In this space", HERE), forms.Choice("As direct messages", DIRECT)
    is_in_space = ctx.place is not None and not ctx.place.direct
    choices = [here, direct] if is_in_space else [direct]
    value = inputs.get("where", "").lower()
    return [
        forms.Field("where", "Approval cards", f"Now: {now}", choices=choices, value=value),
    ]


def _space(ctx: Context) -> ApprovalSpace:
    if ctx.approval_space is None:
        raise LookupError("this context has no approval space")
    return ctx.approval_space


def describe(space: Space | None) -> str:
    """Where approval cards go, in words."""
    if space is None:
        return DIRECT_MESSAGES
    return f"the space “{space.title}”" if space.title else "the approval space"


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Say where cards go from now on. Refused where nothing would change."""
    form.raise_if_invalid()
    space, place = _space(ctx), ctx.place or Place("", direct=True)
    if space.is_configured:
        raise Refused(CONFIGURED)
    now = await space.current()
    if form.values["where"] == HERE:
        return await _plan_here(now, place, ctx)
    return await _plan_direct(now, place, ctx)


async def _plan_here(now: Space | None, place: Place, ctx: Context) -> Plan:
    if place.direct:
        raise Refused(NOT_IN_DIRECT)
    if now and now.room_id == place.room_id:
        raise Refused(ALREADY_HERE)
    here = Space(place.room_id, await _title(place.room_id, ctx))
    return _plan(here, now, await _warnings(here, ctx))


async def _plan_direct(now: Space | None, place: Place, ctx: Context) -> Plan:
    if now is None:
        raise Refused(ALREADY_DIRECT)
    # A space that the bot has left cannot be written in, so it is given up from anywhere.
    if now.room_id != place.room_id and not await _is_gone(now, ctx):
        raise Refused(WRITE_IT_THERE.format(title=now.title or "the approval space"))
    domains = sorted({grant.who for grant in await _approvers(ctx) if grant.for_domain})
    lost = f"I cannot ask {join_words(domains, 'and')} in direct messages, only in a space."
    return _plan(None, now, (lost,) if domains else ())


async def _title(room_id: str, ctx: Context) -> str:
    """The title; that of the plan that was shown, so that a read that fails changes nothing."""
    if ctx.shown:
        return ctx.shown.first.details.get("title", "")
    try:
        return await _space(ctx).title(room_id)
    except (WebexError, TimeoutError):
        return ""


async def _is_gone(space: Space, ctx: Context) -> bool:
    try:
        await _space(ctx).title(space.room_id)
    except (NotFound, Forbidden):
        return True
    except (WebexError, TimeoutError):
        return False
    return False


def _plan(planned: Space | None, current: Space | None, warnings: tuple[str, ...]) -> Plan:
    title = f"Post approval cards in {describe(planned)}"
    return Plan(
        title=title if planned else "Send approval cards as direct messages",
        facts=(("From now on", describe(planned)), ("Until now", describe(current))),
        warnings=warnings,
        steps=(
            Step(
                key=NAME,
                action=NAME,
                title=title if planned else "Send approval cards as direct messages",
                call=PlannedCall(method="SET", path=NAME),
                subject=NAME,
                details={
                    "room_id": planned.room_id if planned else "",
                    "title": planned.title if planned else "",
                    "before": current.room_id if current else "",
                },
            ),
        ),
    )


async def _approvers(ctx: Context) -> list[Grant]:
    grants = await ctx.allowlist.grants() if ctx.allowlist else []
    return [grant for grant in grants if grant.role is Role.APPROVER]


async def _warnings(space: Space, ctx: Context) -> tuple[str, ...]:
    """Who sees the cards without being an approver, and who does not see them."""
    if ctx.shown:
        return ctx.shown.warnings
    members = await _space(ctx).members(space.room_id)
    if members is None:
        return (MEMBERS_UNREAD,)
    holders = {grant.who for grant in await _approvers(ctx)}
    not_approvers = [member.email for member in members if not _is_among(member.email, holders)]
    present = {member.email for member in members}
    absent = [who for who in sorted(holders) if not who.startswith("@") and who not in present]
    texts = (
        ("{who} {do} not decide, but {see} the cards.", not_approvers, ("may", "may"),
         ("sees", "see")),
        ("{who} {do} not in this space and {see} no cards here.", absent, ("is", "are"),
         ("gets", "get")),
        ("{who} {do} of another organization and {see} the cards.", _foreign(members, ctx),
         ("is", "are"), ("sees", "see")),
    )  # fmt: skip
    return tuple(
        text.format(who=_named(who), do=do[len(who) > 1], see=see[len(who) > 1])
        for text, who, do, see in texts
        if who
    )


def _foreign(members: Sequence[Sender], ctx: Context) -> list[str]:
    accounts = ctx.accounts
    if accounts is None:
        return []
    return [member.email for member in members if member.org and not accounts.is_ours(member)]


def _is_among(email: str, holders: set[str]) -> bool:
    return email in holders or f"@{email.rpartition('@')[2]}" in holders


def _named(emails: Sequence[str]) -> str:
    more = len(emails) - MAX_NAMED
    named = [*emails[:MAX_NAMED], *([f"{more} more"] if more > 0 else [])]
    return join_words(named, "and")


async def run(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Store it; this counts for the next request that needs approval."""
    await _space(ctx).use(_planned_space(job))
    outcome = _outcome(job)
    if ctx.tell_admins:
        await ctx.tell_admins(f"{outcome.title}. To see it, type: access")
    return outcome


async def look_up(job: Job, ctx: Context) -> Outcome | None:
    """Whether it is stored already."""
    current, planned = await _space(ctx).current(), _planned_space(job)
    same = (current.room_id if current else "") == (planned.room_id if planned else "")
    return _outcome(job) if same else None


def _planned_space(job: Job) -> Space | None:
    room_id = job.details["room_id"]
    return Space(room_id, job.details["title"]) if room_id else None


def _outcome(job: Job) -> Outcome:
    planned, before = _planned_space(job), job.details["before"]
    place = "this space" if planned else "direct messages"
    # Only what can be said in the same space can be taken back from it.
    undo = Undo(operation=NAME, inputs={"where": DIRECT if planned else HERE})
    return Outcome(
        title=f"Approval cards are posted in {describe(planned)}" if planned else
        "Approval cards are sent as direct messages",
        notes=(
            f"New approval cards appear in {place}. Older ones stay where they are.",
        ),
        undo=undo if not (planned and before) else None,
    )  # fmt: skip


def read_where(arguments: Arguments) -> dict[str, str]:
    """`use this space for approvals`, `stop using this space for approvals`."""
    words = {token.word for token in arguments.tokens}
    if words & (_STOP | _DIRECTLY):
        return {"where": DIRECT}
    # `send` and `make` have canonical words of their own.
    is_told = words & _USE or arguments.meanings & {"get", "add", "create"}
    return {"where": HERE} if is_told else {}


def claims(arguments: Arguments) -> bool:
    """A word for using or stopping, the approvals, and a space."""
    words = {token.word for token in arguments.tokens}
    return bool(words & (_USE | _STOP) and words & _SPACE and words & _APPROVALS)


APPROVAL_SPACE = Operation(
    name=NAME,
    title="Approval space",
    usage=("use this space for approvals", "stop using this space for approvals"),
    help="Post approval cards in the space where you write this, or as direct messages again",
    examples=("use this space for approvals", "stop using this space for approvals"),
    group="Roles",
    read=read_where,
    claims=claims,
    rule=Rule(ADMIN, organization_wide=True),
    form=Form,
    fields=fields,
    plan=plan,
    actions=(Action(NAME, run, look_up),),
)
