"""Every error provbot raises on purpose.

ProvbotError
├── ConfigError          a setting is missing or wrong; the text is for the operator
│   ├── TokenRefused     the bot's own token is dead: the process ends
│   └── TemporaryFailure nothing is wrong with the settings; it may pass by itself
├── Refused              provbot declines; the text is for the person who asked
│   ├── PrivateRefusal   a press by the wrong person, or on what has moved on
│   ├── Unchecked        the acting account could not be read from Webex
│   ├── Denied           because of the person's role; goes into the audit trail
│   │   └── Stranger     not on the allowlist: one answer and one row per hour
│   └── Invalid          the form needs corrections; carries a sentence for each field
├── Withdrawn            a change was given up while it waited for a rate limit: it was not sent
└── WebexError           Webex did not do it; carries status, message and tracking id
    ├── Unauthorized     401; the token is not accepted
    │   └── ServiceAppRevoked   a person must authorize the service app again
    ├── GrantRefused     400 with an OAuth error; the refresh grant is refused for good
    ├── Forbidden        403
    ├── NotFound         404
    ├── Conflict         409
    ├── RateLimited      429 and 423; carries retry_after. The call did nothing
    ├── Unavailable      5xx, or no answer; may pass
    │   ├── Unreached    no connection was made, so nothing was done
    │   │   └── LeadershipUnknown   another process may lead, so it was not sent
    │   └── Unreadable   the answer lacks the requested data
    ├── Undecodable      the answer cannot be decoded; asking again brings the same
    └── OutcomeUnknown   a change was sent and no usable answer came back

DatabaseError and DatabaseUnavailable are apart: nothing was decided.
"""

from collections.abc import Mapping
from typing import Any


class ProvbotError(Exception):
    """Root of the tree above."""


class ConfigError(ProvbotError):
    """A setting is missing or wrong; the text tells the operator which and why."""


class TokenRefused(ConfigError):
    """The bot's own token is not accepted: nobody can be told in chat, so the process must end."""


class TemporaryFailure(ConfigError):
    """A lock, a full disk or the like: the settings may be right, and another start may succeed."""


class DatabaseError(Exception):
    """The database refused a transaction, which was undone."""


class DatabaseUnavailable(DatabaseError):
    """The database does not answer at the moment: a lock, a full disk, a lost connection.

    Another attempt may succeed.
    """


class Refused(ProvbotError):
    """provbot declines. The text is a whole sentence for the person who asked."""


class Withdrawn(ProvbotError):
    """A change was given up while it waited for a rate limit: it was not sent."""


class PrivateRefusal(Refused):
    """A press that concerns only the one who pressed: it came too late, or was not theirs.

    In a space the text is for the presser alone.
    """


class Denied(Refused):
    """The person is not on the allowlist, or their role does not allow it.

    `command` is the name of the refused command, if it was one.
    """

    def __init__(self, message: str, command: str = "") -> None:
        super().__init__(message)
        self.command = command


class Stranger(Denied):
    """The person is not on the allowlist."""


class Unchecked(Refused):
    """The acting account could not be read from Webex, and older data is not trusted.

    `not_found`: Webex has no such account.
    """

    not_found = False

    def __init__(
        self,
        message: str = (
            "I cannot check who you are at the moment. Nothing was changed."
            " Please try again in a minute."
        ),
    ) -> None:
        super().__init__(message)


class Invalid(Refused):
    """Some fields of a form are invalid.

    `problems` maps a field name to a sentence, `choices` to values that are possible instead.
    `commands` are what helps the person, by the title of a button.
    """

    def __init__(
        self,
        problems: Mapping[str, str],
        choices: Mapping[str, list[Any]] | None = None,
        commands: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)
        self.choices = dict(choices or {})
        self.commands = dict(commands or {})


class WebexError(ProvbotError):
    """Webex refused. `message` is its text, `tracking_id` the id that Cisco support asks for.

    `call` is method and path template of a call of the admin APIs (`bot.core.api_calls`), if known.
    `code` is the number of the error in the calling APIs; None if there is none.
    """

    call: str = ""
    code: int | None = None

    def __init__(self, status: int, message: str, tracking_id: str = "") -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.tracking_id = tracking_id


class Unauthorized(WebexError):
    """401: the token is missing, expired or revoked."""


class ServiceAppRevoked(Unauthorized):
    """There is no new access token; an administrator must authorize the service app again."""


class GrantRefused(WebexError):
    """400: the token service rejects the grant itself, so it will refuse it again."""


class Forbidden(WebexError):
    """403: the token lacks a scope or role, or Webex refuses the change itself."""


class NotFound(WebexError):
    """404: no such thing, or not visible to this token."""


class Conflict(WebexError):
    """409."""


class RateLimited(WebexError):
    """429 or 423. Nothing was done; `retry_after` is the number of seconds to wait."""

    def __init__(
        self, status: int, message: str, tracking_id: str = "", *, retry_after: float
    ) -> None:
        super().__init__(status, message, tracking_id)
        self.retry_after = retry_after


class Unavailable(WebexError):
    """5xx, an unreadable answer, or none; may pass."""


class Unreached(Unavailable):
    """No connection was made, so the call did nothing."""


class LeadershipUnknown(Unreached):
    """The database does not say whether this process still leads, so the call was not sent."""


class Unreadable(Unavailable):
    """The answer lacks the requested data; it does not show that there is none."""


class Undecodable(WebexError):
    """The answer cannot be decoded, such as lists nested a thousand deep."""


class OutcomeUnknown(WebexError):
    """A change was sent; the answer does not tell whether Webex made it."""
