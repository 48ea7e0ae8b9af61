"""Every log event of the bot has a name in snake_case, and the pages name events that exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.test_metrics import quoted, tables

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
SNAKE_CASE = re.compile(r"[a-z][a-z0-9_]*")


def log_calls() -> Iterator[tuple[str, ast.expr]]:
    """Each call of a logger in bot/: where it is, and its first argument, the event."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and is_log_method(node.func):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.args[0]


def is_log_method(function: ast.expr) -> bool:
    """Whether this is `log.info`, `get_logger("retry").warning` or the like."""
    if not isinstance(function, ast.Attribute) or function.attr not in LEVELS:
        return False
    logger = ast.unparse(function.value)
    return logger == "log" or "get_logger(" in logger


def test_each_event_is_a_constant_in_snake_case():
    wrong = [
        f"{place}: {ast.unparse(event)}"
        for place, event in log_calls()
        if not (isinstance(event, ast.Constant) and SNAKE_CASE.fullmatch(str(event.value)))
    ]

    assert wrong == []


def test_each_event_that_the_page_explains_is_logged():
    logged = {event.value for _, event in log_calls() if isinstance(event, ast.Constant)}
    explained = {quoted(event)[0] for event, *_ in tables()["log event"]}

    assert len(logged) > 50
    assert explained - logged == set()
