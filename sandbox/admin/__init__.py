"""The admin APIs; every endpoint of theirs stands in this list."""

from sandbox.admin import (
    dect,
    dect_handsets,
    dect_lines,
    dect_stations,
    devices,
    oauth,
    places,
    telephony,
    workspaces,
)
from sandbox.endpoints import Endpoint

# The order matters where a path fits two patterns: what is spelled out goes before what is a parameter.
ADMIN_ENDPOINTS: list[Endpoint] = [
    *devices.ENDPOINTS,
    *workspaces.ENDPOINTS,
    *places.ENDPOINTS,
    *dect.ENDPOINTS,
    *dect_stations.ENDPOINTS,
    *dect_handsets.ENDPOINTS,
    *dect_lines.ENDPOINTS,
    *telephony.ENDPOINTS,
    *oauth.ENDPOINTS,
]
