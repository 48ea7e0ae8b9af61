"""Group spaces, in memory."""

from dataclasses import dataclass, field
from typing import Any

from bot.core.errors import NotFound
from bot.requests.approval_space import Spaces


@dataclass
class FakeSpaces:
    """Titles and members by space. Of `troubles`, the one for a space spoils each read."""

    titles: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, dict[str, str]] = field(default_factory=dict)  # email to org, by space
    troubles: dict[str, Exception] = field(default_factory=dict)

    async def room(self, room_id: str) -> dict[str, Any]:
        """The space; NotFound if it has no title."""
        if room_id in self.troubles:
            raise self.troubles[room_id]
        if room_id not in self.titles:
            raise NotFound(404, "There is no such space.")
        return {"id": room_id, "title": self.titles[room_id]}

    async def members(self, room_id: str, limit: int) -> list[dict[str, Any]]:
        """Its members, the bot among them."""
        await self.room(room_id)
        people = {**self.addresses.get(room_id, {}), "provbot@webex.bot": "org-webex"}
        rows = [{"personEmail": email, "personOrgId": org} for email, org in people.items()]
        return rows[:limit]


def _are_spaces(fake: FakeSpaces) -> Spaces:
    return fake
