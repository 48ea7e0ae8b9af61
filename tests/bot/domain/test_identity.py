"""Accounts are read again, kept for minutes only, and told apart by the uuid in their ids."""

import base64

import pytest

from bot.core.errors import Forbidden, NotFound, Unauthorized, Unavailable, Unchecked
from bot.core.models.people import Sender
from bot.domain.identity import CACHE_LIFETIME, Identities, key, organizations, same_account
from tests.bot.requests.fixtures import Clock
from tests.fake_people import OTHER_ORG, OWN_ORG, FakePeople

ANN = Sender("id-ann", "ann@example.com")
SAM = Sender("id-sam", "sam@example.com")
UUID = "f0f0f0f0-1111-4222-8333-444444444444"


def public(kind: str = "PEOPLE", cluster: str = "us", uuid: str = UUID) -> str:
    return base64.b64encode(f"ciscospark://{cluster}/{kind}/{uuid}".encode()).decode()


class RequestFixture:
    """People, read on a clock."""

    def __init__(self, *own: str) -> None:
        self.people, self.clock = FakePeople(), Clock()
        self.people.meet(ANN)
        self.people.meet(SAM)
        self.identities = Identities(
            self.people, frozenset(own or {OWN_ORG}), self.clock, self.clock.sleep
        )

    async def email(self, *, fresh: bool = False) -> str:
        since = self.clock() if fresh else None
        return (await self.identities.of(ANN.person_id, since=since)).email


@pytest.mark.parametrize(
    "other",
    [public(), public().rstrip("="), public(cluster="urn:TEAM:eu-central-1_k"), UUID, UUID.upper()],
)
def test_an_account_is_the_same_in_each_cluster_and_encoding(other):
    assert same_account(public(), other)
    assert key(other) == UUID


def test_ids_without_a_uuid_inside_are_compared_as_text():
    assert same_account("id-ann", "id-ann")
    assert not same_account("id-ann", "id-bob")
    assert not same_account("", "")


def test_organizations_are_compared_by_the_uuid_inside():
    assert organizations(public("ORGANIZATION"), None, "", 7) == {UUID}
    assert organizations(UUID) == organizations(public("ORGANIZATION", "eu"))


async def test_an_account_is_cached_for_minutes_but_read_again_for_actions():
    world = RequestFixture()
    assert await world.email() == ANN.email
    world.people.emails[ANN.person_id] = "Ann@Gone.example"
    world.clock.now += CACHE_LIFETIME - 1
    assert await world.email() == ANN.email
    assert await world.email(fresh=True) == "ann@gone.example"
    world.people.emails[ANN.person_id] = "ann@back.example"
    world.clock.now += CACHE_LIFETIME
    assert await world.email() == "ann@back.example"


async def test_a_prefetched_account_is_not_read_again():
    world = RequestFixture()
    since = world.clock()
    world.clock.now += 1
    await world.identities.read_ahead(base64.b64encode(b"ciscospark://us/PEOPLE/id-ann").decode())
    account = await world.identities.of(ANN.person_id, since=since)
    assert (account.person_id, account.email) == (ANN.person_id, ANN.email)
    assert world.people.read == [ANN.person_id]


async def test_an_old_prefetched_account_is_read_again():
    world = RequestFixture()
    since = world.clock()
    world.clock.now += 1
    await world.identities.read_ahead(ANN.person_id)
    renamed = world.people.emails[ANN.person_id] = "ann@gone.example"
    world.clock.now += CACHE_LIFETIME
    assert (await world.identities.of(ANN.person_id, since=since)).email == renamed


async def test_a_failed_prefetch_is_read_on_demand():
    world = RequestFixture()
    world.people.troubles = [Unavailable(503, "")]
    await world.identities.read_ahead(ANN.person_id)
    assert await world.email(fresh=True) == ANN.email


@pytest.mark.parametrize("problem", [Unauthorized(401, ""), Forbidden(403, ""), NotFound(404, "")])
async def test_a_single_malformed_answer_is_retried(problem):
    world = RequestFixture()
    world.people.troubles = [problem]
    assert await world.email() == ANN.email


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize(
    "problem", [Unauthorized(401, ""), Forbidden(403, ""), NotFound(404, ""), Unavailable(503, "")]
)
async def test_an_account_that_cannot_be_read_is_not_trusted(problem, fresh):
    world = RequestFixture()
    await world.email()
    world.clock.now += CACHE_LIFETIME
    world.people.troubles = [problem, problem]
    with pytest.raises(Unchecked, match=r"^I cannot check who you are at the moment\. Nothing was"):
        await world.email(fresh=fresh)


@pytest.mark.parametrize(
    "answer",
    [{}, {"emails": []}, {"emails": None}, {"emails": [7]}, {"emails": "x"}, {"emails": ["x"]}],
)
async def test_an_answer_without_an_address_is_refused(answer):
    world = RequestFixture()
    world.people.malformed[ANN.person_id] = answer
    with pytest.raises(Unchecked):
        await world.email()


@pytest.mark.parametrize(
    ("own", "org", "ours"),
    [
        ({OWN_ORG}, OWN_ORG, True), ({OWN_ORG}, OTHER_ORG, False), ({OWN_ORG}, None, False),
        (set(), OTHER_ORG, True), (set(), None, True),
    ],
)  # fmt: skip
async def test_an_account_of_our_organization_is_recognized(own, org, ours):
    people = FakePeople(orgs={ANN.person_id: org})
    identities = Identities(people, frozenset(own))
    assert identities.is_ours(await identities.of(ANN.person_id)) is ours


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Tom Berger", "Tom Berger"),
        ("  Tom\u202e\n Berger ", "Tom Berger"),
        ("T" * 80, "T" * 59 + "…"),
        ("ada@acme.example", ANN.email),  # an address says who somebody is; a name does not
        ("", ANN.email),
        (7, ANN.email),
        (None, ANN.email),
    ],
)
async def test_a_person_is_shown_by_name_or_else_by_address(name, shown):
    people = FakePeople(emails={ANN.person_id: ANN.email}, names={ANN.person_id: name})
    assert (await Identities(people).of(ANN.person_id)).shown == shown


async def test_an_account_that_is_read_again_is_kept_from_then_on():
    world = RequestFixture()
    bob = Sender("id-bob", "bob@example.com")
    world.people.meet(bob)
    await world.email()
    world.clock.now += 1
    await world.identities.of(bob.person_id)
    world.clock.now += CACHE_LIFETIME / 2
    await world.email(fresh=True)
    world.clock.now += CACHE_LIFETIME / 2  # Bob was read longer ago
    await world.identities.of(SAM.person_id)
    assert world.identities.known(ANN.person_id)
    assert not world.identities.known(bob.person_id)
    assert len(world.identities._kept) == 2


async def test_a_known_account_is_not_read():
    world = RequestFixture()
    assert world.identities.known(ANN.person_id) is None
    await world.email()
    assert world.identities.known(ANN.person_id) == ANN
