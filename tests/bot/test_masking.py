"""A secret is masked in whatever form it comes back; everything else stays as it is."""

import asyncio
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.masking import MASK, during, mask

SECRETS = [
    "Sup3r-Secret!",
    'a"b\\c/d',
    "pass word",
    "0042",
    "pä$$wörd€",
    "🔑key",
    "<b>&amp;",
    "100%25",
]
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "lower case": str.lower,
    "upper case": str.upper,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON within JSON": lambda text: json.dumps(json.dumps(text))[3:-3],
    "JSON with letters": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "address": quote,
    "address, all of it": lambda text: quote(text, safe=""),
    "address, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "address, lower case": lambda text: quote(text, safe="").lower(),
    "form": quote_plus,
    "HTML": html.escape,
    "HTML by number": lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    "HTML by hex number": lambda text: "".join(f"&#x{ord(sign):X};" for sign in text),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_masked_in_every_form(secret: str, form: str):
    text = f"Password '{FORMS[form](secret)}' is too weak, {FORMS[form](secret)}."
    with during([secret]):
        assert mask(text) == f"Password '{MASK}' is too weak, {MASK}."


def test_without_a_secret_nothing_is_masked():
    with during(["", "xyzzy"]):
        assert mask("Valid model is required") == "Valid model is required"
    assert mask("xyzzy") == "xyzzy"


def test_a_secret_inside_another_leaves_nothing_of_it():
    with during(["Secret", "Sup3rSecret-1"]):
        assert mask("Sup3rSecret-1 and Secret") == f"{MASK} and {MASK}"


async def test_the_secrets_of_a_request_are_not_masked_in_another():
    async def masked_during(secret: str) -> str:
        with during([secret]):
            await asyncio.sleep(0)
            return await asyncio.create_task(_masked("1111 2222"))

    first, second = await asyncio.gather(masked_during("1111"), masked_during("2222"))
    assert (first, second) == (f"{MASK} 2222", f"1111 {MASK}")


async def _masked(text: str) -> str:
    await asyncio.sleep(0)
    return mask(text)


@given(st.text(min_size=1, max_size=20), st.sampled_from(sorted(FORMS)))
def test_any_secret_is_masked(secret: str, form: str):
    with during([secret]):
        assert secret not in mask(f"[{FORMS[form](secret)}]").replace(MASK, "").strip("[]")


LONG = 10_000
EVIL = ["\\", "\\u005c", "%", "%25", "&#38;", "&amp;", "\\%&", "u005c\\"]


@pytest.mark.slow
@pytest.mark.timeout(60)  # seconds; backtracking would take minutes
@pytest.mark.parametrize("piece", EVIL)
@pytest.mark.parametrize("form", ["as it is", "JSON within JSON", "address, twice"])
def test_a_malicious_text_takes_no_long_time(piece: str, form: str):
    secret = (piece * 200)[:199] + "x"
    texts = [(pattern * LONG)[:LONG] for pattern in EVIL] + [(FORMS[form](secret)[:-1] + "y") * 10]
    with during([secret]):
        for text in texts:
            mask(text)


@pytest.mark.parametrize("piece", EVIL)
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_that_looks_escaped_is_masked(piece: str, form: str):
    secret = f"a{piece}b{piece}"
    with during([secret]):
        assert mask(f"[{FORMS[form](secret)}]") == f"[{MASK}]"
