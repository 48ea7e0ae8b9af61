"""The built-in policy as the design has it, copied by hand: tests compare the bot with this table.

A role that is not named is refused. `approver` adds only the right to decide. The order is that of
`bot.operations.COMMANDS`.
"""

from collections.abc import Mapping

_READ = {"viewer": "do", "technician": "do", "engineer": "do", "admin": "do"}
_EVERYBODY = {**_READ, "approver": "do"}
_CHANGE = {"technician": "do", "engineer": "do", "admin": "do"}

CHANGES: Mapping[str, Mapping[str, str]] = {
    "add phone": _CHANGE,
    "add phones": {"technician": "ask", "engineer": "do", "admin": "do"},
    "activation code": _CHANGE,
    "activation codes": {"technician": "ask", "engineer": "do", "admin": "do"},
    "create dect network": {"technician": "ask", "engineer": "do", "admin": "do"},
    "set up dect": {"technician": "ask", "engineer": "do", "admin": "do"},
    "add base": _CHANGE,
    "add handset": _CHANGE,
    "tag": _CHANGE,
    "tag devices": {"technician": "ask", "engineer": "do", "admin": "do"},
    "apply changes": _CHANGE,
    "swap phone": _CHANGE,
    "move phone": {"technician": "ask", "engineer": "do", "admin": "do"},
    "remove base": {"technician": "ask", "engineer": "do", "admin": "do"},
    "remove handset": {"technician": "ask", "engineer": "do", "admin": "do"},
    "change dect network": {"technician": "ask", "engineer": "do", "admin": "do"},
    "delete dect network": {"engineer": "ask", "admin": "do"},
    "delete device": {"technician": "ask", "engineer": "ask", "admin": "do"},
    "delete devices": {"technician": "ask", "engineer": "ask", "admin": "do"},
    "grant": {"admin": "do"},
    "revoke": {"admin": "do"},
    "approval space": {"admin": "do"},
}
QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "requests": _EVERYBODY,
    "approvals": {"approver": "do"},
    "devices": _READ,
    "device": _READ,
    "dect": _READ,
    "whoami": _EVERYBODY,
    "help": _EVERYBODY,
    "access": {"admin": "do"},
    "audit": {"admin": "do"},
}
TABLE = {**CHANGES, **QUESTIONS}
