"""Every answer of every sandbox in this process is held against Webex's contract as it goes out.

A middleware, put into each sandbox by tests/conftest.py. What does not fit is kept in ``UNFIT``, and the
test in which it happened fails. Answers that a test ordered as a fault are not looked at: the middleware
sits inside the one that makes them.
"""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from sandbox.problems import Problem
from tests.sandbox import contract

CONTRACT: Final = contract.load()
UNFIT: Final[list[str]] = []

# The contract that lies beside the project is a part of Webex's; these calls are in none of its pages.
NOT_IN_THE_CONTRACT: Final = {
    "POST /rooms": "bots make rooms, provisioning does not",
    "PUT /rooms/{}": "as above",
    "DELETE /rooms/{}": "as above",
    "POST /memberships": "as above",
    "GET /memberships/{}": "as above",
    "PUT /memberships/{}": "as above",
    "DELETE /memberships/{}": "as above",
    "GET /contents/{}": "a file, in whatever form it has",
    "HEAD /contents/{}": "as above",
    "GET /people/": "GET /people, spelled as the JavaScript SDK does",
    "POST /access_token": "OAuth's own shape",
    "POST /telephony/config/locations/{}/actions/generatePassword/invoke": "as below",
    "GET /telephony/config/virtualLines/{}/dectNetworks": "as below",
    "DELETE /telephony/config/locations/{}/dectNetworks/{}/handsets": "wxc_sdk leaves the slash out",
    "GET /telephony/config/devices/dects/supportedDevices": "as wxc_sdk spells it",
    "GET /telephony/config/devices/{}": "known from what was observed",
}


def bare(path: str) -> str:
    """A template without the names in its braces: the contract's differ from ours."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def _templates() -> dict[str, str]:
    paths = CONTRACT["paths"] if CONTRACT is not None else {}
    return {
        f"{method.upper()} {bare(path)}": path
        for path, operations in paths.items()
        for method in operations
    }


TEMPLATES: Final = _templates()


def complaints(method: str, ours: str, status: int, body: Any) -> list[str]:
    """What the contract has against an answer; nothing where it does not know the call.

    ``ours`` is the path below ``/v1`` with braces. ``body`` is None for none.
    """
    template = TEMPLATES.get(f"{method} {bare(ours)}")
    if CONTRACT is None or template is None:
        return []
    found = contract.complaints(CONTRACT, method, template, status, body)
    return [f"{method} {template} {status}: {one}" for one in found]


@web.middleware
async def onlooker(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Look at what goes out, and let it pass."""
    try:
        response = await handler(request)
    except Problem as problem:
        _look(request, problem.status, problem.body("a tracking id"))
        raise
    except web.HTTPException:
        raise
    except Exception as error:
        UNFIT.append(f"{request.method} {request.path} broke the sandbox: {error!r}")
        raise
    _look(request, response.status, _json_of(response))
    return response


def _look(request: web.Request, status: int, body: Any) -> None:
    resource = request.match_info.route.resource
    if resource is not None and resource.canonical.startswith("/v1/"):
        ours = resource.canonical.removeprefix("/v1")
        UNFIT.extend(complaints(request.method, ours, status, body))


def _json_of(response: web.StreamResponse) -> Any:
    if isinstance(response, web.Response) and response.content_type == "application/json":
        return json.loads(response.text or "null")
    return None
