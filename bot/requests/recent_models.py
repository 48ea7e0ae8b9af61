"""The models that a person added last: a form lists them first."""

from dataclasses import replace

from bot.core.models.requests import Request
from bot.domain.operation import Context, Operation
from bot.store import requests as requests_table
from bot.store.database import Store

MAX_RECENT = 3  # more of them would hide the usual order


async def with_recent_models(
    store: Store, request: Request, operation: Operation, context: Context
) -> Context:
    """The context with the models that the requester added last, if the form asks for one."""
    if "model" not in operation.form.model_fields:
        return context
    recent = await store.call_without_fsync(
        requests_table.recent_models, request.requester.person_id, MAX_RECENT
    )
    return replace(context, recent_models=recent)
