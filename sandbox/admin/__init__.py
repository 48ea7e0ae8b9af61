"""The admin APIs; every endpoint of theirs stands in this list."""

from sandbox.endpoints import Endpoint

ADMIN_ENDPOINTS: list[Endpoint] = []
