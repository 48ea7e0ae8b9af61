"""What people are told about a picture: what was read in it, or why nothing was. Pure."""

import re

from bot.core.models.mac_text import show_mac
from bot.core.models.text import clean, join_words
from bot.domain.labels.reading import Label, LabelReading

BETTER_PICTURE = (
    "Please take the picture again: closer, so that the label fills it, from straight above, in"
    " good light, and without reflections. Or type the MAC address, which stands behind “MAC” on"
    " the label."
)
NO_CODE = "I found no code in your {photo} that I can read. Nothing was changed. " + BETTER_PICTURE
NO_MAC = (
    "I read {what} in your {photo}, but no MAC address. Nothing was changed. Please photograph the"
    " label with “MAC” on it, under the phone or on its box, with all of its codes; or type the MAC"
    " address."
)
DOUBTFUL = (
    "I read the number {number} in your {photo}, but the code does not say whether it is a MAC"
    " address. Nothing was changed. Please compare it with the label, and type the MAC address."
)
CHOOSE_MAC = "Please choose the MAC address of the port in use."
OTHER_KIND = (
    "The file is not a picture that I can read. Nothing was changed. Please send a photo as JPEG,"
    " PNG, WebP or HEIC."
)
NO_HEIC = (
    "I cannot read HEIC pictures here. Nothing was changed. Please send the photo as JPEG (on an"
    " iPhone: Settings, Camera, Formats, Most Compatible)."
)
TOO_MANY_PIXELS = (
    "The picture has {count} megapixels, and I read at most {limit}. Nothing was changed."
    " Please send a smaller one, or cut out the label."
)
DAMAGED = (
    "The picture is damaged or incomplete, so I cannot read it. Nothing was changed. Please take"
    " it again, and send that one."
)
TOO_LARGE = (
    "The picture has more than {limit}. Nothing was changed. Please send a smaller one, or cut out"
    " the label."
)
NOT_INSTALLED = (
    "I cannot read photos here, because the operator of this bot has not installed what that needs."
    " Nothing was changed. Please type the MAC address, for example “add phone MAC MODEL for WHO”."
)
NOT_UNDERSTOOD = "I did not understand “{words}”."
ONLY_MODEL = (
    "Read from your photo: {model}. Activation codes work without a MAC address, so that of the"
    " label is not used."
)
OWNER_BEHIND_EACH = "Please write the owner behind each line."
INCOMPLETE = (
    "There are more labels in the {photo}, whose MAC addresses I could not read. Please photograph"
    " them on their own."
)
_SHORT_NAME = re.compile(r"(?:[A-Z]{2,4}-?)?\d{2,4}[A-Z]{0,2}(?![A-Z0-9])")
_MOST_NAMED = 4  # devices
MAX_WORDS = 100  # characters of what was not understood


def read_sentence(reading: LabelReading) -> str:
    """What was read: `Read from your photo: MAC 6C:5E:3B:A0:B1:C2, CP-8865.`

    Empty if no MAC was read.
    """
    if not reading.labels:
        return ""
    shown = [_label(label) for label in reading.labels[:_MOST_NAMED]]
    more = len(reading.labels) - len(shown)
    labels = "; ".join([*shown, f"and {more} more"] if more else shown)
    count = f"{len(reading.labels)} labels: " if reading.is_list else ""
    sentences = [f"Read from your {_photo(reading)}: {count}{labels}."]
    if reading.is_incomplete:
        sentences.append(INCOMPLETE.format(photo=_photo(reading)))
    if reading.needs_choice:
        sentences.append(CHOOSE_MAC)
    return " ".join(sentences)


def only_model(reading: LabelReading) -> str:
    """What was read for a command that takes no MAC; empty without a model."""
    model = reading.labels[0].model if len(reading.labels) == 1 else reading.model
    return ONLY_MODEL.format(model=_short(model)) if model else ""


def unread_sentence(reading: LabelReading) -> str:
    """Why no MAC was read, and how to take a better picture; empty if one was read."""
    if reading.labels:
        return ""
    photo = _photo(reading)
    if reading.doubtful:
        return DOUBTFUL.format(number=reading.doubtful[0], photo=photo)
    if not reading.codes:
        return NO_CODE.format(photo=photo)
    what = "one code" if reading.codes == 1 else f"{reading.codes} codes"
    if reading.model:
        what = f"the model {_short(reading.model)}"
    return NO_MAC.format(what=what, photo=photo)


def not_understood(words: str) -> str:
    """The sentence about words beside a photo that nothing takes; empty without any."""
    return NOT_UNDERSTOOD.format(words=clean(words, MAX_WORDS)) if words else ""


def _photo(reading: LabelReading) -> str:
    return "photo" if reading.photos == 1 else "photos"


def _label(label: Label) -> str:
    macs = f"MAC {join_words(map(show_mac, label.macs), 'or')}"
    return f"{macs}, {_short(label.model)}" if label.model else macs


def _short(model: str) -> str:
    """`CP-8865-3PCC-K9=` → CP-8865: what people call it."""
    match = _SHORT_NAME.match(model)
    return match.group() if match else model
