"""Every error provbot raises on purpose.

ProvbotError
├── ConfigError          a setting is missing or wrong; the text is for the operator
│   └── TokenRefused     the bot's own token is dead: the process ends
├── Refused              we will not do it; the text is for the person who asked
│   ├── Denied           because of who asks; goes into the audit trail
│   └── Invalid          the form needs mending; carries a sentence for each field
└── WebexError           Webex did not do it; carries status, its own words, its tracking id
    ├── Unauthorized     401; the token is not accepted
    │   └── ServiceAppRevoked   the service app must be authorized again by a person
    ├── Forbidden        403
    ├── NotFound         404
    ├── Conflict         409
    ├── RateLimited      429 and 423; carries retry_after. The call was not processed
    ├── Unavailable      5xx, or no answer; may pass
    │   └── Unreached    no connection was made, so nothing was done
    └── OutcomeUnknown   a change was sent and no usable answer came back
"""

from collections.abc import Mapping
from typing import Any


class ProvbotError(Exception):
    """Root of the tree above."""


class ConfigError(ProvbotError):
    """A setting is missing or wrong; the text tells the operator which and why."""


class TokenRefused(ConfigError):
    """The bot's own token is not accepted: nobody can be told in chat, so the process must end."""


class Refused(ProvbotError):
    """We will not do it. The text is a whole sentence for the person who asked."""


class Denied(Refused):
    """We will not do it for this person: not on the list, or the role does not allow it."""


class Invalid(Refused):
    """Some fields of a form cannot stand.

    `problems` maps field name to a sentence, `choices` to what could stand there instead.
    """

    def __init__(
        self, problems: Mapping[str, str], choices: Mapping[str, list[Any]] | None = None
    ) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)
        self.choices = dict(choices or {})


class WebexError(ProvbotError):
    """Webex said no. `words` is what it said, `tracking_id` what Cisco support asks for."""

    def __init__(self, status: int, words: str, tracking_id: str = "") -> None:
        super().__init__(f"{status} {words}")
        self.status = status
        self.words = words
        self.tracking_id = tracking_id


class Unauthorized(WebexError):
    """401: the token is missing, expired or revoked."""


class ServiceAppRevoked(Unauthorized):
    """No new access token can be had; an administrator must authorize the service app again."""


class Forbidden(WebexError):
    """403: the token lacks a scope or role, or Webex refuses the change itself."""


class NotFound(WebexError):
    """404: no such thing, or not visible to this token."""


class Conflict(WebexError):
    """409."""


class RateLimited(WebexError):
    """429 or 423. Nothing was done; `retry_after` is how many seconds Webex wants us to wait."""

    def __init__(
        self, status: int, words: str, tracking_id: str = "", *, retry_after: float
    ) -> None:
        super().__init__(status, words, tracking_id)
        self.retry_after = retry_after


class Unavailable(WebexError):
    """5xx, an answer that cannot be read, or none; may pass."""


class Unreached(Unavailable):
    """No connection was made: whatever the call was, it did nothing."""


class OutcomeUnknown(WebexError):
    """A change was sent; whether Webex made it cannot be told from here."""
