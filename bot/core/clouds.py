"""The two Webex clouds: their addresses, and how an address tells which cloud it belongs to.

A token of one cloud must never reach the other, so one setting chooses all addresses together.
Facts: docs/webex/provisioning.md §9.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from bot.core.models.text import join_words

CLOUD, API_URL, U2C_URL = "WEBEX_CLOUD", "WEBEX_API_URL", "WEBEX_U2C_URL"
CATALOG = "/catalog"


@dataclass(frozen=True)
class Cloud:
    """One cloud. `portal` and `control_hub` are hosts; `domains` are the ends of its hosts."""

    name: str  # the value of WEBEX_CLOUD
    title: str
    api_url: str
    u2c_url: str  # the service catalog, which names the websocket service
    portal: str
    control_hub: str
    bot_token_page: str  # where a bot gets another token
    sockets: str  # hosts of websockets, for firewalls
    domains: tuple[str, ...]


COMMERCIAL = Cloud(
    name="commercial",
    title="commercial Webex",
    api_url="https://webexapis.com/v1",
    u2c_url="https://u2c.wbx2.com/u2c/api/v1/catalog",
    portal="developer.webex.com",
    control_hub="admin.webex.com",
    bot_token_page="developer.webex.com > My Apps > your bot > Regenerate Access Token",  # noqa: S106 - a page
    sockets="*.wbx2.com",
    domains=(".webexapis.com", ".webex.com", ".wbx2.com", ".ciscospark.com"),
)
GOVERNMENT = Cloud(
    name="government",
    title="Webex for Government",
    api_url="https://api-usgov.webex.com/v1",
    u2c_url="https://u2c.gov.ciscospark.com/u2c/api/v1/catalog",
    portal="developer-usgov.webex.com",
    control_hub="admin-usgov.webex.com",
    bot_token_page="developer-usgov.webex.com > Guides > Create a FedRAMP Bot",  # noqa: S106 - a page
    sockets="*.gov.ciscospark.com",
    domains=("-usgov.webex.com", ".gov.ciscospark.com"),
)
CLOUDS = (GOVERNMENT, COMMERCIAL)  # in this order: domains of the first are within the second's


def named(name: str) -> Cloud:
    """Return the cloud with that value of WEBEX_CLOUD. Raises ValueError."""
    for cloud in CLOUDS:
        if cloud.name == name:
            return cloud
    raise ValueError("must be commercial or government")


def of_url(url: str) -> Cloud | None:
    """Return the cloud that a URL belongs to; None for a proxy, a sandbox or no URL at all."""
    try:
        host = f".{urlsplit(url).hostname or ''}".rstrip(".")
    except ValueError:
        return None
    return next((cloud for cloud in CLOUDS if host.endswith(cloud.domains)), None)


def chosen_by(variables: Mapping[str, str]) -> dict[str, Cloud]:
    """Return the variables that mean a cloud: WEBEX_CLOUD, and URLs that belong to one.

    Raises ValueError for another value of WEBEX_CLOUD.
    """
    chosen = {CLOUD: named(variables[CLOUD])} if variables.get(CLOUD) else {}
    for name in (API_URL, U2C_URL):
        cloud = of_url(variables.get(name, ""))
        if cloud is not None:
            chosen[name] = cloud
    return chosen


def only(chosen: Mapping[str, Cloud]) -> Cloud:
    """Return the cloud that all variables mean; the commercial one if none means any.

    Raises ValueError with a sentence if they mean both.
    """
    names = {
        cloud: [name for name, of in chosen.items() if of is cloud]
        for cloud in dict.fromkeys(chosen.values())
    }
    if len(names) > 1:
        (first, first_variables), (second, second_variables) = names.items()
        raise ValueError(
            f"{_belong(first_variables)} to {first.title},"
            f" but {_belong(second_variables)} to {second.title}."
            " provbot does not start, because a token would go to the wrong cloud. Set"
            f" {CLOUD} to the cloud of your organization, and remove {API_URL} and {U2C_URL}"
        )
    return next(iter(names), COMMERCIAL)


def _belong(names: list[str]) -> str:
    return f"{join_words(names, 'and')} {'belongs' if len(names) == 1 else 'belong'}"


def catalog_url(url: str) -> str:
    """Return the URL of the service catalog, which may be given without `/catalog`."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    return urlunsplit(parts._replace(path=path if path.endswith(CATALOG) else path + CATALOG))
