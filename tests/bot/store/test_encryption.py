"""Secrets at rest are not in the bytes of the files.

That holds whatever the database contained before, and whenever the process dies.
"""

import asyncio
import base64
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.config import Config
from bot.core.errors import ConfigError
from bot.service.service_app import KEY_LOST, RefreshTokens, unlocked
from bot.store import tokens
from bot.store.database import Store
from bot.store.encryption import Cipher, DecryptionError
from bot.store.sqlite import connect, copy

OLD, NEW, OTHER = (
    base64.urlsafe_b64encode(name * 8).decode() for name in (b"old-", b"new-", b"oth-")
)
SECRET = "refresh-token-that-must-not-be-found-" + "x" * 40
GIVEN = "configured-refresh-token"


def settings(path: Path, key: str | None = None, token: str = GIVEN) -> Config:
    """What provbot is told."""
    values = {
        "WEBEX_BOT_TOKEN": "bot",
        "WEBEX_SERVICE_APP_CLIENT_ID": "id",
        "WEBEX_SERVICE_APP_CLIENT_SECRET": "secret",
        "WEBEX_SERVICE_APP_REFRESH_TOKEN": token,
        "PROVBOT_DATABASE": str(path),
    }
    return Config.model_validate(values | ({"PROVBOT_KEY": key} if key else {}))


async def start(path: Path, key: str | None = None, token: str = GIVEN) -> str | None:
    """What a start does with the secrets; the token that it then has."""
    store = Store(path)
    try:
        cipher = await unlocked(settings(path, key, token), store)
        return await RefreshTokens(store, token, cipher).load()
    finally:
        store.close()


def on_disk(path: Path) -> bytes:
    """Every byte of the database and of what lies beside it."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


def put(path: Path, value: str = SECRET, key: str | None = None) -> None:
    """Kept by a provbot with that key, or with none."""
    with closing(connect(path)) as db:
        tokens.save(db, GIVEN, value, Cipher([key] if key else []))
        db.conn.commit()


@pytest.mark.parametrize("keys", [[], [NEW], [NEW, OLD]])
def test_an_encrypted_value_can_be_decrypted(keys):
    cipher = Cipher(keys)
    kept = cipher.encrypt(SECRET)
    assert cipher.decrypt(kept) == SECRET
    assert cipher.uses_current_key(kept)
    assert (kept == SECRET) is (not keys)


def test_all_keys_decrypt_and_the_first_encrypts():
    kept = Cipher([OLD]).encrypt(SECRET)
    both = Cipher([NEW, OLD])
    assert both.decrypt(kept) == SECRET
    assert not both.uses_current_key(kept)
    assert Cipher([NEW]).decrypt(both.encrypt(SECRET)) == SECRET


@pytest.mark.parametrize("keys", [[], [OTHER]])
def test_without_the_key_nothing_is_decrypted(keys):
    with pytest.raises(DecryptionError, match="encrypted"):
        Cipher(keys).decrypt(Cipher([OLD]).encrypt(SECRET))


def test_a_damaged_value_is_not_decrypted():
    kept = Cipher([OLD]).encrypt(SECRET)
    with pytest.raises(DecryptionError):
        Cipher([OLD]).decrypt(kept[:-6] + "AAAA==")


async def test_without_a_key_the_token_is_stored_as_before(path):
    put(path)
    assert await start(path) == SECRET
    assert SECRET.encode() in on_disk(path)  # what the tests below look for can be found


async def test_with_a_key_the_plain_token_never_reaches_the_file(path):
    store = Store(path)
    cipher = await unlocked(settings(path, NEW), store)
    await RefreshTokens(store, GIVEN, cipher).save(SECRET)
    assert SECRET.encode() not in on_disk(path)  # neither in the log, which is still there
    assert await RefreshTokens(store, GIVEN, cipher).load() == SECRET
    store.close()
    assert SECRET.encode() not in on_disk(path)


async def test_plain_values_are_overwritten_in_file_log_and_free_pages(path):
    connect(path).close()
    reader = sqlite3.connect(path)  # keeps the log from being tidied away when others close
    reader.execute("select count(*) from sqlite_master").fetchall()
    put(path, "an-older-one-" + SECRET)
    with closing(connect(path)) as db:  # a page of its own, then freed
        db.execute("insert into tokens values ('big', ?, 'x')", [SECRET * 200])
        db.conn.commit()
        db.execute("delete from tokens where name = 'big'")
        db.conn.commit()
    put(path)
    assert SECRET.encode() in path.with_name(f"{path.name}-wal").read_bytes()
    store = Store(path)
    await unlocked(settings(path, NEW), store)
    assert SECRET.encode() not in on_disk(path)
    reader.close()
    store.close()
    assert SECRET.encode() not in on_disk(path)


async def test_a_new_key_in_front_and_a_restart_are_enough(path):
    put(path, key=OLD)
    assert await start(path, f"{NEW}, {OLD}") == SECRET
    assert await start(path, NEW) == SECRET
    with pytest.raises(ConfigError, match="not in PROVBOT_KEY"):
        await start(path, OLD)


@pytest.mark.parametrize(("key", "problem"), [(None, "is not set"), (OTHER, "not in PROVBOT_KEY")])
async def test_a_wrong_key_stops_the_start_and_loses_nothing(path, key, problem):
    put(path, key=OLD)
    before = on_disk(path)
    with pytest.raises(ConfigError, match=problem) as caught:
        await start(path, key)
    assert KEY_LOST.format(portal="developer.webex.com") in str(caught.value)
    assert on_disk(path) == before
    assert await start(path, OLD) == SECRET


async def test_a_new_configured_token_works_without_the_lost_key(path):
    put(path, key=OLD)
    assert await start(path, NEW, token="another") is None
    assert await start(path, OLD) == SECRET  # still there, should the key be found


async def test_an_old_backup_can_be_read_with_the_old_key_as_second(path, tmp_path):
    put(path, key=OLD)
    backup = tmp_path / "copy.db"
    with closing(connect(path)) as db:
        copy(db.conn, backup)
    assert await start(path, f"{NEW},{OLD}") == SECRET
    assert await start(backup, f"{NEW},{OLD}") == SECRET
    assert await start(backup, NEW) == SECRET


DIES = """
import os, signal, sys
from pathlib import Path
from bot.store import tokens
from bot.store.database import Store
from bot.store.encryption import Cipher
path, given, keys, when = Path(sys.argv[1]), sys.argv[2], sys.argv[3].split(","), sys.argv[4]
store = Store(path)
db = store._db
db.conn.execute("begin immediate")
tokens.reencrypt(db, given, Cipher(keys))
if when == "after":
    db.conn.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("key", [None, OLD])
async def test_a_crash_around_the_commit_leaves_nothing_half_done(path, when, key):
    put(path, key=key)
    arguments = [str(path), GIVEN, f"{NEW},{OLD}", when]
    root = Path(__file__).parents[3]
    died = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES, *arguments, cwd=root)
    assert await died.wait() == -signal.SIGKILL
    assert await start(path, f"{NEW},{OLD}") == SECRET
    assert SECRET.encode() not in on_disk(path)
    assert await start(path, NEW) == SECRET
