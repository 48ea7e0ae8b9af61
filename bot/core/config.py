"""Settings from the environment, `.env` and files with secrets. docs/settings.md lists them."""

import base64
import os
import re
import ssl
from collections.abc import Container, Iterable, Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Annotated, Any, Self

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from rapidfuzz import fuzz, process

from bot.core import clouds, proxy_env, secret_files
from bot.core.clouds import GOVERNMENT, Cloud
from bot.core.errors import ConfigError
from bot.core.models import database_address
from bot.core.models.database_address import DatabaseAddress
from bot.core.models.local_time import zone_named
from bot.core.models.people import addresses_in, normalize_who
from bot.core.models.text import join_words

BOT_TOKEN, ACCESS_TOKEN = "WEBEX_BOT_TOKEN", "WEBEX_SERVICE_APP_ACCESS_TOKEN"
CLIENT_ID = "WEBEX_SERVICE_APP_CLIENT_ID"
CLIENT_SECRET = "WEBEX_SERVICE_APP_CLIENT_SECRET"  # noqa: S105 - a name, not a secret
REFRESH_TOKEN = "WEBEX_SERVICE_APP_REFRESH_TOKEN"  # noqa: S105
DATABASE = "PROVBOT_DATABASE"
DATABASE_PASSWORD = "PROVBOT_DATABASE_PASSWORD"  # noqa: S105
KEEP_DAYS = "PROVBOT_KEEP_DAYS"
HTTP, DEFAULT_HTTP = "PROVBOT_HTTP", "127.0.0.1:8788"
KEY_BYTES = 32  # in a key of PROVBOT_KEY, as Fernet needs
ADDRESS = r"(\[[0-9a-fA-F:]+\]|[^:\s]*):\d{1,5}"
ADDRESS_FORMAT = "must be HOST:PORT, for example 127.0.0.1:8788, or empty to switch it off"
MIXED_CLOUDS = "mixed_clouds"  # the type of an error about several variables
MIN_SIMILARITY = 85  # percent: a letter or two differ
Secret = SecretStr | None


def _emails(value: Any) -> Any:
    """Split at commas, but not within `Stone, Sam <sam@x.example>`."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in re.findall(r"(?:[^,@]*,(?=[^,@]*<))?[^,]*", value)]


def _one_address(text: str) -> str:
    """Check one address. Errors repeat only addresses, because other text may be a token."""
    try:
        address = normalize_who(text)
    except ValueError:
        addresses = addresses_in(text)
        if len(addresses) > 1:
            raise ValueError(f"put a comma between {join_words(addresses, 'and')}") from None
        raise ValueError("must be email addresses, separated by commas") from None
    if address.startswith("@"):
        raise ValueError(
            f"{address} is a domain, but each admin must be one person."
            " To grant a domain a role, run: provbot access add"
        )
    return address


def _database_text(text: str) -> str:
    """Check the address of a database."""
    database_address.parse(text)
    return text


DatabaseText = Annotated[str, AfterValidator(_database_text)]


def split_keys(value: Secret) -> tuple[str, ...]:
    """Split PROVBOT_KEY into its keys; a file may have one on each line."""
    text = value.get_secret_value() if value else ""
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def new_key() -> str:
    """Return a new key for Fernet: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def is_key(text: str) -> bool:
    """Whether a text has the format of a key."""
    try:
        return len(base64.b64decode(text.encode(), altchars=b"-_", validate=True)) == KEY_BYTES
    except ValueError:
        return False


class Config(BaseSettings):
    """The settings. Secrets are hidden from `repr`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    bot_token: SecretStr = Field(validation_alias=BOT_TOKEN)
    client_id: str | None = Field(None, validation_alias=CLIENT_ID)
    client_secret: Secret = Field(None, validation_alias=CLIENT_SECRET)
    refresh_token: Secret = Field(None, validation_alias=REFRESH_TOKEN)
    access_token: Secret = Field(None, validation_alias=ACCESS_TOKEN)
    org_id: str | None = Field(None, validation_alias="WEBEX_ORG_ID")
    cloud_name: str | None = Field(None, validation_alias=clouds.CLOUD)
    explicit_api_url: str | None = Field(None, validation_alias=clouds.API_URL)
    explicit_u2c_url: str | None = Field(
        None, validation_alias=clouds.U2C_URL, validate_default=True
    )
    ca_file: Path | None = Field(None, validation_alias="WEBEX_CA_FILE")
    database_text: DatabaseText = Field(
        "provbot.db", validation_alias=DATABASE, repr=False, exclude=True
    )
    database_password: Secret = Field(None, validation_alias=DATABASE_PASSWORD)
    key: Secret = Field(None, validation_alias="PROVBOT_KEY")
    admins: Annotated[list[str], NoDecode, BeforeValidator(_emails)] = Field(
        default_factory=list, validation_alias="PROVBOT_ADMINS"
    )
    approval_room: str | None = Field(None, validation_alias="PROVBOT_APPROVAL_ROOM")
    policy: Path | None = Field(None, validation_alias="PROVBOT_POLICY")
    time_zone: str = Field("UTC", validation_alias="PROVBOT_TIME_ZONE")
    act_within_minutes: float = Field(
        5.0, validation_alias="PROVBOT_ACT_WITHIN_MINUTES", ge=1, le=1440
    )
    catch_up_hours: float = Field(24.0, validation_alias="PROVBOT_CATCH_UP_HOURS", ge=0, le=168)
    bulk_rows: int = Field(1_000, validation_alias="PROVBOT_BULK_ROWS", ge=1, le=10_000)
    dect_spacing: float = Field(90.0, validation_alias="PROVBOT_DECT_SPACING", ge=0, le=3_600)
    follow_minutes: float = Field(60, validation_alias="PROVBOT_FOLLOW_MINUTES", ge=0, le=1_440)
    keep_days: float | None = Field(400.0, validation_alias=KEEP_DAYS, ge=7)
    http: str | None = Field(DEFAULT_HTTP, validation_alias=HTTP)
    log: str | None = Field(None, validation_alias="PROVBOT_LOG", pattern="^(console|json)$")
    log_level: str = Field(
        "info", validation_alias="PROVBOT_LOG_LEVEL", pattern="^(debug|info|warning)$"
    )

    @field_validator("cloud_name")
    @classmethod
    def _names_a_cloud(cls, name: str | None) -> str | None:
        return name and clouds.named(name).name

    @field_validator("explicit_api_url", "explicit_u2c_url")
    @classmethod
    def _no_slash(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith("https://"):
            raise ValueError("must begin with https://, because every call carries a token")
        return url and url.rstrip("/")

    @field_validator("explicit_u2c_url")
    @classmethod
    def _is_a_catalog(cls, url: str | None) -> str | None:
        return url and clouds.catalog_url(url)

    @field_validator("explicit_u2c_url")
    @classmethod
    def _is_of_one_cloud(cls, url: str | None, info: ValidationInfo) -> str | None:
        """Compare with the fields above; a validator of the model would wait for all others."""
        try:
            clouds.only(_cloud_choices(info.data | {"explicit_u2c_url": url}))
        except ValueError as error:
            sentence = {"sentence": str(error)}
            raise PydanticCustomError(MIXED_CLOUDS, "{sentence}", sentence) from error
        return url

    @field_validator("http")
    @classmethod
    def _is_an_address(cls, address: str | None) -> str | None:
        if address and not re.fullmatch(ADDRESS, address):
            raise ValueError(ADDRESS_FORMAT)
        return address or None

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if zone_named(name) is None:
            raise ValueError("must be the name of a time zone, for example Europe/Berlin or UTC")
        return name

    @field_validator("key")
    @classmethod
    def _is_a_key(cls, value: Secret) -> Secret:
        keys = split_keys(value)
        if value and not (keys and all(map(is_key, keys))):
            raise ValueError(
                "each key must come from `provbot key new`;"
                " separate several by commas, the newest first"
            )
        return value

    @field_validator("admins")
    @classmethod
    def _are_emails(cls, admins: list[str]) -> list[str]:
        return [_one_address(admin) for admin in admins if admin]

    @field_validator("ca_file")
    @classmethod
    def _holds_certificates(cls, path: Path | None) -> Path | None:
        if path is not None:
            try:
                ssl.create_default_context(cafile=path)
            except OSError as error:
                raise ValueError("the file does not exist or has no certificate") from error
        return path

    @model_validator(mode="after")
    def _has_a_service_app(self) -> Self:
        if self.access_token is None and not all(
            (self.client_id, self.client_secret, self.refresh_token)
        ):
            raise PydanticCustomError("missing", "missing")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys for secrets in the database: the first encrypts, all decrypt."""
        return split_keys(self.key)

    @property
    def database(self) -> DatabaseAddress:
        """The SQLite file, or the PostgreSQL database."""
        return _address(self.database_text, self.database_password)

    @property
    def keep_for(self) -> float | None:
        """The number of seconds that ended requests are kept; None: without limit."""
        return None if self.keep_days is None else self.keep_days * 86400

    @property
    def cloud(self) -> Cloud:
        """The cloud that WEBEX_CLOUD or a URL means."""
        return clouds.only(_cloud_choices(vars(self)))

    @property
    def api_url(self) -> str:
        """The base of the REST API."""
        return self.explicit_api_url or self.cloud.api_url

    @property
    def u2c_url(self) -> str:
        """The service catalog, which names the websocket service."""
        return self.explicit_u2c_url or self.cloud.u2c_url

    @property
    def zone(self) -> tzinfo:
        """The time zone for people and places without one of their own."""
        return zone_named(self.time_zone) or UTC

    @property
    def government(self) -> bool:
        """Whether this is Webex for Government, which lacks some features."""
        return self.cloud is GOVERNMENT


def _cloud_choices(fields: Mapping[str, Any]) -> dict[str, Cloud]:
    """Return the variables that mean a cloud. Fields that are wrong are missing."""
    return clouds.chosen_by(
        {
            clouds.CLOUD: fields.get("cloud_name") or "",
            clouds.API_URL: fields.get("explicit_api_url") or "",
            clouds.U2C_URL: fields.get("explicit_u2c_url") or "",
        }
    )


class DatabaseConfig(BaseSettings):
    """The settings of commands that need only the database, and no token."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_text: DatabaseText = Field(
        "provbot.db", validation_alias=DATABASE, repr=False, exclude=True
    )
    database_password: Secret = Field(None, validation_alias=DATABASE_PASSWORD)

    @property
    def database(self) -> DatabaseAddress:
        """The SQLite file, or the PostgreSQL database."""
        return _address(self.database_text, self.database_password)


def database() -> DatabaseAddress:
    """Return the address of the database, for commands that need no token."""
    return _database_config().database


def database_at(text: str) -> DatabaseAddress:
    """Return the database at an address that is an argument, with the password of the settings.

    Raises ValueError for an address of another kind.
    """
    return _address(text, _database_config().database_password)


def database_password_file() -> Path | None:
    """Return the file with the password of the database; None if there is none."""
    path = {**dotenv_values(".env"), **os.environ}.get(f"{DATABASE_PASSWORD}_FILE")
    return Path(path) if path else None


def _database_config() -> DatabaseConfig:
    variables = {**dotenv_values(".env"), **os.environ}
    try:
        return DatabaseConfig(**secret_files.secrets([DATABASE_PASSWORD], variables))
    except ValidationError as failure:
        errors = [dict(error) for error in failure.errors()]
    raise ConfigError("\n".join(map(_sentence, errors)))


def _address(text: str, password: Secret) -> DatabaseAddress:
    """Return what PROVBOT_DATABASE means, with the password that is set apart."""
    return database_address.parse(text, password.get_secret_value() if password else "")


class PolicyConfig(BaseSettings):
    """The settings of `provbot policy`."""

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
    """Return the environment of the process."""
    return dict(os.environ)


def load() -> Config:
    """Return the settings; ConfigError names each variable that is missing, wrong or misspelt."""
    variables = {**dotenv_values(".env"), **os.environ}
    unknown = misspelt(name for name, value in variables.items() if value)
    if unknown:
        raise ConfigError("\n".join(unknown))
    # For these, empty means off; for others, it means that they are not set.
    off = {name: None for name in (HTTP, KEEP_DAYS) if variables.get(name) == ""}
    secrets = secrets_in_files(variables)
    try:
        return Config(**secrets, **off)
    except ValidationError as failure:
        errors = [dict(error) for error in failure.errors()]
    sources = (dotenv_values(".env"), os.environ, secrets)
    names = {name.upper() for source in sources for name, value in source.items() if value}
    wrong = [_sentence(error) for error in errors if error["type"] != "missing"]
    raise ConfigError("\n".join([*_missing(names), *wrong]))


def government() -> bool:
    """Whether the variables mean Webex for Government, without needing a token."""
    variables = {**dotenv_values(".env"), **os.environ}
    fields = {
        "cloud_name": variables.get(clouds.CLOUD),
        "explicit_api_url": variables.get(clouds.API_URL),
        "explicit_u2c_url": variables.get(clouds.U2C_URL),
    }
    try:
        return clouds.only(_cloud_choices(fields)) is GOVERNMENT
    except ValueError as error:
        raise ConfigError(f"{error}.") from error


def http_address() -> str:
    """Return the address of the health port, without needing a token; empty if it is off."""
    value = {**dotenv_values(".env"), **os.environ}.get(HTTP)
    address = DEFAULT_HTTP if value is None else value
    if address and not re.fullmatch(ADDRESS, address):
        raise ConfigError(f"{HTTP}: {ADDRESS_FORMAT}.")
    return address


def misspelt(names: Iterable[str]) -> list[str]:
    """Return a sentence for each variable that looks like a setting of provbot but is not one.

    A `WEBEX_…` variable may belong to another program, so it counts only if it is similar to ours.
    """
    sentences = []
    for name in sorted(names):
        upper = name.upper()
        close = process.extractOne(upper, KNOWN, scorer=fuzz.ratio, score_cutoff=MIN_SIMILARITY)
        if upper not in KNOWN and (
            upper.startswith("PROVBOT_") or (upper.startswith("WEBEX_") and close)
        ):
            hint = (
                f"Did you mean {close[0]}?"
                if close
                else f"The settings are: {', '.join(_own_variables())}."
            )
            sentences.append(f"{name} is not a setting of provbot. {hint}")
    return sentences


def _own_variables() -> list[str]:
    return sorted(name for name in KNOWN if name.startswith("PROVBOT_"))


def complete_proxies() -> None:
    """Complete the proxy settings of this process, for all libraries."""
    proxy_env.complete(os.environ)


def secrets_in_files(variables: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the secrets in files (`WEBEX_BOT_TOKEN_FILE=/run/secrets/bot`), by variable."""
    return secret_files.secrets(SECRETS, variables)


def _missing(names: Container[str]) -> list[str]:
    """Return one sentence with every required setting that is missing; none if all are set.

    pydantic reports the settings of the service app only if nothing else is wrong.
    """
    service_app = [] if ACCESS_TOKEN in names else [CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN]
    missing = [name for name in (BOT_TOKEN, *service_app) if name not in names]
    if not missing:
        return []
    trial = (
        f" For a trial, {ACCESS_TOKEN} can replace the settings of the service app."
        if set(missing) & set(service_app)
        else ""
    )
    return [
        f"Required settings are not set: {', '.join(missing)}."
        f" Run `provbot init`, which asks for them and tests each one.{trial}"
    ]


def _sentence(error: dict[str, Any]) -> str:
    # Never repeat the value, because it may be a token.
    reason = str(error["msg"]).removeprefix("Value error, ")
    is_about_several = error["type"] == MIXED_CLOUDS
    return f"{reason}." if is_about_several else f"{error['loc'][0]}: {reason}."
