"""Which phone is replaced by which: in any order, with and without the verb."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.command_parser import Unknown
from bot.operations import PARSER
from tests.bot.domain.two_phones import read

OLD, NEW = "00:11:22:33:44:55", "D8:2E:3E:EF:4E:5C"
BOTH = {"device": OLD, "mac": NEW}
WITH_MODEL = {**BOTH, "model": "8865"}


@pytest.mark.parametrize(
    "text",
    [
        f"swap {OLD} with {NEW}",
        f"replace the phone {OLD} by {NEW}",
        f"exchange {OLD} for {NEW}",
        f"swap phone {OLD} {NEW}",
        f"Kim's phone is broken, replace {OLD} with {NEW}",
        f"replace with {NEW} the phone {OLD}",
        f"{NEW} replaces {OLD}",
        f"{NEW} is the replacement for {OLD}",
        f"replacement for {OLD}: {NEW}",
        f"{OLD} should be replaced by {NEW}",
        f"phone {OLD} is broken, replace it with {NEW}",
        f"old {OLD} new {NEW}",
        f"old: {OLD} new: {NEW}",
        f"New phone: {NEW}\nOld phone: {OLD}",
        f"Swap, please\nNEW MAC {NEW}\nOLD MAC {OLD}",
        f"swap\n{OLD}\n{NEW}",
        f"{OLD} (old) {NEW} (new)",
        f"{NEW} is new, {OLD} is the old one",
        f"the old phone is {OLD}, the new one {NEW}",
        f"install {NEW} instead of {OLD}",
        f"{NEW} in place of {OLD}",
        f"{OLD} -> {NEW}",
        f"{OLD} → {NEW}",
        f"change {OLD} to {NEW}",
        f"replace from {OLD} to {NEW}",
        f"{NEW} takes the place of {OLD}",
        f"{OLD} died, put {NEW} in its place",
        f"RMA for Kim Lee {OLD} to {NEW}",
        f"replace {OLD} with {NEW}, not {OLD[:-2]}99",
        f"swap {OLD} of kim@example.com with {NEW}",
        f"swap {OLD} for Kim with {NEW}",
        f"swpa {OLD} with {NEW}",
        f"tausche {OLD} gegen {NEW}",
        f"{NEW} ersetzt {OLD}",
        f"bitte {OLD} durch {NEW} ersetzen",
        f"{NEW} anstelle von {OLD}",
        f"remplacer {OLD} par {NEW}",
        f"{NEW} à la place de {OLD}",
        f"cambiar {OLD} por {NEW}",
        f"reemplazar {OLD} con {NEW}",
    ],
)
def test_the_words_tell_which_mac_is_the_old_one(text):
    assert read(text) == ("swap phone", BOTH)


@pytest.mark.parametrize(
    "text",
    [
        f"swap {OLD} with {NEW} 8865",
        f"swap {OLD} with 8865 {NEW}",
        f"swap {OLD} {NEW} 8865",
        f"swap {OLD} 8865 {NEW}",
        f"replace {OLD} with {NEW} (8865)",
        f"replace {OLD} with {NEW}, an 8865",
        f"replace {OLD} with the new 8865, MAC: {NEW}",
        f"{NEW} 8865 replaces {OLD}",
        f"{OLD} → {NEW} 8865",
        f"old: {OLD} new: {NEW} 8865",
        f"Old: {OLD}, 8845\nNew: {NEW}, 8865",
        f"upgrade {OLD} to an 8865 {NEW}",
    ],
)
def test_the_model_is_that_of_the_new_phone(text):
    assert read(text) == ("swap phone", WITH_MODEL)


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        (f"swap the 8845 {OLD} with {NEW}", BOTH),
        (f"swap {OLD} 8845 with {NEW}", BOTH),
        (f"8845 {OLD} is broken, replace it with {NEW}", BOTH),
        (f"swap 8845 {OLD} for 8865 {NEW}", WITH_MODEL),
        (f"swap {OLD} 8845 {NEW} 8865", WITH_MODEL),
        (f"replace the 8845 {OLD} with an 8865, {NEW}", WITH_MODEL),
        (f"old {OLD} 8845, new {NEW} 8865", WITH_MODEL),
    ],
)
def test_the_model_of_the_old_phone_is_kept_apart(text, inputs):
    assert read(text) == ("swap phone", inputs | {"old_model": "8845"})


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        (f"swap {OLD} with {NEW} for Bob Keller", {"owner": "Bob Keller"}),
        (
            f"swap {OLD} with {NEW} 8865 for bob keller, thanks",
            {"owner": "bob keller"} | WITH_MODEL,
        ),
        (f"swap {OLD} with {NEW}, for bob@example.com please", {"owner": "bob@example.com"}),
        (f"swap {OLD} with {NEW} for PEOPLE:Y2lzY29zcGFy", {"owner": "PEOPLE:Y2lzY29zcGFy"}),
        (f"swap {OLD} with {NEW} for Pat O'Brien", {"owner": "Pat O'Brien"}),
        (f"{NEW} for Kim replaces {OLD}", {"owner": "Kim"}),
        (f"swap {OLD} with {NEW} for now", {}),
        (f"swap {OLD} with {NEW} for the meeting", {}),
        (f"swap {OLD} with {NEW} for him", {}),
        (f"swap {OLD} with {NEW} for extension 1107", {}),
        (f"swap {OLD} with {NEW} from the stock room", {}),
    ],
)
def test_who_is_to_get_the_new_phone_is_read(text, inputs):
    assert read(text) == ("swap phone", BOTH | inputs)


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        (f"swap {OLD} with {NEW} DECT", {"model": "DECT"}),
        (f"swap {OLD} with {NEW} ATA for Bob", {"model": "ATA", "owner": "Bob"}),
        (f"swap {OLD} with {NEW} ASAP", {}),
        (f"swap {OLD} with {NEW} please", {}),
        (f"swap {OLD} with {NEW} tomorrow", {}),
        (f"swap {OLD} with {NEW} SN: FCH1234ABCD", {}),
    ],
)
def test_what_looks_like_a_model_is_asked_about(text, inputs):
    assert read(text) == ("swap phone", BOTH | inputs)


@pytest.mark.parametrize(
    ("text", "device"),
    [
        (f"replace Kim's phone by {NEW}", "Kim's phone"),
        (f"swap the 8845 of Kim Lee with {NEW}", "8845 of Kim Lee"),
        (f"new phone for the broken one of Kim Lee: {NEW}", "Kim Lee"),
        (f"Kim's phone is broken, replace it with {NEW}", "Kim's phone"),
        (f"Kim's phone is broken, he needs a new one: {NEW}", "Kim's phone"),
        (f"Kim Lee's 8845 is dead. Please replace it with {NEW}", "Kim Lee's 8845"),
        (f"Kim's phone needs to be replaced with {NEW}", "Kim's phone"),
        (f"The display is broken, please replace Kim's phone with {NEW}", "Kim's phone"),
        (f"replace the old phone of Kim with the new phone {NEW}", "Kim"),
        (f"replace the phone, Kim's, with {NEW}", "Kim's"),
        (f"replacement phone for Kim: {NEW}", "Kim"),
        (f"swap Kim's phone for {NEW}, thanks!", "Kim's phone"),
        (f"swap Kim's phone\nMAC: {NEW}", "Kim's phone"),
        (f"{NEW} instead of Kim's phone", "Kim's phone"),
        (f"Kim's 8845 died, put {NEW} in its place", "Kim's 8845"),
        (f"change the MAC of Kim's phone to {NEW}", "Kim's phone"),
        (f"swap the 8845 for kim@example.com, MAC {NEW}", "8845 for kim@example.com"),
        (f"swap phone Lobby Berlin with {NEW}", "Lobby Berlin"),
        (f"replace the phone in Lobby Berlin with {NEW}", "Lobby Berlin"),
        (f"replace the phone of New York Lobby with {NEW}", "New York Lobby"),
        (f"replace the phone in Food and Drinks with {NEW}", "Food and Drinks"),
        (f"swap extension 1107 with {NEW}", "extension 1107"),
        (f"replace the phone with extension 1110 with {NEW}", "extension 1110"),
        (f"replace kim@example.com with {NEW}", "kim@example.com"),
        (f"replace with {NEW} for Kim", "Kim"),
        (f"swap phone of PEOPLE:Y2lzY29zcGFy with {NEW}", "PEOPLE:Y2lzY29zcGFy"),
        (f"das Telefon von Kim Lee durch {NEW} ersetzen", "Kim Lee"),
        (f"Kims Telefon ist kaputt, ersetze es durch {NEW}", "Kims Telefon"),
        (f"remplacer le téléphone de Kim par {NEW}", "Kim"),
        (f"cambiar el teléfono de Kim por {NEW}", "Kim"),
    ],
)
def test_the_old_phone_may_be_named_by_its_owner(text, device):
    assert read(text) == ("swap phone", {"device": device, "mac": NEW})


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("swap phone", {}),
        (f"swap phone {OLD}", {"device": OLD}),
        (f"swap {OLD} of Kim", {"device": OLD}),
        (f"swap {OLD} for Kim", {"device": OLD}),
        (
            "swap the phone of Kim Lee with the phone of Sam",
            {"device": "Kim Lee", "mac": "phone of Sam"},
        ),
        ("exchange Kim's phone with Sam's", {"device": "Kim's phone with Sam's"}),
        (f"swap Kim's phone {OLD}", {"device": OLD}),
        (f"swap Kim's phone {NEW} 8865", {"device": "Kim's phone", "mac": NEW, "model": "8865"}),
        (f"swap with {NEW} 8865", {"mac": NEW, "model": "8865"}),
        (f"replace it with {NEW}", {"mac": NEW}),
        (
            f"swap 8845 to 8865 for kim@example.com, MAC {NEW}",
            {"device": "8845 kim@example.com", "mac": NEW, "model": "8865"},
        ),
        ("replace Kim's phone with an 8865", {"device": "Kim's phone", "model": "8865"}),
        ("Kim needs a replacement phone", {"device": "Kim"}),
        ("swap Kim and Sam's phones", {"device": "Kim and Sam's phones"}),
        ("Kim's 8845 is broken, she needs a new one", {"device": "Kim's 8845"}),
        ("new 8865 for the broken one of Kim Lee", {"device": "Kim Lee", "model": "8865"}),
        (f"swap 00:11:22:33:44 with {NEW}", {"device": "00:11:22:33:44", "mac": NEW}),
        (f"swap {OLD} with {OLD}", {"device": OLD, "mac": OLD}),
        (f"swap {OLD}, {OLD[:-2]}66 with {NEW}", {"device": f"{OLD}, {OLD[:-2]}66", "mac": NEW}),
        (f"swap {OLD} for {NEW} or {NEW[:-2]}66", {"device": OLD, "mac": f"{NEW} {NEW[:-2]}66"}),
        (f"swap {OLD} with MAC: {NEW} Wi-Fi MAC: {NEW[:-2]}5D", BOTH),
    ],
)
def test_what_is_missing_or_not_clear_is_asked_for(text, inputs):
    assert read(text) == ("swap phone", inputs)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        (f"add phone {NEW} 8865 for Bob instead of Jack", "add phone"),
        (f"add phone {NEW} 8865 for Bob, old one is broken", "add phone"),
        (f"new phone {NEW} 8865 for Bob", "add phone"),
        (f"add phone {NEW} 8865 for kim or {OLD}", "add phone"),
        (f"give Kim a new 8865 {NEW}", "add phone"),
        (f"{NEW} 8865 for Dead Sea Room", "add phone"),
        (f"delete {OLD}, we replace it tomorrow", "delete device"),
        (f"{OLD} is broken", "device"),
        ("Kim's 8845 is broken", "device"),
        ("new phone for Dead Sea Room", "add phone"),
        ("old phone of Kim", "device"),
        ("what phone replaces Kim's", "swap phone"),
        ("who has the replacement phone", "device"),
        ("how do I replace a phone", "help"),
    ],
)
def test_not_every_new_phone_replaces_one(text, verb):
    assert read(text)[0] == verb


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        (f"replace {OLD} with {NEW[:-2]}66, sorry, {NEW}", BOTH),
        (f"replace {OLD} with {NEW[:-2]}66 8865, no wait, with {NEW}", WITH_MODEL),
        (f"replace {OLD} with {NEW[:-2]}66 8845, sorry, {NEW} 8865", WITH_MODEL),
        (f"replace {OLD} with {NEW} 8845, sorry, an 8865", WITH_MODEL),
        (f"replace {OLD[:-2]}66 with {NEW}, I mean {OLD} with {NEW}", BOTH),
    ],
)
def test_what_is_said_last_counts(text, inputs):
    assert read(text) == ("swap phone", inputs)


def test_a_correction_that_may_mean_either_phone_is_not_guessed():
    (parsed,) = PARSER.parse_all(f"replace {OLD} with {NEW}, sorry, the old one is {OLD[:-2]}66")
    assert isinstance(parsed, Unknown)


@pytest.mark.parametrize(
    "text", [f"don't replace {OLD} with {NEW}", f"please do not swap Kim's phone with {NEW}"]
)
def test_what_is_not_to_be_replaced_is_not_replaced(text):
    (parsed,) = PARSER.parse_all(text)
    assert isinstance(parsed, Unknown)
    assert parsed.negated


def test_a_swap_that_is_asked_about_is_offered_and_not_made():
    (parsed,) = PARSER.parse_all(f"did you replace {OLD} with {NEW}?")
    assert isinstance(parsed, Unknown)
    assert parsed.guesses == (f"replace {OLD} with {NEW}",)


def written(mac: str) -> st.SearchStrategy[str]:
    """A MAC as labels, switches and people write it."""
    digits = mac.replace(":", "")
    dotted = ".".join(digits[start : start + 4] for start in range(0, 12, 4))
    return st.sampled_from([mac, mac.replace(":", "-"), dotted, digits, dotted.lower()])


@given(
    written(OLD),
    written(NEW),
    st.sampled_from(["", " 8865", " CP-8865-K9", " Cisco 8865", " (8865)", ", an 8865"]),
    st.sampled_from(
        [
            "swap {} with {}", "replace phone {} by {}", "exchange {} for {}", "old {} new {}",
            "please swap the phone {} with the new one {}", "{} -> {}",
            "Kim's phone broke: replace {} with {}", "tausche {} gegen {}", "remplacer {} par {}",
        ]
    ),
    st.sampled_from(["", ".", " please", ", thanks!", " because it is broken", " asap"]),
)  # fmt: skip
def test_every_wording_gives_the_same_inputs(old, new, model, sentence, end):
    verb, args = read(sentence.format(old, new) + model + end)
    assert verb == "swap phone"
    assert (args["device"], args["mac"]) == (OLD, NEW)
    assert ("8865" in args.get("model", "")) == bool(model)
