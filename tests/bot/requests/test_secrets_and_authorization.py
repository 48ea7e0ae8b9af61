"""Secrets between a form and its run; and the gate that everything goes through."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.errors import Refused
from bot.core.models.people import Grant, Role, Sender
from bot.core.models.webex import LocationRef
from bot.domain.identity import Identities
from bot.domain.policy import Decision
from bot.operations import COMMANDS, POLICY
from bot.requests.authorization import Authorization
from bot.requests.form_secrets import FormSecrets, attach_persistence
from bot.requests.lifecycle import PLAN_LIFETIME
from bot.store import grants
from bot.store.database import Store
from bot.store.encryption import Cipher
from tests.bot.requests.fixtures import Clock
from tests.fake_calling import FakeCalling
from tests.fake_people import OWN_ORG, FakePeople
from tests.plans import any_plan

ANN = "ann@example.com"


@pytest.fixture
def clock() -> Clock:
    """Moved by hand."""
    return Clock()


@pytest.fixture
def form_secrets(clock) -> FormSecrets:
    """Empty."""
    return FormSecrets(clock)


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
def test_secrets_of_a_request_are_kept(form_secrets, later, kept):
    form_secrets.keep("7K3F", {"password": "one"})
    form_secrets.keep("7K3F", later)
    assert form_secrets.secrets("7K3F") == kept
    assert form_secrets.secrets("9999") == {}


def test_secrets_of_an_ended_request_are_removed(form_secrets):
    form_secrets.keep("7K3F", {"password": "one"})
    form_secrets.forget("7K3F")
    form_secrets.forget("7K3F")
    assert form_secrets.secrets("7K3F") == {}


def test_secrets_of_an_expired_plan_are_removed(form_secrets, clock):
    form_secrets.keep("7K3F", {"password": "one"})
    clock.now += PLAN_LIFETIME
    form_secrets.keep("8888", {})
    assert form_secrets.secrets("7K3F") == {"password": "one"}
    clock.now += PLAN_LIFETIME
    form_secrets.keep("9999", {"password": "two"})
    assert form_secrets.secrets("7K3F") == {}


def test_secrets_are_kept_while_a_request_waits_for_approval(form_secrets, clock):
    form_secrets.keep("7K3F", {"password": "one"})
    form_secrets.extend("7K3F", 10 * PLAN_LIFETIME)
    clock.now += 10 * PLAN_LIFETIME - 1
    form_secrets.keep("8888", {})
    assert form_secrets.secrets("7K3F") == {"password": "one"}
    clock.now += 1
    form_secrets.keep("9999", {})
    assert form_secrets.secrets("7K3F") == {}


def test_extending_unknown_secrets_does_nothing(form_secrets):
    form_secrets.extend("7K3F", 99.0)
    assert form_secrets.secrets("7K3F") == {}


def test_a_single_secret_is_dropped(form_secrets):
    form_secrets.keep("7K3F", {"password": "one", "code": "1234"})
    form_secrets.drop("7K3F", ["password", "other"])
    form_secrets.drop("8888", ["password"])
    assert form_secrets.secrets("7K3F") == {"code": "1234"}


KEYS = [base64.urlsafe_b64encode(name * 8).decode() for name in (b"old-", b"new-")]


async def lives_on(store: Store, clock: Clock, *keys: str) -> FormSecrets:
    """The vault of another process on the same file, with these keys."""
    form_secrets = FormSecrets(clock)
    await attach_persistence(form_secrets, store, Cipher(keys), clock())
    return form_secrets


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
    form_secrets = await lives_on(store, clock, KEYS[0])
    form_secrets.keep("7K3F", {"password": "one"})
    form_secrets.keep("8888", {"password": "two", "code": "1234"})
    form_secrets.drop("8888", ["password"])
    ((_, sealed), _) = await rows(store)
    assert sealed.startswith("fernet:")
    again = await lives_on(store, clock, KEYS[0])
    assert again.secrets("7K3F") == {"password": "one"}
    assert again.secrets("8888") == {"code": "1234"}
    again.forget("7K3F")
    again.drop("8888", ["code"])
    assert await rows(store) == []
    assert (await lives_on(store, clock, KEYS[0])).secrets("7K3F") == {}


async def test_secrets_that_steps_make_are_stored_one_by_one(store, clock):
    form_secrets = await lives_on(store, clock, KEYS[0])
    form_secrets.add("7K3F", {"row 1/made": "code one"}, clock())
    before = await rows(store)
    form_secrets.add("7K3F", {"row 2/made": "code two"}, clock())
    form_secrets.add("7K3F", {"row 12/made": "code twelve"}, clock())
    form_secrets.add("7K3FX", {"row 1/made": "of another"}, clock())
    after = await rows(store)
    assert before[0] in after
    assert len(after) == 4
    again = await lives_on(store, clock, KEYS[0])
    made = {"row 1/made": "code one", "row 2/made": "code two", "row 12/made": "code twelve"}
    assert again.secrets("7K3F") == form_secrets.secrets("7K3F") == made
    again.forget("7K3F")
    assert [key for key, _ in await rows(store)] == ["7K3FX row 1/made"]


async def test_secrets_that_steps_make_are_kept_until_the_run_was_told(store, clock):
    form_secrets = await lives_on(store, clock, KEYS[0])
    form_secrets.add("7K3F", {"row 1/made": "code"}, clock() + 5 * 3600)
    clock.now += 6 * 3600 - 1
    form_secrets.forget_old()
    assert form_secrets.secrets("7K3F") == {"row 1/made": "code"}
    assert (await lives_on(store, clock, KEYS[0])).secrets("7K3F") == {"row 1/made": "code"}
    clock.now += 1
    assert (await lives_on(store, clock, KEYS[0])).secrets("7K3F") == {}


async def test_secrets_that_were_added_can_be_replaced_and_get_the_new_key(store, clock):
    form_secrets = await lives_on(store, clock, KEYS[0])
    form_secrets.keep("7K3F", {"row 1/password": "one"})
    form_secrets.add("7K3F", {"row 1/made": "code", "row 2/made": "lost"}, clock())
    form_secrets.add("7K3F", {"row 1/made": "newer code"}, clock())
    await lives_on(store, clock, KEYS[1], KEYS[0])
    again = await lives_on(store, clock, KEYS[1])
    kept = {"row 1/password": "one", "row 1/made": "newer code", "row 2/made": "lost"}
    assert again.secrets("7K3F") == kept
    again.drop("7K3F", ["row 2/made"])
    again = await lives_on(store, clock, KEYS[1])
    assert again.secrets("7K3F") == {"row 1/password": "one", "row 1/made": "newer code"}


async def test_without_a_key_no_secret_is_stored(store, clock):
    form_secrets = await lives_on(store, clock)
    form_secrets.keep("7K3F", {"password": "one"})
    assert await rows(store) == []


async def test_their_expiry_survives_a_restart(store, clock):
    form_secrets = await lives_on(store, clock, KEYS[0])
    for code in ("7K3F", "8888"):
        form_secrets.keep(code, {"password": "one"})
    form_secrets.extend("8888", 10 * PLAN_LIFETIME)
    clock.now += 2 * PLAN_LIFETIME
    again = await lives_on(store, clock, KEYS[0])
    assert again.secrets("7K3F") == {}
    assert again.secrets("8888") == {"password": "one"}
    assert [code for code, _ in await rows(store)] == ["8888"]


async def test_two_restarts_change_the_key_and_a_lost_key_stops_nothing(store, clock):
    old, new = KEYS
    (await lives_on(store, clock, old)).keep("7K3F", {"password": "one"})
    assert (await lives_on(store, clock, new, old)).secrets("7K3F") == {"password": "one"}
    assert (await lives_on(store, clock, new)).secrets("7K3F") == {"password": "one"}
    assert (await lives_on(store, clock, old)).secrets("7K3F") == {}
    assert (await lives_on(store, clock, new)).secrets("7K3F") == {"password": "one"}  # still there


async def test_secrets_are_stored_before_the_next_write(store, clock):
    form_secrets = await lives_on(store, clock, KEYS[0])
    form_secrets.keep("7K3F", {"password": "one"})
    written = await store.call(lambda db: db.execute("select count(*) from secrets").fetchone())
    assert written == (1,)


def test_returned_secrets_are_a_copy(form_secrets):
    form_secrets.keep("7K3F", {"password": "one"})
    form_secrets.secrets("7K3F")["password"] = "two"
    assert form_secrets.secrets("7K3F") == {"password": "one"}


def at(name: str | None) -> tuple[LocationRef, ...] | None:
    """The location of that name, or any."""
    return None if name is None else (LocationRef(name),)


def person(email: str) -> Sender:
    """Somebody of our own organization."""
    return Sender(f"id-{email}", email, OWN_ORG)


@pytest.fixture
def authorization(tmp_path):
    """Over an empty allowlist."""
    store = Store(tmp_path / "provbot.db")
    people = Identities(FakePeople(), frozenset({OWN_ORG}))
    yield Authorization(store, FakeCalling(), people, COMMANDS, POLICY, government=True)
    store.close()


async def test_a_stranger_is_told_which_admin_to_ask(authorization):
    with pytest.raises(Refused, match=r"not on the list.*\(sam@example\.com\)"):
        await authorization.grants(person("sam@example.com"))


async def test_the_allowlist_is_read_each_time(authorization):
    grant = Grant(ANN, Role.VIEWER)
    await authorization.store.call(grants.add, grant, 1.0)
    assert await authorization.grants(person(ANN)) == (grant,)
    await authorization.store.call(grants.revoke, grant)
    with pytest.raises(Refused):
        await authorization.grants(person(ANN))


async def test_a_domain_can_be_on_the_allowlist(authorization):
    await authorization.store.call(grants.add, Grant("@example.com", Role.VIEWER), 1.0)
    assert await authorization.grants(person("Zoe@Example.com"))
    with pytest.raises(Refused):
        await authorization.grants(person("zoe@sub.example.com"))


@pytest.mark.parametrize("email", ["", "@", "ann"])
async def test_a_sender_without_an_email_is_a_stranger(authorization, email):
    await authorization.store.call(grants.add, Grant("@example.com", Role.ADMIN), 1.0)
    with pytest.raises(Refused):
        await authorization.grants(person(email))


@pytest.mark.parametrize(
    ("role", "place", "where", "decision"),
    [
        (Role.TECHNICIAN, "", None, Decision.ASK),
        (Role.TECHNICIAN, "Lyon", "Lyon", Decision.ASK),
        (Role.ENGINEER, "Lyon", "lyon", Decision.DO),
    ],
)
def test_authorization_follows_the_policy(authorization, role, place, where, decision):
    assert (
        authorization.check("create dect network", (Grant(ANN, role, place),), at(where))
        is decision
    )


@pytest.mark.parametrize(
    ("role", "place", "where", "sentence"),
    [
        (Role.VIEWER, "", None, r"Your role \(viewer\) does not allow “add phone”\. Nothing"),
        (Role.TECHNICIAN, "Lyon", "Berlin", r"Your role \(technician at Lyon\).* in Berlin\."),
        (Role.TECHNICIAN, "Lyon", "", r"Your role \(technician at Lyon\).* there\."),
    ],
)
def test_a_refusal_names_role_and_location(authorization, role, place, where, sentence):
    with pytest.raises(Refused, match=sentence):
        authorization.check("add phone", (Grant(ANN, role, place),), at(where))


def test_the_context_covers_the_locations_of_the_grants(authorization):
    here = authorization.context("add phone", (Grant(ANN, Role.TECHNICIAN, "Lyon"),))
    assert tuple(here.reaches(LocationRef(name)) for name in ("Lyon", "Berlin", "")) == (
        True,
        False,
        False,
    )
    assert (here.scoped, here.government) == (True, True)
    both = (Grant(ANN, Role.TECHNICIAN, "Lyon"), Grant(ANN, Role.VIEWER))
    assert not authorization.context("add phone", both).reaches(LocationRef("Berlin"))
    assert authorization.context("devices", both).reaches(LocationRef("Berlin"))
    assert not authorization.context("devices", both).scoped


def test_an_uncached_context_asks_webex_again(authorization):
    authorization.context("add phone", ())
    assert authorization.calling.freshened == 0
    shown = any_plan()
    assert authorization.context("add phone", (), shown=shown).shown is shown
    assert authorization.calling.freshened == 1
