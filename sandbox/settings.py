"""How a sandbox is set up. Ports of 0 mean: any free one."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Times are in seconds. Without ``state_dir`` a temporary directory is made and removed.

    ``page_cap`` is the longest page of a list; a larger ``max`` is lowered without a word.
    ``phoneos_appears_s`` is how long a new phone of the 9800 series stays invisible,
    ``phoneos_aware_s`` when it comes to be listed by ``/devices`` (None: never).
    ``phone_registers_s`` is how long a phone takes from being added, activated or plugged in to
    being registered (None: it never does), ``status_lag_s`` how long its ``connectionStatus`` lags.
    ``dect_two_lines_at_once``: a DECT handset may be created with two lines, as documented; it was
    seen to be refused (webex-provisioning.md §5).
    ``webhook_lag_s`` is how late webhooks are; one whose target fails ``webhook_failures`` times
    within ``webhook_failure_window_s``, or is silent for ``webhook_timeout_s`` as often, is
    switched off.
    ``rate_per_second`` is how many calls each token may make, ``rate_burst`` how many of them at
    once (None: as many as it likes). For ``message_get_lag_s`` a new message is known to sockets
    and webhooks, but its GET answers 404.
    ``without_scopes`` are left out of the service app's authorization.
    ``device_cap`` is how many sockets' registrations one account may have; ``redeliver`` sends
    frames that were not acknowledged again on the next socket; ``binary_frames`` are what clients
    get that do not ask for text. ``seed`` is what faults with a probability draw from.
    What begins with ``kept_`` is how many of a thing are remembered at most; the oldest go first.
    ``kept_body_bytes`` is the longest request body that the log of calls shows, ``kept_unacked``
    the frames for one device, ``kept_outbox`` those for a socket that does not read; it is cut off.
    ``scenario`` is the name or the path of one; what it sets goes before what is given here.
    """

    host: str = "127.0.0.1"
    port: int = 0
    page_port: int = 0
    state_dir: Path | None = None
    scenario: str | None = None
    gov: bool = False
    page_cap: int = 10
    owner_device_limit: int = 5
    phoneos_appears_s: float = 3.0
    phoneos_aware_s: float | None = None
    phone_registers_s: float | None = 4.0
    status_lag_s: float = 0.0
    dect_two_lines_at_once: bool = False
    webhook_lag_s: float = 0.0
    webhook_timeout_s: float = 10.0
    webhook_failures: int = 100
    webhook_failure_window_s: float = 300.0
    rate_per_second: float | None = None
    rate_burst: int = 10
    message_get_lag_s: float = 0.0
    activation_code_days: float = 30.0
    access_token_s: int = 1_209_599
    refresh_token_s: int = 7_775_999
    without_scopes: frozenset[str] = frozenset()
    socket_auth_seconds: float = 30.0
    redeliver: bool = True
    binary_frames: bool = True
    seed: int = 1
    device_cap: int = 50
    kept_messages: int = 50_000
    kept_file_bytes: int = 256 * 1024 * 1024
    kept_presses: int = 20_000
    kept_calls: int = 20_000
    kept_body_bytes: int = 100_000
    kept_changes: int = 20_000
    kept_unacked: int = 1_000
    kept_outbox: int = 10_000
    kept_tokens: int = 1_000
