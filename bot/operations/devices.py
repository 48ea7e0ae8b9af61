"""List devices, and show one.

`GET /devices`, https://developer.webex.com/docs/api/v1/devices/list-devices;
facts: docs/webex/provisioning.md §4.5.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from adaptivecardbuilder import AdaptiveCard

from bot.core import api_calls
from bot.core.models.files import FileMessage
from bot.core.models.mac import find_macs, show_mac
from bot.core.models.text import clean, fold, join_words
from bot.core.models.webex import Device, Line, LocationRef
from bot.domain import fallback
from bot.domain.dect_find_views import look_button
from bot.domain.device_card import device_card
from bot.domain.device_reader import claims, read_device
from bot.domain.device_table import AS_FILE, asks_for_file, device_file, split_file
from bot.domain.language.arguments import Arguments, without_noise
from bot.domain.language.model_name import read_model_name
from bot.domain.language.tokens import Kind, tokenize
from bot.domain.lookup import devices, late_phones
from bot.domain.lookup.device_phrases import near_state
from bot.domain.lookup.devices import FoundDevices, LocationNames
from bot.domain.lookup.lines import lines_of
from bot.domain.lookup.locations import first_names, scope_suffix
from bot.domain.lookup.names import SMALL_WORDS
from bot.domain.operation import Caller, Context, Question
from bot.domain.pages import MAX_COMMAND, Page, split_page, with_next_page
from bot.domain.policy import READ, Rule
from bot.domain.text_readers import read_search, search_text
from cards import answers
from cards.parts import Button, say

PAGE_SIZE = 8  # fits one screen of a phone
LISTED_LATER = (
    "Webex lists phones of the 9800 series a few minutes after they were added, some only later."
)
MAX_BUTTONS = 5  # Webex shows no more on a small screen


async def list_devices(text: str, caller: Caller, ctx: Context) -> AdaptiveCard | FileMessage:
    """The devices that the text means: a page of the list, or all of them as a file."""
    listed, as_file = split_file(text)
    search = split_page(listed)[0]
    result, names = await _search(search, ctx)
    if as_file and result.devices:
        return _file(search, result, names)
    return await _list_card(listed, result, names, caller, ctx)


def _file(search: str, result: FoundDevices, names: LocationNames) -> FileMessage:
    """All devices of a search as a file; the text says what the list would say."""
    unread = "" if names is not None else api_calls.LOCATIONS.without
    title = ". ".join(filter(None, [_title(search, result), _not_understood(result).rstrip(".")]))
    text = " ".join(filter(None, [f"{title}.", unread, _unsure(result)]))
    return device_file(text, search, _by_name(result), names)


def _by_name(result: FoundDevices) -> list[Device]:
    return sorted(result.devices, key=lambda device: fold(device.name))


async def named_devices(text: str, caller: Caller, ctx: Context) -> AdaptiveCard | None:
    """The devices with this name, or of the owner with it; None if there is neither."""
    result, names = await _search(text, ctx)
    if result.unknown or not (result.devices or result.owner or result.late):
        return None
    return await _answer(text, result, names, caller, ctx)


async def show_device(text: str, caller: Caller, ctx: Context) -> AdaptiveCard:
    """One device by MAC or name; a list if several match."""
    if not text:
        return answers.notice(
            "Which device?",
            "Type its MAC or its name, for example: device 00:11:22:33:44:55",
            [Button("Devices", say("devices"))],
        )
    result, names = await _search(split_page(text)[0], ctx)
    return await _answer(text, result, names, caller, ctx)


async def _answer(
    text: str, result: FoundDevices, names: LocationNames, caller: Caller, ctx: Context
) -> AdaptiveCard:
    """The card of the only device that is meant, or the list of devices."""
    matches = devices.prefer_exact_name(text, result.devices)
    if len(matches) == 1 and result.sure and not result.late and not result.misspelt:
        lines = await lines_of(matches, ctx)
        device = matches[0]
        if ctx.followed:  # it may just have been plugged in
            await ctx.followed.look_soon(device.mac)
        location = fallback.LOCATION_UNREAD if names is None else _location(device, names)
        local = ctx.local(device.location_id or "")
        return device_card(device, location, lines.get(device.owner_key), caller, local)
    return await _list_card(text, replace(result, devices=tuple(matches)), names, caller, ctx)


async def _search(text: str, ctx: Context) -> tuple[FoundDevices, LocationNames]:
    return await asyncio.gather(devices.search_devices(text, ctx), fallback.location_names(ctx))


def _location(device: Device, names: LocationNames) -> str:
    return (names or {}).get(device.location_id or "", "")


async def _list_card(
    text: str, result: FoundDevices, names: LocationNames, caller: Caller, ctx: Context
) -> AdaptiveCard:
    """One page of a list: what was understood, how much is hidden, and what is not known."""
    if not result.devices:
        late_or_elsewhere = _late_card(text, result) or _elsewhere_card(result, names, ctx)
        return late_or_elsewhere or _none_card(text, result, caller, ctx)
    search, number = split_page(text)
    devices_by_name = _by_name(result)
    page = Page.of(number, PAGE_SIZE, len(devices_by_name))
    shown = page.rows(devices_by_name)
    lines = await lines_of(shown, ctx)
    command = f"devices {search}".strip()
    card = answers.entries(
        _title(search, result),
        [
            answers.Entry(device.name or "(no name)", _line(device, names, lines))
            for device in shown
        ],
        subtitle=_not_understood(result),
        end=_list_footer(page, result, names),
        buttons=_list_buttons(shown, page, command, caller),
    )
    return with_next_page(card, page, command)


def _title(text: str, result: FoundDevices) -> str:
    """`Offline 8865 phones in Berlin: 3`; `3 devices for “erin”` if nothing but names was given."""
    count, matches = len(result.devices), result.devices
    if not result.filter:
        what = f" of {_owner_name(result)}" if _is_guess(result) else _search_text(text)
        return f"{count} device{'s' if count != 1 else ''}{what}"
    noun = "phones" if matches and all(device.type == "phone" for device in matches) else "devices"
    return f"{_described(result, noun)}: {count}"


def _described(result: FoundDevices, noun: str) -> str:
    """What was searched for, as a headline."""
    described = result.filter.describe(noun)
    if result.owner:
        described += f" of {_owner_name(result)}"
    elif result.words:
        described += _search_text(" ".join(result.words))
    return described[0].upper() + described[1:]


def _is_guess(result: FoundDevices) -> bool:
    return bool(result.owner and result.misspelt)


def _owner_name(result: FoundDevices, *, described: bool = False) -> str:
    """The owner in a headline, which says so if the name was guessed."""
    if result.owner is None:
        return ""
    name = result.owner.described if described else result.owner.name
    return f"{name}, as I read “{clean(result.misspelt, 60)}”" if result.misspelt else name


def _not_understood(result: FoundDevices) -> str:
    """What was left out of the search, or guessed."""
    misspelt = clean(result.misspelt, 60)
    if misspelt and result.filter.location:
        return f"I read “{misspelt}” as {result.filter.location}."
    if misspelt and not result.owner:
        return f"I found no “{misspelt}”, so I list similar names."
    if not result.unknown:
        return ""
    unknown_words = clean(" ".join(result.unknown), 60)
    return " ".join(
        filter(
            None,
            [
                f"I found no name with “{unknown_words}”, so I left that out.",
                _did_you_mean(result.unknown),
            ],
        )
    )


def _did_you_mean(words: Sequence[str]) -> str:
    """The states of which the words are misspellings, as a question; empty if there are none."""
    states = [state for word in words if (state := near_state(word))]
    return f"Did you mean {join_words(states)}?" if states else ""


def _list_buttons(
    shown: Sequence[Device], page: Page, command: str, caller: Caller
) -> list[Button]:
    """Buttons for the first devices of the page, and for the rest of the list."""
    is_cut = page.total > page.size
    as_file = [Button("As file", say(f"{clean(command, MAX_COMMAND)} {AS_FILE}"))] if is_cut else []
    rest = [*page.more(command), *(as_file or _add_button(caller))]
    room = max(MAX_BUTTONS - len(rest), MAX_BUTTONS if len(shown) == MAX_BUTTONS else 0)
    return [*_details_buttons(shown)[:room], *rest][:MAX_BUTTONS]


def _late_card(text: str, result: FoundDevices) -> AdaptiveCard | None:
    """What is known of phones that Webex accepted without listing them; None if there are none."""
    if not result.late:
        return None
    names = join_words(
        (f"{device.product} {show_mac(device.mac)}" for device in result.late), "and"
    )
    return answers.notice(
        f"Not listed by Webex: {names}",
        " ".join(late_phones.sentence(phone) for phone in result.late),
        [Button("Look again", say(f"devices {split_page(text)[0]}".strip()))],
    )


def _elsewhere_card(
    result: FoundDevices, names: LocationNames, ctx: Context
) -> AdaptiveCard | None:
    """Says that a location is not one of the person's; None if it is, or none was named."""
    if not (ctx.scoped and names and result.filter.location):
        return None
    yours = {name for key, name in names.items() if ctx.reaches(LocationRef(name, key))}
    if result.filter.location in yours or not yours:
        return None
    return answers.notice(
        f"{result.filter.location} is not one of your locations",
        f"Your locations: {first_names(sorted(yours))}."
        " Devices in other locations are not shown to you.",
        [Button("All devices", say("devices"))],
    )


def _none_card(text: str, result: FoundDevices, caller: Caller, ctx: Context) -> AdaptiveCard:
    """What can be done next where a search finds no device."""
    scope, owner = scope_suffix(ctx), result.owner
    if owner:
        missing = devices.missing_devices(result, scope)
        title = (
            f"No {missing} of {_owner_name(result, described=True)}"
            if result.misspelt
            else f"{owner.described} has no {missing}"
        )
        whom = owner.email or owner.name
        buttons = [
            *_apply_button(result, whom, caller),
            *_add_button(caller, f" for {whom}"),
            *look_button(whom, caller),
        ]
        return answers.notice(title, devices.hidden_message(result), buttons)
    if len(macs := find_macs(text)) == 1:
        mac = show_mac(macs[0].digits)
        models = [token.text for token in tokenize(text) if token.kind is Kind.MODEL]
        known = " ".join(["", mac, *models])  # a label tells the model, too
        return answers.notice(
            f"In your locations, no device has the MAC {mac}"
            if ctx.scoped
            else f"No device has the MAC {mac}",
            result.removal or _no_mac_advice(caller),
            [*_add_button(caller, known), *look_button(mac, caller)],
        )
    buttons = [Button("All devices", say("devices"))] if text else _add_button(caller)
    if result.filter:
        described = _described(result, "devices")
        return answers.notice(
            f"No {described[0].lower()}{described[1:]}{scope}",
            " ".join(
                filter(None, [_not_understood(result), _unsure(result), _listed_later(result)])
            )
            or "Try a part of the owner's name, or the MAC.",
            buttons,
        )
    search = split_page(text)[0]
    advice = "Try a part of the owner's name, the MAC or the model."
    state = near_state(search)
    state_buttons = [Button(f"Devices {state}", say(f"devices {state}"))] if state else []
    return answers.notice(
        f"No devices{_search_text(search)}{scope}",
        _did_you_mean([search]) or advice,
        [*state_buttons, *buttons],
    )


def _listed_later(result: FoundDevices) -> str:
    """Why a phone of the 9800 series may be missing, where one is asked for."""
    numbers = (read_model_name(model).number for model in result.filter.models)
    return LISTED_LATER if any(number.startswith("98") for number in numbers) else ""


def _no_mac_advice(caller: Caller) -> str:
    may_add = caller.may("add phone")
    return f"To add a new phone, press Add phone. {LISTED_LATER}" if may_add else LISTED_LATER


def _search_text(text: str) -> str:
    return f" for “{clean(text, 60)}”" if text else ""


def _details_buttons(shown: Sequence[Device]) -> list[Button]:
    """One for each device, all with different titles."""
    titles = [_short(device) for device in shown]
    return [
        Button(
            title if titles.count(title) == 1 else f"{title} …{device.mac[-4:]}",
            say(f"device {device.mac or device.name}"),
        )
        for device, title in zip(shown, titles, strict=True)
    ]


def _list_footer(page: Page, result: FoundDevices, names: LocationNames) -> str:
    """How much is hidden, what could not be told, and what to type next."""
    unread = "" if names is not None else api_calls.LOCATIONS.without
    is_cut = page.total > page.size
    hint = (
        "To narrow the list, type: devices NAME"
        if is_cut
        else "For details, type: device NAME, or: device MAC"
    )
    late = [late_phones.sentence(phone) for phone in result.late]
    return " ".join(filter(None, [unread, _unsure(result), page.note(), *late, hint]))


def _unsure(result: FoundDevices) -> str:
    """How many devices may be meant too, as Webex does not tell their status."""
    if not result.unsure:
        return ""
    count = len(result.unsure)
    what = "it" if count == 1 else "them"
    return f"Webex does not show the status of {count} more. To see {what}, type: devices unknown."


def _short(device: Device) -> str:
    """Owner and model, as one owner may have several devices."""
    number = device.product.rpartition(" ")[2]
    is_model = sum(char.isdigit() for char in number) > 2  # not that of a `Cisco Board Pro 55`
    model = number if is_model else _short_product(device.product)
    return clean(f"{device.name or show_mac(device.mac)} {model}", 28)


def _short_product(product: str) -> str:
    """Without the words that many products have: `2N Customer Managed` → 2N."""
    return product.removesuffix(" Customer Managed").removeprefix("DMS ").removeprefix("Cisco ")


def _line(device: Device, names: LocationNames, lines: Mapping[str, Line]) -> str:
    line = lines.get(device.owner_key)
    parts = (
        device.product,
        show_mac(device.mac),
        _location(device, names),
        "status unknown" if device.status == "unknown" else devices.status(device),
        (f"ext. {line.extension}" if line.extension else line.number) if line else "",
    )
    return " · ".join(part for part in parts if part)


def _apply_button(result: FoundDevices, whom: str, caller: Caller) -> list[Button]:
    """A button that lets a phone fetch its configuration which only the list of its owner shows."""
    has_id = any(device.calling_id for device in result.hidden)
    if not (has_id and caller.may("apply changes")):
        return []
    return [Button("Apply changes", say(f"apply changes to {whom}"))]


def _add_button(caller: Caller, inputs: str = "") -> list[Button]:
    """A button for a new phone, with what is known of it already."""
    return [Button("Add phone", say(f"add phone{inputs}"))] if caller.may("add phone") else []


def read_list(arguments: Arguments) -> dict[str, str]:
    """What is searched for, and whether it is wanted as a file."""
    rest, as_file = split_file(arguments.text)
    if not (as_file or asks_for_file(arguments.source)):
        return read_search(arguments)
    kept = without_noise([token for token in arguments.tokens if token.text in rest.split()])
    search = search_text(replace(arguments, tokens=kept))
    is_all = all(token.word in SMALL_WORDS for token in kept)  # `a list of all devices as csv`
    return {"text": AS_FILE if is_all else f"{search} {AS_FILE}"}


def claims_list_as_file(arguments: Arguments) -> bool:
    """`devices in Berlin as csv`: devices, and a file that is not to be read."""
    reads = {"add", "create", "delete", "swap", "move"} & arguments.meanings
    return (
        "devices" in arguments.meanings
        and not reads
        and asks_for_file(arguments.source)
        and not any(token.word in ("import", "from", "upload") for token in arguments.tokens)
    )


DEVICES = Question(
    name="devices",
    usage=("devices SEARCH",),
    aliases=("list devices", "phones", "list"),
    help="List devices, or search them",
    examples=("devices lobby", "devices offline in Berlin as file"),
    group="Find",
    guide=(("find a device", "devices bob"), ("find a device", "devices offline in Berlin")),
    help_button="Devices",
    rule=Rule(READ),
    needs={api_calls.DEVICES: "devices"},
    does_without={api_calls.LOCATIONS: "the location"},
    read=read_list,
    claims=claims_list_as_file,
    answer=list_devices,
)
DEVICE = Question(
    name="device",
    usage=("device MAC", "NAME"),
    aliases=("show device", "phone", "show"),
    help="Show one device",
    examples=("device 00:11:22:33:44:55", "device Lobby Berlin"),
    group="Find",
    guide=(("find a device", "device D8:2E:3E:EF:4E:5C"),),
    rule=Rule(READ),
    needs={api_calls.DEVICES: "device"},
    does_without={api_calls.LOCATIONS: "the location"},
    read=read_device,
    claims=claims,
    answer=show_device,
)
