"""The organization and the rules for changing it: plain state, without HTTP and without a clock."""

from sandbox.organization.state import Organization

__all__ = ["Organization"]
