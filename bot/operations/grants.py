"""Who may do what, changed in chat: grant, revoke, and the list. Admins only."""

from collections.abc import Mapping
from typing import Annotated, Any

from adaptivecardbuilder import AdaptiveCard
from pydantic import AfterValidator, BaseModel, Field

from bot import resolve
from bot.access import normal_who
from bot.models import Grant, Role, listed
from bot.operation import (
    Allowlist,
    Asker,
    Context,
    Filled,
    Inputs,
    Operation,
    Outcome,
    Plan,
    PlannedCall,
    Question,
    Undo,
)
from cards import answers, forms

MOST_SHOWN = 30


def _role(text: str) -> str:
    if text.lower() not in set(Role):
        raise ValueError(f"There are the roles {listed(Role, 'and')}.")
    return text.lower()


class Form(BaseModel):
    """Who, which role, and where: everywhere if no location is named."""

    who: Annotated[str, AfterValidator(normal_who)] = Field(title="Who")
    role: Annotated[str, AfterValidator(_role)] = Field(title="Role")
    location: str = Field("", title="Location")


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """Who, role, location."""
    roles = [forms.Choice(role.capitalize(), role) for role in Role]
    return [
        forms.Field("who", "Who", "Email, or a whole @domain", value=inputs.get("who", ""), max_length=120),
        forms.Field("role", "Role", "Choose the role", choices=roles, value=inputs.get("role", "").lower()),
        forms.Field("location", "Location", "Empty: everywhere", required=False, value=inputs.get("location", ""), max_length=120),
    ]  # fmt: skip


async def _wanted(filled: Filled, ctx: Context) -> Grant:
    """The grant that the form means; every problem is told at once."""
    name = ""
    if filled.values.get("location"):
        place = await resolve.location(filled, ctx)
        name = place.name if place else ""
    filled.insist()
    return Grant(filled.values["who"], Role(filled.values["role"]), name)


def _plan(title: str, grant: Grant, verb: str, warnings: tuple[str, ...] = ()) -> Plan:
    where = grant.location or "everywhere"
    return Plan(
        title=title,
        facts=(("Who", grant.who), ("Role", grant.role), ("Where", where)),
        warnings=warnings,
        calls=(PlannedCall(method=verb, path="allowlist"),),
        location="",  # only somebody who is admin everywhere reaches it
        subject="allowlist",
        details=_inputs(grant),
    )


def _grant(planned: Plan) -> Grant:
    details = planned.details
    return Grant(details["who"], Role(details["role"]), details["location"])


def _allowlist(ctx: Context) -> Allowlist:
    if ctx.allowlist is None:
        raise LookupError("this context has no allowlist")
    return ctx.allowlist


def _inputs(grant: Grant) -> dict[str, str]:
    return {"who": grant.who, "role": grant.role, "location": grant.location}


def _held(grant: Grant) -> str:
    return f"{grant.role} {f'at {grant.location}' if grant.location else 'everywhere'}"


def _outcome(planned: Plan, verb: str, *, undo: str) -> Outcome:
    grant = _grant(planned)
    return Outcome(
        title=f"{grant.who} {verb} {_held(grant)}",
        undo=Undo(operation=undo, inputs=_inputs(grant)),
    )


async def plan_grant(filled: Filled, ctx: Context) -> Plan:
    """Whom to let do what."""
    grant = await _wanted(filled, ctx)
    if grant in await _allowlist(ctx).grants():
        filled.object_to("role", f"{grant.who} is already {_held(grant)}.")
        filled.insist()
    whole = (
        (f"This holds for everybody whose email ends in {grant.who}.",)
        if grant.who.startswith("@")
        else ()
    )
    return _plan(f"Make {grant.who} {grant.role}", grant, "GRANT", whole)


async def run_grant(planned: Plan, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Put it on the list."""
    await _allowlist(ctx).add(_grant(planned))
    return _granted(planned)


def _granted(planned: Plan) -> Outcome:
    return _outcome(planned, "is now", undo="revoke")


async def find_grant(planned: Plan, ctx: Context) -> Outcome | None:
    """The list tells."""
    return _granted(planned) if _grant(planned) in await _allowlist(ctx).grants() else None


async def plan_revoke(filled: Filled, ctx: Context) -> Plan:
    """Whom to stop from doing what."""
    grant = await _wanted(filled, ctx)
    everybody = await _allowlist(ctx).grants()
    if grant not in everybody:
        filled.object_to("role", _not_held(grant, everybody))
    elif last_admin(everybody, grant):
        filled.object_to("who", f"{grant.who} is the last admin. Make somebody else admin first.")
    filled.insist()
    return _plan(f"Take the role {grant.role} from {grant.who}", grant, "REVOKE")


def _not_held(grant: Grant, everybody: list[Grant]) -> str:
    """Where the same role is held instead, if it is: most likely that is what was meant."""
    held = [one for one in everybody if (one.who, one.role) == (grant.who, grant.role)]
    if held:
        places = listed((one.location or "everywhere" for one in held), "and")
        return f"{grant.who} is {grant.role} at {places}. Name that location to take it away."
    return f"{grant.who} is not {_held(grant)}. Type “access” to see who is what."


def last_admin(everybody: list[Grant], grant: Grant) -> bool:
    """Whether nobody would be admin everywhere without this grant."""
    admins = [one for one in everybody if one.role is Role.ADMIN and not one.location]
    return admins == [grant]


async def run_revoke(planned: Plan, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Take it off the list; it holds from the next press on."""
    await _allowlist(ctx).remove(_grant(planned))
    return _revoked(planned)


def _revoked(planned: Plan) -> Outcome:
    return _outcome(planned, "is no longer", undo="grant")


async def find_revoke(planned: Plan, ctx: Context) -> Outcome | None:
    """The list tells."""
    return None if _grant(planned) in await _allowlist(ctx).grants() else _revoked(planned)


async def show_access(_text: str, _asker: Asker, ctx: Context) -> AdaptiveCard:
    """Who holds which roles."""
    grants = await _allowlist(ctx).grants()
    rows = [answers.Entry(grant.who, _held(grant)) for grant in grants[:MOST_SHOWN]]
    more = len(grants) - MOST_SHOWN
    end = (
        f"{more} more: provbot access list"
        if more > 0
        else "Change it: grant WHO ROLE at LOCATION, or revoke WHO ROLE"
    )
    return answers.entries("Who may do what", rows, end=end)


def _operation(name: str, says: str, example: str, **steps: Any) -> Operation:
    return Operation(name=name, help=says, example=example, form=Form, fields=fields, **steps)


GRANT = _operation(
    "grant",
    "Give somebody a role",
    "grant ann@example.com technician at Berlin",
    plan=plan_grant,
    run=run_grant,
    look_up=find_grant,
)
REVOKE = _operation(
    "revoke",
    "Take a role away",
    "revoke ann@example.com technician",
    plan=plan_revoke,
    run=run_revoke,
    look_up=find_revoke,
)
ACCESS = Question("access", "Show who may do what", "access", show_access)
