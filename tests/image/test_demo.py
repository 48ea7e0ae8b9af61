"""The demo in its image, with nothing to write to but /tmp, as compose.demo.yaml starts it."""

import asyncio
import json
import re
import signal
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from tests.image.image import DEMO, buildah, read_only, settings_of

SAID_AT_LAST = b"Ctrl-C stops both.\n"


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    """The files of a container of the demo."""
    name = buildah("from", "--pull-never", DEMO)
    yield buildah("mount", name)
    buildah("umount", name)
    buildah("rm", name)


def fetched(url: str) -> bytes:
    """What is served there."""
    with urlopen(url, timeout=10) as answer:  # noqa: S310 - on this machine
        return bytes(answer.read())


async def test_it_serves_the_page_and_the_bot_is_in_it(root):
    config = settings_of(DEMO)
    process = await asyncio.create_subprocess_exec(
        *read_only(DEMO, root, "true", {}, [*config["Entrypoint"], *config["Cmd"]]),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    output = (await asyncio.wait_for(process.stdout.readuntil(SAID_AT_LAST), 60)).decode()
    [page] = re.findall(r"http://localhost:\d+", output)
    html = await asyncio.to_thread(fetched, page)
    scripts = re.findall(rb'src="(/[^"]+\.js)"', html)
    online = json.loads(await asyncio.to_thread(fetched, f"{page}/control/online"))
    assert scripts
    for script in scripts:
        assert await asyncio.to_thread(fetched, page + script.decode())
    assert online == {"botOnline": True}
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
