"""How a sandbox is set up. Ports of 0 mean: any free one."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Times are in seconds. Without ``state_dir`` a temporary directory is made and removed."""

    host: str = "127.0.0.1"
    port: int = 0
    page_port: int = 0
    state_dir: Path | None = None
    gov: bool = False
    device_cap: int = 50
    socket_auth_seconds: float = 30.0
    redeliver: bool = True
    binary_frames: bool = True
    person_tokens: bool = True
