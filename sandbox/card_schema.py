"""The elements of a card and the keys of each (docs/webex/messaging.md §4.1)."""

from typing import Any, Final

from sandbox.card_validators import (
    Schema,
    Validator,
    Violations,
    any_of,
    anything,
    boolean,
    json_object,
    list_of,
    number,
    object_with,
    one_of,
    string,
    type_name,
    url,
)


def element(types: set[str]) -> Validator:
    """Return a validator for an object whose ``type`` is one of these."""

    def rule(value: Any, pointer: str) -> Violations:
        if not isinstance(value, dict):
            yield f"{pointer}: expected type: JSONObject, found: {type_name(value)}"
        elif value.get("type") not in types:
            yield f"{pointer}/type: {value.get('type')} is not a valid enum value"
        else:
            yield from object_with(SCHEMAS[value["type"]])(value, pointer)

    return rule


_ACTION_TYPES: Final = {
    "Action.OpenUrl",
    "Action.Submit",
    "Action.ShowCard",
    "Action.ToggleVisibility",
}
_ELEMENT_TYPES: Final = {
    "TextBlock",
    "RichTextBlock",
    "Image",
    "Container",
    "ColumnSet",
    "FactSet",
    "ImageSet",
    "ActionSet",
    "Input.Text",
    "Input.Number",
    "Input.Date",
    "Input.Time",
    "Input.Toggle",
    "Input.ChoiceSet",
}
_ELEMENTS: Final = list_of(element(_ELEMENT_TYPES))
_ACTIONS: Final = list_of(element(_ACTION_TYPES))
_SELECT: Final = element(_ACTION_TYPES - {"Action.ShowCard"})
_HORIZONTAL: Final = one_of("left", "center", "right")
_VERTICAL: Final = one_of("top", "center", "bottom")
_IMAGE_SIZE: Final = one_of("auto", "stretch", "small", "medium", "large")
_CONTAINER_STYLE: Final = one_of("default", "emphasis", "good", "attention", "warning", "accent")
_BACKGROUND: Final = any_of(
    url,
    object_with(
        {
            "type": one_of("BackgroundImage"),
            "url!": url,
            "fillMode": one_of("cover", "repeatHorizontally", "repeatVertically", "repeat"),
            "horizontalAlignment": _HORIZONTAL,
            "verticalAlignment": _VERTICAL,
        }
    ),
)

_TYPE: Final[Schema] = {"type!": string}
_COMMON: Final[Schema] = _TYPE | {
    "id": string,
    "isVisible": boolean,
    "separator": boolean,
    "spacing": one_of("none", "small", "default", "medium", "large", "extraLarge", "padding"),
    "fallback": anything,
    "requires": json_object,
}
_HEIGHT: Final[Schema] = {"height": one_of("auto", "stretch")}
_BLOCK: Final[Schema] = _COMMON | _HEIGHT
_TEXT: Final[Schema] = {
    "text!": string,
    "color": one_of("default", "dark", "light", "accent", "good", "warning", "attention"),
    "fontType": one_of("default", "monospace"),
    "isSubtle": boolean,
    "size": one_of("default", "small", "medium", "large", "extraLarge"),
    "weight": one_of("default", "lighter", "bolder"),
}
_INPUT: Final[Schema] = _BLOCK | {
    "id!": string,
    "label": string,
    "isRequired": boolean,
    "errorMessage": string,
}
_INPUT.pop("id")
_ACTION: Final[Schema] = _TYPE | {
    "id": string,
    "title": string,
    "iconUrl": url,
    "style": one_of("default", "positive", "destructive"),
    "fallback": anything,
    "requires": json_object,
}
_BOX: Final[Schema] = {
    "selectAction": _SELECT,
    "style": _CONTAINER_STYLE,
    "bleed": boolean,
    "minHeight": string,
}
_DATE_OR_TIME: Final[Schema] = _INPUT | {
    "max": string,
    "min": string,
    "placeholder": string,
    "value": string,
}

SCHEMAS: Final[dict[str, Schema]] = {
    "AdaptiveCard": _TYPE
    | {
        "version": string,
        "$schema": string,
        "body": _ELEMENTS,
        "actions": _ACTIONS,
        "selectAction": _SELECT,
        "fallbackText": string,
        "backgroundImage": _BACKGROUND,
        "minHeight": string,
        "lang": string,
    },
    "TextBlock": _BLOCK
    | _TEXT
    | {"horizontalAlignment": _HORIZONTAL, "maxLines": number, "wrap": boolean},
    "RichTextBlock": _BLOCK
    | {
        "inlines!": list_of(any_of(element({"TextRun"}), string)),
        "horizontalAlignment": _HORIZONTAL,
    },
    "TextRun": _TYPE
    | _TEXT
    | {
        "highlight": boolean,
        "italic": boolean,
        "selectAction": _SELECT,
        "strikethrough": boolean,
        "underline": boolean,
    },
    "Image": _COMMON
    | {
        "url!": url,
        "altText": string,
        "backgroundColor": string,
        "height": string,
        "width": string,
        "horizontalAlignment": _HORIZONTAL,
        "selectAction": _SELECT,
        "size": _IMAGE_SIZE,
        "style": one_of("default", "person"),
    },
    "Container": _BLOCK
    | _BOX
    | {
        "items!": _ELEMENTS,
        "verticalContentAlignment": _VERTICAL,
        "backgroundImage": _BACKGROUND,
    },
    "ColumnSet": _COMMON
    | _BOX
    | {"columns": list_of(element({"Column"})), "horizontalAlignment": _HORIZONTAL},
    "Column": _COMMON
    | _BOX
    | {
        "items": _ELEMENTS,
        "backgroundImage": _BACKGROUND,
        "verticalContentAlignment": _VERTICAL,
        "width": any_of(string, number),
    },
    "FactSet": _BLOCK | {"facts!": list_of(object_with({"title!": string, "value!": string}))},
    "ImageSet": _BLOCK | {"images!": list_of(element({"Image"})), "imageSize": _IMAGE_SIZE},
    "ActionSet": _BLOCK | {"actions!": _ACTIONS, "horizontalAlignment": _HORIZONTAL},
    "Input.Text": _INPUT
    | {
        "isMultiline": boolean,
        "maxLength": number,
        "placeholder": string,
        "regex": string,
        "style": one_of("text", "tel", "url", "email"),
        "inlineAction": _SELECT,
        "value": string,
    },
    "Input.Number": _INPUT | {"max": number, "min": number, "placeholder": string, "value": number},
    "Input.Date": _DATE_OR_TIME,
    "Input.Time": _DATE_OR_TIME,
    "Input.Toggle": _INPUT
    | {
        "title!": string,
        "value": string,
        "valueOff": string,
        "valueOn": string,
        "wrap": boolean,
    },
    "Input.ChoiceSet": _INPUT
    | {
        "choices!": list_of(object_with({"title!": string, "value!": string})),
        "isMultiSelect": boolean,
        "style": one_of("compact", "expanded"),
        "value": string,
        "placeholder": string,
        "wrap": boolean,
    },
    "Action.OpenUrl": _ACTION | {"url!": string},
    "Action.Submit": _ACTION
    | {"data": any_of(json_object, string), "associatedInputs": one_of("auto", "none")},
    "Action.ShowCard": _ACTION | {"card!": element({"AdaptiveCard"})},
    "Action.ToggleVisibility": _ACTION
    | {
        "targetElements!": list_of(
            any_of(
                string,
                object_with(
                    {"type": string, "elementId!": string, "isVisible": boolean},
                ),
            )
        )
    },
}
