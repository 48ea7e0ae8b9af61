"""Every answer is checked: the observer of tests/conftest.py finds violations of the contract."""

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from sandbox.server import OBSERVERS, Sandbox
from tests.data.extract_openapi import served
from tests.sandbox import contract_monitor
from tests.sandbox.contract_monitor import NOT_IN_THE_CONTRACT, TEMPLATES

SERVED = served()


def test_every_call_is_in_the_contract_or_excepted_by_name():
    assert SERVED - TEMPLATES.keys() == NOT_IN_THE_CONTRACT.keys()


def test_every_call_of_the_contract_is_served():
    assert TEMPLATES.keys() - SERVED == set()


def test_the_observer_is_installed():
    assert contract_monitor.observer in OBSERVERS


async def nonsense(request: web.Request) -> web.Response:
    return web.json_response({"id": 7})


async def teapot(request: web.Request) -> web.Response:
    return web.Response(status=418)


async def broken(request: web.Request) -> web.Response:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (nonsense, "GET /people/{personId} 200: id: 7 is not of type 'string'"),
        (teapot, "GET /people/{personId} 418: status: 418 is not in the contract"),
        (broken, "GET /v1/people/x broke the sandbox: ZeroDivisionError()"),
    ],
)
async def test_answers_that_break_the_contract_are_found(answer, complaint, unfit):
    app = web.Application(middlewares=[contract_monitor.observer])
    app.router.add_get("/v1/people/{person_id}", answer)

    async with TestServer(app) as server, ClientSession() as http:
        await http.get(server.make_url("/v1/people/x"))

    assert complaint in unfit
    unfit.clear()


async def test_ordered_faults_are_not_checked(bot, sandbox: Sandbox, unfit):
    await sandbox.client.fault(path="/v1/people/me", status=200, body={"id": 7})

    async with bot.get("/v1/people/me") as response:
        assert await response.json() == {"id": 7}

    assert unfit == []
