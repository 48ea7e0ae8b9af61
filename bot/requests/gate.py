"""The gate every message and every press goes through: the allowlist, read afresh each time."""

from dataclasses import dataclass, field

from sqlite_utils import Database

from bot import access
from bot.access import Decision, Policy, Rule
from bot.errors import Denied
from bot.models import Grant
from bot.operation import (
    Ability,
    Allowlist,
    Asker,
    Context,
    Operation,
    Plan,
    Question,
    Trail,
    WebexCalling,
)
from bot.store import access as rows
from bot.store.database import Store

STRANGER = "Sorry, you are not on the list of people I work for. Please ask a provbot admin to add you ({email})."

# What can be typed without being an operation: name, help, example.
ABOUT_REQUESTS = (
    (
        "requests",
        "List what you asked for, show or cancel one",
        "requests · request CODE · cancel CODE",
    ),
    ("approvals", "List what waits for your approval", "approvals"),
)


@dataclass(frozen=True)
class Gate:
    """Who may do what, and the context an operation gets for it."""

    store: Store
    calling: WebexCalling
    abilities: tuple[Operation | Question, ...]
    policy: Policy = field(default_factory=lambda: access.POLICY)
    government: bool = False
    allowlist: Allowlist | None = None
    trail: Trail | None = None

    async def grants(self, email: str) -> tuple[Grant, ...]:
        """The person's grants as they are now; Denied for who is on no list."""
        return await self.store.call(self.admitted, email)

    def admitted(self, db: Database, email: str) -> tuple[Grant, ...]:
        """The same within a transaction, of which more can be made."""
        found = access.grants_of(email, rows.grants_for(db, email))
        if not found:
            raise Denied(STRANGER.format(email=email))
        return found

    async def rows(self, email: str) -> tuple[Grant, ...]:
        """The same, and nothing for who is on no list."""
        return access.grants_of(email, await self.store.call(rows.grants_for, email))

    def rule(self, name: str) -> Rule:
        """What the policy says about an operation."""
        return self.policy.get(name, access.NOTHING)

    def operation(self, name: str) -> Operation:
        """The operation of that name."""
        return next(
            one for one in self.abilities if isinstance(one, Operation) and one.name == name
        )

    def context(
        self, name: str, grants: tuple[Grant, ...], *, shown: Plan | None = None
    ) -> Context:
        """What an operation or question of that name may see and reach for these grants.

        With the plan that was `shown`: its facts are read again, and nothing is believed that was kept.
        """
        return Context(
            calling=self.calling.fresh() if shown else self.calling,
            shown=shown,
            reaches=lambda location: (
                access.decide(name, grants, location, self.policy) > Decision.DENY
            ),
            scoped=access.limited(name, grants, self.policy),
            government=self.government,
            allowlist=self.allowlist,
            trail=self.trail,
        )

    def everywhere(self) -> Context:
        """What runs was approved: it reaches wherever its plan says."""
        return Context(
            self.calling,
            lambda _location: True,
            government=self.government,
            allowlist=self.allowlist,
        )

    def check(self, name: str, grants: tuple[Grant, ...], location: str | None = None) -> Decision:
        """What the policy says, for a location or for any; Refused where it says no."""
        if location is None:
            decision = access.decide_anywhere(name, grants, self.policy)
        else:
            decision = access.decide(name, grants, location, self.policy)
        if decision is Decision.DENY:
            raise Denied(_no(name, grants, location))
        return decision

    def asker(self, email: str, grants: tuple[Grant, ...]) -> Asker:
        """The person in words, for help and whoami."""
        known = [
            *((each.name, each.help, each.example) for each in self.abilities),
            *ABOUT_REQUESTS,
        ]
        may = [
            Ability(name, says, example, asks=decision is Decision.ASK)
            for name, says, example in known
            if (decision := access.decide_anywhere(name, grants, self.policy)) > Decision.DENY
        ]
        return Asker(email, tuple(_role(grant) for grant in grants), tuple(may))


def _role(grant: Grant) -> str:
    return f"{grant.role} at {grant.location}" if grant.location else str(grant.role)


def _no(name: str, grants: tuple[Grant, ...], location: str | None) -> str:
    roles = ", ".join(_role(grant) for grant in grants)
    where = f" in {location}" if location else " there" if location == "" else ""
    return f"Your role ({roles}) does not allow “{name}”{where}. Nothing was changed. A provbot admin can change your role."
