"""What the bot can do: the table of contents. No decorators, no discovery."""

from bot.operation import Operation, Question
from bot.operations.activation_code import ACTIVATION_CODE
from bot.operations.add_phone import ADD_PHONE
from bot.operations.create_dect_network import CREATE_DECT_NETWORK
from bot.operations.devices import DEVICE, DEVICES
from bot.operations.help import HELP, WHOAMI

OPERATIONS: tuple[Operation, ...] = (ADD_PHONE, ACTIVATION_CODE, CREATE_DECT_NETWORK)
QUESTIONS: tuple[Question, ...] = (DEVICES, DEVICE, WHOAMI, HELP)
