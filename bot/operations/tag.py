"""Add tags to a device and take others away.

`PATCH /devices/{id}`, https://developer.webex.com/docs/api/v1/devices/modify-device-tags;
rules: docs/webex/provisioning.md §4.6. Webex adds tags to the present ones, so that tags which
somebody else adds are not lost. It cannot remove single tags, only set the whole list: the list is
read, merged, set and read again. The plan tells of the remaining risk: a tag that is added in
Control Hub between the read and the change.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from bot.core import api_calls as calls
from bot.core.models.mac import show_mac
from bot.domain.commands import DeviceButton
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.language.arguments import (
    Arguments,
    split_at_preposition,
    without,
    without_prepositions_around,
)
from bot.domain.language.phrases import follows_name, terms_of
from bot.domain.language.tokens import Kind, Token
from bot.domain.language.vocabulary import ARTICLES, PREPOSITIONS
from bot.domain.lookup.devices import DEVICE_MISSING, device_field, find_device, location_of
from bot.domain.lookup.locations import FROM_LOCATIONS, LOCATION, location_text
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan
from bot.domain.policy import CHANGE, Rule
from bot.domain.tag_text import REMOVAL_UNCERTAIN, TAGS_MISSING, read_tags
from bot.domain.text_readers import non_empty
from bot.operations.actions import steps
from bot.operations.actions import tag as action
from cards import forms

NAME = steps.TAG
_TAG_WORDS = frozenset({"tag", "tags"})
_SIGNS = {"delete": "-", "untag": "-", "add": "+"}
_OF = frozenset({"of", "von", "de"})  # `the phone of Erin` without its thing
_OFF = frozenset({"off", "from", "away"})
# Beside tags they name none. An article is a tag only where signs say so.
_NOT_TAGS = (
    frozenset({"and", "und", "et", "y", "take", "off", "away", "but"})
    | _TAG_WORDS
    | ARTICLES
    | PREPOSITIONS
)
_WITH = frozenset({"with", "as", "mit", "avec", "con"})


class Form(BaseModel):
    """The device, and the tags to add and remove."""

    device: str = Field(title="Device", description=DEVICE_MISSING, min_length=1)
    tags: Annotated[str, AfterValidator(read_tags)] = Field(title="Tags", description=TAGS_MISSING)


async def fields(inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    """Device and tags."""
    return [
        device_field(inputs.get("device", "")),
        forms.Field("tags", "Tags", "+add -remove", value=inputs.get("tags", ""), max_length=400),
    ]


async def plan(form: ParsedForm, ctx: Context) -> Plan:
    """Look up the device, and say which tags would be added and removed."""
    device = form.valid(await find_device(form, ctx))
    add, remove = steps.split_tags(form.values["tags"])
    if action.merged(device.tags, form.values["tags"]) == list(device.tags):
        tags = steps.named_tags(device.tags)
        form.add_error("tags", f"That changes nothing: {device.name} has {tags}.")
        form.raise_if_invalid()
    location = await location_of(device, ctx, form)
    return Plan(
        title=f"Tag the {device.product} of {device.name}",
        facts=(
            ("Device", f"{device.name} · {device.product}"),
            ("MAC", show_mac(device.mac)),
            (LOCATION, location_text(form, location)),
            ("Add", ", ".join(add)),
            ("Remove", ", ".join(remove)),
        ),
        context=(
            ("Tags now", ", ".join(device.tags) or "none"),
            *((("Note", REMOVAL_UNCERTAIN),) if remove else ()),
        ),
        locations=(device.at(location),),
        steps=(steps.tag(device, form.values["tags"]),),
        warnings=tuple(form.unread.values()),
        unread=form.unread,
        dependents={calls.LOCATIONS.name: FROM_LOCATIONS},
    )


def claims(arguments: Arguments) -> bool:
    """`D8:2E:3E:EF:4E:5C +lobby`: a device and tags, without the word `tag`.

    `remove the lobby tag from …`: the verb of another command, with the word `tag` behind it.
    """
    if arguments.alias in (("delete",), ("add",)) and _is_about_tags(arguments):
        return True
    if arguments.alias not in ((), ("device",)) or not arguments.of_kind(Kind.TAG):
        return False
    return bool(arguments.of_kind(Kind.MAC)) or "tags" in arguments.meanings


def _is_about_tags(arguments: Arguments) -> bool:
    """Whether the word `tag` stands before the owner, and is no name: `Mark Tag`."""
    before, _, _ = split_at_preposition(arguments.tokens)
    return any(
        term.meaning in _TAG_WORDS and not follows_name(before, term.first)
        for term in terms_of(before)
    )


def read(arguments: Arguments) -> dict[str, str]:
    """`Lobby +new -old`, `lobby to D8:2E:3E:EF:4E:5C`, `D8:2E:3E:EF:4E:5C lobby` → device, tags."""
    removes = arguments.alias[:1] in (("untag",), ("delete",)) or _takes_off(arguments)
    device, tags = _device_and_tags(arguments)
    return non_empty(
        device=arguments.phrase(device[1:] if device[:1] and device[0].text in _OF else device),
        tags=_signed(arguments, without_prepositions_around(tags), "-" if removes else "+"),
    )


def _device_and_tags(arguments: Arguments) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """Tags stand beside a MAC or a person, have signs, or stand before `to` or behind `with`."""
    tokens = arguments.tokens
    signed = arguments.of_kind(Kind.TAG)
    devices = arguments.of_kind(Kind.MAC, Kind.EMAIL, Kind.MENTION)
    if devices:
        meaningless = _NOT_TAGS if signed else _WITH
        others = (tag for tag in without(tokens, *devices) if tag.word not in meaningless)
        return devices, tuple(others)
    if signed:
        first = tokens.index(signed[0])
        ends_with = first > 1 and tokens[first - 1].word in _WITH
        return tokens[: first - 1 if ends_with else first], tokens[first:]
    return _split_words(arguments)


def _split_words(arguments: Arguments) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """`Erin with vip` and `vip to Erin` → the words of the device, and those of the tags."""
    before, preposition, behind = split_at_preposition(arguments.tokens, last=True, words=_WITH)
    if preposition:
        return without_prepositions_around(before), behind
    words = PREPOSITIONS | _OFF
    before, preposition, behind = split_at_preposition(arguments.tokens, words=words)
    if preposition and (arguments.alias != (NAME,) or _takes_off(arguments)):
        return without_prepositions_around(behind), before
    return without_prepositions_around(arguments.tokens), ()


def _takes_off(arguments: Arguments) -> bool:
    """`take the tag lobby off …`."""
    words = {token.word for token in arguments.tokens}
    return "take" in words and not words.isdisjoint(_OFF)


def _signed(arguments: Arguments, tags: tuple[Token, ...], sign: str) -> str:
    """The tags with a sign each; `#vip` is a tag to add. `lobby, remove old` → +lobby -old.

    Signs and words that contradict each other stay as they are: the form asks.
    """
    signs = {tag.text[0] for tag in tags if tag.kind is Kind.TAG} & {"+", "-"}
    if signs:
        return arguments.phrase(tags).lstrip("+" if sign == "-" and "+" in signs else "")
    signed = []
    for term in terms_of(tags):
        if term.meaning in _SIGNS:
            sign = _SIGNS[term.meaning]
        elif term.meaning not in _NOT_TAGS:
            parts = (tag.text.strip("#\"'") for tag in tags[term.first : term.last])
            signed += [sign + part for part in parts]
    return " ".join(signed)


TAG = Operation(
    name=NAME,
    title="Tag",
    usage=("tag DEVICE +a -b",),
    aliases=("tag device", "add tag", "add tags", "untag", "remove tag", "remove tags"),
    claims=claims,
    device_button=DeviceButton("Tag"),
    guide=(("tag it, untag it", "tag D8:2E:3E:EF:4E:5C +lobby -old"),),
    read=read,
    rule=Rule(CHANGE),
    needs={calls.DEVICES: NAME, calls.DEVICE: NAME, calls.TAG: NAME},
    does_without={calls.LOCATIONS: "the location"},
    help="Tag a device",
    examples=("tag 00:11:22:33:44:55 +lobby -old", "tag Lobby Berlin +reception"),
    group="Change",
    form=Form,
    fields=fields,
    plan=plan,
    actions=(action.TAG,),
)
