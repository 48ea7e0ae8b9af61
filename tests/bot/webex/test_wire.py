"""What an answer of Webex means: status, headers, body → value or error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import masking
from bot.core.errors import (
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
    Undecodable,
    WebexError,
)
from bot.webex import responses

SENT_AT = "Wed, 21 Oct 2026 07:27:40 GMT"
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


def failing(status: int, body: object = None, headers: dict[str, str] | None = None) -> WebexError:
    """The error such an answer becomes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(WebexError) as caught:
        responses.read(status, headers or {}, raw)
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (0, Unavailable),
        (101, Unavailable),
        (302, Unavailable),
        (304, Unavailable),
        (400, WebexError),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (405, WebexError),
        (409, Conflict),
        (410, WebexError),
        (415, WebexError),
        (423, RateLimited),
        (428, WebexError),
        (429, RateLimited),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
        (599, Unavailable),
    ],
)
@pytest.mark.parametrize("body", [{"message": "No."}, HTML, b""])
def test_bad_answers_become_our_errors(status, kind, body):
    problem = failing(status, body)
    assert type(problem) is kind
    assert problem.status == status


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "General.", "errors": [{"description": "Special."}]}, "Special."),
        ({"message": "General."}, "General."),
        ({"message": "General.", "errors": []}, "General."),
        ({"message": "General.", "errors": [{}]}, "General."),
        ({"message": "General.", "errors": ["odd"]}, "General."),
        ({"message": "General.", "errors": {"odd": 1}}, "General."),
        ({"error": "invalid_grant", "error_description": "It is old."}, "It is old."),
        ({"error": "invalid_grant"}, "invalid_grant"),
        ({}, "HTTP status 400"),
        ([], "HTTP status 400"),
        (None, "HTTP status 400"),
        (HTML, "HTTP status 400"),
        (b"", "HTTP status 400"),
        (b"\xff\xfe", "HTTP status 400"),
        (b"[" * 100_000, "HTTP status 400"),
        ({"message": "two\nlines\x00"}, "two lines"),
        (
            {
                "message": "Unable to process request; see errors",
                "errors": {
                    "attachments": {
                        "code": "invalid_attachments",
                        "reason": "Invalid Adaptive Card Json",
                        "attachmentErrors": ["#/body/5: required key [text] not found", "more"],
                    }
                },
            },
            "Invalid Adaptive Card Json: #/body/5: required key [text] not found",
        ),
        ({"errors": {"attachments": {"reason": "Bad"}}}, "Bad"),
        ({"message": "General.", "errors": {"attachments": "odd"}}, "General."),
    ],
)
def test_the_most_specific_message_is_kept(body, message):
    assert failing(400, body).message == message


def test_a_message_is_shortened():
    assert len(failing(400, {"message": "x" * 100_000}).message) == 300


@pytest.mark.parametrize(
    ("body", "headers", "tracking"),
    [
        ({"trackingId": "BODY_1"}, {"trackingid": "HEADER_1"}, "BODY_1"),
        ({"trackingID": "BODY_2"}, {}, "BODY_2"),
        ({}, {"trackingid": "HEADER_1"}, "HEADER_1"),
        (HTML, {"trackingid": "HEADER_1"}, "HEADER_1"),
        ({}, {}, ""),
    ],
)
def test_the_tracking_id_is_kept(body, headers, tracking):
    assert failing(400, body, headers).tracking_id == tracking


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "99999"}, responses.MAX_WAIT),
        ({"retry-after": "inf"}, responses.MAX_WAIT),
        ({"retry-after": "nan"}, responses.DEFAULT_WAIT),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, responses.DEFAULT_WAIT),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": SENT_AT}, 20.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": SENT_AT}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00", "date": SENT_AT}, responses.DEFAULT_WAIT),
        ({"retry-after": "soon", "date": SENT_AT}, responses.DEFAULT_WAIT),
        ({"retry-after": "", "date": SENT_AT}, responses.DEFAULT_WAIT),
        ({}, responses.DEFAULT_WAIT),
    ],
)
@pytest.mark.parametrize("status", [429, 423])
def test_how_long_webex_wants_us_to_wait(headers, seconds, status):
    problem = failing(status, {}, headers)
    assert isinstance(problem, RateLimited)
    assert problem.retry_after == seconds


@pytest.mark.parametrize(
    ("link", "following"),
    [
        (
            '<https://webexapis.com/v1/people?cursor=abc&max=2>; rel="next"',
            "https://webexapis.com/v1/people?cursor=abc&max=2",
        ),
        ("<https://x/y>;rel=next", "https://x/y"),
        ('<https://x/first>; rel="first", <https://x/2>; rel="next"', "https://x/2"),
        ('<https://x/2>; rel="next", <https://x/9>; rel="last"', "https://x/2"),
        ('<https://x/a,b>; title="t"; rel="next"', "https://x/a,b"),
        ('<https://x/1>; rel="prev"', None),
        ('<https://x/1>; rel="nextish"', None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_the_next_page_is_read_from_the_link(link, following):
    assert responses.next_page({"link": link}) == following


def test_without_a_link_there_is_no_next_page():
    assert responses.next_page({}) is None


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
@pytest.mark.parametrize(
    ("body", "value"), [(b'{"id": 1}', {"id": 1}), (b"[]", []), (b"", None), (b" \r\n", None)]
)
def test_a_good_answer_is_its_decoded_body(status, body, value):
    assert responses.read(status, {}, body) == value


@pytest.mark.parametrize("body", [HTML, b"OK", b"null", b'{"id":'])
def test_a_proxys_html_page_with_status_200_is_refused(body):
    with pytest.raises(Unavailable) as caught:
        responses.read(200, {"trackingid": "T"}, body)
    assert (caught.value.status, caught.value.tracking_id) == (502, "T")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "message",
                    "errors",
                    "error",
                    "attachments",
                    "trackingId",
                    "description",
                    "attachmentErrors",
                ]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(st.integers(400, 599), JSON)
def test_no_error_body_raises_another_exception(status, body):
    problem = failing(status, json.dumps(body).encode())
    assert problem.message


@given(st.integers(200, 599), st.binary(max_size=200))
def test_no_bytes_raise_another_exception(status, body):
    try:
        responses.read(status, {}, body)
    except WebexError as problem:
        assert problem.message  # noqa: PT017 - an answer may also be good


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ROUTER_65F3A1-01BB-021A_x.y:z", "ROUTER_65F3A1-01BB-021A_x.y:z"),
        ("T\x1b[31m 1\n<b>", "T31m1b"),
        ("x" * 500, "x" * 100),
        ("T-s3cret-word", "T-"),
        ("T-S3CRET%2Dword-1", "T--1"),
        ({"a": 1}, "a:1"),
    ],
)
def test_a_tracking_id_holds_only_characters_of_ids_and_no_secret(written, kept):
    with masking.during(["s3cret-word"]):
        assert responses.tracking_id({}, {"trackingId": written}) == kept
        assert responses.tracking_id({"trackingid": str(written)}) == kept


@pytest.mark.parametrize("depth", [5_000, 100_000])
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
def test_an_answer_that_is_nested_too_deep_is_no_outage(depth, begin, end):
    problem = failing(200, (begin * depth + "1" + end * depth).encode())
    assert isinstance(problem, Undecodable)
    assert isinstance(failing(500, (begin * depth + "1" + end * depth).encode()), Unavailable)


@pytest.mark.parametrize("digits", [31, 5_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_number_that_is_too_long_is_kept_as_text(digits, sign):
    written = sign + "7" * digits
    assert responses.read(200, {}, f'{{"inputs": {{"mac": {written}}}}}'.encode()) == {
        "inputs": {"mac": written}
    }


def test_other_numbers_are_parsed():
    assert responses.read(200, {}, b"[1, -20, 1764333825123, 1.5]") == [1, -20, 1764333825123, 1.5]
