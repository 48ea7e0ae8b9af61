"""People who send a photo of a label, with words or without; some labels nobody can read."""

import asyncio
from functools import cache

from PIL import Image

from sandbox.chat_model import File
from tests.labels.corpus import phone
from tests.labels.drawing import Look, Scene, encoded, photo
from tests.torture.player import Player
from tests.torture.records import Post
from tests.torture.scenarios import (
    ADDED,
    LONG,
    adds_phone,
    old_mac,
    owner,
    runs_long,
    sets_response,
)

LABELS = 16  # photos are drawn once: of the same label, the second phone is refused
MODELS = ("CP-8865-K9", "CP-8845-K9", "CP-8851-K9")
UNREADABLE = ("empty", "cut off", "no picture")


@cache
def label(number: int) -> tuple[str, bytes]:
    """The MAC on a label, and a photo of it."""
    mac = f"{ADDED}F0{number:04X}"
    look = Look(size=(800, 600), fill=0.8, angle=3 * (number % 8))
    codes = phone(mac, MODELS[number % len(MODELS)])
    return mac, encoded(photo(Scene([codes], look, seed=number)))


@cache
def unreadable(kind: str) -> bytes:
    """A file that tells nothing."""
    if kind == "empty":
        return encoded(Image.new("L", (400, 300), 200))
    return label(0)[1][:9_000] if kind == "cut off" else b"\xff\xd8\xff no picture at all"


async def sends_photo(player: Player) -> None:
    """A label with words that say what is to be done, or for whom."""
    mac, content = await asyncio.to_thread(label, player.dice.randrange(LABELS))
    who, old = owner(player), old_mac(player)
    texts = [f"for {who}", f"for {who}", f"add phone for {who}", "delete this phone"]
    texts += ["apply changes"] + ([f"swap {old}"] if old else [])
    plan = await _card_of(player, player.dice.choice(texts), content, mac)
    if plan is not None and "Confirm" in plan.buttons:
        await runs_long(player, plan)


async def sends_photo_first(player: Player) -> None:
    """A label without words; then the owner, in the form or in a message."""
    mac, content = await asyncio.to_thread(label, player.dice.randrange(LABELS))
    form = await _card_of(player, "", content, mac)
    if form is None or "Continue" not in form.buttons:
        return
    if player.dice.random() < 0.5:
        plan = await player.goes_on(form, "Continue", owner=owner(player))
    else:
        plan = await player.asks(f"for {owner(player)}")
    await sets_response(player, plan if plan and "Confirm" in plan.buttons else None)


async def sends_unreadable(player: Player) -> None:
    """A photo in which there is nothing to read; then it is typed, now and then."""
    content = await asyncio.to_thread(unreadable, player.dice.choice(UNREADABLE))
    await _card_of(player, f"for {owner(player)}", content)
    if player.dice.random() < 0.5:
        await adds_phone(player)


async def _card_of(player: Player, text: str, content: bytes, mac: str = "") -> Post | None:
    """The card that answers a photo."""
    before = len(player.record.posts)
    sent = player.send(text, File("IMG_0001.jpg", "image/jpeg", content))
    player.record.photos[sent.key] = mac

    def is_card(post: Post) -> bool:
        return bool({"Confirm", "Continue"} & set(post.buttons))

    return await player.sees(player.home, before, is_card, LONG)
