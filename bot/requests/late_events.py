"""Whether a message is too old to act on, or old enough to say so in the answer."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.models.local_time import LocalTime
from bot.requests import views

LATE = 120.0  # seconds after which the answer begins by saying that it is late


@dataclass(frozen=True)
class Late:
    """The sentence that the person gets first; with `over` it is the whole answer."""

    text: str
    over: bool


@dataclass(frozen=True)
class LateEvents:
    """Judges ages by Webex's clock, which dates the messages; all times are Unix seconds."""

    now: Callable[[], float]
    age_limit: float  # seconds; older messages are not acted on
    # The time of the last restore. An earlier message may have been acted on already.
    act_after: float = 0.0

    def of(
        self, said_at: float | None, local: Callable[[], LocalTime], *, pressed: bool
    ) -> Late | None:
        """Judge one message; None if it is not late. A press is judged by its request."""
        now = self.now()
        if said_at is not None and said_at < self.act_after:
            return Late(views.before_restore(said_at, local(), pressed=pressed), over=True)
        if pressed or said_at is None or now - said_at < LATE:
            return None
        if now - said_at > self.age_limit:
            return Late(views.too_late(said_at, local()), over=True)
        return Late(views.late(said_at, local()), over=False)
