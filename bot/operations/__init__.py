"""What the bot can do: the table of contents. No decorators, no discovery.

A new operation is one file beside this one, and its name in `OPERATIONS`.
"""

from bot.domain.commands import ChatCommand, RequestCommand, built_in_policy
from bot.domain.message_parser import MessageParser
from bot.domain.operation import Operation, Question
from bot.operations.activation_code import ACTIVATION_CODE
from bot.operations.activation_codes import ACTIVATION_CODES
from bot.operations.add_base import ADD_BASE
from bot.operations.add_handset import ADD_HANDSET
from bot.operations.add_phone import ADD_PHONE
from bot.operations.add_phones import ADD_PHONES
from bot.operations.apply_changes import APPLY_CHANGES
from bot.operations.approval_space import APPROVAL_SPACE
from bot.operations.audit import AUDIT
from bot.operations.change_dect_network import CHANGE_DECT_NETWORK
from bot.operations.create_dect_network import CREATE_DECT_NETWORK
from bot.operations.dect import DECT, DECT_SHEET
from bot.operations.delete_dect_network import DELETE_DECT_NETWORK
from bot.operations.delete_device import DELETE_DEVICE
from bot.operations.delete_devices import DELETE_DEVICES
from bot.operations.devices import DEVICE, DEVICES
from bot.operations.explanations import FILES, RESTART
from bot.operations.followed import FOLLOWED
from bot.operations.grants import ACCESS, GRANT, REVOKE
from bot.operations.help import HELP, WHOAMI
from bot.operations.move_phone import MOVE_PHONE
from bot.operations.remove_base import REMOVE_BASE
from bot.operations.remove_handset import REMOVE_HANDSET
from bot.operations.request_commands import (
    APPROVALS,
    APPROVE,
    CANCEL,
    CONFIRM,
    DRAFTS,
    REJECT,
    REQUEST,
    REQUESTS,
    RETRY,
    STOP,
    UNDO,
)
from bot.operations.set_up_dect import SET_UP_DECT
from bot.operations.small_talk import GOODBYE, GREETING, NO, THANKS, VERSION, WHO_ARE_YOU, YES
from bot.operations.swap_phone import SWAP_PHONE
from bot.operations.tag import TAG
from bot.operations.tag_devices import TAG_DEVICES

OPERATIONS: tuple[Operation, ...] = (
    ADD_PHONE,
    ADD_PHONES,
    ACTIVATION_CODE,
    ACTIVATION_CODES,
    CREATE_DECT_NETWORK,
    SET_UP_DECT,
    ADD_BASE,
    ADD_HANDSET,
    TAG,
    TAG_DEVICES,
    APPLY_CHANGES,
    SWAP_PHONE,
    MOVE_PHONE,
    REMOVE_BASE,
    REMOVE_HANDSET,
    CHANGE_DECT_NETWORK,
    DELETE_DECT_NETWORK,
    DELETE_DEVICE,
    DELETE_DEVICES,
    GRANT,
    REVOKE,
    APPROVAL_SPACE,
)
REQUEST_COMMANDS: tuple[RequestCommand, ...] = (
    REQUESTS,
    DRAFTS,
    REQUEST,
    CONFIRM,
    CANCEL,
    UNDO,
    STOP,
    RETRY,
    APPROVALS,
    APPROVE,
    REJECT,
    YES,
    NO,
)
QUESTIONS: tuple[Question, ...] = (
    DEVICES,
    DEVICE,
    FOLLOWED,
    DECT,
    DECT_SHEET,
    WHOAMI,
    HELP,
    ACCESS,
    AUDIT,
    *(RESTART, FILES),
    *(THANKS, GOODBYE, GREETING, WHO_ARE_YOU, VERSION),
)
# In the order in which the help shows them.
COMMANDS: tuple[ChatCommand, ...] = (*OPERATIONS, *REQUEST_COMMANDS, *QUESTIONS)

PARSER = MessageParser(COMMANDS)
POLICY = built_in_policy(COMMANDS)
