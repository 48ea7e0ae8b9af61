"""Access tokens: their account, their scopes, their expiry."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sandbox.clock import Clock

TokenKind = Literal["bot", "service_app", "person", "refresh", "none"]

# The scopes of a provisioning service app (docs/webex/provisioning.md §2).
SERVICE_APP_SCOPES: frozenset[str] = frozenset(
    {
        "spark-admin:devices_read",
        "spark-admin:devices_write",
        "identity:one_time_password",
        "spark-admin:telephony_config_read",
        "spark-admin:telephony_config_write",
        "spark-admin:people_read",
        "spark-admin:workspaces_read",
        "spark-admin:locations_read",
        "spark-admin:licenses_read",
        "spark-admin:organizations_read",
    }
)


@dataclass(frozen=True)
class Token:
    """A bearer token, or a refresh token, which grants no access. ``expires_at`` None: never."""

    kind: TokenKind
    value: str
    person_key: str
    scopes: frozenset[str] = frozenset()
    expires_at: datetime | None = None


ANONYMOUS = Token(kind="none", value="", person_key="")


class Tokens:
    """All tokens that were issued and not revoked."""

    def __init__(self, clock: Clock, organization_key: str, kept: int = 1_000) -> None:
        self._kept = kept
        self._clock = clock
        self._organization_key = organization_key
        self._by_value: dict[str, Token] = {}

    def issue(
        self,
        kind: TokenKind,
        person_key: str,
        scopes: frozenset[str] = frozenset(),
        expires_at: datetime | None = None,
    ) -> Token:
        """Issue a token in the format that the JS SDK requires (docs/webex/messaging.md §1.1)."""
        value = f"{secrets.token_hex(32)}_PF84_{self._organization_key}"
        token = Token(kind, value, person_key, scopes, expires_at)
        self._by_value[value] = token
        self._drop_oldest()
        return token

    def _drop_oldest(self) -> None:
        """Drop the oldest access tokens of the service app if there are too many tokens."""
        if len(self._by_value) > self._kept:
            renewed = [token for token in self._by_value.values() if token.kind == "service_app"]
            for token in renewed[: len(self._by_value) - self._kept]:
                del self._by_value[token.value]

    def find(self, value: str) -> Token | None:
        """Return the token with this value, unless it is unknown, revoked or expired."""
        token = self._by_value.get(value)
        if token and token.expires_at and token.expires_at <= self._clock.now():
            return None
        return token

    def of_kind(self, kind: TokenKind) -> list[Token]:
        """Return every valid token of this kind."""
        return [
            token
            for token in self._by_value.values()
            if token.kind == kind and self.find(token.value)
        ]

    def revoke(self, value: str) -> None:
        """Revoke a token; an unknown one is ignored."""
        self._by_value.pop(value, None)

    def expire(self, value: str) -> None:
        """Let a token expire now."""
        token = self._by_value.get(value)
        if token is not None:
            self._by_value[value] = replace(token, expires_at=self._clock.now())
