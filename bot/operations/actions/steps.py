"""The steps that several operations and their undos are made of. Pure."""

from collections.abc import Collection, Sequence

from bot.core.models.text import join_words
from bot.core.models.webex import Device, Owner, PhoneModel
from bot.domain import third_party
from bot.domain.plan import TAGS_BEFORE, PlannedCall, Step, step_secret
from bot.domain.third_party import MANAGED_BY, PASSWORD

ADD_PHONE, DELETE_DEVICE, TAG = "add phone", "delete device", "tag"  # the names of their actions
ACTIVATION_CODE, APPLY_CHANGES = "activation code", "apply changes"
AWAITS_LISTING = "awaits_listing"  # a detail of a phone that Webex lists later than it accepts it
UNDO_OWNER = "owner"  # a detail of a deletion: for whom its undo adds the device
IS_OFFLINE = "offline"  # a detail: the phone fetches its configuration once it is connected


def undo_key(step: Step) -> str:
    """The key of the first step that takes this one back."""
    return f"undo {step.key}"


def add_phone(
    mac: str,
    model: PhoneModel,
    owner: Owner,
    *,
    has_password: bool = False,
    key: str = ADD_PHONE,
    after: tuple[str, ...] = (),
) -> Step:
    """The step that adds the phone for its owner. `mac` is 12 upper-case hex digits.

    `has_password`: the person entered its SIP password. If the model wants one, provbot makes it
    otherwise.
    """
    return Step(
        key=key,
        action=ADD_PHONE,
        title=f"Add a {model.display_name} for {owner.name}",
        call=PlannedCall(
            method="POST",
            path="/devices",
            body={"mac": mac, "model": model.model, **owner.field},
        ),
        subject=owner.key,
        needs=(PASSWORD,) if model.wants_password and has_password else (),
        generates=(PASSWORD,) if model.wants_password and not has_password else (),
        after=after,
        details={
            "mac": mac,
            "model": model.model,
            "name": model.display_name,
            "owner": owner.key,
            "owner_name": owner.name,
            **({AWAITS_LISTING: "yes"} if model.phone_os else {}),
            **third_party.details(model),
        },
    )


def with_own_secrets(step: Step) -> Step:
    """The step with secrets that no other step of its request uses."""
    return step.model_copy(
        update={
            "needs": tuple(step_secret(step.key, name) for name in step.needs),
            "generates": tuple(step_secret(step.key, name) for name in step.generates),
        }
    )


def activation_code(
    model: PhoneModel | None, owner: Owner, name: str, *, key: str = ACTIVATION_CODE
) -> Step:
    """The step that gets a code; without a model, for a room device. `name` is for people."""
    return Step(
        key=key,
        action=ACTIVATION_CODE,
        title=f"Get an activation code for {owner.name}",
        call=PlannedCall(
            method="POST",
            path="/devices/activationCode",
            body={"model": model.model, **owner.field} if model else owner.field,
        ),
        subject=owner.key,
        details={
            "model": model.model if model else "",
            "name": name,
            "owner": owner.key,
            "owner_name": owner.name,
        },
    )


def delete_device(
    device: Device,
    owner: str = "",
    *,
    key: str = DELETE_DEVICE,
    after: tuple[str, ...] = (),
    keeps_tags: bool = False,
) -> Step:
    """The step that removes the device. `owner` is its owner as people write it, if known.

    `keeps_tags`: the plan does not tell the tags of the device, so the step keeps them for its
    undo.
    """
    return Step(
        key=key,
        action=DELETE_DEVICE,
        title=f"Delete the {device.product} of {device.name}",
        call=PlannedCall(method="DELETE", path=f"/devices/{device.id}"),
        subject=device.owner_key or f"device:{device.id}",
        after=after,
        details={
            "device": device.id,
            "name": device.name,
            "mac": device.mac,
            "product": device.product,
            UNDO_OWNER: owner or device.owner_key,
            **({MANAGED_BY: device.managed_by} if device.customer_managed else {}),
            **({TAGS_BEFORE: ", ".join(device.tags)} if keeps_tags and device.tags else {}),
        },
    )


def tag(device: Device, tags: str, *, key: str = TAG) -> Step:
    """The step that changes the tags of a device. `tags` are `+added -removed`."""
    return Step(
        key=key,
        action=TAG,
        title=f"Tag the {device.product} of {device.name}",
        call=PlannedCall(
            method="PATCH",
            path=f"/devices/{device.id}",
            body={"op": "replace" if split_tags(tags)[1] else "add", "path": "tags"},
        ),
        subject=f"device:{device.id}",
        details={"device": device.id, "name": device.name, "mac": device.mac, "tags": tags},
    )


def apply_changes(
    device: Device, calling_id: str, *, is_offline: bool = False, key: str = APPLY_CHANGES
) -> Step:
    """The step that lets a phone fetch its configuration, if it is offline once it is connected."""
    return Step(
        key=key,
        action=APPLY_CHANGES,
        title=f"Apply changes to the {device.product} of {device.name}",
        call=PlannedCall(
            method="POST",
            path=f"/telephony/config/devices/{calling_id}/actions/applyChanges/invoke",
        ),
        subject=f"device:{device.id}",
        details={
            "device": device.id,
            "calling_id": calling_id,
            "name": device.name,
            "mac": device.mac,
            "product": device.product,
            **({IS_OFFLINE: "yes"} if is_offline else {}),
        },
    )


def put_tags_back(
    tags: Sequence[str], mac: str, model: PhoneModel, owner: Owner, *, key: str, after: str
) -> tuple[Step, ...]:
    """The step that gives its old tags to the phone that the step `after` adds, which tells its id.

    None without tags, nor for a phone that Webex lists later: until then it has no id.
    """
    if not tags or model.phone_os:
        return ()
    step = Step(
        key=key,
        action=TAG,
        title=f"Put {named_tags(tags)} on it",
        call=PlannedCall(
            method="PATCH",
            path="/devices/{id}",
            body={"op": "add", "path": "tags", "value": list(tags)},
        ),
        subject=owner.key,
        after=(after,),
        details={
            "device": "",
            "name": owner.name,
            "mac": mac,
            "tags": "".join(f"+{tag}\n" for tag in tags),
        },
    )
    return (step,)


def named_tags(tags: Collection[str]) -> str:
    """`the tags lobby and desk`, `the tag lobby`, `no tags`."""
    if not tags:
        return "no tags"
    return f"the {'tag' if len(tags) == 1 else 'tags'} {join_words(tags, 'and')}"


def split_tags(tags: str) -> tuple[list[str], list[str]]:
    """`+a -b` → the tags to add, the tags to remove.

    Tags that were made in Control Hub may have blanks: they stand one in a line.
    """
    parts = tags.splitlines() if "\n" in tags else tags.split()
    return [part[1:] for part in parts if part[0] == "+"], [
        part[1:] for part in parts if part[0] == "-"
    ]
