"""Holders of roles: from a name or a mention to the email to which a role is given."""

import re
from collections.abc import Collection, Sequence

from bot.core.models.people import normalize_who
from bot.core.models.text import fold, fold_loosely
from bot.core.models.webex import LocationRef, Owner, OwnerKind
from bot.domain.forms import MAX_CHOICES, SOMEBODY_ELSE, ParsedForm
from bot.domain.language.vocabulary import EVERYWHERE
from bot.domain.lookup import names
from bot.domain.lookup.locations import find_location
from bot.domain.lookup.names import Named
from bot.domain.lookup.owner_phrases import OwnerPhrase, read_phrase
from bot.domain.lookup.owner_search import FoundOwners, OwnerSearch
from bot.domain.lookup.owners import completed
from bot.domain.operation import Context
from cards.forms import Choice

FIELD, LOCATION = "who", "location"
# Around the name of a location: `the Berlin location`.
_AROUND = re.compile(r"^(?:location|site)\s+|\s+(?:location|site|branch|standort)$", re.IGNORECASE)
WHAT_WHO_IS = "WHO is an email such as ann@example.com, or a whole domain such as @example.com."


def read_who(text: str) -> str:
    """An email or `@domain` in the form that is stored, or the text of a name or mention.

    ValueError with a sentence for what looks like an email and is none.
    """
    return normalize_who(text) if "@" in text else text.strip()


async def find_holder(form: ParsedForm, ctx: Context, held: Collection[str] = ()) -> str | None:
    """The email or `@domain` that the field `who` means; None, and an error, if it is not clear.

    `held`: addresses of which one is probably meant; they are compared before Webex is asked.
    """
    text = form.values.get(FIELD)
    if not text or "@" in text:
        return text
    logins = [who for who in held if who.partition("@")[0] == fold(text)]
    if len(logins) == 1:
        return logins[0]
    phrase = read_phrase(text)
    result = await OwnerSearch(ctx).find(phrase)
    people = [owner for owner in await completed(result, ctx) if owner.kind is OwnerKind.PERSON]
    people = [person for person in people if person.email in held] or people
    place = _words_beside(phrase, people)
    if _is_sure(result, people):
        form.values[LOCATION] = " ".join(filter(None, [place, form.values.get(LOCATION)]))
        return people[0].email
    _note_unclear(form, text, result, people)
    if place and people:
        form.add_error(LOCATION, f"“{place}” may be a location. Type it here if you mean it.")
    return None


async def find_scope(form: ParsedForm, ctx: Context) -> LocationRef:
    """The location of the role, empty for everywhere; an error if the text means neither."""
    text = str(form.values.get(LOCATION) or "").strip()
    if fold_loosely(text).removeprefix("the ") in EVERYWHERE:
        text = ""
    form.values[LOCATION] = _AROUND.sub("", text) or text
    location = await find_location(form, ctx)
    return location.ref if location else LocationRef()


def _words_beside(phrase: OwnerPhrase, people: Sequence[Owner]) -> str:
    """The words that are in no name of these people: `sam berlin` finds Sam, who is in Berlin.

    They are no reason to give him the role everywhere.
    """
    own_names = [
        Named(index, f"{person.name} {person.email.partition('@')[0]}")
        for index, person in enumerate(people)
    ]
    words = names.without_things(names.significant_words(phrase.name))
    return " ".join(word for word in words if not names.best(word, own_names).indexes)


def _is_sure(result: FoundOwners, people: list[Owner]) -> bool:
    if len(people) != 1 or not people[0].email:
        return False
    return result.sure or not (result.several or result.problem)


def _note_unclear(form: ParsedForm, text: str, result: FoundOwners, people: list[Owner]) -> None:
    named = [person for person in people if person.email]
    if not named:
        form.add_error(FIELD, f"I found no person called “{text}”. {WHAT_WHO_IS}")
        return
    sentence = f"“{text}” may be one of several people." if len(named) > 1 else result.problem
    cut_note = f" The first {MAX_CHOICES} are listed." if len(result.owners) > MAX_CHOICES else ""
    choices = [
        Choice(" · ".join(filter(None, (owner.name, owner.location, owner.email))), owner.email)
        for owner in named
    ]
    form.add_error(FIELD, f"{sentence} Please choose.{cut_note}", [*choices, SOMEBODY_ELSE])
