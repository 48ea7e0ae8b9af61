"""The names of phone models within text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.language.model_name import DeviceKind, kind_of, read_model_name
from bot.domain.language.model_text import find_models


def names_in(text: str) -> list[str]:
    """The names of models in the text, as they stand there."""
    matches = find_models(text)
    assert [text[match.start : match.end] for match in matches] == [match.text for match in matches]
    return [match.text for match in matches]


@pytest.mark.parametrize(
    "name",
    [
        "8865",
        "８８６５",
        "Cisco 8865",
        "DMS Cisco 8865",
        "8845 MPP",
        "8845 (MPP)",
        "8865NR",
        "CP-8865-K9",
        "CP‑8865‑K9",
        "cp8865",
        "cisco cp-8865",
        "CP-8865-3PCC-K9=",
        "CP-8865-3PW-NA-K9=",
        "CP-8832-EU-K9",
        "DP-9841-K9=",
        "CP-8866-K9",
        "ATA192-3PW-K9",
        "ATA191-3PW-K9",
        "ATA 192",
        "Cisco 192",
        "DBS-210-3PC",
        "DBS110",
        "Cisco DECT 210 Base",
        "CP-6825-HS",
        "Cisco IP Phone 8845 with Multiplatform Firmware",
        "Cisco IP Conference Phone 8832",
        "Cisco Video Phone 8875",
        "Cisco Desk Phone 9851",
        "Cisco Webex Wireless Phone 860",
        "2N Customer Managed",
        "Generic IPPhone Customer Managed",
        "Imagicle Customer Managed",
        "Polycom VVX 450",
        "VVX450",
        "DMS Polycom EE400",
        "Yealink SIP-T46S",
        "T54W",
        "Grandstream GXP2170",
        "Nokia 3310",
        "Cisco8865",
        "CP8865K9",
        "CP-8865-K9++=",
        "Cisco IP Phone 8800 Series 8865",
        "Cisco ATA 192 Analog Telephone Adapter",
        "8832 conference phone",
        "8865 IP phone",
        "DECT 6825 handset",
        "Codec Pro",
        "Cisco 6861 Wi-Fi",
        "Cisco VG400 ATA",
        "Cisco 8800 A-KEM",
        "Poly ATA 402",
        "Poly Trio C60",
        "Edge E350",
        "AudioCodes MP-1288",
        "Singlewire InformaCast Customer Managed",
        "Generic SIP Gateway",
        "Webex Room 70G2",
        "Spark Board 55",
        "CS-BOARD70S-K9++",
        "DMS Sandbox WP100",
        "Room Kit Mini",
        "Webex Board 55",
        "Desk Pro",
        "Room Bar",
        "DX80",
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "add phone {} for bob@acme.example",
        "{}, for Kim",
        "Kim needs a {}.",
        "add 6C:5E:3B:A0:B1:C2 {} please",
    ],
)
def test_a_model_is_found_with_its_whole_name(name, around):
    assert names_in(around.format(name)) == [name]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("an 8865", ["8865"]),
        ("activation code 8865 for 7841", ["8865", "7841"]),
        ("model #8865", ["8865"]),
        ("an 8865 phone", ["8865"]),
        ("model=8865", ["8865"]),
        ("Model: 8865 / For: bob", ["8865"]),
        ("8865/8845", ["8865", "8845"]),
        ("erin's 8845", ["8845"]),
        ("PID: CP-8865-K9 , VID: V08 , SN: FCH2145D1AB, MAC: 6C5E3BA0B1C2", ["CP-8865-K9"]),
        ("8865 6841 2233 a455", ["8865"]),
    ],
)
def test_only_the_name_is_taken(text, names):
    assert names_in(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "",
        "add phone for bob",
        "for 1107",
        "ext 8865",
        "x8865",
        "+1 512 555 8865",
        "since 2026",
        "6841 2233 a455",
        "68:41:22:33:44:55",
        "bob.8865@acme.example",
        "8865@acme.example",
        "tag +floor8865",
        "#8865",
        "8800 Series",
        "access code 8865",
        "in the Axis lab for Polly",
        "Webex Room Berlin",
        "Boardroom",
        "the room device of Kim",
        "video devices in Berlin",
        "the board room",
        "Meeting Room 70",
        "Conference 1107",
        "approve 7K3F",
    ],
)
def test_what_is_something_else_is_no_model(text):
    assert names_in(text) == []


parts = st.lists(
    st.sampled_from(
        ["Cisco", "CP-", "8865", "-K9", "=", " ", "MPP", "ATA", "192", "DECT", "Poly", "VVX", "450",
         "Room", "Kit", "Webex", "Series", "Ｗ", "ß", "ŉ", "6C5E3BA0B1C2", ":", "-", "\n"]
    )
).map("".join)  # fmt: skip


@given(parts | st.text(max_size=80))
def test_names_stand_in_the_text_one_behind_the_other(text):
    end = 0
    for match in find_models(text):
        assert end <= match.start < match.end
        assert text[match.start : match.end] == match.text
        end = match.end
    name = read_model_name(text)
    assert name.number or not (name.family or name.variant)
    assert kind_of(text) in (None, *DeviceKind)
