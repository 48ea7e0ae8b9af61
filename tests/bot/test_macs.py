"""MAC addresses within text: typed, pasted, dictated, or scanned from a label."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models.mac import find_macs, find_near_macs, mac_fragment, parse_mac
from bot.domain.language.model_text import find_models

MAC = "6C5E3BA0B1C2"
PAIRS = "6C:5E:3B:A0:B1:C2"


def spans_of(text: str) -> list[str]:
    """What of the text is a MAC with its label."""
    return [text[match.start : match.end] for match in find_macs(text)]


@pytest.mark.parametrize(
    "written",
    [
        "6C5E3BA0B1C2",
        "6c5e3ba0b1c2",
        "6C:5E:3B:A0:B1:C2",
        "6C-5E-3B-A0-B1-C2",
        "6C.5E.3B.A0.B1.C2",
        "6C 5E 3B A0 B1 C2",
        "6C_5E_3B_A0_B1_C2",
        "6c5e.3ba0.b1c2",
        "6c5e-3ba0-b1c2",
        "6c5e 3ba0 b1c2",
        "6c5-e3b-a0b-1c2",
        "6c5e3b-a0b1c2",
        "6c5e3b:a0b1c2",
        "6C–5E–3B–A0–B1–C2",
        "6C—5E—3B—A0—B1—C2",
        "6C‑5E‑3B‑A0‑B1‑C2",
        "6C‒5E‒3B‒A0‒B1‒C2",
        "6C−5E−3B−A0−B1−C2",
        "6C\u00a05E\u00a03B\u00a0A0\u00a0B1\u00a0C2",
        "6C\u202f5E\u202f3B\u202fA0\u202fB1\u202fC2",
        "６Ｃ：５Ｅ：３Ｂ：Ａ０：Ｂ１：Ｃ２",
        "6C5E3B\u200bA0B1C2",
        "6c : 5e : 3b : a0 : b1 : c2",
        "6C - 5E - 3B - A0 - B1 - C2",
        "6c dash 5e dash 3b dash a0 dash b1 dash c2",
        "6c colon 5e colon 3b colon a0 colon b1 colon c2",
        "6C:5E 3B:A0:B1-C2",
        "6C;5E;3B;A0;B1;C2",
        "6C:5E;3B,A0:B1:C2",
        "6C5E:3BA0B1C2",
        "6C:5E:3BA0:B1:C2",
        "6C:5E:3B:\nA0:B1:C2",
        "MAC:\n6C5E3BA0B1C2",
        "23S6C5E3BA0B1C2",
        "0x6C5E3BA0B1C2",
        "6 c 5 e 3 b a 0 b 1 c 2",
        "SEP6C5E3BA0B1C2",
        "sep6c5e3ba0b1c2",
        "ATA6C5E3BA0B1C2",
        "SEP 6C5E3BA0B1C2",
        "SEP-6C5E3BA0B1C2",
        "MAC6C5E3BA0B1C2",
        "MAC: 6C5E3BA0B1C2",
        "mac 6C5E3BA0B1C2",
        "mac=6C5E3BA0B1C2",
        "MAC#6C5E3BA0B1C2",
        "MAC Addr: 6C:5E:3B:A0:B1:C2",
        "MAC Address 6C:5E:3B:A0:B1:C2",
        "MAC-ID: 6C5E3BA0B1C2",
        "MAC 1: 6C5E3BA0B1C2",
        "Ethernet MAC 6C5E3BA0B1C2",
        "macAddress=6C5E3BA0B1C2",
        "mac_address: 6C5E3BA0B1C2",
        "the mac is 6C5E3BA0B1C2",
        "MAC-Adresse: 6C5E3BA0B1C2",
        "adresse MAC 6C5E3BA0B1C2",
        "dirección MAC: 6C5E3BA0B1C2",
        '"6C5E3BA0B1C2"',
        "`6C5E3BA0B1C2`",
        "<6C5E3BA0B1C2>",
        "(6C:5E:3B:A0:B1:C2)",
        "**6C5E3BA0B1C2**",
        '{"mac":"6C5E3BA0B1C2","sn":"FCH2145D1AB"}',
        "onboardingMethod:3 mac:6C5E3BA0B1C2",
        "PID: CP-8865-K9 , VID: V08 , SN: FCH2145D1AB, MAC: 6C5E3BA0B1C2",
        "SEP6C5E3BA0B1C2.cnf.xml",
        "6C5E3BA0B1C2.",
        "6C5E3BA0B1C2 6c:5e:3b:a0:b1:c2",
    ],
)
@pytest.mark.parametrize("around", ["{}", "add phone {} 8865 for bob@acme.example", "1. {}, 8865"])
def test_a_mac_is_read_in_every_written_form(written, around):
    text = around.format(written)

    assert {match.digits for match in find_macs(text)} == {MAC}
    assert parse_mac(text) == MAC


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("add phone MAC Addr: 6C:5E:3B:A0:B1:C2 8865", "MAC Addr: 6C:5E:3B:A0:B1:C2"),
        ("add phone SEP6C5E3BA0B1C2 8865", "SEP6C5E3BA0B1C2"),
        ('{"mac":"6C5E3BA0B1C2","sn":"X"}', '"mac":"6C5E3BA0B1C2"'),
        ("mac='6C5E3BA0B1C2' model=8865", "mac='6C5E3BA0B1C2'"),
        ("MAC: (6C5E3BA0B1C2) for bob", "MAC: (6C5E3BA0B1C2)"),
        ("for Kim, the MAC is 6C5E3BA0B1C2", "the MAC is 6C5E3BA0B1C2"),
        ("die MAC-Adresse ist 6C5E3BA0B1C2", "die MAC-Adresse ist 6C5E3BA0B1C2"),
        ("device with mac 6C5E3BA0B1C2.", "mac 6C5E3BA0B1C2"),
        ("téléphone de 6C 5E 3B A0 B1 C2 pour Kim", "6C 5E 3B A0 B1 C2"),
        ("8865 6c5e 3ba0 b1c2", "6c5e 3ba0 b1c2"),
        ("6c5e 3ba0 b1c2 1107", "6c5e 3ba0 b1c2"),
        ("0011 2233 4455 8865", "0011 2233 4455"),
        ("8865 - 6C5E3BA0B1C2", "6C5E3BA0B1C2"),
        ("Bob: 6C5E3BA0B1C2", "6C5E3BA0B1C2"),
        ("für Zoë：６Ｃ５Ｅ３ＢＡ０Ｂ１Ｃ２ bitte", "６Ｃ５Ｅ３ＢＡ０Ｂ１Ｃ２"),
    ],
)
def test_a_mac_is_taken_with_its_label_and_nothing_else(text, span):
    assert spans_of(text) == [span]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FCH2145D1AB",
        "SN: FCH2145D1AB 8865",
        "6C5E3BA0B1C2F",
        "SEP6C5E3BA0B1C2F",
        "SEP 6C5E3BA0B1C2F",
        "6C:5E:3B:A0:B1:C2:FF",
        "FF:6C:5E:3B:A0:B1:C2",
        "6C:5E:3B:A0:B1:C2:F",
        "6C:5E:3B:A0:B1",
        "O6C5E3BA0B1C2",
        "6C5E3BAOB1C2",
        "6C:5E:3B:AO:B1:C2",
        "6C:5E:3B:A0:B1:C2:1l",
        "6c5e.3ba0.b1c2.00ff",
        "001122334455@acme.example",
        "bob.001122334455@acme.example",
        "bob@001122334455.example",
        "+49 1512 3456 7890",
        "+491512345678",
        "5414 0112 5617 3816",
        "5414011256173816",
        "192.168.100.200",
        "b0b0b0b0-0001-4000-8000-00000000b0b0",
        "29-11-26 12:30:45",
        "2026-11-29 12:30:45",
        "add a cafe, a bed and a face",
        "1107, 1108, 1109",
        "8865 8845 8841",
        "8865 1107 1108",
        "12,34,56,78,90,12",
        "ab;cd;ef;ab;cd;ef;12",
        "2026-11-29-1230",
    ],
)
def test_what_has_no_twelve_digits_of_its_own_is_no_mac(text):
    assert find_macs(text) == []


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("add phone 6C:5E:3B:A0:B1 8865", "6C5E3BA0B1"),
        ("6C:5E:3B:A0:B1:C2:FF", "6C5E3BA0B1C2FF"),
        ("6C:5E:3B:A0:B1:C", "6C5E3BA0B1C"),
        ("6C 5E 3B A0 B1 C2 12", "6C5E3BA0B1C212"),
        ("SEP6C5E3BA0B1C2F", "6C5E3BA0B1C2F"),
        ("MAC: 6C5E3BA0B1", "6C5E3BA0B1"),
        ("6C5E3BAOB1C2", "6C5E3BAOB1C2"),
        ("l1:22:33:44:55:66", "L12233445566"),
        ("6c5e.3ba0.b1", "6C5E3BA0B1"),
        ("OO:11:22:33:44:55", "OO1122334455"),
        ("0O-Il-22-33-44-55", "0OIL22334455"),
        ("00112233445", "00112233445"),
        ("0011223344556", "0011223344556"),
    ],
)
def test_a_mac_with_a_wrong_digit_is_a_near_one(text, digits):
    assert [match.digits for match in find_near_macs(text)] == [digits]


@pytest.mark.parametrize(
    "text",
    [
        MAC,
        f"add phone {PAIRS} 8865",
        "FCH2145D1AB",
        "CP-8865-3PCC-K9=",
        "ATA192-3PW-K9",
        "DBS-210-3PC",
        "06 12 34 56 78",
        "+4930123456789",
        "10.20.30.40",
        "12:30:45",
        "2026-11-29 12:30",
        "b0b0b0b0-0001-4000-8000-00000000b0b0",
        "deadbeef99@acme.example",
        "www.acme.example",
        "conference12",
        "a bed, add a face",
        "11,12,13,14,15",
        "for 15125550107",
        "phone number: 15125550107",
    ],
)
def test_what_is_something_else_is_no_near_mac(text):
    assert find_near_macs(text) == []


def test_two_different_macs_are_asked_about():
    with pytest.raises(ValueError, match=r"two MAC addresses: 6C:5E.* and 00:11:22:33:44:55"):
        parse_mac(f"{PAIRS} or 00:11:22:33:44:55")


@pytest.mark.parametrize(
    "label",
    [
        "PID: DP-9861 SN: FCH2145D1AB LAN MAC: 6C5E3BA0B1C2 WIFI MAC: 6C5E3BA0B1C3",
        "MAC: 6C5E3BA0B1C2 Wi-Fi MAC: 6C5E3BA0B1C3",
        "MAC Address (LAN): 6C5E3BA0B1C2, MAC Address (WLAN): 6C5E3BA0B1C3",
        '{"mac":"6C5E3BA0B1C2","wifiMac":"6C5E3BA0B1C3"}',
    ],
)
def test_a_label_with_a_radio_names_the_mac_of_the_cable(label):
    assert parse_mac(label) == MAC
    assert [match.is_radio for match in find_macs(label)] == [False, True]
    assert parse_mac("Wi-Fi MAC: 6C5E3BA0B1C3") == "6C5E3BA0B1C3"


def test_many_macs_are_counted():
    text = " ".join(f"0011223344{number}" for number in range(50, 57))

    with pytest.raises(ValueError, match=r"I read 7 MAC addresses.* and 2 more"):
        parse_mac(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("6C:5E:3B:A0:B1", "I read 10 digits: 6C5E3BA0B1."),
        ("SEP6C5E3BA0B1C2F", "I read 13 digits: 6C5E3BA0B1C2F."),
        (
            "6C5E3BAOB1C2",
            "6C5E3BAOB1C2 has the letter O, which no MAC address has. Is it the digit 0?",
        ),
        (
            "6C5E3BAOBlC2",
            "has the letters O and L, which no MAC address has. Are they the digits 0",
        ),
        ("6C5E3BAXB1C2", "has the letter X, which no MAC address has."),
        ("6С5E3BA0B1C2", "has the letter С (Cyrillic), which no MAC address has."),
    ],
)
def test_the_sentence_says_what_is_wrong(text, sentence):
    with pytest.raises(ValueError, match="twelve hex digits") as error:
        parse_mac(text)

    assert sentence in str(error.value)


@pytest.mark.parametrize("text", [f"{MAC} F", f"{MAC} 12"])
def test_a_digit_too_many_beside_it_is_not_ignored(text):
    with pytest.raises(ValueError, match="twelve hex digits"):
        parse_mac(text)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("3344.a1", "3344A1"),
        ("44-a1", "44A1"),
        ("4455", "4455"),
        ("44:55", "4455"),
        ("44–55", "4455"),
        ("44 55 a1", "4455A1"),
        ("SEP0011", "0011"),
        ("mac 0011", "0011"),
        (":a1:b2", "A1B2"),
        ("ca:fe", "CAFE"),
        (PAIRS, MAC),
        ("12", None),
        ("cafe", None),
        ("Ada", None),
        ("lobby", None),
        ("", None),
        ("bob@acme.example", None),
        ("6C5E3BA0B1C2F", None),
    ],
)
def test_a_part_of_a_mac_is_read_in_any_form(text, digits):
    assert mac_fragment(text) == digits


hex_digits = st.text("0123456789abcdefABCDEF", min_size=12, max_size=12).filter(
    lambda digits: len(set(digits)) > 1
)
fillers = st.lists(
    st.sampled_from(
        ["add phone", "8865", "for bob@acme.example", "please", "MAC", "👍", "SN: FCH2145D1AB",
         "in Büro Süd", "CP-8865-K9,", "für Zoë", "1107"]
    ),
    max_size=4,
    unique=True,
).map(" ".join)  # fmt: skip


@st.composite
def written_macs(draw: st.DrawFn) -> tuple[str, str]:
    """Digits, and one of the forms in which they are written."""
    digits = draw(hex_digits)
    size = draw(st.sampled_from([2, 4, 6, 12]))
    separator = draw(st.sampled_from([":", "-", ".", "–", "—", "‑", "‒", "−", " : ", " - "]))
    form = separator.join(digits[at : at + size] for at in range(0, 12, size))
    template = draw(
        st.sampled_from(["{}", '"{}"', "`{}`", "({})", "<{}>", "MAC: {}", "mac={}", "MAC Addr: {}"])
    )
    return digits.upper(), template.format(form)


@given(written_macs(), fillers, fillers)
def test_a_mac_in_any_form_within_any_words_is_found(mac, before, after):
    digits, written = mac
    text = f"{before} {written} {after}"

    assert [match.digits for match in find_macs(text)] == [digits]
    assert parse_mac(text) == digits


@given(st.text("0123456789abcdef :.-–OIl@", max_size=60) | st.text(max_size=80))
def test_a_found_mac_is_twelve_digits_of_the_text(text):
    end = 0
    for match in find_macs(text):
        assert match.start >= end
        end = match.end
        assert len(match.digits) == 12
        assert set(match.digits) <= set("0123456789ABCDEF")
    for near in find_near_macs(text):
        assert 0 <= near.start < near.end <= len(text)


@given(st.text("0123456789abcdefABCDEF", min_size=13, max_size=13), st.sampled_from(["", "SEP"]))
def test_thirteen_digits_are_never_a_mac(digits, prefix):
    assert find_macs(f"add phone {prefix}{digits} 8865") == []


@given(st.text("0123456789abcdefGHIJKLmnopq :.-@", max_size=80))
def test_without_twelve_hex_digits_there_is_no_mac(text):
    hex_count = sum(char in "0123456789abcdef" for char in text)

    assert hex_count >= 12 or find_macs(text) == []


@pytest.mark.parametrize(
    "part",
    ["a1:", "a1 ", "a ", "1234 ", "d82e.", "+1", "mac ", "'", "@a1.b2c3d4e5f6a7", "6C5E3BA0B1C2 ",
     "a1:b2 ", "a1;", "O1:", "é"],
)  # fmt: skip
@pytest.mark.parametrize("find", [find_macs, find_near_macs, find_models], ids=lambda f: f.__name__)
def test_the_time_grows_with_the_length_only(part, find):
    text = part * (40_000 // len(part))
    started = time.process_time()

    find(text)

    assert time.process_time() - started < 4  # it takes 0.1 s; steps that repeat take minutes


@pytest.mark.parametrize(
    "text", ["for 1107 8865 000A:0000:0000", "8865 1107 000a-0000-0000", "1107 8865 000A.0000.0000"]
)
def test_groups_with_a_sign_between_them_belong_together(text):
    assert [match.digits for match in find_macs(text)] == ["000A00000000"]
