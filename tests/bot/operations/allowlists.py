"""An allowlist for the tests of roles, and what they ask for."""

from dataclasses import replace

from bot.core.models.people import Grant, Role
from bot.domain.operation import Caller, Context
from tests.bot.operations.forms import context
from tests.fake_calling import FakeCalling
from tests.fake_people import FakeAllowlist

ADA = Grant("ada@example.com", Role.ADMIN)
ANN = Grant("ann@example.com", Role.TECHNICIAN, "Lyon", "loc-lyon")
EVERY = {"who": "ann@example.com", "role": "technician", "location": ""}
LYON = EVERY | {"location": "lyon"}
ASKER = Caller(ADA.who, ("admin",), ())


def listed(*grants: Grant) -> tuple[FakeAllowlist, Context]:
    """A list with Ada on it and these."""
    held = FakeAllowlist([ADA, *grants])
    return held, replace(context(FakeCalling()), allowlist=held)
