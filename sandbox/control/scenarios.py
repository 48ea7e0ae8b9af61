"""Choose a scenario while the sandbox runs."""

from typing import Any, Final

from aiohttp import web

from sandbox import scenarios
from sandbox.cloud import Cloud
from sandbox.endpoints import NO_TOKEN, Endpoint, json_body, json_response, no_content
from sandbox.errors import bad_request
from sandbox.faults.validation import InvalidDefinition
from sandbox.scenarios import Scenario
from sandbox.tokens import Token


async def show(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/scenario: the running scenario, and the ones available by name."""
    known = [
        {"name": scenario.name, "title": scenario.title, "says": scenario.description}
        for scenario in scenarios.known()
    ]
    return json_response({"running": cloud.scenario or None, "known": known})


async def choose_scenario(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/scenario: TOML as text, or JSON: ``{"name": …}`` or the scenario itself."""
    try:
        scenario = await _requested_scenario(request)
    except InvalidDefinition as error:
        raise bad_request(str(error)) from error
    start_only = sorted(scenario.settings.keys() & scenarios.AT_START_ONLY)
    if start_only:
        raise bad_request(
            f"'{start_only[0]}' can only be set at the start: start the sandbox with this scenario."
        )
    start(cloud, scenario)
    return json_response({"running": scenario.name, "faults": len(scenario.fault_specs)})


async def _requested_scenario(request: web.Request) -> Scenario:
    if request.content_type != "application/json":
        return scenarios.read(await request.text(), "ordered", "The scenario")
    body: dict[str, Any] = await json_body(request)
    if body.keys() == {"name"} and str(body["name"]).isidentifier():
        return scenarios.load(body["name"])
    return scenarios.scenario_of(body, "ordered", "The scenario")


def start(cloud: Cloud, scenario: Scenario) -> None:
    """Start the scenario now; it replaces the running one."""
    cloud.scenario = scenario.name
    cloud.apply_settings(scenarios.settings_with(cloud.initial_settings, scenario))
    scenarios.begin(scenario, cloud.faults, cloud.clock.now(), cloud.settings.seed)
    cloud.event_log.append("scenario", name=scenario.name, title=scenario.title)


async def end(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """DELETE /control/scenario: end its faults and restore the settings."""
    cloud.scenario = ""
    cloud.faults.remove_origin(scenarios.ORIGIN)
    cloud.apply_settings(cloud.initial_settings)
    cloud.event_log.append("scenario", name="", title="")
    return no_content()


ENDPOINTS: Final = [
    Endpoint("GET", "/scenario", show, NO_TOKEN),
    Endpoint("POST", "/scenario", choose_scenario, NO_TOKEN),
    Endpoint("DELETE", "/scenario", end, NO_TOKEN),
]
