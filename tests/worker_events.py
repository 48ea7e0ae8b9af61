"""What a worker of pytest-xdist sends to the controller: only what is counted or shown.

By default it sends six events for each test, and most tests take less time than these.
"""

from collections.abc import Callable
from typing import Any

import pytest
from xdist.remote import WorkerInteractor

UNUSED = ("logstart", "logfinish")


def send_fewer(config: pytest.Config) -> None:
    """Let the worker leave out the others, if this process is one."""
    for plugin in config.pluginmanager.get_plugins():
        if isinstance(plugin, WorkerInteractor):
            plugin.sendevent = without_unused(plugin.sendevent)  # type: ignore[method-assign]


def without_unused(send: Callable[..., None]) -> Callable[..., None]:
    """Return the same function for the events that are used."""

    def send_used(name: str, **content: Any) -> None:
        if name not in UNUSED and not (name == "testreport" and is_unused(content["data"])):
            send(name, **content)

    return send_used


def is_unused(report: dict[str, str]) -> bool:
    """Whether it reports that nothing went wrong around a test."""
    return report["when"] != "call" and report["outcome"] == "passed"
