"""Add and remove the base stations of a DECT network, and how that is taken back.

`POST` and `DELETE …/dectNetworks/{id}/baseStations`; rules: docs/webex/provisioning.md §5.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from bot.core import api_calls
from bot.core.errors import OutcomeUnknown, Refused, WebexError, Withdrawn
from bot.core.models.dect import MAX_BULK, AddResult, BaseStation, NetworkRef
from bot.core.models.followed import FollowKind, FollowTarget, Removed
from bot.core.models.mac import bare_mac, show_mac
from bot.domain import dect_lookup, error_messages, fallback
from bot.domain.operation import Action, Bulk, BulkLookup, BulkResult, Context, Job
from bot.domain.plan import Outcome, Reversal
from bot.operations.actions import dect_reads, dect_steps, steps
from bot.operations.actions.dect_steps import BASE_VALUE

NOT_THERE = "The base station {mac} is not in {network} any more: it need not be removed."
THERE_ALREADY = "The base station {mac} is in {network} again: it need not be added."
NETWORK_GONE = (
    "The base station {mac} cannot be added again: the DECT network {network} does not exist any"
    " more."
)
HANDSETS_STAYED = (
    "The handsets of {network} stayed when the base station {mac} was removed. If one does not"
    " register after the base station is added again, pair it again."
)
# Refusals that are not about one of several base stations.
_ABOUT_ALL = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.LOCKED,
}


async def add(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Send the call that adds the base station."""
    (result,) = await _sent([job], ctx)
    return _required(result)


def _required(result: BulkResult) -> Outcome:
    if result is None:
        raise OutcomeUnknown(HTTPStatus.BAD_GATEWAY, "The answer does not name the base station.")
    if isinstance(result, WebexError):
        raise result
    return result


async def add_many(
    jobs: Sequence[Job], _secrets: Mapping[str, str], ctx: Context
) -> Sequence[BulkResult]:
    """Send them in one call; each alone if Webex refuses the whole list because of one of them."""
    macs = [job.details["mac"] for job in jobs]
    if len({*macs}) != len(macs):
        return await _each_alone(jobs, ctx)
    try:
        return await _sent(jobs, ctx)
    except WebexError as error:
        if len(jobs) == 1 or not _may_be_about_one(error):
            raise
    return await _each_alone(jobs, ctx)


def _may_be_about_one(error: WebexError) -> bool:
    is_refusal = HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    is_about_all = error.status in _ABOUT_ALL or error_messages.is_network_gone(error)
    return is_refusal and not is_about_all and not isinstance(error, OutcomeUnknown)


async def _each_alone(jobs: Sequence[Job], ctx: Context) -> list[BulkResult]:
    results: list[BulkResult] = []
    for job in jobs:
        try:
            results += await _sent([job], ctx)
        except OutcomeUnknown:
            results.append(None)
        except WebexError as error:
            results.append(error)
        except Withdrawn:  # the request was stopped: those before were sent, the others are not
            results += [None] * (len(jobs) - len(results))
            break
    return results


async def _sent(jobs: Sequence[Job], ctx: Context) -> list[BulkResult]:
    """What became of each; those that the answer leaves open are looked up once, right away."""
    network = dect_steps.network_of(jobs[0])
    results = await ctx.calling.dect.add_base_stations(
        network, [job.details["mac"] for job in jobs]
    )
    stations: Sequence[BaseStation] = ()
    if any(result.is_unknown for result in results):
        answer = await fallback.read_or_error(ctx.calling.dect.base_stations(network))
        stations = () if isinstance(answer, WebexError) else answer
    return [_result(job, result, stations) for job, result in zip(jobs, results, strict=True)]


def _result(job: Job, result: AddResult, stations: Sequence[BaseStation]) -> BulkResult:
    if result.is_unknown:
        station = _with_mac(job, stations)
        return _added(job, station.id) if station else None
    if result.refusal is None:
        return _added(job, result.id)
    result.refusal.call = api_calls.ADD_BASE_STATIONS.call
    return result.refusal


async def look_up_added(job: Job, ctx: Context) -> Outcome | None:
    """Whether the network has the base station."""
    (outcome,) = await _looked_up([job], ctx)
    return outcome


async def look_up_many_added(jobs: Sequence[Job], ctx: Context) -> Sequence[BulkLookup]:
    """Which of them the network has."""
    return await _looked_up(jobs, ctx)


async def _looked_up(jobs: Sequence[Job], ctx: Context) -> list[Outcome | None]:
    stations = await _stations(dect_steps.network_of(jobs[0]), ctx)
    missing = set(dect_lookup.missing_macs((job.details["mac"] for job in jobs), stations))
    found_stations = [
        None if job.details["mac"] in missing else _with_mac(job, stations) for job in jobs
    ]
    return [
        _added(job, station.id) if station else None
        for job, station in zip(jobs, found_stations, strict=True)
    ]


async def _stations(network: NetworkRef, ctx: Context) -> Sequence[BaseStation]:
    """The base stations of the network; none if it is gone."""
    read = ctx.calling.dect.base_stations(network)
    return await dect_reads.unless_network_gone(read, network, ctx) or ()


def _with_mac(job: Job, stations: Sequence[BaseStation]) -> BaseStation | None:
    mac = bare_mac(job.details["mac"])
    return next((station for station in stations if bare_mac(station.mac) == mac), None)


def _added(job: Job, base_id: str) -> Outcome:
    return Outcome(
        title=f"The base station {_shown(job)} was added to {job.details['network_name']}",
        facts=job.plan.facts,
        values={BASE_VALUE: base_id},
    )


def follow(job: Job, outcome: Outcome) -> FollowTarget:
    """The base station, at which handsets register."""
    network = dect_steps.network_of(job)
    return FollowTarget(
        kind=FollowKind.BASE,
        name=f"base station {_shown(job)}",
        mac=job.details["mac"],
        device=outcome.values.get(BASE_VALUE, ""),
        location=network.location_id,
        network=network.id,
        network_name=job.details["network_name"],
    )


def _shown(job: Job) -> str:
    return show_mac(job.details["mac"])


async def undo_addition(job: Job, _outcome: Outcome, ctx: Context) -> Reversal:
    """Remove it, unless the undo deletes the whole network."""
    if dect_reads.goes_with_network(job):
        return Reversal()
    contents = await dect_reads.contents_of(dect_steps.network_of(job), ctx)
    if contents.network is None:
        return Reversal(warnings=(dect_reads.gone(job),))
    station = _with_mac(job, dect_reads.required(contents.base_stations))
    if station is None:
        return _nothing(job, NOT_THERE)
    target, key = dect_reads.target_of(job, contents.network), steps.undo_key(job.step)
    return Reversal(
        steps=(dect_steps.delete_base(job.details["mac"], station.id, target, key=key),),
        facts=(("Remove base", f"{_shown(job)} · {target.name}"),),
        location=target.where,
    )


def _nothing(job: Job, sentence: str) -> Reversal:
    return Reversal(
        warnings=(sentence.format(mac=_shown(job), network=job.details["network_name"]),)
    )


async def delete(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Remove it. If somebody else did, or deleted the network, it is done as well."""
    try:
        await ctx.calling.dect.delete_base_station(dect_steps.network_of(job), job.details["base"])
    except WebexError as error:
        if not error_messages.is_network_gone(error):
            raise
    return _deleted(job)


async def look_up_deleted(job: Job, ctx: Context) -> Outcome | None:
    """Whether the base station is gone."""
    network = dect_steps.network_of(job)
    read = ctx.calling.dect.base_station(network, job.details["base"])
    station = await dect_reads.unless_network_gone(read, network, ctx)
    return _deleted(job) if station is None else None


def _deleted(job: Job) -> Outcome:
    return Outcome(
        title=f"The base station {_shown(job)} was removed from {job.details['network_name']}",
        facts=job.plan.facts,
    )


def removes(job: Job) -> Removed:
    """The base station, which is followed no more."""
    return Removed(mac=job.details["mac"])


async def undo_deletion(job: Job, _outcome: Outcome, ctx: Context) -> Reversal:
    """Add it again. Refused if the network is gone."""
    contents = await dect_reads.contents_of(dect_steps.network_of(job), ctx)
    target, key = dect_reads.target_of(job, contents.network), steps.undo_key(job.step)
    names = {"mac": _shown(job), "network": target.name}
    if contents.network is None:
        raise Refused(NETWORK_GONE.format_map(names))
    if _with_mac(job, dect_reads.required(contents.base_stations)):
        return _nothing(job, THERE_ALREADY)
    return Reversal(
        steps=(dect_steps.add_base(job.details["mac"], target, key=key),),
        facts=(("Add base", f"{_shown(job)} · {target.name}"),),
        warnings=(HANDSETS_STAYED.format_map(names),),
        location=target.where,
    )


ADD_BASE = Action(
    dect_steps.ADD_BASE,
    add,
    look_up_added,
    undo_addition,
    bulk=Bulk(MAX_BULK, add_many, look_up_many_added),
    follow=follow,
)
DELETE_BASE = Action(
    dect_steps.DELETE_BASE, delete, look_up_deleted, undo_deletion, removes=removes
)
