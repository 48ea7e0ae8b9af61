"""Worlds with approvers, and what stands in them."""

from bot.access import POLICY, Rule
from bot.models import Grant, Role
from tests.bot.requests.script import ANA, LEA
from tests.bot.requests.world import NETWORK, World
from tests.cards import rules
from tests.fakes import Said

LYON_ONLY = Grant(LEA.email, Role.APPROVER, "Lyon")
APPROVERS = (Grant(ANA.email, Role.APPROVER), LYON_ONLY)  # one everywhere, one in Lyon
BERLIN = {**NETWORK, "location": "Berlin"}
HOURS = 3600.0
# Two must approve; or adding a phone needs approval as well.
BOTH = {**POLICY, "create dect network": Rule({**POLICY["create dect network"].roles}, approvers=2)}
PHONES = {**POLICY, "add phone": Rule(POLICY["create dect network"].roles)}
SPACE = "room-approvals"


def cards(world: World) -> list[Said]:
    """The approval cards that stand."""
    return [one for one in world.messenger.standing if one.card and rules.buttons(one.card) == ["Approve", "Reject"]]  # fmt: skip


def told(world: World, email: str) -> list[str]:
    """What one person was told directly."""
    return [one.words for one in world.messenger.said if one.email == email]
