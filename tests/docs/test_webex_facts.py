"""The code names sections of docs/webex; each of them exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {name: ROOT / "docs" / "webex" / f"{name}.md" for name in ("messaging", "provisioning")}
FOLDERS = ("bot", "cards", "sandbox", "tests", "bench", "deploy", "docs")
HEADING = re.compile(r"^#{2,4} (\d+[a-z]?(?:\.\d+)?)\.? ", re.MULTILINE)
ANCHOR = re.compile(r'^<a id="s([\w-]+)"></a>\n#{2,4} (\d+[a-z]?(?:\.\d+)?)\.? ', re.MULTILINE)
ITEM = re.compile(r"^(\d+)\. \*\*", re.MULTILINE)
NUMBER = r"\d+[a-z]?(?:\.\d+)?"
# A page, then a section or a range of sections; or a section alone. `RFC 4122 §4.5` belongs to
# another document.
REFERENCE = re.compile(
    rf"(?P<page>messaging|provisioning)\.md(?=\W*§)"
    rf"|(?<!\d )§\s?(?P<first>{NUMBER})(?:[-–](?P<last>{NUMBER}))?"
    rf"(?:,? items? (?P<items>\d+(?:(?:,| to| and) \d+)*))?"
)


def sections(page: str) -> set[str]:
    """The numbers of a page's headings, and of the items of a numbered list as `5 item 7`."""
    text = PAGES[page].read_text("utf-8")
    numbers = set(HEADING.findall(text))
    for part in re.split(r"^(?=## )", text, flags=re.MULTILINE):
        number = HEADING.match(part)
        numbers |= {f"{number[1]} item {item}" for item in ITEM.findall(part)} if number else set()
    return numbers


SECTIONS = {page: sections(page) for page in PAGES}


def references(text: str) -> Iterator[tuple[str, str]]:
    """Each section that a text names, with its page; empty if the line does not name the page."""
    for line in text.splitlines():
        page = ""
        for match in REFERENCE.finditer(line):
            page = match["page"] or page
            numbers = [match["first"], match["last"]] if match["first"] else []
            yield from ((page, number) for number in numbers if number)
            for item in re.findall(r"\d+", match["items"] or ""):
                yield page, f"{match['first']} item {item}"


def missing(text: str) -> list[str]:
    """The sections that a text names and that no page has."""
    return [
        f"{page or 'some page'} §{number}"
        for page, number in references(text)
        if not any(number in SECTIONS[name] for name in ([page] if page else PAGES))
    ]


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            is_text = path.suffix in {".py", ".md", ".toml", ".yaml"}
            if is_text and "node_modules" not in path.parts and path != Path(__file__):
                yield path


def test_every_section_that_is_named_exists():
    named = {
        str(path.relative_to(ROOT)): wrong
        for path in sources()
        if (wrong := missing(path.read_text("utf-8")))
    }

    assert named == {}


@pytest.mark.parametrize("page", PAGES)
def test_every_section_has_an_anchor_with_its_number(page):
    anchors = ANCHOR.findall(PAGES[page].read_text("utf-8"))

    assert [(name, number) for name, number in anchors if name != number.replace(".", "-")] == []
    assert {number for _, number in anchors} >= {
        number for number in SECTIONS[page] - {"0"} if "item" not in number
    }


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Facts: webex-messaging.md §4.3.", []),
        ("Facts: docs/webex/messaging.md §4.3 and §1.1.", []),
        ("(webex-provisioning.md §4.3-4.6, §6)", []),
        ("(messaging.md §5 items 18, 20)", []),
        ("by RFC 4122 §99.1", []),
        ("docs/webex/messaging.md §4.7", ["messaging §4.7"]),
        ("webex-messaging.md §10", ["messaging §10"]),
        ("webex-messaging.md §3, webex-provisioning.md §3.5", ["provisioning §3.5"]),
        ("(§4.3-4.9)", ["some page §4.9"]),
        ("messaging.md §5 item 23", ["messaging §5 item 23"]),
    ],
)
def test_a_section_that_does_not_exist_is_found(text, wrong):
    assert missing(text) == wrong
