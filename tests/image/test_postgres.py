"""The image on PostgreSQL: it needs no volume, and writes nowhere but into the database."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.image.image import HOME, ReadOnly
from tests.image.test_running import left_in
from tests.journeys.world import TOM
from tests.postgres_server import required, server

NAME = "of_the_image"


class OnPostgres(ReadOnly):
    """The bot of the image, with a database of the tests' server."""

    @property
    def settings(self) -> dict[str, str]:
        """As above; that of the image names a SQLite file."""
        return {**super().settings, "PROVBOT_DATABASE": server().url(NAME)}


@pytest.fixture
def database() -> Iterator[None]:
    """An empty database."""
    required()
    with psycopg.connect(server().url("postgres"), autocommit=True) as admin:
        admin.execute(f"create database {NAME}")
        yield
        admin.execute(f"drop database {NAME} with (force)")


@pytest.mark.usefixtures("database")
async def test_it_leads_and_keeps_nothing_of_its_own(root: str, volume: Path, port: int):
    async with Sandbox(Settings()) as sandbox:
        world = OnPostgres(sandbox, volume, {})
        world.root, world.port, world.log = root, port, volume.parent / "bot.log"
        status, printed = await world.run("provbot", "access", "add", TOM, "technician")
        assert status == 0, printed
        await world.start()
        try:
            assert "add phone" in (await world.say(TOM, "help"))["text"]
            status, printed = await world.run("provbot", "health", "--ready")
            assert (status, '"role": "leader"' in printed) == (0, True), printed
            assert left_in(world, HOME) == []
        finally:
            assert await world.stop() == 0
