"""The pages that `make docs` builds have no dead link and fetch nothing from other hosts."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATHS = re.compile(r"`((?:bot|cards|sandbox|tests|bench|deploy)/[\w/.-]+)`")
MODULES = re.compile(r"`([\w/]+\.(?:py|sql))`")
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=["']?([^"'\s>]+)"""
    r"""|<link\b(?![^>]*\brel=["']?(?:canonical|next|prev))[^>]*\bhref=["']?([^"'\s>]+)"""
)
IN_STYLES = re.compile(r"""(?:url\(|@import)\s*["']?([^"')\s]+)""")


def build(folder: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """What `make docs` does, elsewhere."""
    return subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(into)],
        cwd=folder, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages."""
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stderr
    return folder


def outside(requests: list[str]) -> list[str]:
    return [request for request in requests if re.match(r"(?:[a-z]+:)?//", request)]


def test_nothing_is_fetched_from_elsewhere(site):
    pages, styles = list(site.rglob("*.html")), list(site.rglob("*.css"))
    assert len(pages) > 15
    assert styles
    fetched = [
        address
        for page in pages
        for pair in FETCHED.findall(page.read_text("utf-8"))
        for address in pair
    ]
    drawn = [address for style in styles for address in IN_STYLES.findall(style.read_text("utf-8"))]

    assert len(fetched) > len(pages)
    assert outside([*fetched, *drawn]) == []
    assert all('class="mermaid"' not in page.read_text("utf-8") for page in pages)


def test_something_fetched_from_elsewhere_would_be_found():
    page = (
        '<script async src="https://cdn.example/a.js"></script>'
        "<link href=//x.example/b.css rel=stylesheet>"
    )
    addresses = [address for pair in FETCHED.findall(page) for address in pair]

    assert outside(addresses) == ["https://cdn.example/a.js", "//x.example/b.css"]


def test_a_page_that_is_opened_as_a_file_can_be_searched(site):
    page = (site / "webex/index.html").read_text("utf-8")
    [shim] = re.findall(r'<script src="([^"]*iframe-worker[^"]*)"', page)

    assert (site / "webex" / shim).is_file()
    assert (site / "search/search_index.js").is_file()


@pytest.mark.parametrize(
    "page", ["readme.html", "changelog.html", "contributing.html", "bench.html", "index.html"]
)
def test_what_lies_elsewhere_is_a_page_as_well(site, page):
    text = (site / page).read_text("utf-8")
    pictures = re.findall(r'<img [^>]*src="([^"]+)"', text)

    assert [picture for picture in pictures if not (site / picture).is_file()] == []
    assert "docs/" not in re.findall(r'href="([^"#]*)', text)


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("[gone](gone.md)", "gone.md"),
        ("[gone](index.md#no-such-part)", "no-such-part"),
        ("[gone](../bot/gone.py)", "gone.py"),
    ],
)
def test_a_link_that_leads_nowhere_is_an_error(tmp_path, broken, named):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Start\n{broken}\n", "utf-8")
    for name in (
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "bench/results.md",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# A page\n", "utf-8")
    settings = (ROOT / "mkdocs.yml").read_text("utf-8").partition("nav:\n")[0]
    (tmp_path / "mkdocs.yml").write_text(settings, "utf-8")
    (tmp_path / "docs" / "hooks.py").write_text(
        (ROOT / "docs" / "hooks.py").read_text("utf-8"), "utf-8"
    )

    done = build(tmp_path, tmp_path / "site")

    assert done.returncode != 0
    assert named in done.stderr


ARCHITECTURE = [
    "architecture.md",
    *sorted(f"architecture/{page.name}" for page in (ROOT / "docs" / "architecture").iterdir()),
]


@pytest.mark.parametrize("page", ["security.md", *ARCHITECTURE, "reliability.md"])
def test_every_file_that_is_named_exists(page):
    named = PATHS.findall((ROOT / "docs" / page).read_text("utf-8"))

    assert named or page in ARCHITECTURE
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", ARCHITECTURE)
def test_every_module_that_is_named_exists(page):
    """Where a sentence has named a folder, the files after it go without."""
    named = set(MODULES.findall((ROOT / "docs" / page).read_text("utf-8")))
    modules = [
        f"/{path.relative_to(ROOT).as_posix()}"
        for folder in ("bot", "cards", "sandbox", "tests", "bench")
        for path in (ROOT / folder).rglob("*")
    ]

    assert named
    assert [
        name for name in named if not any(module.endswith(f"/{name}") for module in modules)
    ] == []


def test_the_layers_stand_in_the_order_that_is_checked():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    [bot] = [one for one in contracts["contracts"] if one["name"] == "The bot is layered"]
    layers = [part for layer in bot["layers"] for part in layer.split(" | ") if part[0] != "_"]
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| `bot/(\w+)(?:\.py)?` \|", page, re.MULTILINE)

    assert rows == layers
