"""Simulated handsets pair themselves once their network has a base station.

See docs/webex/provisioning.md §5.
"""

from sandbox.admin.dect_common import log_network_event
from sandbox.cloud import Cloud
from sandbox.organization.dect_handsets import pair
from sandbox.organization.entities import DectNetwork


def schedule_pairing(cloud: Cloud, network: DectNetwork) -> None:
    """Pair the unpaired handsets after the time that a phone takes to register."""

    def paired() -> None:
        if pair(network, cloud.clock.now()):
            log_network_event(cloud, "DECT handsets paired", network)

    if cloud.settings.phone_registers_s is not None:
        cloud.scheduler.after(cloud.settings.phone_registers_s, paired)
