"""The cloud: one setting chooses every address, and a mixture of the two stops the start."""

from contextlib import chdir

import pytest

from bot.core.clouds import API_URL, CLOUD, COMMERCIAL, GOVERNMENT, U2C_URL, Cloud, of_url
from bot.core.config import Config, load
from bot.core.errors import ConfigError

GOOD = {"WEBEX_BOT_TOKEN": "bot-token", "WEBEX_SERVICE_APP_ACCESS_TOKEN": "access-token"}
SANDBOX = "https://localhost:8443"


@pytest.fixture
def settings(tmp_path):
    """Loads settings from a file with these variables."""

    def with_variables(**variables: str) -> Config:
        lines = [f"{name}={value}" for name, value in {**GOOD, **variables}.items()]
        (tmp_path / ".env").write_text("\n".join(lines))
        return load()

    with chdir(tmp_path):
        yield with_variables


def addresses(config: Config) -> tuple[str, str]:
    """Every address that gets a token before Webex names others."""
    return config.api_url, config.u2c_url


def explicit(cloud: Cloud) -> dict[str, str]:
    """The variables with the addresses of a cloud."""
    return {API_URL: cloud.api_url, U2C_URL: cloud.u2c_url}


@pytest.mark.parametrize(
    ("variables", "cloud"),
    [
        ({}, COMMERCIAL),
        ({CLOUD: "commercial"}, COMMERCIAL),
        ({CLOUD: "government"}, GOVERNMENT),
        ({API_URL: "https://api-usgov.webex.com/v1"}, GOVERNMENT),
        ({API_URL: "https://API-USGOV.webex.com./v1/"}, GOVERNMENT),
        ({U2C_URL: "https://u2c.gov.ciscospark.com/u2c/api/v1"}, GOVERNMENT),
        ({CLOUD: "government", **explicit(GOVERNMENT)}, GOVERNMENT),
        ({API_URL: "https://webexapis.com/v1"}, COMMERCIAL),
        ({U2C_URL: "https://u2c.wbx2.com/u2c/api/v1"}, COMMERCIAL),
        ({CLOUD: "commercial", **explicit(COMMERCIAL)}, COMMERCIAL),
    ],
)
def test_one_setting_chooses_every_address(settings, variables, cloud):
    config = settings(**variables)
    assert config.cloud is cloud
    assert config.government is (cloud is GOVERNMENT)
    assert [of_url(url) for url in addresses(config)] == [cloud, cloud]
    assert config.u2c_url == cloud.u2c_url


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {CLOUD: "commercial", API_URL: GOVERNMENT.api_url},
            "WEBEX_CLOUD belongs to commercial Webex, but WEBEX_API_URL belongs to Webex for"
            " Government.",
        ),
        (
            {CLOUD: "commercial", U2C_URL: GOVERNMENT.u2c_url},
            "WEBEX_CLOUD belongs to commercial Webex, but WEBEX_U2C_URL belongs to Webex for"
            " Government.",
        ),
        (
            {CLOUD: "government", API_URL: COMMERCIAL.api_url},
            "WEBEX_CLOUD belongs to Webex for Government, but WEBEX_API_URL belongs to commercial"
            " Webex.",
        ),
        (
            {CLOUD: "government", U2C_URL: COMMERCIAL.u2c_url},
            "WEBEX_CLOUD belongs to Webex for Government, but WEBEX_U2C_URL belongs to commercial"
            " Webex.",
        ),
        (
            {API_URL: GOVERNMENT.api_url, U2C_URL: COMMERCIAL.u2c_url},
            "WEBEX_API_URL belongs to Webex for Government, but WEBEX_U2C_URL belongs to"
            " commercial Webex.",
        ),
        (
            {API_URL: "https://webexapis.com/v1", U2C_URL: "https://u2c.gov.ciscospark.com/u2c"},
            "WEBEX_API_URL belongs to commercial Webex, but WEBEX_U2C_URL belongs to Webex for"
            " Government.",
        ),
        (
            {CLOUD: "government", **explicit(COMMERCIAL)},
            "WEBEX_CLOUD belongs to Webex for Government, but WEBEX_API_URL and WEBEX_U2C_URL"
            " belong to commercial Webex.",
        ),
    ],
)
def test_a_mixture_of_both_clouds_stops_the_start(settings, variables, sentence):
    with pytest.raises(ConfigError) as caught:
        settings(**variables)
    assert str(caught.value) == (
        f"{sentence} provbot does not start, because a token would go to the wrong cloud. Set"
        " WEBEX_CLOUD to the cloud of your organization, and remove WEBEX_API_URL and"
        " WEBEX_U2C_URL."
    )


@pytest.mark.parametrize("value", ["gov", "Government", "usgov", "https://api-usgov.webex.com/v1"])
def test_another_value_stops_the_start(settings, value):
    with pytest.raises(ConfigError) as caught:
        settings(WEBEX_CLOUD=value)
    assert str(caught.value) == "WEBEX_CLOUD: must be commercial or government."


def test_the_mixture_is_named_beside_what_is_missing(settings):
    with pytest.raises(ConfigError) as caught:
        settings(WEBEX_BOT_TOKEN="", WEBEX_CLOUD="commercial", WEBEX_API_URL=GOVERNMENT.api_url)
    missing, mixture = str(caught.value).split("\n")
    assert missing.startswith("Required settings are not set: WEBEX_BOT_TOKEN.")
    assert mixture.startswith("WEBEX_CLOUD belongs to commercial Webex, but WEBEX_API_URL")


@pytest.mark.parametrize("cloud", [COMMERCIAL, GOVERNMENT])
def test_an_address_of_neither_cloud_wins(settings, cloud):
    config = settings(
        WEBEX_CLOUD=cloud.name, WEBEX_API_URL=f"{SANDBOX}/v1", WEBEX_U2C_URL=f"{SANDBOX}/u2c/api/v1"
    )
    assert config.cloud is cloud
    assert addresses(config) == (f"{SANDBOX}/v1", f"{SANDBOX}/u2c/api/v1/catalog")


@pytest.mark.parametrize("end", ["", "/", "/catalog", "/catalog/"])
def test_the_catalog_may_be_named_without_its_last_part(settings, end):
    config = settings(WEBEX_CLOUD="government", WEBEX_U2C_URL=f"{SANDBOX}/u2c/api/v1{end}")
    assert config.u2c_url == f"{SANDBOX}/u2c/api/v1/catalog"


@pytest.mark.parametrize(
    "url",
    [
        "https://api-usgov.webex.com@proxy.example/v1",
        "https://proxy.example/webexapis.com",
        "https://webexapis.com.example/v1",
        "https://notwebexapis.com/v1",
        "https://[::1/v1",
        "",
    ],
)
def test_only_the_host_tells_the_cloud(url):
    assert of_url(url) is None
