"""The settings of a sandbox. A port of 0 means any free one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

GOVERNMENT_REFRESH_S: Final = 60 * 24 * 3600


@dataclass(frozen=True)
class Settings:
    """Settings; times are in seconds.

    Without ``state_dir`` a temporary directory is used.

    ``page_cap`` is the longest page of a list; a larger ``max`` is silently lowered. A new phone of
    the 9800 series stays invisible for ``phoneos_appears_s``; ``/devices`` lists it after
    ``phoneos_aware_s`` (None: never). A phone registers ``phone_registers_s`` after it was added,
    activated or plugged in; its ``connectionStatus`` lags ``status_lag_s`` behind. None: never by
    itself, but at once when somebody plugs it in or types in a code. Activation codes are valid
    for ``activation_code_days``.
    With ``dect_two_lines_at_once`` a DECT handset can be created with two lines, as documented;
    Webex was seen to refuse it (docs/webex/provisioning.md §5). Changes of a network's handsets
    with less than ``dect_spacing_s`` between them are counted as too early.

    Webhooks are ``webhook_lag_s`` late. A webhook becomes inactive after ``webhook_failures``
    failures within ``webhook_failure_window_s``; no answer within ``webhook_timeout_s`` is a
    failure.

    Each token can make ``rate_per_second`` calls, ``rate_burst`` of them at once (None: any
    number); with ``rate_per_api`` that many of each API, such as ``people`` or
    ``telephony/config``. For ``message_get_lag_s`` sockets and webhooks know a new message, but its
    GET answers 404. ``without_scopes`` are missing from the service app's authorization.

    ``device_cap`` is the number of socket registrations of one account; ``redeliver`` sends
    unacknowledged frames again on the next socket; with ``binary_frames`` clients get binary frames
    unless they ask for text. ``seed`` seeds the faults with a probability.

    Settings that begin with ``kept_`` limit how many of a thing are remembered; the oldest go
    first. ``kept_body_bytes`` limits the request bodies in the log, ``kept_unacked`` the frames for
    one device, ``kept_outbox`` those for a socket that does not read, which is then cut off.

    With ``gov`` it is Webex for Government: without the calls that are missing there, with refresh
    tokens of at most 60 days, and with a commercial cloud beside it (sandbox/wrong_cloud.py).

    ``scenario`` is the name or path of a scenario; its settings take precedence over these.
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
    dect_spacing_s: float = 90.0
    webhook_lag_s: float = 0.0
    webhook_timeout_s: float = 10.0
    webhook_failures: int = 100
    webhook_failure_window_s: float = 300.0
    rate_per_second: float | None = None
    rate_burst: int = 10
    rate_per_api: bool = False
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

    @property
    def refresh_lifetime_s(self) -> int:
        """The lifetime of a refresh token; 60 days in government (provisioning.md §9)."""
        return min(self.refresh_token_s, GOVERNMENT_REFRESH_S) if self.gov else self.refresh_token_s
