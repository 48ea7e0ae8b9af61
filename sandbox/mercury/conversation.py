"""Lookups by activity uuid, which webex-bot makes for every event.

See docs/webex/messaging.md §2.6.
"""

from typing import Final

from sandbox.endpoints import MESSAGING, Endpoint
from sandbox.messaging.actions import get_action
from sandbox.messaging.messages import get_message

# The answer is the public object; the caller needs its id.
ENDPOINTS: Final = [
    Endpoint("GET", "/conversation/api/v1/messages/{message_id}", get_message, MESSAGING),
    Endpoint("GET", "/conversation/api/v1/attachment/actions/{action_id}", get_action, MESSAGING),
]
