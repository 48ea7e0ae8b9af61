"""Worlds with approvers, and what stands in them."""

from bot.core.models.people import Grant, Role
from bot.domain.policy import Rule
from bot.operations import POLICY
from tests.bot.requests.fixtures import NETWORK, RequestFixture
from tests.bot.requests.strategies import ANA, LEA
from tests.cards import rules
from tests.fake_messenger import PostedMessage

LYON_ONLY = Grant(LEA.email, Role.APPROVER, "Lyon")
APPROVERS = (Grant(ANA.email, Role.APPROVER), LYON_ONLY)  # one everywhere, one in Lyon
BERLIN = {**NETWORK, "location": "Berlin"}
HOURS = 3600.0
# Two must approve; or adding a phone needs approval as well.
BOTH = {**POLICY, "create dect network": Rule({**POLICY["create dect network"].roles}, approvers=2)}
PHONES = {**POLICY, "add phone": Rule(POLICY["create dect network"].roles)}
SPACE = "room-approvals"


def cards(world: RequestFixture) -> list[PostedMessage]:
    """The approval cards that stand."""
    return [
        message
        for message in world.messenger.standing
        if message.card and rules.buttons(message.card) == ["Approve", "Reject"]
    ]


def direct_messages(world: RequestFixture, email: str) -> list[str]:
    """What one person was told directly."""
    return [message.text for message in world.messenger.posted if message.email == email]
