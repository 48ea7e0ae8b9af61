"""Manifests and compose for two replicas fit Kubernetes, the settings, and what the image needs."""

import importlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.config import FILES, KNOWN, SECRETS
from bot.core.models import database_address
from bot.core.models.database_address import PostgresAddress
from bot.service.bot import CANCEL_TIMEOUT, FINISH_TIMEOUT

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "deploy/kubernetes"
DEPLOYMENT = (ROOT / "docs/deployment.md").read_text()
SCHEMA = json.loads((ROOT / "tests/data/kubernetes-schema.json").read_text())
STOPPING = FINISH_TIMEOUT + CANCEL_TIMEOUT + 3  # seconds; with the goodbye to the socket
UID = 10001
LABELS = {"app": "provbot"}
STATEMENTS = (ROOT / "deploy/compose-database.sql").read_text()
SECRET_FOLDER = "/run/secrets/provbot/"


def manifests() -> dict[str, dict[str, Any]]:
    """What `kubectl apply` gets, by kind and name."""
    files = [*sorted(MANIFESTS.glob("*.yaml")), ROOT / "deploy/networkpolicy.yaml"]
    documents = [each for path in files for each in yaml.safe_load_all(path.read_text())]
    documents += [
        each
        for text in re.findall(r"```yaml\n(.*?)```", DEPLOYMENT, re.DOTALL)
        for each in yaml.safe_load_all(text)
    ]
    return {f"{number} {each['kind']}": each for number, each in enumerate(documents)}


def manifest(name: str) -> Any:
    """The only document of a file."""
    return yaml.safe_load((MANIFESTS / f"{name}.yaml").read_text())


def container() -> Any:
    """That of the Deployment."""
    [only] = manifest("deployment")["spec"]["template"]["spec"]["containers"]
    return only


def faults(document: dict[str, Any]) -> list[str]:
    """What Kubernetes would refuse, also fields that it does not have."""
    kind = SCHEMA["kinds"][f"{document['apiVersion']} {document['kind']}"]
    schema = {"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]}
    validator = importlib.import_module("jsonschema").Draft202012Validator(schema)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


@pytest.mark.parametrize("name", manifests())
def test_kubernetes_knows_each_field(name):
    assert faults(manifests()[name]) == []


def test_a_misspelt_field_and_a_wrong_type_would_be_found():
    broken = manifest("deployment")
    broken["spec"]["replica"] = 2
    broken["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": "8788"}]
    assert len(faults(broken)) == 2


def test_a_new_replica_is_ready_before_an_old_one_ends():
    spec = manifest("deployment")["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    }
    pod = spec["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] >= STOPPING
    [budget] = [each for each in manifests().values() if each["kind"] == "PodDisruptionBudget"]
    assert budget["spec"]["minAvailable"] == 1


def test_everything_selects_the_pods_of_the_deployment():
    spec = manifest("deployment")["spec"]
    assert spec["template"]["metadata"]["labels"] == LABELS
    selectors = [
        spec["selector"]["matchLabels"],
        manifest("disruptionbudget")["spec"]["selector"]["matchLabels"],
        manifest("networkpolicy")["spec"]["podSelector"]["matchLabels"],
        manifest("service")["spec"]["selector"],
        *(
            constraint["labelSelector"]["matchLabels"]
            for constraint in spec["template"]["spec"]["topologySpreadConstraints"]
        ),
    ]
    assert selectors == [LABELS] * len(selectors)


def test_the_pod_keeps_nothing_and_has_secrets_in_files_only():
    pod = manifest("deployment")["spec"]["template"]["spec"]
    settings = {variable["name"]: variable["value"] for variable in container()["env"]}
    assert set(settings) <= set(KNOWN)
    assert set(settings) & set(SECRETS) == set()
    assert pod["enableServiceLinks"] is False  # the Service would make PROVBOT_PORT
    assert [next(iter(set(volume) - {"name"})) for volume in pod["volumes"]] == [
        "emptyDir",
        "secret",
    ]
    assert pod["volumes"][1]["secret"]["defaultMode"] == 0o400
    mounted = {mount["mountPath"] for mount in container()["volumeMounts"]}
    assert mounted == {"/tmp", SECRET_FOLDER.rstrip("/")}  # noqa: S108
    files = {value for name, value in settings.items() if name in FILES}
    created = re.findall(r"--from-file=(\S+)", (MANIFESTS / "deployment.yaml").read_text())
    address = settings["PROVBOT_DATABASE"]
    named = {path.removeprefix(SECRET_FOLDER) for path in files}
    assert named | {address.rpartition(SECRET_FOLDER)[2]} == set(created)


def test_the_address_of_the_manifest_checks_the_certificate():
    settings = {variable["name"]: variable["value"] for variable in container()["env"]}
    address = database_address.parse(settings["PROVBOT_DATABASE"])
    assert isinstance(address, PostgresAddress)
    assert "sslmode=verify-full" in address.url


def test_probes_fit_leader_and_standby():
    probes = container()
    assert probes["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert probes["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert probes["readinessProbe"]["httpGet"]["path"] == "/readyz"
    [port] = probes["ports"]
    [served] = manifest("service")["spec"]["ports"]
    assert served["targetPort"] == port["name"]
    assert served["port"] == port["containerPort"]


def test_the_pod_is_as_closed_as_that_with_sqlite():
    [text] = re.findall(r"```yaml\n(.*?)```", DEPLOYMENT.partition("## Kubernetes")[2], re.DOTALL)
    *_, single = yaml.safe_load_all(text)
    pod, other = (each["spec"]["template"]["spec"] for each in (manifest("deployment"), single))
    for name in ("securityContext", "automountServiceAccountToken", "enableServiceLinks"):
        assert pod[name] == other[name]
    [alone] = other["containers"]
    for name in ("securityContext", "resources", "image", "ports"):
        assert container()[name] == alone[name]


def test_the_pod_for_commands_is_that_of_the_deployment_which_only_waits():
    jq = shutil.which("jq")
    if jq is None:
        pytest.skip("jq is not installed")
    filters = re.findall(r"jq '(.*?)'", DEPLOYMENT, re.DOTALL)
    content = json.dumps(manifest("deployment"))
    pods = []
    for each in filters:
        run = subprocess.run([jq, each], input=content, capture_output=True, text=True, check=True)  # noqa: S603
        content = run.stdout
        pods.append(json.loads(content))
    command, migrate = pods
    for pod in pods:
        assert (pod["apiVersion"], pod["kind"], pod["metadata"]["labels"]) == ("v1", "Pod", LABELS)
        of_pods = manifest("deployment")
        of_pods["spec"]["template"]["spec"] = pod["spec"] | {"restartPolicy": "Always"}
        assert faults(of_pods) == []
        assert pod["spec"]["restartPolicy"] == "Never"
    [waiting] = command["spec"]["containers"]
    assert waiting["command"] == ["sleep", "3600"]
    probes = {"startupProbe", "livenessProbe", "readinessProbe"}
    assert {**waiting, "command": None} == {
        **{name: value for name, value in container().items() if name not in probes},
        "command": None,
    }
    assert migrate["spec"]["containers"][0]["volumeMounts"][-1]["mountPath"] == "/var/lib/provbot"


def test_the_policy_adds_the_database_and_nothing_else():
    spec = manifest("networkpolicy")["spec"]
    assert spec["policyTypes"] == ["Egress"]
    assert [port["port"] for rule in spec["egress"] for port in rule["ports"]] == [5432]
    assert all(rule["to"] for rule in spec["egress"])


def compose() -> dict[str, Any]:
    """The file with two replicas."""
    whole = yaml.safe_load((ROOT / "compose.postgres.yaml").read_text())
    assert isinstance(whole, dict)
    return whole


def replicas() -> list[dict[str, Any]]:
    """The services that run provbot."""
    return [each for each in compose()["services"].values() if each["image"] == "provbot"]


def test_both_replicas_are_the_same_but_for_the_port_on_this_machine():
    first, second = replicas()
    assert {name for name in first if first[name] != second[name]} == {"ports"}
    assert first["ports"] != second["ports"]
    assert all(port.startswith("127.0.0.1:") for each in replicas() for port in each["ports"])


def test_a_replica_is_as_closed_as_the_one_with_sqlite():
    single = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["provbot"]
    for name in (
        "read_only", "cap_drop", "security_opt", "pids_limit", "ulimits", "mem_limit", "init",
        "stop_grace_period", "env_file", "build", "image",
    ):  # fmt: skip
        assert replicas()[0][name] == single[name]
    assert [place.partition(":")[0] for place in replicas()[0]["tmpfs"]] == [
        "/tmp",  # noqa: S108
        "/var/lib/provbot",
    ]
    assert "volumes" not in replicas()[0]


def test_compose_names_settings_that_exist_and_secrets_in_files_only():
    settings = replicas()[0]["environment"]
    single = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["provbot"]
    assert set(settings) <= set(KNOWN)
    assert set(settings) & set(SECRETS) == set()
    assert {name: settings[name] for name in single["environment"]} == single["environment"]
    files = {value for name, value in settings.items() if name in FILES}
    assert files == {f"/run/secrets/{name}" for name in replicas()[0]["secrets"]}
    assert sorted(compose()["secrets"]) == sorted(replicas()[0]["secrets"])
    # A fenced process ends with status 1, so that it may not be the last start.
    assert replicas()[0]["restart"] == "unless-stopped"


def test_the_replicas_wait_for_the_database_that_they_name():
    database = compose()["services"]["database"]
    check = database["healthcheck"]["test"]
    settings = replicas()[0]["environment"]
    address = database_address.parse(settings["PROVBOT_DATABASE"])
    [(role, name)] = re.findall(r"--username=(\S+) --dbname=(\S+)", " ".join(check))
    assert str(address) == f"postgresql://{role}@database/{name}"
    assert f"create role {role} login" in STATEMENTS
    assert f"create database {name} owner {role}" in STATEMENTS
    assert database["environment"] == {
        "POSTGRES_PASSWORD_FILE": settings["PROVBOT_DATABASE_PASSWORD_FILE"]
    }
    assert replicas()[0]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "ports" not in database
    volume, script = database["volumes"]
    assert volume.partition(":")[0] in compose()["volumes"]
    assert script.endswith(":/docker-entrypoint-initdb.d/provbot.sql:ro")


def test_the_role_of_compose_is_made_as_the_docs_say():
    [documented] = re.findall(r"```sql\n(.*?)```", DEPLOYMENT, re.DOTALL)
    for statement in documented.strip().splitlines():
        assert statement.replace("'…'", ":'password'") in STATEMENTS


def test_what_compose_demands_is_there_before_its_first_command():
    demanded = set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.postgres.yaml").read_text()))
    steps = DEPLOYMENT.partition("## Compose")[2].partition("\n## ")[0]
    assert demanded
    assert all(f"\n{name}=" in steps for name in demanded)
    assert "docker compose -f compose.postgres.yaml up --detach" in steps
