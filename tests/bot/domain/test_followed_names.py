"""What followed devices are called, and how long it took, in words."""

import pytest

from bot.core.models.followed import FollowKind, FollowTarget
from bot.domain.followed_names import in_list, in_words, possessive, short_model, subject

PERSON, WORKSPACE = "PEOPLE:1", "PLACE:2"


def phone(**more: str) -> FollowTarget:
    values = {"name": "Cisco 8865", "mac": "D82E3EEF4E5C", "owner": PERSON, "model": "8865"}
    return FollowTarget(kind=FollowKind.PHONE, **{"owner_name": "Bob Keller", **values, **more})


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 seconds"),
        (1, "1 second"),
        (40.4, "40 seconds"),
        (59.4, "59 seconds"),
        (59.6, "1 minute"),
        (89, "1 minute"),
        (360, "6 minutes"),
        (3600, "60 minutes"),
        (7100, "118 minutes"),
        (7200, "2 hours"),
        (47 * 3600, "47 hours"),
        (48 * 3600, "2 days"),
        (30 * 24 * 3600, "30 days"),
    ],
)
def test_durations_in_words(seconds: float, text: str):
    assert in_words(seconds) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Cisco 8865", "8865"),
        ("DMS Cisco 8865", "8865"),
        ("Cisco Board Pro 55", "Board Pro 55"),
        ("2N Customer Managed", "2N Customer Managed"),
    ],
)
def test_models_are_short_as_in_lists(name: str, text: str):
    assert short_model(name) == text


def test_possessives():
    assert f"James{possessive('James')}" == "James'"
    assert f"Bob{possessive('Bob')}" == "Bob's"


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (phone(), "Bob Keller's 8865"),
        (phone(owner_name="Tim Jones"), "Tim Jones' 8865"),
        (phone(owner=WORKSPACE, owner_name="Lobby Lyon"), "The 8865 of Lobby Lyon"),
        (phone(owner_name="Bob\u202e\nKeller"), "Bob Keller's 8865"),
        (
            FollowTarget(
                kind=FollowKind.BASE,
                name="base station",
                mac="D82E3EEF4E5C",
                network_name="Plant",
            ),
            "The base station D8:2E:3E:EF:4E:5C of Plant",
        ),
        (
            FollowTarget(
                kind=FollowKind.CODE,
                name="any Room, Board or Desk device",
                owner=PERSON,
                owner_name="Bob Keller",
            ),
            "Bob Keller's room device",
        ),
    ],
)
def test_subjects_of_sentences(target: FollowTarget, text: str):
    assert subject(target) == text


def test_names_in_lists():
    assert in_list(phone()) == "Bob Keller 8865 D8:2E:3E:EF:4E:5C"
    assert in_list(phone(mac="")) == "Bob Keller 8865"
