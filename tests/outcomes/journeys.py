"""Every operation through its whole life, and every question, as people go through them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.operations import OPERATIONS, QUESTIONS
from sandbox.chat_model import Message
from tests.outcomes.stage import Stage, titles

FREE, ERINS, SHAREDS = "D8:2E:3E:EF:4E:5C", "00:11:22:33:44:55", "00:11:22:33:44:C3"
GROUP = "Phone rollout"
BASE = "00:11:22:33:66:D1"  # of the network Warehouse DECT
OTHER = "D8:2E:3E:EF:4E:5D"
SET_UP = (
    f"set up dect Hall at Berlin model DBS210\nbase: {FREE}\nhandset: bob@acme.example; Night Desk"
)
PASSWORD = "Blue-Kangaroo-4711"


@dataclass(frozen=True)
class Act:
    """What a person does, writes `text` or presses `button`, and hears if nothing goes wrong.

    `pattern` is a regular expression, `offers` a button; one message must have both, if both are
    given. In `text`, CODE is the newest request's.
    """

    who: str
    pattern: str = ""
    text: str = ""
    button: str = ""
    offers: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    room: str = ""

    @property
    def name(self) -> str:
        """As the table shows it."""
        return self.button or "typed"

    def do(self, stage: Stage) -> bool:
        """Do it; False where the card is gone."""
        if self.button:
            return stage.press(self.who, self.button, self.inputs)
        codes = stage.rows("select code from requests order by rowid desc limit 1")
        code = str(codes[0]["code"]) if codes else ""
        stage.cloud.say(self.who, self.text.replace("CODE", code), self.room)
        return True

    def is_content_with(self, message: Message) -> bool:
        """Whether that is what the person wants to hear."""
        is_offered = not self.offers or self.offers in titles(message)
        return is_offered and re.search(self.pattern, message.content.text or "") is not None


@dataclass(frozen=True)
class Journey:
    """Acts, one after another. Faults strike from act number `first` on; others cover the rest."""

    name: str
    acts: Sequence[Act]
    changes: int = 0  # in the end
    first: int = 0
    only_changes: bool = False  # whether only changing calls meet faults, as others cover the rest
    restart: int = 0  # the act from which somebody begins again
    away: bool = (
        False  # the first act is done before the bot starts, and so its calls are those of a start
    )
    follows: bool = False  # whether the bot looks whether what was added registers; it never does


def _question(name: str, who: str, text: str, pattern: str) -> Journey:
    return Journey(name, (Act(who, pattern, text),))


def _asked(who: str, text: str, room: str = "") -> Act:
    return Act(who, text=text, offers="Confirm", room=room)


def _confirmed(who: str, pattern: str, button: str = "Confirm") -> Act:
    return Act(who, pattern, button=button)


ADDED, DELETED = "now belongs to|Webex accepted", "was deleted"
HELP = "What you can do|What I can do"
WAITS = "Waiting for approval|I will keep trying until"
APPROVES = "is done:"  # what those who approved it hear in the end
_NETWORK = (
    Act("eli", text="create dect network Hall at Berlin", offers="Continue"),
    Act("eli", button="Continue", offers="Confirm"),
)
_CODE = "activation code 8851 for bob@acme.example"
JOURNEYS: Sequence[Journey] = (
    Journey(
        "add phone",
        (_asked("tom", f"add phone {FREE} 8851 for bob@acme.example"), _confirmed("tom", ADDED)),
        changes=1,
        follows=True,
    ),
    Journey(
        "add phone, by form",
        (
            Act("tom", text="add phone", offers="Continue"),
            Act(
                "tom",
                button="Continue",
                offers="Confirm",
                inputs={"mac": FREE, "model": "8851", "owner": "bob@acme.example"},
            ),
        ),
    ),
    Journey(
        "add phone, in a workspace",
        (_asked("tom", f"add phone {FREE} 8851 in Lobby Berlin"), _confirmed("tom", ADDED)),
        changes=1,
    ),
    Journey(
        "add phone, with a password",
        (
            Act("tom", text=f"add phone {FREE} 2N for bob@acme.example", offers="Continue"),
            Act("tom", button="Continue", offers="Confirm", inputs={"password": PASSWORD}),
            _confirmed("tom", ADDED),
        ),
        changes=1,
        first=2,
    ),
    Journey(
        "add phones",
        (
            _asked(
                "eli", f"add phones\n{FREE} 8851 bob@acme.example\n{OTHER} 8851 jack@acme.example"
            ),
            _confirmed("eli", "Added 2 phones"),
        ),
        changes=2,
    ),
    Journey(
        "activation codes",
        (
            _asked("eli", "activation codes 8851\nbob@acme.example\nLobby Berlin"),
            _confirmed("eli", "Got 2 activation codes"),
        ),
        changes=2,
        first=1,
        only_changes=True,
    ),
    Journey(
        "delete devices",
        (_asked("ada", f"delete devices\n{ERINS}\n{SHAREDS}"), _confirmed("ada", "Deleted 2")),
        changes=2,
    ),
    Journey(
        "tag devices",
        (_asked("eli", f"tag devices +lobby\n{ERINS}\n{SHAREDS}"), _confirmed("eli", "Tagged 2")),
        changes=2,
        first=1,
        only_changes=True,
    ),
    Journey(
        "activation code, in a space",
        (
            _asked("tom", _CODE, GROUP),
            _confirmed("tom", "The activation code for Bob Keller is ready"),
        ),
        changes=1,
        follows=True,
    ),
    Journey(
        "create dect network",
        (*_NETWORK, _confirmed("eli", "The DECT network Hall was created")),
        changes=1,
    ),
    Journey(
        "create dect network, approved",
        (
            Act("tom", text="create dect network Hall at Berlin", offers="Continue"),
            Act("tom", button="Continue", offers="Confirm"),
            _confirmed("tom", WAITS),
            Act("ana", APPROVES, button="Approve"),
        ),
        changes=1,
        first=2,
    ),
    Journey(
        "tag", (_asked("tom", f"tag {ERINS} +lobby"), _confirmed("tom", "has the tag")), changes=1
    ),
    Journey(
        "tag, taking one away",
        (_asked("tom", f"tag {ERINS} -desk"), _confirmed("tom", "has the tag")),
        changes=1,
    ),
    Journey(
        "delete device",
        (_asked("ada", f"delete device {ERINS}"), _confirmed("ada", DELETED)),
        changes=1,
    ),
    Journey(
        "delete device, approved",
        (
            _asked("tom", f"delete device {ERINS}"),
            _confirmed("tom", WAITS),
            Act("ana", APPROVES, button="Approve"),
        ),
        changes=1,
        first=1,
    ),
    Journey(
        "set up dect",
        (
            Act("eli", "Second line: Night Desk", text=SET_UP, offers="Confirm"),
            _confirmed("eli", "✓ Set up the DECT network Hall"),
        ),
        changes=4,
    ),
    Journey(
        "add base",
        (
            _asked("tom", f"add base {FREE} to Warehouse DECT"),
            _confirmed("tom", "✓ Added base station"),
        ),
        changes=1,
        follows=True,
    ),
    Journey(
        "add handset",
        (
            _asked("tom", "add handset to Warehouse DECT\nbob@acme.example; Night Desk"),
            _confirmed("tom", "✓ Added a handset"),
        ),
        changes=2,
        first=1,
    ),
    Journey(
        "remove base",
        (_asked("eli", f"remove base {BASE}"), _confirmed("eli", "was removed from")),
        changes=1,
    ),
    Journey(
        "remove handset",
        (
            _asked("eli", "remove handset of omar@acme.example"),
            _confirmed("eli", "was removed from"),
        ),
        changes=1,
    ),
    Journey(
        "change dect network",
        (
            _asked("eli", "rename dect network Warehouse DECT to Depot"),
            _confirmed("eli", "is now called Depot"),
        ),
        changes=1,
    ),
    Journey(
        "delete dect network",
        (_asked("ada", "delete dect network Warehouse DECT"), _confirmed("ada", DELETED)),
        changes=1,
    ),
    Journey(
        "swap phone",
        (
            _asked("tom", f"swap {ERINS} with {FREE} 8851"),
            _confirmed("tom", "took the place of"),
        ),
        changes=3,
        first=1,
    ),
    Journey(
        "move phone",
        (_asked("eli", f"move {ERINS} to bob@acme.example"), _confirmed("eli", "now belongs to")),
        changes=3,
        first=1,
        only_changes=True,
    ),
    Journey(
        "apply changes",
        (
            _asked("tom", f"apply changes to {ERINS}"),
            _confirmed("tom", "✓ The Cisco 8845 of Erin Walsh fetches"),
        ),
        changes=1,
        first=1,
        only_changes=True,
    ),
    Journey(
        "delete device, rejected",
        (
            _asked("tom", f"delete device {ERINS}"),
            _confirmed("tom", WAITS),
            Act("ana", "Rejected by", button="Reject", inputs={"reason": "it is still used"}),
        ),
        first=2,
    ),
    Journey(
        "undo of add phone",
        (
            _asked("ada", f"add phone {FREE} 8851 for bob@acme.example"),
            _confirmed("ada", ADDED),
            Act("ada", button="Undo", offers="Confirm"),
            _confirmed("ada", DELETED),
        ),
        changes=2,
        first=2,
        restart=2,
    ),
    Journey(
        "grant",
        (
            _asked("ada", "grant bob@acme.example technician at Berlin"),
            _confirmed("ada", "bob@acme.example is now a technician"),
        ),
        changes=1,
    ),
    Journey(
        "revoke",
        (
            _asked("ada", "revoke eli@acme.example engineer"),
            _confirmed("ada", "eli@acme.example is no longer an engineer"),
        ),
        changes=1,
    ),
    Journey(
        "approval space",
        (
            _asked("ada", "use this space for approvals", GROUP),
            _confirmed("ada", "Approval cards are posted in"),
        ),
        changes=1,
    ),
    Journey("start", (Act("vera", HELP, text="help"),), away=True),
    _question("help", "vera", "help", HELP),
    _question("unknown words", "vera", "aprove", "Did you mean|do not understand"),
    _question("whoami", "tom", "whoami", "technician"),
    _question("devices", "vera", "devices erin", "Erin Walsh"),
    _question("device", "vera", f"device {ERINS}", "Erin Walsh"),
    _question("followed", "tom", "followed", "Nothing is waiting to register"),
    _question("dect", "vera", "dect Warehouse", "Eli Novak"),
    Journey(
        "dect sheet",
        (Act("tom", "I sent the pairing sheet", text="dect sheet Warehouse", room=GROUP),),
    ),
    _question("access", "ada", "access", "tom@acme.example"),
    _question("audit", "ada", "audit", "Audit trail"),
    _question("approvals", "ana", "approvals", "Nothing waits for you"),
    _question("requests", "tom", "requests", "No requests yet"),
    Journey(
        "request",
        (_asked("tom", f"tag {ERINS} +lobby"), Act("tom", "draft", text="request CODE")),
        first=1,
    ),
    Journey(
        "cancel",
        (_asked("tom", f"tag {ERINS} +lobby"), Act("tom", "ancelled", text="cancel CODE")),
        first=1,
    ),
    Journey(
        "change of a plan",
        (
            _asked("tom", f"tag {ERINS} +lobby"),
            Act("tom", button="Change", offers="Continue"),
            Act("tom", button="Continue", offers="Confirm", inputs={"tags": "+hall"}),
        ),
        first=1,
    ),
)


def names_without_journey() -> set[str]:
    """Operations and questions of the bot that nobody goes through here.

    Small talk calls nothing of Webex but the answer.
    """
    names = {journey.name.partition(",")[0] for journey in JOURNEYS}
    return {command.name for command in (*OPERATIONS, *QUESTIONS) if command.usage} - names


def named(name: str) -> Journey:
    """The journey of that name."""
    return next(journey for journey in JOURNEYS if journey.name == name)
