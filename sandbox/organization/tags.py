"""The tags of a device as a JSON patch changes them (webex-provisioning.md §4.6)."""

from sandbox.organization.refusals import bad


def _operation(patch: object) -> dict[object, object]:
    """Return the one operation; it comes bare or as an array of one."""
    operation = patch[0] if isinstance(patch, list) and len(patch) == 1 else patch
    if not isinstance(operation, dict) or operation.get("path") != "tags":
        raise bad("The patch must be one operation on the path 'tags'.")
    return operation


def _tags(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise bad("The value must be a list of tags.")
    return list(dict.fromkeys(value))


def patched(tags: list[str], patch: object) -> list[str]:
    """Return the tags after a patch: add is a union, replace sets, remove clears them all."""
    operation = _operation(patch)
    op = operation.get("op")
    if op == "remove":
        return []
    if op == "add":
        return list(dict.fromkeys(tags + _tags(operation.get("value"))))
    if op == "replace":
        return _tags(operation.get("value"))
    raise bad("The operation must be add, remove or replace.")
