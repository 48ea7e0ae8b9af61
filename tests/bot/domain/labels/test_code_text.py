"""What one code tells: a number with another name than that of a MAC is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.labels.code_text import CodeFacts, read_code

MAC = "6C5E3BA0B1C2"


@pytest.mark.parametrize(
    "text",
    [
        MAC,
        MAC.lower(),
        "6C:5E:3B:A0:B1:C2",
        "6C5E.3BA0.B1C2",
        f"MAC: {MAC}",
        f"MAC:{MAC}",
        f"MAC{MAC}",
        f"MAC ID {MAC}",
        f"MAC Addr: {MAC}",
        f"Ethernet MAC {MAC}",
        f"LAN: {MAC}",
        f"SEP{MAC}",
        f"23S{MAC}",
        f"CP-8865-K9 FCH2145D1AB {MAC}",
        f"CP-8865-K9,FCH2145D1AB,{MAC}",
        f"CP-8865-K9 {MAC}",
        f"MAC 1 {MAC}",
        f"eth0: {MAC}",
        f"SN:FCH2145D1AB MAC:{MAC}",
        f"https://example.com/setup?sn=FCH2145D1AB&mac={MAC}",
        f'{{"onboardingMethod": 3, "mac": "{MAC.lower()}"}}',
        f'{{"device": {{"ethMacAddress": "{MAC}"}}}}',
        f"[)>\x1e06\x1d1PCP-8865-K9\x1dSFCH2145D1AB\x1d23S{MAC}\x1e\x04",
    ],
)
def test_a_mac_is_read(text):
    assert read_code(text).macs == (MAC,)


@pytest.mark.parametrize(
    "text",
    [
        f"SN: {MAC}",
        f"S/N {MAC}",
        f"Serial No: {MAC}",
        f"S{MAC}",
        f'{{"serialNumber": "{MAC}"}}',
        f'{{"id": "{MAC}"}}',
        f"WIFI:S:guests;T:WPA;P:{MAC};;",
        f"https://example.com/{MAC}",
        f"https://example.com/{MAC}?mac=none",
        f"https://example.com/?id={MAC}",
        f"0d9c52e4-9a4b-4c1e-8f5d-{MAC}",
        f"KEY={MAC}",
        f"K9: {MAC}",
        f"PIN2={MAC}",
        f"IPEI {MAC}",
        f"IMEI:{MAC}",
        f"machine {MAC}",
        f"{MAC}7",
        f"{MAC[:-1]}",
        f"{MAC[:-1]}O",
        "FCH2145D1AB",
        "1Z999AA10123456784",
        "000000000000",
        "FF:FF:FF:FF:FF:FF",
        "TEL:+491234567890",
        "",
    ],
)
def test_another_number_is_no_mac(text):
    facts = read_code(text)
    assert not facts.macs
    assert not facts.doubtful


def test_twelve_decimal_digits_without_a_name_are_doubtful():
    assert read_code("794644790138") == CodeFacts(doubtful=("794644790138",))


@pytest.mark.parametrize("text", ["MAC 112233445566", "11:22:33:44:55:66", "23S112233445566"])
def test_decimal_digits_are_a_mac_if_name_or_form_say_so(text):
    assert read_code(text).macs == ("112233445566",)


@pytest.mark.parametrize(
    "text",
    [
        f"MAC={MAC};WLAN MAC=6C5E3BA0B1C4",
        f'{{"wifiMac": "6C5E3BA0B1C4", "mac": "{MAC}"}}',
        f"MAC {MAC}\nBT MAC 6C5E3BA0B1C4",
    ],
)
def test_macs_of_radios_are_told_apart(text):
    facts = read_code(text)
    assert facts.macs == (MAC,)
    assert facts.radio_macs == ("6C5E3BA0B1C4",)


def test_both_macs_of_an_adapter_are_read():
    facts = read_code(f"MAC1: {MAC} MAC2: 6C5E3BA0B1C3")
    assert facts.macs == (MAC, "6C5E3BA0B1C3")


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("CP-8865-K9", "CP-8865-K9"),
        ("CP-8865-K9 V08", "CP-8865-K9"),
        ("CP-8865-3PCC-K9=", "CP-8865-3PCC-K9="),
        ("CP-8832-EU-K9", "CP-8832-EU-K9"),
        ("DP-9841-K9=", "DP-9841-K9="),
        ("ATA192-3PW-K9", "ATA192-3PW-K9"),
        ("DBS-210-3PC", "DBS-210-3PC"),
        ("PID: CP-8865-K9 , VID: V08", "CP-8865-K9"),
        ("1PCP-8865-K9", "CP-8865-K9"),
        ("Model: 8865", "8865"),
        ('{"model": "9841"}', "9841"),
        ("Cisco IP Phone 8865", "Cisco IP Phone 8865"),
    ],
)
def test_a_model_is_read(text, model):
    assert read_code(text).models == (model,)


@pytest.mark.parametrize(
    "text",
    [
        "8865",
        "QTY: 8865",
        "PO 8841",
        "74-101234-01",
        "FCH2145D1AB",
        f"MAC: {MAC}",
        "CP-8800-A-KEM",
        "CP-8865-HS=",
        "CP-PWR-7925G-EU",
        "CP-BATT-8821",
        "https://example.com/CP-8865-K9",
    ],
)
def test_other_numbers_and_spare_parts_are_no_model(text):
    assert read_code(text).models == ()


@pytest.mark.parametrize(
    ("text", "serial"),
    [
        ("FCH2145D1AB", "FCH2145D1AB"),
        ("SFCH2145D1AB", "FCH2145D1AB"),
        ("SN: 1234567890", "1234567890"),
        ("PID: CP-8865-K9 , SN: FCH2145D1AB, MAC: 6C5E3BA0B1C2", "FCH2145D1AB"),
    ],
)
def test_a_serial_number_is_read(text, serial):
    assert read_code(text).serials == (serial,)


@given(st.text(max_size=300))
def test_no_text_breaks_it(text):
    read_code(text)


@given(
    st.sampled_from(["SN: ", "S/N:", "Serial ", "SERIAL NUMBER=", '"serial": "', "S"]),
    st.text("0123456789ABCDEF", min_size=12, max_size=12),
)
def test_no_serial_number_is_ever_a_mac(name, digits):
    assert not read_code(name + digits).macs


@given(st.text("0123456789ABCDEFabcdef", min_size=12, max_size=12))
def test_a_code_of_a_mac_alone_is_read_as_it_is(digits):
    is_certain = not digits.isdigit() and len(set(digits.upper())) > 1
    assert read_code(digits).macs == ((digits.upper(),) if is_certain else ())
