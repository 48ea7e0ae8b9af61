"""Phone models: the one that a form means, its input, and the owners it supports."""

import re
from functools import lru_cache

from rapidfuzz import fuzz, process

from bot.core import api_calls
from bot.core.models.text import join_words
from bot.core.models.webex import Owner, OwnerKind, PhoneModel
from bot.domain.forms import ParsedForm
from bot.domain.known_models import KNOWN_MODELS, unlisted_model
from cards.forms import Choice, Field

Models = list[PhoneModel]


def find_model(form: ParsedForm, models: Models, method: str) -> PhoneModel | None:
    """The model that the field `model` means, if it can be added by this method."""
    text = form.values.get("model")
    if not text:
        return None
    candidates = matching(text, models) or _unlisted(form, text)
    if len(candidates) != 1:
        near = candidates or nearest(text, models, method)
        form.add_error("model", _ambiguous_message(text, near, read=models is not KNOWN_MODELS))
        return None
    if method not in candidates[0].onboarding:
        form.add_error("model", _wrong_method_message(candidates[0]))
        return None
    return candidates[0]


def _unlisted(form: ParsedForm, text: str) -> Models:
    """A whole name is accepted while the list cannot be read: Webex refuses what it lacks."""
    typed = unlisted_model(text) if api_calls.MODELS.name in form.unread else None
    return [typed] if typed else []


def matching(text: str, models: Models) -> Models:
    """The model with exactly this name, else all with each word: `8865` → `DMS Cisco 8865`."""
    typed = text.casefold().strip()
    exact = [
        model
        for model in models
        if typed in (model.model.casefold(), model.display_name.casefold())
    ]
    if exact:
        return exact[:1]
    words = set(_words(text)) - {"cisco", "dms", "ip", "phone", "desk", "webex", "model"}
    if not words:
        return []
    return [
        model for model in models if words <= set(_words(f"{model.model} {model.display_name}"))
    ]


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
    return " ".join(word for word in _words(text) if word not in ("cisco", "dms", "ip", "phone"))


@lru_cache(1000)  # each search compares the names of all models
def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9]+", text.casefold()))


def _ambiguous_message(text: str, near: Models, *, read: bool) -> str:
    if near:
        names = join_words(model.display_name for model in near[:3])
        return f"I do not know which model “{text}” is. Did you mean {names}?"
    if not read:
        return (
            f"The list of models could not be read, and I do not know “{text}”."
            " Please type its whole name as in Control Hub, for example DMS Cisco 8865."
        )
    return f"Your organization has no model “{text}”. Please choose one from the list."


def _wrong_method_message(model: PhoneModel) -> str:
    name = model.display_name
    if "ACTIVATION_CODE" in model.onboarding:
        return f"{name} is added with an activation code, not by MAC. Type: activation code {name}"
    if "MAC_ADDRESS" in model.onboarding:
        return f"{name} does not take an activation code. To add it by its MAC, type: add phone"
    return f"{name} cannot be added through Webex's API; please use Control Hub."


def check_owner_kind(form: ParsedForm, model: PhoneModel, owner: Owner) -> None:
    """Note an error if the model is only for people, or only for workspaces."""
    if owner.kind not in model.supported_for:
        kind = "people" if owner.kind is OwnerKind.PERSON else "workspaces"
        form.add_error("model", f"{model.display_name} cannot be added for {kind}.")


def model_field(models: Models, method: str, text: str) -> Field:
    """The input for the model: a choice of what the organization supports.

    A choice cannot show a text that is not among its lines, so the error quotes what was typed.
    If the list could not be read, any name can be typed.
    """
    if models is KNOWN_MODELS:
        candidates = matching(text, models) if text else []
        value = candidates[0].model if len(candidates) == 1 else text
        hint = "The list could not be read: type it, for example 8865"
        return Field("model", "Model", hint, value=value, max_length=80)
    offered = [model for model in models if method in model.onboarding]
    candidates = matching(text, offered) if text else []
    value = candidates[0].model if len(candidates) == 1 else ""
    error = ""
    if text and not value:
        error = _ambiguous_message(text, candidates or nearest(text, offered, method), read=True)
    choices = [Choice(model.display_name, model.model) for model in offered]
    return Field("model", "Model", "Choose the model", choices=choices, value=value, error=error)
