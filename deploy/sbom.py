"""`make sbom`: what is shipped, out of what cyclonedx-py found on the machine of a developer.

    cyclonedx-py environment … | python -m deploy.sbom locks/runtime.txt > .sbom/provbot.cdx.json

The environment has what tests and tools need as well; the lock says what of it is shipped, and both
must agree. Works without any network.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class Disagreement(Exception):
    """The lock and the environment have different packages."""


def locked(text: str) -> dict[str, str]:
    """Version by name of a lock."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)
    return {_plain(name): version for name, version in found}


def shipped(bom: Json, lock: dict[str, str]) -> Json:
    """The bill of materials (CycloneDX) with nothing but what the lock names, and provbot itself."""
    there = {_plain(one["name"]): one for one in bom["components"]}
    installed = {name: there[name]["version"] for name in lock if name in there}
    if installed != lock:
        names = sorted(name for name in lock if installed.get(name) != lock[name])
        raise Disagreement(
            f"Not installed as the lock has it: {', '.join(names)}. Run `make lock`."
        )
    kept = [there[name] for name in sorted(lock)]
    refs = {one["bom-ref"] for one in kept} | {bom["metadata"]["component"]["bom-ref"]}
    needs = [_needs(one, refs) for one in bom["dependencies"] if one["ref"] in refs]
    return {**bom, "components": kept, "dependencies": needs}


def _needs(one: Json, refs: set[str]) -> Json:
    wanted = [ref for ref in one.get("dependsOn", ()) if ref in refs]
    return {"ref": one["ref"], **({"dependsOn": wanted} if wanted else {})}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(lock: Path) -> None:
    """From standard input to standard output."""
    bom = shipped(json.load(sys.stdin), locked(lock.read_text(encoding="utf-8")))
    sys.stdout.write(json.dumps(bom, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except Disagreement as problem:
        sys.exit(str(problem))
