"""The endpoints outside the REST API; their paths are absolute."""

from typing import Final

from sandbox.endpoints import Endpoint
from sandbox.mercury import conversation, socket, u2c, wdm

MERCURY_ENDPOINTS: Final[list[Endpoint]] = [
    *u2c.ENDPOINTS,
    *wdm.ENDPOINTS,
    *conversation.ENDPOINTS,
    *socket.ENDPOINTS,
]
