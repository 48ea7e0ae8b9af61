"""`make sbom`: reduce the bill of materials of a development environment to what is shipped.

    cyclonedx-py environment … | python -m deploy.sbom locks/runtime.txt > .sbom/provbot.cdx.json

The environment also holds the packages of tests and tools; the lock lists those that are shipped.
Both must name the same versions. Needs no network.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class Disagreement(Exception):
    """The lock and the environment name different packages or versions."""


def locked(text: str) -> dict[str, str]:
    """Return the versions in a lock, by package name."""
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)
    return {_plain(name): version for name, version in pins}


def shipped(bom: Json, lock: dict[str, str]) -> Json:
    """Keep only the locked packages and provbot itself in a CycloneDX bill of materials."""
    components = {_plain(component["name"]): component for component in bom["components"]}
    installed = {name: components[name]["version"] for name in lock if name in components}
    if installed != lock:
        names = sorted(name for name in lock if installed.get(name) != lock[name])
        raise Disagreement(
            f"The installed versions differ from the lock: {', '.join(names)}. Run `make lock`."
        )
    kept = [components[name] for name in sorted(lock)]
    refs = {component["bom-ref"] for component in kept}
    refs.add(bom["metadata"]["component"]["bom-ref"])
    dependencies = [_limited(edge, refs) for edge in bom["dependencies"] if edge["ref"] in refs]
    return {**bom, "components": kept, "dependencies": dependencies}


def _limited(edge: Json, refs: set[str]) -> Json:
    depends_on = [ref for ref in edge.get("dependsOn", ()) if ref in refs]
    return {"ref": edge["ref"], **({"dependsOn": depends_on} if depends_on else {})}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(lock: Path) -> None:
    """Filter the bill of materials on standard input to standard output."""
    bom = shipped(json.load(sys.stdin), locked(lock.read_text(encoding="utf-8")))
    sys.stdout.write(json.dumps(bom, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except Disagreement as error:
        sys.exit(str(error))
