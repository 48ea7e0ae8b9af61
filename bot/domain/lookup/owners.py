"""Owners of phones: the one that a form means, and whether they can have a phone."""

import asyncio
import re

from bot.core import api_calls
from bot.core.api_calls import Call
from bot.core.errors import RateLimited, WebexError
from bot.core.models.webex import Licence, Owner, OwnerKind, PhoneModel
from bot.domain import error_messages, fallback
from bot.domain.forms import MAX_CHOICES, NONE_OF_THESE, ParsedForm
from bot.domain.lookup.locations import scope_suffix
from bot.domain.lookup.models import check_owner_kind
from bot.domain.operation import Context, Plan
from cards.forms import Choice, Field

KEY = re.compile(r"(?:PEOPLE|PLACE):[A-Za-z0-9_=-]{1,500}")  # an Owner.key, from a choice
EMAIL = re.compile(r"[^\s@<>\"',;]+@[^\s@<>\"',;]+\.[^\s@<>\"',;]+")

SearchResult = list[Owner] | WebexError  # the owners, or why the search failed


async def find_owner(form: ParsedForm, ctx: Context) -> Owner | None:
    """The owner that the field `owner` means; None, and an error, if it is not clear."""
    text = form.values.get("owner")
    if not text:
        return None
    address = EMAIL.search(text)
    if address and address.group() != text.strip():
        form.add_error(
            "owner",
            "A phone belongs to a person or to a workspace, not to both. Please name one of them.",
        )
        return None
    is_name = not address and not KEY.fullmatch(text)
    search = _find_by_name(form, text, ctx) if is_name else _find_by_address(text, ctx)
    owners, _ = await asyncio.gather(search, _require_locations(ctx))
    return _choose(form, text, owners, scope_suffix(ctx))


async def _require_locations(ctx: Context) -> None:
    """Raise if the locations of somebody who looks after some only cannot be told apart."""
    if ctx.scoped:
        await fallback.location_names(ctx)


async def _find_by_address(text: str, ctx: Context) -> list[Owner]:
    read = ctx.calling.owner if KEY.fullmatch(text) else ctx.calling.person
    owner = await read(text)
    return [owner] if owner and ctx.reaches(owner.where) else []


async def _find_by_name(form: ParsedForm, text: str, ctx: Context) -> list[Owner]:
    """People and workspaces; if one of the two searches fails, the other is enough."""
    people, workspaces = await _search(text, ctx)
    if isinstance(people, WebexError) and isinstance(workspaces, WebexError):
        raise people
    everybody = [
        *_owners_or_note(form, api_calls.WORKSPACES, workspaces),
        *_owners_or_note(form, api_calls.PEOPLE, people),
    ]
    # First by reach: an exact name elsewhere must not hide a name here, and so tell that it exists.
    reachable = [owner for owner in everybody if ctx.reaches(owner.where)]
    exact = [owner for owner in reachable if owner.name.casefold() == text.casefold()]
    if not reachable:
        _note_failed_searches(form, text, people, workspaces)
    return exact or reachable


async def _search(text: str, ctx: Context) -> tuple[SearchResult, SearchResult]:
    """Search both at once; if Webex limits both, one by one, as it may limit only one of them."""
    search = fallback.read_or_error_briefly
    people, workspaces = await asyncio.gather(
        search(ctx.calling.people_named(text)), search(ctx.calling.workspaces_named(text))
    )
    if isinstance(people, RateLimited) and isinstance(workspaces, RateLimited):
        workspaces = await search(ctx.calling.workspaces_named(text))
        people = await search(ctx.calling.people_named(text))
    return people, workspaces


def _owners_or_note(form: ParsedForm, call: Call, result: SearchResult) -> list[Owner]:
    if isinstance(result, WebexError):
        form.note_unread(call)
        return []
    return result


def _note_failed_searches(form: ParsedForm, text: str, *results: SearchResult) -> None:
    """That there is no such owner is true only if both searches worked."""
    for result in results:
        if isinstance(result, WebexError):
            reason = error_messages.for_storage(result)
            form.add_error("owner", f"“{text}” could not be looked up everywhere. {reason}")


def _choose(form: ParsedForm, text: str, reachable: list[Owner], scope: str) -> Owner | None:
    """The only owner. An owner elsewhere gets the same sentence as one that does not exist."""
    if not reachable:
        form.add_error(
            "owner",
            f"I found no person or workspace called “{text}”{scope}."
            " Please check the spelling, or use the email.",
        )
        return None
    if len(reachable) > 1:
        cut_note = f" The first {MAX_CHOICES} are listed." if len(reachable) > MAX_CHOICES else ""
        form.add_error(
            "owner",
            f"“{text}” fits {len(reachable)} owners: please choose one.{cut_note}",
            [*(_choice(owner) for owner in reachable[:MAX_CHOICES]), NONE_OF_THESE],
        )
        return None
    owner = reachable[0]
    if owner.location_id and not owner.location:
        form.note_unread(api_calls.LOCATIONS)
    return owner


def _choice(owner: Owner) -> Choice:
    kind = owner.email if owner.kind is OwnerKind.PERSON else "workspace"
    title = " · ".join(part for part in (owner.name, owner.location, kind) if part)
    return Choice(title, owner.key)


def planned_owner(plan: Plan) -> Owner:
    """The owner that a plan was made for, without a read: its facts were checked just before."""
    kind, _, owner_id = plan.details["owner"].partition(":")
    name = plan.details.get("owner_name") or dict(plan.facts).get("For", "")
    return Owner(kind=OwnerKind(kind), id=owner_id, name=name)


def check_compatible(
    form: ParsedForm, phone: PhoneModel | None, owner: Owner | None
) -> tuple[PhoneModel, Owner]:
    """Both, if the owner can have this phone; else Invalid with all errors of the form."""
    if owner:
        check_calling(form, owner)
        if phone:
            check_owner_kind(form, phone, owner)
    return form.valid(phone), form.valid(owner)


def check_calling(form: ParsedForm, owner: Owner) -> None:
    """Note an error if this owner can have no phones (docs/webex/provisioning.md §3, §7)."""
    if owner.kind is OwnerKind.WORKSPACE and not owner.takes_phones:
        form.add_error(
            "owner",
            f"{owner.name} is a workspace for Webex room devices;"
            " a desk phone cannot be added to it.",
        )
    elif owner.kind is OwnerKind.PERSON and owner.licence is Licence.NONE:
        form.add_error(
            "owner",
            f"{owner.name} has no Webex Calling licence."
            " Have one assigned in Control Hub, then try again.",
        )


def licence_effects(form: ParsedForm, owner: Owner) -> tuple[str, ...]:
    """What else changes when a phone is added (docs/webex/provisioning.md §4.3, §7)."""
    if owner.licence is Licence.UNKNOWN:
        form.note_unread(api_calls.LICENCES)
    if owner.kind is OwnerKind.PERSON and owner.licence is Licence.STANDARD:
        return (
            f"{owner.name} has Webex Calling Standard: adding a phone switches calling off"
            " in their Webex apps. Removing the phone brings it back.",
        )
    return ()


def owner_field(text: str) -> Field:
    """The input for the owner."""
    value = "" if KEY.fullmatch(text) else text
    return Field("owner", "For whom", "Email, or name of a workspace", value=value, max_length=120)
