"""What the image installs is what is developed with, all of it, and named by its content."""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
IN_THE_IMAGE = {"python_version": "3.13", "python_full_version": "3.13.14", "sys_platform": "linux",
                "platform_system": "Linux", "os_name": "posix", "implementation_name": "cpython",
                "platform_python_implementation": "CPython", "platform_machine": "x86_64"}  # fmt: skip
NOT_WANTED = {"pip"}  # sqlite-utils names it for a command that installs plugins


def versions(path: Path) -> dict[str, str]:
    """Version by name."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def closure(name: str, *extras: str) -> set[str]:
    """All that the installed distribution needs on the image's Python, and they need, and so on."""
    found: set[str] = set()
    todo = [(name, extras)]
    while todo:
        one, wanted = todo.pop()
        for requirement in map(Requirement, distribution(one).requires or ()):
            key = canonicalize_name(requirement.name)
            if key not in found | NOT_WANTED and applies(requirement, wanted):
                found.add(key)
                todo.append((key, tuple(requirement.extras)))
    return found


def applies(requirement: Requirement, extras: tuple[str, ...]) -> bool:
    """Whether it holds there, with one of those extras or none."""
    marker = requirement.marker
    return marker is None or any(
        marker.evaluate({**IN_THE_IMAGE, "extra": extra}) for extra in ("", *extras)
    )


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_versions_are_those_of_constraints(path):
    tested = versions(ROOT / "constraints.txt")
    assert {
        name: version for name, version in versions(path).items() if tested.get(name) != version
    } == {}


@pytest.mark.parametrize(("lock", "extras"), [("runtime", ()), ("demo", ("sandbox",))])
def test_all_that_is_needed_is_there_and_nothing_else(lock, extras):
    assert set(versions(ROOT / f"locks/{lock}.txt")) == closure("provbot", *extras)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_each_is_named_by_its_content_and_no_place_is(path):
    text = path.read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) == len(versions(path))
    for entry in entries:
        assert re.fullmatch(r"[\w.-]+==\S+ (\\\n {4}--hash=sha256:[0-9a-f]{64} ?)+", entry), entry[
            :80
        ]
    assert "://" not in text
