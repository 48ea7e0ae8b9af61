"""A sandbox in its own process, and valid parameters for all of its calls."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

Json = dict[str, Any]
VERA = "vera@acme.example"
CARD = {
    "contentType": "application/vnd.microsoft.card.adaptive",
    "content": {"type": "AdaptiveCard", "version": "1.3", "body": [], "actions": []},
}
# Valid bodies of these calls; a value that is the name of an id stands for that id.
GOOD_BODIES: dict[str, Json] = {
    "POST /messages": {"toPersonEmail": VERA, "markdown": "**hi**"},
    "PUT /messages/{}": {"roomId": "roomId", "text": "other"},
    "POST /webhooks": {
        "name": "h",
        "targetUrl": "https://x.example",
        "resource": "messages",
        "event": "created",
    },
    "PUT /webhooks/{}": {"name": "n", "targetUrl": "https://x.example"},
    "POST /devices": {"mac": "mac", "model": "model", "personId": "personId"},
    "POST /devices/activationCode": {"model": "model", "personId": "personId"},
    "POST /telephony/config/devices/actions/validateMacs/invoke": {"macs": ["D82E3EEF4E5C"]},
    "POST /telephony/config/locations/{}/dectNetworks": {
        "name": "Hall",
        "model": "DMS Cisco DBS110",
        "defaultAccessCodeEnabled": True,
        "defaultAccessCode": "0042",
    },
    "POST /telephony/config/locations/{}/dectNetworks/{}/baseStations": {
        "baseStationMacs": ["D82E3EEF0077"]
    },
    "POST /telephony/config/locations/{}/dectNetworks/{}/handsets": {
        "line1MemberId": "personId",
        "customDisplayName": "Hall",
    },
}


@dataclass
class Cloud:
    """URLs, CA file, and an existing id for every name of a parameter."""

    url: str
    http: requests.Session
    tokens: dict[str, str]
    real: dict[str, str] = field(default_factory=dict)

    def call(self, kind: str, method: str, path: str, body: Json | None = None) -> Json:
        """Make a call that must succeed; return the body of its answer."""
        head = {"Authorization": f"Bearer {self.tokens[kind]}"}
        answer = self.http.request(method, self.url + path, json=body, headers=head)
        answer.raise_for_status()
        matches: Json = answer.json()
        return matches


@contextmanager
def running() -> Iterator[Cloud]:
    """Start the sandbox, and stop it at the end."""
    command = [sys.executable, "-m", "sandbox"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,  # noqa: S603 - our own program
        requests.Session() as http,
    ):
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            http.trust_env = False
            http.verify = ready["caFile"]
            env = http.get(f"{ready['controlUrl']}/env").json()
            yield populated(Cloud(ready["apiUrl"], http, _tokens(ready["apiUrl"], http, env)))
        finally:
            process.terminate()


def _tokens(url: str, http: requests.Session, env: Json) -> dict[str, str]:
    params = {
        "grant_type": "refresh_token",
        "client_id": env["WEBEX_SERVICE_APP_CLIENT_ID"],
        "client_secret": env["WEBEX_SERVICE_APP_CLIENT_SECRET"],
        "refresh_token": env["WEBEX_SERVICE_APP_REFRESH_TOKEN"],
    }
    granted = http.post(f"{url}/access_token", data=params).json()
    return {"bot": env["WEBEX_BOT_TOKEN"], "service_app": granted["access_token"]}


def populated(cloud: Cloud) -> Cloud:
    """Return the cloud with the ids of existing things."""
    to_vera: Json = {"toPersonEmail": VERA, "text": "hi"}
    message = cloud.call("bot", "POST", "/messages", to_vera)
    card = cloud.call("bot", "POST", "/messages", to_vera | {"attachments": [CARD]})
    hook = {"name": "h", "targetUrl": "https://x.example", "resource": "rooms", "event": "created"}
    network = cloud.call("service_app", "GET", "/telephony/config/dectNetworks")["dectNetworks"][0]
    cloud.real = {
        "messageId": message["id"],
        "roomId": message["roomId"],
        "id": card["id"],
        "webhookId": cloud.call("bot", "POST", "/webhooks", hook)["id"],
        "personEmail": VERA,
        "toPersonEmail": VERA,
        "mac": "D82E3EEF4E5C",
        "model": "DMS Cisco 8845",
        "dectNetworkId": network["id"],
        **{name: _first(cloud, path) for name, path in LISTS.items()},
        "locationId": network["location"]["id"],
    }
    return cloud


LISTS = {
    "personId": "/people",
    "deviceId": "/devices",
    "workspaceId": "/workspaces",
    "licenseId": "/licenses",
    "orgId": "/organizations",
}


def _first(cloud: Cloud, path: str) -> str:
    return str(cloud.call("service_app", "GET", path)["items"][0]["id"])
