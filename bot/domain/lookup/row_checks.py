"""Whether the rows of a list can run: each by itself, with facts that were read for all. Pure."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from bot.core.models.mac import bare_mac, show_mac
from bot.core.models.text import fold, join_words
from bot.core.models.webex import (
    AcceptedPhone,
    Device,
    Licence,
    LocationRef,
    MacState,
    OwnedDevices,
    Owner,
    PhoneModel,
)
from bot.domain.forms import ParsedForm
from bot.domain.lists.row_reader import NO_MODEL, NO_OWNER
from bot.domain.lists.rows import ListRow
from bot.domain.lookup import device_limits, late_phones, models, owners, taken_macs
from bot.domain.lookup.checked_rows import CheckedRow
from bot.domain.lookup.row_owners import OwnerFacts, RowOwner, find_owner

NO_ROOM_DEVICE = (
    "{name} is a workspace for phones; a room device cannot be added to it. Please write the model"
    " of the phone, or another workspace."
)
FOR_ROOM_DEVICE = "For a room device, leave MAC address and model of the row empty."
TAGS_NOT_SET = "Tags cannot be set now: Webex lists this phone later. Please tag it then."
TAGS_OF_CODE = "The tags are not set: with a code, the phone is there later. Please tag it then."
OTHER_LOCATION = "The row names the location {location}, but {name} is in {actual}."
IN_USE = "{mac} is in use by {holder}. Please read the label again."
ONE_DEVICE = (
    "{name} has Webex Calling Standard, which is for one phone: Webex may refuse this one, as"
    " row{s} {rows} add{verb} another."
)
_MOST_NAMED = 3


@dataclass(frozen=True)
class RowFacts:
    """What Webex says about all rows of a list; `mac_states` has no MAC that was not checked.

    `holders` are the devices with MACs that are in use, `late` the phones of our requests that
    Webex does not list. `owned` are the devices of owners, by key; of many owners they are not
    read. `shown` are the sentences of the plan that was shown, by row.
    """

    models: list[PhoneModel]
    owners: OwnerFacts
    reaches: Callable[[LocationRef], bool]
    mac_states: Mapping[str, MacState] = field(default_factory=dict)
    holders: Mapping[str, Sequence[Device]] = field(default_factory=dict)
    late: Mapping[str, AcceptedPhone] = field(default_factory=dict)
    owned: Mapping[str, OwnedDevices] = field(default_factory=dict)
    is_limited: bool = False  # whether the person may act at some locations only
    locations: Mapping[str, str] = field(default_factory=dict)  # names by id
    models_unread: Mapping[str, str] = field(default_factory=dict)  # as `ParsedForm.unread`
    shown: Mapping[int, str] = field(default_factory=dict)


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
    return _with_one_device([_check(row, facts, model_of) for row in rows])


def _check(row: ListRow, facts: RowFacts, model_of: ModelOf) -> CheckedPhone:
    row_owner = find_owner(row, facts.owners) if row.owner else RowOwner()
    owner = row_owner.owner
    row_problems = [text for text in row.problems if text != NO_MODEL]
    if _is_room_device(row, owner, facts):
        model, model_problems = None, _room_device_problems(owner)
    else:
        model, model_problems = _phone_problems(row, owner, model_of)
    licence = known_licence_problem(row.number, owner, facts.shown)
    problems = (
        *row_problems,
        row_owner.problem,
        *model_problems,
        licence,
        _mac_problem(row.mac, owner, facts),
    )
    elsewhere, limits = _other_location(row, owner, facts), _limits(row, owner, facts)
    warnings = (row_owner.note, elsewhere, *_warnings(row, model, owner), *limits)
    return CheckedPhone(
        row=row,
        model=model,
        owner=owner,
        problems=tuple(filter(None, problems)),
        warnings=tuple(filter(None, warnings)),
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
    model, problem = None, _missing_model(row)
    if row.model:
        model, problem = model_of(row.model, models.BY_MAC if row.mac else models.BY_CODE)
    if owner is None:
        return model, (problem,)
    fit = models.owner_kind_problem(model, owner) if model else ""
    calling = owners.calling_problem(owner, FOR_ROOM_DEVICE)
    if calling.endswith(FOR_ROOM_DEVICE):  # one advice: two would contradict each other
        return model, (problem if models.IN_ROW.room_device in problem else calling,)
    return model, (problem, calling, fit)


def _missing_model(row: ListRow) -> str:
    """That there is no model, unless another sentence about it says more."""
    others = [text for text in row.problems if text not in (NO_MODEL, NO_OWNER)]
    return "" if others else NO_MODEL


def _model(text: str, method: str, facts: RowFacts) -> tuple[PhoneModel | None, str]:
    form = ParsedForm({"model": text}, unread=dict(facts.models_unread))
    model = models.find_model(form, facts.models, method, models.IN_ROW)
    return model, form.problems.get("model", "")


def known_licence_problem(number: int, owner: Owner | None, shown: Mapping[int, str]) -> str:
    """What the shown plan said of a licence that cannot be read now: it does not count as new.

    `number` is that of the row, `shown` has the sentences of that plan, by row.
    """
    if owner is None or owner.licence is not Licence.UNKNOWN:
        return ""
    sentence = owners.NO_LICENCE.format(name=owner.name)
    return sentence if sentence in shown.get(number, "") else ""


def _warnings(row: ListRow, model: PhoneModel | None, owner: Owner | None) -> tuple[str, ...]:
    warnings: list[str] = []
    if owner:
        device = "phone" if model else "device"
        warnings += owners.licence_effects(ParsedForm({}), owner, device)
        warnings += [text for name, text in owners.number_note(owner) if name == "Note" and model]
        warnings += owners.reset_warnings(owner) if not row.mac else ()
    if row.mac and model and model.phone_os:
        warnings += [late_phones.NOT_LISTED_YET, TAGS_NOT_SET if row.tags else ""]
    if row.tags and not row.mac:
        warnings.append(TAGS_OF_CODE)
    return tuple(warnings)


def _limits(row: ListRow, owner: Owner | None, facts: RowFacts) -> tuple[str, ...]:
    """What speaks against one more phone, if the devices of the owner were read."""
    if owner is None or not row.mac or owner.key not in facts.owned:
        return ()
    return device_limits.count_warnings(owner, facts.owned[owner.key])


def _other_location(row: ListRow, owner: Owner | None, facts: RowFacts) -> str:
    """That the row names another location of ours than the owner's. Other texts are remarks."""
    known = {fold(name) for name in facts.locations.values()}
    named = fold(row.location)
    if owner is None or not owner.location or named not in known - {fold(owner.location)}:
        return ""
    return OTHER_LOCATION.format(location=row.location, name=owner.name, actual=owner.location)


def _with_one_device(checked: Sequence[CheckedPhone]) -> list[CheckedPhone]:
    """The rows; those of somebody whose licence is for one phone name each other."""
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for checked_phone in checked:
        if (
            not checked_phone.problems
            and checked_phone.owner
            and owners.is_standard(checked_phone.owner)
        ):
            numbers[checked_phone.owner.key].append(checked_phone.row.number)
    return [_with_others(checked_phone, numbers) for checked_phone in checked]


def _with_others(checked_phone: CheckedPhone, numbers: Mapping[str, Sequence[int]]) -> CheckedPhone:
    own = (
        numbers.get(checked_phone.owner.key, ())
        if checked_phone.owner and not checked_phone.problems
        else ()
    )
    other_numbers = [number for number in own if number != checked_phone.row.number]
    if not other_numbers:
        return checked_phone
    more = len(other_numbers) - _MOST_NAMED
    shown = [*map(str, other_numbers[:_MOST_NAMED]), *([f"{more} more"] if more > 0 else [])]
    warning = ONE_DEVICE.format(
        name=checked_phone.sure_owner.name,
        s="s" * (len(other_numbers) > 1),
        rows=join_words(shown, "and"),
        verb="s" * (len(other_numbers) == 1),
    )
    return replace(checked_phone, warnings=(*checked_phone.warnings, warning))


def _mac_problem(mac: str, owner: Owner | None, facts: RowFacts) -> str:
    """Why the MAC cannot be added; empty if it is free, or if that could not be checked.

    Where the first source could not be read, a device that has the MAC is known all the same.
    """
    state, device = facts.mac_states.get(mac), next(iter(facts.holders.get(mac, ())), None)
    if state is None:
        return _held(mac, device, owner, facts) if device else ""
    if state.available:
        return ""
    if "in use" not in state.message.lower():
        return taken_macs.NOT_ACCEPTED.format(mac=show_mac(mac))
    return _held(mac, device, owner, facts) if device else _unlisted(mac, facts)


def _unlisted(mac: str, facts: RowFacts) -> str:
    if late := facts.late.get(bare_mac(mac)):
        return f"{late_phones.sentence(late)} Nothing needs to be added."
    return IN_USE.format(mac=show_mac(mac), holder="a device that I cannot see")


def _held(mac: str, device: Device, owner: Owner | None, facts: RowFacts) -> str:
    """That a device which is listed has the MAC: whose, if the person may know it."""
    if owner and taken_macs.belongs_to(device, owner):
        return taken_macs.OWN.format(name=owner.name, product=device.product, mac=show_mac(mac))
    place = device.at(facts.locations.get(device.location_id or "", ""))
    if facts.is_limited and not facts.reaches(place):
        return taken_macs.ELSEWHERE.format(mac=show_mac(mac))
    return IN_USE.format(mac=show_mac(mac), holder=f"the {device.product} of {device.name}")
