"""Who may do what: checks each message and press against the allowlist, read each time."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from bot.core.errors import Denied, Stranger, Unchecked
from bot.core.models.people import Grant, Place, Sender
from bot.core.models.requests import Request
from bot.core.models.text import join_words
from bot.core.models.webex import LocationRef
from bot.domain import policy, unsupported
from bot.domain.commands import ChatCommand
from bot.domain.dect_pace import SPACING
from bot.domain.identity import Identities, key
from bot.domain.lists.column_names import Field
from bot.domain.lists.rows import ReadList
from bot.domain.operation import Caller, Context, Operation, Permission
from bot.domain.plan import Plan
from bot.domain.policy import UNDO_MINUTES, Decision, Policy, Rule
from bot.domain.ports import AcceptedPhones, Allowlist, ApprovalSpace, Trail, WebexCalling
from bot.domain.unsupported import Gap
from bot.operations.undo import undo_of
from bot.requests.stored_journal import StoredJournal
from bot.store import accounts
from bot.store import grants as grants_table
from bot.store.database import Store
from bot.store.sql import Database

STRANGER = (
    "Sorry, you are not on the list of people I work for. Please ask a provbot admin to add you "
    "({email})."
)
OTHER_ACCOUNT = (
    "The roles of {email} belong to another Webex account than yours, so nothing was changed. "
    "Please ask a provbot admin: they have been told what to do."
)


class OtherAccount(Denied):
    """The address is on the list, but belongs to another account."""


@dataclass(frozen=True)
class Authorization:
    """Decides what a person may do, and makes the context of their operations."""

    store: Store
    calling: WebexCalling
    identities: Identities
    commands: tuple[ChatCommand, ...]
    policy: Policy
    government: bool = False
    allowlist: Allowlist | None = None
    trail: Trail | None = None
    accepted: AcceptedPhones | None = None
    approval_space: ApprovalSpace | None = None
    guests: bool = False  # whether a role for a whole domain covers other organizations
    undo_minutes: int = UNDO_MINUTES  # in which an undo of one's own needs no approval; 0: never
    clock: Callable[[], float] = time.time
    dect_spacing: float = SPACING  # seconds between changes of a DECT network's handsets

    async def identified(self, sender: Sender) -> Sender:
        """Return the sender with their organization, if a role for a whole domain depends on it.

        Unchecked if it cannot be read and no other grant admits the person.
        """
        if self.guests or not self.identities.own or sender.org:
            return sender
        if account := self.identities.known(sender.person_id):
            return replace(sender, org=account.org)
        grants = await self.store.call_without_fsync(grants_table.grants_for, sender.email)
        personal = [grant for grant in grants if not grant.for_domain]
        if grants == personal:
            return sender
        try:
            account = await self.identities.of(sender.person_id)
        except Unchecked:
            if not personal:
                raise
            return sender
        return replace(sender, org=account.org)

    async def grants(self, sender: Sender) -> tuple[Grant, ...]:
        """Return the person's current grants; Stranger if they have none."""
        return await self.store.call(self.grants_or_deny, sender)

    def grants_or_deny(self, db: Database, sender: Sender) -> tuple[Grant, ...]:
        """Return the grants within the caller's transaction; Stranger if there are none."""
        grants = policy.grants_of(sender.email, grants_table.grants_for(db, sender.email))
        if not (self.guests or self.identities.is_ours(sender)):
            grants = tuple(grant for grant in grants if not grant.for_domain)
        if not grants:
            raise Stranger(STRANGER.format(email=sender.email))
        self._check_account(db, sender, grants)
        return grants

    def _check_account(self, db: Database, sender: Sender, grants: tuple[Grant, ...]) -> None:
        """OtherAccount if the address is bound to another account than the sender's."""
        if all(grant.for_domain for grant in grants):
            return
        address = sender.email.strip().lower()
        if not accounts.belongs(db, address, key(sender.person_id), self.clock()):
            raise OtherAccount(OTHER_ACCOUNT.format(email=sender.email))

    async def grants_or_none(self, sender: Sender) -> tuple[Grant, ...]:
        """Return the person's current grants; none if they are not admitted."""
        try:
            return await self.grants(sender)
        except Denied:
            return ()

    def rule(self, name: str) -> Rule:
        """Return the policy's rule for an operation."""
        return policy.rule_for(name, self.policy)

    def operation(self, name: str) -> Operation:
        """Return the operation of that name, or the undo of many steps."""
        original = name.removeprefix(policy.UNDO)
        operation = next(
            command
            for command in self.commands
            if isinstance(command, Operation) and command.name == original
        )
        return operation if original == name else undo_of(operation)

    def operation_for(self, row_fields: frozenset[Field]) -> Operation:
        """Return the operation for lists whose rows need these fields."""
        return next(
            command
            for command in self.commands
            if isinstance(command, Operation) and command.row_fields == row_fields
        )

    def gap(self, request: Request) -> Gap | None:
        """What the cloud lacks for a request; None if it has a plan: somebody tries it anyway."""
        if request.plan is not None:
            return None
        feature = self.operation(request.operation).feature
        return unsupported.gap(feature, government=self.government)

    def context(
        self,
        name: str,
        grants: tuple[Grant, ...],
        *,
        shown: Plan | None = None,
        place: Place | None = None,
        undoes: str = "",
        rows: ReadList | None = None,
    ) -> Context:
        """Make the context in which an operation or question works for these grants.

        With a plan that was `shown`, all facts are read again, past the cache. `undoes` is the code
        of the request that is taken back, `rows` is the list that the request is about.
        """
        return Context(
            calling=self.calling.uncached() if shown else self.calling,
            shown=shown,
            journal=StoredJournal(self.store),
            undoes=undoes,
            rows=rows,
            reaches=lambda location: (
                policy.decide(name, grants, location, self.policy) > Decision.DENY
            ),
            scoped=policy.is_limited(name, grants, self.policy),
            by_id=all(grant.location_id for grant in grants if grant.where),
            government=self.government,
            dect_spacing=self.dect_spacing,
            allowlist=self.allowlist,
            policy=self.policy,
            approval_space=self.approval_space,
            place=place,
            trail=self.trail,
            accepted=self.accepted,
            accounts=self.identities,
            domain=grants[0].who.rpartition("@")[2] if grants else "",
        )

    def unrestricted_context(self) -> Context:
        """Make the context of an approved run, which may reach every location."""
        return Context(
            self.calling,
            lambda _where: True,
            government=self.government,
            dect_spacing=self.dect_spacing,
            allowlist=self.allowlist,
            approval_space=self.approval_space,
        )

    def check(
        self,
        name: str,
        grants: tuple[Grant, ...],
        locations: Collection[LocationRef] | None = None,
        *,
        called: str = "",
    ) -> Decision:
        """Return the policy's decision for locations or for any; Denied if it says no.

        `called` is what people type, if that has no rule of its own.
        """
        if locations is None:
            decision = policy.decide_anywhere(name, grants, self.policy)
        else:
            decision = policy.decide_everywhere(name, grants, locations, self.policy)
        if decision is Decision.DENY:
            raise Denied(self._denial(name, grants, locations, called), name)
        return decision

    def caller(self, email: str, grants: tuple[Grant, ...]) -> Caller:
        """Describe the person for help and whoami."""
        permissions = [
            Permission(
                command.name,
                needs_approval=decision is Decision.ASK,
                help_button=command.help_button,
                device_button=command.device_button,
            )
            for command in self.commands
            if (decision := policy.decide_anywhere(command.name, grants, self.policy))
            > Decision.DENY
        ]
        roles = tuple(_role(grant) for grant in grants)
        return Caller(
            email,
            roles,
            tuple(permissions),
            self.commands,
            self.government,
            lambda name, where: policy.decide(name, grants, where, self.policy) > Decision.DENY,
        )

    def _denial(
        self,
        name: str,
        grants: tuple[Grant, ...],
        locations: Collection[LocationRef] | None,
        called: str,
    ) -> str:
        roles = ", ".join(_role(grant) for grant in grants)
        scope = "" if locations is None else self._scope_of_denial(name, grants, locations)
        if self.rule(name).organization_wide:
            scope = " for the whole organization"
        return (
            f"Your role ({roles}) does not allow “{called or name}”{scope}. Nothing was changed. "
            f"{self._how_to_get_role(name, grants)}"
        )

    def _scope_of_denial(
        self, name: str, grants: tuple[Grant, ...], locations: Collection[LocationRef]
    ) -> str:
        """Where the roles do not allow it: of several locations, only those."""
        denied = [
            place.name
            for place in locations
            if place.name and policy.decide(name, grants, place, self.policy) is Decision.DENY
        ]
        return f" in {join_words(denied, 'and')}" if denied else " there"

    def _how_to_get_role(self, name: str, grants: tuple[Grant, ...]) -> str:
        """Who can give the role that is missing: admins can give it to themselves."""
        if policy.decide("grant", grants, policy.EVERYWHERE, self.policy) is Decision.DENY:
            return "A provbot admin can change your role."
        who = next((grant.who for grant in grants if not grant.for_domain), "WHO")
        roles = self.rule(name).roles.items()
        role = next((role for role, decision in roles if decision > Decision.DENY), "ROLE")
        return f"You can give yourself a role that does: grant {who} {role}"


def _role(grant: Grant) -> str:
    return f"{grant.role} at {grant.location}" if grant.location else str(grant.role)
