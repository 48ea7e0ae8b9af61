"""Valid and invalid calls generated from Webex's contract by schemathesis do not break the sandbox.

Half of the generated ids are replaced by existing ones, so that calls get further than "not found".
The seed is fixed, so that runs are reproducible.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from sandbox.admin import ADMIN_ENDPOINTS
from sandbox.messaging import MESSAGING_ENDPOINTS
from tests.data.extract_openapi import EXTRACT, bare
from tests.foreign.cloud import GOOD_BODIES, Cloud, running
from tests.sandbox.contract_monitor import TEMPLATES, complaints

EXAMPLES = 20  # for each operation
SERVED = {
    f"{endpoint.method} {bare(endpoint.path)}": "service_app"
    if "service_app" in endpoint.tokens
    else "bot"
    for endpoint in [*MESSAGING_ENDPOINTS, *ADMIN_ENDPOINTS]
}
CALLS = sorted(SERVED.keys() & TEMPLATES.keys(), key=lambda item: (item.startswith("DELETE"), item))
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """One sandbox for all tests."""
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def schema() -> Any:
    """The contract for schemathesis: its original schemas, not our strict ones."""
    return schemathesis.openapi.from_path(EXTRACT)


@st.composite
def cases(draw: st.DrawFn, operation: Any, real: dict[str, str]) -> Any:
    """A generated call with some existing ids in it."""
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
        case.body = known | draw(mutate_one_field(case.body))
    return case


def mutate_one_field(body: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Change at most one field, so that an otherwise valid body has one mistake."""
    return st.sampled_from([{}, *({name: value} for name, value in body.items())])


def problems(call: str, answer: Any) -> list[str]:
    """Return what is wrong with an answer."""
    if answer.status_code >= 500:
        return [f"{answer.status_code}: {answer.text[:300]}"]
    if answer.status_code >= 400:
        body = answer.json()
        return [] if {"message", "errors", "trackingId"} <= body.keys() else [f"refusal: {body}"]
    method, _, path = call.partition(" ")
    body = answer.json() if answer.content else None
    return complaints(method, path, answer.status_code, body)


@pytest.mark.parametrize("call", CALLS)
def test_nothing_breaks_the_sandbox(call: str, cloud: Cloud, schema: Any):
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
        assert not problems(call, answer), case.as_curl_command()

    play()
