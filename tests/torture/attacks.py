"""Scenes of attackers, and of people whom Webex fails: each writes or presses at least once."""

from sandbox.ids import public_id
from tests.torture import dect, photos, scenarios
from tests.torture.player import Player
from tests.torture.records import Post
from tests.torture.scenarios import Scene, new_mac, token

ESCAPES = (
    "PEOPLE:me",
    "PEOPLE:../../organizations/x",
    "PLACE:../organizations/Y2lzY29",
    "PLACE:..%2f..%2fu2c/api/v1/catalog",
    "DEVICE:?callingData=false",
    "../people/me",
)
PRESSES = (
    "confirm", "continue", "cancel", "approve", "reject", "again", "another", "undo", "stop",
)  # fmt: skip
UNREADABLE = (
    {"status": 500},
    {"status": 503},
    {"text": "[" * 3000},
    {"text": '{"id": ' + "9" * 6000 + "}"},
    {"text": "<html>Sorry</html>"},
)


async def probes(player: Player) -> None:
    """Which codes are there? Those of others, and some that nobody has."""
    shown = _shown(player)
    if not shown:
        await scenarios.chats(player)
        return
    known = [post.request for post in player.record.posts[-200:] if post.request]
    for _ in range(player.dice.choice((1, 5))):
        code = player.dice.choice((*known, "ZZZZ", "3A4C", "' or 1=1", ""))
        press = player.dice.choice(PRESSES)
        data: dict[str, object] = {
            "request": code,
            "press": press,
            "version": player.dice.choice((1, 2, 3)),
        }
        say: dict[str, object] = {"say": f"{press} {code}", "for": player.person.key}
        player.submit(player.dice.choice(shown), player.dice.choice((data, data, data, say)))


async def floods(player: Player) -> None:
    """Send the same meaningless text again and again."""
    rooms = [None, *(space for space in player.stage.rooms if player.person.key in space.members)]
    room = player.dice.choice(rooms)
    for _ in range(15):
        player.say(f"hello {token()}", room)


async def presses_of_others(player: Player) -> None:
    """A button as it stands on a card of somebody else, or on one's own in a space."""
    rooms = {room.key for room in player.stage.rooms}
    # Who asks for access hears more than strangers do otherwise: tests/bot/requests tries that.
    cards = [
        post
        for post in _shown(player)
        if post.room in rooms and {*post.buttons} - {"Ask for access"}
    ]
    if cards:
        card = player.dice.choice(cards)
        player.press(card, player.dice.choice(card.buttons))


async def approves_as_alias(player: Player) -> None:
    """Somebody whose address is an alias of the requester's, in words and by a crafted press."""
    whose = player.stage.alias_of
    waiting = [
        post
        for post in player.record.posts[-600:]
        if whose
        and post.room == _home(player, whose)
        and post.text.startswith("Waiting for approval")
    ]
    if not waiting:
        await scenarios.approves(player)
        return
    code = player.dice.choice(waiting).request
    player.say(f"approve {code}")
    if shown := _shown(player):
        player.submit(shown[-1], {"request": code, "press": "approve", "version": 3})


async def wanders(player: Player) -> None:
    """An owner that leads to another path of the API."""
    owner = player.dice.choice(ESCAPES)
    form = await player.asks(f"add phone {new_mac()} 8865 for {owner}")
    if form is not None and "Continue" in form.buttons:
        await player.goes_on(form, "Continue", owner=player.dice.choice(ESCAPES))


async def is_repeated(player: Player) -> None:
    """A password that Webex repeats as it refuses the phone, also where many read along."""
    rooms = [None, *(room for room in player.stage.rooms if player.person.key in room.members)]
    secret = f"{token()}!Sesam"
    player.record.secrets.add(secret)
    command = (
        f"add phone {new_mac()} Generic IPPhone Customer Managed for {scenarios.owner(player)}"
    )
    form = await player.asks(command, player.dice.choice(rooms[:2]))
    if form is None or "Continue" not in form.buttons:
        return
    plan = await player.goes_on(form, "Continue", password=secret)
    if plan is not None and "Confirm" in plan.buttons:
        await player.goes_on(plan, "Confirm")


async def cannot_be_read(player: Player) -> None:
    """Webex tells of a message that it does not give, whatever comes after."""
    message = player.say(token())
    spoilt = player.dice.choice(UNREADABLE)
    path = f"/messages/{public_id('MESSAGE', message.key)}"
    player.stage.sandbox.fault(what="call", method="GET", path=path, lasts=15.0, **spoilt)
    await scenarios.chats(player)


def _shown(player: Player) -> list[Post]:
    """Cards in front of this person."""
    recent = player.record.posts[-300:]
    return [post for post in recent if post.card and scenarios.sees(player, post)]


def _home(player: Player, email: str) -> str:
    person = player.cloud.person_by_email(email)
    assert person
    return player.cloud.chat.direct_room(person.key, player.cloud.bot_key).key


STRANGERS_DO: tuple[tuple[int, Scene], ...] = (
    (4, probes),
    (3, presses_of_others),
    (2, floods),
    (2, scenarios.asks_in_space),
    (2, wanders),
    (1, scenarios.adds_phone),
)
ALIASES_DO: tuple[tuple[int, Scene], ...] = ((4, approves_as_alias), (2, scenarios.approves))
OTHERS_DO: tuple[tuple[int, Scene], ...] = (
    *scenarios.SCENES,
    (10, dect.sets_up),
    (8, dect.extends),
    (6, dect.reduces),
    (3, dect.changes_network),
    (6, photos.sends_photo),
    (3, photos.sends_photo_first),
    (2, photos.sends_unreadable),
    (4, presses_of_others),
    (3, wanders),
    (4, is_repeated),
    (2, cannot_be_read),
)
