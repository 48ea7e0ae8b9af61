"""No answer goes out unseen: the onlooker of tests/conftest.py finds what does not fit."""

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from sandbox.admin import ADMIN_ENDPOINTS
from sandbox.messaging import MESSAGING_ENDPOINTS
from sandbox.server import ONLOOKERS, Sandbox
from tests.sandbox import conformity
from tests.sandbox.conformity import NOT_IN_THE_CONTRACT, TEMPLATES, bare

SERVED = {f"{one.method} {bare(one.path)}" for one in [*MESSAGING_ENDPOINTS, *ADMIN_ENDPOINTS]}


def test_every_call_is_in_the_contract_or_excepted_by_name():
    if conformity.CONTRACT is None:
        return
    assert SERVED - TEMPLATES.keys() == NOT_IN_THE_CONTRACT.keys()


def test_every_call_of_the_contract_is_served():
    assert TEMPLATES.keys() - SERVED == set()


def test_the_onlooker_is_there():
    assert conformity.onlooker in ONLOOKERS


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
        (teapot, "GET /people/{personId} 418: status: 418 is not foreseen"),
        (broken, "GET /v1/people/x broke the sandbox: ZeroDivisionError()"),
    ],
)
async def test_what_does_not_fit_is_found(answer, complaint, unfit):
    if conformity.CONTRACT is None:
        return
    app = web.Application(middlewares=[conformity.onlooker])
    app.router.add_get("/v1/people/{person_id}", answer)

    async with TestServer(app) as server, ClientSession() as http:
        await http.get(server.make_url("/v1/people/x"))

    assert complaint in unfit
    unfit.clear()


async def test_a_fault_that_was_ordered_is_no_answer_of_webex(bot, sandbox: Sandbox, unfit):
    await sandbox.client.fault(path="/v1/people/me", status=200, body={"id": 7})

    async with bot.get("/v1/people/me") as response:
        assert await response.json() == {"id": 7}

    assert unfit == []
