"""Containers of the image, and worlds in which the bot runs from it."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.image.image import HOME, IMAGE, UID, Contained, ReadOnly, buildah
from tests.journeys.world import ADA, TOM, inside
from tests.ports import free_port


@pytest.fixture(scope="module")
def container() -> Iterator[str]:
    """A container of the image."""
    name = buildah("from", "--pull-never", IMAGE)
    # Else buildah mounts a volume of its own at the same place, now below the test's and now above.
    buildah("config", "--volume", f"{HOME}-", name)
    yield name
    buildah("rm", name)


@pytest.fixture(scope="module")
def root(container: str) -> Iterator[str]:
    """Its files."""
    yield buildah("mount", container)
    buildah("umount", container)


@pytest.fixture
def port() -> int:
    """One that is free."""
    return free_port()


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """An empty volume, as platforms make it: the image's user owns it."""
    path = tmp_path / "volume"
    path.mkdir(mode=0o700)
    os.chown(path, UID, UID)
    return path


@pytest_asyncio.fixture
async def contained(container: str, volume: Path, port: int) -> AsyncIterator[Contained]:
    """A world whose bot runs from the image."""
    async with Sandbox(Settings()) as sandbox:
        world = Contained(sandbox, volume, {})
        world.container = container
        async with lived_in(world, port):
            yield world


@pytest_asyncio.fixture
async def read_only(root: str, volume: Path, port: int) -> AsyncIterator[ReadOnly]:
    """A world whose bot runs from the image and can write nowhere but to its volume and /tmp."""
    async with Sandbox(Settings()) as sandbox:
        world = ReadOnly(sandbox, volume, {})
        world.root = root
        async with lived_in(world, port):
            yield world


@asynccontextmanager
async def lived_in(world: Contained, port: int) -> AsyncIterator[None]:
    """Tom works there, and the bot runs; at the end it must stop with status 0."""
    world.port = port
    world.log = world.volume.parent / "bot.log"
    for who, role in ((ADA, "admin"), (TOM, "technician")):
        status, printed = await world.run("provbot", "access", "add", who, role)
        assert status == 0, printed
    async with inside(world):
        yield
