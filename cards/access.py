"""Cards about access: a refusal with a way to ask for a role, and what the admins see of that."""

from collections.abc import Sequence

from adaptivecardbuilder import AdaptiveCard

from cards.parts import Button, add_buttons, add_facts, paragraph, say, subtle, titled

ASK = Button("Ask for access", {"access": "ask"})


def refusal(text: str, *, wants: str = "", tried: str = "") -> AdaptiveCard:
    """A refusal with the button that asks the admins.

    `wants` is the command that a role does not allow, `tried` the one of somebody without a role.
    """
    card = AdaptiveCard(version="1.3")
    card.add(paragraph(text))
    command = {"wants": wants} if wants else {"tried": tried} if tried else {}
    data = {**ASK.data, **command}
    add_buttons(card, [Button(ASK.title, data)])
    return card


def role_given(text: str) -> AdaptiveCard:
    """What somebody is told who got a role, with a button for the next step."""
    card = AdaptiveCard(version="1.3")
    card.add(paragraph(text))
    add_buttons(card, [Button("Help", say("help"))])
    return card


def ask(
    person: str,
    address: str,
    facts: Sequence[tuple[str, str]],
    *,
    ask_id: str,
    roles: Sequence[str],
) -> AdaptiveCard:
    """What an admin sees of an ask: one button for each role, and one that closes it."""
    card = titled(f"{person} asks for access", "A role opens its plan. You confirm it there.")
    add_facts(card, [("Address", address), *facts])
    card.add(subtle("Anybody can choose this name. Check the address to see who it is."))
    buttons = [
        Button(role.capitalize(), {"access": "give", "ask": ask_id, "role": role}) for role in roles
    ]
    dismiss = Button("Dismiss", {"access": "dismiss", "ask": ask_id}, style="destructive")
    add_buttons(card, [*buttons, dismiss])
    return card
