"""What the calls of steps change in Webex: nothing in here is taken from the bot."""

from collections.abc import Mapping
from typing import Any

from bot.domain.operation import Job
from tests.fake_calling import FakeCalling


def is_there(job: Job, calling: FakeCalling) -> bool:
    """Whether Webex has what the step wants."""
    call, body = job.step.call, job.step.call.body
    match call.method:
        case "DELETE":
            return all(call.path != f"/devices/{device.id}" for device in calling.held)
        case "PATCH":
            wanted = _device_id(job, calling)
            now = next((device.tags for device in calling.held if device.id == wanted), ())
            add, remove = _tags(job)
            return add <= {*now} and not remove & {*now}
    if "mac" in body:
        owner = body.get("personId") or body.get("workspaceId")
        phone = calling.phone(body["mac"])
        return phone is not None and owner in (phone.person_id, phone.workspace_id)
    return any(
        network.name == body.get("name") and f"/{network.location_id}/" in call.path
        for network in calling.dect.held
    )


def fits(name: str, wanted: Mapping[str, Any], job: Job, calling: FakeCalling) -> bool:
    """Whether a call with these arguments is that of the step."""
    call = job.step.call
    if name in ("add_phone", "activation_code"):
        return call.body == wanted and call.method == "POST"
    if name == "create_dect_network":
        settings = {
            key: value for key, value in wanted["settings"].items() if key != "defaultAccessCode"
        }
        return call.body == settings and f"/{wanted['location']}/" in call.path
    if wanted["device"] != _device_id(job, calling):
        return False
    if name == "delete_device":
        return call.method == "DELETE"
    now = next(
        (device.tags for device in calling.held if device.id == wanted["device"]),
        (),
    )
    return call.method == "PATCH" and _tags_as_planned(name, {*now}, {*wanted["tags"]}, job)


def _device_id(job: Job, calling: FakeCalling) -> str:
    """The device that a step is about: what an earlier step added has its id from there.

    A look-up may have found its id for calling, in the list of its owner.
    """
    planned = job.step.call.path.removeprefix("/devices/")
    known = job.values["device"] if planned == "{id}" else planned
    ids = ((device.id, device.calling_id) for device in calling.held)
    return next((own[0] for own in ids if known in own), known)


def _tags_as_planned(name: str, now: set[str], wanted: set[str], job: Job) -> bool:
    add, remove = _tags(job)
    if name == "add_tags":
        return wanted == add - now and not remove & now
    return wanted == (now | add) - remove


def _tags(job: Job) -> tuple[set[str], set[str]]:
    parts = job.details["tags"].split()
    return {part[1:] for part in parts if part[0] == "+"}, {
        part[1:] for part in parts if part[0] == "-"
    }
