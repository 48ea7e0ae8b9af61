"""Owners of phones: the one that a form means, and whether they can have a phone."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

from rapidfuzz.distance import OSA

from bot.core import api_calls
from bot.core.errors import Refused, WebexError
from bot.core.models.text import fold_loosely
from bot.core.models.webex import Licence, Owner, OwnerKind, PhoneModel
from bot.domain import error_messages, fallback
from bot.domain.forms import MAX_CHOICES, NONE_OF_THESE, SOMEBODY_ELSE, ParsedForm
from bot.domain.lookup import names
from bot.domain.lookup.locations import scope_suffix
from bot.domain.lookup.models import check_owner_kind
from bot.domain.lookup.owner_phrases import KEY, OwnerPhrase, read_phrase
from bot.domain.lookup.owner_search import FoundOwners, OwnerSearch
from bot.domain.operation import Context
from bot.domain.plan import Plan, Step
from cards.forms import Choice, Field

Facts: TypeAlias = tuple[tuple[str, str], ...]

RESET_TO_FREE = frozenset({"none", "thirdPartySipCalling"})  # calling types of workspaces
NUMBER, NEW_NUMBER = "Number", "New number"  # labels of how to call an owner, and a new one
NO_LICENCE = (
    "{name} has no Webex Calling licence. Ask an admin to assign one in Control Hub, then try"
    " again."
)
ROOM_DEVICE_COMMAND = "For a room device, type: activation code in {name}"
OWNER_MISSING = "Please enter an email, or the name of a person or workspace."
FOREIGN = (
    "{name} belongs to another organization, and only its administrators can give them a phone."
    " Please name a person or workspace of this organization."
)


def is_called(owner: Owner, typed: str) -> bool:
    """Whether the typed mention, address or name is that of this owner."""
    known = names.words(f"{owner.name} {owner.email} {owner.location}", fold_loosely)
    return typed == owner.key or set(names.significant_words(typed, fold_loosely)) <= {*known}


async def find_owner(form: ParsedForm, ctx: Context) -> Owner | None:
    """The owner that the field `owner` means; None, and an error, if it is not clear."""
    text = form.values.get("owner")
    if not text:
        return None
    phrase, search = read_phrase(text), OwnerSearch(ctx)
    result, _ = await asyncio.gather(_owner_of_shown_plan(phrase, ctx), _require_locations(ctx))
    result = result or await search.find(phrase)
    if not result.owners:
        await _note_nobody(form, phrase, search)
        return None
    for call in search.failed:
        form.note_unread(call)
    return await _choose(form, result, ctx)


async def _owner_of_shown_plan(phrase: OwnerPhrase, ctx: Context) -> FoundOwners | None:
    """The owner whom the person saw in the plan for this name; None if they must be searched.

    A name leads nowhere else at Confirm. An address does, if it belongs to another account by then.
    """
    if ctx.shown is None or phrase.emails or phrase.keys:
        return None
    key = shown_owner_key(ctx.shown)
    owner = await fallback.read_or_error_briefly(ctx.calling.owner(key))
    if owner is None or isinstance(owner, WebexError) or not ctx.reaches(owner.where):
        return None
    return FoundOwners((owner,), sure=True)


async def _require_locations(ctx: Context) -> None:
    """Raise if the locations of somebody who looks after some only cannot be told apart."""
    if ctx.scoped:
        await fallback.location_names(ctx)


async def _note_nobody(form: ParsedForm, phrase: OwnerPhrase, search: OwnerSearch) -> None:
    """That there is no such owner is true only if all searches worked.

    An owner elsewhere gets the same sentence as one that does not exist.
    """
    text = form.values["owner"]
    for call, error in search.failed.items():
        form.note_unread(call)
        reason = error_messages.for_storage(error)
        form.add_error("owner", f"“{text}” could not be looked up everywhere. {reason}")
    for email in phrase.emails:
        if await is_foreign(email, search.ctx):
            form.add_error("owner", FOREIGN.format(name=email))
    hint = "" if phrase.emails else ", or use the email"
    form.add_error(
        "owner",
        f"I found no person or workspace called “{text}”{scope_suffix(search.ctx)}."
        f" Please check the spelling{hint}.",
    )


async def is_foreign(email: str, ctx: Context) -> bool:
    """Whether the address is known to be of another organization."""
    if ctx.accounts is None or ctx.scoped:  # the answer would tell who exists elsewhere
        return False
    try:
        return await ctx.accounts.is_ours_at(email) is False
    except (WebexError, Refused):
        return False


async def _choose(form: ParsedForm, result: FoundOwners, ctx: Context) -> Owner | None:
    """The owner that is meant for sure; else None, and the owners become a choice."""
    text, count = form.values["owner"], len(result.owners)
    owners = await completed(result, ctx)
    if not owners:  # deleted since they were listed, or moved away
        form.add_error("owner", f"“{text}” does not exist any more. Please name another owner.")
        return None
    if result.sure:
        owner = owners[0]
        if owner.location_id and not owner.location:
            form.note_unread(api_calls.LOCATIONS)
        return owner
    cut_note = (
        f" The first {MAX_CHOICES} are listed. If yours is not among them, choose “Somebody else”."
        if count > MAX_CHOICES
        else ""
    )
    sentence = _both_sentence(owners) if result.several else result.problem
    sentence = sentence or f"{count} {_kinds(result.owners)} match “{text}”. Which one?"
    choices = [*(_choice(owner) for owner in owners), SOMEBODY_ELSE]
    form.add_error("owner", f"{sentence}{cut_note}", choices)
    return None


async def completed(result: FoundOwners, ctx: Context) -> list[Owner]:
    """The owners to choose from, with what lists lack: emails, and all of the one that is sure.

    One that cannot be read stays as it was listed.
    """
    shown = result.owners[: 1 if result.sure else MAX_CHOICES]
    read = await asyncio.gather(*(_complete(owner, ctx, result.sure) for owner in shown))
    return [owner for owner in read if owner and ctx.reaches(owner.where)]


async def _complete(owner: Owner, ctx: Context, sure: bool) -> Owner | None:
    has_title = owner.email or owner.kind is OwnerKind.WORKSPACE
    if not owner.partial or (has_title and not sure):
        return owner
    answer = await fallback.read_or_error_briefly(ctx.calling.owner(owner.key))
    return owner if isinstance(answer, WebexError) else answer


def _kinds(owners: Iterable[Owner]) -> str:
    kinds = {owner.kind for owner in owners}
    if kinds == {*OwnerKind}:
        return "people and workspaces"
    return "people" if OwnerKind.PERSON in kinds else "workspaces"


def _both_sentence(owners: list[Owner]) -> str:
    subject = (
        "a person or to a workspace"
        if {owner.kind for owner in owners} == {*OwnerKind}
        else "one owner"
    )
    others = "both" if len(owners) == 2 else "several"
    return f"A phone belongs to {subject}, not to {others}. Please name one of them."


def _choice(owner: Owner) -> Choice:
    kind = owner.email if owner.kind is OwnerKind.PERSON else "workspace"
    title = " · ".join(part for part in (owner.name, owner.location, kind) if part)
    return Choice(title, owner.key)


def shown_owner_key(shown: Plan) -> str:
    """The key of the owner for whom a plan adds a device: a removal comes before it."""
    adding = (step for step in reversed(shown.steps) if "owner" in step.details)
    return next((step.details["owner"] for step in adding), "")


def planned_owner(step: Step) -> Owner:
    """The owner that a step was made for, without a read: its facts were checked just before."""
    kind, _, owner_id = step.details["owner"].partition(":")
    return Owner(kind=OwnerKind(kind), id=owner_id, name=step.details["owner_name"])


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
    """Note an error if this owner can have no phones."""
    if problem := calling_problem(owner):
        form.add_error("owner", problem)


def calling_problem(owner: Owner, for_room_device: str = ROOM_DEVICE_COMMAND) -> str:
    """Why this owner can have no phones (docs/webex/provisioning.md §3, §7); empty if they can.

    `for_room_device`: what to do for a room device instead.
    """
    if owner.foreign:
        return FOREIGN.format(name=owner.described)
    if owner.kind is OwnerKind.WORKSPACE and not owner.takes_phones:
        return (
            f"{owner.name} is a workspace for Webex room devices;"
            f" a desk phone cannot be added to it. {for_room_device.format(name=owner.name)}"
        )
    if owner.kind is OwnerKind.PERSON and owner.licence is Licence.NONE:
        return NO_LICENCE.format(name=owner.name)
    return ""


def check_room_device(form: ParsedForm, owner: Owner | None) -> Owner:
    """The owner, if they can have a room device; else Invalid with all errors of the form."""
    if owner and owner.foreign:
        form.add_error("owner", FOREIGN.format(name=owner.described))
    elif owner and not owner.takes_room_devices:
        form.add_error(
            "model",
            f"{owner.name} is a workspace for phones; a room device cannot be added to it."
            " Please choose the model of the phone, or name another workspace.",
        )
    return form.valid(owner)


def line_fact(context: Facts) -> Facts:
    """How to call the owner, of what a plan shows beside its facts."""
    return tuple(fact for fact in context if fact[0] in (NUMBER, NEW_NUMBER))


def spelling_note(form: ParsedForm, owner: Owner) -> Facts:
    """What was read of a misspelt name, for people who read the plan."""
    phrase = read_phrase(form.values.get("owner", ""))
    if phrase.keys or phrase.emails:
        return ()
    own = names.words(f"{owner.name} {owner.location}", fold_loosely)
    misspelt = [
        word
        for word in names.significant_words(phrase.name)
        if len(word) >= names.MIN_PICKED
        and not any(part.startswith(fold_loosely(word)) for part in own)
        and any(OSA.distance(fold_loosely(word), part, score_cutoff=2) <= 2 for part in own)
    ]
    read = f"I read “{' '.join(misspelt)}” as {owner.name}"
    return (("Spelling", read),) if misspelt else ()


def number_note(owner: Owner, label: str = NUMBER) -> Facts:
    """How to call the owner, or what to do for one without a number.

    Webex decides whether it takes the phone, so it stops nothing.
    """
    if owner.line:
        extension = f"ext. {owner.line.extension}" if owner.line.extension else ""
        return ((label, " · ".join(filter(None, (extension, owner.line.number)))),)
    if owner.kind is not OwnerKind.PERSON or owner.has_number is not False:
        return ()
    sentence = (
        f"{owner.name} has neither a phone number nor an extension, so Webex may refuse the phone."
        " Ask an admin to assign one in Control Hub first."
    )
    return (("Note", sentence),)


def licence_effects(form: ParsedForm, owner: Owner, device: str = "phone") -> tuple[str, ...]:
    """What else changes when a device is added (docs/webex/provisioning.md §4.3, §7)."""
    if owner.licence is Licence.UNKNOWN:
        form.note_unread(api_calls.LICENCES)
    if owner.kind is OwnerKind.PERSON and owner.licence is Licence.STANDARD:
        return (
            f"{owner.name} has Webex Calling Standard: adding a {device} switches calling off"
            f" in their Webex apps. Removing the {device} brings it back.",
        )
    return ()


def reset_warnings(owner: Owner) -> tuple[str, ...]:
    """What a code changes for a workspace without calling (docs/webex/provisioning.md §4.4)."""
    if owner.kind is OwnerKind.WORKSPACE and owner.calling_type in RESET_TO_FREE:
        return (
            f"{owner.name} has no Webex Calling: Webex will set its calling to “free calling”"
            " when the code is created.",
        )
    return ()


def licence_effects_of_all(owners: Iterable[Owner], device: str = "phone") -> tuple[str, ...]:
    """What else changes when devices are added for many owners, in one sentence."""
    people = {owner.key: owner for owner in owners if is_standard(owner)}
    if len(people) == 1:
        (owner,) = people.values()
        return licence_effects(ParsedForm({}), owner, device)
    if not people:
        return ()
    return (
        f"{len(people)} people have Webex Calling Standard: adding {device}s switches calling off"
        f" in their Webex apps. Removing the {device}s brings it back.",
    )


def is_standard(owner: Owner) -> bool:
    """Whether the person has calling in their apps only while they have no phone."""
    return owner.kind is OwnerKind.PERSON and owner.licence is Licence.STANDARD


def is_unknown(owner: Owner) -> bool:
    """Whether it is not known if the person has calling in their apps."""
    return owner.kind is OwnerKind.PERSON and owner.licence is Licence.UNKNOWN


async def owner_field(text: str, ctx: Context) -> Field:
    """The input for the owner. A person who was mentioned or chosen stays the choice."""
    field = Field("owner", "For whom", "Email, or name of a person or workspace", max_length=120)
    if text == NONE_OF_THESE:
        return field
    if not KEY.fullmatch(text):
        return replace(field, value=text)
    owner = await fallback.read_or_error_briefly(ctx.calling.owner(text))
    if owner is None or isinstance(owner, WebexError) or not ctx.reaches(owner.where):
        return field
    return replace(field, choices=(_choice(owner), SOMEBODY_ELSE), value=text)
