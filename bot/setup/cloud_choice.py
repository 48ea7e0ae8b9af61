"""The first question of `provbot init`: which Webex cloud the tokens belong to."""

from collections.abc import Mapping
from typing import Protocol

from bot.core import clouds
from bot.core.clouds import COMMERCIAL, GOVERNMENT, Cloud
from bot.core.errors import ConfigError

QUESTION = (
    "Is your organization in commercial Webex? Answer n if it is in Webex for Government (FedRAMP)."
)


class Confirm(Protocol):
    """Asks a yes-or-no question."""

    def __call__(self, question: str, *, default: bool) -> bool:
        """Return the answer."""
        ...


def choose(known: Mapping[str, str], confirm: Confirm) -> Cloud:
    """Return the cloud, asking only if the variables that are set do not tell it.

    Raises ConfigError for another value of WEBEX_CLOUD.
    """
    try:
        chosen = clouds.chosen_by(known)
    except ValueError as error:
        raise ConfigError(f"{clouds.CLOUD}: {error}.") from error
    named = chosen.get(clouds.CLOUD)
    if named and confirm(f"{clouds.CLOUD} is {named.name}. Keep it?", default=True):
        return named
    by_url = {cloud for name, cloud in chosen.items() if name != clouds.CLOUD}
    if not named and len(by_url) == 1:
        return by_url.pop()
    if not named and not by_url and known.get(clouds.API_URL):  # a sandbox, or a proxy
        return COMMERCIAL
    return COMMERCIAL if confirm(QUESTION, default=True) else GOVERNMENT


def foreign_urls(known: Mapping[str, str], cloud: Cloud) -> list[str]:
    """Return the variables with an address of the other cloud, which must not get a token."""
    return [
        name
        for name in (clouds.API_URL, clouds.U2C_URL)
        if clouds.of_url(known.get(name, "")) not in (None, cloud)
    ]
