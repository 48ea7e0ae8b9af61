"""The scopes that the service app needs, and what each is for in the words of the commands.

Names: webex-provisioning.md §2.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """`breaks`: the commands that do not work without it; empty where only something nice is missing."""

    name: str
    breaks: str
    dims: str = ""


SCOPES = (
    Scope(
        "spark-admin:devices_read",
        "devices, device, tag, delete device, and the check before add phone",
    ),
    Scope("spark-admin:devices_write", "add phone, activation code, tag, delete device, and Undo"),
    Scope("identity:one_time_password", "activation code"),
    Scope(
        "spark-admin:telephony_config_read",
        "add phone, activation code (the models), create dect network",
    ),
    Scope(
        "spark-admin:telephony_config_write",
        "add phone (whether a MAC is free), create dect network",
    ),
    Scope(
        "spark-admin:people_read", "add phone … for EMAIL, activation code … for EMAIL, and all roles of one location"
    ),
    Scope("spark-admin:workspaces_read", "add phone … in WORKSPACE, activation code … in WORKSPACE"),
    Scope("spark-admin:locations_read", "create dect network … at LOCATION, and all roles of one location"),
    Scope("spark-admin:licenses_read", "", "the warnings of a plan about licences"),
)  # fmt: skip


def missing(granted: str) -> list[Scope]:
    """Which of them a list of scopes, as a token's answer has it, does not hold."""
    return [scope for scope in SCOPES if scope.name not in granted.split()]
