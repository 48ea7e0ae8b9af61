"""Phrases and words in English, German, French and Spanish, as the tables of words have them."""

from bot.core.models.text import fold_loosely


def phrases(en: str = "", de: str = "", fr: str = "", es: str = "") -> tuple[str, ...]:
    """Phrases that are separated by commas, of all languages."""
    all_phrases = (phrase.strip() for phrase in ",".join((en, de, fr, es)).split(","))
    return tuple(dict.fromkeys(phrase for phrase in all_phrases if phrase))


def words(en: str = "", de: str = "", fr: str = "", es: str = "") -> frozenset[str]:
    """Single words, folded."""
    return frozenset(fold_loosely(word) for word in phrases(en, de, fr, es))
