"""Where approval cards are posted, as an admin says it in chat."""

from dataclasses import dataclass, field, replace

import pytest

from bot.core.errors import Forbidden, NotFound, Refused, Unavailable
from bot.core.models.people import Grant, Place, Role, Sender, Space
from bot.domain.command_parser import Command
from bot.domain.identity import Identities
from bot.domain.operation import Caller, Context, Job
from bot.domain.plan import Undo
from bot.domain.ports import ApprovalSpace
from bot.operations import PARSER
from bot.operations.approval_space import APPROVAL_SPACE, DIRECT, HERE
from bot.operations.grants import ACCESS
from cards import render
from tests.bot.operations.forms import context, plan, problems
from tests.fake_calling import FakeCalling
from tests.fake_people import OTHER_ORG, OWN_ORG, FakeAllowlist, FakePeople

ROOM, OTHER = Place("room-1", direct=False, thread_id="t"), Place("room-2", direct=False)
CHAT = Place("room-3", direct=True)
ANA, BEN = Sender("", "ana@example.com", OWN_ORG), Sender("", "ben@example.com", OTHER_ORG)
LEA = Grant("lea@example.com", Role.APPROVER)


@dataclass
class FakeApprovalSpace:
    """Remembers the space; titles are read unless there is a trouble."""

    now: Space | None = None
    is_configured: bool = False
    is_closed: bool = False
    people: list[Sender] | None = None
    trouble: Exception | None = None
    used: list[Space | None] = field(default_factory=list)

    def note_posting(self, room_id: str, *, refused: bool) -> None:
        """Remember it for each space."""
        self.is_closed = refused

    def is_known_closed(self, room_id: str) -> bool:
        """Whether it was refused."""
        return self.is_closed

    async def current(self) -> Space | None:
        """The space of now."""
        return self.now

    async def title(self, room_id: str) -> str:
        """`Space room-1`."""
        if self.trouble:
            raise self.trouble
        return f"Space {room_id}"

    async def members(self, room_id: str) -> list[Sender] | None:
        """The same in each space."""
        return self.people

    async def use(self, space: Space | None) -> None:
        """Remember it."""
        self.now = space
        self.used.append(space)


def _is_an_approval_space(fake: FakeApprovalSpace) -> ApprovalSpace:
    return fake


def there(place: Place, space: FakeApprovalSpace, *grants: Grant) -> Context:
    """Where an admin writes."""
    return replace(
        context(FakeCalling()),
        place=place,
        approval_space=space,
        allowlist=FakeAllowlist([Grant("ada@example.com", Role.ADMIN), *grants]),
        accounts=Identities(FakePeople(), frozenset({OWN_ORG})),
    )


async def test_the_space_where_it_is_written_is_used():
    space = FakeApprovalSpace(people=[ANA])
    ctx = there(ROOM, space, Grant(ANA.email, Role.APPROVER))
    made = await plan(APPROVAL_SPACE, {"where": HERE}, ctx)
    assert made.title == "Post approval cards in the space “Space room-1”"
    assert made.warnings == ()
    assert await APPROVAL_SPACE.actions[0].look_up(Job.only(made), ctx) is None
    outcome = await APPROVAL_SPACE.actions[0].run(Job.only(made), {}, ctx)
    assert space.used == [Space("room-1", "Space room-1")]
    assert outcome.title == "Approval cards are posted in the space “Space room-1”"
    assert outcome.undo == Undo(operation="approval space", inputs={"where": DIRECT})
    assert await APPROVAL_SPACE.actions[0].look_up(Job.only(made), ctx) == outcome


async def test_it_is_taken_back_in_that_space():
    space = FakeApprovalSpace(now=Space("room-1", "Ops"))
    ctx = there(ROOM, space, Grant("@example.com", Role.APPROVER))
    made = await plan(APPROVAL_SPACE, {"where": DIRECT}, ctx)
    assert dict(made.facts)["Until now"] == "the space “Ops”"
    assert made.warnings == ("I cannot ask @example.com in direct messages, only in a space.",)
    outcome = await APPROVAL_SPACE.actions[0].run(Job.only(made), {}, ctx)
    assert space.used == [None]
    assert outcome.undo == Undo(operation="approval space", inputs={"where": HERE})


async def test_another_space_takes_its_place_and_cannot_be_undone_from_there():
    space = FakeApprovalSpace(now=Space("room-1", "Ops"), people=[])
    ctx = there(OTHER, space)
    made = await plan(APPROVAL_SPACE, {"where": HERE}, ctx)
    assert dict(made.facts)["Until now"] == "the space “Ops”"
    assert (await APPROVAL_SPACE.actions[0].run(Job.only(made), {}, ctx)).undo is None


@pytest.mark.parametrize(
    ("place", "where", "space", "sentence"),
    [
        (CHAT, HERE, FakeApprovalSpace(), "This is a direct message"),
        (ROOM, HERE, FakeApprovalSpace(now=Space("room-1")), "in this space already"),
        (ROOM, DIRECT, FakeApprovalSpace(), "Approvers get direct messages already"),
        (CHAT, DIRECT, FakeApprovalSpace(now=Space("room-1", "Ops")), "posted in “Ops”. Nothing"),
        (OTHER, DIRECT, FakeApprovalSpace(now=Space("room-1", "Ops")), "mention me in that space"),
        (
            CHAT,
            DIRECT,
            FakeApprovalSpace(now=Space("room-1", "Ops"), trouble=Unavailable(503, "Down.")),
            "posted in “Ops”. Nothing",
        ),
        (
            ROOM,
            HERE,
            FakeApprovalSpace(now=Space("room-9"), is_configured=True),
            "set by PROVBOT_APPROVAL_ROOM, so chat cannot change it. Nothing was changed",
        ),
    ],
)
async def test_where_nothing_can_change_it_is_refused(place, where, space, sentence):
    with pytest.raises(Refused) as refusal:
        await plan(APPROVAL_SPACE, {"where": where}, there(place, space))
    assert sentence in str(refusal.value)
    assert "Nothing was changed." in str(refusal.value)
    assert space.used == []


@pytest.mark.parametrize("trouble", [NotFound(404, "Gone."), Forbidden(403, "No member.")])
async def test_a_space_that_is_gone_is_given_up_from_anywhere(trouble):
    space = FakeApprovalSpace(now=Space("room-1", "Ops"), trouble=trouble)
    made = await plan(APPROVAL_SPACE, {"where": DIRECT}, there(CHAT, space))
    assert made.title == "Send approval cards as direct messages"


async def test_warnings_name_who_sees_too_much_and_who_nothing():
    space = FakeApprovalSpace(people=[ANA, BEN])
    ctx = there(ROOM, space, LEA, Grant(ANA.email, Role.APPROVER))
    made = await plan(APPROVAL_SPACE, {"where": HERE}, ctx)
    assert made.warnings == (
        f"{BEN.email} may not decide, but sees the cards.",
        f"{LEA.who} is not in this space and gets no cards here.",
        f"{BEN.email} is of another organization and sees the cards.",
    )
    again = await plan(APPROVAL_SPACE, {"where": HERE}, replace(ctx, shown=made))
    assert made.is_still(again)


async def test_warnings_name_a_few_of_many():
    space = FakeApprovalSpace(people=[Sender("", f"p{n}@x.example", OWN_ORG) for n in range(7)])
    made = await plan(APPROVAL_SPACE, {"where": HERE}, there(ROOM, space))
    (warning,) = made.warnings
    assert "p4@x.example and 2 more may not decide, but see the cards." in warning


async def test_a_domain_of_approvers_covers_its_members():
    space = FakeApprovalSpace(people=[ANA])
    ctx = there(ROOM, space, Grant("@example.com", Role.APPROVER))
    assert (await plan(APPROVAL_SPACE, {"where": HERE}, ctx)).warnings == ()


@pytest.mark.parametrize("trouble", [Unavailable(503, "Down."), TimeoutError()])
async def test_reads_that_fail_only_warn(trouble):
    made = await plan(
        APPROVAL_SPACE, {"where": HERE}, there(ROOM, FakeApprovalSpace(trouble=trouble))
    )
    assert made.title == "Post approval cards in the approval space"
    assert made.warnings == (
        "Webex did not say who is in this space. Please check that all approvers are.",
    )


async def test_the_form_offers_both_and_says_what_is_used_now():
    ctx = there(ROOM, FakeApprovalSpace(now=Space("room-1", "Ops")))
    (box,) = await APPROVAL_SPACE.fields({}, ctx)
    assert [choice.value for choice in box.choices] == [HERE, DIRECT]
    assert box.placeholder == "Now: the space “Ops”"
    (box,) = await APPROVAL_SPACE.fields({}, replace(ctx, place=CHAT))
    assert [choice.value for choice in box.choices] == [DIRECT]
    wrong = await problems(APPROVAL_SPACE, {"where": "elsewhere"}, ctx)
    assert wrong.problems == {"where": "Please choose: this space or direct messages."}


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        (FakeApprovalSpace(), "Approvers get direct messages."),
        (FakeApprovalSpace(now=Space("r", "Ops")), "Approval cards are posted in the space “Ops”."),
        (
            FakeApprovalSpace(now=Space("r", "Ops"), is_closed=True),
            "in the space “Ops”. I could not post there the last time",
        ),
        (
            FakeApprovalSpace(now=Space("r"), is_configured=True),
            "Approval cards are posted in the space, set by PROVBOT_APPROVAL_ROOM.",
        ),
    ],
)
async def test_access_says_where_cards_go(space, sentence):
    answer = await ACCESS.answer("", Caller("ada@example.com", (), ()), there(ROOM, space))
    assert not isinstance(answer, str)
    assert sentence in render.to_text(answer)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("use this space for approvals", HERE),
        ("Please use this room for approvals from now on", HERE),
        ("post approvals here", HERE),
        ("send approval cards to this space", HERE),
        ("make this the approval space", HERE),
        ("stop using this space for approvals", DIRECT),
        ("stop posting approvals here", DIRECT),
        ("send approvals as direct messages again", DIRECT),
        ("approval space", None),
    ],
)
def test_it_is_understood_in_many_words(text, where):
    assert PARSER.parse(text) == Command("approval space", {"where": where} if where else {})


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("approvals", "approvals"),
        ("approvals in this space", "approvals"),
        ("delete approval space lamp", "delete device"),
        ("stop 7K3F", "stop"),
    ],
)
def test_other_commands_keep_their_meaning(text, verb):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command)
    assert parsed.verb == verb
