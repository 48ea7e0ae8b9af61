"""What the image installs is what is developed with, all of it, and named by its content."""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
ON_LINUX = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "platform_machine": "x86_64",
}
NOT_WANTED = {"pip"}  # sqlite-utils names it for a command that installs plugins


def versions(path: Path) -> dict[str, str]:
    """Version by name."""
    pairs = re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pairs}


def closure(name: str, extras: tuple[str, ...], python: str) -> set[str]:
    """All that the installed distribution needs on that Python, and they need, and so on."""
    names: set[str] = set()
    todo = [(name, extras)]
    while todo:
        package, wanted = todo.pop()
        for requirement in map(Requirement, distribution(package).requires or ()):
            key = canonicalize_name(requirement.name)
            if key not in names | NOT_WANTED and applies(requirement, wanted, python):
                names.add(key)
                todo.append((key, tuple(requirement.extras)))
    return names


def applies(requirement: Requirement, extras: tuple[str, ...], python: str) -> bool:
    """Whether it holds there, with one of those extras or none."""
    environment = {**ON_LINUX, "python_version": python, "python_full_version": f"{python}.9"}
    marker = requirement.marker
    return marker is None or any(
        marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras)
    )


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_versions_are_those_of_constraints(path):
    tested = versions(ROOT / "constraints.txt")
    assert {
        name: version for name, version in versions(path).items() if tested.get(name) != version
    } == {}


# 3.13 is the image's; with systemd it is what the machine has.
@pytest.mark.parametrize("python", ["3.11", "3.13"])
@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("runtime", ("label", "lists", "postgres")),
        ("demo", ("label", "lists", "postgres", "sandbox")),
    ],
)
def test_all_that_is_needed_is_there_and_nothing_else(lock, extras, python):
    needed = closure("provbot", extras, python)
    locked = set(versions(ROOT / f"locks/{lock}.txt"))
    assert needed - locked == set()
    assert python == "3.11" or locked == needed


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
