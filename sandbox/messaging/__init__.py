"""The messaging side of the REST API: the list of all its endpoints."""

from typing import Final

from sandbox.endpoints import Endpoint
from sandbox.messaging import actions, contents, memberships, messages, people, rooms, webhooks

MESSAGING_ENDPOINTS: Final[list[Endpoint]] = [
    *people.ENDPOINTS,
    *rooms.ENDPOINTS,
    *memberships.ENDPOINTS,
    *messages.ENDPOINTS,
    *actions.ENDPOINTS,
    *contents.ENDPOINTS,
    *webhooks.ENDPOINTS,
]
