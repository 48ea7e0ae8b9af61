"""The page's files are served with the right types, and nothing else is served."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.page import PAGE_DIR, PAGE_FILES, VENDOR_FILES, VENDOR_MISSING, Asset, page_routes

Client = TestClient[web.Request, web.Application]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def node_modules(tmp_path: Path) -> Path:
    """A node_modules folder with a small stand-in for every borrowed script."""
    for asset in VENDOR_FILES:
        script = tmp_path / asset.file
        script.parent.mkdir(parents=True)
        script.write_text(f"// {asset.file}")
    return tmp_path


@pytest.fixture
async def page(node_modules: Path) -> AsyncIterator[Client]:
    async with _site(node_modules) as client:
        yield client


def _site(node_modules: Path) -> Client:
    app = web.Application()
    app.add_routes(page_routes(node_modules))
    return TestClient(TestServer(app))


@pytest.mark.parametrize("asset", [*PAGE_FILES, *VENDOR_FILES], ids=lambda asset: asset.url)
async def test_every_file_has_its_content_type(page: Client, asset: Asset):
    answer = await page.get(asset.url)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == asset.content_type
    assert await answer.text()


@pytest.mark.parametrize("asset", [*PAGE_FILES, *VENDOR_FILES], ids=lambda asset: asset.url)
async def test_a_page_may_load_only_from_its_own_site(page: Client, asset: Asset):
    answer = await page.get(asset.url)

    policy = answer.headers["Content-Security-Policy"]
    directives = dict(part.split(maxsplit=1) for part in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert set(directives.values()) == {"'none'", "'self'"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_every_file_in_the_folder_is_on_the_list():
    lying_there = {
        str(file.relative_to(PAGE_DIR)) for file in PAGE_DIR.rglob("*") if file.is_file()
    }

    assert lying_there == {asset.file for asset in PAGE_FILES}


@pytest.mark.parametrize(
    "path",
    [
        "/../__init__.py",
        "/%2e%2e/__init__.py",
        "/..%2f__init__.py",
        "/static/../__init__.py",
        "/vendor/../../package.json",
        "/vendor/%2e%2e/%2e%2e/etc/passwd",
        "/vendor/adaptivecards.js/../../package.json",
        "//etc/passwd",
    ],
)
async def test_no_path_leaves_the_page(page: Client, path: str):
    assert await _status_of_raw_path(page, path) == 404


async def _status_of_raw_path(page: Client, path: str) -> int:
    """Return the status of a request on a bare socket: clients would normalize the path."""
    reader, writer = await asyncio.open_connection(page.host, page.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    status_line = await reader.readline()
    await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(status_line.split()[1])


async def test_missing_scripts_are_explained_in_a_sentence(tmp_path: Path):
    async with _site(tmp_path / "nowhere") as client:
        page = await client.get("/")
        script = await client.get("/vendor/adaptivecards.js")

        assert page.status == 200
        assert script.status == 404
        assert await script.text() == VENDOR_MISSING


async def test_scripts_installed_later_are_served_without_a_restart(tmp_path: Path):
    async with _site(tmp_path) as client:
        asset = VENDOR_FILES[0]
        before = await client.get(asset.url)
        (tmp_path / asset.file).parent.mkdir(parents=True)
        (tmp_path / asset.file).write_text("// here now")
        after = await client.get(asset.url)

        assert (before.status, after.status) == (404, 200)


def test_the_page_names_no_other_site():
    for asset in PAGE_FILES:
        text = (PAGE_DIR / asset.file).read_text()
        foreign = text.replace("http://www.w3.org/2000/svg", "")

        assert "http://" not in foreign, asset.file
        assert "https://" not in foreign, asset.file


def test_the_page_holds_no_inline_script_or_style():
    text = (PAGE_DIR / "index.html").read_text()

    assert " style=" not in text
    assert "<style" not in text
    assert " onclick=" not in text
    assert text.count("<script") == text.count("<script src=") + text.count('<script type="module"')


def test_the_lock_file_names_no_registry():
    lock = (ROOT / "package-lock.json").read_text()

    assert '"resolved"' not in lock


def test_the_packages_are_pinned_exactly():
    expected = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    for name, version in (expected["dependencies"] | expected["devDependencies"]).items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert expected["private"] is True
