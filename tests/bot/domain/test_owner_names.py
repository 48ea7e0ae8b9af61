"""How names are compared: word order, small words, possessives, diacritics, typos."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.lookup.names import Match, Named, best, significant_words, without_typos, words

PEOPLE = (
    ("Bob Keller", "Berlin"),
    ("Bob Kellner", "Berlin"),
    ("Erin Walsh", "Austin"),
    ("Grace Lam", "Berlin"),
    ("Seán O’Brien", "Lyon"),
    ("Lobby Berlin", "Berlin"),
    ("Lobby Lyon", "Lyon"),
    ("Meeting Room North", "Berlin"),
    ("Büro Süd", "Berlin"),
    ("Director's Office", "Berlin"),
    ("Desk for Visitors", "Berlin"),
)
NAMED = [Named(index, name, place) for index, (name, place) in enumerate(PEOPLE)]


def names_of(match: Match) -> list[str]:
    """The names that fit."""
    return [PEOPLE[index][0] for index in match.indexes]


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("Bob Keller", "Bob Keller"),
        ("Keller, Bob", "Bob Keller"),
        ("keller BOB", "Bob Keller"),
        ("Keller", "Bob Keller"),
        ("for lam", "Grace Lam"),
        ("Bob Keller's desk", "Bob Keller"),
        ("the phone of Erin Walsh, please", "Erin Walsh"),
        ("Bob Keller in Berlin", "Bob Keller"),
        ("the lobby in Berlin", "Lobby Berlin"),
        ("O'Brien", "Seán O’Brien"),
        ("obrien", "Seán O’Brien"),
        ("Director’s Office", "Director's Office"),
        ("B\u00fcro Su\u0308d", "Büro Süd"),
        ("Desk for Visitors", "Desk for Visitors"),
        ("visitors' desk", "Desk for Visitors"),
        ("north", "Meeting Room North"),
        ("eting Roo", "Meeting Room North"),
    ],
)
def test_a_name_is_found_as_people_write_it(phrase, name):
    match = without_typos(phrase, NAMED)
    assert (names_of(match), match.sure) == ([name], True)


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("Buro Sud", "Büro Süd"),
        ("Sean O'Brien", "Seán O’Brien"),
        ("Erin Walhs", "Erin Walsh"),
        ("Errin Walsh", "Erin Walsh"),
        ("Meetingroom North", "Meeting Room North"),
        ("Meetng Room Nort", "Meeting Room North"),
        ("Directors Office", "Director's Office"),
    ],
)
def test_a_weaker_round_finds_what_nothing_fits_better(phrase, name):
    match = best(phrase, NAMED)
    assert (names_of(match), match.sure) == ([name], True)


@pytest.mark.parametrize(
    ("phrase", "names"),
    [
        ("Bob", ["Bob Keller", "Bob Kellner"]),
        ("lobby", ["Lobby Berlin", "Lobby Lyon"]),
        ("Bob Kellr", ["Bob Keller", "Bob Kellner"]),
        ("kellr", ["Bob Keller", "Bob Kellner"]),
        ("Erik", ["Erin Walsh"]),  # as likely somebody else
    ],
)
def test_what_could_be_somebody_else_is_not_sure(phrase, names):
    match = best(phrase, NAMED)
    assert (names_of(match), match.sure) == (names, False)


@pytest.mark.parametrize(
    "phrase", ["Bob Smith", "me", "to the", "Bob Keller in Austin", "x", "Berlin Austin", ""]
)
def test_a_name_with_a_word_too_many_is_nobodys(phrase):
    assert best(phrase, NAMED) == Match()


def test_a_digit_that_differs_is_no_typo():
    rooms = [Named(0, "Room 12"), Named(1, "Room 13")]
    assert best("Room 14", rooms) == Match()


def test_names_that_differ_in_diacritics_only_are_a_question():
    twins = [Named(0, "Büro Süd"), Named(1, "Buro Sud")]
    assert best("Buro Sud", twins).indexes == (1,)
    assert best("Büro Sud", twins) == Match((0, 1))


def test_a_phrase_of_small_words_only_keeps_them():
    assert significant_words("to the") == ("to", "the")


@given(st.permutations(("Anna", "Maria", "Berglund")), st.sampled_from([" ", ", ", "  ", "\u00a0"]))
def test_the_order_of_words_does_not_count(parts, separator):
    others = [Named(1, "Anna Berglund"), Named(2, "Maria Anna Berg")]
    match = best(separator.join(parts).upper(), [Named(0, "Anna Maria Berglund"), *others])
    assert (match.indexes, match.sure) == ((0,), True)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_two_texts_can_be_compared(phrase, name):
    match = best(phrase, [Named(0, name)])
    assert match.indexes in ((), (0,))
    assert all(words(name)) or not words(name)
