"""Every sentence that the bot can say, gathered from its source without running it.

What an f-string or `str.format` fills in becomes `…`. Gathered is what stands in a `raise`, and
anything else that reads like a sentence; docstrings, logs, SQL and the words of `--help` are not said.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

NOT_SAID = {
    *("debug", "info", "warning", "error", "exception"),  # logs
    *("execute", "query"),  # SQL
    *("Counter", "Gauge", "Histogram"),  # what Prometheus reads
    "compile",  # patterns
}
HOLE = re.compile(r"(?<!\{)\{\w*\}")
SENTENCE = re.compile(r".* .*[.?!:…”]", re.DOTALL)
WORDS = re.compile(r"[A-Za-z]{2,}")
PRINTED = {"guide.py"}  # a page for the wall
NO_WORDS = re.compile(r"\\s|\| None")  # regular expressions, and types for the reader
# A few words with one of these in them may be all that is said of a problem.
TROUBLE = re.compile(
    r"\b(?:not|no|none|nobody|nothing|never|cannot|wrong|invalid|missing|needed|failed|refused|too|already)\b",
    re.IGNORECASE,
)
MANY = 6  # so many words say something, whatever stands at their end


def sentences(source: str) -> set[str]:
    """The sentences in one module."""
    tree = ast.parse(source)
    skipped = set(_skipped(tree))
    raised = {id(part) for node in ast.walk(tree) for part in _raised(node)}
    said = ((node, _text(node)) for node in ast.walk(tree) if id(node) not in skipped)
    return {
        text for node, text in said if text and _says_something(text, raised=id(node) in raised)
    }


def all_sentences(root: Path) -> set[str]:
    """Those of the bot and its cards."""
    modules = [path for part in ("bot", "cards") for path in sorted((root / part).rglob("*.py"))]
    said = [path for path in modules if path.name not in PRINTED]
    return {found for path in said for found in sentences(path.read_text("utf-8"))}


def normal(text: str) -> str:
    """Spaces and holes do not matter, nor what a table of Markdown needs."""
    return re.sub(r"…[…\s]*…|…", "…", " ".join(HOLE.sub("…", text).split()))


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return normal(node.value)
    if isinstance(node, ast.JoinedStr):
        return normal("".join(_part(part) for part in node.values))
    return ""


def _part(node: ast.AST) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else "…"


def _says_something(text: str, *, raised: bool) -> bool:
    words = len(WORDS.findall(text)) if " " in text and not NO_WORDS.search(text) else 0
    reads_well = words >= 2 and SENTENCE.fullmatch(text) is not None
    short = words >= 2 and (raised or TROUBLE.search(text) is not None)
    return words >= MANY or reads_well or short


def _raised(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Raise) and node.exc is not None:
        yield from ast.walk(node.exc)


def _skipped(tree: ast.AST) -> Iterator[int]:
    """What is not said, or is part of something longer."""
    for node in ast.walk(tree):
        for part in _not_said(node):
            yield from (id(inner) for inner in ast.walk(part))
        if isinstance(node, ast.JoinedStr):
            yield from (id(part) for part in node.values)  # but not what is filled in


def _not_said(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return [node.value]
    if isinstance(node, ast.Call) and _called(node) in NOT_SAID:
        return [node]
    if isinstance(node, ast.keyword) and node.arg in ("help", "example", "pattern"):
        return [node.value]
    return []


def _called(node: ast.Call) -> str:
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))
