"""The control API: playing people, watching, meddling. Plain HTTP on loopback, no token.

Every endpoint of it stands in this list; paths are below ``/control``.
"""

from typing import Final

from sandbox.control import (
    files,
    inbox,
    limits,
    meddle,
    people,
    phones,
    scenarios,
    talk,
    trouble,
    watch,
    webhooks,
)
from sandbox.endpoints import Endpoint

CONTROL_ENDPOINTS: Final[list[Endpoint]] = [
    *people.ENDPOINTS,
    *talk.ENDPOINTS,
    *files.ENDPOINTS,
    *inbox.ENDPOINTS,
    *watch.ENDPOINTS,
    *meddle.ENDPOINTS,
    *phones.ENDPOINTS,
    *trouble.ENDPOINTS,
    *scenarios.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *limits.ENDPOINTS,
]
