"""Text for comparing: what people see as the same name is the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models.text import fold, fold_loosely


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Director’s  OFFICE ", "director's office"),
        ("O´Brien", "o'brien"),
        ("„Lobby“", '"lobby"'),
        ("Lab–North", "lab-north"),
        ("Büro Süd", "büro süd"),
        ("Ko\u0308ln Su\u0308d", "köln süd"),
        ("Bob\u00a0Kel\u00adler\u200b", "bob keller"),
        ("\uff21\uff42\uff43", "abc"),  # full-width letters
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_what_looks_the_same_folds_to_the_same(text: str, folded: str) -> None:
    """Case, quotes, dashes, spaces and kinds of letters do not count."""
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Büro Süd", "buro sud"),
        ("Zürich", "zurich"),
        ("Søren Łukasz Đorđe", "soren lukasz dorde"),
        ("Éloïse Œuvrard", "eloise oeuvrard"),
        ("İstanbul", "istanbul"),
        ("Berlin", "berlin"),
    ],
)
def test_loosely_folded_letters_lose_their_marks(text: str, folded: str) -> None:
    """Letters without a decomposition too."""
    assert fold_loosely(text) == folded


def test_a_letter_with_a_mark_is_another_letter_in_the_strict_round() -> None:
    """`Muller` is not `Müller` as long as an exact name decides."""
    assert fold("Müller") != fold("Muller")


@given(st.text())
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    """Otherwise two folded names could differ and be the same."""
    assert fold(fold(text)) == fold(text)
    assert fold_loosely(fold_loosely(text)) == fold_loosely(text)


@given(st.text())
def test_composed_and_decomposed_letters_are_the_same(text: str) -> None:
    """Names are pasted from systems that store either form."""
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text(st.characters(max_codepoint=0x7F)))
def test_plain_letters_fold_alone_as_beside_others(text: str) -> None:
    """A text of ASCII takes a shorter way."""
    beside = f"{text} é"
    assert fold(beside) == f"{fold(text)} é".strip()
    assert fold_loosely(beside) == f"{fold_loosely(text)} e".strip()
