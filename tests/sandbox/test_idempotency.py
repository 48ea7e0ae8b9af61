"""Who tries again to say something, because the answer was lost, has said it once."""

from sandbox.attempts import Attempts
from sandbox.server import Sandbox

TOM, VERA = "tom@acme.example", "vera@acme.example"


async def test_the_same_attempt_is_the_same_message(sandbox: Sandbox):
    first = await sandbox.client.say(VERA, "hello", clientTempId="a")
    again = await sandbox.client.say(VERA, "hello", clientTempId="a")
    other = await sandbox.client.say(VERA, "hello", clientTempId="b")

    assert first["id"] == again["id"] != other["id"]
    said = await sandbox.client.messages(VERA)
    assert [one["clientTempId"] for one in said] == ["a", "b"]


async def test_a_file_is_sent_once_as_well(sandbox: Sandbox):
    for _ in range(2):
        await sandbox.client.send_file(VERA, "phones.csv", b"mac", clientTempId="a")

    assert len(await sandbox.client.messages(VERA)) == 1


async def test_ids_are_ones_own(sandbox: Sandbox):
    room = await sandbox.client.room(VERA, "Field team")
    for person in (TOM, VERA):
        await sandbox.client.say(person, "hello", roomId=room, clientTempId="a")

    assert len(await sandbox.client.messages(VERA, room=room)) == 2


async def test_without_an_id_every_time_counts(sandbox: Sandbox):
    for _ in range(2):
        await sandbox.client.say(VERA, "hello")

    said = await sandbox.client.messages(VERA)
    assert [one.get("clientTempId") for one in said] == [None, None]


def test_only_the_latest_are_remembered():
    attempts = Attempts(kept=2)
    for number in range(3):
        attempts.note("vera", f"attempt {number}", f"message {number}")

    assert attempts.message_of("vera", "attempt 0") is None
    assert attempts.id_of("message 0") is None
    assert attempts.message_of("vera", "attempt 2") == "message 2"
    assert attempts.id_of("message 2") == "attempt 2"
