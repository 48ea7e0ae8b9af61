"""Calls made from Webex's contract by schemathesis, right ones and wrong ones: nothing breaks the sandbox.

Half of what is made up is replaced by the ids of things that are there, so that calls come further than
"there is no such thing". The seed is fixed: a run repeats.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from sandbox.admin import ADMIN_ENDPOINTS
from sandbox.messaging import MESSAGING_ENDPOINTS
from tests.foreign.cloud import GOOD_BODIES, Cloud, running
from tests.sandbox.conformity import TEMPLATES, bare, complaints
from tests.sandbox.contract import CONTRACT as PATH

EXAMPLES = 20  # of each operation
SERVED = {
    f"{one.method} {bare(one.path)}": "service_app" if "service_app" in one.tokens else "bot"
    for one in [*MESSAGING_ENDPOINTS, *ADMIN_ENDPOINTS]
}
CALLS = sorted(SERVED.keys() & TEMPLATES.keys(), key=lambda one: (one.startswith("DELETE"), one))
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """One sandbox for all."""
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def schema() -> Any:
    """The contract as schemathesis reads it; its loose schemas, not the strict ones of our judge."""
    return schemathesis.openapi.from_path(PATH) if PATH.exists() else None


@st.composite
def cases(draw: st.DrawFn, operation: Any, real: dict[str, str]) -> Any:
    """A call that schemathesis made, with some real things in it."""
    case = draw(st.one_of([operation.as_strategy(generation_mode=mode) for mode in MODES]))
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            for name in sorted(real.keys() & part.keys()):
                if draw(st.booleans()):
                    part[name] = real[name]
    good = GOOD_BODIES.get(f"{operation.method.upper()} {bare(operation.path)}")
    if good and isinstance(case.body, dict) and draw(st.booleans()):
        known = {
            name: real.get(value, value) if isinstance(value, str) else value
            for name, value in good.items()
        }
        case.body = known | draw(some_of(case.body))
    return case


def some_of(body: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """At most one field: so that what is otherwise right is wrong in one thing."""
    return st.sampled_from([{}, *({name: value} for name, value in body.items())])


def wrong_with(call: str, answer: Any) -> list[str]:
    """What is wrong with an answer."""
    if answer.status_code >= 500:
        return [f"{answer.status_code}: {answer.text[:300]}"]
    if answer.status_code >= 400:
        said = answer.json()
        return [] if {"message", "errors", "trackingId"} <= said.keys() else [f"refusal: {said}"]
    method, _, path = call.partition(" ")
    body = answer.json() if answer.content else None
    return complaints(method, path, answer.status_code, body)


@pytest.mark.parametrize("call", CALLS or ["there is no contract"])
def test_nothing_breaks_the_sandbox(call: str, cloud: Cloud, schema: Any):
    if schema is None:
        return
    operation = schema[TEMPLATES[call]][call.partition(" ")[0]]
    head = {"Authorization": f"Bearer {cloud.tokens[SERVED[call]]}"}

    @seed(20261120)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(operation, cloud.real))
    def play(case: Any) -> None:
        answer = case.call(
            base_url=cloud.url, session=cloud.http, headers=head, verify=cloud.http.verify
        )
        assert not wrong_with(call, answer), case.as_curl_command()

    play()
