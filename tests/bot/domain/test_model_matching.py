"""Each model of an organization is found by its number, and never taken for a neighbour."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models.webex import PhoneModel
from bot.domain.forms import ParsedForm
from bot.domain.known_models import KNOWN_MODELS
from bot.domain.language.model_name import DeviceKind, ModelName, kind_of, read_model_name
from bot.domain.lookup import models
from bot.domain.lookup.models import names_room_device
from tests.example_org import model

CATALOGUE = Path(__file__).parents[3] / "sandbox" / "data" / "supported-devices.json"
ROWS = [
    PhoneModel(
        model=row["model"],
        display_name=row["displayName"],
        type=row["type"],
        manufacturer=row["manufacturer"],
        managed_by=row["managedBy"],
        supported_for=frozenset(row["supportedFor"]),
        onboarding=frozenset(row["onboardingMethod"]),
    )
    for row in json.loads(CATALOGUE.read_text("utf-8"))["devices"]
]
CISCO_ROWS = [row for row in ROWS if row.display_name.startswith("Cisco ")]
DESK_PHONES = [row for row in CISCO_ROWS if row.type != "ATA"]
# Names that Control Hub lists, of many makers and with their oddities.
CONTROL_HUB = [
    PhoneModel(model=f"DMS {name}", display_name=name, manufacturer=manufacturer)
    for manufacturer, names in (
        (
            "CISCO",
            "Cisco 191, Cisco 192, Cisco 840, Cisco 860, Cisco 6823, Cisco 6861, Cisco 6861 Wi-Fi,"
            " Cisco 8800 A-KEM, Cisco 8800 BE-KEM, Cisco 8811, Cisco 8832, Cisco 8865, Cisco 9821,"
            " Cisco VG400 ATA, Cisco VG420 ATA",
        ),
        (
            "THIRD_PARTY",
            "AudioCodes 425HD, AudioCodes C450HD, AudioCodes MP-124E (TLS 17FXS),"
            " AudioCodes MP-1288, AudioCodes MP202, AudioCodes MP202R, Poly ATA 400, Poly ATA 402,"
            " Poly Trio 8800, Poly Trio C60, Poly VVX 101, Poly VVX 450, Polycom CCX400,"
            " Polycom CCX500, Polycom EE350, Polycom EE450, Polycom SSIP6000, SNOM D785,"
            " Yealink CP920, Yealink T46S, Yealink T46U, Yealink T58, Yealink T58V, Yealink W70P,"
            " Yealink AX86R",
        ),
    )
    for name in names.split(", ")
]
PRODUCT_IDS = [
    "CP-{}-K9",
    "CP-{}-K9=",
    "cp-{}-3pcc-k9",
    "CP-{}-3PCC-K9=",
    "CP-{}-3PW-NA-K9=",
    "CP-{}-EU-K9",
    "CP‑{}‑W‑K9",
    "CP{}",
    "CP{}K9",
    "CP-{}-K9++=",
    "CP {}",
    "DP-{}-K9=",
]
NAMES = [
    "{}",
    "an {}",
    "a Cisco {}",
    "cisco {}",
    "DMS Cisco {}",
    "Cisco{}",
    "Cisco IP Phone 8800 Series {}",
    "Cisco IP Phone {}",
    "Cisco IP Conference Phone {}",
    "Cisco Video Phone {}",
    "Cisco IP Phone {} with Multiplatform Firmware",
    "Cisco IP Phone {} Multi-Platform Phone",
    "{} MPP",
    "{} (MPP)",
    "{}s",
    "Model: {}",
    "FCH2145D1AB {}",
    "{} FCH2145D1AB",
    "PID: CP-{}-K9 , VID: V08 , SN: FCH2145D1AB, MAC: 6C5E3BA0B1C2",
]


def matched(text: str, rows: list[PhoneModel] = ROWS) -> list[str]:
    """The names of the models that the text may mean."""
    return [row.display_name for row in models.matching(text, rows)]


@pytest.mark.parametrize("row", CONTROL_HUB, ids=lambda row: row.display_name)
def test_a_name_of_control_hub_is_that_model(row):
    assert matched(row.display_name, CONTROL_HUB) == [row.display_name]
    assert matched(f"a {row.display_name}, please", CONTROL_HUB)[:1] == [row.display_name]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("6861", ["Cisco 6861", "Cisco 6861 Wi-Fi"]),
        ("Cisco IP Phone 6861 WiFi", ["Cisco 6861 Wi-Fi"]),
        ("CP-860-K9=", ["Cisco 860"]),
        ("Webex Wireless Phone 860", ["Cisco 860"]),
        ("WP-9821", ["Cisco 9821"]),
        ("VG400", ["Cisco VG400 ATA"]),
        ("VG-420", ["Cisco VG420 ATA"]),
        ("ATA191", ["Cisco 191"]),
        ("Cisco 400", []),
        ("ATA 402", ["Poly ATA 402"]),
        ("CP-8811-3PWNAK9-RF", ["Cisco 8811"]),
        ("Trio 8800", ["Poly Trio 8800"]),
        ("Polycom VVX450", ["Poly VVX 450"]),
        ("Poly CCX 500", ["Polycom CCX500"]),
        ("Poly Edge E350", ["Polycom EE350"]),
        ("Edge E450", ["Polycom EE450"]),
        ("Polycom SoundStation IP 6000", ["Polycom SSIP6000"]),
        ("SIP-T46U", ["Yealink T46U"]),
        ("Yealink T46", []),
        ("Yealink SIP-T58", ["Yealink T58", "Yealink T58V"]),
        ("D785", ["SNOM D785"]),
        ("MP-202R", ["AudioCodes MP202R"]),
        ("Poly 450", []),
        ("450", []),
        ("8800", ["Cisco 8800 A-KEM", "Cisco 8800 BE-KEM"]),
    ],
)
def test_a_model_of_a_large_list_is_found(text, names):
    assert matched(text, CONTROL_HUB) == names


def number_of(row: PhoneModel) -> str:
    """`8865` of `Cisco 8865`."""
    return row.display_name.split()[-1]


def error_of(text: str, rows: list[PhoneModel] = ROWS) -> str:
    """What stands beside the field."""
    form = ParsedForm({"model": text})
    assert models.find_model(form, rows, "MAC_ADDRESS") is None
    return form.problems["model"]


@pytest.mark.parametrize("wrapping", [*PRODUCT_IDS, *NAMES])
def test_each_desk_phone_is_found_by_its_number(wrapping):
    for row in DESK_PHONES:
        assert matched(wrapping.format(number_of(row))) == [row.display_name]


@pytest.mark.parametrize(
    "text", ["192", "ATA192", "ata 192", "ATA-192", "ATA192-3PW-K9", "Cisco ATA 192", "Cisco 192"]
)
def test_an_adapter_is_found_with_or_without_its_family(text):
    assert matched(text) == ["Cisco 192"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.model)
def test_each_model_is_found_by_its_own_names(row):
    for text in (row.model, row.display_name, f"a {row.display_name}", row.model.upper()):
        assert matched(text) == [row.display_name]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Poly EE400", "Polycom EE400"),
        ("EE400", "Polycom EE400"),
        ("WP100", "Sandbox WP100"),
        ("2N", "2N Customer Managed"),
        ("2N IP Verso", "2N Customer Managed"),
        ("generic ip phone", "Generic IPPhone Customer Managed"),
        ("Imagicle", "Imagicle Customer Managed"),
    ],
)
def test_other_makers_are_found_by_maker_or_number(text, name):
    assert matched(text) == [name]


@pytest.mark.parametrize("row", DESK_PHONES, ids=lambda row: row.model)
@pytest.mark.parametrize("wrapping", ["{}", "CP-{}-K9", "Cisco IP Phone {}", "{} MPP"])
def test_a_model_that_is_not_in_the_list_is_not_taken_for_another(row, wrapping):
    others = [other for other in ROWS if other != row]

    assert matched(wrapping.format(number_of(row)), others) == []


@pytest.mark.parametrize(
    "text",
    [
        "ATA191-3PW-K9",
        "ATA 191",
        "CP-8866-K9",
        "8866 or 8865",
        "8865NR",
        "CP-8865NR-K9",
        "CP-8865-NR-K9",
        "Yealink 8865",
        "Polycom VVX 400",
        "VVX400",
        "ATA8865",
        "8865X",
    ],
)
def test_a_neighbour_is_suggested_at_most(text):
    assert matched(text) == []
    assert error_of(text).startswith(f"Your organization has no model “{text}”.")


@given(st.integers(0, 9999).map("{:04}".format), st.sampled_from([*PRODUCT_IDS, *NAMES]))
def test_any_number_is_that_model_or_none(number, wrapping):
    names = matched(wrapping.format(number))

    assert names in ([], [f"Cisco {number}"])
    assert bool(names) == (f"Cisco {number}" in {row.display_name for row in DESK_PHONES})


def test_a_variant_is_found_by_its_letters_only():
    rows = [model("8865"), model("8865 NR"), model("8841 NR")]

    assert matched("CP-8865NR-K9", rows) == ["Cisco 8865 NR"]
    assert matched("phone 8865", rows) == ["Cisco 8865", "Cisco 8865 NR"]
    assert matched("CP-8841-K9", rows) == []


def test_two_rows_for_two_firmwares_are_asked_about():
    rows = [model("8865"), model("8865 MPP")]

    assert matched("CP-8865-K9", rows) == ["Cisco 8865", "Cisco 8865 MPP"]
    assert matched("CP-8865-3PCC-K9=", rows) == ["Cisco 8865 MPP"]
    assert matched("8865 multiplatform", rows) == ["Cisco 8865 MPP"]
    assert error_of("CP-8865-K9", rows) == (
        "“CP-8865-K9” can be Cisco 8865 or Cisco 8865 MPP. Please choose one."
    )


def test_two_models_in_one_field_are_asked_about():
    assert error_of("8865 or 8845") == (
        "“8865 or 8845” can be Cisco 8845 or Cisco 8865. Please choose one."
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("DBS-210-3PC", "“DBS-210-3PC” is a DECT base station, not a phone: it belongs to a DECT"),
        ("DBS110", "is a DECT base station"),
        ("Cisco DECT 210 Base", "is a DECT base station"),
        ("dect base", "is a DECT base station"),
        ("6825", "is a DECT handset"),
        ("CP-6823-HS", "is a DECT handset"),
    ],
)
@pytest.mark.parametrize("rows", [ROWS, KNOWN_MODELS], ids=["list", "known models"])
def test_another_kind_of_device_is_told_where_it_goes(text, sentence, rows):
    assert sentence in error_of(text, rows)
    assert "to NETWORK" in error_of(text, rows)


@pytest.mark.parametrize(
    "text",
    [
        "Room Kit Mini",
        "Cisco Desk Pro",
        "Webex Board 55",
        "DX80",
        "room device",
        "Desk device",
        "room",
    ],
)
@pytest.mark.parametrize("rows", [ROWS, KNOWN_MODELS], ids=["list", "known models"])
def test_a_room_device_is_told_to_take_a_code(text, rows):
    assert "is a room device, not a desk phone" in error_of(text, rows)
    assert "Type: activation code room device in WORKSPACE" in error_of(text, rows)
    assert names_room_device(text, rows)


@pytest.mark.parametrize("text", ["desk", "Board", "room", "roomos"])
def test_in_the_field_of_a_code_a_word_is_enough(text):
    assert names_room_device(text, ROWS)


@pytest.mark.parametrize("text", ["", "8865", "desk phone", "boardroom"])
def test_a_phone_is_no_room_device(text):
    assert not names_room_device(text, ROWS)


def test_a_model_that_the_list_has_is_a_phone():
    assert not names_room_device("Cisco Desk Pro", [model("Desk Pro")])


def test_a_handset_that_the_list_has_is_a_model():
    assert matched("CP-6825-HS", [model("6825")]) == ["Cisco 6825"]


@pytest.mark.parametrize("text", ["8865", "Cisco 6841", "board", "ATA192", "Polycom 6825", ""])
def test_a_phone_is_no_other_kind_of_device(text):
    assert kind_of(text) is None


def test_a_room_device_is_known_within_a_sentence():
    assert kind_of("please a Room Kit for the boardroom") is DeviceKind.ROOM_DEVICE


@pytest.mark.parametrize("text", ["these phones", "banana", "Cisco"])
def test_a_text_without_a_model_is_answered_so(text):
    assert (
        error_of(text) == f"I could not find a model in “{text}”. Please choose one from the list."
    )


def test_nothing_is_said_of_a_list_that_was_not_read():
    assert error_of("8866", KNOWN_MODELS).startswith(
        "I could not read the list of models, and I do not know “8866”. Did you mean Cisco 88"
    )
    assert "type its whole name as in Control Hub" in error_of("banana", KNOWN_MODELS)


def test_a_long_text_is_quoted_shortly():
    assert len(error_of("nonsense " * 100)) < 200


@pytest.mark.parametrize("text", ["CP-8865-K9", "an 8865", "ata 192", "Cisco IP Phone 8865 MPP"])
def test_the_box_is_filled_where_the_answer_is_known(text):
    box = models.model_field(ROWS, "MAC_ADDRESS", text)

    assert [box.value] == [row.model for row in models.matching(text, ROWS)]
    assert box.error == ""


@pytest.mark.parametrize(
    ("text", "method", "sentence"),
    [
        ("WP100", "MAC_ADDRESS", "is added with an activation code, not by MAC"),
        ("ATA192-3PW-K9", "ACTIVATION_CODE", "does not take an activation code"),
        ("DBS110", "MAC_ADDRESS", "is a DECT base station"),
    ],
)
def test_the_box_says_why_a_known_model_is_not_offered(text, method, sentence):
    box = models.model_field(ROWS, method, text)

    assert box.value == ""
    assert sentence in box.error


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CP-8865-3PCC-K9=", ModelName(number="8865", is_multiplatform=True)),
        ("Cisco IP Phone 8845 MPP", ModelName("CISCO", number="8845", is_multiplatform=True)),
        ("8845MPP", ModelName(number="8845", is_multiplatform=True)),
        ("CP-8865NR-K9", ModelName(number="8865", variant="NR")),
        ("8832-NR-K9", ModelName(number="8832", variant="NR")),
        ("ATA191-3PW-K9", ModelName(family="ATA", number="191", is_multiplatform=True)),
        ("Cisco 192", ModelName("CISCO", "ATA", "192")),
        ("DBS-210-3PC", ModelName(family="DBS", number="210", is_multiplatform=True)),
        ("Cisco DECT 110 Base", ModelName("CISCO", "DBS", "110")),
        ("Poly VVX 450", ModelName("POLYCOM", "VVX", "450")),
        ("Polycom VVX450", ModelName("POLYCOM", "VVX", "450")),
        ("Yealink T54W", ModelName("YEALINK", "T", "54", "W")),
        ("SIP-T46S", ModelName(family="T", number="46", variant="S")),
        ("2N Customer Managed", ModelName("2N")),
        ("MAC 68:41:22:33:44:55", ModelName()),
        ("", ModelName()),
    ],
)
def test_the_parts_of_a_name_are_read(text, name):
    assert read_model_name(text) == name
