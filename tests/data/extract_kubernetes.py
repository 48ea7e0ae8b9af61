"""Renew kubernetes-schema.json from the schemas of a Kubernetes version.

    python -m tests.data.extract_kubernetes path/to/v1.29.0-local-strict/_definitions.json

The extract holds the kinds that deploy/ uses, and what these refer to. README.md beside this file
names the source and the licence.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

EXTRACT = Path(__file__).with_name("kubernetes-schema.json")
KINDS = {
    "apps/v1 Deployment": "io.k8s.api.apps.v1.Deployment",
    "networking.k8s.io/v1 NetworkPolicy": "io.k8s.api.networking.v1.NetworkPolicy",
    "policy/v1 PodDisruptionBudget": "io.k8s.api.policy.v1.PodDisruptionBudget",
    "v1 PersistentVolumeClaim": "io.k8s.api.core.v1.PersistentVolumeClaim",
    "v1 Service": "io.k8s.api.core.v1.Service",
}
REFERENCE = re.compile(r'"\$ref": "[^"]*#/(?:\$defs|definitions)/([^"]+)"')


def extract(whole: dict[str, Any]) -> dict[str, Any]:
    """The definitions that are needed, without prose."""
    definitions: dict[str, Any] = {}
    todo = list(KINDS.values())
    while todo:
        if (name := todo.pop()) not in definitions:
            text = json.dumps(_bare(whole[name]))
            todo += REFERENCE.findall(text)
            definitions[name] = json.loads(REFERENCE.sub(r'"$ref": "#/$defs/\1"', text))
    return {"kinds": KINDS, "$defs": dict(sorted(definitions.items()))}


def _bare(schema: Any) -> Any:
    """A schema without its descriptions; a property may have that name."""
    if isinstance(schema, list):
        return [_bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _bare(each) for name, each in value.items()}
        if key == "properties"
        else _bare(value)
        for key, value in schema.items()
        if key != "description" and not key.startswith("x-")
    }


if __name__ == "__main__":
    definitions = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    definitions = definitions.get("$defs") or definitions["definitions"]
    EXTRACT.write_text(json.dumps(extract(definitions), indent=1) + "\n", "utf-8")
