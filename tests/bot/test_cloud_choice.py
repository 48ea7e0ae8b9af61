"""Which cloud `provbot init` works with, and the texts that name its addresses."""

import pytest

from bot.core.clouds import API_URL, CLOUD, CLOUDS, COMMERCIAL, GOVERNMENT, U2C_URL, Cloud
from bot.core.errors import ConfigError
from bot.setup import init_text
from bot.setup.cloud_choice import QUESTION, choose, foreign_urls
from bot.setup.scopes import SCOPES

SANDBOX = "https://localhost:8443/v1"
MIXED = {API_URL: GOVERNMENT.api_url, U2C_URL: COMMERCIAL.u2c_url}
KEEP = "WEBEX_CLOUD is government. Keep it?"


class Answers:
    """Answers questions, and remembers them."""

    def __init__(self, *answers: bool) -> None:
        self.left, self.questions = list(answers), list[str]()

    def __call__(self, question: str, *, default: bool) -> bool:
        assert default
        self.questions.append(question)
        return self.left.pop(0)


@pytest.mark.parametrize(
    ("known", "answers", "questions", "cloud"),
    [
        ({}, [True], [QUESTION], COMMERCIAL),
        ({}, [False], [QUESTION], GOVERNMENT),
        ({CLOUD: "government"}, [True], [KEEP], GOVERNMENT),
        ({CLOUD: "government"}, [False, True], [KEEP, QUESTION], COMMERCIAL),
        ({CLOUD: "government", API_URL: COMMERCIAL.api_url}, [True], [KEEP], GOVERNMENT),
        ({API_URL: GOVERNMENT.api_url}, [], [], GOVERNMENT),
        ({U2C_URL: COMMERCIAL.u2c_url}, [], [], COMMERCIAL),
        ({API_URL: SANDBOX}, [], [], COMMERCIAL),
        (MIXED, [False], [QUESTION], GOVERNMENT),
    ],
)
def test_it_asks_only_if_nothing_tells_the_cloud(known, answers, questions, cloud):
    confirm = Answers(*answers)
    assert choose(known, confirm) is cloud
    assert confirm.questions == questions


def test_another_value_is_not_guessed():
    with pytest.raises(ConfigError, match="WEBEX_CLOUD: must be commercial or government"):
        choose({CLOUD: "gov"}, Answers())


def test_addresses_of_the_other_cloud_are_found():
    urls = {API_URL: COMMERCIAL.api_url, U2C_URL: SANDBOX}
    assert foreign_urls(urls, GOVERNMENT) == [API_URL]
    assert foreign_urls(urls, COMMERCIAL) == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_each_cloud_has_its_own_addresses_in_all_texts(cloud: Cloud):
    other = next(each for each in CLOUDS if each is not cloud)
    scopes = "\n".join(scope.name for scope in SCOPES)
    text = init_text.bot(cloud, cloud.api_url) + init_text.service_app(cloud, scopes)
    assert f"https://{cloud.portal}" in text
    assert f"https://{cloud.control_hub}" in text
    assert f"//{other.portal}" not in text
    assert f"//{other.control_hub}" not in text
    assert other.api_url not in text
    assert all(scope.name in text for scope in SCOPES)
    assert max(map(len, text.splitlines())) <= 96


def test_a_bot_of_the_government_cloud_is_made_by_a_command_to_copy():
    text = init_text.bot(GOVERNMENT, GOVERNMENT.api_url)
    assert "curl -X POST https://api-usgov.webex.com/v1/applications \\\n" in text
    assert '{"type": "bot", ' in text
    assert "60 days" in init_text.service_app(GOVERNMENT, "")
    assert "Confirm with Cisco" in init_text.service_app(GOVERNMENT, "")
