"""`provbot requests`: list requests, and show one with its history."""

import time
from typing import Annotated

import typer

from bot import audit
from bot.cli import exit_status, params
from bot.cli.database import reading
from bot.core.models.local_time import utc
from bot.core.models.requests import Request
from bot.core.models.text import clean
from bot.requests import step_views, timeline
from bot.requests.lifecycle import State
from bot.store import approvals
from bot.store import audit as audit_table
from bot.store import requests as requests_table
from bot.store import steps as steps_table

app = typer.Typer(help="Requests and their history.", no_args_is_help=True)


@app.command(name="list")
def list_requests(
    state: Annotated[
        State | None, typer.Option(help="Only requests in this state.", **params.one_of(State))
    ] = None,
) -> None:
    """Show the requests, oldest first."""
    states = [state.value] if state else [each.value for each in State]
    with reading() as db:
        requests = requests_table.in_states(db, states)
    for request in requests:
        title = request.plan["title"] if request.plan else request.operation
        created = audit.moment(request.created_at)[:16].replace("T", " ")
        email = request.requester.email
        typer.echo(f"{request.code}  {request.state:10} {created}  {email:32} {clean(title)}")


@app.command(name="show")
def show_request(code: Annotated[str, typer.Argument(metavar="CODE")]) -> None:
    """Show one request: plan, decisions, steps, outcome, and where its time went."""
    with reading() as db:
        request = requests_table.find(db, code)
        votes = approvals.votes(db, request.code) if request else []
        trail = audit_table.steps(db, request.code) if request else []
        steps = steps_table.of(db, request.code) if request else []
    if request is None:
        raise exit_status.stopped(f"There is no request {code}.", exit_status.FAILED)
    for name, value in _described(request):
        typer.echo(f"{name:12} {clean(value, 1000)}")
    for vote in votes:
        decided = audit.moment(vote.at)
        typer.echo(f"{vote.verdict:12} {vote.email} {decided} {vote.reason}")
    local = utc(time.time())
    for step in steps if len(steps) > 1 else ():
        typer.echo(f"{'step':12} {clean(step_views.entry(step, local), 1000)}")
    for line in timeline.lines(request, trail, votes, local, steps):
        typer.echo(f"{'time':12} {line}")


def _described(request: Request) -> list[tuple[str, str]]:
    plan = request.plan or {"title": request.operation, "facts": [], "warnings": []}
    outcome = request.outcome or {}
    support = [("for support", outcome["reference"])] if "reference" in outcome else []
    changed = f"{request.changed_by}, {audit.moment(request.changed_at)}"
    return [
        ("request", request.code),
        ("state", f"{request.state} ({changed})"),
        ("asked by", f"{request.requester.email}, {audit.moment(request.created_at)}"),
        ("what", plan["title"]),
        *([("why", request.reason)] if request.reason else []),
        *((str(name), str(value)) for name, value in plan["facts"] if value),
        *(("warning", str(text)) for text in plan["warnings"]),
        ("outcome", outcome.get("title", "")),
        *support,
    ]
