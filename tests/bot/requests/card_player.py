"""The people of the life test: they type commands and press the buttons of any card."""

from bot.chat.events import Event
from bot.core.models.people import Sender
from tests.bot.requests.harness import DispatchHarness, room_of
from tests.bot.requests.invariants import InvariantChecker, Pressed
from tests.bot.requests.strategies import APPROVAL_ROOM, APPROVERS, PEOPLE, VisibleButton, buttons
from tests.cards import rules as card_rules

SAME_VERBS = {"deny": "reject", "decline": "reject"}
MEANT_ALONE = {"confirm": "draft", "approve": "waiting", "reject": "waiting"}


class CardPlayer:
    """What people can do in chat; each step is noted for the checker before it happens."""

    harness: DispatchHarness
    checker: InvariantChecker

    def _typed(self, sender: Sender, text: str, room: str) -> tuple[Event, Sender, str]:
        verb, *rest = text.partition(" because ")[0].split()
        verb = SAME_VERBS.get(verb, verb)
        requests = self.checker.rows("select code, version, state from requests")
        named = [row for row in requests if row["code"] in rest]
        # Without a code any request may be meant that the person could see by then.
        meant = named or [row for row in requests if row["state"] == MEANT_ALONE.get(verb)]
        self.checker.pressed += [
            Pressed(sender, verb, row["code"], str(row["version"]), None) for row in meant
        ]
        return self.harness.typed(sender, text, room), sender, room

    def _press(
        self, button: VisibleButton, sender: Sender, **other: str
    ) -> tuple[Event, Sender, str]:
        cards = (
            message.card
            for message in self.harness.messenger.posted
            if message.id == button.message
        )
        card = next(cards, None) if button.title else None
        defaults = {
            element["id"]: element.get("value", "")
            for element in card_rules.elements(card or {"type": ""})
            if str(element["type"]).startswith("Input.")
        }
        typed = {"reason": "no *need*", **other}
        filled_in = {name: typed[name] for name in typed if name in defaults}
        inputs = {**defaults, **filled_in, **button.data}
        room = room_of(sender) if "@" in button.place else button.place
        pressed = Pressed(
            sender,
            str(inputs.get("press")),
            str(inputs.get("request")),
            str(inputs.get("version")),
            button.card_text or None,
        )
        self.checker.pressed.append(pressed)
        return self.harness.pressed(sender, inputs, room, button.message), sender, room

    def _rightful(self, button: VisibleButton, who: int) -> Sender:
        """Whom the card is for."""
        for person in PEOPLE:
            if button.place in (person.email, room_of(person)):
                return person
        if button.place == APPROVAL_ROOM:
            return APPROVERS[who % len(APPROVERS)]
        asked = self.checker.rows(
            "select requester_id from requests where code = ?", button.data.get("request", "")
        )
        return next(
            sender for sender in PEOPLE if not asked or sender.person_id == asked[0]["requester_id"]
        )

    def _code(self, nth: int) -> str:
        codes = self.checker.rows("select code from requests order by rowid desc")
        return str(codes[nth % len(codes)]["code"]) if codes else "7K3F"

    def buttons(self) -> list[VisibleButton]:
        """All that were ever shown, the newest last."""
        return buttons(self.harness.messenger.posted)

    def standing(self) -> list[VisibleButton]:
        """The buttons of cards that were not replaced."""
        gone = set(self.harness.messenger.removed)
        return [button for button in self.buttons() if button.message not in gone]
