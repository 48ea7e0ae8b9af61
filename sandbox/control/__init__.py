"""The control API: play people, watch, and change things. Plain HTTP on loopback, without a token.

This is the list of all its endpoints; paths are relative to ``/control``.
"""

from typing import Final

from sandbox.control import (
    conversation,
    crowd,
    dect,
    faults,
    files,
    inbox,
    monitoring,
    overrides,
    people,
    phones,
    rate_limit,
    scenarios,
    webhooks,
)
from sandbox.endpoints import Endpoint

CONTROL_ENDPOINTS: Final[list[Endpoint]] = [
    *people.ENDPOINTS,
    *conversation.ENDPOINTS,
    *files.ENDPOINTS,
    *inbox.ENDPOINTS,
    *monitoring.ENDPOINTS,
    *overrides.ENDPOINTS,
    *crowd.ENDPOINTS,
    *phones.ENDPOINTS,
    *dect.ENDPOINTS,
    *faults.ENDPOINTS,
    *scenarios.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *rate_limit.ENDPOINTS,
]
