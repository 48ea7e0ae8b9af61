"""Choosing a scenario while the sandbox runs."""

from typing import Any, Final

from aiohttp import web

from sandbox import scenarios
from sandbox.cloud import Cloud
from sandbox.endpoints import NO_TOKEN, Endpoint, answer, json_body, no_content
from sandbox.faults.rules import Wrong
from sandbox.problems import bad_request
from sandbox.scenarios import Scenario
from sandbox.tokens import Token


async def show(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/scenario: which one runs, and which can be had by name."""
    known = [{"name": one.name, "title": one.title, "says": one.says} for one in scenarios.known()]
    return answer({"running": cloud.scenario or None, "known": known})


async def choose(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/scenario: TOML as text, or JSON: ``{"name": …}`` or the scenario itself."""
    try:
        scenario = await _asked_for(request)
    except Wrong as wrong:
        raise bad_request(str(wrong)) from wrong
    late = sorted(scenario.settings.keys() & scenarios.AT_START_ONLY)
    if late:
        raise bad_request(
            f"'{late[0]}' holds from the start: start the sandbox with this scenario."
        )
    start(cloud, scenario)
    return answer({"running": scenario.name, "faults": len(scenario.orders)})


async def _asked_for(request: web.Request) -> Scenario:
    if request.content_type != "application/json":
        return scenarios.read(await request.text(), "ordered", "The scenario")
    body: dict[str, Any] = await json_body(request)
    if body.keys() == {"name"} and str(body["name"]).isidentifier():
        return scenarios.load(body["name"])
    return scenarios.scenario_of(body, "ordered", "The scenario")


def start(cloud: Cloud, scenario: Scenario) -> None:
    """Let it begin now, in place of the one that runs."""
    cloud.scenario = scenario.name
    cloud.set_up(scenarios.settings_with(cloud.first_settings, scenario))
    scenarios.begin(scenario, cloud.faults, cloud.clock.now(), cloud.settings.seed)
    cloud.changes.note("scenario", name=scenario.name, title=scenario.title)


async def end(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE /control/scenario: its faults are over, and the settings are what they were."""
    cloud.scenario = ""
    cloud.faults.remove_of(scenarios.ORIGIN)
    cloud.set_up(cloud.first_settings)
    cloud.changes.note("scenario", name="", title="")
    return no_content()


ENDPOINTS: Final = [
    Endpoint("GET", "/scenario", show, NO_TOKEN),
    Endpoint("POST", "/scenario", choose, NO_TOKEN),
    Endpoint("DELETE", "/scenario", end, NO_TOKEN),
]
