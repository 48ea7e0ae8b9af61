"""Coverage of the processes that tests start."""

import os
from collections.abc import Mapping


def coverage_env() -> dict[str, str]:
    """The variables that make a process measure its coverage; none without `pytest --cov`."""
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}


def unmeasured(env: Mapping[str, str]) -> dict[str, str]:
    """An environment without them: for processes that must not be slowed down."""
    return {name: value for name, value in env.items() if not name.startswith("COVERAGE_")}


def has_coverage_variables(env: Mapping[str, str]) -> bool:
    """Whether a process with this environment measures its coverage."""
    return env != unmeasured(env)
