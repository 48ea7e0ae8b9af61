"""The deliveries of webhooks, in the background (webex-messaging.md §3.7).

Only targets on this machine are posted to: a sandbox is for rehearsals, and what is said in one
must reach nobody outside, whatever address somebody wrote into a webhook.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Self

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.changes import Changes
from sandbox.clock import Clock, webex_date
from sandbox.settings import Settings
from sandbox.webhook_rules import Webhook, is_loopback, signature

KEPT: Final = 1000
AT_ONCE: Final = 8
WAITING: Final = 10_000
OUTSIDE: Final = "Not sent: the sandbox posts to this machine only."
TOO_MANY: Final = "Not sent: too many deliveries are waiting."


@dataclass(frozen=True)
class Attempt:
    """One delivery: ``status`` is what the target answered, ``error`` why it did not."""

    hook_key: str
    at: str
    resource: str
    event: str
    data_id: str
    status: int | None = None
    error: str | None = None
    duration_ms: float = 0.0


class Deliveries:
    """An async context manager; inside it what was sent is posted, so many at once."""

    def __init__(self, settings: Settings, clock: Clock, changes: Changes) -> None:
        self.settings = settings
        self._clock = clock
        self._changes = changes
        self._waiting: asyncio.Queue[tuple[Webhook, Mapping[str, Any]]] = asyncio.Queue(WAITING)
        self._stack = AsyncExitStack()
        self.attempts: deque[Attempt] = deque(maxlen=KEPT)

    async def __aenter__(self) -> Self:
        session = await self._stack.enter_async_context(ClientSession())
        for _ in range(AT_ONCE):
            self._stack.push_async_callback(_end, asyncio.create_task(self._work(session)))
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._stack.aclose()

    def send(self, hook: Webhook, envelope: Mapping[str, Any]) -> None:
        """Post an envelope as soon as there is a hand free."""
        if not is_loopback(hook.target_url):
            self._note(hook, envelope, error=OUTSIDE)
        elif self._waiting.full():
            self._note(hook, envelope, error=TOO_MANY)
        else:
            self._waiting.put_nowait((hook, envelope))

    async def _work(self, session: ClientSession) -> None:
        while True:
            hook, envelope = await self._waiting.get()
            if hook.status == "active":
                await self._post(session, hook, envelope)

    async def _post(
        self, session: ClientSession, hook: Webhook, envelope: Mapping[str, Any]
    ) -> None:
        body = json.dumps(envelope).encode()
        headers = {"Content-Type": "application/json"}
        if hook.secret:
            headers["X-Spark-Signature"] = signature(hook.secret, body)
        started = time.perf_counter()
        patience = ClientTimeout(total=self.settings.webhook_timeout_s)
        status, error = await _posted(session, hook.target_url, body, headers, patience)
        if status is None or not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            limit, window = self.settings.webhook_failures, self.settings.webhook_failure_window_s
            hook.failed(self._clock.now(), limit=limit, window_s=window)
        spent = round((time.perf_counter() - started) * 1000, 3)
        self._note(hook, envelope, status=status, error=error, duration_ms=spent)

    def _note(self, hook: Webhook, envelope: Mapping[str, Any], **outcome: Any) -> None:
        attempt = Attempt(
            hook_key=hook.key,
            at=webex_date(self._clock.now()),
            resource=envelope["resource"],
            event=envelope["event"],
            data_id=envelope["data"]["id"],
            **outcome,
        )
        self.attempts.append(attempt)
        self._changes.note("webhook", name=hook.name, status=attempt.status, error=attempt.error)


async def _posted(
    session: ClientSession,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    patience: ClientTimeout,
) -> tuple[int | None, str | None]:
    """Post once; redirects are not followed, and a certificate on this machine may be anybody's."""
    try:
        async with session.post(
            url, data=body, headers=headers, allow_redirects=False, ssl=False, timeout=patience
        ) as response:
            return response.status, None
    except TimeoutError:
        return None, "The target did not answer in time."
    except (ClientError, OSError, ValueError) as problem:
        return None, f"{type(problem).__name__}: {problem}"


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
