"""Give a phone to another person or workspace; its tags stay.

Webex has no call for it: the phone is removed and added for the new owner, and the tags are set
(docs/webex/provisioning.md §4.1 to §4.6).
"""

from pydantic import BaseModel, Field

from bot.core.models.people import Role
from bot.domain.commands import ChatCommand, DeviceButton
from bot.domain.forms import Inputs
from bot.domain.lookup import owners
from bot.domain.lookup.devices import DEVICE_MISSING, device_field
from bot.domain.move_reader import is_move, read_move
from bot.domain.operation import Context
from bot.domain.policy import CHANGE, Decision, Rule
from cards import forms

NAME = "move phone"


class Form(BaseModel):
    """The phone, and who gets it."""

    device: str = Field(title="Phone", description=DEVICE_MISSING, min_length=1)
    owner: str = Field(title="New owner", description=owners.OWNER_MISSING, min_length=1)


async def fields(inputs: Inputs, ctx: Context) -> list[forms.Field]:
    """The phone and its new owner."""
    return [
        device_field(inputs.get("device", "")),
        await owners.owner_field(inputs.get("owner", ""), ctx),
    ]


MOVE_PHONE = ChatCommand(
    name=NAME,
    usage=("move DEVICE to EMAIL", "in WORKSPACE"),
    aliases=("move device", "move", "reassign", "transfer", "change owner"),
    claims=is_move,
    device_button=DeviceButton("Move", phones_only=True),
    help="Give a phone to another person or workspace, with its tags",
    examples=(
        "move 00:11:22:33:44:55 to ann@example.com",
        "move 00:11:22:33:44:55 in Lobby Berlin",
    ),
    group="Change",
    guide=(("give a phone to somebody else", "move 00:11:22:33:44:55 to bob@example.com"),),
    read=read_move,
    rule=Rule({**CHANGE, Role.TECHNICIAN: Decision.ASK}),
)
