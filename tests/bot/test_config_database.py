"""PROVBOT_DATABASE and its password: which addresses are taken, and what is shown of them."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.app import app
from bot.core import config
from bot.core.errors import ConfigError
from bot.core.models import database_address
from bot.core.models.database_address import PostgresAddress

TOKENS = {"WEBEX_BOT_TOKEN": "bot-token", "WEBEX_SERVICE_APP_ACCESS_TOKEN": "access-token"}


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """A place without `.env`."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def environ(monkeypatch):
    """Sets variables, and those that `load` needs."""

    def put(**variables: str) -> None:
        for name, value in (TOKENS | variables).items():
            monkeypatch.setenv(name, value)

    return put


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://db.example.com/provbot", "postgresql://db.example.com/provbot"),
        ("postgres://bot@db:5433/provbot", "postgresql://bot@db:5433/provbot"),
        ("postgresql://bot:hid%2Fden@db/p?sslmode=verify-full", "postgresql://bot@db/p"),
        ("postgresql://db/p?password=hidden", "postgresql://db/p"),
        ("postgresql://bot@a:5432,b:5433/p", "postgresql://bot@a:5432,b:5433/p"),
        ("postgresql://bot@[::1]:5432/p", "postgresql://bot@[::1]:5432/p"),
        ("postgresql://%2Fvar%2Frun%2Fpostgresql/p", "postgresql://%2Fvar%2Frun%2Fpostgresql/p"),
        ("postgresql://", "postgresql://"),
        ("postgresql:///p", "postgresql:///p"),
        ("postgresql://?service=provbot", "postgresql://"),
    ],
)
def test_an_address_is_shown_without_its_secrets(environ, text, shown):
    environ(PROVBOT_DATABASE=text, PROVBOT_DATABASE_PASSWORD="another-one")
    settings = config.load()
    for address in (settings.database, config.database(), config.database_at(text)):
        assert isinstance(address, PostgresAddress)
        assert (str(address), address.url, address.password) == (shown, text, "another-one")
        assert "another-one" in address.secrets
    for value in (settings, settings.database, config.DatabaseConfig()):
        assert not re.search("hid%2Fden|hidden|another-one", repr(value))
    assert not re.search("hid%2Fden|hidden|another-one", settings.model_dump_json())


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:hid%2Fden@db/p", "postgresql://db/p?sslmode=require&password=hid%2Fden"],
)
def test_a_password_is_masked_as_it_is_written_and_as_it_is(url):
    address = database_address.parse(url)
    assert isinstance(address, PostgresAddress)
    assert address.secrets == ["hid%2Fden", "hid/den"]


def test_a_password_of_the_address_is_a_secret():
    address = database_address.parse("postgresql://bot:hidden@db/p")
    assert isinstance(address, PostgresAddress)
    assert address.secrets == ["hidden"]
    assert "hidden" not in f"{address!r} {address}"


@pytest.mark.parametrize("text", ["provbot.db", "x/y.db", "/var/lib/provbot.db", "C:/x.db", "a:b"])
def test_a_path_is_a_file(text):
    assert database_address.parse(text, "password") == Path(text)


@pytest.mark.parametrize(
    "text",
    [
        "postgres+psycopg://bot:secret@db/p",
        "mysql://bot:secret@db/p",
        "PostgreSQL://bot:secret@db/p",
        "postgresql:/secret",
        "sqlite:///secret.db",
        "sqlite:secret.db",
        "file:secret.db",
        "host=db dbname=provbot password=secret",
        "postgresql://bot:sec@ret@db/p",
        "postgresql://bot:sec/ret@db/p",
        "postgresql://bot:sec#ret@db/p",
        "postgresql://bot:sec?ret@db/p",
        "postgresql://bot:sec:ret@db/p",
        "postgresql://bot:sec%ret@db/p",
        "postgresql://bot@db:secret/p",
        "postgresql://bot@[::1/secret",
    ],
)
def test_another_address_is_refused_without_repeating_it(environ, text):
    environ(PROVBOT_DATABASE=text)
    for read in (config.load, config.database):
        with pytest.raises(ConfigError) as caught:
            read()
        assert caught.value.__cause__ is None
        message = str(caught.value)
        assert message.startswith("PROVBOT_DATABASE: ")
        assert "postgresql://provbot@db.example.com/provbot" in message
        assert not {"secret", "sec", "ret"} & set(message.replace(".", " ").split())
    done = CliRunner().invoke(app, ["access", "list"])
    assert (done.exit_code, done.output) == (2, f"{message}\n")


def test_the_password_may_be_in_a_file(environ, tmp_path):
    (tmp_path / "password").write_text("hidden\n")
    environ(PROVBOT_DATABASE="postgresql://db/p", PROVBOT_DATABASE_PASSWORD_FILE="password")
    for address in (config.load().database, config.database()):
        assert isinstance(address, PostgresAddress)
        assert address.password == "hidden"
    environ(PROVBOT_DATABASE_PASSWORD="hidden")
    for read in (config.load, config.database):
        with pytest.raises(ConfigError, match=r"PASSWORD and PROVBOT_DATABASE_PASSWORD_FILE are"):
            read()


def test_a_misspelt_name_is_told():
    (sentence,) = config.misspelt(["PROVBOT_DATABASE_PASWORD"])
    assert sentence.endswith("Did you mean PROVBOT_DATABASE_PASSWORD?")
