"""Who may do what, changed in chat: grant, revoke, and the list. Admins only."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated

from adaptivecardbuilder import AdaptiveCard
from pydantic import AfterValidator, BaseModel, Field

from bot.core.models.people import Grant, Role
from bot.core.models.text import clean, fold, fold_loosely, join_words
from bot.domain.forms import NONE_OF_THESE, Inputs, ParsedForm
from bot.domain.holder_reader import read_holder, role_of
from bot.domain.language.arguments import Arguments
from bot.domain.language.tokens import Kind
from bot.domain.lookup.addresses import Holder, look_up_holder
from bot.domain.lookup.holders import find_holder, find_scope, read_who
from bot.domain.operation import Action, Caller, Context, Job, Operation, Question
from bot.domain.pages import Page, split_page, with_next_page
from bot.domain.plan import Outcome, Plan, PlannedCall, Step, Undo
from bot.domain.policy import ADMIN, LAST_ADMIN, Decision, Rule, approvers, find_grants
from bot.domain.ports import Allowlist
from cards import answers, forms
from cards.parts import Button, say

PAGE_SIZE = 12  # rows of a card
HOW_TO_CHANGE = "To change roles, type: grant WHO ROLE at LOCATION, or: revoke WHO ROLE"
EVERYWHERE = "everywhere"
LAST_APPROVER = (
    "Apart from {who}, nobody can approve {what} {where}. Requests that need it are refused until "
    "somebody else has the role."
)
CLOSED = (
    "I could not post there the last time: it was deleted, or I was removed from it. Approvers get "
    "direct messages until I can."
)
NO_LOCATION = "leave the location out"
DOMAIN_ROLE = (
    "{who} is {role} because everybody at {domain} has that role. To take it from all of them, "
    "type: {command}"
)


def _role(text: str) -> str:
    if " and " in text and set(text.lower().split(" and ")) <= set(Role):
        raise ValueError("Please give or take one role at a time.")
    if text.lower() not in set(Role):
        raise ValueError(
            f"“{clean(text, 40)}” is not a role. The roles are {join_words(Role, 'and')}."
        )
    return text.lower()


class Form(BaseModel):
    """Who gets which role, and where: everywhere if no location is named."""

    who: Annotated[str, AfterValidator(read_who)] = Field(title="Who", min_length=1)
    role: Annotated[str, AfterValidator(_role)] = Field(title="Role")
    location: str = Field("", title="Location")


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """Who, role, location."""
    roles = [forms.Choice(role.capitalize(), role) for role in Role]
    who = "" if inputs.get("who") == NONE_OF_THESE else inputs.get("who", "")
    return [
        forms.Field("who", "Who", "Email, name, or a whole @domain", value=who, max_length=120),
        forms.Field(
            "role", "Role", "Choose the role", choices=roles, value=inputs.get("role", "").lower()
        ),
        forms.Field(
            "location",
            "Location",
            "Empty: everywhere",
            required=False,
            value=inputs.get("location", ""),
            max_length=120,
        ),
    ]


async def revoke_fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """Who, role, location: filled in if the role is held for one location only."""
    inputs = dict(inputs)
    if not inputs.get("location"):
        who, role = inputs.get("who", ""), inputs.get("role", "").lower()
        places = {
            grant.location
            for grant in await _allowlist(ctx).grants()
            if grant.role == role and fold(who) in (grant.who, grant.who.partition("@")[0])
        }
        inputs["location"] = next(iter(places)) if len(places) == 1 else ""
    return await fields(inputs, ctx)


async def _requested(form: ParsedForm, ctx: Context) -> Grant:
    """The grant that the form means; Invalid with all errors if it is not clear."""
    who = await find_holder(form, ctx)
    scope = await find_scope(form, ctx)
    return Grant(form.valid(who), Role(form.values["role"]), scope.name, scope.id)


async def _held_or_requested(form: ParsedForm, ctx: Context) -> Grant:
    """The grant that the form means, first among the held ones: revoking reads nothing of Webex."""
    role, held = form.values.get("role"), await _allowlist(ctx).grants()
    holders = {grant.who for grant in held if grant.role == role and not grant.for_domain}
    form.values["who"] = await find_holder(form, ctx, holders)
    location = form.values.get("location")
    for grant in find_grants(held, str(form.values["who"]), None, str(location or "")):
        if grant.role == role and grant.where:
            return grant
    return await _requested(form, ctx)


def _plan(title: str, grant: Grant, verb: str, holder: Holder) -> Plan:
    return Plan(
        title=title.format(name=_named(grant, holder), role=_role_there(grant)),
        facts=(("Who", grant.who), ("Role", grant.role), ("Where", grant.location or EVERYWHERE)),
        warnings=holder.warnings,
        steps=(
            Step(
                key=verb.lower(),
                action=verb.lower(),
                title=title.format(name=_named(grant, holder), role=_role_there(grant)),
                call=PlannedCall(method=verb, path="allowlist"),
                subject="allowlist",
                details={
                    "who": grant.who,
                    "role": grant.role,
                    "location": grant.location,
                    "location_id": grant.location_id,
                    "name": holder.name,
                },
            ),
        ),
    )


def _named(grant: Grant, holder: Holder) -> str:
    return f"everybody at {grant.who}" if grant.for_domain else holder.name or grant.who


def _role_there(grant: Grant) -> str:
    return f"{grant.role} in {grant.location}" if grant.location else grant.role.value


def _as_shown(plan: Plan, ctx: Context) -> Plan:
    """The plan as older versions wrote it, if the one that was shown is theirs: without a name."""
    if ctx.shown is None or "name" in ctx.shown.first.details:
        return plan
    details = {key: value for key, value in plan.first.details.items() if key != "name"}
    step = plan.first.model_copy(update={"title": ctx.shown.title, "details": details})
    return plan.model_copy(update={"title": ctx.shown.title, "steps": (step,)})


async def _holder(grant: Grant, ctx: Context) -> Holder:
    """Who gets or loses the role. A plan that was shown keeps what it said of them."""
    if ctx.shown and ctx.shown.first.details.get("who") == grant.who:
        return Holder(ctx.shown.first.details.get("name", ""), ctx.shown.warnings)
    if grant.for_domain:
        return Holder(
            warnings=(f"This gives the role to everybody whose email ends in {grant.who}.",)
        )
    return await look_up_holder(grant.who, ctx)


def _grant(job: Job) -> Grant:
    details = job.details
    location = details["location"], details.get("location_id", "")
    return Grant(details["who"], Role(details["role"]), *location)


def _allowlist(ctx: Context) -> Allowlist:
    if ctx.allowlist is None:
        raise LookupError("this context has no allowlist")
    return ctx.allowlist


def _inputs(grant: Grant) -> dict[str, str]:
    """The inputs that mean this grant: the location by id, as names can change."""
    location = grant.location_id or grant.location
    return {"who": grant.who, "role": grant.role, "location": location}


def _describe(grant: Grant) -> str:
    """`a technician in Berlin`."""
    return f"{_with_article(grant)} {_where(grant)}"


def _with_article(grant: Grant) -> str:
    return f"{'an' if grant.role[0] in 'aeiou' else 'a'} {grant.role}"


def _where(grant: Grant) -> str:
    return f"in {grant.location}" if grant.location else EVERYWHERE


def _outcome(job: Job, verb: str, note: str, *, undo: str) -> Outcome:
    grant = _grant(job)
    return Outcome(
        title=f"{'Everybody at ' if grant.for_domain else ''}{grant.who} {verb} {_describe(grant)}",
        notes=(note,) if note else (),
        undo=Undo(operation=undo, inputs=_inputs(grant)),
    )


async def plan_grant(form: ParsedForm, ctx: Context) -> Plan:
    """Say who gets which role."""
    grant = await _requested(form, ctx)
    if _is_held(grant, await _allowlist(ctx).grants()):
        form.add_error("role", f"{grant.who} is already {_describe(grant)}.")
        form.raise_if_invalid()
    everywhere = "" if grant.location else f" {EVERYWHERE}"
    title = f"Give {{name}} the role {{role}}{everywhere}"
    return _as_shown(_plan(title, grant, "GRANT", await _holder(grant, ctx)), ctx)


async def run_grant(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Add the grant to the allowlist."""
    await _allowlist(ctx).add(_grant(job))
    return await _granted(job, ctx)


async def _granted(job: Job, ctx: Context) -> Outcome:
    """The outcome, after the holder was told. After a crash they may be told twice."""
    note = await ctx.holder_notices.granted(_grant(job)) if ctx.holder_notices else ""
    return _outcome(job, "is now", note, undo="revoke")


async def find_grant(job: Job, ctx: Context) -> Outcome | None:
    """Whether the allowlist has the grant."""
    is_held = _is_held(_grant(job), await _allowlist(ctx).grants())
    return await _granted(job, ctx) if is_held else None


async def plan_revoke(form: ParsedForm, ctx: Context) -> Plan:
    """Say who loses which role."""
    grant = await _held_or_requested(form, ctx)
    all_grants = await _allowlist(ctx).grants()
    if not _is_held(grant, all_grants):
        form.add_error("role", _not_held(grant, all_grants))
    elif last_admin(all_grants, grant):
        form.add_error("who", LAST_ADMIN.format(who=grant.who))
    form.raise_if_invalid()
    lost = _without_approvers(all_grants, grant, ctx)
    holder = replace(await _holder(grant, ctx), warnings=lost)
    return _as_shown(_plan("Take the role {role} from {name}", grant, "REVOKE", holder), ctx)


def _without_approvers(all_grants: Iterable[Grant], grant: Grant, ctx: Context) -> tuple[str, ...]:
    """A warning about the operations that nobody could approve any more."""
    others = [other for other in all_grants if not other.is_same(grant)]
    operations = [
        f"“{name}”"
        for name, rule in ctx.policy.items()
        if Decision.ASK in rule.roles.values()
        and grant.role in rule.approve
        and not approvers(rule, others, (grant.where,))
    ]
    if not operations:
        return ()
    where = f"in {grant.location}" if grant.location else "in all locations"
    return (LAST_APPROVER.format(who=grant.who, what=join_words(operations), where=where),)


def _not_held(grant: Grant, all_grants: list[Grant]) -> str:
    """Names the locations for which the role is held instead: probably one of them was meant."""
    other_grants = [
        other for other in all_grants if (other.who, other.role) == (grant.who, grant.role)
    ]
    if other_grants:
        places = join_words((_where(other) for other in other_grants), "and")
        advice = "name the location" if any(other.where for other in other_grants) else NO_LOCATION
        return f"{grant.who} is {_with_article(grant)} {places}. To take the role away, {advice}."
    domain = replace(grant, who=f"@{grant.who.rpartition('@')[2]}")
    if _is_held(domain, all_grants):
        return DOMAIN_ROLE.format(
            who=grant.who, role=_with_article(grant), domain=domain.who, command=_typed(domain)
        )
    return f"{grant.who} is not {_describe(grant)}. Type “access” to see who is what."


def _typed(grant: Grant) -> str:
    """The command that takes it away."""
    place = f" at {grant.location}" if grant.location else ""
    return f"revoke {grant.who} {grant.role}{place}"


def last_admin(all_grants: list[Grant], grant: Grant) -> bool:
    """Whether nobody would be admin everywhere without this grant."""
    return [other for other in all_grants if other.is_admin_everywhere] == [grant]


def _is_held(grant: Grant, all_grants: Iterable[Grant]) -> bool:
    return any(other.is_same(grant) for other in all_grants)


async def run_revoke(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Remove the grant from the allowlist; this counts from the next press on."""
    await _allowlist(ctx).remove(_grant(job))
    return await _revoked(job, ctx)


async def _revoked(job: Job, ctx: Context) -> Outcome:
    """The outcome, after the former holder was told. After a crash they may be told twice."""
    note = await ctx.holder_notices.revoked(_grant(job)) if ctx.holder_notices else ""
    return _outcome(job, "is no longer", note, undo="grant")


async def find_revoke(job: Job, ctx: Context) -> Outcome | None:
    """Whether the allowlist lacks the grant."""
    is_held = _is_held(_grant(job), await _allowlist(ctx).grants())
    return None if is_held else await _revoked(job, ctx)


async def show_access(text: str, _caller: Caller, ctx: Context) -> AdaptiveCard:
    """A page of the list of roles: all, or those with some words of who, role and place."""
    search, number = split_page(text)
    grants = [
        grant for grant in await _allowlist(ctx).grants() if _has_words(grant, search.split())
    ]
    if not grants:
        return answers.notice(
            f"No role fits “{clean(search, 40)}”",
            "Write a part of an email, a role or a location, or see all roles.",
            [Button("All roles", say("access"))],
        )
    page, command = Page.of(number, PAGE_SIZE, len(grants)), f"access {search}".strip()
    card = answers.entries(
        f"Who may do what: “{clean(search, 40)}”" if search else "Who may do what",
        [answers.Entry(grant.who, grant.described) for grant in page.rows(grants)],
        end=f"{page.note()} {await _approval_cards(ctx)}{HOW_TO_CHANGE}".strip(),
        buttons=page.more(command),
    )
    return with_next_page(card, page, command)


def _has_words(grant: Grant, words: Iterable[str]) -> bool:
    row = fold_loosely(f"{grant.who} {grant.described} at")  # as in `access at Berlin`
    return all(fold_loosely(word) in row for word in words)


async def _approval_cards(ctx: Context) -> str:
    """The sentence about where approval cards go."""
    if ctx.approval_space is None:
        return ""
    space = await ctx.approval_space.current()
    if space is None:
        return "Approvers get direct messages. "
    title = f" “{space.title}”" if space.title else ""
    by = ", set by PROVBOT_APPROVAL_ROOM" if ctx.approval_space.is_configured else ""
    closed = f"{CLOSED} " if ctx.approval_space.is_known_closed(space.room_id) else ""
    return f"Approval cards are posted in the space{title}{by}. {closed}"


def claims_grant(arguments: Arguments) -> bool:
    """`make sam a technician`: a role, and a word for giving."""
    verbs = {("add",), ("create",), ("get",), ()}
    is_giving = arguments.alias in verbs and {"add", "create", "get"} & arguments.meanings
    return bool(is_giving) and _names_role_only(arguments)


def claims_revoke(arguments: Arguments) -> bool:
    """`remove technician from sam`, `take the role technician from sam`, `remove sam's access`."""
    if not arguments.alias and any(token.word == "take" for token in arguments.tokens):
        return _names_role_only(arguments)
    return arguments.alias == ("delete",) and (
        _names_role_only(arguments) or _names_access_only(arguments)
    )


def _names_access_only(arguments: Arguments) -> bool:
    device_tokens = arguments.of_kind(Kind.MAC, Kind.NEAR_MAC, Kind.MODEL, Kind.TAG)
    is_access = bool({"access", "role"} & arguments.meanings)
    return is_access and "device" not in arguments.meanings and not device_tokens


def _names_role_only(arguments: Arguments) -> bool:
    roles = [token for token in arguments.tokens if role_of(token)]
    is_plural = bool(roles) and all(token.word not in set(Role) for token in roles)
    if is_plural and "device" in arguments.meanings:  # `remove the engineers phone`
        return False
    return bool(roles) and not arguments.of_kind(Kind.MAC, Kind.MODEL)


GRANT = Operation(
    name="grant",
    title="Grant",
    usage=("grant WHO ROLE at LOCATION",),
    help="Give somebody a role",
    examples=(
        "grant ann@example.com technician at Berlin",
        "grant Sam Stone viewer",
        "grant @example.com viewer",
    ),
    group="Roles",
    read=read_holder,
    claims=claims_grant,
    rule=Rule(ADMIN, organization_wide=True),
    form=Form,
    fields=fields,
    plan=plan_grant,
    actions=(Action("grant", run_grant, find_grant),),
    gives_rights=True,
)
REVOKE = Operation(
    name="revoke",
    title="Revoke",
    usage=("revoke WHO ROLE at LOCATION",),
    help="Take a role away",
    examples=(
        "revoke ann@example.com technician",
        "revoke ann@example.com technician at Berlin",
    ),
    group="Roles",
    read=read_holder,
    claims=claims_revoke,
    rule=Rule(ADMIN, organization_wide=True),
    form=Form,
    fields=revoke_fields,
    plan=plan_revoke,
    actions=(Action("revoke", run_revoke, find_revoke),),
    gives_rights=True,
)
ACCESS = Question(
    name="access",
    usage=("access",),
    help="Show who may do what: all roles, or those of a person, a role or a location",
    examples=("access", "access Berlin"),
    group="Roles",
    rule=Rule(ADMIN, organization_wide=True),
    answer=show_access,
)
