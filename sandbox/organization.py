"""The organization's state."""

from dataclasses import dataclass


@dataclass
class Organization:
    """An organization: its key (a uuid) and name."""

    key: str
    name: str
