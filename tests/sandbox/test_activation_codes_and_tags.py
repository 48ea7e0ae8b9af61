"""Activation codes (docs/webex/provisioning.md §4.4) and tags (§4.6)."""

import pytest

from sandbox.errors import ApiError
from sandbox.organization.activation_codes import CodeRequest, issue_code
from sandbox.organization.tags import apply_tag_patch
from tests.sandbox.organization import NOW, owner, seeded, workspace


def test_codes_have_sixteen_digits_and_are_new_each_time():
    org = seeded()
    request = CodeRequest(owner(org, "bob"), "DMS Cisco 8845")

    first, second = issue_code(org, request, NOW), issue_code(org, request, NOW)

    assert len(first.code) == 16
    assert first.code.isdigit()
    assert first.code != second.code
    assert (second.expires - NOW).days == 30


def test_without_a_model_the_code_is_for_room_devices():
    org = seeded()

    assert issue_code(org, CodeRequest(owner(org, "Boardroom")), NOW).model is None


@pytest.mark.parametrize(
    ("who", "model", "text"),
    [
        ("bob", "Cisco IP Phone 8851", "Valid model is required"),
        ("bob", "DMS Cisco 192", "Device model is not supported."),
        ("bob", "DMS Sandbox WP100", "Device model is not supported."),
        ("grace", "DMS Cisco 8845", "Phones cannot be added to this user"),
        ("Boardroom", "DMS Cisco 8845", "Phones cannot be added to this user"),
    ],
)
def test_codes_and_phones_are_refused_for_the_same_reasons(who, model, text):
    org = seeded()

    with pytest.raises(ApiError) as refusal:
        issue_code(org, CodeRequest(owner(org, who), model), NOW)

    assert (refusal.value.status, refusal.value.message) == (400, text)


def test_a_workspace_without_calling_is_reset_to_free_calling():
    org = seeded()

    issue_code(org, CodeRequest(owner(org, "Warehouse Austin"), "DMS Cisco 8845"), NOW)

    assert workspace(org, "Warehouse Austin").calling == "freeCalling"


def test_a_refused_code_resets_nothing():
    org = seeded()

    with pytest.raises(ApiError):
        issue_code(org, CodeRequest(owner(org, "Warehouse Austin"), "nonsense"), NOW)

    assert workspace(org, "Warehouse Austin").calling == "none"


@pytest.mark.parametrize(
    ("patch", "tags"),
    [
        ({"op": "add", "path": "tags", "value": ["b", "c"]}, ["a", "b", "c"]),
        ([{"op": "add", "path": "tags", "value": ["c"]}], ["a", "b", "c"]),
        ({"op": "replace", "path": "tags", "value": ["c"]}, ["c"]),
        ({"op": "remove", "path": "tags"}, []),
        ({"op": "remove", "path": "tags", "value": ["a"]}, []),
    ],
    ids=str,
)
def test_tags_follow_the_patch(patch, tags):
    assert apply_tag_patch(["a", "b"], patch) == tags


@pytest.mark.parametrize(
    "patch",
    [
        None,
        [],
        {"op": "add", "path": "/tags", "value": ["x"]},
        {"op": "add", "path": "tags", "value": "x"},
        {"op": "add", "path": "tags", "value": [1]},
        {"op": "move", "path": "tags", "value": []},
        [{"op": "remove", "path": "tags"}, {"op": "remove", "path": "tags"}],
    ],
    ids=str,
)
def test_a_wrong_patch_is_refused(patch):
    with pytest.raises(ApiError) as refusal:
        apply_tag_patch(["a"], patch)

    assert refusal.value.status == 400
