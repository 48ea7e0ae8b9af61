"""Run the bot: start, signals and shutdown of the process."""

import asyncio
import gc
import resource
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from bot.chat.threads import wait_for_calls
from bot.core import logs, retry
from bot.core.clouds import Cloud
from bot.core.config import Config
from bot.core.errors import TemporaryFailure, TokenRefused
from bot.service.app import assemble
from bot.service.bot import Bot
from bot.service.memory import MemoryKeeper
from bot.store import lock, permissions, restore
from bot.store.failures import explained

log = logs.get_logger("lifecycle")

Sleep: TypeAlias = Callable[[float], Awaitable[None]]
MakeBot: TypeAlias = Callable[[Config, Sleep], AbstractAsyncContextManager[Bot]]

SIGNALS = (signal.SIGTERM, signal.SIGINT)
IN_USE = (
    "Another process already runs provbot with the database {path}."
    " This process has changed nothing and ends. Run only one process."
)


def prepare() -> None:
    """Handle SIGTERM during the start, which process 1 of a container ignores otherwise."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    allow_many_files()


def allow_many_files() -> None:
    """Raise the limit of open files, because the usual 1024 are few for many connections."""
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # may be forbidden, and the bot works without it
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))


def run(config: Config) -> None:
    """Run until SIGTERM or SIGINT, and wait for the last calls in threads."""
    try:
        asyncio.run(main(config))
    finally:
        wait_for_calls()


async def main(config: Config, sleep: Sleep = asyncio.sleep, make_bot: MakeBot = assemble) -> None:
    """Run until SIGTERM or SIGINT, which may arrive before Webex is reached."""
    _on_signals(_current_task().cancel)
    with suppress(asyncio.CancelledError), _advice_on_token(config.cloud):
        async with AsyncExitStack() as parts:
            bot = await started(parts, config, sleep, make_bot)
            running = asyncio.ensure_future(bot.run())
            _on_signals(running.cancel)
            gc.freeze()  # full collections of what stays anyway stopped the event loop for 60 ms
            parts.callback(asyncio.create_task(MemoryKeeper().run()).cancel)
            log.info("ready")
            await until_stopped(bot, running)
    log.info("stopped")


@contextmanager
def _advice_on_token(cloud: Cloud) -> Iterator[None]:
    """Add to the refusal of the bot's token where that cloud gives another one."""
    try:
        yield
    except TokenRefused as error:
        raise TokenRefused(
            f"{error} Copy it again, or create a new one ({cloud.bot_token_page}), set it, and"
            " start provbot again."
        ) from error


async def started(
    parts: AsyncExitStack,
    config: Config,
    sleep: Sleep,
    make_bot: MakeBot = assemble,
    policy: retry.Policy = retry.START,
) -> Bot:
    """Start the bot, and retry for a while after a temporary failure. `parts` closes it."""

    async def start() -> Bot:
        try:
            return await _start(parts, config, sleep, make_bot)
        except TemporaryFailure as error:
            if _is_temporary(error):
                log.warning("start_failed", reason=str(error))
            raise

    temporary_only = replace(policy, decide=lambda error, _seconds: _is_temporary(error))
    return await retry.run(temporary_only, start)


async def _start(parts: AsyncExitStack, config: Config, sleep: Sleep, make_bot: MakeBot) -> Bot:
    async with AsyncExitStack() as started_parts:
        if isinstance(config.database, Path):
            _prepare_file(started_parts, config.database)
        bot = await started_parts.enter_async_context(make_bot(config, sleep))
        parts.push_async_exit(started_parts.pop_all())
    return bot


def _prepare_file(parts: AsyncExitStack, database: Path) -> None:
    """Let only this process run with the file."""
    with explained(database):
        parts.enter_context(lock.held(database, IN_USE.format(path=database)))
    permissions.tighten(database)
    restore.remove_stale(database)


def _is_temporary(error: Exception) -> bool:
    return isinstance(error, TemporaryFailure) and not isinstance(error, lock.InUse)


async def until_stopped(bot: Bot, running: asyncio.Future[None]) -> None:
    """Wait until the run is cancelled or fails, and then let running work finish."""
    try:
        with suppress(asyncio.CancelledError):
            await running
    finally:
        log.info("stopping")
        await bot.finish()


def _on_signals(stop: Callable[[], object]) -> None:
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _current_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - this runs in a task
    return task
