"""The result of seeding: the parts that a cloud is built from."""

from dataclasses import dataclass, field

from sandbox.organization import Organization
from sandbox.people import Person


@dataclass(frozen=True)
class Space:
    """A group space of the seed; ``members`` are person keys, the first is its creator."""

    title: str
    members: tuple[str, ...]


@dataclass
class SeedData:
    """A seeded organization. ``people`` is by key and includes the bot and the machine account."""

    people: dict[str, Person]
    organization: Organization
    bot_key: str
    service_app_key: str
    spaces: list[Space] = field(default_factory=list)
