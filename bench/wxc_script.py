"""The other way to add phones: a script with wxc-sdk's own async client, without a bot.

`python -m bench.wxc_script FILE WORKERS AT_ONCE` adds the phones of a JSON list of pairs, MAC and
email of the owner; AT_ONCE is how many calls the SDK makes at the same time. For each phone, the
script makes the calls that provbot makes for an add, without those that provbot repeats after the
press: the person by email, then by id with their licences, whether the MAC is free, the owner's
phones, the change. wxc-sdk itself repeats what is refused with 429.
"""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import requests
from wxc_sdk.as_api import AsWebexSimpleApi
from wxc_sdk.as_rest import AsRestSession
from wxc_sdk.common import ValidationStatus
from wxc_sdk.tokens import Tokens

API = os.environ["WEBEX_API_URL"]  # noqa: TID251 - a program of its own
MODEL = "DMS Cisco 8865"
TIMEOUT = 60  # seconds


class SandboxSession(AsRestSession):
    """The SDK with another address."""

    BASE = API


def admin_token() -> str:
    """The service app's token, made from its refresh token as Webex documents it."""
    names = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
    asked = {name.lower(): os.environ[f"WEBEX_SERVICE_APP_{name}"] for name in names}  # noqa: TID251
    form = {"grant_type": "refresh_token", **asked}
    answer = requests.post(f"{API}/access_token", data=form, timeout=TIMEOUT)
    return str(answer.json()["access_token"])


async def add(api: AsWebexSimpleApi, mac: str, email: str) -> None:
    """Find the owner, check what could be wrong, and add the phone."""
    (person,) = await api.people.list(email=email)
    owner = str(person.person_id)
    person = await api.people.details(owner, calling_data=True)
    checked = await api.telephony.devices.validate_macs([mac])
    if not person.licenses or checked.status != ValidationStatus.ok:
        raise ValueError(f"{mac} cannot be added for {email}")
    owned = await api.person_settings.devices(owner)
    if len(owned.devices) >= owned.max_device_count:
        raise ValueError(f"{email} has enough phones")
    await api.devices.create_by_mac_address(mac, person_id=owner, model=MODEL)


async def work(api: AsWebexSimpleApi, phones: Iterator[tuple[str, str]]) -> None:
    """Add one phone after the other; go on after an error."""
    for mac, email in phones:
        try:
            await add(api, mac, email)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next one may work
            print(f"{mac}: {error!r}", flush=True)


async def main(phones: Iterator[tuple[str, str]], workers: int, at_once: int) -> None:
    """Let the workers share the list."""
    tokens, tls = Tokens(access_token=admin_token()), ssl.create_default_context()
    async with SandboxSession(tokens=tokens, concurrent_requests=at_once, ssl=tls) as session:
        api = AsWebexSimpleApi(tokens=tokens, session=cast(AsRestSession, session))
        await asyncio.gather(*(work(api, phones) for _ in range(workers)))


if __name__ == "__main__":
    listed = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    asyncio.run(main(iter(listed), int(sys.argv[2]), int(sys.argv[3])))
