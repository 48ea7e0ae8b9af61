"""Tells the requester that what they added has registered, or has not, in the same thread."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.errors import WebexError
from bot.requests import following_views
from bot.requests.lifecycle import ENDED, State
from bot.requests.notifications import Notifications
from bot.requests.zones import Zones
from bot.store import followed
from bot.store import requests as requests_table
from bot.store.database import Store


@dataclass(frozen=True)
class RegistrationNews:
    """Tells at least once: if the process dies between the message and its note, it comes twice."""

    store: Store
    notifications: Notifications
    zones: Zones
    clock: Callable[[], float]

    async def tell(self) -> None:
        """Tell what people do not know yet, once their requests have ended."""
        untold = await self.store.call_without_fsync(followed.untold)
        for device in untold:
            request = await self.store.call_without_fsync(requests_table.find, device.request)
            if request is None or State(request.state) not in ENDED:
                continue
            try:
                text = following_views.registered(device)
                await self.notifications.messenger.answer(request.place, text)
            except WebexError:
                continue
            await self.store.call(followed.set_told, [device])
