"""A certificate authority of the sandbox, because webex-bot requires TLS.

See docs/webex/messaging.md §1.9.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Tls:
    """The server's context, and the CA file that clients must trust."""

    context: ssl.SSLContext
    ca_file: Path


def make_tls(directory: Path, *hosts: str) -> Tls:
    """Create a CA and a certificate for localhost, 127.0.0.1 and ``hosts``; write ``ca.pem``."""
    authority = trustme.CA()
    names = dict.fromkeys(("localhost", "127.0.0.1", *hosts))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    ca_file = directory / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return Tls(context, ca_file)
