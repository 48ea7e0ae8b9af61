"""Tables as CSV files: what spreadsheets must not run, and how they read names."""

import csv
import io

import pytest

from bot.domain.device_table import MAX_ROWS, device_file, file_name, split_file
from bot.domain.tables import csv_file
from tests.example_org import ANNS_PHONE, BERLIN


def cells(content: bytes) -> list[list[str]]:
    """The rows as a spreadsheet reads them."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_file_begins_with_the_mark_that_spreadsheets_need():
    content = csv_file(["Name"], [["Büro Süd"]])
    assert content.startswith(b"\xef\xbb\xbf")
    assert cells(content) == [["Name"], ["Büro Süd"]]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(sign: str):
    ((_,), (cell,)) = cells(csv_file(["Name"], [[f"{sign}HYPERLINK(1)"]]))
    assert cell == f"'{sign}HYPERLINK(1)"


def test_separators_and_quotes_stay_in_their_cell():
    row = ['Ann, "the boss"', "a;b", "two\nlines"]
    assert cells(csv_file(["a", "b", "c"], [row]))[1] == row


def test_a_list_of_devices_has_their_facts():
    phone = ANNS_PHONE.model_copy(update={"name": "=cmd()", "tags": ("front", "vip")})
    file = device_file("1 device.", "ann", [phone], {BERLIN.id: "Berlin"})
    header, row = cells(file.content)
    shown = dict(zip(header, row, strict=True))
    assert (file.text, file.name) == ("1 device.", "devices-ann.csv")
    assert shown == {
        "Owner": "'=cmd()", "Model": "Cisco 8845", "MAC": "00:00:5E:00:53:01", "Status": "online",
        "Location": "Berlin", "Serial number": "FCH1", "Tags": "front, vip", "IP address": "",
        "Software": "", "Last seen": "2026-11-20T09:06:40.100Z", "Type": "",
    }  # fmt: skip


def test_a_file_has_a_limit_and_says_so():
    file = device_file("Many.", "", [ANNS_PHONE] * (MAX_ROWS + 1), None)
    assert len(cells(file.content)) == MAX_ROWS + 1
    assert file.text.startswith(f"Many. Only the first {MAX_ROWS} are in the file")


@pytest.mark.parametrize(
    ("search", "name"),
    [
        ("", "devices.csv"),
        ("offline in Zürich", "devices-offline-in-zurich.csv"),
        ("../../etc/passwd", "devices-etc-passwd.csv"),
        ("x" * 200, f"devices-{'x' * 32}.csv"),
    ],
)
def test_a_file_name_has_plain_letters_only(search: str, name: str):
    assert file_name(search) == name


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("berlin as file", "berlin"),
        ("offline as a csv file", "offline"),
        ("export all in Berlin", "all in Berlin"),
        ("berlin csv", "berlin"),
        ("in csv", ""),
    ],
)
def test_words_that_ask_for_a_file_are_no_part_of_the_search(text: str, search: str):
    assert split_file(text) == (search, True)


@pytest.mark.parametrize("text", ["in File Room", "the Export Office", "offline", "csvx"])
def test_other_words_ask_for_no_file(text: str):
    assert split_file(text) == (text, False)
