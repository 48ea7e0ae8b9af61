"""Whether the rows of a list can run: each by itself, with facts that were read for all. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from bot.core.directory import Directory
from bot.core.models.mac import show_mac
from bot.core.models.people import addresses_in
from bot.core.models.text import fold, join_words
from bot.core.models.webex import (
    Device,
    Licence,
    LocationRef,
    MacState,
    Owner,
    OwnerKind,
    PhoneModel,
)
from bot.domain.forms import ParsedForm
from bot.domain.lists.row_reader import NO_MODEL, NO_OWNER
from bot.domain.lists.rows import ListRow
from bot.domain.lookup import late_phones, models, owners, taken_macs
from bot.domain.lookup.checked_rows import CheckedRow

NOBODY = "I found no person or workspace called “{text}”{scope}. Please check the spelling."
DID_YOU_MEAN = " Did you mean {names}?"
SEVERAL = (
    "{count} owners are called “{text}”: {names}. Please write the email, or add a column"
    " “location” or “type”."
)
NO_ROOM_DEVICE = (
    "{name} is a workspace for phones; a room device cannot be added to it. Please write the model"
    " of the phone, or another workspace."
)
TAGS_NOT_SET = "Tags cannot be set now: Webex lists this phone later. Please tag it then."
_MOST_NAMED = 3


@dataclass(frozen=True)
class RowFacts:
    """What Webex says about all rows of a list; `mac_states` has no MAC that was not checked.

    `holders` are the devices with MACs that are in use. `scope` is what a sentence about a search
    says of the locations that it went through.
    """

    models: list[PhoneModel]
    directory: Directory
    reaches: Callable[[LocationRef], bool]
    mac_states: Mapping[str, MacState] = field(default_factory=dict)
    holders: Mapping[str, Sequence[Device]] = field(default_factory=dict)
    scope: str = ""
    is_limited: bool = False  # whether the person may act at some locations only
    locations: Mapping[str, str] = field(default_factory=dict)  # names by id
    models_unread: Mapping[str, str] = field(default_factory=dict)  # as `ParsedForm.unread`


@dataclass(frozen=True, kw_only=True)
class CheckedPhone(CheckedRow):
    """A row with the model and the owner that it means; no model: a code for any room device."""

    model: PhoneModel | None
    owner: Owner | None

    @property
    def device_name(self) -> str:
        """What is added, for people."""
        return self.model.display_name if self.model else models.ANY_ROOM_DEVICE

    @property
    def sure_owner(self) -> Owner:
        """The owner of a row without problems."""
        if self.owner is None:
            raise ValueError("a row without problems has an owner")
        return self.owner


ModelOf = Callable[[str, str], tuple[PhoneModel | None, str]]


def check_rows(rows: Sequence[ListRow], facts: RowFacts) -> list[CheckedPhone]:
    """Check each row of phones, with or without MAC."""
    model_of = cache(lambda text, method: _model(text, method, facts))
    return [_check(row, facts, model_of) for row in rows]


def _check(row: ListRow, facts: RowFacts, model_of: ModelOf) -> CheckedPhone:
    owner, problem = find_owner(row, facts) if row.owner else (None, "")
    others = [text for text in row.problems if text != NO_MODEL]
    if _is_room_device(row, owner, facts):
        model, told = None, _room_device_problems(owner)
    else:
        model, told = _phone_problems(row, owner, model_of)
    problems = (*others, problem, *told, _mac_problem(row.mac, owner, facts))
    return CheckedPhone(
        row=row,
        model=model,
        owner=owner,
        problems=tuple(filter(None, problems)),
        warnings=_warnings(row, model, owner),
    )


def _is_room_device(row: ListRow, owner: Owner | None, facts: RowFacts) -> bool:
    """Whether the row is for a code without model: it says so, or its owner takes nothing else."""
    if row.mac:
        return False
    if row.model:
        return models.names_room_device(row.model, facts.models)
    return owner is not None and not owner.takes_phones


def _room_device_problems(owner: Owner | None) -> tuple[str, ...]:
    if owner and owner.foreign:
        return (owners.FOREIGN.format(name=owner.described),)
    if owner and not owner.takes_room_devices:
        return (NO_ROOM_DEVICE.format(name=owner.name),)
    return ()


def _phone_problems(
    row: ListRow, owner: Owner | None, model_of: ModelOf
) -> tuple[PhoneModel | None, tuple[str, ...]]:
    """The model, and what is wrong with it or with an owner who is to have a phone."""
    is_told = any(text != NO_OWNER for text in row.problems if text != NO_MODEL)
    if not row.model:
        return None, () if is_told else (NO_MODEL,)
    model, problem = model_of(row.model, models.BY_MAC if row.mac else models.BY_CODE)
    if owner is None:
        return model, (problem,)
    fit = models.owner_kind_problem(model, owner) if model else ""
    return model, (problem, owners.calling_problem(owner), fit)


def _model(text: str, method: str, facts: RowFacts) -> tuple[PhoneModel | None, str]:
    form = ParsedForm({"model": text}, unread=dict(facts.models_unread))
    model = models.find_model(form, facts.models, method)
    return model, form.problems.get("model", "")


def _warnings(row: ListRow, model: PhoneModel | None, owner: Owner | None) -> tuple[str, ...]:
    warnings: list[str] = []
    if owner and owner.kind is OwnerKind.PERSON and owner.licence is Licence.STANDARD:
        warnings += owners.licence_effects(ParsedForm({}), owner)
    if owner:
        warnings += [text for name, text in owners.number_note(owner) if name == "Note"]
    if row.mac and model and model.phone_os:
        warnings += [late_phones.NOT_LISTED_YET, *([TAGS_NOT_SET] if row.tags else [])]
    return tuple(warnings)


def find_owner(row: ListRow, facts: RowFacts) -> tuple[Owner | None, str]:
    """The owner of a row, or why it is not clear. Owners elsewhere are as good as unknown."""
    candidates = [owner for owner in _candidates(row, facts) if facts.reaches(owner.where)]
    if len(candidates) == 1:
        return candidates[0], ""
    if candidates:
        names = [_named(owner) for owner in candidates[:_MOST_NAMED]]
        return None, SEVERAL.format(
            count=len(candidates), text=row.owner, names=join_words(names, "and")
        )
    near = [
        owner.email or owner.name
        for owner in facts.directory.near(row.owner, reaches=facts.reaches)
    ]
    hint = DID_YOU_MEAN.format(names=join_words(near)) if near else ""
    return None, NOBODY.format(text=row.owner, scope=facts.scope) + hint


def _candidates(row: ListRow, facts: RowFacts) -> Sequence[Owner]:
    addresses = addresses_in(row.owner)
    if addresses and row.kind is not OwnerKind.WORKSPACE:
        owner = facts.directory.at(addresses[0])
        return [owner] if owner else []
    named = [owner for owner in facts.directory.named(row.owner) if row.kind in (None, owner.kind)]
    there = [owner for owner in named if fold(owner.location) == fold(row.location)]
    return (there or named) if row.location else named


def _named(owner: Owner) -> str:
    return owner.email or " in ".join(filter(None, (owner.name, owner.location)))


def _mac_problem(mac: str, owner: Owner | None, facts: RowFacts) -> str:
    """Why the MAC cannot be added; empty if it is free, or if that could not be checked."""
    state = facts.mac_states.get(mac)
    if not mac or state is None or state.available:
        return ""
    if "in use" not in state.message.lower():
        return taken_macs.NOT_ACCEPTED.format(mac=show_mac(mac))
    return _in_use(mac, next(iter(facts.holders.get(mac, ())), None), owner, facts)


def _in_use(mac: str, device: Device | None, owner: Owner | None, facts: RowFacts) -> str:
    if device is None:
        return f"{show_mac(mac)} is in use already. Please read the label again."
    if owner and taken_macs.belongs_to(device, owner):
        return taken_macs.OWN.format(name=owner.name, product=device.product, mac=show_mac(mac))
    place = device.at(facts.locations.get(device.location_id or "", ""))
    if facts.is_limited and not facts.reaches(place):
        return taken_macs.ELSEWHERE.format(mac=show_mac(mac))
    return (
        f"{show_mac(mac)} is in use by the {device.product} of {device.name}. Please read the label"
        " again."
    )
