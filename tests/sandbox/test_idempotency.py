"""A message that is sent again with the same client id is posted once."""

from sandbox.idempotency import IdempotencyKeys
from sandbox.server import Sandbox

TOM, VERA = "tom@acme.example", "vera@acme.example"


async def test_the_same_attempt_is_the_same_message(sandbox: Sandbox):
    first = await sandbox.client.say(VERA, "hello", clientTempId="a")
    repeated = await sandbox.client.say(VERA, "hello", clientTempId="a")
    another = await sandbox.client.say(VERA, "hello", clientTempId="b")

    assert first["id"] == repeated["id"] != another["id"]
    messages = await sandbox.client.messages(VERA)
    assert [message["clientTempId"] for message in messages] == ["a", "b"]


async def test_a_file_is_sent_once_as_well(sandbox: Sandbox):
    for _ in range(2):
        await sandbox.client.send_file(VERA, "phones.csv", b"mac", clientTempId="a")

    assert len(await sandbox.client.messages(VERA)) == 1


async def test_ids_belong_to_one_person(sandbox: Sandbox):
    room = await sandbox.client.room(VERA, "Field team")
    for person in (TOM, VERA):
        await sandbox.client.say(person, "hello", roomId=room, clientTempId="a")

    assert len(await sandbox.client.messages(VERA, room=room)) == 2


async def test_without_an_id_every_attempt_posts(sandbox: Sandbox):
    for _ in range(2):
        await sandbox.client.say(VERA, "hello")

    messages = await sandbox.client.messages(VERA)
    assert [message.get("clientTempId") for message in messages] == [None, None]


def test_only_the_latest_are_remembered():
    attempts = IdempotencyKeys(kept=2)
    for number in range(3):
        attempts.remember("vera", f"attempt {number}", f"message {number}")

    assert attempts.message_key_for("vera", "attempt 0") is None
    assert attempts.temp_id_for("message 0") is None
    assert attempts.message_key_for("vera", "attempt 2") == "message 2"
    assert attempts.temp_id_for("message 2") == "attempt 2"
