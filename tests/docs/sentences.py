"""Every sentence that the bot can say, gathered from its source without running it.

`…` replaces what an f-string or `str.format` fills in. `sentences` gathers what stands in a `raise`
and anything else that reads like a sentence; docstrings, logs, SQL and the texts of `--help` are
not said to anybody. `problems` gathers those sentences that tell of a problem: they stand in a
`raise`, or contain a word such as `not` or `failed`.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

NOT_SAID = {
    *("debug", "info", "warning", "error", "exception"),  # logs
    *("execute", "query", "select"),  # SQL
    *("Counter", "Gauge", "Histogram"),  # what Prometheus reads
    "compile",  # patterns
}
HOLE = re.compile(r"(?<!\{)\{\w*\}")
SENTENCE = re.compile(r".* .*[.?!:…”]", re.DOTALL)
WORDS = re.compile(r"[A-Za-z]{2,}")
NOT_SPOKEN = {
    "guide.py",
    "sheet_page.py",
    "synonyms.py",
    "vocabulary.py",
    "column_names.py",
}  # a page for the wall, the frame of one to print, and what people write
NO_WORDS = re.compile(r"\\s|\| None")  # regular expressions, and types for the reader
# A few words with one of these in them may be all that is said of a problem.
TROUBLE = re.compile(
    r"\b(?:not|no|none|nobody|nothing|never|cannot|wrong|invalid|missing|needed|failed|refused|too|already)\b",
    re.IGNORECASE,
)
MANY = 6  # so many words say something, whatever stands at their end


def sentences(source: str) -> set[str]:
    """The sentences in one module."""
    return {text for text, raised in _texts(source) if _says_something(text, raised=raised)}


def problems(source: str) -> set[str]:
    """The sentences in one module that tell of a problem."""
    return {text for text, raised in _texts(source) if _tells_of_a_problem(text, raised=raised)}


def in_all_modules(root: Path, gather: Callable[[str], set[str]]) -> set[str]:
    """What `gather` finds in the bot and its cards."""
    modules = [path for part in ("bot", "cards") for path in sorted((root / part).rglob("*.py"))]
    sources = [path.read_text("utf-8") for path in modules if path.name not in NOT_SPOKEN]
    return {text for source in sources for text in gather(source)}


def _texts(source: str) -> Iterator[tuple[str, bool]]:
    """Each text in a module, and whether it is raised."""
    tree = ast.parse(source)
    skipped = set(_skipped(tree))
    raised = {id(part) for node in ast.walk(tree) for part in _raised(node)}
    for node in ast.walk(tree):
        if id(node) not in skipped and (text := _text(node)):
            yield text, id(node) in raised


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


def _count_words(text: str) -> int:
    return len(WORDS.findall(text)) if " " in text and not NO_WORDS.search(text) else 0


def _says_something(text: str, *, raised: bool) -> bool:
    count = _count_words(text)
    reads_well = count >= 2 and SENTENCE.fullmatch(text) is not None
    short = count >= 2 and (raised or TROUBLE.search(text) is not None)
    return count >= MANY or reads_well or short


def _tells_of_a_problem(text: str, *, raised: bool) -> bool:
    count = _count_words(text)
    whole = count >= MANY or (count >= 2 and SENTENCE.fullmatch(text) is not None)
    return (raised and count >= 2) or (whole and TROUBLE.search(text) is not None)


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
    if isinstance(node, ast.keyword) and node.arg in ("help", "examples", "pattern"):
        return [node.value]
    return []


def _called(node: ast.Call) -> str:
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))
