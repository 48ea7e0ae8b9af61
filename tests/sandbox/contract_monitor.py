"""Every answer of every sandbox in this process is compared with Webex's contract.

tests/conftest.py adds this middleware to each sandbox. ``VIOLATIONS`` collects what does not fit,
and the test in which it happened fails. Answers that a test ordered as a fault are not checked: the
middleware is inside the one that makes them.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from sandbox.errors import ApiError
from tests.data.extract_openapi import bare
from tests.sandbox import contract

CONTRACT: Final = contract.load()
VIOLATIONS: Final[list[str]] = []

# These calls are on no page of the contract that was available.
NOT_IN_THE_CONTRACT: Final = {
    "POST /rooms": "bots make rooms, provisioning does not",
    "PUT /rooms/{}": "as above",
    "DELETE /rooms/{}": "as above",
    "POST /memberships": "as above",
    "GET /memberships/{}": "as above",
    "PUT /memberships/{}": "as above",
    "DELETE /memberships/{}": "as above",
    "GET /contents/{}": "a file of any type",
    "HEAD /contents/{}": "as above",
    "GET /people/": "GET /people, spelled as the JavaScript SDK does",
    "POST /access_token": "OAuth's own shape",
    "POST /telephony/config/locations/{}/actions/generatePassword/invoke": "as below",
    "GET /telephony/config/virtualLines/{}/dectNetworks": "as below",
    "DELETE /telephony/config/locations/{}/dectNetworks/{}/handsets": "wxc_sdk omits the slash",
    "GET /telephony/config/devices/dects/supportedDevices": "as wxc_sdk spells it",
    "GET /telephony/config/numbers": "known from what other tools use",
    "GET /telephony/config/devices/{}": "known from what was observed",
    "POST /telephony/config/devices/{}/actions/applyChanges/invoke": "on another page of it",
}


def _templates() -> dict[str, str]:
    return {
        f"{method.upper()} {bare(path)}": path
        for path, operations in CONTRACT["paths"].items()
        for method in operations
    }


TEMPLATES: Final = _templates()


def complaints(method: str, ours: str, status: int, body: Any) -> list[str]:
    """Return the violations of the contract; none for a call it does not define.

    ``ours`` is the path below ``/v1`` with braces. ``body`` is None if there is none.
    """
    template = TEMPLATES.get(f"{method} {bare(ours)}")
    if template is None:
        return []
    violations = contract.complaints(CONTRACT, method, template, status, body)
    return [f"{method} {template} {status}: {violation}" for violation in violations]


@web.middleware
async def observer(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Check every answer and pass it on."""
    try:
        response = await handler(request)
    except ApiError as error:
        _check(request, error.status, error.body("a tracking id"))
        raise
    except web.HTTPException:
        raise
    except Exception as error:
        VIOLATIONS.append(f"{request.method} {request.path} broke the sandbox: {error!r}")
        raise
    _check(request, response.status, _json_of(response))
    return response


def _check(request: web.Request, status: int, body: Any) -> None:
    resource = request.match_info.route.resource
    if resource is not None and resource.canonical.startswith("/v1/"):
        ours = resource.canonical.removeprefix("/v1")
        VIOLATIONS.extend(complaints(request.method, ours, status, body))


def _json_of(response: web.StreamResponse) -> Any:
    if isinstance(response, web.Response) and response.content_type == "application/json":
        return json.loads(response.text or "null")
    return None
