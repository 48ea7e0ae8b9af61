"""The organization and the rules of what may be changed in it: plain state, no HTTP, no clock of its own."""

from sandbox.organization.state import Organization

__all__ = ["Organization"]
