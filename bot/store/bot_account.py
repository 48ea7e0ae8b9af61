"""Which bot the database belongs to: the one that first started with it.

Its tokens may change; the id of its account stays.
"""

from dataclasses import astuple, dataclass

from bot.core.errors import ConfigError
from bot.store.sql import Database, select

OTHER_BOT = (
    "The database {address} belongs to another bot, {email}. This one does not start with it: it"
    " would take over its roles and requests. Set PROVBOT_DATABASE to the database of this bot."
    " If this bot shall replace the other one, stop that one, run `provbot change-bot`, and start"
    " again."
)
OTHER_ORGANIZATION = (
    "In the database {address}, this bot acts in another organization than WEBEX_ORG_ID says. It"
    " does not start. Correct one of them; or run `provbot change-bot` to keep the roles and"
    " requests for that organization, and start again."
)


@dataclass(frozen=True)
class BotAccount:
    """A bot by the key of its id, and the key of WEBEX_ORG_ID; empty is what is not known."""

    bot: str = ""
    email: str = ""
    organization: str = ""


def noted(db: Database) -> BotAccount:
    """Return whose database it is. In that of an older provbot it is not noted."""
    row = next(select(db, "select * from instance"))
    columns = ("bot", "bot_email", "organization")
    return BotAccount(*(row.get(column) or "" for column in columns))


def check(db: Database, account: BotAccount, address: str) -> None:
    """Raise ConfigError if the database belongs to another bot, or is for another organization."""
    owner = noted(db)
    if _differ(owner.bot, account.bot):
        raise ConfigError(OTHER_BOT.format(address=address, email=owner.email))
    if _differ(owner.organization, account.organization):
        raise ConfigError(OTHER_ORGANIZATION.format(address=address))


def claim(db: Database, account: BotAccount, address: str) -> None:
    """Note whose database it is, after the check."""
    check(db, account, address)
    owner = noted(db)
    _note(
        db,
        BotAccount(
            owner.bot or account.bot, account.email, account.organization or owner.organization
        ),
    )


def forget(db: Database) -> None:
    """Let the next bot that starts have the database."""
    _note(db, BotAccount())


def _note(db: Database, account: BotAccount) -> None:
    if account != noted(db):
        db.execute(
            "update instance set bot = ?, bot_email = ?, organization = ?", [*astuple(account)]
        )


def _differ(first: str, second: str) -> bool:
    return bool(first and second) and first != second
