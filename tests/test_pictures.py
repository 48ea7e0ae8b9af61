"""The documents show exactly the pictures that the browser tests take (`make screenshots`)."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MOST_BYTES = 80_000


def shown(document: Path) -> list[tuple[Path, str]]:
    """The pictures in a document: where each is, and what is read out instead."""
    text = document.read_text("utf-8")
    tags = re.findall(r"<img [^>]*>", text)
    pairs = [(_attribute(tag, "src"), _attribute(tag, "alt")) for tag in tags]
    pairs += [(path, alt) for alt, path in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", text)]
    return [(document.parent / path, alt) for path, alt in pairs]


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\b{name}="([^"]*)"', tag)
    return match[1] if match else ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_picture_that_is_shown_exists_and_is_told_in_words(document: Path):
    for path, description in shown(document):
        assert path.is_file(), path
        assert len(description) > 20, path


def test_every_picture_is_shown():
    used = {path.resolve() for document in DOCUMENTS for path, _ in shown(document)}

    assert {path.resolve() for path in PICTURES.iterdir()} - used == set()


def test_pictures_are_light():
    heavy = [path.name for path in PICTURES.iterdir() if path.stat().st_size > MOST_BYTES]

    assert heavy == []
