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
    form: ParsedForm,
    owner: Owner,
    early: OwnedDevices | WebexError | None,
    ctx: Context,
    *,
    is_moved: bool = False,
) -> tuple[str, ...]:
    """What speaks against one more phone. Only a warning, as Webex decides.

    `early` are the devices of the owner in the shown plan, if they were read. `is_moved`: the phone
    is removed from another owner before it is added.
    """
    if early is None or not ctx.shown or owners.shown_owner_key(ctx.shown) != owner.key:
        early = await fallback.read_or_error_briefly(ctx.calling.devices_of(owner))
    return _warnings(form, owner, early, is_moved=is_moved)


def _warnings(
    form: ParsedForm, owner: Owner, owned_devices: OwnedDevices | WebexError, *, is_moved: bool
) -> tuple[str, ...]:
    if isinstance(owned_devices, WebexError):
        form.note_unread(devices_call(owner))
        return ()
    return count_warnings(owner, owned_devices, is_moved=is_moved)


def count_warnings(
    owner: Owner, owned_devices: OwnedDevices, *, is_moved: bool = False
) -> tuple[str, ...]:
    """What the number of the owner's devices says against one more."""
    most, number = owned_devices.most, len(owned_devices.devices)
    if most == 0:
        return (_none_allowed(owner, is_moved=is_moved),)
    if most is not None and number >= most:
        return (_full(owner, number, most, is_moved=is_moved),)
    return ()


def _none_allowed(owner: Owner, *, is_moved: bool) -> str:
    if is_moved:
        return (
            f"Webex allows {owner.name} no devices so far. If Webex refuses this one, the phone"
            " belongs to nobody until it is put back. Ask an"
            " admin to check the licence in Control Hub first."
        )
    return (
        f"Webex allows {owner.name} no devices so far: it may refuse this one."
        " A Webex Calling licence in Control Hub would change that."
    )


def _full(owner: Owner, number: int, most: int, *, is_moved: bool) -> str:
    if is_moved:
        return (
            f"{owner.name} already has {number} of {most} allowed devices. If Webex refuses this"
            " one, the phone belongs to nobody until it is put back."
        )
    return (
        f"{owner.name} already has {number} of {most} allowed devices: Webex may refuse one more."
    )


def move_risks(owner: Owner) -> tuple[str, ...]:
    """Why Webex may refuse a phone that is moved to this owner, beside the number of devices."""
    if owner.kind is OwnerKind.WORKSPACE and owner.calling_type == "none":
        return (
            f"{owner.name} has no calling in Webex so far. If Webex refuses this one, the phone"
            " belongs to nobody until it is put back.",
        )
    return ()
