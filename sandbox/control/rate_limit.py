"""Switch the rate limit on and off while the sandbox runs."""

from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from sandbox.cloud import Cloud
from sandbox.endpoints import NO_TOKEN, Endpoint, json_response, json_value
from sandbox.errors import bad_request
from sandbox.tokens import Token


async def rate_limit(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/rate-limit: `perSecond`, `burst`, `perApi`; `perSecond` null: no limit."""
    body = await json_value(request)
    values = {} if body is None else body
    if not isinstance(values, dict):
        raise bad_request("'perSecond' and 'burst' are expected, or null.")
    rate = _number(values, "perSecond", None)
    burst = _number(values, "burst", cloud.settings.rate_burst)
    if burst is None or burst < 1:
        raise bad_request("'burst' must be 1 or more.")
    per_api = values.get("perApi", False)
    if not isinstance(per_api, bool):
        raise bad_request("'perApi' must be true or false.")
    settings = replace(
        cloud.settings, rate_per_second=rate, rate_burst=int(burst), rate_per_api=per_api
    )
    cloud.apply_settings(settings)
    limit = {"perSecond": rate, "burst": int(burst)} | ({"perApi": True} if per_api else {})
    cloud.event_log.append("rateLimit", **limit)
    return json_response(limit)


def _number(values: dict[str, Any], name: str, default: float | None) -> float | None:
    value = values.get(name, default)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise bad_request(f"'{name}' must be a number above 0.")
    return float(value)


ENDPOINTS: Final = [Endpoint("POST", "/rate-limit", rate_limit, NO_TOKEN)]
