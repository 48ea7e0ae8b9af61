"""Accepted cards, and the messages with which others are refused."""

from typing import Any

import pytest

from sandbox.card_validation import CONTENT_TYPE, card_violations, validated_card
from sandbox.errors import ApiError

TEXT = {"type": "TextBlock", "text": "Hello"}
INPUT = {
    "type": "Input.Text",
    "id": "mac",
    "label": "MAC",
    "isRequired": True,
    "regex": "^[0-9A-F]+$",
}
CHOICES = {
    "type": "Input.ChoiceSet",
    "id": "model",
    "choices": [{"title": "9841", "value": "Cisco 9841"}],
    "style": "compact",
}
SUBMIT = {"type": "Action.Submit", "title": "Go", "data": {"anything": {"type": "goes"}}}
COLUMNS = {
    "type": "ColumnSet",
    "columns": [
        {"type": "Column", "width": 2, "items": [TEXT]},
        {"type": "Column", "width": "auto"},
    ],
}


def card(*body: Any, **options: Any) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.3", "body": list(body), **options}


@pytest.mark.parametrize(
    "good",
    [
        card(TEXT),
        card(INPUT, CHOICES, actions=[SUBMIT]),
        card(COLUMNS, {"type": "Container", "items": [TEXT], "style": "emphasis"}),
        card({"type": "FactSet", "facts": [{"title": "MAC", "value": "00:11"}]}),
        card({"type": "RichTextBlock", "inlines": ["a", {"type": "TextRun", "text": "b"}]}),
        card({"type": "ActionSet", "actions": [SUBMIT]}),
        card(TEXT | {"color": "Dark", "size": "ExtraLarge"}),
        card(
            actions=[
                {
                    "type": "Action.ShowCard",
                    "title": "More",
                    "card": {"type": "AdaptiveCard", "body": [TEXT]},
                }
            ]
        ),
        card(TEXT, actions=[SUBMIT | {"associatedInputs": "auto"}], fallbackText="no cards here"),
    ],
)
def test_valid_cards_have_no_violations(good: dict[str, Any]):
    assert list(card_violations(good)) == []


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (card({"type": "TextBlock"}), "#/body/0: required key [text] not found"),
        (card(TEXT | {"texxt": "x"}), "#/body/0: extraneous key [texxt] is not permitted"),
        (card(TEXT | {"wrap": "yes"}), "#/body/0/wrap: expected type: Boolean, found: String"),
        (card(TEXT | {"size": "huge"}), "#/body/0/size: huge is not a valid enum value"),
        (card({"type": "Media"}), "#/body/0/type: Media is not a valid enum value"),
        (card({"type": "Table"}), "#/body/0/type: Table is not a valid enum value"),
        (
            card(CHOICES | {"style": "filtered"}),
            "#/body/0/style: filtered is not a valid enum value",
        ),
        (card(COLUMNS | {"height": "auto"}), "#/body/0: extraneous key [height] is not permitted"),
        (
            card(actions=[{"type": "Action.Execute"}]),
            "#/actions/0/type: Action.Execute is not a valid enum value",
        ),
        (
            card(actions=[SUBMIT | {"tooltip": "x"}]),
            "#/actions/0: extraneous key [tooltip] is not permitted",
        ),
        (card({"type": "Input.Text"}), "#/body/0: required key [id] not found"),
        (
            card({"type": "Image", "url": "data:image/png;base64,AA"}),
            "#/body/0/url: [data:image/png;base64,AA] is not a valid URI",
        ),
        (
            card({"type": "FactSet", "facts": [{"type": "Fact", "title": "a", "value": "b"}]}),
            "#/body/0/facts/0: extraneous key [type] is not permitted",
        ),
        (card(TEXT, speak="hello"), "#: extraneous key [speak] is not permitted"),
        (card(TEXT, schema="x"), "#: extraneous key [schema] is not permitted"),
        (card(INPUT, INPUT), "#: duplicate id [mac]"),
        (card(actions=[SUBMIT] * 21), "#/actions: maximum item count: 20"),
        (
            card(
                {
                    "type": "ImageSet",
                    "images": [{"type": "Image", "url": "https://a.example/b.png"}] * 11,
                }
            ),
            "#/body: maximum image count: 10",
        ),
        (card(TEXT | {"text": "x" * 90_000}), "#: maximum size: 81920 bytes"),
        ({"type": "AdaptiveCard", "body": []}, "#: required key [version] not found"),
        (card() | {"version": "1.5"}, "#/version: 1.5 is not supported"),
        ([], "#: expected type: JSONObject, found: JSONArray"),
    ],
)
def test_invalid_cards_are_refused_with_the_validators_messages(bad: Any, fault: str):
    assert list(card_violations(bad)) == [fault]


@pytest.mark.parametrize(
    "attachments",
    [
        "a card",
        [],
        [{"contentType": "text/plain", "content": card(TEXT)}],
        [{"contentType": CONTENT_TYPE, "content": card(TEXT)}] * 2,
        [{"contentType": CONTENT_TYPE, "content": card({"type": "TextBlock"})}],
    ],
)
def test_invalid_attachments_are_a_400_with_an_object_as_errors(attachments: Any):
    with pytest.raises(ApiError) as refusal:
        validated_card(attachments)

    body = refusal.value.body("ROUTERGW_1")
    assert refusal.value.status == 400
    assert body["message"] == "Unable to process request; see errors"
    assert body["errors"]["attachments"]["code"] == "invalid_attachments"
    assert body["errors"]["attachments"]["reason"] == "Invalid Adaptive Card Json"
    assert body["errors"]["attachments"]["attachmentErrors"]
