"""Messages that are lists: below the name of a list, or many lines of one kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.command_parser import Command, Unknown
from bot.operations import PARSER

MACS = ["D8:2E:3E:EF:4E:A1", "D8:2E:3E:EF:4E:A2", "D8:2E:3E:EF:4E:A3"]
KIM, LEE = f"{MACS[0]} 8865 kim@acme.example", f"{MACS[1]} 8845 Lee Ma"
ROOM = f"{MACS[2]} 8865 Meeting Room 12"
LIST = f"{KIM}\n{LEE}\n{ROOM}"
CELLS = f"MAC\tModel\tOwner\n{MACS[0]}\t8865\tkim@acme.example\n\t8845\tlee@acme.example"


def only(text: str) -> Command:
    """The only command."""
    (parsed,) = PARSER.parse_all(text)
    assert isinstance(parsed, Command), parsed
    return parsed


def rows(text: str, name: str = "add phones") -> list[str]:
    """The rows of the list, which is the only command."""
    command = only(text)
    assert command.verb == name
    return command.args.get("rows", "").splitlines()


@pytest.mark.parametrize(
    "heading",
    [
        "add phones",
        "Add phones:",
        "add these phones:",
        "please add these phones:",
        "provbot, please add these phones:",
        "Hi team,\nplease add the following phones for the new office:",
        "could you please add 3 phones",
        "import",
        "please add these",
        "add:",
        "add phone",
        "bitte anlegen:",
        "phones for floor 3:",
        "we need these phones on Monday",
        "merci d'ajouter ces téléphones :",
        "From: Bob <bob@acme.example>\nTo: tom@acme.example\nSubject: phones\nHi Tom,\nplease add:",
        "Hallo,\nbitte diese Telefone hinzufügen:",
        "ad phones",
    ],
)
@pytest.mark.parametrize(
    "end",
    [
        "",
        "\n\nThanks\nTom Berg\ntom@acme.example",
        "\nThanks!",
        "\nThanks, Tess",
        "\nMany thanks, Tess Berg\n--\nIT Support | +49 30 123456",
        "\nViele Grüße, Tess",
    ],
)
def test_lines_below_the_name_of_a_list_are_its_rows(heading, end):
    assert rows(f"{heading}\n{LIST}{end}") == [KIM, LEE, ROOM]


def test_cells_of_a_spreadsheet_stay_apart():
    assert rows(f"add phones\n{CELLS}") == CELLS.splitlines()
    assert rows(CELLS) == CELLS.splitlines()


def test_a_header_is_kept():
    lines = ["Model;Owner;MAC;Tags", f"8865;kim@acme.example;{MACS[0]};hall"]
    assert rows("\n".join(["Hi,", "", *lines])) == lines


def test_wrong_lines_stay_in_the_list():
    wrong = ["D8:2E:3E:EF:4E 8865 bob@acme.example", "1.12233E+11 8865 bob@acme.example"]
    assert rows("\n".join([KIM, *wrong, LEE])) == [KIM, *wrong, LEE]


@pytest.mark.parametrize(
    "text",
    ["add phones", "add 3 phones", "add phones for Kim and Lee", "add phones\nBest regards\nTom"],
)
def test_without_phones_the_form_asks(text):
    assert only(text) == Command("add phones")


@pytest.mark.parametrize("ask", ["help", "Help:", "help with", "hilfe", "how do I", "how to"])
@pytest.mark.parametrize("what", ["add phones", "add 3 phones", "adding phones", "bulk", "lists"])
def test_questions_about_lists_open_none(ask, what):
    assert only(f"{ask} {what}").verb == "help"


def test_several_commands_for_phones_are_one_list():
    lines = [f"add phone {MACS[0]} 8865 for Kim", f"add phone {MACS[1]} 8845 for Lee"]
    assert rows("\n".join(lines)) == lines


@pytest.mark.parametrize("between", ["add phone\n", "", "\nadd phone\n"])
def test_lines_that_belong_to_one_phone_are_one_row(between):
    first, second = (f"MAC: {mac}\nModel: 8865\nFor: Kim" for mac in MACS[:2])
    assert len(rows(f"add phone\n{first}\n{between}{second}")) == 2


def test_one_phone_in_several_lines_is_no_list():
    command = only(f"add phone\nMAC: {MACS[0]}\nModel: 8865\nFor: Kim")
    assert command.args == {"mac": MACS[0], "model": "8865", "owner": "Kim"}


def test_a_list_may_have_more_lines_than_a_message_has_commands():
    lines = [f"D8:2E:3E:EF:00:{number:02X} 8865 user{number}@acme.example" for number in range(150)]
    assert rows("\n".join(lines)) == lines


@pytest.mark.parametrize(
    "words",
    ["delete device {}", "delete {}", "please remove the phone {}", "{} +hall", "tag {} +hall"],
)
def test_lines_that_differ_in_their_macs_only_are_all_read(words):
    macs = [f"D8:2E:3E:EF:01:{number:02X}" for number in range(60)]
    command = only("\n".join(words.format(mac) for mac in macs))
    assert command.args["rows"].splitlines() == macs


def test_one_line_that_says_more_counts():
    lines = [f"delete {MACS[0]}", f"delete {MACS[1]}, no, don't", f"delete {MACS[2]}"]
    (parsed,) = PARSER.parse_all("\n".join(lines))
    assert isinstance(parsed, Unknown)
    assert parsed.negated


def test_more_lines_than_a_message_can_have_rows_are_no_list():
    assert "rows" not in only("add phones\n" + "a\n" * 3_000).args


@pytest.mark.parametrize("name", ["Help Desk", "Access Point Lab", "Tag Team Room", "Show Room"])
def test_owners_may_be_called_like_commands(name):
    line = f"{name} 8865 {MACS[2]}"
    assert rows(f"add phones\n{KIM}\n{line}") == [KIM, line]
    assert rows("\n".join([KIM, LEE] * 4 + [line])) == [KIM, LEE] * 4 + [line]


@pytest.mark.parametrize(
    "text",
    [
        f"delete devices\n{MACS[0]}\n{MACS[1]}",
        f"remove these devices:\n{MACS[0]}\n{MACS[1]}",
        f"please delete these:\n{MACS[0]}\n{MACS[1]}",
        f"delete the phones on floor 3:\n{MACS[0]}\n{MACS[1]}",
        f"delete\n{MACS[0]}\n{MACS[1]}",
        f"delete device {MACS[0]}\ndelete device {MACS[1]}",
        f"delete {MACS[0]}\n{MACS[1]}",
        f"delete devices {MACS[0]}, {MACS[1]}",
        f"please remove phones {MACS[0]} and {MACS[1]}",
        f"lösche diese Geräte:\n{MACS[0]}\n{MACS[1]}",
    ],
)
def test_devices_are_deleted_as_a_list(text):
    assert rows(text, "delete devices") == MACS[:2]


def test_devices_may_be_named_in_a_list():
    lines = ["Lobby Berlin", "Grant Hill", "Help Desk"]
    assert rows("\n".join(["delete devices", *lines]), "delete devices") == lines


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("delete devices of Kim", Command("delete device", {"device": "Kim"})),
        ("delete devices", Command("delete devices")),
        (f"delete devices {MACS[0]}", Command("delete device", {"device": MACS[0]})),
        ("tag devices", Command("tag devices")),
        ("tag devices +a -b", Command("tag devices", {"tags": "+a -b"})),
        ("tag devices Lobby +a", Command("tag", {"device": "Lobby", "tags": "+a"})),
        ("activation codes 8865", Command("activation codes", {"model": "8865"})),
        (
            "activation codes 8865 for Kim",
            Command("activation code", {"model": "8865", "owner": "Kim"}),
        ),
        (
            f"add phones {MACS[0]} 8865 for Kim",
            Command("add phone", {"mac": MACS[0], "model": "8865", "owner": "Kim"}),
        ),
        ("devices", Command("devices")),
        ("devices lobby", Command("devices", {"text": "lobby"})),
    ],
)
def test_one_line_is_about_one_device_or_opens_the_form(text, command):
    assert only(text) == command


@pytest.mark.parametrize(
    "text",
    [
        f"tag devices +a -b\n{MACS[0]}\n{MACS[1]}",
        f"tag these +a -b:\n{MACS[0]}\n{MACS[1]}",
        f"tag {MACS[0]} +a -b\ntag {MACS[1]} +a -b",
        f"{MACS[0]} +a -b\n{MACS[1]} +a -b",
        f"tag devices +a -b {MACS[0]}, {MACS[1]}",
    ],
)
def test_devices_are_tagged_as_a_list(text):
    command = only(text)
    assert command == Command("tag devices", {"tags": "+a -b", "rows": "\n".join(MACS[:2])})


@pytest.mark.parametrize(
    "text",
    [
        "activation codes 8865\nkim@acme.example\nLee Ma",
        "get activation codes for 8865:\nkim@acme.example\nLee Ma",
        "activation code 8865 for kim@acme.example\nactivation code 8865 for Lee Ma",
    ],
)
def test_codes_are_got_as_a_list(text):
    command = only(text)
    assert command == Command(
        "activation codes", {"model": "8865", "rows": "kim@acme.example\nLee Ma"}
    )


def test_owners_in_one_line_are_a_list():
    command = only("activation codes for 8865: kim@acme.example, lee@acme.example")
    inputs = {"model": "8865", "rows": "kim@acme.example\nlee@acme.example"}
    assert command == Command("activation codes", inputs)


OWNERS = ["bob@acme.example", "kim@acme.example", "Lena Hofer"]


@pytest.mark.parametrize("apart", ["{}, {} and {}", "{}, {}, {}", "{}; {} & {}", "{}, {} und {}"])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (0, 2, 1)])
@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("activation codes 8865 for {}", "activation codes"),
        ("activation codes for 8865: {}", "activation codes"),
        ("delete devices of {}", "delete devices"),
    ],
)
def test_names_among_addresses_in_one_line_are_rows(words, name, apart, order):
    owners = [OWNERS[index] for index in order]
    assert rows(words.format(apart.format(*owners)), name) == owners


@pytest.mark.parametrize(
    "text",
    [
        "activation codes 8865 for bob@acme.example, Bob Berg",
        f"add phones {MACS[0]}, {MACS[1]} 8865 for Kim",
    ],
)
def test_one_line_that_is_not_clear_is_no_list(text):
    assert "rows" not in only(text).args


def test_who_is_left_out_is_no_row():
    text = "delete devices of bob@acme.example, kim@acme.example but not Lena Hofer"
    assert rows(text, "delete devices") == OWNERS[:2]


@pytest.mark.parametrize(
    ("lines", "verbs"),
    [
        ([f"tag {MACS[0]} +a", f"tag {MACS[1]} +b"], ["tag", "tag"]),
        ([KIM, f"tag {MACS[1]} +b", f"delete {MACS[2]}"], ["add phone", "tag", "delete device"]),
        ([f"delete {MACS[0]}", "whoami"], ["delete device", "whoami"]),
        ([f"add phone {KIM}", f"Her old one is {MACS[1]}"], ["add phone", "device"]),
        ([f"delete {MACS[0]}", f"is {MACS[1]} online?"], ["delete device", "device"]),
        (["add phone 8865 for Ann", "add phone 8845 for Bob"], ["add phone", "add phone"]),
        (["add phones", KIM, LEE, f"delete device {MACS[2]}"], ["add phones", "delete device"]),
        (["add phones", KIM, LEE, "delete devices", *MACS[2:]], ["add phones", "delete devices"]),
        (["whoami", "add phones", KIM, LEE], ["whoami", "add phones"]),
        (["devices lobby", "cancel", "add phones", KIM], ["devices", "cancel", "add phones"]),
    ],
)
def test_commands_of_several_kinds_stay_apart(lines, verbs):
    parsed = PARSER.parse_all("\n".join(lines))
    assert [command.verb for command in parsed if isinstance(command, Command)] == verbs


@pytest.mark.parametrize(
    "text",
    [
        f"please do not add these yet:\n{LIST}",
        f"this is not decided yet, wait\nadd phones\n{LIST}",
        f"add phones\n{LIST}\nno wait",
        f"{LIST}\nno, don't",
        f"add phones\n{KIM}\nbut not:\n{LEE}",
        f"add phones\n{KIM}\ndon't add {LEE}",
        f"{KIM}\n{ROOM}\nplease don't add {LEE}",
        f"delete devices\n{MACS[0]}\nnever mind",
        f"do not delete these devices:\n{MACS[0]}\n{MACS[1]}",
    ],
)
def test_what_is_said_not_to_be_done_is_not_done(text):
    (parsed,) = PARSER.parse_all(text)
    assert isinstance(parsed, Unknown)
    assert parsed.negated


@pytest.mark.parametrize("name", ["No Limit Lab", "Pas de Calais", "Do Not Disturb"])
def test_a_name_may_have_a_word_that_negates(name):
    line = f"{name} 8865 {MACS[2]}"
    assert rows(f"add phones\n{KIM}\n{line}") == [KIM, line]


@pytest.mark.parametrize(
    "text",
    [
        f"add phones because the floor is new\n{LIST}",
        f"add phones\n{LIST}\nbecause the floor is new",
        f"{LIST}\nReason: the floor is new",
        f"Hi, please add these:\n{LIST}\nbecause the floor is new\nThanks, Tess",
        f"Hi Tom,\nwe need these phones:\n{LIST}\n\nReason: the floor is new\nCheers, Tess Berg",
        f"add phones\n{LIST} because the floor is new",
        f"add phones\n{LIST}, because the floor is new\nThanks, Tess",
        f"{LIST} because the floor is new",
    ],
)
def test_the_reason_is_no_row(text):
    assert only(text).args == {"reason": "the floor is new", "rows": LIST}


@pytest.mark.parametrize("name", ["delete devices", "tag devices +a", "activation codes 8865"])
def test_the_reason_behind_the_last_row_is_for_all(name):
    args = only(f"{name}\n{MACS[0]}\n{MACS[1]} because they are old").args
    assert args["reason"] == "they are old"
    assert args["rows"].splitlines() == MACS[:2]


def test_the_name_of_an_owner_is_no_reason():
    line = f"{MACS[2]} 8865 for Room in Since Hall"
    assert rows(f"add phones\n{KIM}\n{line}") == [KIM, line]


CODES = ["8841 Lena Hofer", "Meeting Room 12 8865", "9851 bob@acme.example", "8841 for Ann Lee"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("above", ["", "Hi Tom,\n", "Hello,\nwe need these on Monday:\n"])
def test_lines_without_mac_among_lines_with_one_are_rows_for_codes(code, index, above):
    lines = [KIM, LEE]
    lines.insert(index, code)
    mail = "\n".join([*lines, "", "Best regards,", "Tess Berg", "IT | +49 30 123456"])
    assert rows(f"{above}{mail}") == lines


@pytest.mark.parametrize("line", ["8841 lena hofer", "Boardroom", "The old ones can stay."])
@pytest.mark.parametrize("index", [1, 2])
def test_a_line_between_phones_is_no_part_of_an_owner(line, index):
    lines = [KIM, LEE]
    lines.insert(index, line)
    assert rows("\n".join(lines)) == lines


@pytest.mark.parametrize("text", [f"{KIM}\nthe 8841 is broken", f"{KIM}\nIs that an 8845?"])
def test_a_sentence_about_a_model_is_no_row(text):
    parsed = PARSER.parse_all(text)[0]
    assert isinstance(parsed, Command)
    assert parsed.verb == "add phone"


@pytest.mark.parametrize("owner", ["kim@acme.example", "PEOPLE:abcdefghij"])
@pytest.mark.parametrize("word", ["add phones for {}:", "Please add these phones for {}"])
def test_an_owner_of_the_heading_is_for_rows_without_one(word, owner):
    lines = [f"{MACS[0]} 8865", f"8845, {MACS[1]},", LEE]
    wanted = [f"{MACS[0]} 8865 {owner}", f"8845, {MACS[1]} {owner}", LEE]
    assert rows("\n".join([word.format(owner), *lines])) == wanted


@pytest.mark.parametrize("heading", ["add phones 8865", "Add these 8865 phones:", "import 8865"])
def test_a_model_of_the_heading_is_for_rows_without_one(heading):
    lines = [f"{MACS[0]} kim@acme.example", LEE, "bob@acme.example"]
    wanted = [f"{lines[0]} 8865", LEE, f"{lines[2]} 8865"]
    assert rows("\n".join([heading, *lines])) == wanted
    table = ["MAC;Owner", f"{MACS[0]};kim@acme.example"]
    assert rows("\n".join([heading, *table])) == table


@pytest.mark.parametrize("name", ["Kim Berg", "Meeting Room 12", "the Lobby"])
@pytest.mark.parametrize("words", ["add phones for {}:", "please add these phones for {}, thanks"])
def test_a_name_in_the_heading_is_the_owner_if_no_row_has_one(words, name):
    heading = words.format(name)
    wanted = [f"{MACS[0]} 8865 {name}", f"{MACS[1]} 8845 {name}"]
    assert rows(f"{heading}\n{MACS[0]} 8865\n{MACS[1]} 8845") == wanted
    assert rows(f"{heading}\n{MACS[0]} 8865\n{LEE}") == [f"{MACS[0]} 8865", LEE]


@pytest.mark.parametrize("place", ["floor 3", "the new office", "Lyon"])
def test_a_place_in_the_heading_is_no_owner(place):
    assert rows(f"add phones for {place}\n{LIST}") == LIST.splitlines()


def test_more_lists_than_are_answered_are_not_all_read():
    parsed = PARSER.parse_all(f"add phones\n{KIM}\ndelete devices\n" * 100)
    assert 5 < len(parsed) < 100


_PARTS = st.sampled_from([
    *MACS, "8865", "kim@acme.example", "Lee Ma", "add phones", "add phone", "delete devices",
    "delete", "tag", "+a", "not", "because", "MAC\tModel", "\t", "no wait", "activation codes",
    "Thanks", "old:", "new", ":", "help", "PEOPLE:abcdefghij", "1.12233E+11",
])  # fmt: skip
_LINES = st.lists(
    st.one_of(st.lists(_PARTS, max_size=5).map(" ".join), st.text(max_size=40)), max_size=12
)


@given(_LINES)
def test_any_lines_are_read(lines):
    parsed = PARSER.parse_all("\n".join(lines))
    assert parsed
    for command in parsed:
        if isinstance(command, Command):
            assert command.verb in PARSER.by_name
            assert all(command.args.values())
