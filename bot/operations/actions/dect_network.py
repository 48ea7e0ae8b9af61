"""Create, change and delete a DECT network: the steps, their look-ups, and how they are taken back.

`POST`, `PUT` and `DELETE …/dectNetworks`,
https://developer.webex.com/docs/api/v1/dect-devices-settings/create-a-dect-network;
rules: docs/webex/provisioning.md §5 and §9.
"""

from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from bot.core.errors import OutcomeUnknown, Refused, WebexError
from bot.core.models.dect import (
    BaseStation,
    DectNetwork,
    Handset,
    NetworkChange,
    NetworkContents,
    NetworkRef,
)
from bot.core.models.followed import Removed
from bot.core.models.mac import bare_mac
from bot.core.models.text import join_words
from bot.core.models.webex import LocationRef
from bot.domain import dect_limits, dect_lookup, error_messages, fallback
from bot.domain.list_plans import counted
from bot.domain.operation import Action, Context, Job, LookupInconclusive
from bot.domain.plan import DoneStep, Outcome, Reversal, Step
from bot.operations.actions import dect_reads, dect_steps, steps
from bot.operations.actions.dect_steps import ACCESS_CODE, NETWORK_VALUE, Target

NEXT = (
    "Next: add base stations and handsets. Type “add base MAC to {network}” and “add handset for"
    " OWNER to {network}”."
)
PER_USER = (
    "Every user gets their own access code, which Webex creates. “dect” with the name of the"
    " network shows the codes that Webex gives; Control Hub has all of them."
)
CODE_UNCLEAR = (
    "Webex did not say whether the access code was changed, and I do not keep the code, so I cannot"
    " compare it. To see which code the network has now, type: dect {network}"
)
OTHERS_THERE = (
    "The DECT network {network} has {others} that this request did not add, so it is not deleted."
    " To delete it with all that it has, type “delete dect network {network}”."
)
LATER_THERE = (
    "The DECT network {network} has {others} of {codes}, so it is not deleted. To take that back"
    " first, type “undo {last}”."
)
NOT_RESTORED = (
    "A DECT network that was deleted cannot be restored, nor can its base stations and handsets."
    " To set it up again, type: set up dect"
)
CODES_STAY = (
    "The access codes of {network} stay as they are: I do not keep the old ones."
    " To change them, type: change access code of {network}"
)
NOT_CHANGED_BACK = (
    "The name of {network}, or its name on handsets, was changed meanwhile, so both stay as they"
    " are."
)
MADE_CODE_TAKEN = (
    "The access code that I made is in use by another DECT network in {place}. Nothing was changed."
    " Please ask again: I then make another."
)
ACCESS_CODES = "Access codes"  # the name of a fact
CODE_LOST = "To see the access code, type: dect {network}"


async def create(job: Job, secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Make the one call that creates it."""
    settings = dict(job.step.call.body)
    if job.step.needs:
        settings["defaultAccessCode"] = secrets[ACCESS_CODE]  # a string: it may begin with zeros
    network_id = await ctx.calling.dect.create_network(job.details["location"], settings)
    return _created(job, network_id)


async def look_up_created(job: Job, ctx: Context) -> Outcome | None:
    """Whether the location has a network of that name, which is unique there."""
    network = await _network_named(job, ctx)
    return _created(job, network.id) if network else None


async def _network_named(job: Job, ctx: Context) -> DectNetwork | None:
    networks = await ctx.calling.dect.networks(location_id=job.details["location"])
    return next((network for network in networks if network.name == _name(job)), None)


def _name(job: Job) -> str:
    """The name of the network; steps of older versions have it as `name`."""
    return job.details.get("network_name") or job.details["name"]


def _created(job: Job, network_id: str) -> Outcome:
    notes = [NEXT.format(network=_name(job))]
    return Outcome(
        title=f"The DECT network {_name(job)} was created in {job.details['place']}",
        facts=job.plan.facts,
        notes=tuple(notes + ([PER_USER] if not job.step.needs else [])),
        again=dect_steps.CREATE_NETWORK,
        again_title="Another network",
        values={NETWORK_VALUE: network_id},
    )


async def undo_creation(job: Job, outcome: Outcome, ctx: Context) -> Reversal:
    """Delete the network, with what the request added. Refused if others added something."""
    contents = await _created_contents(job, outcome, ctx)
    if contents is None or contents.network is None:
        return Reversal(warnings=(dect_reads.GONE.format(network=_name(job)),))
    stations = dect_reads.required(contents.base_stations)
    handsets = dect_reads.required(contents.handsets)
    name, location = (
        contents.network.name,
        LocationRef(job.details["place"], job.details["location"]),
    )
    if others := _of_others(job.plan.steps, stations, handsets):
        raise Refused(await _why_not_deleted(name, others, contents, job, ctx))
    target = Target(name, location, contents.network.id)
    content = _content(len(stations), len(handsets))
    return Reversal(
        steps=(dect_steps.delete_network(target, key=steps.undo_key(job.step)),),
        facts=(("Delete network", f"{name} · {location.name}"),),
        warnings=(f"Deleting {name} also deletes {content}.",) if content else (),
        location=location,
    )


async def _created_contents(job: Job, outcome: Outcome, ctx: Context) -> NetworkContents | None:
    """The network now; by its name if the answer with its id was lost. None: there is none."""
    network_id = outcome.values.get(NETWORK_VALUE)
    if not network_id:
        network = await _network_named(job, ctx)
        if network is None:
            return None
        network_id = network.id
    return await dect_reads.contents_of(NetworkRef(job.details["location"], network_id), ctx)


async def _why_not_deleted(
    name: str, others: str, contents: NetworkContents, job: Job, ctx: Context
) -> str:
    """Whose the rest of the network is: later requests of provbot, which can be undone, first."""
    later = await ctx.journal.others_about(job.step.subject, ctx.undoes) if ctx.journal else ()
    adding = [request for request in later if any(map(_adds, request.steps))]
    own = [*job.plan.steps, *(done.step for request in adding for done in request.steps)]
    stations = dect_reads.required(contents.base_stations)
    if not adding or _of_others(own, stations, dect_reads.required(contents.handsets)):
        return OTHERS_THERE.format(network=name, others=others)
    codes = [request.code for request in adding]
    return LATER_THERE.format(
        network=name, others=others, codes=join_words(codes, "and"), last=codes[-1]
    )


def _adds(done: DoneStep) -> bool:
    return done.step.action in (dect_steps.ADD_BASE, dect_steps.ADD_HANDSET)


def _of_others(
    done: Sequence[Step], stations: Sequence[BaseStation], handsets: Sequence[Handset]
) -> str:
    """What the network has that these steps did not add: `1 base station and 2 handsets`."""
    macs = {step.details["mac"] for step in done if step.action == dect_steps.ADD_BASE}
    requested = [
        dect_steps.settings_of(step) for step in done if step.action == dect_steps.ADD_HANDSET
    ]
    matches = dect_lookup.find_handsets(requested, handsets)
    own = [match for match in matches if match.handset and not match.is_doubtful]
    other_stations = [station for station in stations if bare_mac(station.mac) not in macs]
    return _content(len(other_stations), len(handsets) - len(own))


def _content(stations: int, handsets: int) -> str:
    parts = [counted(stations, "base station")] if stations else []
    parts += [counted(handsets, "handset")] if handsets else []
    return " and ".join(parts)


async def update(job: Job, secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Make the change, which can be repeated. A code is compared here: look-ups have no secrets."""
    network, change = dect_steps.network_of(job), _change(job, secrets)
    if job.step.generates:
        await _check_unused(job, change, ctx)
    try:
        await ctx.calling.dect.update_network(network, change)
    except OutcomeUnknown as lost:
        if change.access_code is None:
            raise
        now = await fallback.read_or_error(ctx.calling.dect.network(network))
        if isinstance(now, WebexError):
            raise lost from now
        if now is None or now.access_code != change.access_code or not _is_updated(job, now):
            await ctx.calling.dect.update_network(network, change)
    return _with_code(_updated(job), job, change)


def _change(job: Job, secrets: Mapping[str, str]) -> NetworkChange:
    body = job.step.call.body
    is_shared = body.get("defaultAccessCodeEnabled")
    return NetworkChange(
        name=body.get("name"),
        display_name=body.get("displayName"),
        access_code=SecretStr(secrets[ACCESS_CODE]) if is_shared else None,
        one_code_per_handset=is_shared is False,
    )


async def _check_unused(job: Job, change: NetworkChange, ctx: Context) -> None:
    """Refused if another network of the location has the code that provbot made."""
    location = job.details["location"]
    networks = await fallback.read_or_error(ctx.calling.dect.networks(location_id=location))
    if isinstance(networks, WebexError) or change.access_code is None:
        return
    if dect_limits.with_code(networks, change.access_code, but=dect_steps.network_of(job)):
        raise Refused(MADE_CODE_TAKEN.format(place=job.details["place"]))


def _with_code(outcome: Outcome, job: Job, change: NetworkChange) -> Outcome:
    """The outcome with the code that provbot made, for the requester alone."""
    if not job.step.generates:
        return outcome
    return outcome.model_copy(
        update={
            "secret": change.access_code,
            "secret_title": "Access code",
            # The code itself says what became of it.
            "secret_facts": tuple(fact for fact in outcome.facts if fact[0] != ACCESS_CODES),
            "secret_lost": CODE_LOST.format(network=_new_name(job)),
        }
    )


async def look_up_update(job: Job, ctx: Context) -> Outcome | None:
    """Whether the network is as it should be; LookupInconclusive if only its code may differ."""
    network = await _network(job, ctx)
    if network is None or not _is_updated(job, network):
        return None
    if job.step.call.body.get("defaultAccessCodeEnabled"):
        raise LookupInconclusive(CODE_UNCLEAR.format(network=network.name))
    return _updated(job)


async def _network(job: Job, ctx: Context) -> DectNetwork | None:
    """The network now; None if it is gone."""
    network = dect_steps.network_of(job)
    return await dect_reads.unless_network_gone(ctx.calling.dect.network(network), network, ctx)


def _is_updated(job: Job, network: DectNetwork) -> bool:
    """Whether the network is as it should be, as far as can be seen without its code."""
    now = {
        "name": network.name,
        "displayName": network.display_name,
        "defaultAccessCodeEnabled": network.has_shared_code,
    }
    return all(now[field] == value for field, value in job.step.call.body.items())


def _new_name(job: Job) -> str:
    name: str = job.step.call.body.get("name", _name(job))
    return name


def _updated(job: Job) -> Outcome:
    body = job.step.call.body
    changes = [f"is now called {body['name']}"] if "name" in body else []
    if shown := body.get("displayName"):
        changes.append(f"shows “{shown}” on its handsets")
    elif "displayName" in body:
        changes.append("has no name on its handsets")
    if (is_shared := body.get("defaultAccessCodeEnabled")) is not None:
        changes.append(
            "has a new access code" if is_shared else "has one access code for each handset"
        )
    return Outcome(
        title=f"The DECT network {_name(job)} in {job.details['place']} {' and '.join(changes)}",
        facts=job.plan.facts,
        values={NETWORK_VALUE: dect_steps.network_of(job).id},
    )


async def undo_update(job: Job, _outcome: Outcome, ctx: Context) -> Reversal:
    """Put the old name and the old name on handsets back. Access codes stay."""
    now = await _network(job, ctx)
    if now is None:
        return Reversal(warnings=(dect_reads.GONE.format(network=_new_name(job)),))
    body = job.step.call.body
    has_code = "defaultAccessCodeEnabled" in body
    warnings = (CODES_STAY.format(network=now.name),) if has_code else ()
    if not {"name", "displayName"} & {*body}:
        return Reversal(warnings=warnings)
    if _names(job, now) != (now.name, now.display_name):
        raise Refused(NOT_CHANGED_BACK.format(network=now.name))
    location = dect_reads.target_of(job).where
    step = dect_steps.update_network(
        Target(now.name, location, dect_steps.network_of(job).id),
        name=_name(job) if "name" in body else "",
        display_name=job.details["display_name"] if "displayName" in body else None,
        old_display_name=now.display_name,
        spacing=ctx.dect_spacing,
        key=steps.undo_key(job.step),
    )
    return Reversal(
        steps=(step,),
        facts=(
            ("Change network", f"{now.name} · {location.name}"),
            ("New name", step.call.body.get("name", "")),
            ("On the handset", step.call.body.get("displayName", "")),
        ),
        warnings=warnings,
        location=location,
    )


def _names(job: Job, now: DectNetwork) -> tuple[str, str]:
    """The name and the name on handsets, as the step has set them or left them."""
    body = job.step.call.body
    return body.get("name", now.name), body.get("displayName", now.display_name)


async def delete(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Delete it with its base stations and handsets. If somebody else did, it is done as well."""
    try:
        await ctx.calling.dect.delete_network(dect_steps.network_of(job))
    except WebexError as error:
        if not error_messages.is_network_gone(error):
            raise
    return _deleted(job)


async def look_up_deleted(job: Job, ctx: Context) -> Outcome | None:
    """Whether the network is gone."""
    return _deleted(job) if await _network(job, ctx) is None else None


def _deleted(job: Job) -> Outcome:
    return Outcome(
        title=f"The DECT network {_name(job)} in {job.details['place']} was deleted",
        facts=job.plan.facts,
    )


def removes(job: Job) -> Removed:
    """The network: its base stations are followed no more."""
    return Removed(network=dect_steps.network_of(job).id)


CREATE_NETWORK = Action(dect_steps.CREATE_NETWORK, create, look_up_created, undo_creation)
UPDATE_NETWORK = Action(dect_steps.UPDATE_NETWORK, update, look_up_update, undo_update)
DELETE_NETWORK = Action(
    dect_steps.DELETE_NETWORK,
    delete,
    look_up_deleted,
    without_undo=NOT_RESTORED,
    removes=removes,
)
