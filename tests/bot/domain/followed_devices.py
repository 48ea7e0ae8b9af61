"""What the tests follow: phones, codes and base stations of made-up owners."""

from typing import Any

from bot.core.models.followed import FollowedDevice, FollowKind, FollowTarget
from bot.core.models.webex import Device

ANN, BOB, LOBBY = "PEOPLE:ann", "PEOPLE:bob", "PLACE:lobby"
NOW = 1_800_000_000.0


def mac_of(number: int) -> str:
    """A MAC: twelve digits."""
    return f"{number:012X}"


def phone(number: int = 1, owner: str = BOB, since: float = NOW, **more: Any) -> FollowedDevice:
    """An 8865 with the MAC of that number. `more`: other values of its target."""
    target = FollowTarget(
        kind=FollowKind.PHONE, name="Cisco 8865", owner=owner, mac=mac_of(number),
        **{"model": "DMS Cisco 8865", **more},
    )  # fmt: skip
    return followed(f"phone {number}", target, since)


def code(
    step: str = "code", owner: str = BOB, since: float = NOW, /, **more: Any
) -> FollowedDevice:
    """A code for an 8865. `more`: other values of its target, and `known`."""
    known = more.pop("known", None)
    target = FollowTarget(
        kind=FollowKind.CODE, name="Cisco 8865", owner=owner,
        **{"model": "DMS Cisco 8865", **more},
    )  # fmt: skip
    return followed(step, target, since).model_copy(update={"known": known})


def base(number: int = 1, network: str = "net-1", since: float = NOW) -> FollowedDevice:
    """A base station of that network."""
    target = FollowTarget(
        kind=FollowKind.BASE, name="base station", mac=mac_of(number), device=f"base-{number}",
        location="loc-1", network=network,
    )  # fmt: skip
    return followed(f"base {number}", target, since)


def followed(step: str, target: FollowTarget, since: float) -> FollowedDevice:
    """It waits."""
    return FollowedDevice(request="AAAA", step=step, target=target, since=since, changed_at=since)


def record(number: int = 1, owner: str = BOB, **more: Any) -> Device:
    """What `GET /devices` shows of a phone: connected, without a time of creation."""
    kind, _, owner_id = owner.partition(":")
    holder = "person_id" if kind == "PEOPLE" else "workspace_id"
    values = {
        "id": f"dev-{number}", "product": "Cisco 8865", "mac": mac_of(number), "type": "phone",
        "status": "connected", holder: owner_id,
    }  # fmt: skip
    return Device(**{**values, **more})
