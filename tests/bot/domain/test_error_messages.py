"""Webex's words in words a technician can act on: docs/webex/provisioning.md §4.3 as a table."""

import pytest

from bot.core import api_calls, errors
from bot.core.errors import (
    Conflict,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    ServiceAppRevoked,
    Unauthorized,
    Unavailable,
    Unreached,
    Unreadable,
    WebexError,
)
from bot.domain.error_messages import (
    MESSAGES_BY_TYPE,
    NETWORK_IS_GONE,
    for_person,
    is_network_gone,
    is_two_lines_refused,
    support_details,
)


@pytest.mark.parametrize(
    ("status", "message", "sentence"),
    [
        (400, "Valid model is required", "choose one from the list"),
        (400, "Device model is not supported.", "does not support this model"),
        (400, "Valid device mac is required", "read the label again"),
        (403, "MAC Address is in use by another device", "already uses this MAC"),
        (409, "MAC Address is in use by another device", "already uses this MAC"),
        (400, "[Error 5675] MAC Address is in use.", "already uses this MAC"),
        (400, "Phones cannot be added to this user", "another phone"),
        (400, "Target user not authorized", "cannot use Webex Calling"),
        (400, "[Error 4003] Something new", "cannot use Webex Calling"),
        (400, "[Error 4008] User has no licence", "no Webex Calling licence"),
        (400, "[Error 5700] Something", "no phone number"),
        (400, "The user requires phone number", "no phone number"),
    ],
)
def test_the_text_takes_precedence_over_the_status(status, message, sentence):
    kinds = {403: Forbidden, 409: Conflict}
    assert sentence in for_person(kinds.get(status, WebexError)(status, message))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (4516, "cannot give this owner a line"),
        (5302, "two lines of a handset at once"),
        (5675, "already uses this MAC"),
        (25008, "a mandatory field is missing"),
        (25220, "does not accept this MAC address"),
        (27455, "DECT network does not exist any more"),
    ],
)
def test_a_number_counts_in_the_text_or_beside_it(code, sentence):
    beside = WebexError(400, "Something")
    beside.code = code
    for error in (beside, WebexError(400, f"[Error {code}] Something")):
        assert sentence in for_person(error)


def test_a_read_of_a_deleted_network_says_that_it_is_gone():
    error = NotFound(404, "[Error 27455] DECT network does not exist.")
    error.call = api_calls.HANDSETS.call
    assert for_person(error) == NETWORK_IS_GONE
    assert is_network_gone(error)
    assert not is_network_gone(NotFound(404, "Room 27455"))


def test_two_lines_at_once_are_recognised():
    assert is_two_lines_refused(WebexError(400, "[Error 5302] Could not synchronize."))
    assert not is_two_lines_refused(WebexError(400, "[Error 53021] Other."))


def test_a_number_within_another_is_no_error_code():
    assert for_person(WebexError(400, "Room 4003 is closed")).startswith("Webex refused: ")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ServiceAppRevoked(401, "x"), "authorized again; your admins have been told"),
        (Unauthorized(401, "x"), "token"),
        (Forbidden(403, "x"), "provbot doctor"),
        (NotFound(404, "x"), "cannot find the person, device or location. Nothing was changed"),
        (Conflict(409, "x"), "already has something"),
        (RateLimited(429, "x", retry_after=3), "to wait about 10 s."),
        (RateLimited(429, "x", retry_after=61), "to wait about 70 s."),
        (RateLimited(423, "x", retry_after=541), "to wait about 10 minutes."),
        (Unavailable(503, "x"), "in a few minutes"),
        (Unreached(503, "x"), "in a few minutes"),
        (OutcomeUnknown(504, "x"), "did not say whether"),
    ],
)
def test_each_kind_of_error_has_a_message(error, sentence):
    assert sentence in for_person(error)


def of(call: api_calls.Call, error: WebexError) -> WebexError:
    """The error of that call."""
    error.call = call.call
    return error


@pytest.mark.parametrize("call", api_calls.CALLS, ids=lambda call: call.name)
def test_a_missing_scope_is_named_with_its_call_and_how_to_grant_it(call):
    message = for_person(of(call, Forbidden(403, "Access denied")))
    assert f"refused {call.call}. The scope {call.scope} is missing" in message
    assert "Control Hub > Apps > Service Apps" in message
    assert "Nothing was changed" in message


@pytest.mark.parametrize(
    "error",
    [
        NotFound(404, "x"), Conflict(409, "MAC Address is in use"), WebexError(410, "Gone"),
        WebexError(400, "[Error 4008]"), Unreadable(502, "x"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("call", api_calls.READS, ids=lambda call: call.name)
def test_a_failed_read_claims_nothing_about_the_data(call, error):
    problem = of(call, error)
    assert for_person(problem).startswith(f"I could not read {call.subject}: ")
    assert call.call in support_details(problem)


def test_a_refusal_with_a_message_quotes_it():
    message = for_person(
        of(api_calls.ADD_PHONE, Forbidden(403, "MAC Address is in use by another device"))
    )
    assert "already uses this MAC" in message


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("HTTP status 409", "already uses this MAC"),  # the result of one base station
        ("MAC Address is in use", "already uses this MAC"),
        ("Try again later", "already has something"),  # it may be about the network
    ],
)
def test_a_conflict_of_base_stations_blames_a_mac_only_if_webex_says_nothing_else(
    message, sentence
):
    assert sentence in for_person(of(api_calls.ADD_BASE_STATIONS, Conflict(409, message)))


def test_every_kind_of_error_is_covered():
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)}
    webex = {kind for kind in kinds if issubclass(kind, WebexError) and kind is not WebexError}
    assert all(any(issubclass(kind, known) for known, _ in MESSAGES_BY_TYPE) for kind in webex)


def test_an_unknown_error_is_quoted_and_says_that_nothing_changed():
    assert for_person(WebexError(400, "Moon phase wrong.")) == (
        "Webex refused: “Moon phase wrong”. Nothing was changed."
    )


def test_a_lost_outcome_never_claims_that_nothing_changed():
    assert "Nothing was changed" not in for_person(OutcomeUnknown(504, "no answer"))


def test_the_small_print_has_the_tracking_id():
    assert support_details(WebexError(400, "No.", "ROUTER_1")) == (
        "Webex 400: No. · tracking id ROUTER_1"
    )
    assert support_details(WebexError(400, "No.")) == "Webex 400: No."
