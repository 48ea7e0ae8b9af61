"""The parts of DECT networks as plain values, so that a change can be told by what it made."""

from typing import NamedTuple

from sandbox.cloud import Cloud


class Part(NamedTuple):
    """A network, a base station (`name`: its MAC) or a handset with so many lines."""

    kind: str  # network, base, handset
    network: str  # its key
    key: str
    name: str
    lines: int = 0


def parts_of(cloud: Cloud) -> frozenset[Part]:
    """Everything that there is."""
    networks = cloud.organization.dect_networks.values()
    return frozenset(
        part
        for network in networks
        for part in (
            Part("network", network.key, network.key, network.name),
            *(Part("base", network.key, b.key, b.mac) for b in network.base_stations.values()),
            *(
                Part("handset", network.key, h.key, h.name, len(h.lines))
                for h in network.handsets.values()
            ),
        )
    )
