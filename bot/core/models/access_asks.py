"""An ask for access: somebody whom provbot refused asks the admins for a role."""

from bot.core.models.base import Value

GIVEN, DISMISSED, RENEWED = "given", "dismissed", "renewed"


class AccessAsk(Value):
    """One ask. `name` is what the person calls themselves; times are Unix seconds.

    `outcome` is empty while it is open. `ended_by` is who ended it, `role` the role that was given.
    """

    id: str
    event_id: str
    person_id: str
    email: str
    name: str
    wants: str  # the command that was refused; empty for people without any role
    asked_at: float
    outcome: str = ""
    ended_by: str = ""
    role: str = ""

    @property
    def is_open(self) -> bool:
        """Whether no admin has decided yet."""
        return not self.outcome

    @property
    def described(self) -> str:
        """The name, which proves nothing, with the address, which does."""
        return f"{self.name} ({self.email})" if self.name else self.email


class AskCard(Value):
    """A card about an ask that an admin has."""

    message_id: str
    ask: str
    email: str
