"""Tells people in a direct message which role they got or lost. It never fails a change."""

from dataclasses import dataclass

from bot.audit import CURRENT_REQUEST
from bot.chat.messenger import NOTICE_TIMEOUT, Answer, Messenger
from bot.core.errors import NotFound
from bot.core.models.people import Grant, Sender
from bot.domain import policy
from bot.requests.authorization import Authorization
from bot.store import grants as grants_table
from cards import access as cards

SMALL_COMMANDS = frozenset({"help", "whoami"})
TOLD = "{who} was told in a direct message."
NOT_TOLD = "Webex did not deliver my message to {who} about this. Please tell them yourself."
NOBODY = (
    "Nobody was told: Webex finds nobody with the address {who}. The change counts for that "
    "address all the same. “access” shows all roles."
)
GRANTED = "{by} gave you the role {role}. You may now use: {commands}. To see how, type: help"
REVOKED = "{by} took the role {role} from you. {rest}"
ROLES_LEFT = "You still have: {roles}."
NO_ROLE_LEFT = "It was your only role. An admin can give you another one."


@dataclass(frozen=True)
class RoleNotices:
    """Notices in the name of the requester of the running request.

    A role for a whole domain is told to nobody.
    """

    messenger: Messenger
    authorization: Authorization
    timeout: float = NOTICE_TIMEOUT  # seconds: the admin waits for the result

    async def granted(self, grant: Grant) -> str:
        """Tell the holder what they may do now; the sentence about it for the result."""
        caller = self.authorization.caller(grant.who, await self._grants(grant))
        commands = ", ".join(
            f"{permission.name}{' (needs approval)' if permission.needs_approval else ''}"
            for permission in caller.permissions
            if permission.name not in SMALL_COMMANDS
        )
        text = GRANTED.format(by=_requester(), role=grant.described, commands=commands)
        return await self._tell(grant, cards.role_given(text))

    async def revoked(self, grant: Grant) -> str:
        """Tell the former holder what is left; the sentence about it for the result."""
        caller = self.authorization.caller(grant.who, await self._grants(grant))
        rest = ROLES_LEFT.format(roles=", ".join(caller.roles)) if caller.roles else NO_ROLE_LEFT
        return await self._tell(
            grant, REVOKED.format(by=_requester(), role=grant.described, rest=rest)
        )

    async def _grants(self, grant: Grant) -> tuple[Grant, ...]:
        rows = await self.authorization.store.call(grants_table.grants_for, grant.who)
        return policy.grants_of(grant.who, rows)

    async def _tell(self, grant: Grant, answer: Answer) -> str:
        _, requester = CURRENT_REQUEST.get()
        if grant.for_domain or grant.who == requester.email:
            return ""
        outcome = await self.messenger.tell_or_error(
            Sender("", grant.who), answer, time_limit=self.timeout
        )
        if isinstance(outcome, NotFound):
            return NOBODY.format(who=grant.who)
        return (TOLD if isinstance(outcome, str) else NOT_TOLD).format(who=grant.who)


def _requester() -> str:
    return described(CURRENT_REQUEST.get()[1])


def described(person: Sender) -> str:
    """The name, which people choose themselves, with the address, which tells who it is."""
    return f"{person.name} ({person.email})" if person.name else person.email
