"""Who may do what, changed in chat: grant, revoke, and the list. Admins only."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from adaptivecardbuilder import AdaptiveCard
from pydantic import AfterValidator, BaseModel, Field

from bot.core.errors import Refused, WebexError
from bot.core.models.people import Grant, Role, normal_who
from bot.core.models.text import clean, listed
from bot.core.models.webex import LocationRef
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.lookup.locations import find_location
from bot.domain.operation import (
    Caller,
    Context,
    Operation,
    Outcome,
    Plan,
    PlannedCall,
    Question,
    Undo,
)
from bot.domain.policy import ADMIN, LAST_ADMIN, Rule, named
from bot.domain.ports import Accounts, Allowlist
from bot.domain.text_readers import LOCATION, given, split_at
from cards import answers, forms

MAX_SHOWN = 30


def _role(text: str) -> str:
    if text.lower() not in set(Role):
        raise ValueError(f"“{clean(text, 40)}” is not a role. The roles are {listed(Role, 'and')}.")
    return text.lower()


class Form(BaseModel):
    """Who gets which role, and where: everywhere if no location is named."""

    who: Annotated[str, AfterValidator(normal_who)] = Field(title="Who")
    role: Annotated[str, AfterValidator(_role)] = Field(title="Role")
    location: str = Field("", title="Location")


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """Who, role, location."""
    roles = [forms.Choice(role.capitalize(), role) for role in Role]
    return [
        forms.Field(
            "who", "Who", "Email, or a whole @domain", value=inputs.get("who", ""), max_length=120
        ),
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


async def _requested(form: ParsedForm, ctx: Context) -> Grant:
    """The grant that the form means; Invalid with all errors if it is not clear."""
    where = LocationRef()
    if form.values.get("location"):
        location = await find_location(form, ctx)
        where = location.ref if location else where
    form.raise_if_invalid()
    return Grant(form.values["who"], Role(form.values["role"]), where.name, where.id)


async def _held(form: ParsedForm, ctx: Context) -> Grant:
    """The grant that the form means, first among the held ones: revoking reads nothing of Webex."""
    who, role, location = (form.values.get(name) for name in ("who", "role", "location"))
    for grant in named(await _allowlist(ctx).grants(), str(who), None, str(location or "")):
        if grant.role == role and grant.where:
            return grant
    return await _requested(form, ctx)


def _plan(title: str, grant: Grant, verb: str, warnings: tuple[str, ...] = ()) -> Plan:
    where = grant.location or "everywhere"
    return Plan(
        title=title,
        facts=(("Who", grant.who), ("Role", grant.role), ("Where", where)),
        warnings=warnings,
        calls=(PlannedCall(method=verb, path="allowlist"),),
        location="",  # only somebody who is admin everywhere reaches it
        subject="allowlist",
        details={
            "who": grant.who,
            "role": grant.role,
            "location": grant.location,
            "location_id": grant.location_id,
        },
    )


def _grant(planned: Plan) -> Grant:
    details = planned.details
    place = details["location"], details.get("location_id", "")
    return Grant(details["who"], Role(details["role"]), *place)


def _allowlist(ctx: Context) -> Allowlist:
    if ctx.allowlist is None:
        raise LookupError("this context has no allowlist")
    return ctx.allowlist


def _inputs(grant: Grant) -> dict[str, str]:
    """The inputs that mean this grant: the location by id, as names can change."""
    location = grant.location_id or grant.location
    return {"who": grant.who, "role": grant.role, "location": location}


def _in_words(grant: Grant) -> str:
    return f"{grant.role} {f'at {grant.location}' if grant.location else 'everywhere'}"


def _outcome(planned: Plan, verb: str, *, undo: str) -> Outcome:
    grant = _grant(planned)
    return Outcome(
        title=f"{grant.who} {verb} {_in_words(grant)}",
        undo=Undo(operation=undo, inputs=_inputs(grant)),
    )


async def plan_grant(form: ParsedForm, ctx: Context) -> Plan:
    """Say who gets which role."""
    grant = await _requested(form, ctx)
    if _is_held(grant, await _allowlist(ctx).grants()):
        form.add_error("role", f"{grant.who} is already {_in_words(grant)}.")
        form.raise_if_invalid()
    return _plan(f"Make {grant.who} {grant.role}", grant, "GRANT", await _warnings(grant, ctx))


async def _warnings(grant: Grant, ctx: Context) -> tuple[str, ...]:
    """Warnings about WHO. A plan that was shown keeps its warnings: they are no change of it."""
    if ctx.shown:
        return ctx.shown.warnings
    if grant.for_domain:
        return (f"This gives the role to everybody whose email ends in {grant.who}.",)
    return await _address_warnings(grant.who, ctx.accounts) if ctx.accounts else ()


async def _address_warnings(email: str, accounts: Accounts) -> tuple[str, ...]:
    try:
        ours = await accounts.is_ours_at(email)
    except (WebexError, Refused):
        return (f"Webex did not say whose address {email} is. Please check the spelling.",)
    if ours is None:
        return (
            f"Webex does not know anybody with the address {email}. Please check the spelling.",
        )
    return () if ours else (f"{email} is in another organization than this bot.",)


async def run_grant(planned: Plan, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Add the grant to the allowlist."""
    await _allowlist(ctx).add(_grant(planned))
    return _granted(planned)


def _granted(planned: Plan) -> Outcome:
    return _outcome(planned, "is now", undo="revoke")


async def find_grant(planned: Plan, ctx: Context) -> Outcome | None:
    """Whether the allowlist has the grant."""
    held = _is_held(_grant(planned), await _allowlist(ctx).grants())
    return _granted(planned) if held else None


async def plan_revoke(form: ParsedForm, ctx: Context) -> Plan:
    """Say who loses which role."""
    grant = await _held(form, ctx)
    everybody = await _allowlist(ctx).grants()
    if not _is_held(grant, everybody):
        form.add_error("role", _not_held(grant, everybody))
    elif last_admin(everybody, grant):
        form.add_error("who", LAST_ADMIN.format(who=grant.who))
    form.raise_if_invalid()
    return _plan(f"Take the role {grant.role} from {grant.who}", grant, "REVOKE")


def _not_held(grant: Grant, everybody: list[Grant]) -> str:
    """Names the locations for which the role is held instead: probably one of them was meant."""
    held = [other for other in everybody if (other.who, other.role) == (grant.who, grant.role)]
    if held:
        places = listed((other.location or "everywhere" for other in held), "and")
        return f"{grant.who} is {grant.role} at {places}. To take the role away, name the location."
    return f"{grant.who} is not {_in_words(grant)}. Type “access” to see who is what."


def last_admin(everybody: list[Grant], grant: Grant) -> bool:
    """Whether nobody would be admin everywhere without this grant."""
    return [other for other in everybody if other.is_admin_everywhere] == [grant]


def _is_held(grant: Grant, everybody: Iterable[Grant]) -> bool:
    return any(held.is_same(grant) for held in everybody)


async def run_revoke(planned: Plan, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Remove the grant from the allowlist; this counts from the next press on."""
    await _allowlist(ctx).remove(_grant(planned))
    return _revoked(planned)


def _revoked(planned: Plan) -> Outcome:
    return _outcome(planned, "is no longer", undo="grant")


async def find_revoke(planned: Plan, ctx: Context) -> Outcome | None:
    """Whether the allowlist lacks the grant."""
    held = _is_held(_grant(planned), await _allowlist(ctx).grants())
    return None if held else _revoked(planned)


async def show_access(_text: str, _caller: Caller, ctx: Context) -> AdaptiveCard:
    """The list of roles."""
    grants = await _allowlist(ctx).grants()
    rows = [answers.Entry(grant.who, _in_words(grant)) for grant in grants[:MAX_SHOWN]]
    more = len(grants) - MAX_SHOWN
    end = (
        f"{more} more. For all of them, run: provbot access list"
        if more > 0
        else "To change it, type: grant WHO ROLE at LOCATION, or: revoke WHO ROLE"
    )
    return answers.entries("Who may do what", rows, end=end)


def read(rest: str) -> dict[str, str]:
    """`ann@example.com technician at Berlin` → who, role and location."""
    location, named = split_at(LOCATION, rest)
    who, _, role = named.partition(" ")
    return given(who=who, role=role.strip(), location=location)


GRANT = Operation(
    name="grant",
    title="Grant",
    usage=("grant WHO ROLE at LOCATION",),
    help="Give somebody a role",
    example="grant ann@example.com technician at Berlin",
    read=read,
    rule=Rule(ADMIN, organization_wide=True),
    form=Form,
    fields=fields,
    plan=plan_grant,
    run=run_grant,
    look_up=find_grant,
    gives_rights=True,
)
REVOKE = Operation(
    name="revoke",
    title="Revoke",
    usage=("revoke WHO ROLE at LOCATION",),
    help="Take a role away",
    example="revoke ann@example.com technician",
    read=read,
    rule=Rule(ADMIN, organization_wide=True),
    form=Form,
    fields=fields,
    plan=plan_revoke,
    run=run_revoke,
    look_up=find_revoke,
    gives_rights=True,
)
ACCESS = Question(
    name="access",
    usage=("access",),
    help="Show who may do what",
    example="access",
    rule=Rule(ADMIN, organization_wide=True),
    answer=show_access,
)
