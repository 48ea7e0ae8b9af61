"""What people are told about a picture."""

from bot.domain.labels.reading import Label, LabelReading
from bot.domain.labels.sentences import CHOOSE_MAC, INCOMPLETE, read_sentence, unread_sentence

MAC, NEXT_MAC = "6C5E3BA0B1C2", "6C5E3BA0B1C3"


def one(model: str = "", serials: int = 1) -> LabelReading:
    return LabelReading((Label((MAC,), model),), serials=serials)


def test_the_mac_and_the_model_are_told():
    sentence = "Read from your photo: MAC 6C:5E:3B:A0:B1:C2, CP-8865."
    assert read_sentence(one("CP-8865-K9")) == sentence
    assert read_sentence(one("DP-9841-K9=")).endswith("C2, DP-9841.")
    assert read_sentence(one("ATA192-3PW-K9")).endswith("C2, ATA192.")
    assert read_sentence(one("Cisco IP Phone 8865")).endswith("C2, Cisco IP Phone 8865.")
    assert read_sentence(one()) == "Read from your photo: MAC 6C:5E:3B:A0:B1:C2."


def test_both_macs_of_a_device_are_told():
    label = Label((MAC, NEXT_MAC), "ATA192-3PW-K9")

    assert read_sentence(LabelReading((label,))) == (
        f"Read from your photo: MAC 6C:5E:3B:A0:B1:C2 or 6C:5E:3B:A0:B1:C3, ATA192. {CHOOSE_MAC}"
    )


def test_the_first_of_many_labels_are_told():
    many = LabelReading(tuple(Label((f"6C5E3BA0B1C{digit}",)) for digit in "123456"))
    assert read_sentence(many) == (
        "Read from your photo: 6 labels: MAC 6C:5E:3B:A0:B1:C1; MAC 6C:5E:3B:A0:B1:C2;"
        " MAC 6C:5E:3B:A0:B1:C3; MAC 6C:5E:3B:A0:B1:C4; and 2 more."
    )


def test_labels_that_were_not_read_are_told():
    assert read_sentence(one(serials=2)).endswith(INCOMPLETE.format(photo="photo"))


def test_a_picture_without_a_mac_has_its_reason():
    assert "no code" in unread_sentence(LabelReading())
    assert "I read one code in your photo, but no MAC address." in unread_sentence(
        LabelReading(codes=1)
    )
    assert "I read 3 codes in your photos, but no MAC address." in unread_sentence(
        LabelReading(codes=3, photos=2)
    )
    assert "I read the model CP-8865 in your photo, but no MAC address." in unread_sentence(
        LabelReading(model="CP-8865-K9", codes=2)
    )
    assert "the number 794644790138" in unread_sentence(
        LabelReading(doubtful=("794644790138",), codes=1)
    )


def test_there_is_no_reason_if_a_mac_was_read():
    assert unread_sentence(one()) == ""
    assert read_sentence(LabelReading(codes=1)) == ""
