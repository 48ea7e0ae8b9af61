"""The sandbox as a server: the cloud over HTTPS and WSS, the page and the control API over HTTP."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.admin import ADMIN_ENDPOINTS
from sandbox.client import SandboxClient
from sandbox.clock import Clock, SystemClock
from sandbox.cloud import CLOUD, Cloud, build_cloud
from sandbox.control import CONTROL_ENDPOINTS
from sandbox.control.actions import perform
from sandbox.control.faults import publish_fault_change
from sandbox.control.origin_check import check_origin
from sandbox.control.people import bot_environment
from sandbox.control.scenarios import start
from sandbox.endpoints import mount
from sandbox.faults import Fault
from sandbox.faults.parser import activate_fault, parse_fault
from sandbox.mercury.endpoints import MERCURY_ENDPOINTS
from sandbox.messaging import MESSAGING_ENDPOINTS
from sandbox.messaging.webhook_events import notify_webhooks
from sandbox.middleware import enforce_rate_limit, error_responses, inject_faults, log_calls
from sandbox.page import page_routes
from sandbox.scenarios import load, settings_with
from sandbox.seed import seed
from sandbox.settings import Settings
from sandbox.tls import Tls, make_tls
from sandbox.webhook_delivery import cancel_task
from sandbox.wrong_cloud import COMMERCIAL_HOSTS, GOVERNMENT_HOSTS, wrong_cloud_app

MAX_REQUEST_BYTES: Final = 101 * 1024 * 1024
# Innermost middlewares of every sandbox of this process. The test suite adds one that compares each
# answer with Webex's contract.
OBSERVERS: Final[list[Middleware]] = []
NODE_MODULES: Final = Path(__file__).parents[1] / "node_modules"


class Sandbox:
    """An async context manager; inside it the cloud answers on ``api_url``."""

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        self.settings = settings or Settings()
        self._scenario = load(self.settings.scenario) if self.settings.scenario else None
        if self._scenario is not None:
            self.settings = settings_with(self.settings, self._scenario)
        clock = clock or SystemClock()
        self.cloud: Cloud = build_cloud(self.settings, clock, seed(self.settings, clock))
        self.cloud.faults.perform = partial(perform, self.cloud)
        self.cloud.faults.changed = partial(publish_fault_change, self.cloud)
        self.cloud.listeners.append(partial(notify_webhooks, self.cloud))
        self.client = SandboxClient("")
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            hosts = (*GOVERNMENT_HOSTS, *COMMERCIAL_HOSTS) if self.settings.gov else ()
            tls = make_tls(self._state_dir(stack), self.settings.host, *hosts)
            self.cloud.ca_file = str(tls.ca_file)
            await self._start(stack, tls)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._stack.aclose()

    def _state_dir(self, stack: AsyncExitStack) -> Path:
        if self.settings.state_dir is None:
            return Path(stack.enter_context(TemporaryDirectory(prefix="sandbox-")))
        self.settings.state_dir.mkdir(parents=True, exist_ok=True)
        return self.settings.state_dir.resolve()

    async def _start(self, stack: AsyncExitStack, tls: Tls) -> None:
        # The page starts last, so that it stops first and releases callers that wait for an event.
        port = await _serve(
            stack, cloud_app(self.cloud), self.settings.host, self.settings.port, tls
        )
        host = _public_host(self.settings.host)
        self.cloud.base_url = f"https://{host}:{port}"
        if self.settings.gov:
            other_port = await _serve(
                stack, wrong_cloud_app(self.cloud), self.settings.host, 0, tls
            )
            self.cloud.wrong_cloud_url = f"https://{host}:{other_port}"
        page = await _serve(
            stack, page_app(self.cloud), self.settings.host, self.settings.page_port
        )
        self.cloud.page_url = f"http://{host}:{page}"
        self.client = await stack.enter_async_context(SandboxClient(self.control_url))
        if self._scenario is not None:
            start(self.cloud, self._scenario)
        await stack.enter_async_context(self.cloud.webhook_sender)
        stack.push_async_callback(
            cancel_task, asyncio.create_task(self.cloud.scheduler.run_forever())
        )

    def fault(self, **fields: Any) -> Fault:
        """Order a fault with the fields of `POST /control/faults`.

        Raises InvalidDefinition if it is not valid.
        """
        spec = parse_fault(fields, "A fault")
        return activate_fault(spec, self.cloud.faults, self.cloud.clock.now())

    @property
    def api_url(self) -> str:
        """Base of the REST API."""
        return self.cloud.api_url

    @property
    def u2c_url(self) -> str:
        """The service catalog."""
        return self.cloud.u2c_url

    @property
    def wrong_cloud_url(self) -> str:
        """The commercial cloud beside it, which refuses and records tokens; only with ``gov``."""
        return self.cloud.wrong_cloud_url

    @property
    def page_url(self) -> str:
        """The page to chat on."""
        return self.cloud.page_url

    @property
    def control_url(self) -> str:
        """The control API."""
        return f"{self.cloud.page_url}/control"

    @property
    def ca_file(self) -> str:
        """The CA certificate that clients must trust."""
        return self.cloud.ca_file

    @property
    def env(self) -> dict[str, str]:
        """The environment variables of a bot in this cloud."""
        return bot_environment(self.cloud)


def cloud_app(cloud: Cloud) -> web.Application:
    """Return the application with every endpoint of the cloud."""
    app = web.Application(
        middlewares=[log_calls, enforce_rate_limit, inject_faults, *OBSERVERS],
        client_max_size=MAX_REQUEST_BYTES,
    )
    app[CLOUD] = cloud
    mount(app, MESSAGING_ENDPOINTS, prefix="/v1")
    mount(app, ADMIN_ENDPOINTS, prefix="/v1")
    mount(app, MERCURY_ENDPOINTS)
    app.on_shutdown.append(_close_connections)
    return app


async def _close_connections(app: web.Application) -> None:
    for connection in app[CLOUD].hub.connections():
        connection.close(1001, "going away")


def page_app(cloud: Cloud) -> web.Application:
    """Return the application with the page and the control API."""
    app = web.Application(
        middlewares=[error_responses, check_origin], client_max_size=MAX_REQUEST_BYTES
    )
    app[CLOUD] = cloud
    mount(app, CONTROL_ENDPOINTS, prefix="/control")
    app.add_routes(page_routes(NODE_MODULES))
    app.on_shutdown.append(_close_event_log)
    return app


async def _close_event_log(app: web.Application) -> None:
    app[CLOUD].event_log.close()


async def _serve(
    stack: AsyncExitStack, app: web.Application, host: str, port: int, tls: Tls | None = None
) -> int:
    """Serve the application until the stack unwinds; return the port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(_stop_runner, runner)
    site = web.TCPSite(runner, host, port, ssl_context=tls.context if tls else None)
    await site.start()
    return int(runner.addresses[0][1])


async def _stop_runner(runner: web.AppRunner) -> None:
    """Stop serving and cut open connections: TLS would wait for the peer's close otherwise."""
    connections = runner.server.connections if runner.server else []
    transports = [connection.transport for connection in connections if connection.transport]
    await runner.cleanup()
    for transport in transports:
        transport.abort()
    await asyncio.sleep(0)  # the loop closes aborted transports in its next iteration


def _public_host(host: str) -> str:
    """Return the host for URLs: clients check the certificate for ``localhost``."""
    return "localhost" if host in ("127.0.0.1", "0.0.0.0", "localhost") else host  # noqa: S104
