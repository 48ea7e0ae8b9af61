"""Settings: each variable of the contract, and mistakes named without their values."""

import re
from pathlib import Path

import pytest
import trustme
from webex_bot.websockets.webex_websocket_client import DEFAULT_U2C_URL

from bot.core.config import (
    DEFAULT_HTTP,
    FILES,
    SECRETS,
    Config,
    DatabaseConfig,
    load,
    misspelt,
    new_key,
)
from bot.core.errors import ConfigError

SERVICE_APP = {
    "WEBEX_SERVICE_APP_CLIENT_ID": "client-id",
    "WEBEX_SERVICE_APP_CLIENT_SECRET": "client-secret",
    "WEBEX_SERVICE_APP_REFRESH_TOKEN": "refresh-token",
}
GOOD = {"WEBEX_BOT_TOKEN": "bot-token", **SERVICE_APP}
NAMES = sorted({str(info.validation_alias) for info in Config.model_fields.values()})


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """A place without `.env`, and an environment without our names."""
    monkeypatch.chdir(tmp_path)
    for name in (*NAMES, *FILES):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def environ(monkeypatch):
    """Sets variables."""

    def put(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return put


def refused(**_: str) -> str:
    """What is said about the settings in force."""
    with pytest.raises(ConfigError) as caught:
        load()
    assert caught.value.__cause__ is None  # pydantic's own words repeat the values
    return str(caught.value)


def test_the_defaults_are_those_of_the_contract(environ):
    environ(**GOOD)
    settings = load()
    assert settings.api_url == "https://webexapis.com/v1"
    assert settings.database == Path("provbot.db")
    assert settings.u2c_url == DEFAULT_U2C_URL  # that of webex-bot
    assert (settings.org_id, settings.ca_file, settings.log) == (None,) * 3
    assert (settings.admins, settings.approval_room, settings.policy) == ([], None, None)
    assert not settings.government


def test_every_variable_is_read(environ, tmp_path):
    ca_file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(ca_file))
    environ(
        **GOOD, WEBEX_ORG_ID="org", WEBEX_API_URL="https://api-usgov.webex.com/v1/",
        WEBEX_CLOUD="government", WEBEX_U2C_URL="https://u2c.example/",
        WEBEX_CA_FILE=str(ca_file), PROVBOT_DATABASE="x/y.db",
        PROVBOT_ADMINS=" Ada@Example.com,,bea@example.com ", PROVBOT_LOG="json",
        PROVBOT_APPROVAL_ROOM="room", PROVBOT_POLICY="policy.toml",
    )  # fmt: skip
    settings = load()
    assert settings.bot_token.get_secret_value() == "bot-token"
    assert settings.client_id == "client-id"
    assert settings.client_secret
    assert settings.client_secret.get_secret_value() == "client-secret"
    assert settings.refresh_token
    assert settings.refresh_token.get_secret_value() == "refresh-token"
    assert settings.org_id == "org"
    assert settings.api_url == "https://api-usgov.webex.com/v1"
    assert settings.government
    assert settings.u2c_url == "https://u2c.example/catalog"
    assert settings.ca_file == ca_file
    assert settings.database == Path("x/y.db")
    assert settings.admins == ["ada@example.com", "bea@example.com"]
    assert settings.log == "json"
    assert (settings.approval_room, settings.policy) == ("room", Path("policy.toml"))


def test_a_fixed_access_token_is_enough_for_a_trial(environ):
    environ(WEBEX_BOT_TOKEN="bot-token", WEBEX_SERVICE_APP_ACCESS_TOKEN="access-token")
    settings = load()
    assert settings.access_token
    assert settings.access_token.get_secret_value() == "access-token"


def test_a_dotenv_file_is_read_and_the_environment_wins(environ, tmp_path):
    lines = [f"{name}={value}" for name, value in GOOD.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "PROVBOT_LOG=json", "PROVBOT_DATABASE=a.db"]))
    environ(PROVBOT_DATABASE="b.db")
    settings = load()
    assert (settings.log, settings.database) == ("json", Path("b.db"))
    assert DatabaseConfig().database == Path("b.db")


def test_an_empty_variable_counts_as_not_set(environ):
    environ(**GOOD, WEBEX_ORG_ID="", WEBEX_API_URL="", PROVBOT_LOG="", PROVBOT_ADMINS="")
    settings = load()
    assert (settings.org_id, settings.log, settings.admins) == (None, None, [])
    assert settings.api_url == "https://webexapis.com/v1"


@pytest.mark.parametrize("token", [None, ""])
def test_a_missing_bot_token_is_named(environ, token):
    environ(**SERVICE_APP, **({} if token is None else {"WEBEX_BOT_TOKEN": token}))
    assert refused() == (
        "Required settings are not set: WEBEX_BOT_TOKEN."
        " Run `provbot init`, which asks for them and tests each one."
    )


def test_all_missing_settings_are_named_in_one_sentence():
    assert refused() == (
        "Required settings are not set: WEBEX_BOT_TOKEN, WEBEX_SERVICE_APP_CLIENT_ID,"
        " WEBEX_SERVICE_APP_CLIENT_SECRET, WEBEX_SERVICE_APP_REFRESH_TOKEN."
        " Run `provbot init`, which asks for them and tests each one."
        " For a trial, WEBEX_SERVICE_APP_ACCESS_TOKEN can replace the settings of the service app."
    )


def test_a_setting_of_the_env_file_is_not_missing_if_the_environment_has_it_empty(
    environ, tmp_path
):
    (tmp_path / ".env").write_text("webex_bot_token=bot-token\n")
    environ(WEBEX_BOT_TOKEN="", PROVBOT_LOG="loud")
    missing, log = refused().split("\n")
    assert "WEBEX_BOT_TOKEN" not in missing
    assert "WEBEX_SERVICE_APP_CLIENT_ID" in missing
    assert log.startswith("PROVBOT_LOG: ")


def test_a_trial_needs_no_refresh_token(environ):
    environ(WEBEX_SERVICE_APP_ACCESS_TOKEN="access-token")
    assert refused().startswith("Required settings are not set: WEBEX_BOT_TOKEN. ")


@pytest.mark.parametrize("missing", list(SERVICE_APP))
def test_an_incomplete_service_app_is_named(environ, missing):
    environ(**{name: value for name, value in GOOD.items() if name != missing})
    message = refused()
    assert message.startswith(f"Required settings are not set: {missing}. ")
    assert "For a trial, WEBEX_SERVICE_APP_ACCESS_TOKEN can replace" in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBEX_API_URL", "http://secret.example/v1"),
        ("WEBEX_API_URL", "secret"),
        ("WEBEX_U2C_URL", "http://secret.example"),
        ("WEBEX_CA_FILE", "/nowhere/secret.pem"),
        ("WEBEX_CA_FILE", "secret.txt"),
        ("PROVBOT_ADMINS", "secret"),
        ("PROVBOT_ADMINS", "ada@example.com,secret"),
        ("PROVBOT_LOG", "secret"),
    ],
)
def test_a_wrong_value_is_named_and_never_repeated(environ, tmp_path, name, value):
    (tmp_path / "secret.txt").write_text("no certificate")
    environ(**GOOD, **{name: value})
    message = refused()
    assert message.startswith(f"{name}: ")
    assert message.endswith(".")
    assert "secret" not in message


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("@acme.example", "@acme.example is a domain"),
        ("ada@acme.example,@acme.example", "@acme.example is a domain"),
        ("a@x.example b@x.example", "put a comma between a@x.example and b@x.example"),
        ("a@x.example;b@x.example", "put a comma between a@x.example and b@x.example"),
        ("Ann, Bea <b@x.example>, Carl", "must be email addresses, separated by commas"),
        ("*@x.example", "must be email addresses, separated by commas"),
        ("ada@x", "must be email addresses, separated by commas"),
        ("@.", "must be email addresses, separated by commas"),
    ],
)
def test_an_admin_is_the_email_of_one_person(environ, value, sentence):
    environ(**GOOD, PROVBOT_ADMINS=value)
    assert refused().startswith(f"PROVBOT_ADMINS: {sentence}")


@pytest.mark.parametrize(
    "value",
    [
        "Ada Stone <Ada@x.example>, <bea@x.example>",
        "Stone, Ada <ada@x.example>,Bea <bea@x.example>,",
        "“ada@x.example”, mailto:bea@x.example",
    ],
)
def test_admins_may_be_pasted_as_mail_programs_write_them(environ, value):
    environ(**GOOD, PROVBOT_ADMINS=value)
    assert load().admins == ["ada@x.example", "bea@x.example"]


def test_all_mistakes_are_named_at_once(environ):
    environ(PROVBOT_LOG="loud", WEBEX_API_URL="nonsense")
    missing, *wrong = refused().split("\n")
    assert "WEBEX_BOT_TOKEN, WEBEX_SERVICE_APP_CLIENT_ID, " in missing
    assert {line.partition(":")[0] for line in wrong} == {"WEBEX_API_URL", "PROVBOT_LOG"}


@pytest.mark.parametrize(("value", "rows"), [(None, 1000), ("", 1000), ("1", 1), ("10000", 10000)])
def test_the_rows_of_a_list_are_limited(environ, value, rows):
    environ(**GOOD, **({} if value is None else {"PROVBOT_BULK_ROWS": value}))
    assert load().bulk_rows == rows


@pytest.mark.parametrize("value", ["0", "-5", "10001", "1e3x", "1.5", "many", "1,000"])
def test_a_wrong_limit_of_rows_is_named(environ, value):
    environ(**GOOD, PROVBOT_BULK_ROWS=value)
    assert refused().startswith("PROVBOT_BULK_ROWS: ")


@pytest.mark.parametrize(
    ("value", "seconds"), [(None, 90.0), ("", 90.0), ("0", 0.0), ("2.5", 2.5), ("3600", 3600.0)]
)
def test_the_pause_between_changes_of_handsets_is_a_setting(environ, value, seconds):
    environ(**GOOD, **({} if value is None else {"PROVBOT_DECT_SPACING": value}))
    assert load().dect_spacing == seconds


@pytest.mark.parametrize("value", ["-1", "3601", "soon"])
def test_a_wrong_pause_is_named(environ, value):
    environ(**GOOD, PROVBOT_DECT_SPACING=value)
    assert refused().startswith("PROVBOT_DECT_SPACING: ")


def test_settings_show_no_secret(environ):
    environ(**GOOD, WEBEX_SERVICE_APP_ACCESS_TOKEN="access-token")
    for text in (repr(load()), str(load()), load().model_dump_json()):
        assert not re.search("bot-token|client-secret|refresh-token|access-token", text)


def test_only_secrets_can_be_in_files():
    assert sorted(SECRETS) == [
        "PROVBOT_DATABASE_PASSWORD",
        "PROVBOT_KEY",
        "WEBEX_BOT_TOKEN",
        "WEBEX_SERVICE_APP_ACCESS_TOKEN",
        "WEBEX_SERVICE_APP_CLIENT_SECRET",
        "WEBEX_SERVICE_APP_REFRESH_TOKEN",
    ]


def test_a_secret_can_be_in_a_mounted_file(environ, tmp_path):
    (tmp_path / "bot").write_text("from-a-file\n")
    environ(**SERVICE_APP, WEBEX_BOT_TOKEN_FILE=str(tmp_path / "bot"))
    assert load().bot_token.get_secret_value() == "from-a-file"


def test_a_file_of_a_secret_can_be_named_in_dotenv(environ, tmp_path):
    (tmp_path / "bot").write_text("from-a-file")
    (tmp_path / ".env").write_text("WEBEX_BOT_TOKEN_FILE=bot\n")
    environ(**SERVICE_APP)
    assert load().bot_token.get_secret_value() == "from-a-file"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_file_that_holds_no_secret_is_named(environ, tmp_path, content):
    if content is not None:
        (tmp_path / "bot").write_bytes(content)
    environ(**SERVICE_APP, WEBEX_BOT_TOKEN_FILE=str(tmp_path / "bot"))
    assert refused().startswith("WEBEX_BOT_TOKEN_FILE: the file ")


def test_a_secret_that_is_set_twice_is_refused(environ, tmp_path):
    environ(**GOOD, WEBEX_BOT_TOKEN_FILE=str(tmp_path / "bot"))
    assert refused() == "WEBEX_BOT_TOKEN and WEBEX_BOT_TOKEN_FILE are both set. Keep one of them."


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("WEBEX_BOT_TOKN", "Did you mean WEBEX_BOT_TOKEN?"),
        ("PROVBOT_DATABSE", "Did you mean PROVBOT_DATABASE?"),
        ("PROVBOT_APROVAL_ROOM", "Did you mean PROVBOT_APPROVAL_ROOM?"),
        (
            "WEBEX_SERVICE_APP_REFRESH_TOKEN_FIL",
            "Did you mean WEBEX_SERVICE_APP_REFRESH_TOKEN_FILE?",
        ),
        ("PROVBOT_COLOUR", "The settings are: PROVBOT_ACT_WITHIN_MINUTES, "),
    ],
)
def test_a_misspelt_variable_stops_the_start_and_the_right_one_is_named(environ, name, meant):
    environ(**GOOD, **{name: "secret"})
    message = refused()
    assert message.startswith(f"{name} is not a setting of provbot. {meant}")
    assert "secret" not in message


def test_variables_of_other_programs_are_ignored():
    assert (
        misspelt(["WEBEX_TEAMS_ACCESS_TOKEN", "WEBEX_SITE_URL", "PATH", "webex_bot_token", *NAMES])
        == []
    )


def test_every_variable_that_is_misspelt_is_named():
    assert len(misspelt(["PROVBOT_A", "PROVBOT_B"])) == 2


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (None, DEFAULT_HTTP),
        ("", None),
        ("0.0.0.0:80", "0.0.0.0:80"),
        ("[::1]:80", "[::1]:80"),
        (":80", ":80"),
    ],
)
def test_the_address_of_health_and_metrics_is_optional(environ, value, address):
    environ(**GOOD, **({} if value is None else {"PROVBOT_HTTP": value}))
    assert load().http == address


@pytest.mark.parametrize("value", ["8788", "localhost", "a b:80", "http://localhost:80"])
def test_an_invalid_address_is_named(environ, value):
    environ(**GOOD, PROVBOT_HTTP=value)
    assert refused().startswith("PROVBOT_HTTP: must be HOST:PORT")


def test_several_keys_are_separated_by_commas_or_lines_of_a_file(environ, tmp_path):
    first, second = new_key(), new_key()
    environ(**GOOD, PROVBOT_KEY=f"{first}, {second}")
    assert load().keys == (first, second)
    (tmp_path / "keys").write_text(f"{first}\n{second}\n")
    environ(PROVBOT_KEY="", PROVBOT_KEY_FILE=str(tmp_path / "keys"))
    assert load().keys == (first, second)


def test_without_the_setting_no_key_is_used(environ):
    environ(**GOOD)
    assert load().keys == ()


@pytest.mark.parametrize("wrong", ["hunter2", "a" * 43, "ü" * 44, "a" * 44 + "," + "b", ","])
def test_an_invalid_key_is_named_but_not_repeated(environ, wrong):
    environ(**GOOD, PROVBOT_KEY=wrong)
    message = refused()
    assert message.startswith("PROVBOT_KEY: each key must come from `provbot key new`")
    assert wrong not in message.replace(" ", "") or wrong == ","


@pytest.mark.parametrize(("days", "kept"), [(None, 400), ("30", 30), ("", None)])
def test_the_retention_of_requests_is_read(environ, days, kept):
    environ(**GOOD, **({} if days is None else {"PROVBOT_KEEP_DAYS": days}))
    assert load().keep_for == (None if kept is None else kept * 86400)


@pytest.mark.parametrize("days", ["6", "-1", "long"])
def test_a_retention_below_a_week_is_refused(environ, days):
    environ(**GOOD, PROVBOT_KEEP_DAYS=days)
    assert "PROVBOT_KEEP_DAYS" in refused()
