"""Settings from the environment, `.env` and files of secrets; names and defaults are the contract of the design."""

import base64
import os
import re
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from dotenv import dotenv_values
from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from rapidfuzz import fuzz, process

from bot import proxies
from bot.errors import ConfigError

DEFAULT_API_URL = "https://webexapis.com/v1"
KEEP = "PROVBOT_KEEP_DAYS"
HTTP, DEFAULT_HTTP = "PROVBOT_HTTP", "127.0.0.1:8788"
KEY_BYTES = 32  # of PROVBOT_KEY, as Fernet wants it
ADDRESS = r"(\[[0-9a-fA-F:]+\]|[^:\s]*):\d{1,5}"
NO_ADDRESS = "must be HOST:PORT, for example 127.0.0.1:8788, or empty for none"
NEARLY = 85  # of 100: a letter or two wrong, not another name
Secret = SecretStr | None


def _emails(value: Any) -> Any:
    return [part.strip().lower() for part in value.split(",")] if isinstance(value, str) else value


def split_keys(given: Secret) -> tuple[str, ...]:
    """The keys of PROVBOT_KEY; a file may have them on lines of their own."""
    text = given.get_secret_value() if given else ""
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def new_key() -> str:
    """A fresh key: 32 random bytes in the letters of base64 that Fernet takes."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def is_key(text: str) -> bool:
    """Whether it has the form of a key."""
    try:
        return len(base64.b64decode(text.encode(), altchars=b"-_", validate=True)) == KEY_BYTES
    except ValueError:
        return False


class Config(BaseSettings):
    """What provbot is told from outside. Secrets hide themselves from `repr`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    bot_token: SecretStr = Field(validation_alias="WEBEX_BOT_TOKEN")
    client_id: str | None = Field(None, validation_alias="WEBEX_SERVICE_APP_CLIENT_ID")
    client_secret: Secret = Field(None, validation_alias="WEBEX_SERVICE_APP_CLIENT_SECRET")
    refresh_token: Secret = Field(None, validation_alias="WEBEX_SERVICE_APP_REFRESH_TOKEN")
    access_token: Secret = Field(None, validation_alias="WEBEX_SERVICE_APP_ACCESS_TOKEN")
    org_id: str | None = Field(None, validation_alias="WEBEX_ORG_ID")
    api_url: str = Field(DEFAULT_API_URL, validation_alias="WEBEX_API_URL")
    u2c_url: str | None = Field(None, validation_alias="WEBEX_U2C_URL")
    ca_file: Path | None = Field(None, validation_alias="WEBEX_CA_FILE")
    database: Path = Field(Path("provbot.db"), validation_alias="PROVBOT_DATABASE")
    key: Secret = Field(None, validation_alias="PROVBOT_KEY")
    admins: Annotated[list[str], NoDecode, BeforeValidator(_emails)] = Field(
        default_factory=list, validation_alias="PROVBOT_ADMINS"
    )
    approval_room: str | None = Field(None, validation_alias="PROVBOT_APPROVAL_ROOM")
    policy: Path | None = Field(None, validation_alias="PROVBOT_POLICY")
    catch_up_hours: float = Field(24.0, validation_alias="PROVBOT_CATCH_UP_HOURS", ge=0, le=168)
    keep_days: float | None = Field(400.0, validation_alias=KEEP, ge=7)
    http: str | None = Field(DEFAULT_HTTP, validation_alias=HTTP)
    log: str | None = Field(None, validation_alias="PROVBOT_LOG", pattern="^(console|json)$")
    log_level: str = Field(
        "info", validation_alias="PROVBOT_LOG_LEVEL", pattern="^(debug|info|warning)$"
    )

    @field_validator("api_url", "u2c_url")
    @classmethod
    def _no_slash(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith("https://"):
            raise ValueError("must begin with https://, tokens travel with every call")
        return url and url.rstrip("/")

    @field_validator("http")
    @classmethod
    def _is_an_address(cls, address: str | None) -> str | None:
        if address and not re.fullmatch(ADDRESS, address):
            raise ValueError(NO_ADDRESS)
        return address or None

    @field_validator("key")
    @classmethod
    def _is_a_key(cls, given: Secret) -> Secret:
        keys = split_keys(given)
        if given and not (keys and all(map(is_key, keys))):
            raise ValueError(
                "each key is what `provbot key new` prints; several with commas between them, the newest first"
            )
        return given

    @field_validator("admins")
    @classmethod
    def _are_emails(cls, admins: list[str]) -> list[str]:
        given = [admin for admin in admins if admin]
        if not all("@" in admin for admin in given):
            raise ValueError("must be emails with commas between them")
        return given

    @field_validator("ca_file")
    @classmethod
    def _holds_certificates(cls, path: Path | None) -> Path | None:
        if path is not None:
            try:
                ssl.create_default_context(cafile=path)
            except OSError as problem:
                raise ValueError("there is no such file, or no certificate in it") from problem
        return path

    @model_validator(mode="after")
    def _has_a_service_app(self) -> Self:
        if self.access_token is None and not all(
            (self.client_id, self.client_secret, self.refresh_token)
        ):
            raise ValueError(
                "set WEBEX_SERVICE_APP_CLIENT_ID, WEBEX_SERVICE_APP_CLIENT_SECRET and"
                " WEBEX_SERVICE_APP_REFRESH_TOKEN, or WEBEX_SERVICE_APP_ACCESS_TOKEN for a trial"
            )
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """What secrets in the database are encrypted with: the first encrypts, all decrypt."""
        return split_keys(self.key)

    @property
    def keep_for(self) -> float | None:
        """How many seconds ended requests are kept; None: for ever."""
        return None if self.keep_days is None else self.keep_days * 86400

    @property
    def government(self) -> bool:
        """Webex for Government has its own API host (webex-provisioning.md §1)."""
        return "usgov" in self.api_url


class DatabaseConfig(BaseSettings):
    """What `provbot access` needs: it works on the file alone, without any token."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database: Path = Field(Path("provbot.db"), validation_alias="PROVBOT_DATABASE")


class PolicyConfig(BaseSettings):
    """What `provbot policy` needs."""

    model_config = DatabaseConfig.model_config

    policy: Path | None = Field(None, validation_alias="PROVBOT_POLICY")


SECRETS = tuple(
    str(field.validation_alias)
    for field in Config.model_fields.values()
    if field.annotation in (SecretStr, Secret)
)
FILES = tuple(f"{name}_FILE" for name in SECRETS)  # where container platforms mount them
KNOWN = (*(str(field.validation_alias) for field in Config.model_fields.values()), *FILES)


def environment() -> dict[str, str]:
    """What the process was given."""
    return dict(os.environ)


def load() -> Config:
    """The settings in force; ConfigError names each variable that is missing, wrong or misspelt."""
    given = {**dotenv_values(".env"), **os.environ}
    wrong = misspelt(name for name, value in given.items() if value)
    if wrong:
        raise ConfigError("\n".join(wrong))
    # Empty means off here, and elsewhere that it is not set.
    off = {name: None for name in (HTTP, KEEP) if given.get(name) == ""}
    try:
        return Config(**secrets_in_files(given), **off)
    except ValidationError as problem:
        raise ConfigError("\n".join(_sentence(dict(error)) for error in problem.errors())) from None


def http_address() -> str:
    """Where the bot that runs with these settings tells how it is; empty: nowhere. Needs no token."""
    given = {**dotenv_values(".env"), **os.environ}.get(HTTP)
    address = DEFAULT_HTTP if given is None else given
    if address and not re.fullmatch(ADDRESS, address):
        raise ConfigError(f"{HTTP}: {NO_ADDRESS}.")
    return address


def misspelt(names: Iterable[str]) -> list[str]:
    """A sentence for each variable that was meant for provbot and is none of its own.

    `WEBEX_…` may belong to another program on the machine: only what is nearly one of ours counts.
    """
    found = []
    for name in sorted(names):
        upper = name.upper()
        close = process.extractOne(upper, KNOWN, scorer=fuzz.ratio, score_cutoff=NEARLY)
        if upper not in KNOWN and (
            upper.startswith("PROVBOT_") or (upper.startswith("WEBEX_") and close)
        ):
            meant = f" Did you mean {close[0]}?" if close else f" There are: {', '.join(_ours())}."
            found.append(f"{name} is no setting of provbot.{meant}")
    return found


def _ours() -> list[str]:
    return sorted(name for name in KNOWN if name.startswith("PROVBOT_"))


def complete_proxies() -> None:
    """The proxy of this process's environment, as every library takes it."""
    proxies.complete(os.environ)


def secrets_in_files(given: Mapping[str, str | None]) -> dict[str, Any]:
    """The secrets whose file is named (`WEBEX_BOT_TOKEN_FILE=/run/secrets/bot`), by variable."""
    found: dict[str, Any] = {}
    for name in SECRETS:
        path = given.get(f"{name}_FILE")
        if path and given.get(name):
            raise ConfigError(f"{name} and {name}_FILE are both set. Keep one of them.")
        if path:
            found[name] = _content(f"{name}_FILE", Path(path))
    return found


def _content(variable: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):  # not named as the cause: it would repeat the bytes
        raise ConfigError(f"{variable}: the file {path} cannot be read.") from None
    if not text:
        raise ConfigError(f"{variable}: the file {path} is empty.")
    return text


def _sentence(error: dict[str, Any]) -> str:
    # The value itself is never repeated: it may be a token.
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "missing":
        return f"{name} is not set."
    reason = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {reason}." if name else f"{reason[0].upper()}{reason[1:]}."
