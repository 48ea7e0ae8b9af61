"""Secrets between a form and its run; and the gate that everything goes through."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.access import Decision
from bot.errors import Refused
from bot.models import Grant, Role
from bot.operation import Plan
from bot.operations import OPERATIONS, QUESTIONS
from bot.requests.gate import Gate
from bot.requests.lifecycle import PLAN_LIVES
from bot.requests.vault import Vault, survive
from bot.store import access
from bot.store.database import Store
from bot.store.seal import Seal
from tests.bot.requests.world import Clock
from tests.fakes import FakeCalling

ANN = "ann@example.com"


@pytest.fixture
def clock() -> Clock:
    """Moved by hand."""
    return Clock()


@pytest.fixture
def vault(clock) -> Vault:
    """Empty."""
    return Vault(clock)


@pytest.mark.parametrize(
    ("later", "kept"),
    [
        ({}, {"password": "one"}),
        ({"password": ""}, {"password": "one"}),
        ({"password": "two"}, {"password": "two"}),
        ({"password": "-"}, {}),
        ({"code": "1234"}, {"password": "one", "code": "1234"}),
    ],
)
def test_what_is_kept_of_a_request(vault, later, kept):
    vault.keep("7K3F", {"password": "one"})
    vault.keep("7K3F", later)
    assert vault.secrets("7K3F") == kept
    assert vault.secrets("9999") == {}


def test_what_ended_is_forgotten(vault):
    vault.keep("7K3F", {"password": "one"})
    vault.forget("7K3F")
    vault.forget("7K3F")
    assert vault.secrets("7K3F") == {}


def test_what_is_too_old_to_be_confirmed_is_forgotten(vault, clock):
    vault.keep("7K3F", {"password": "one"})
    clock.now += PLAN_LIVES
    vault.keep("8888", {})
    assert vault.secrets("7K3F") == {"password": "one"}
    clock.now += PLAN_LIVES
    vault.keep("9999", {"password": "two"})
    assert vault.secrets("7K3F") == {}


def test_what_waits_for_an_approver_is_kept_that_long(vault, clock):
    vault.keep("7K3F", {"password": "one"})
    vault.extend("7K3F", 10 * PLAN_LIVES)
    clock.now += 10 * PLAN_LIVES - 1
    vault.keep("8888", {})
    assert vault.secrets("7K3F") == {"password": "one"}
    clock.now += 1
    vault.keep("9999", {})
    assert vault.secrets("7K3F") == {}


def test_what_was_never_kept_is_not_kept_longer(vault):
    vault.extend("7K3F", 99.0)
    assert vault.secrets("7K3F") == {}


def test_single_secrets_are_dropped(vault):
    vault.keep("7K3F", {"password": "one", "code": "1234"})
    vault.drop("7K3F", ["password", "other"])
    vault.drop("8888", ["password"])
    assert vault.secrets("7K3F") == {"code": "1234"}


KEYS = [base64.urlsafe_b64encode(name * 8).decode() for name in (b"old-", b"new-")]


async def lives_on(store: Store, clock: Clock, *keys: str) -> Vault:
    """The vault of another process on the same file, with these keys."""
    vault = Vault(clock)
    await survive(vault, store, Seal(keys), clock())
    return vault


async def rows(store: Store) -> list[tuple[str, str]]:
    """What stands in the file."""
    return await store.call(lambda db: db.execute("select request, sealed from secrets").fetchall())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A real file."""
    made = Store(tmp_path / "provbot.db")
    yield made
    made.close()


async def test_with_a_key_secrets_survive_until_their_request_ends(store, clock):
    vault = await lives_on(store, clock, KEYS[0])
    vault.keep("7K3F", {"password": "one"})
    vault.keep("8888", {"password": "two", "code": "1234"})
    vault.drop("8888", ["password"])
    ((_, sealed), _) = await rows(store)
    assert sealed.startswith("fernet:")
    again = await lives_on(store, clock, KEYS[0])
    assert again.secrets("7K3F") == {"password": "one"}
    assert again.secrets("8888") == {"code": "1234"}
    again.forget("7K3F")
    again.drop("8888", ["code"])
    assert await rows(store) == []
    assert (await lives_on(store, clock, KEYS[0])).secrets("7K3F") == {}


async def test_without_a_key_nothing_is_written_down(store, clock):
    vault = await lives_on(store, clock)
    vault.keep("7K3F", {"password": "one"})
    assert await rows(store) == []


async def test_how_long_they_are_kept_survives_as_well(store, clock):
    vault = await lives_on(store, clock, KEYS[0])
    for code in ("7K3F", "8888"):
        vault.keep(code, {"password": "one"})
    vault.extend("8888", 10 * PLAN_LIVES)
    clock.now += 2 * PLAN_LIVES
    again = await lives_on(store, clock, KEYS[0])
    assert again.secrets("7K3F") == {}
    assert again.secrets("8888") == {"password": "one"}
    assert [code for code, _ in await rows(store)] == ["8888"]


async def test_a_key_is_changed_by_two_restarts_and_a_lost_one_stops_nobody(store, clock):
    old, new = KEYS
    (await lives_on(store, clock, old)).keep("7K3F", {"password": "one"})
    assert (await lives_on(store, clock, new, old)).secrets("7K3F") == {"password": "one"}
    assert (await lives_on(store, clock, new)).secrets("7K3F") == {"password": "one"}
    assert (await lives_on(store, clock, old)).secrets("7K3F") == {}
    assert (await lives_on(store, clock, new)).secrets("7K3F") == {"password": "one"}  # still there


async def test_they_are_written_before_whatever_is_written_next(store, clock):
    vault = await lives_on(store, clock, KEYS[0])
    vault.keep("7K3F", {"password": "one"})
    written = await store.call(lambda db: db.execute("select count(*) from secrets").fetchone())
    assert written == (1,)


def test_what_is_taken_out_cannot_change_what_is_kept(vault):
    vault.keep("7K3F", {"password": "one"})
    vault.secrets("7K3F")["password"] = "two"
    assert vault.secrets("7K3F") == {"password": "one"}


@pytest.fixture
def gate(tmp_path):
    """Over an empty allowlist."""
    store = Store(tmp_path / "provbot.db")
    yield Gate(store, FakeCalling(), (*OPERATIONS, *QUESTIONS), government=True)
    store.close()


async def test_a_stranger_is_told_whom_to_ask(gate):
    with pytest.raises(Refused, match=r"not on the list.*\(sam@example\.com\)"):
        await gate.grants("sam@example.com")


async def test_the_allowlist_is_read_afresh_each_time(gate):
    grant = Grant(ANN, Role.VIEWER)
    await gate.store.call(access.add, grant, 1.0)
    assert await gate.grants(ANN) == (grant,)
    await gate.store.call(access.revoke, grant)
    with pytest.raises(Refused):
        await gate.grants(ANN)


async def test_a_whole_domain_may_be_on_the_list(gate):
    await gate.store.call(access.add, Grant("@example.com", Role.VIEWER), 1.0)
    assert await gate.grants("Zoe@Example.com")
    with pytest.raises(Refused):
        await gate.grants("zoe@sub.example.com")


@pytest.mark.parametrize("email", ["", "@", "ann"])
async def test_who_has_no_email_is_a_stranger(gate, email):
    await gate.store.call(access.add, Grant("@example.com", Role.ADMIN), 1.0)
    with pytest.raises(Refused):
        await gate.grants(email)


@pytest.mark.parametrize(
    ("role", "place", "where", "decision"),
    [
        (Role.TECHNICIAN, "", None, Decision.ASK),
        (Role.TECHNICIAN, "Lyon", "Lyon", Decision.ASK),
        (Role.ENGINEER, "Lyon", "lyon", Decision.DO),
    ],
)
def test_the_gate_says_what_the_policy_says(gate, role, place, where, decision):
    assert gate.check("create dect network", (Grant(ANN, role, place),), where) is decision


@pytest.mark.parametrize(
    ("role", "place", "where", "sentence"),
    [
        (Role.VIEWER, "", None, r"Your role \(viewer\) does not allow “add phone”\. Nothing"),
        (Role.TECHNICIAN, "Lyon", "Berlin", r"Your role \(technician at Lyon\).* in Berlin\."),
        (Role.TECHNICIAN, "Lyon", "", r"Your role \(technician at Lyon\).* there\."),
    ],
)
def test_a_refusal_names_role_and_place(gate, role, place, where, sentence):
    with pytest.raises(Refused, match=sentence):
        gate.check("add phone", (Grant(ANN, role, place),), where)


def test_the_context_reaches_what_the_grants_reach(gate):
    here = gate.context("add phone", (Grant(ANN, Role.TECHNICIAN, "Lyon"),))
    assert (here.reaches("Lyon"), here.reaches("Berlin"), here.reaches("")) == (True, False, False)
    assert (here.scoped, here.government) == (True, True)
    both = (Grant(ANN, Role.TECHNICIAN, "Lyon"), Grant(ANN, Role.VIEWER))
    assert not gate.context("add phone", both).reaches("Berlin")
    assert gate.context("devices", both).reaches("Berlin")
    assert not gate.context("devices", both).scoped


def test_a_fresh_context_asks_webex_again(gate):
    gate.context("add phone", ())
    assert gate.calling.freshened == 0
    shown = Plan(title="", facts=(), calls=(), location="", subject="")
    assert gate.context("add phone", (), shown=shown).shown is shown
    assert gate.calling.freshened == 1
