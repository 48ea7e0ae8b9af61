"""Every endpoint beside the REST API; their paths are whole."""

from typing import Final

from sandbox.endpoints import Endpoint
from sandbox.mercury import conversation, socket, u2c, wdm

MERCURY_ENDPOINTS: Final[list[Endpoint]] = [
    *u2c.ENDPOINTS,
    *wdm.ENDPOINTS,
    *conversation.ENDPOINTS,
    *socket.ENDPOINTS,
]
