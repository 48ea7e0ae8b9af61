"""Simulated handsets pair themselves once their network has a base station (webex-provisioning.md §5)."""

from sandbox.cloud import Cloud
from sandbox.organization.dect_handsets import pair
from sandbox.organization.facts import DectNetwork


def let_pair(cloud: Cloud, network: DectNetwork) -> None:
    """Somebody pairs the handsets that are not, as long after as a phone takes to register."""

    def paired() -> None:
        if pair(network, cloud.clock.now()):
            cloud.changes.note("organization", what="DECT handsets paired", name=network.name)

    if cloud.settings.phone_registers_s is not None:
        cloud.schedule.after(cloud.settings.phone_registers_s, paired)
