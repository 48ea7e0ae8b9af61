"""Secrets between a form and its run. In memory only: after a restart they are asked for again."""

from collections.abc import Callable, Iterable, Mapping

from bot.requests.lifecycle import PLAN_LIVES

CLEAR = "-"  # typed into a kept secret's box to give it up


class Vault:
    """Secret inputs by request code, forgotten when the request ends or the plan is too old."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, dict[str, str]]] = {}

    def keep(self, code: str, secrets: Mapping[str, str]) -> None:
        """Add to what is kept for a request; an empty box keeps what was there, `-` gives it up."""
        self._forget_old()
        together = {
            **self.secrets(code),
            **{name: value for name, value in secrets.items() if value},
        }
        given = {name: value for name, value in together.items() if value != CLEAR}
        self._kept[code] = (self._clock() + 2 * PLAN_LIVES, given)

    def secrets(self, code: str) -> dict[str, str]:
        """What is kept for a request."""
        return dict(self._kept.get(code, (0.0, {}))[1])

    def drop(self, code: str, names: Iterable[str]) -> None:
        """Forget single secrets: those that were refused."""
        until, kept = self._kept.get(code, (0.0, {}))
        left = {name: value for name, value in kept.items() if name not in set(names)}
        self._kept[code] = (until, left)

    def extend(self, code: str, seconds: float) -> None:
        """The request waits for an approver: keep its secrets that long."""
        if code in self._kept:
            self._kept[code] = (self._clock() + seconds, self._kept[code][1])

    def forget(self, code: str) -> None:
        """The request has ended."""
        self._kept.pop(code, None)

    def _forget_old(self) -> None:
        now = self._clock()
        self._kept = {code: kept for code, kept in self._kept.items() if kept[0] > now}
