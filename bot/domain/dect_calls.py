"""The calls that commands for the rows of DECT lists need, and what they lack without others."""

from collections.abc import Mapping

from bot.core import api_calls as calls
from bot.core.api_calls import Call

DOES_WITHOUT: Mapping[Call, str] = {
    calls.MACS: "the check of the MACs",
    calls.BASE_STATIONS: "which base stations are there already",
    calls.DECT_MODELS: "the limits of new models",
    calls.MEMBERS: "virtual lines",
    calls.DEVICES: "whose a MAC is",
    calls.LICENCES: "the warnings about licences",
    calls.LICENCE_HOLDERS: "the warnings about licences",
}


def needs_of(command: str) -> Mapping[Call, str]:
    """The calls without which a command fails."""
    return {
        calls.NETWORKS: command,
        calls.HANDSETS: command,
        calls.ADD_BASE_STATIONS: f"{command} with base stations",
        calls.ADD_HANDSETS: f"{command} with handsets",
        calls.ADD_HANDSET: f"{command} with handsets",
        calls.UPDATE_HANDSET: f"{command} with second lines",
        calls.PEOPLE: f"{command} with handsets",
        calls.WORKSPACES: f"{command} with handsets",
        calls.DELETE_BASE_STATION: "Undo",
        calls.DELETE_HANDSETS: "Undo",
    }
