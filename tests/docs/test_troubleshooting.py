"""Whatever the bot says about a problem stands in docs/troubleshooting.md, and nothing else does."""

import re
from pathlib import Path

from tests.docs.ordinary import ORDINARY
from tests.docs.sentences import all_sentences, normal, sentences

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
HELP = "Is it about a problem? Then docs/troubleshooting.md wants it, with what to do; else tests/docs/ordinary.py."


def bare(text: str) -> str:
    """Without what is filled in at its ends: a part of a sentence may be listed with or without."""
    return normal(text).strip("… ")


SAID = {bare(text) for text in all_sentences(ROOT)}
EXPLAINED = [bare(line) for line in re.findall(r"^> - (.*)$", PAGE, re.MULTILINE)]
HARMLESS = [bare(line) for line in ORDINARY.splitlines() if line and not line.startswith("#")]


def test_every_sentence_is_explained_or_harmless():
    assert SAID - {*EXPLAINED, *HARMLESS} == set(), HELP


def test_the_page_explains_nothing_that_is_not_said():
    assert set(EXPLAINED) - SAID == set()


def test_nothing_is_called_harmless_that_is_not_said():
    assert set(HARMLESS) - SAID == set()


def test_each_sentence_is_listed_once():
    listed = [*EXPLAINED, *HARMLESS]

    assert sorted({one for one in listed if listed.count(one) > 1}) == []


def test_every_list_of_sentences_is_followed_by_what_to_do():
    after = [answer.strip() for answer in re.findall(r"^> - .*\n\n(.*)$", PAGE, re.MULTILINE)]

    assert after
    assert [answer for answer in after if not answer or answer[0] in ">#"] == []


def test_a_new_sentence_is_found_wherever_it_is_said():
    source = '''
"""A docstring says nothing."""
WORDS = "The flux capacitor is empty."
def check(filled, name):
    log.warning("nobody reads this but the operator, in the log")
    filled.object_to("owner", f"“{name}” has no flux capacitor.")
    raise Refused("Too slow" + " for time travel" if name else f"{name} is late")
    return "It cannot be charged in {place}: ask Doc.".format(place=name)
'''
    assert sentences(source) == {
        "The flux capacitor is empty.",
        "“…” has no flux capacitor.",
        "Too slow",
        "for time travel",
        "… is late",
        "It cannot be charged in …: ask Doc.",
    }
