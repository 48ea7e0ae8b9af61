"""What people do: short scenes, chosen by dice. Each says or presses something at least once."""

from collections.abc import Awaitable, Callable
from itertools import count

from sandbox.chat_model import Draft, File
from sandbox.errors import ApiError
from tests.torture.player import Player
from tests.torture.records import Post

PLACES = ("Berlin", "Lyon", "Austin")
PHONES = ("8865", "8845", "8851", "6841")
TAGS = ("lobby", "spare", "lab")
WRONG_PRESSES = (
    "confirm",
    "approve",
    "reject",
    "cancel",
    "continue",
    "undo",
    "again",
    "another",
    "x" * 50,
    "",
)
AFTERWARDS = ("Retry failed", "Run the rest", "Undo")  # buttons of the result of a list
LONG = 40.0  # seconds until nobody waits for the end of a list any more
ADDED = "D82E3E"  # so begin the MACs of what people add
_numbers = count(1)  # so that no two people ever say the same


def token() -> str:
    """Words that nobody else says: their answer can be told from every other."""
    return f"zz{next(_numbers):06d}"


def new_mac() -> str:
    """One that no phone has."""
    return f"{ADDED}{next(_numbers):06X}"


def mine(player: Player, post: Post | None) -> bool:
    """Whether it is a plan that one may go on with."""
    return post is not None and "Confirm" in post.buttons


async def chats(player: Player) -> None:
    """Words that are no command; several at once, without waiting in between."""
    for _ in range(player.dice.choice((1, 1, 1, 3))):
        word = token()
        before = len(player.record.posts)
        player.say(f"{word} {player.dice.choice(('please', 'hello there', '+1'))}")
        await player.sees(player.home, before, lambda post, word=word: word in post.text)  # type: ignore[misc]  # mypy cannot infer a lambda's default


async def asks_in_space(player: Player) -> None:
    """A question in a group space; the answer hangs below it."""
    rooms = [space for space in player.stage.rooms if player.person.key in space.members]
    room = player.dice.choice(rooms)
    before = len(player.record.posts)
    sent = player.say(
        player.dice.choice(("help", "whoami", "requests", "approvals", "followed")), room
    )
    await player.sees(room, before, lambda post: post.parent == sent.key)


async def adds_phone(player: Player) -> None:
    """All in one line, then one of the ways on."""
    rooms = [space for space in player.stage.rooms if player.person.key in space.members]
    room = player.dice.choice((None, None, None, *rooms[:1]))
    command = f"add phone {new_mac()} {player.dice.choice(PHONES)} for {owner(player)}"
    await sets_response(player, await player.asks(command, room))


async def adds_by_form(player: Player) -> None:
    """The form: filled wrongly first, now and then."""
    form = await player.asks("add phone")
    if form is None or "Continue" not in form.buttons:
        return
    if player.dice.random() < 0.3:
        corrected = await player.goes_on(form, "Continue", mac="not a mac", owner=owner(player))
        form = corrected if corrected and "Continue" in corrected.buttons else form
    plan = await player.goes_on(form, "Continue", mac=new_mac(), owner=owner(player), **model(form))
    await sets_response(player, plan)


def model(form: Post) -> dict[str, str]:
    """A model that the form offers."""
    boxes = [part for part in form.card.get("body", ()) if part.get("id") == "model"]
    offered = [str(choice["value"]) for box in boxes for choice in box.get("choices", ())]
    return {"model": next((value for value in offered if "8865" in value), "8865")}


async def gets_code(player: Player) -> None:
    """An activation code, which can be made twice without anybody noticing."""
    command = f"activation code {player.dice.choice(PHONES)} for {owner(player)}"
    await sets_response(player, await player.asks(command))


async def makes_network(player: Player) -> None:
    """A DECT network: for technicians somebody has to approve it."""
    await sets_response(player, await network(player))


async def rules_alone(player: Player) -> None:
    """An approver who asks for a network, and approves it at once."""
    plan = await network(player)
    if plan is not None and plan.request:
        await approves_own(player, plan)


async def network(player: Player) -> Post | None:
    """The plan of one, by way of the form."""
    form = await player.asks(f"create dect network {token()} at {player.dice.choice(PLACES)}")
    if form is None or "Continue" not in form.buttons:
        return form
    return await player.goes_on(form, "Continue")


async def deletes(player: Player) -> None:
    """A phone that somebody has added before: two may want to delete the same."""
    if mac := old_mac(player):
        await sets_response(player, await player.asks(f"delete device {mac}"))


async def tags(player: Player) -> None:
    """Tags come and go."""
    if mac := old_mac(player):
        tag = player.dice.choice(TAGS)
        command = (
            f"tag {mac} +{token()} -{tag}" if player.dice.random() < 0.3 else f"tag {mac} +{tag}"
        )
        await sets_response(player, await player.asks(command))


async def applies(player: Player) -> None:
    """A phone that somebody has added fetches its configuration, mostly once."""
    if mac := old_mac(player):
        await sets_response(player, await player.asks(f"apply changes to {mac}"))


async def looks_after(player: Player) -> None:
    """A button of a card about what is late, or the same typed."""
    late = [
        post
        for post in player.record.posts[-300:]
        if "Still not there?" in post.buttons and post.room == player.home.key
    ]
    if not late:
        await asks_in_space(player)
        return
    card, before = player.dice.choice(late), len(player.record.posts)
    player.press(card, player.dice.choice(card.buttons))
    await player.sees(player.home, before, lambda post: bool(post.card))


async def swaps(player: Player) -> None:
    """Another phone in place of one that somebody has added: two may want to swap the same."""
    if mac := old_mac(player):
        command = f"swap {mac} with {new_mac()} {player.dice.choice(('', *PHONES))}"
        await runs_long(player, await player.asks(command))


async def moves(player: Player) -> None:
    """A phone that somebody has added goes to anybody."""
    if mac := old_mac(player):
        await runs_long(player, await player.asks(f"move {mac} to {owner(player)}"))


async def adds_list(player: Player) -> None:
    """Some phones and codes at once, pasted or as a file; now and then a row is wrong."""
    # Each code once: of two that look the same, nobody could tell which one was made.
    rows = [*dict.fromkeys(list_row(player) for _ in range(player.dice.randint(3, 8)))]
    if rows[0][0] and player.dice.random() < 0.2:
        rows.append(rows[0])  # the same MAC twice
    before = len(player.record.posts)
    if player.dice.random() < 0.5:
        lines = [f"{mac} {kind} {who}" for mac, kind, who in rows]
        player.say("\n".join(["add phones", *lines]))
    else:
        text = "\n".join(["mac,model,owner", *(",".join(row) for row in rows)])
        player.send("add phones", File("phones.csv", "text/csv", text.encode()))

    def is_plan(post: Post) -> bool:
        return "Confirm" in post.buttons and "ready row" in post.text

    await runs_list(player, await player.sees(player.home, before, is_plan, LONG))


def list_row(player: Player) -> tuple[str, str, str]:
    """MAC, model and owner; without a MAC it means an activation code."""
    chance = player.dice.random()
    mac = "" if chance < 0.15 else "D82E3E" if chance < 0.2 else new_mac()
    who = "nobody@acme.example" if player.dice.random() < 0.1 else owner(player)
    return mac, player.dice.choice(PHONES), who


async def runs_list(player: Player, plan: Post | None) -> None:
    """As with any long plan; or to its end, and then a button of the result and its plan."""
    if plan is None or not plan.request or player.dice.random() < 0.5:
        await runs_long(player, plan)
        return
    before = len(player.record.posts)
    player.press(plan, "Confirm")

    def is_end(post: Post) -> bool:
        return post.request == plan.request and bool(set(AFTERWARDS) & set(post.buttons))

    end = await player.sees(player.home, before, is_end, LONG)
    if end is not None and player.dice.random() < 0.6:
        title = player.dice.choice([title for title in AFTERWARDS if title in end.buttons])
        await sets_response(player, await player.goes_on(end, title))


async def runs_long(player: Player, plan: Post | None) -> None:
    """As with any other plan; or it is confirmed, and stopped at once."""
    if plan is None or not plan.request or player.dice.random() < 0.7:
        await sets_response(player, plan)
        return
    player.press(plan, "Confirm")
    before = len(player.record.posts)
    player.say(f"stop {plan.request}")
    await player.sees(player.home, before, lambda post: plan.request in post.text)


def old_mac(player: Player) -> str:
    """The MAC of a phone that was added in this run; empty before the first one."""
    phones = [phone.mac for phone in player.cloud.organization.phones.values()][-40:]
    added = [mac for mac in phones if mac.startswith(ADDED)]
    return player.dice.choice(added) if added else ""


def owner(player: Player) -> str:
    """Anybody."""
    people = [
        person
        for person in player.cloud.people.values()
        if person.kind == "person" and person.licences
    ]
    return player.dice.choice(people).email


# The ways on from a plan


async def sets_response(player: Player, plan: Post | None) -> None:
    """Confirm, mostly; or one of the things that people do as well."""
    if plan is None or not plan.request:
        return
    others = (confirms_twice, approves_own, cancels, changes_mind, leaves, types_cancel)
    ways = (*[confirms] * 5, *others)
    await player.dice.choice(ways)(player, plan)


async def confirms(player: Player, plan: Post) -> None:
    """And waits for the result."""
    await player.goes_on(plan, "Confirm")


async def confirms_twice(player: Player, plan: Post) -> None:
    """A double click; and late once more."""
    player.press(plan, "Confirm")
    await player.goes_on(plan, "Confirm")
    player.press(plan, "Confirm")


async def approves_own(player: Player, plan: Post) -> None:
    """A crafted press, with all that an approval card would carry; and the same in words."""
    await player.goes_on(plan, "Confirm")
    own = {"request": plan.request, "version": player.dice.choice((1, 2, 3, 4)), "press": "approve"}
    seen = [post for post in player.record.posts[-50:] if post.card and post.room == plan.room]
    if seen:
        player.submit(seen[-1], own)
    player.say(f"approve {plan.request}")


async def cancels(player: Player, plan: Post) -> None:
    """Not after all."""
    await player.goes_on(plan, "Cancel")


async def changes_mind(player: Player, plan: Post) -> None:
    """Back to the form, on to the plan, confirmed; the old card is pressed as well."""
    form = await player.goes_on(plan, "Change")
    if form is not None and "Continue" in form.buttons:
        again = await player.goes_on(form, "Continue")
        player.press(plan, "Confirm")
        if again is not None and "Confirm" in again.buttons:
            await player.goes_on(again, "Confirm")


async def leaves(player: Player, plan: Post) -> None:
    """Goes for lunch."""


async def types_cancel(player: Player, plan: Post) -> None:
    """In words."""
    before = len(player.record.posts)
    player.say(f"cancel {plan.request}")
    await player.sees(player.home, before, lambda post: plan.request in post.text)


# Deciding, and what nobody should do


async def approves(player: Player) -> None:
    """By button or in words; who has nothing to decide on asks what there is."""
    card = player.asked()
    if card is None:
        await asks_in_space(player)
        return
    verdict = player.dice.random()
    if verdict < 0.6:
        await player.goes_on(card, "Approve")
    elif verdict < 0.8:
        player.press(card, "Reject", reason="Not this one.")
    else:
        player.say(f"approve {card.request}")


async def meddles(player: Player) -> None:
    """Crafted presses: somebody else's request, one's own to approve, and nonsense."""
    seen = [post for post in player.record.posts[-300:] if post.card and sees(player, post)]
    if not seen:
        return
    codes = [post.request for post in player.record.posts[-300:] if post.request]
    data: dict[str, object] = {
        "request": player.dice.choice((*codes, "ZZZZ", "")),
        "version": player.dice.choice((1, 2, 3, -1, "two", None, 10**12)),
        "press": player.dice.choice(WRONG_PRESSES),
    }
    nonsense: tuple[dict[str, object], ...] = (
        {},
        {"say": "whoami"},
        {"request": ["x"], "press": {}},
        {"say": None},
        {"mac": 7, "request": None},
    )
    player.submit(player.dice.choice(seen), player.dice.choice((data, data, data, *nonsense)))


def sees(player: Player, post: Post) -> bool:
    """Whether the card is in front of this person."""
    return post.room == player.home.key or any(
        post.room == room.key and player.person.key in room.members for room in player.stage.rooms
    )


async def presses_old(player: Player) -> None:
    """A card of long ago, if it is still there."""
    old = [post for post in player.record.posts[-400:] if post.request and sees(player, post)]
    if old:
        card = player.dice.choice(old)
        player.press(card, player.dice.choice(card.buttons))


async def edits(player: Player) -> None:
    """Says it, and corrects it at once: answered at least once."""
    word = token()
    message = player.say(f"{word} plaese")
    player.cloud.chat.edit(
        player.person.key, message, message.room_key, Draft(text=f"{word} please")
    )


async def withdraws(player: Player) -> None:
    """Says it, and deletes it at once."""
    message = player.say(token())
    try:
        player.cloud.chat.delete(player.person.key, message)
    except ApiError:
        return


Scene = Callable[[Player], Awaitable[None]]
SCENES: tuple[tuple[int, Scene], ...] = (
    (12, chats),
    (10, asks_in_space),
    (26, adds_phone),
    (8, adds_by_form),
    (8, gets_code),
    (8, makes_network),
    (8, deletes),
    (6, tags),
    (6, applies),
    (4, looks_after),
    (14, swaps),
    (8, moves),
    (10, adds_list),
    (6, approves),
    (6, meddles),
    (5, presses_old),
    (3, edits),
    (1, withdraws),
)
APPROVERS_DO: tuple[tuple[int, Scene], ...] = (
    (10, approves),
    (3, rules_alone),
    (1, adds_phone),
    (1, meddles),
)


async def play(player: Player, scenes: tuple[tuple[int, Scene], ...] = SCENES) -> None:
    """One scene."""
    weights, choices = [weight for weight, _ in scenes], [scene for _, scene in scenes]
    await player.dice.choices(choices, weights)[0](player)
