"""From a card to what is sent: nothing in a text is markdown, nothing unknown is left in."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models.text import clean
from cards import answers, forms, parts, render, requests
from cards.parts import Button, say
from tests.cards import rules
from tests.cards.markdown import shown

ODD = [
    "*bold*", "_it_", "snake_case_name", "[link](https://evil.example)", "`code`", "~~gone~~",
    "# heading", "> quote", "- item", "+ item", "1. first", "2) second", "<b>html</b>",
    "back\\slash", "\\*", "\\\\*", "__init__", "_", "**", "<@all>",
    "<@personEmail:ann@example.com|Ann>", "1.", "-", "#", "*_`[]~<\\",
]  # fmt: skip


lines = st.text().map(clean)  # whatever the bot shows has gone through `clean`
marks = st.text(st.sampled_from("*_`[]()~<>\\#+-=.!&;1 a:"), max_size=30).map(clean)


@pytest.mark.parametrize("text", ODD)
def test_what_is_shown_is_what_was_written(text):
    assert shown(render.escape(text)) == text


@given(lines | marks)
def test_any_text_is_shown_as_it_was_written(text):
    assert shown(render.escape(text)) == text


def test_the_ruler_itself_knows_what_markdown_is():
    marked = ["*a*", "[a](b)", "# a", "a\n- b", "`a`", "<https://a.b>", "~~a~~", "---", "> a"]
    assert [shown(text) for text in marked] == [None] * len(marked)
    assert shown("snake_case 1.5 a-b") == "snake_case 1.5 a-b"
    assert shown("&lt;") == "<"


@given(*[(lines | marks).filter(bool)] * 2)
def test_every_text_and_fact_of_a_card_is_escaped(text, value):
    content = render.to_content(answers.details(text, [(text, value)], notes=[text], subtitle=text))
    blocks = [
        element["text"] for element in rules.elements(content) if element["type"] == "TextBlock"
    ]
    facts = [fact for element in content["body"] for fact in element.get("facts", ())]
    assert [shown(block) for block in blocks] == [text, text, text]
    assert [(shown(fact["title"]), shown(fact["value"])) for fact in facts] == [(text, value)]


def test_a_choice_is_its_title_in_words():
    choices = [forms.Choice("Ann Alder", "PEOPLE:a"), forms.Choice("Somebody else", "none")]
    for value, text in (("PEOPLE:a", "Ann Alder"), ("PEOPLE:b", "PEOPLE:b"), ("", "…")):
        field = forms.Field("owner", "For whom", choices=choices, value=value)
        assert f"For whom: {text}" in render.to_text(forms.form("Add", [field], [])).split("\n")


def test_inputs_buttons_and_choices_are_not_markdown_and_stay_as_they_are():
    field = forms.Field("a_b", "*Label*", "*hint*", value="*value*")
    choice = forms.Field("c", "C", choices=[forms.Choice("*title*", "x_y")])
    content = render.to_content(forms.form("F", [field, choice], [Button("*Go*", {"say": "*go*"})]))
    assert rules.field(content, "a_b") == {
        "type": "Input.Text", "id": "a_b", "label": "*Label*", "isRequired": True,
        "errorMessage": "Please fill this in.", "value": "*value*", "placeholder": "*hint*",
        "spacing": "large",
    }  # fmt: skip
    assert rules.field(content, "c")["choices"] == [{"title": "*title*", "value": "x_y"}]
    assert rules.button(content, "*Go*") == {"say": "*go*"}


def test_a_card_is_what_webex_expects():
    content = render.to_content(parts.titled("T", "u"))
    assert content == {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.3",
        "body": [
            {"type": "TextBlock", "text": "T", "weight": "bolder", "size": "medium", "wrap": True},
            {
                "type": "TextBlock",
                "text": "u",
                "wrap": True,
                "isSubtle": True,
                "size": "small",
                "spacing": "small",
            },
        ],
    }
    json.dumps(content)


def test_facts_without_a_value_are_left_out():
    content = render.to_content(answers.details("T", [("Name", "x"), ("Serial", "")]))
    assert content["body"][1]["facts"] == [{"title": "Name", "value": "x"}]
    assert len(render.to_content(answers.details("T", [("Serial", "")]))["body"]) == 1


def test_each_mistake_stands_right_below_its_input():
    fields = [
        forms.Field("mac", "MAC", error="Twelve digits."),
        forms.Field("model", "Model", choices=[forms.Choice("8845", "8845")], error="Which?"),
        forms.Field("owner", "Owner"),
    ]
    body = render.to_content(forms.form("F", fields, [], "Please correct these 2 fields:"))["body"]
    assert [element.get("text") or element["id"] for element in body] == [
        "F", "Please correct these 2 fields:", "mac", "Twelve digits.", "model", "Which?", "owner",
    ]  # fmt: skip
    assert [element.get("spacing") for element in body[2:]] == [
        "large", "small", "large", "small", "large",
    ]  # fmt: skip


def test_a_secret_is_never_filled_in_again():
    field = forms.Field("password", "Password", secret=True, value="hunter2")
    card = forms.form("F", [field], [])
    assert "hunter2" not in json.dumps(render.to_content(card))
    assert "hunter2" not in render.to_text(card)


def test_cancel_works_although_the_form_is_empty():
    card = forms.form(
        "F", [forms.Field("a", "A")], [Button("Go", {}), Button("No", {}, inputs=False)]
    )
    go, no = render.to_content(card)["actions"]
    assert "associatedInputs" not in go
    assert no["associatedInputs"] == "none"


def test_the_text_says_what_the_card_says():
    card = requests.plan(
        requests.Change("Add a phone", [("MAC", "D8"), ("Empty", "")], warnings=["Careful."]),
        subtitle="Request 7K3F", changes=["It moved."], buttons=[Button("Confirm", say("x"))],
    )  # fmt: skip
    assert render.to_text(card).split("\n")[:5] == [
        "Add a phone", "Request 7K3F", "⚠ It moved.", "MAC: D8", "⚠ Careful.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "end"),
    [
        (8, ["7. Add phone 7", "8. Add phone 8"]),
        (9, ["8. Add phone 8", "and 1 more"]),
        (400, ["8. Add phone 8", "and 392 more"]),
    ],
)
def test_a_plan_lists_its_first_eight_steps_and_counts_the_rest(number, end):
    steps = [f"Add phone {place}" for place in range(1, number + 1)]
    card = requests.plan(
        requests.Change("Add phones", [("For", "Bob")], steps), subtitle="", buttons=[]
    )
    text = render.to_text(card).split("\n")
    assert text[:3] == ["Add phones", "For: Bob", "1. Add phone 1"]
    assert text[-2:] == end


def test_the_number_of_a_step_is_text_and_begins_no_list_of_markdown():
    change = requests.Change("Swap", [], ["Delete *it*"])
    content = render.to_content(requests.plan(change, subtitle="", buttons=[]))
    assert content["body"][-1]["text"] == "1\\. Delete \\*it\\*"


@given(st.text("a€😀", min_size=1), st.integers(1, 3_000))
def test_the_text_is_never_longer_than_webex_takes(text, times):
    shown = render.to_text(answers.notice("T", text * times))
    assert 0 < len(shown.encode()) <= rules.MOST_TEXT_BYTES
    assert shown.startswith("T\n" + text[0])


FUNCTIONS = [
    "{{DATE(2026-11-28T10:00:00Z)}}",
    "{{TIME(2026-11-28T10:00:00Z)}}",
    "{{{{DATE(x)}}}}",
    "a {{ b",
]
ADDRESSES = [
    "http://evil.example",
    "HTTPS://evil.example/x_y",
    "see www.evil.example",
    "ftp://x",
    "WWW.x.example",
]
WOULD_WORK = re.compile(
    r"\{\{|://|\bwww\.", re.IGNORECASE
)  # what renderers and linkifiers look for


@pytest.mark.parametrize("text", [*FUNCTIONS, *ADDRESSES])
def test_nothing_in_a_text_becomes_a_date_or_a_link(text):
    assert not WOULD_WORK.search(render.escape(text))
    assert shown(render.escape(text)) == text


@given(st.text(alphabet="{}DATE()TIME:/wW.x\\ 1", max_size=30))
def test_nothing_in_any_text_becomes_a_date_or_a_link(text):
    assert not WOULD_WORK.search(render.escape(text))


@pytest.mark.parametrize("text", FUNCTIONS)
def test_no_part_of_a_card_has_a_function_in_it(text):
    choices = [forms.Choice(text, "a")]
    fields = [
        forms.Field("a", text, text, choices=choices, error=text),
        forms.Field("b", text, text, value="x"),
    ]
    button = parts.Button(text, {"request": "7K3F"})
    cards = [
        forms.form(text, fields, [button], text),
        requests.plan(
            requests.Change(text, [(text, text)], [text], [text]),
            subtitle=text,
            changes=[text],
            buttons=[button],
        ),
        answers.entries(text, [answers.Entry(text, text)], subtitle=text, end=text),
    ]
    for card in cards:
        assert "{{" not in json.dumps(render.to_content(card))


def test_the_text_of_a_card_says_what_to_type_in_place_of_its_buttons():
    buttons = [
        parts.Button(kind, {"request": "7K3F", "press": kind})
        for kind in ("confirm", "change", "reject", "stop")
    ]
    buttons.append(parts.Button("Help", parts.say("help")))
    card = requests.plan(requests.Change("Add", []), subtitle="", buttons=buttons)
    assert render.to_text(card) == "Add\nOr type: confirm 7K3F, reject 7K3F because …, stop 7K3F"
    assert "Or type" not in render.to_text(answers.notice("Add", "it", buttons[-1:]))


def test_what_to_type_is_kept_where_a_long_text_is_cut():
    button = parts.Button("Confirm", {"request": "7K3F", "press": "confirm"})
    text = render.to_text(answers.notice("Add", "ä" * 9000, [button]))
    assert text.endswith("ä\nOr type: confirm 7K3F")
    assert len(text.encode()) <= render.MAX_TEXT_BYTES
