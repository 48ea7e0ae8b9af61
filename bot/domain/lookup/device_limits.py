"""How many devices an owner has and may have: what speaks against one more. Only warnings."""

from bot.core import api_calls as calls
from bot.core.api_calls import Call
from bot.core.errors import NotFound, WebexError
from bot.core.models.webex import OwnedDevices, Owner, OwnerKind
from bot.domain import fallback
from bot.domain.forms import ParsedForm
from bot.domain.lookup import owners
from bot.domain.operation import Context


def devices_call(owner: Owner) -> Call:
    """The call that reads the owner's devices."""
    return calls.PERSONS_DEVICES if owner.kind is OwnerKind.PERSON else calls.WORKSPACES_DEVICES


async def devices_of_shown_owner(ctx: Context) -> OwnedDevices | WebexError | None:
    """The devices of the owner in the shown plan: read early, as the owner rarely changes."""
    key = owners.shown_owner_key(ctx.shown) if ctx.shown else ""
    if not key:
        return None
    kind, _, owner_id = key.partition(":")
    owned_devices = await fallback.read_or_error_briefly(
        ctx.calling.devices_of(Owner(kind=OwnerKind(kind), id=owner_id, name=""))
    )
    # If that owner is gone, the other reads tell who is meant now.
    return None if isinstance(owned_devices, NotFound) else owned_devices


async def limit_warnings(
    form: ParsedForm, owner: Owner, early: OwnedDevices | WebexError | None, ctx: Context
) -> tuple[str, ...]:
    """What speaks against one more phone. Only a warning, as Webex decides.

    `early` are the devices of the owner in the shown plan, if they were read.
    """
    if early is None or not ctx.shown or owners.shown_owner_key(ctx.shown) != owner.key:
        early = await fallback.read_or_error_briefly(ctx.calling.devices_of(owner))
    return _warnings(form, owner, early)


def _warnings(
    form: ParsedForm, owner: Owner, owned_devices: OwnedDevices | WebexError
) -> tuple[str, ...]:
    if isinstance(owned_devices, WebexError):
        form.note_unread(devices_call(owner))
        return ()
    if owned_devices.most == 0:
        return (
            f"Webex allows {owner.name} no devices so far: it may refuse this one."
            " A Webex Calling licence in Control Hub would change that.",
        )
    if owned_devices.most is not None and len(owned_devices.devices) >= owned_devices.most:
        return (
            f"{owner.name} already has {len(owned_devices.devices)} of {owned_devices.most}"
            " allowed devices: Webex may refuse one more.",
        )
    return ()
