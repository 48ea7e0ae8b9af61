"""From codes to devices: nothing is told that the picture does not prove."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.labels.codes import MAX_CODES, Code
from bot.domain.labels.reading import Label, LabelReading, merge_readings, read_labels

MAC, NEXT_MAC, OTHER_MAC = "6C5E3BA0B1C2", "6C5E3BA0B1C3", "D82E3EEF4E5C"
PID, OTHER_PID = "CP-8865-K9", "CP-7841-K9"
SERIAL, OTHER_SERIAL = "FCH2145D1AB", "FCH2145D1AC"


def codes(*texts: str) -> list[Code]:
    """Codes below each other."""
    return [Code(text, 100, 100 * (row + 1)) for row, text in enumerate(texts)]


def labels(*texts: str) -> tuple[Label, ...]:
    return read_labels(codes(*texts)).labels


def test_nothing_is_read_from_nothing():
    assert read_labels([]) == LabelReading()


def test_the_codes_of_a_label_tell_one_device():
    assert labels(PID, SERIAL, MAC) == (Label((MAC,), PID),)


def test_all_in_one_code_tells_one_device():
    assert labels(f"PID: {PID} , VID: V08 , SN: {SERIAL}, MAC: {MAC}") == (Label((MAC,), PID),)


def test_the_same_mac_in_several_codes_is_one_device():
    assert labels(PID, MAC, f"MAC: {MAC}", f"SEP{MAC}") == (Label((MAC,), PID),)


def test_a_mac_without_a_model_leaves_the_model_open():
    assert labels(SERIAL, MAC) == (Label((MAC,)),)


def test_a_model_without_a_mac_is_told_for_the_form():
    reading = read_labels(codes(PID, SERIAL))
    assert (reading.labels, reading.model) == ((), PID)


def test_the_product_id_that_tells_most_is_taken():
    assert labels("8865 CP-8865", "CP-8865-3PCC-K9=", MAC)[0].model == "CP-8865-3PCC-K9="


def test_two_models_beside_one_mac_are_not_certain():
    assert labels(PID, OTHER_PID, MAC) == (Label((MAC,)),)


def test_a_model_in_the_code_of_the_mac_is_certain():
    assert labels(OTHER_PID, f"{PID} {MAC}") == (Label((MAC,), PID),)


def test_codes_of_one_mac_that_disagree_leave_the_model_open():
    assert labels(f"{PID} {MAC}", f"{OTHER_PID} {MAC}") == (Label((MAC,)),)


@pytest.mark.parametrize(
    "texts",
    [
        ("ATA192-3PW-K9", SERIAL, MAC, NEXT_MAC),
        ("ATA192-3PW-K9", MAC, NEXT_MAC),
        ("ATA192-3PW-K9", SERIAL, f"MAC1: {MAC} MAC2: {NEXT_MAC}"),
    ],
)
def test_two_macs_of_an_adapter_are_a_choice(texts):
    reading = read_labels(codes(*texts))

    assert reading.labels == (Label((MAC, NEXT_MAC), "ATA192-3PW-K9"),)
    assert reading.needs_choice
    assert not reading.is_list


def test_an_adapter_may_have_two_macs_that_are_far_apart():
    assert read_labels(codes("ATA192-3PW-K9", SERIAL, MAC, OTHER_MAC)).needs_choice


def test_a_mac_and_the_next_one_are_a_choice_unless_two_labels_are_proven():
    assert read_labels(codes(PID, SERIAL, MAC, NEXT_MAC)).needs_choice
    assert read_labels(codes(PID, SERIAL, MAC, OTHER_SERIAL, NEXT_MAC)).is_list


def test_macs_of_one_carton_are_devices():
    reading = read_labels(codes(*(f"6C5E3BA0B1C{digit}" for digit in "12345")))
    assert len(reading.labels) == 5


def test_different_macs_are_several_devices_in_reading_order():
    reading = read_labels([Code(OTHER_MAC, 900, 110), Code(MAC, 100, 100)])

    assert reading.is_list
    assert reading.labels == (Label((MAC,)), Label((OTHER_MAC,)))


def test_all_devices_have_the_model_that_each_label_tells():
    reading = read_labels(codes(PID, SERIAL, MAC, PID, OTHER_SERIAL, OTHER_MAC))
    assert reading.labels == (Label((MAC,), PID), Label((OTHER_MAC,), PID))


def test_one_model_for_two_devices_is_not_certain_but_offered():
    reading = read_labels(codes(PID, SERIAL, MAC, OTHER_SERIAL, OTHER_MAC))
    assert [label.model for label in reading.labels] == ["", ""]
    assert reading.model == PID


def test_each_device_has_the_model_of_its_own_label():
    beside = [Code(PID, 100, 100), Code(MAC, 100, 200), Code(OTHER_PID, 900, 100)]
    reading = read_labels([*beside, Code(OTHER_MAC, 900, 200)])

    assert set(reading.labels) == {Label((MAC,), PID), Label((OTHER_MAC,), OTHER_PID)}
    assert reading.model == ""


def test_the_closest_model_is_not_taken_where_the_directions_differ():
    # The labels have the model on top, and the second label is close below the first.
    reading = read_labels(
        [
            Code(PID, 100, 0),
            Code(MAC, 100, 300),
            Code(OTHER_PID, 100, 320),
            Code(OTHER_MAC, 100, 620),
        ]
    )
    models = {label.macs: label.model for label in reading.labels}

    assert models[(MAC,)] in {PID, ""}
    assert models[(OTHER_MAC,)] in {OTHER_PID, ""}


def test_a_radio_is_left_out():
    reading = read_labels(codes(PID, f"MAC: {MAC}", "WLAN MAC: 6C5E3BA0B1C4"))
    assert reading.labels == (Label((MAC,), PID),)


def test_a_radio_alone_is_the_mac():
    assert labels("WLAN MAC: 6C5E3BA0B1C4") == (Label(("6C5E3BA0B1C4",)),)


def test_decimal_digits_are_doubtful_unless_another_code_says_that_they_are_a_mac():
    assert read_labels(codes("794644790138")).doubtful == ("794644790138",)

    reading = read_labels(codes("112233445566", "MAC: 112233445566"))
    assert (reading.labels, reading.doubtful) == ((Label(("112233445566",)),), ())


def test_a_label_whose_mac_was_not_read_is_noticed():
    assert read_labels(codes(SERIAL, MAC, OTHER_SERIAL)).is_incomplete
    assert not read_labels(codes(SERIAL, MAC)).is_incomplete


def test_a_model_may_be_that_of_the_label_whose_mac_was_not_read():
    assert labels(PID, SERIAL, MAC, OTHER_SERIAL) == (Label((MAC,)),)
    assert labels(f"{PID} {MAC}", OTHER_SERIAL) == (Label((MAC,), PID),)


def test_the_lines_are_those_of_a_list():
    reading = read_labels(codes(f"{PID} {MAC}", f"{OTHER_PID} {OTHER_MAC}"))
    assert reading.lines == "6C:5E:3B:A0:B1:C2 CP-8865-K9\nD8:2E:3E:EF:4E:5C CP-7841-K9"


@given(
    st.lists(
        st.builds(
            Code,
            st.sampled_from([PID, OTHER_PID, SERIAL, MAC, NEXT_MAC, OTHER_MAC, "x", "8865"]),
            st.floats(0, 4_000),
            st.floats(0, 3_000),
        ),
        max_size=12,
    )
)
def test_whatever_the_codes_are_each_mac_is_told_once(found):
    reading = read_labels(found)
    told = [mac for label in reading.labels for mac in label.macs]

    assert sorted(told) == sorted({code.text for code in found} & {MAC, NEXT_MAC, OTHER_MAC})
    assert {label.model for label in reading.labels} <= {"", PID, OTHER_PID}


def test_no_more_codes_and_text_are_looked_at_than_labels_have():
    long = [Code(f"{PID} " * 90, number, 0) for number in range(20)]
    assert read_labels(long).codes == 10

    many = [Code(f"6C5E3B{number:06X}", number, 0) for number in range(0, 4_000, 20)]
    assert len(read_labels(many).labels) == MAX_CODES


def test_several_pictures_tell_each_device_once():
    first, second = read_labels(codes(SERIAL, MAC)), read_labels(codes(PID, SERIAL, MAC))
    other = read_labels(codes(OTHER_PID, OTHER_SERIAL, OTHER_MAC))
    merged = merge_readings([first, second, other])

    assert merged.labels == (Label((MAC,), PID), Label((OTHER_MAC,), OTHER_PID))
    assert (merged.photos, merged.model, merged.is_incomplete) == (3, "", False)


def test_a_label_that_was_not_read_in_one_picture_is_missing_in_all():
    incomplete = read_labels(codes(SERIAL, MAC, OTHER_SERIAL))
    assert merge_readings([incomplete, read_labels(codes(OTHER_MAC))]).is_incomplete


def test_a_picture_without_a_mac_gives_its_model_to_no_label_of_another():
    merged = merge_readings([read_labels(codes(SERIAL, MAC)), read_labels(codes(PID))])
    assert (merged.labels, merged.model) == ((Label((MAC,)),), PID)
