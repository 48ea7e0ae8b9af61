"""The steps that change DECT networks, their base stations and handsets. Pure.

Rules: docs/webex/provisioning.md §5. All steps about one network have the same subject, so they run
one after another; those about handsets keep a pause between them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.core.models.dect import DectNetwork, Handset, HandsetSettings, LineMember, NetworkRef
from bot.core.models.mac import bare_mac, show_mac
from bot.core.models.text import fold
from bot.core.models.webex import LocationRef, Owner, OwnerKind
from bot.domain.dect_limits import Model
from bot.domain.lists.rows import base_key, row_key, second_line_key
from bot.domain.operation import Job
from bot.domain.plan import PlannedCall, Step

CREATE_NETWORK = "create dect network"  # the names of actions
UPDATE_NETWORK, DELETE_NETWORK = "update dect network", "delete dect network"
ADD_BASE, DELETE_BASE = "add base", "remove base"
ADD_HANDSET, SECOND_LINE, DELETE_HANDSET = "add handset", "second line", "remove handset"
ACTIONS = frozenset({
    CREATE_NETWORK, UPDATE_NETWORK, DELETE_NETWORK, ADD_BASE, DELETE_BASE, ADD_HANDSET,
    SECOND_LINE, DELETE_HANDSET,
})  # fmt: skip
NETWORK_KEY = "network"  # of the step that creates the network of a plan
# In the path of a call: the id of the network that an earlier step creates, and of the handset.
NEW_NETWORK, NEW_HANDSET = "{network}", "{handset}"
# Names of values that outcomes give to later steps.
NETWORK_VALUE, HANDSET_VALUE, BASE_VALUE = "network", "handset", "base"
OWNER, SECOND_OWNER = "owner", "second_owner"  # details: `Owner.key` of lines 1 and 2
LINE_1, LINE_2 = "line1", "line2"  # details of a removal: the ids of the members, for its undo
ACCESS_CODE = "access_code"  # a secret: the shared code of a network


@dataclass(frozen=True)
class Target:
    """The network that steps are about: one that is there, or one that the plan creates.

    Without an `id`, the plan has a step with the key NETWORK_KEY that creates it.
    """

    name: str
    where: LocationRef
    id: str = ""

    @classmethod
    def of(cls, network: DectNetwork) -> "Target":
        """A network that is there."""
        return cls(network.name, network.where, network.id)

    @property
    def subject(self) -> str:
        """The same for all requests about this network; a new network has no id yet."""
        return f"dect:{self.where.id}:{fold(self.name)}"

    @property
    def path(self) -> str:
        """The path of the network in calls."""
        network = self.id or NEW_NETWORK
        return f"/telephony/config/locations/{self.where.id}/dectNetworks/{network}"

    @property
    def after(self) -> tuple[str, ...]:
        """The step that must be done first."""
        return () if self.id else (NETWORK_KEY,)

    @property
    def details(self) -> dict[str, str]:
        """What each step says of its network."""
        return {
            "network": self.id,
            "network_name": self.name,
            "location": self.where.id,
            "place": self.where.name,
        }


def network_of(job: Job) -> NetworkRef:
    """The network of a step; a new one has the id that its creation gave."""
    network = job.details["network"] or job.values[NETWORK_VALUE]
    return NetworkRef(job.details["location"], network)


def network_id_of(job: Job) -> str:
    """The id of the network of any step; empty if it has none, or before it is created."""
    return job.details.get("network") or job.values.get(NETWORK_VALUE, "")


def create_network(
    target: Target,
    model: Model,
    *,
    display_name: str = "",
    has_code: bool = False,
    key: str = NETWORK_KEY,
) -> Step:
    """The step that creates the network. With `has_code` it needs the secret ACCESS_CODE."""
    body = {
        "name": target.name,
        "model": f"DMS Cisco {model}",
        "defaultAccessCodeEnabled": has_code,
    }
    return Step(
        key=key,
        action=CREATE_NETWORK,
        title=f"Create the DECT network {target.name} in {target.where.name}",
        call=PlannedCall(
            method="POST",
            path=f"/telephony/config/locations/{target.where.id}/dectNetworks",
            body=body | ({"displayName": display_name} if display_name else {}),
        ),
        subject=target.subject,
        needs=(ACCESS_CODE,) if has_code else (),
        details={**target.details, "per_user": "" if has_code else "yes"},
    )


def add_base(mac: str, target: Target, number: int = 0, *, key: str = "") -> Step:
    """The step that adds the base station of the row with this number, or with this key."""
    return Step(
        key=key or base_key(number),
        action=ADD_BASE,
        title=f"Add the base station {show_mac(mac)}",
        call=PlannedCall(
            method="POST",
            path=f"{target.path}/baseStations",
            body={"baseStationMacs": [bare_mac(mac)]},
        ),
        subject=target.subject,
        after=target.after,
        details={**target.details, "mac": bare_mac(mac)},
    )


def add_handset(  # noqa: PLR0913 - what a row says
    owner: Owner,
    display_name: str,
    target: Target,
    number: int,
    *,
    second: Owner | None = None,
    second_id: str = "",
    second_name: str = "",
    spacing: float,
) -> tuple[Step, ...]:
    """The steps that add the handset of a row: with its first line, then with both.

    Webex may refuse two lines at once (error 5302). The second line is a person or workspace
    (`second`), or any other member with that id and name.
    """
    settings = HandsetSettings(
        line1=owner.id,
        line2=(second.id if second else second_id) or None,
        display_name=display_name,
    )
    details = {OWNER: owner.key, "owner_name": owner.name}
    second_details = {
        "second_name": second.name if second else second_name,
        **({SECOND_OWNER: second.key} if second else {}),
    }
    add = handset_step(settings, target, details, spacing=spacing, key=row_key(number))
    if not settings.line2:
        return (add,)
    return add, second_line(
        settings,
        target,
        details | second_details,
        spacing=spacing,
        key=second_line_key(number),
        add_key=add.key,
    )


def handset_step(
    settings: HandsetSettings,
    target: Target,
    details: dict[str, str],
    *,
    spacing: float,
    key: str,
) -> Step:
    """The step that adds a handset with its first line; `details` are those of its members."""
    name = settings.display_name
    return Step(
        key=key,
        action=ADD_HANDSET,
        title=f"Add the handset “{name}” of {details['owner_name']}",
        call=PlannedCall(
            method="POST", path=f"{target.path}/handsets", body=settings.with_one_line.body
        ),
        subject=target.subject,
        after=target.after,
        spacing=spacing,
        details={**target.details, "display_name": name, **details},
    )


def second_line(  # noqa: PLR0913 - what a row says
    settings: HandsetSettings,
    target: Target,
    details: dict[str, str],
    *,
    spacing: float,
    key: str,
    add_key: str = "",
    handset_id: str = "",
) -> Step:
    """The step that gives a handset its second line, or takes it away if `settings` have none.

    The handset is the one that the step `add_key` adds, or the one with the id.
    """
    name = settings.display_name
    title = f"Give the handset “{name}” a second line for {details.get('second_name', '')}"
    return Step(
        key=key,
        action=SECOND_LINE,
        title=title if settings.line2 else f"Take the second line from the handset “{name}”",
        call=PlannedCall(
            method="PUT",
            path=f"{target.path}/handsets/{handset_id or NEW_HANDSET}",
            body=settings.body,
        ),
        subject=target.subject,
        after=(*target.after, *([add_key] if add_key else [])),
        spacing=spacing,
        details={
            **target.details,
            "display_name": name,
            **details,
            **({"handset": handset_id} if handset_id else {}),
        },
    )


def delete_base(mac: str, base_id: str, target: Target, *, key: str = DELETE_BASE) -> Step:
    """The step that removes a base station."""
    return Step(
        key=key,
        action=DELETE_BASE,
        title=f"Remove the base station {show_mac(mac)}",
        call=PlannedCall(method="DELETE", path=f"{target.path}/baseStations/{base_id}"),
        subject=target.subject,
        details={**target.details, "mac": bare_mac(mac), "base": base_id},
    )


def delete_handset(  # noqa: PLR0913 - what identifies it, for Webex and for people
    handset_id: str,
    display_name: str,
    owner_name: str,
    target: Target,
    *,
    spacing: float,
    key: str = DELETE_HANDSET,
    details: dict[str, str] | None = None,
) -> Step:
    """The step that removes a handset. `details` are further ones, for its undo."""
    of_owner = f" of {owner_name}" if owner_name else ""
    return Step(
        key=key,
        action=DELETE_HANDSET,
        title=f"Remove the handset “{display_name}”{of_owner}",
        call=PlannedCall(method="DELETE", path=f"{target.path}/handsets/{handset_id}"),
        subject=target.subject,
        spacing=spacing,
        details={
            **target.details,
            "handset": handset_id,
            "display_name": display_name,
            "owner_name": owner_name,
            **(details or {}),
        },
    )


class Code(StrEnum):
    """What becomes of the access code of a network; a detail of its change."""

    KEPT = ""
    TYPED = "typed"  # the secret ACCESS_CODE, which somebody typed
    MADE = "made"  # the same, made by provbot
    EACH = "each"  # one for each handset, which Webex makes


def update_network(  # noqa: PLR0913 - what can be changed, and how it was
    target: Target,
    *,
    name: str = "",
    display_name: str | None = None,
    old_display_name: str = "",
    code: Code = Code.KEPT,
    spacing: float = 0.0,
    key: str = UPDATE_NETWORK,
) -> Step:
    """The step that changes a network. The body has only what changes.

    Without a name or with None as the name on handsets, these stay; the old ones are for its undo.
    Only a new name needs `spacing`: steps about the network have another subject then, whose last
    change of handsets is not known.
    """
    body: dict[str, Any] = {
        **({"name": name} if name else {}),
        **({"displayName": display_name} if display_name is not None else {}),
        **({"defaultAccessCodeEnabled": code is not Code.EACH} if code else {}),
    }
    return Step(
        key=key,
        action=UPDATE_NETWORK,
        title=f"Change the DECT network {target.name} in {target.where.name}",
        call=PlannedCall(method="PUT", path=target.path, body=body),
        subject=target.subject,
        needs=(ACCESS_CODE,) if code is Code.TYPED else (),
        generates=(ACCESS_CODE,) if code is Code.MADE else (),
        spacing=spacing if name else 0.0,
        details={
            **target.details,
            "new_name": name,
            "display_name": old_display_name,
            "code": code.value,
        },
    )


def delete_network(target: Target, *, key: str = DELETE_NETWORK) -> Step:
    """The step that deletes a network with its base stations and handsets."""
    return Step(
        key=key,
        action=DELETE_NETWORK,
        title=f"Delete the DECT network {target.name} in {target.where.name}",
        call=PlannedCall(method="DELETE", path=target.path),
        subject=target.subject,
        details=target.details,
    )


def undo_details(handset: Handset) -> dict[str, str]:
    """The details of a removal with which its undo can add the handset again."""
    members = [line for line in handset.lines if line.id]
    if not members or len(members) != len(handset.lines):
        return {}  # Webex left out who has a line
    details = {LINE_1: members[0].id, OWNER: _owner_key(members[0])}
    if len(members) > 1:
        second = members[1]
        details |= {LINE_2: second.id, "second_name": second.name, SECOND_OWNER: _owner_key(second)}
    return {name: text for name, text in details.items() if text}


def _owner_key(member: LineMember) -> str:
    """The `Owner.key` of a person or workspace; empty for others."""
    kinds = {kind.value: kind for kind in OwnerKind}
    kind = kinds.get(member.kind.value)
    return f"{kind}:{member.id}" if kind else ""


def settings_of(step: Step) -> HandsetSettings:
    """The handset that a step adds or changes."""
    body: dict[str, Any] = step.call.body
    return HandsetSettings.model_validate(body)
