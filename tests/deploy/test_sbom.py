"""The bill of materials names what is shipped: no more, no less, and who needs whom."""

import json
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from deploy.sbom import Disagreement, locked, shipped

ROOT = Path(__file__).parents[2]
LOCK = "aiohttp==1.0 \\\n    --hash=sha256:00\ntyping-extensions==4.1\n"


def bom(**installed: str):
    """As cyclonedx-py writes it: Bob's tools are in it as well."""
    return {
        "metadata": {"component": {"bom-ref": "root", "name": "provbot"}},
        "components": [
            {"bom-ref": f"{name}=={version}", "name": name, "version": version}
            for name, version in installed.items()
        ],
        "dependencies": [
            {"ref": "root", "dependsOn": ["aiohttp==1.0", "pytest==9.0"]},
            {"ref": "aiohttp==1.0", "dependsOn": ["typing_extensions==4.1"]},
            {"ref": "typing_extensions==4.1"},
            {"ref": "pytest==9.0", "dependsOn": ["pluggy==1.0"]},
        ],
    }


def test_only_what_is_shipped_is_named():
    document = shipped(bom(aiohttp="1.0", typing_extensions="4.1", pytest="9.0"), locked(LOCK))
    assert [component["name"] for component in document["components"]] == [
        "aiohttp",
        "typing_extensions",
    ]
    assert document["dependencies"] == [
        {"ref": "root", "dependsOn": ["aiohttp==1.0"]},
        {"ref": "aiohttp==1.0", "dependsOn": ["typing_extensions==4.1"]},
        {"ref": "typing_extensions==4.1"},
    ]


@pytest.mark.parametrize(
    "installed", [{"aiohttp": "1.0"}, {"aiohttp": "1.1", "typing_extensions": "4.1"}]
)
def test_an_environment_that_is_not_what_is_shipped_is_refused(installed):
    with pytest.raises(Disagreement, match="make lock"):
        shipped(bom(**installed), locked(LOCK))


def test_make_sbom_writes_one_that_fits_the_standard(tmp_path):
    made = tmp_path / "provbot.cdx.json"
    done = subprocess.run(  # noqa: S603 - our own
        ["make", "--silent", "sbom", f"SBOM={made}"],  # noqa: S607 - the machine's
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = made.read_text()
    # Imported here: to load it takes a second and a half, in each worker.
    version = import_module("cyclonedx.schema").SchemaVersion.V1_6
    validator = import_module("cyclonedx.validation.json").JsonStrictValidator(version)
    assert validator.validate_str(text) is None
    named = {
        component["name"].lower().replace("_", "-") for component in json.loads(text)["components"]
    }
    assert {"aiohttp", "webex-bot"} <= named
    assert {"pytest", "mypy", "trustme", "cyclonedx-bom", "pip"} & named == set()
    assert str(ROOT) not in text
