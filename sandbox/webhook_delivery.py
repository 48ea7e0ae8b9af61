"""Delivery of webhooks in the background (docs/webex/messaging.md §3.7).

Only targets on this machine are posted to: a sandbox is for rehearsals, and its content must not
leave the machine, whatever address a webhook has.
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

from sandbox.clock import Clock, webex_date
from sandbox.event_log import EventLog
from sandbox.settings import Settings
from sandbox.webhook_rules import Webhook, is_loopback, signature

MAX_ATTEMPTS: Final = 1000
MAX_CONCURRENT: Final = 8
QUEUE_SIZE: Final = 10_000
OUTSIDE: Final = "Not sent: the sandbox posts to this machine only."
TOO_MANY: Final = "Not sent: too many deliveries are waiting."


@dataclass(frozen=True)
class DeliveryAttempt:
    """One delivery: ``status`` is the target's answer, ``error`` the reason if there is none."""

    hook_key: str
    at: str
    resource: str
    event: str
    data_id: str
    status: int | None = None
    error: str | None = None
    duration_ms: float = 0.0


class WebhookSender:
    """An async context manager; inside it queued envelopes are posted by several workers."""

    def __init__(self, settings: Settings, clock: Clock, event_log: EventLog) -> None:
        self.settings = settings
        self._clock = clock
        self._event_log = event_log
        self._waiting: asyncio.Queue[tuple[Webhook, Mapping[str, Any]]] = asyncio.Queue(QUEUE_SIZE)
        self._stack = AsyncExitStack()
        self.attempts: deque[DeliveryAttempt] = deque(maxlen=MAX_ATTEMPTS)

    async def __aenter__(self) -> Self:
        session = await self._stack.enter_async_context(ClientSession())
        for _ in range(MAX_CONCURRENT):
            self._stack.push_async_callback(
                cancel_task, asyncio.create_task(self._run_worker(session))
            )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._stack.aclose()

    def send(self, hook: Webhook, envelope: Mapping[str, Any]) -> None:
        """Queue an envelope for the next free worker."""
        if not is_loopback(hook.target_url):
            self._record(hook, envelope, error=OUTSIDE)
        elif self._waiting.full():
            self._record(hook, envelope, error=TOO_MANY)
        else:
            self._waiting.put_nowait((hook, envelope))

    async def _run_worker(self, session: ClientSession) -> None:
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
        timeout = ClientTimeout(total=self.settings.webhook_timeout_s)
        status, error = await _post_once(session, hook.target_url, body, headers, timeout)
        if status is None or not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            limit, window = self.settings.webhook_failures, self.settings.webhook_failure_window_s
            hook.failed(self._clock.now(), limit=limit, window_s=window)
        spent = round((time.perf_counter() - started) * 1000, 3)
        self._record(hook, envelope, status=status, error=error, duration_ms=spent)

    def _record(self, hook: Webhook, envelope: Mapping[str, Any], **outcome: Any) -> None:
        attempt = DeliveryAttempt(
            hook_key=hook.key,
            at=webex_date(self._clock.now()),
            resource=envelope["resource"],
            event=envelope["event"],
            data_id=envelope["data"]["id"],
            **outcome,
        )
        self.attempts.append(attempt)
        self._event_log.append(
            "webhook", name=hook.name, status=attempt.status, error=attempt.error
        )


async def _post_once(
    session: ClientSession,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    time_limit: ClientTimeout,
) -> tuple[int | None, str | None]:
    """Post once; redirects are not followed, and any certificate is accepted on this machine."""
    try:
        async with session.post(
            url, data=body, headers=headers, allow_redirects=False, ssl=False, timeout=time_limit
        ) as response:
            return response.status, None
    except TimeoutError:
        return None, "The target did not answer in time."
    except (ClientError, OSError, ValueError) as error:
        return None, f"{type(error).__name__}: {error}"


async def cancel_task(task: asyncio.Task[None]) -> None:
    """Cancel a task; raise its error if it has already failed."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
