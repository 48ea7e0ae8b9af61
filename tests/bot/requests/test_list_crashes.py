"""A list, killed at each durable effect: every row once, and the requester knows of all of them."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.core.config import new_key
from bot.core.models.files import FileMessage
from bot.core.models.people import Grant, Role
from bot.domain.lists.reader import read_file
from bot.requests.form_secrets import attach_persistence
from bot.store.encryption import Cipher
from tests.bot.requests import harness as harnesses
from tests.bot.requests.fixtures import DIRECT, ELI
from tests.bot.requests.harness import CrashingCalling, DispatchHarness
from tests.example_org import FREE_MAC, LOBBY

MACS = (FREE_MAC, "D82E3EEF4E5D", "D82E3EEF4E5E")
ROWS = f"""mac,model,owner
{MACS[0]},8865,ann@example.com
{MACS[1]},8865,ann@example.com
{MACS[2]},8865,{LOBBY.name}
,8865,bob@example.com
,8865,nobody@example.com
"""
BOBS, NOBODYS = 3, 4  # indexes of rows
MAX_EFFECTS = 250


@dataclass
class Play:
    """One list in a world that is killed once, after so many effects."""

    harness: DispatchHarness
    key: str
    calls: list[str] = field(default_factory=list)  # that Webex got: MACs, or "code"

    async def attach(self) -> None:
        """Keep secrets over a restart, if there is a key."""
        cipher = Cipher([self.key] if self.key else [])
        harness = self.harness
        await attach_persistence(harness.form_secrets, harness.store, cipher, harness.clock())

    def note(self, name: str, wanted: dict[str, Any]) -> None:
        """A call that Webex gets."""
        self.calls.append("code" if name == "activation_code" else wanted["mac"])

    async def killed_after(self, effects: int) -> bool:
        """Confirm the list; whether the process died before all was told. Another one goes on."""
        harness = self.harness
        await self.attach()
        assert isinstance(harness.calling, CrashingCalling)
        harness.calling.watch = self.note
        shown = await harness.ask("add phones", {}, ELI, DIRECT, rows=read_file(ROWS.encode()))
        press = harness.press(shown, "confirm", ELI)
        if await harness.live(press, crash_timer=effects):
            return False
        harness.restart()
        await self.attach()
        assert await harness.pick_up()
        if not self.calls:  # it died before Confirm was stored, and the press comes once more
            await harness.live(harness.press(shown, "confirm", ELI))
        return True

    def files(self, ending: str) -> list[FileMessage]:
        """The files that were posted, oldest first."""
        posted = [message.file for message in self.harness.messenger.posted if message.file]
        return [file for file in posted if file.name.endswith(ending)]

    def statuses(self) -> list[str]:
        """What the newest result file says of each row."""
        content = self.files("-result.csv")[-1].content.decode("utf-8-sig")
        return [row["status"] for row in csv.DictReader(io.StringIO(content))]

    def knows_the_code(self) -> bool:
        """Whether the requester was sent the code that Webex made."""
        (code,) = self.harness.calling.codes
        bare = "".join(file.content.decode() for file in self.files("-codes.csv"))
        return code.code.get_secret_value() in bare.replace(" ", "").replace("-", "")

    def judge(self) -> None:
        """Every row exactly once; what is not certain or lost is told as such."""
        assert sorted(call for call in self.calls if call != "code") == sorted(MACS)
        assert self.calls.count("code") <= 1
        statuses = self.statuses()
        assert statuses[:BOBS] == ["added"] * BOBS
        assert statuses[NOBODYS] == "wrong"
        if statuses[BOBS] == "code sent":
            assert self.knows_the_code()
        elif statuses[BOBS] != "unknown":  # what a call made whose answer is lost, nobody can know
            assert not self.key
            assert "1 activation code is lost" in " ".join(self.harness.messenger.texts)
        phones = [self.harness.calling.phone(mac) for mac in MACS]
        assert all(phones)


@pytest.mark.parametrize("key", [new_key(), ""], ids=["with a key", "without"])
async def test_a_list_that_is_killed_anywhere_does_each_row_once(tmp_path: Path, key: str):
    for effects in range(MAX_EFFECTS):
        path = tmp_path / f"{effects}.db"
        async with harnesses.opened(path, Grant(ELI.email, Role.ENGINEER)) as harness:
            play = Play(harness, key)
            was_killed = await play.killed_after(effects)
            try:
                play.judge()
            except Exception as problem:
                problem.add_note(f"killed after {effects}: {play.calls}, {harness.messenger.texts}")
                raise
        if not was_killed:
            assert play.statuses()[BOBS] == "code sent"
            return
    pytest.fail("it never survived")
