"""The tags of a device, changed by a JSON patch (docs/webex/provisioning.md §4.6)."""

from sandbox.organization.errors import bad_request


def _operation(patch: object) -> dict[object, object]:
    """Return the operation of a patch, which is an object or an array of one."""
    operation = patch[0] if isinstance(patch, list) and len(patch) == 1 else patch
    if not isinstance(operation, dict) or operation.get("path") != "tags":
        raise bad_request("The patch must be one operation on the path 'tags'.")
    return operation


def _tags(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise bad_request("The value must be a list of tags.")
    return list(dict.fromkeys(value))


def apply_tag_patch(tags: list[str], patch: object) -> list[str]:
    """Return the tags after a patch: add merges, replace sets, remove clears them all."""
    operation = _operation(patch)
    op = operation.get("op")
    if op == "remove":
        return []
    if op == "add":
        return list(dict.fromkeys(tags + _tags(operation.get("value"))))
    if op == "replace":
        return _tags(operation.get("value"))
    raise bad_request("The operation must be add, remove or replace.")
