"""Audit trails that somebody may change who has the database in their hands."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from bot.audit import moment
from bot.core.models.people import Sender
from bot.store import audit, postgres
from bot.store.sql import Database
from tests import postgres_schemas, postgres_server

TOM = Sender("id-tom", "tom@example.com")
NOON = 1_763_812_800.0
LENGTH = 6


def fill(db: Database, number: int = LENGTH) -> None:
    """Some entries."""
    for index in range(1, number + 1):
        audit.append(
            db, at=moment(NOON + index), actor=TOM, action=f"step {index}", request=f"7K3{index}",
            digest=f"d{index}", detail={"number": index},
        )  # fmt: skip


@contextmanager
def on_postgres() -> Iterator[Callable[[], Database]]:
    """One schema, as it was at first each time it is asked for."""
    postgres_server.required()
    address = postgres_schemas.take()
    with closing(postgres.connect(address)) as first:
        fill(first)
        content = postgres_schemas.rows(address)
        for verb in ("update", "delete", "replace"):
            first.execute(f"drop trigger audit_no_{verb} on audit")
    made: list[Database] = []

    def copy() -> Database:
        for db in made:
            db.close()
        postgres_schemas.fill(address, content)
        made[:] = [postgres.connect(address)]
        return made[0]

    yield copy
    for db in made:
        db.close()
    postgres_schemas.give_back(address)
