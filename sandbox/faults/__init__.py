"""Faults on order: what goes wrong, when, and how often (webex-messaging.md §6.3)."""

from sandbox.faults.book import Faults
from sandbox.faults.model import Act, Fault, OnCall, OnConnect, OnFrame, When

__all__ = ["Act", "Fault", "Faults", "OnCall", "OnConnect", "OnFrame", "When"]
