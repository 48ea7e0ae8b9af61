"""docs/troubleshooting.md quotes every sentence that tells of a problem, and no other sentence."""

import re
from functools import cache
from pathlib import Path

from tests.docs.allowed_sentences import HARMLESS_SENTENCES
from tests.docs.sentences import in_all_modules, normal, problems, sentences

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
HELP = (
    "Add the sentence to docs/troubleshooting.md with what to do; if it only sounds like a problem,"
    " to tests/docs/allowed_sentences.py."
)


def bare(text: str) -> str:
    """Without what is filled in at its ends: a part of a sentence may be listed with or without."""
    return normal(text).strip("… ")


EXPLAINED = [bare(line) for line in re.findall(r"^> - (.*)$", PAGE, re.MULTILINE)]
HARMLESS = [
    bare(line) for line in HARMLESS_SENTENCES.splitlines() if line and not line.startswith("#")
]


@cache
def all_problems() -> set[str]:
    """In a function, because each worker loads this file, and one needs them."""
    return {bare(text) for text in in_all_modules(ROOT, problems)}


def test_every_problem_is_explained():
    assert all_problems() - {*EXPLAINED, *HARMLESS} == set(), HELP


def test_the_page_explains_nothing_that_is_not_said():
    said = {bare(text) for text in in_all_modules(ROOT, sentences)}

    assert set(EXPLAINED) - said == set()


def test_the_list_of_harmless_sentences_holds_no_others():
    assert set(HARMLESS) - all_problems() == set()


def test_each_sentence_is_listed_once():
    listed = [*EXPLAINED, *HARMLESS]

    assert sorted({sentence for sentence in listed if listed.count(sentence) > 1}) == []


def test_every_list_of_sentences_is_followed_by_what_to_do():
    after = [answer.strip() for answer in re.findall(r"^> - .*\n\n(.*)$", PAGE, re.MULTILINE)]

    assert after
    assert [answer for answer in after if not answer or answer[0] in ">#"] == []


def test_a_new_problem_is_found_wherever_it_is_said():
    source = '''
"""A docstring says nothing."""
WORDS = "The flux capacitor is empty."
def check(form, name):
    log.warning("nobody reads this but the operator, in the log")
    form.add_error("owner", f"“{name}” has no flux capacitor.")
    raise Refused("Too slow" + " for time travel" if name else f"{name} is late")
    return "It cannot be charged in {place}: ask Doc.".format(place=name)
'''
    assert problems(source) == {
        "“…” has no flux capacitor.",
        "Too slow",
        "for time travel",
        "… is late",
        "It cannot be charged in …: ask Doc.",
    }
    assert sentences(source) - problems(source) == {"The flux capacitor is empty."}
