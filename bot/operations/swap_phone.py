"""Replace a phone by another one, for the same owner and with the same tags.

Webex has no call for it: the old phone is removed, the new one is added, and the tags are set
(docs/webex/provisioning.md §4.1 to §4.6).
"""

from dataclasses import replace

from pydantic import BaseModel, Field

from bot.core.errors import WebexError
from bot.core.models.mac import Mac
from bot.core.models.secret import SipPassword
from bot.domain import fallback, third_party
from bot.domain.commands import ChatCommand, DeviceButton
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.lookup import models
from bot.domain.lookup.devices import DEVICE_MISSING, device_field, find_device
from bot.domain.operation import Context
from bot.domain.policy import CHANGE, Rule
from bot.domain.swap_reader import is_swap, read_swap
from cards import forms

NAME = "swap phone"
BY_MAC = "MAC_ADDRESS"


class Form(BaseModel):
    """The old phone, and the new one. Without a model, the new one is like the old one."""

    device: str = Field(title="Old phone", description=DEVICE_MISSING, min_length=1)
    mac: Mac = Field(title="MAC", description="Please enter the MAC address of the new phone.")
    model: str = Field("", title="Model")
    password: SipPassword | None = Field(None, title="SIP password")


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """Old phone, MAC and model of the new one; also the SIP password if the model needs one."""
    typed_model = inputs.get("model", "")
    known_models = await fallback.models(ParsedForm({}), ctx)
    model_field = models.model_field(known_models, BY_MAC, typed_model, ctx.recent_models)
    form_fields = [
        replace(device_field(inputs.get("device", "")), label="Old phone"),
        forms.Field(
            "mac",
            "MAC address of the new phone",
            "D8:2E:3E:EF:4E:5C",
            value=inputs.get("mac", ""),
            max_length=200,
        ),
        replace(model_field, placeholder="As the old one", required=False),
    ]
    name = typed_model or await _old_model(inputs.get("device", ""), ctx)
    candidates = models.matching(name, known_models) if name else []
    if len(candidates) == 1 and candidates[0].wants_password:
        form_fields.append(third_party.password_field(candidates[0]))
    return form_fields


async def _old_model(device: str, ctx: Context) -> str:
    """The model of the old phone, which may need a password; empty if it is not clear."""
    form = ParsedForm({"device": device})
    old_phone = await fallback.read_or_error_briefly(find_device(form, ctx))
    return "" if old_phone is None or isinstance(old_phone, WebexError) else old_phone.product


SWAP_PHONE = ChatCommand(
    name=NAME,
    usage=("swap DEVICE with MAC MODEL",),
    aliases=("swap", "replace phone", "replace", "exchange phone", "exchange"),
    claims=is_swap,
    device_button=DeviceButton("Swap", phones_only=True),
    help="Replace a phone by another one, for the same owner and with the same tags",
    examples=(
        "swap 00:11:22:33:44:55 with D8:2E:3E:EF:4E:5C",
        "swap Lobby Berlin with D8:2E:3E:EF:4E:5C 8865",
    ),
    group="Change",
    guide=(("replace a broken phone", "swap 00:11:22:33:44:55 with D8:2E:3E:EF:4E:5C 8865"),),
    read=read_swap,
    rule=Rule(CHANGE),
)
