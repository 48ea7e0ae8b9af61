"""The systemd unit, as systemd reads it.

Nothing is started: that would need systemd as the first process.
"""

import re
from pathlib import Path

from tests.image.image import ROOT, ran

EXPOSED = 2.0  # of 10; up to 2 systemd calls OK


def unit(tmp_path: Path) -> Path:
    """The unit with a program that this machine has."""
    text = (ROOT / "deploy/provbot.service").read_text()
    path = tmp_path / "provbot.service"
    path.write_text(text.replace("/opt/provbot/bin/provbot run", "/bin/true"))
    return path


def test_systemd_understands_every_line(tmp_path):
    assert ran("systemd-analyze", "verify", "--man=no", str(unit(tmp_path))) == (0, "")


def test_systemd_would_not_stay_silent_about_a_line_it_does_not_know(tmp_path):
    path = unit(tmp_path)
    path.write_text(path.read_text().replace("ProtectSystem=strict", "ProtectSystm=strict"))
    _, output = ran("systemd-analyze", "verify", "--man=no", str(path))
    assert "ProtectSystm" in output


def test_systemd_finds_little_that_it_leaves_open(tmp_path):
    status, output = ran(
        "systemd-analyze", "security", "--offline=true", "--no-pager", str(unit(tmp_path))
    )
    exposure = re.search(r"Overall exposure level for provbot.service: ([\d.]+)", output)
    assert status == 0, output
    assert exposure
    assert float(exposure[1]) <= EXPOSED
