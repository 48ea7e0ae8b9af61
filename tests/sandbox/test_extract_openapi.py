"""The specification that tests compare with is complete in itself, and no larger than needed."""

import json
from importlib import import_module

import pytest

from tests.data.extract_openapi import EXTRACT, extract, served, text_of

WHOLE = {
    "openapi": "3.0.0",
    "paths": {
        "/people": {
            "get": {
                "summary": "List People",
                "x-source": "somewhere",
                "security": [{"bearer-key": []}],
                "responses": {
                    "200": {
                        "description": "A long text.",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/People"},
                                "example": {"items": []},
                            }
                        },
                    }
                },
            },
            "post": {"responses": {}},
        },
        "/rooms": {"get": {"responses": {}}},
    },
    "components": {
        "schemas": {
            "People": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
            "Person": {
                "type": "object",
                "description": "Somebody.",
                "properties": {
                    "description": {"type": "string", "example": "x"},
                    "manager": {"$ref": "#/components/schemas/Person"},
                },
            },
            "Room": {"type": "object"},
        }
    },
}


@pytest.fixture
def extracted():
    return extract(WHOLE, {"GET /people"})


def test_only_the_wanted_operations_are_extracted(extracted):
    assert {path: [*item] for path, item in extracted["paths"].items()} == {"/people": ["get"]}


def test_schemas_are_followed_through_other_schemas(extracted):
    assert extracted["components"]["schemas"].keys() == {"People", "Person"}


def test_prose_goes_but_a_property_called_description_stays(extracted):
    assert extracted["components"]["schemas"]["Person"] == {
        "type": "object",
        "properties": {
            "description": {"type": "string"},
            "manager": {"$ref": "#/components/schemas/Person"},
        },
    }
    assert extracted["paths"]["/people"]["get"] == {
        "responses": {
            "200": {
                "description": "OK",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/People"}}
                },
            }
        }
    }


def test_the_file_is_valid_openapi():
    # Imported here: it takes seconds, and every worker loads this file.
    validate = import_module("openapi_spec_validator").validate
    validate(json.loads(EXTRACT.read_text("utf-8")))


def test_the_file_holds_what_the_extraction_keeps_and_nothing_else():
    text = EXTRACT.read_text("utf-8")

    assert text_of(extract(json.loads(text), served())) == text
