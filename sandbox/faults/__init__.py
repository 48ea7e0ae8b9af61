"""Faults: what goes wrong, when, and how often (docs/webex/messaging.md §6.3)."""

from sandbox.faults.model import (
    CallFault,
    ConnectFault,
    Fault,
    FaultAction,
    FrameFault,
    ItemFault,
    Timing,
)
from sandbox.faults.registry import FaultRegistry

__all__ = [
    "CallFault",
    "ConnectFault",
    "Fault",
    "FaultAction",
    "FaultRegistry",
    "FrameFault",
    "ItemFault",
    "Timing",
]
