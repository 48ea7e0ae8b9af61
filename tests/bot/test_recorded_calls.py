"""The audit entries of calls to Webex, also while the database is locked."""

from pathlib import Path
from typing import Any

import pytest
import stamina

from bot.audit import Trail
from bot.core.errors import DatabaseUnavailable
from bot.store.database import Store
from bot.store.sql import select
from tests.database import migrated


class LockedStore(Store):
    """A store whose database is locked at first."""

    locked = 2  # times

    async def call(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """As the real one, once it is no longer locked."""
        if self.locked:
            self.locked -= 1
            raise DatabaseUnavailable("database is locked")
        return await super().call(function, *args, **kwargs)


@pytest.mark.parametrize(("locked", "entries"), [(2, ["call"]), (1000, [])])
async def test_a_locked_database_does_not_hide_the_answer_to_a_call(
    tmp_path: Path, locked: int, entries: list[str]
):
    """Nothing is raised: the caller has Webex's answer in its hands."""
    store = LockedStore(migrated(tmp_path / "provbot.db"))
    store.locked = locked
    with stamina.set_testing(True, attempts=5):
        await Trail(store, lambda: 1.0).record_call("POST", "devices", 200, "T-1")
    store.locked = 0
    recorded = await store.call(
        lambda db: [row["action"] for row in select(db, "select * from audit")]
    )
    assert recorded == entries
    store.close()
