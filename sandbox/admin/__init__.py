"""The admin APIs: the list of all their endpoints."""

from sandbox.admin import (
    dect,
    dect_handsets,
    dect_lines,
    dect_stations,
    devices,
    locations_and_licences,
    oauth,
    telephony,
    workspaces,
)
from sandbox.endpoints import Endpoint

# Where a path fits two patterns the order matters: literal paths go before parameters.
ADMIN_ENDPOINTS: list[Endpoint] = [
    *devices.ENDPOINTS,
    *workspaces.ENDPOINTS,
    *locations_and_licences.ENDPOINTS,
    *dect.ENDPOINTS,
    *dect_stations.ENDPOINTS,
    *dect_handsets.ENDPOINTS,
    *dect_lines.ENDPOINTS,
    *telephony.ENDPOINTS,
    *oauth.ENDPOINTS,
]
