"""The page that people print to pair handsets: what is on it, and what never is."""

from html.parser import HTMLParser

import pytest
from pydantic import SecretStr

from bot.core.models.dect import DectNetwork, Handset, HandsetLine, MemberKind
from bot.domain import pairing_sheet as sheets

NETWORK = DectNetwork(
    id="n1",
    name="Warehouse",
    model="DMS Cisco DBS210",
    location_id="l1",
    location="Berlin",
    has_shared_code=False,
)
ANN = HandsetLine(
    id="ann", kind=MemberKind.PERSON, name="Ann Alder", extension="1234", number="+493012"
)
STORE = HandsetLine(id="store", kind=MemberKind.VIRTUAL_LINE, name="Store", extension="7000")
HANDSET = Handset(
    id="h1", index="1", display_name="A. Alder", access_code=SecretStr("0478"), lines=(ANN, STORE)
)
BARE = Handset(id="h2", index="2", lines=(HandsetLine(id="bob", name="Bob Birch"),))


class Page(HTMLParser):
    """The tags and the texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def page(network=NETWORK, handsets=(HANDSET,), **more) -> Page:
    return Page(sheets.pairing_sheet(network, handsets, **more))


def test_a_block_tells_all_that_is_needed_at_the_handset():
    texts = page(as_of="29 Nov, 14:05").texts

    assert "Warehouse · Berlin · DBS210 · as of 29 Nov, 14:05" in texts
    assert {"Ann Alder", "1234", "+493012", "Store · ext. 7000", "A. Alder", "0478"} <= {*texts}
    assert "Type the access code 0478 in the field AC, and press OK." in texts
    assert "It is paired when the handset shows “A. Alder”. Make a call to check it." in texts


def test_each_handset_has_a_block_in_the_given_order():
    shown = page(handsets=(BARE, HANDSET))

    assert shown.tags.count("section") == 2
    assert shown.texts.index("Bob Birch") < shown.texts.index("Ann Alder")


def test_what_webex_does_not_tell_is_left_out_or_said():
    texts = page(handsets=(BARE, Handset(id="h3"))).texts

    assert texts.count("see Control Hub") == 2
    assert "Line 2" not in texts
    assert "Extension" not in texts
    assert "(no owner)" in texts
    assert (
        "Webex did not give the access codes. Read them in Control Hub:"
        " Services › Calling › Features › DECT Networks › Warehouse." in texts
    )


def test_some_codes_missing_are_counted():
    assert any("did not give 1 of the access codes" in text for text in page(
        handsets=(HANDSET, BARE)
    ).texts)  # fmt: skip


def test_the_code_for_all_is_on_each_block_and_its_trap_is_told():
    shared = NETWORK.model_copy(update={"has_shared_code": True, "access_code": SecretStr("2468")})

    texts = page(shared, (BARE,)).texts

    assert "2468" in texts
    assert sheets.NEXT_FREE_LINE in texts
    assert sheets.NEXT_FREE_LINE not in page().texts


def test_a_code_that_is_switched_off_is_not_printed():
    stale = NETWORK.model_copy(update={"access_code": SecretStr("2468")})

    assert "2468" not in page(stale, (BARE,)).texts


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\"><img src=x onerror='x'>", "a&b"])
def test_text_from_outside_is_shown_and_never_run(text):
    line = HandsetLine(id="x", name=text, extension=text)
    handset = Handset(id="h", display_name=text, access_code=SecretStr(text), lines=(line, line))
    network = NETWORK.model_copy(update={"name": text, "location": text, "model": text})

    shown = page(network, (handset,), title=text, as_of=text)

    assert not {"script", "img", "a", "link", "iframe"} & {*shown.tags}
    assert text in shown.texts


def test_control_and_direction_characters_are_removed():
    line = HandsetLine(id="x", name="Ann\u202e\x00 Alder")

    assert "Ann Alder" in page(handsets=(Handset(id="h", lines=(line,)),)).texts


def test_the_page_loads_nothing():
    html = sheets.pairing_sheet(NETWORK, [HANDSET])

    assert "default-src 'none'" in html
    assert "http:" not in html
    assert "https:" not in html
    assert "url(" not in html


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("QH4A", "QH4A-handsets.html"),
        ("Büro Süd / 2. OG", "Buro-Sud-2-OG-handsets.html"),
        ("../../etc/passwd", "etc-passwd-handsets.html"),
        ("倉庫", "dect-handsets.html"),
        ('a"\r\nb', "a-b-handsets.html"),
        ("x" * 500, f"{'x' * 40}-handsets.html"),
    ],
)
def test_the_name_of_the_file_is_harmless(label, name):
    assert sheets.sheet_file(NETWORK, [HANDSET], label=label).name == name


def test_the_file_is_the_page():
    file = sheets.sheet_file(NETWORK, [HANDSET])

    assert file.name == "Warehouse-handsets.html"
    assert file.media_type == "text/html"
    assert file.content.decode() == sheets.pairing_sheet(NETWORK, [HANDSET])
    assert file.text.startswith("The pairing sheet of Warehouse, with 1 handset.")
    assert "0478" not in file.text


def test_messages_stand_for_a_file_that_webex_refuses():
    many = [HANDSET.model_copy(update={"id": f"h{number}"}) for number in range(1_000)]

    texts = sheets.sheet_file(NETWORK, many).instead

    lines = [line for text in texts for line in text.splitlines()]
    assert sum("access code: 0478" in line for line in lines) == 1_000
    assert all(len(text.encode()) <= 7_439 for text in texts)
    assert "Connectivity › Register" in texts[0]


def test_a_thousand_handsets_are_a_file_that_webex_takes():
    many = [HANDSET.model_copy(update={"id": f"h{number}"}) for number in range(1_000)]

    assert len(sheets.sheet_file(NETWORK, many).content) < 2_000_000


def test_the_handsets_of_a_request_are_chosen_by_id_or_owner():
    of_store = Handset(id="h3", lines=(STORE, ANN))
    handsets = [HANDSET, BARE, of_store]

    assert sheets.chosen(handsets, handset_ids=["h2"]) == [BARE]
    assert sheets.chosen(handsets, owner_ids=["ann"]) == [HANDSET]
    assert sheets.chosen(handsets, handset_ids=["h1"], owner_ids=["store"]) == [HANDSET, of_store]
    assert sheets.chosen(handsets) == []


def test_those_to_be_paired_come_first_in_the_order_of_webex():
    tenth = Handset(id="h10", index="10")
    paired = Handset(id="h0", index="1", mac="1357D4A1B492")

    assert sheets.in_order([paired, tenth, BARE]) == [BARE, tenth, paired]
    assert "yes, MAC 13:57:D4:A1:B4:92" in page(handsets=(paired,)).texts


def test_a_handset_that_is_paired_has_no_steps():
    shared = NETWORK.model_copy(update={"has_shared_code": True, "access_code": SecretStr("2468")})
    paired = HANDSET.model_copy(update={"mac": "1357D4A1B492"})

    shown = page(shared, (BARE, paired))
    assert shown.tags.count("ol") == 1
    assert shown.texts.count(sheets.NOTHING_TO_DO) == 1
    assert sheets.NEXT_FREE_LINE in shown.texts
    assert sheets.NEXT_FREE_LINE not in page(shared, (paired,)).texts
