"""The files for contributors agree with the tools that they speak of."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PINNED = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").split() if line
)
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


@pytest.mark.parametrize(
    ("name", "repository"),
    [("ruff", "astral-sh/ruff-pre-commit"), ("codespell", "codespell-project/codespell")],
)
def test_a_hook_has_the_version_of_make_lint(name, repository):
    [hook] = [hook for hook in HOOKS if hook["repo"].endswith(repository)]

    assert hook["rev"] == f"v{PINNED[name]}"


def test_every_target_that_the_guide_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"`make ([a-z -]+?)(?: [A-Z]+=\S*)*`", GUIDE))

    assert named
    assert {target for names in named for target in names.split()} - targets == set()


@pytest.mark.parametrize("folder", ["bot", "cards", "sandbox", "tests", "bench", "deploy"])
def test_a_file_has_no_more_lines_than_the_guide_allows(folder):
    most = re.search(r"Small files.*? \((\d+) lines at most\)", GUIDE)
    assert most
    files = [path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts]
    assert files
    lines = {str(path.relative_to(ROOT)): path.read_text("utf-8").count("\n") for path in files}
    assert {name for name, count in lines.items() if count > int(most[1])} == set()


def test_every_file_that_the_guide_names_exists():
    named = re.findall(r"`((?:bot|cards|sandbox|tests|bench|deploy|docs)/[\w/.-]+)`", GUIDE)

    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_guide_names_every_part_of_the_bot():
    parts = {
        path.name + "/" * path.is_dir()
        for path in (ROOT / "bot").iterdir()
        if path.name[0] not in "_." and (path.suffix == ".py" or any(path.glob("*.py")))
    }

    assert {part for part in parts if f"`bot/{part}`" not in GUIDE} == set()


def test_good_subjects_of_commits_are_short():
    good = re.findall(r"^\| `([^`]+)` \| `[^`]+` \|$", GUIDE, re.MULTILINE)

    assert good
    assert max(map(len, good)) <= 72
    assert any(subject.startswith("Fix ") for subject in good)


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_a_form_for_issues_is_whole(form):
    fields = yaml.safe_load(form.read_text("utf-8"))
    if form.stem == "config":
        return

    assert {"name", "description", "body"} <= set(fields)
    ids = [field["id"] for field in fields["body"] if field["type"] != "markdown"]
    assert len(ids) == len(set(ids))
