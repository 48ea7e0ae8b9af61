"""A person at a client: writes, reads cards, presses buttons, and again when nothing happens."""

from collections.abc import Callable
from random import Random
from typing import Any

from sandbox.chat_model import Draft, File, Message, Room
from sandbox.control.buttons import action_inputs
from sandbox.errors import ApiError
from sandbox.message_text import mention_of
from sandbox.people import Person
from tests.torture.records import Post
from tests.torture.stage import Stage

PATIENCE = 12.0  # seconds until a person presses again, or goes on with something else
AGAIN = 2  # times


class Player:
    """One person, with dice of their own. `done` counts what they said and pressed."""

    def __init__(self, stage: Stage, person: Person, dice: Random) -> None:
        self.stage, self.person, self.dice = stage, person, dice
        self.cloud, self.record = stage.cloud, stage.witness.record
        self.home = self.cloud.chat.direct_room(person.key, self.cloud.bot_key)
        self.done = 0
        self._decided: set[str] = set()
        self._read = 0  # posts of the record that were looked at for approval cards
        self._asks: list[Post] = []

    # Acting

    def say(self, text: str, room: Room | None = None) -> Message:
        """Write to the bot; in a group space mention it."""
        self.done += 1
        where = room or self.home
        if where.kind == "direct":
            return self.cloud.chat.post(self.person.key, where, Draft(text=text))
        html = f"<p>{mention_of(self.cloud.bot)} {text}</p>"
        return self.cloud.chat.post(self.person.key, where, Draft(html=html))

    def send(self, text: str, file: File) -> Message:
        """Write to the bot alone, with a file."""
        self.done += 1
        draft = Draft(text=text, files=(file,))
        return self.cloud.chat.post(self.person.key, self.home, draft)

    def submit(self, card: Post, inputs: dict[str, Any]) -> bool:
        """Submit whatever one likes with a card; False where the card is gone."""
        try:
            message = self.cloud.chat.message_for(self.person.key, card.key)
            self.cloud.chat.press(self.person.key, message, inputs)
        except ApiError:
            return False
        self.done += 1
        return True

    def press(self, card: Post, title: str, **values: str) -> bool:
        """Press a button as a client does; False where the card is gone, or has none."""
        try:
            inputs = action_inputs(card.card, title, values)
        except ApiError:
            return False
        return self.submit(card, inputs)

    # Waiting

    async def sees(
        self, room: Room, after: int, where: Callable[[Post], bool], patience: float = PATIENCE
    ) -> Post | None:
        """The first such post since that many; None when patience ends."""
        posts, clock = self.record.posts, self.cloud.clock
        until = clock.now().timestamp() + patience
        while True:
            for number in range(after, len(posts)):
                if posts[number].room == room.key and where(posts[number]):
                    return posts[number]
            after = len(posts)
            left = until - clock.now().timestamp()
            if left <= 0:
                return None
            await self.stage.witness.news(left)

    async def asks(self, text: str, room: Room | None = None) -> Post | None:
        """Write to the bot, and wait for the card with the person's own request."""
        where, before = room or self.home, len(self.record.posts)
        sent = self.say(text, room)

        def mine(post: Post) -> bool:
            in_place = post.parent == sent.key if where.kind == "group" else True
            return in_place and bool({"Confirm", "Continue"} & set(post.buttons))

        return await self.sees(where, before, mine)

    async def goes_on(self, card: Post, title: str, **inputs: str) -> Post | None:
        """Press, and wait for what comes of it; press again where nothing does."""
        room = self.room_of(card)
        for _ in range(1 + AGAIN):
            before = len(self.record.posts)
            if not self.press(card, title, **inputs):
                return None
            reaction = await self.sees(room, before, lambda post: _speaks_of(post, card))
            if reaction:
                return reaction
        return None

    def room_of(self, post: Post) -> Room:
        """Where it was posted."""
        return self.cloud.chat.room_for(self.person.key, post.room)

    # Deciding

    def asked(self) -> Post | None:
        """An approval card that one has not answered yet."""
        posts = self.record.posts
        for number in range(self._read, len(posts)):
            if posts[number].room == self.home.key and "Approve" in posts[number].buttons:
                self._asks.append(posts[number])
        self._read = len(posts)
        return self._asks.pop(0) if self._asks else None


def _speaks_of(post: Post, card: Post) -> bool:
    return not post.text.startswith("⏳") and (
        post.request == card.request or card.request in f"{post.text} {post.card}"
    )
