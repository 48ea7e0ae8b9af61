"""Sending a change: a clear yes, a clear no, or nobody knows."""

from collections.abc import Mapping

from bot import telemetry
from bot.errors import OutcomeUnknown, ProvbotError
from bot.operation import Context, Operation, Outcome, Plan
from bot.store.requests import Request

log = telemetry.get_logger("runner")


async def sent(
    operation: Operation,
    request: Request,
    planned: Plan,
    secrets: Mapping[str, str],
    ctx: Context,
) -> Outcome | ProvbotError | None:
    """What was done, why it was not, or None: nobody knows."""
    try:
        return await operation.run(planned, secrets, ctx)
    except OutcomeUnknown as problem:
        log.warning("outcome unknown", request=request.code, tracking_id=problem.tracking_id)
    except ProvbotError as problem:
        return problem
    except Exception:  # an answer nobody expected, after the change was sent
        log.exception("answer not understood", request=request.code)
    return None
