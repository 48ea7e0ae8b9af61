"""What the bot can do: the table of contents. No decorators, no discovery."""

from bot.operation import Operation, Question
from bot.operations.activation_code import ACTIVATION_CODE
from bot.operations.add_phone import ADD_PHONE
from bot.operations.audit import AUDIT
from bot.operations.create_dect_network import CREATE_DECT_NETWORK
from bot.operations.delete_device import DELETE_DEVICE
from bot.operations.devices import DEVICE, DEVICES
from bot.operations.grants import ACCESS, GRANT, REVOKE
from bot.operations.help import HELP, WHOAMI
from bot.operations.tag import TAG

OPERATIONS: tuple[Operation, ...] = (
    ADD_PHONE, ACTIVATION_CODE, CREATE_DECT_NETWORK, TAG, DELETE_DEVICE, GRANT, REVOKE,
)  # fmt: skip
QUESTIONS: tuple[Question, ...] = (DEVICES, DEVICE, WHOAMI, HELP, ACCESS, AUDIT)
