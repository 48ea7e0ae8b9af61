"""Phone models: the one that a form means, its input, and the owners it supports."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from bot.core import api_calls
from bot.core.models.text import clean, fold, join_words
from bot.core.models.webex import Owner, OwnerKind, PhoneModel
from bot.domain.forms import ANOTHER_MODEL, NONE_OF_THESE, ParsedForm
from bot.domain.known_models import KNOWN_MODELS, unlisted_model
from bot.domain.language.model_name import CISCO, DeviceKind, ModelName, kind_of, read_model_name
from bot.domain.language.model_text import find_models
from cards.forms import Choice, Field

MODEL_MISSING = "Please choose a model."
BY_MAC, BY_CODE = "MAC_ADDRESS", "ACTIVATION_CODE"  # values of `onboardingMethod`
Models = list[PhoneModel]
_COMMON_WORDS = frozenset({
    "a", "an", "cisco", "desk", "dms", "ip", "model", "mpp", "phone", "the", "webex",
})  # fmt: skip
_MAX_SHOWN = 80  # characters of what was typed
_OTHER_DEVICE = {
    DeviceKind.DECT_BASE: (
        "“{}” is a DECT base station, not a phone: it belongs to a DECT network."
        " Please type: add base MAC to NETWORK"
    ),
    DeviceKind.DECT_HANDSET: (
        "“{}” is a DECT handset: it works with the base stations of a DECT network."
        " Please type: add handset for OWNER to NETWORK"
    ),
    DeviceKind.ROOM_DEVICE: (
        "“{}” is a room device, not a desk phone: it is added with an activation code."
    ),
}


@dataclass(frozen=True)
class Advice:
    """What to do about a model: how the sentence about it ends, where it is typed."""

    several: str
    unknown: str
    by_code: str
    by_mac: str
    room_device: str


IN_FORM = Advice(
    several="Please choose one.",
    unknown="Please choose one from the list.",
    by_code="Type: activation code {name}",
    by_mac="To add it by its MAC, type: add phone",
    room_device="Type: activation code room device in WORKSPACE",
)
IN_ROW = Advice(
    several="Please write the whole name.",
    unknown="Please write it as in Control Hub.",
    by_code="Please delete the MAC address of the row to get a code.",
    by_mac="Please add the MAC address to the row.",
    room_device="Please delete the MAC address of the row to get a code.",
)


# The choice that stands for all of them, as people can type it.
ROOM_DEVICE = "room-device"
ROOM_DEVICE_NAME = "Room or Desk device (no model)"
ANY_ROOM_DEVICE = "any Room, Board or Desk device"  # in a plan
_ROOM_DEVICE_WORDS = frozenset({"board", "desk", "room", "roomos"})


def _kind_of(text: str) -> DeviceKind | None:
    """What the text of this field names, if that is no desk phone: here `desk` is a room device."""
    return DeviceKind.ROOM_DEVICE if fold(text) in _ROOM_DEVICE_WORDS else kind_of(text)


def names_room_device(text: str, models: Models) -> bool:
    """Whether the text names a room device, and no phone of the list."""
    return _kind_of(text) is DeviceKind.ROOM_DEVICE and not matching(text, models)


def room_device_words(words: Collection[str]) -> bool:
    """Whether these words, folded, can only mean a room device: `room`, `desk` and the like."""
    return bool(words) and set(words) <= _ROOM_DEVICE_WORDS


def find_model(
    form: ParsedForm, models: Models, method: str, advice: Advice = IN_FORM
) -> PhoneModel | None:
    """The model that the field `model` means, if it can be added by this method."""
    text = form.values.get("model")
    if not text:
        return None
    candidates = matching(text, models) or _unlisted(form, text)
    if len(candidates) != 1:
        is_read = models is not KNOWN_MODELS
        form.add_error("model", _unclear_message(text, models, method, advice, read=is_read))
        return None
    if method not in candidates[0].onboarding:
        form.add_error("model", _wrong_method_message(candidates[0], advice))
        return None
    return candidates[0]


def _unlisted(form: ParsedForm, text: str) -> Models:
    """A whole name is accepted while the list cannot be read: Webex refuses what it lacks."""
    typed = unlisted_model(text) if api_calls.MODELS.name in form.unread else None
    return [typed] if typed else []


def matching(text: str, models: Models) -> Models:
    """The models that the text may mean; a single one is what it means.

    It is the model with exactly this name, else each with its number: `CP-8865-K9` → `DMS Cisco
    8865`. A name without a number is compared by its words.
    """
    names = list(dict.fromkeys(match.text for match in find_models(text))) or [text]
    exact = _called(text, models) or (_called(names[0], models) if len(names) == 1 else [])
    if exact:
        return exact[:1]
    candidates = [_by_name(name, models) for name in names]
    if len(candidates) == 1:
        return candidates[0]
    if not all(candidates):  # one of several names is unknown: the others do not replace it
        return []
    return [model for model in models if any(model in some for some in candidates)]


def _called(text: str, models: Models) -> Models:
    name = fold(text)
    return [
        model for model in models if name in (_folded(model.model), _folded(model.display_name))
    ]


@lru_cache(1000)  # each search compares the names of all models
def _folded(name: str) -> str:
    return fold(name)


def _by_name(text: str, models: Models) -> Models:
    typed = read_model_name(text)
    if not typed.number:
        return _by_words(text, models) or _by_maker(typed, models)
    same = [model for model in models if _is_same(typed, _name_of(model))]
    if not any(_name_of(model).variant == typed.variant for model in same):
        return _by_maker(typed, models)
    if typed.is_multiplatform:
        return [model for model in same if _name_of(model).is_multiplatform] or same
    return same


def _name_of(model: PhoneModel) -> ModelName:
    return _full_name(model.display_name, model.model, model.manufacturer)


@lru_cache(1000)  # each search compares the names of all models
def _full_name(display_name: str, model: str, manufacturer: str) -> ModelName:
    name = read_model_name(f"{display_name} {model}")
    return replace(name, maker=name.maker or CISCO) if manufacturer == "CISCO" else name


def _is_same(typed: ModelName, model: ModelName) -> bool:
    """Whether the number is the same, and nothing else that was typed speaks against it."""
    return (
        (typed.number, typed.family) == (model.number, model.family)
        and typed.maker in ("", model.maker)
        and typed.variant in ("", model.variant)
    )


def _by_words(text: str, models: Models) -> Models:
    words = set(_words(text)) - _COMMON_WORDS
    if not words:
        return []
    return [
        model for model in models if words <= set(_words(f"{model.model} {model.display_name}"))
    ]


def _by_maker(typed: ModelName, models: Models) -> Models:
    """The rows that stand for all phones of the maker: `2N Customer Managed`."""
    names = [(model, _name_of(model)) for model in models]
    return [model for model, name in names if typed.maker == name.maker != "" and not name.number]


def is_other(typed: str, product: str) -> bool:
    """Whether the typed model has another number than the product."""
    numbers = read_model_name(typed).number, read_model_name(product).number
    return all(numbers) and numbers[0] != numbers[1]


def nearest(text: str, models: Models, method: str) -> Models:
    """The models with the most similar names."""
    names = {
        index: _bare_name(model.display_name)
        for index, model in enumerate(models)
        if method in model.onboarding
    }
    best = process.extract(_bare_name(text), names, scorer=fuzz.ratio, limit=3, score_cutoff=45)
    return [models[index] for _, _, index in best]


def _bare_name(text: str) -> str:
    """Maker and number, without `Cisco` and what a product id has around the number."""
    name = read_model_name(text)
    if not name.number:
        return " ".join(word for word in _words(text) if word not in _COMMON_WORDS)
    maker = "" if name.maker == CISCO else name.maker
    return f"{maker} {name.family}{name.number}{name.variant}".strip().casefold()


@lru_cache(1000)  # each search compares the names of all models
def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9]+", text.casefold()))


def _unclear_message(text: str, models: Models, method: str, advice: Advice, *, read: bool) -> str:
    """Why the text is not the name of one model, and what to do."""
    shown, candidates = clean(text, _MAX_SHOWN), matching(text, models)
    if candidates:
        return f"“{shown}” can be {_names(candidates)}. {advice.several}"
    if kind := _kind_of(text):
        way = f" {advice.room_device}" if kind is DeviceKind.ROOM_DEVICE else ""
        return f"{_OTHER_DEVICE[kind].format(shown)}{way}"
    return _unknown_message(shown, nearest(text, models, method), advice, read=read)


def _unknown_message(shown: str, near: Models, advice: Advice, *, read: bool) -> str:
    if not read:
        hint = "Please type its whole name as in Control Hub, for example DMS Cisco 8865."
        hint = f"Did you mean {_names(near)}?" if near else hint
        return f"I could not read the list of models, and I do not know “{shown}”. {hint}"
    if near:
        return f"Your organization has no model “{shown}”. Did you mean {_names(near)}?"
    if any(char.isdigit() for char in shown):
        return f"Your organization has no model “{shown}”. {advice.unknown}"
    return f"I could not find a model in “{shown}”. {advice.unknown}"


def _names(models: Models) -> str:
    return join_words(model.display_name for model in models[:3])


def _wrong_method_message(model: PhoneModel, advice: Advice = IN_FORM) -> str:
    name = model.display_name
    if BY_CODE in model.onboarding:
        way = advice.by_code.format(name=name)
        return f"{name} is added with an activation code, not by MAC. {way}"
    if BY_MAC in model.onboarding:
        return f"{name} does not take an activation code. {advice.by_mac}"
    return f"{name} cannot be added through Webex's API; please use Control Hub."


def check_owner_kind(form: ParsedForm, model: PhoneModel, owner: Owner) -> None:
    """Note an error if the model is only for people, or only for workspaces."""
    if problem := owner_kind_problem(model, owner):
        form.add_error("model", problem)


def owner_kind_problem(model: PhoneModel, owner: Owner) -> str:
    """That the model is only for people, or only for workspaces; empty if it fits the owner."""
    if owner.kind in model.supported_for:
        return ""
    kind = "people" if owner.kind is OwnerKind.PERSON else "workspaces"
    other = "workspaces" if owner.kind is OwnerKind.PERSON else "people"
    return f"{model.display_name} cannot be added for {kind}, only for {other}."


def model_field(models: Models, method: str, text: str, recent: Sequence[str] = ()) -> Field:
    """The input for the model: a choice of what the organization supports, the recent ones first.

    A choice cannot show a text that is not among its lines, so the error quotes what was typed.
    If the list could not be read, any name can be typed.
    """
    if text == NONE_OF_THESE:
        return Field("model", "Model", "For example 8865", max_length=80)
    if models is KNOWN_MODELS:
        candidates = matching(text, models) if text else []
        value = candidates[0].model if len(candidates) == 1 else text
        hint = "I could not read the list: type it, for example 8865"
        return Field("model", "Model", hint, value=value, max_length=80)
    offered = _recent_first([model for model in models if method in model.onboarding], recent)
    candidates = matching(text, offered) if text else []
    value = candidates[0].model if len(candidates) == 1 else ""
    error = _not_offered_message(text, models, method) if text and not value else ""
    choices = [*(Choice(model.display_name, model.model) for model in offered), ANOTHER_MODEL]
    return Field("model", "Model", "Choose the model", choices=choices, value=value, error=error)


def _recent_first(models: Models, recent: Sequence[str]) -> Models:
    by_name = {model.model: model for model in models}
    first = [by_name[name] for name in dict.fromkeys(recent) if name in by_name]
    return [*first, *(model for model in models if model not in first)]


def with_room_device(field: Field, models: Models, text: str) -> Field:
    """The input for the model with a choice for room devices, which have none."""
    choice = Choice(ROOM_DEVICE_NAME, ROOM_DEVICE)
    choices = (choice, *field.choices) if field.choices else ()
    if names_room_device(text, models):
        return replace(field, choices=choices, value=ROOM_DEVICE, error="")
    return replace(field, choices=choices)


def _not_offered_message(text: str, models: Models, method: str) -> str:
    candidates = matching(text, models)
    if len(candidates) == 1:
        return _wrong_method_message(candidates[0])
    return _unclear_message(text, models, method, IN_FORM, read=True)
