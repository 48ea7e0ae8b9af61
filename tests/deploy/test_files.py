"""The files for deployment parse, name settings that exist, and give the bot enough time."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli.exit_status import CONFIG_IS_WRONG, TOKEN_IS_REFUSED
from bot.core.config import FILES, KNOWN, SECRETS
from bot.service.bot import CANCEL_TIMEOUT, FINISH_TIMEOUT
from bot.service.connection_limit import MAX_CONNECTIONS as MAX_HEALTH_CONNECTIONS
from bot.webex.connections import MAX_CONNECTIONS

ROOT = Path(__file__).parents[2]
COMPOSE = ("compose.yaml", "compose.demo.yaml")
DEPLOYMENT = (ROOT / "docs/deployment.md").read_text()
STOPPING = FINISH_TIMEOUT + CANCEL_TIMEOUT + 3  # seconds; with the goodbye to the socket
UID = 10001
FILES_NEEDED = (
    MAX_CONNECTIONS + MAX_HEALTH_CONNECTIONS + 64
)  # to Webex, to health, and what a process has open
MEMORY = 192  # MiB: what is held after many people pressed at the same time
UPDATE = 120  # seconds that the update of a large database may take


def service(name: str) -> dict[str, Any]:
    """The only service of a compose file."""
    [only] = yaml.safe_load((ROOT / name).read_text())["services"].values()
    assert isinstance(only, dict)
    return only


def unit() -> dict[str, list[str]]:
    """Values by name of the unit's [Service]; a name may come more than once."""
    values: dict[str, list[str]] = {}
    section = ""
    for line in (ROOT / "deploy/provbot.service").read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            values.setdefault(name, []).append(value)
    return values


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_keeps_the_container_small(name):
    compose_service = service(name)
    assert compose_service["read_only"] is True
    assert compose_service["cap_drop"] == ["ALL"]
    assert compose_service["security_opt"] == ["no-new-privileges:true"]
    assert any(place.startswith("/tmp:") for place in compose_service["tmpfs"])  # noqa: S108
    assert all(port.startswith("127.0.0.1:") for port in compose_service["ports"])
    assert int(compose_service["stop_grace_period"].removesuffix("s")) >= STOPPING
    assert compose_service["init"] is True
    assert compose_service["ulimits"]["core"] == 0
    assert compose_service["ulimits"]["nofile"] >= FILES_NEEDED


def test_compose_names_settings_that_exist_and_secrets_in_files_only():
    compose_service = service("compose.yaml")
    whole = yaml.safe_load((ROOT / "compose.yaml").read_text())
    settings = compose_service["environment"]
    assert set(settings) <= set(KNOWN)
    assert set(settings) & set(SECRETS) == set()
    files = {name: value for name, value in settings.items() if name in FILES}
    assert set(files.values()) == {f"/run/secrets/{name}" for name in compose_service["secrets"]}
    assert list(whole["secrets"]) == compose_service["secrets"]
    assert compose_service["restart"] == "on-failure:5"
    assert compose_service["volumes"] == ["data:/var/lib/provbot"]


def test_what_compose_demands_is_there_before_its_first_command():
    demanded = re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text())
    section = DEPLOYMENT.split("## Compose", 1)[1]
    [steps] = re.findall(r"```\n(cat > \.env.*?)```", section, re.DOTALL)
    first = steps.index("docker compose build")
    assert demanded
    assert all(f"\n{name}=" in steps[:first] for name in demanded)


def test_every_other_setting_reaches_the_container():
    compose_service = service("compose.yaml")
    assert compose_service["env_file"] == [{"path": "provbot.env", "required": False}]
    assert "goes into `provbot.env`" in DEPLOYMENT


def test_the_demo_is_a_stage_of_the_same_file():
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.search(
        rf"^FROM \S+ AS {service('compose.demo.yaml')['build']['target']}$",
        dockerfile,
        re.MULTILINE,
    )
    assert re.findall(r"^FROM .*$", dockerfile, re.MULTILINE)[-1] == "FROM base AS bot"
    assert {
        image for image in re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) if ":" in image
    } == set()


def test_the_unit_names_settings_that_exist_and_secrets_in_files_only():
    unit_settings = unit()
    settings = dict(setting.split("=", 1) for setting in unit_settings["Environment"])
    assert {name for name in settings if name != "PYTHONUNBUFFERED"} <= set(KNOWN)
    assert set(settings) & set(SECRETS) == set()
    files = {value for name, value in settings.items() if name in FILES}
    assert files == {
        f"%d/{credential.split(':')[0]}" for credential in unit_settings["LoadCredential"]
    }


def test_the_unit_gives_the_bot_time_and_does_not_repeat_what_a_person_must_mend():
    unit_settings = unit()
    assert int(unit_settings["TimeoutStopSec"][0]) >= STOPPING
    assert unit_settings["RestartPreventExitStatus"] == [f"{CONFIG_IS_WRONG} {TOKEN_IS_REFUSED}"]
    assert unit_settings["DynamicUser"] == ["yes"]
    assert unit_settings["ProtectSystem"] == ["strict"]
    assert unit_settings["LimitCORE"] == ["0"]
    assert int(unit_settings["LimitNOFILE"][0]) >= FILES_NEEDED


def test_the_unit_leaves_what_the_metrics_of_the_process_are_read_from():
    unit_settings = unit()
    assert unit_settings["ProtectProc"] == ["invisible"]
    assert unit_settings.get("ProcSubset", ["all"]) == ["all"]  # pid hides /proc/stat


def test_the_manifest_of_the_docs_holds_what_the_docs_say():
    [text] = re.findall(r"```yaml\n(.*?)```", DEPLOYMENT, re.DOTALL)
    _, deployment = yaml.safe_load_all(text)
    spec = deployment["spec"]
    pod = spec["template"]["spec"]
    [container] = pod["containers"]
    names = {variable["name"] for variable in container["env"]}
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")
    assert pod["terminationGracePeriodSeconds"] >= STOPPING
    assert pod["enableServiceLinks"] is False  # PROVBOT_PORT is not a setting
    assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == UID
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    startup = container["startupProbe"]
    assert startup["httpGet"]["path"] == "/healthz"
    assert startup["periodSeconds"] * startup["failureThreshold"] >= UPDATE
    assert int(container["resources"]["requests"]["memory"].removesuffix("Mi")) >= MEMORY
    [secrets] = [volume["secret"] for volume in pod["volumes"] if "secret" in volume]
    assert secrets["defaultMode"] == 0o400
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert names <= set(KNOWN)
    assert names & set(SECRETS) == set()
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounted == {"/var/lib/provbot", "/tmp", "/run/secrets/provbot"}  # noqa: S108


def test_the_network_policy_belongs_to_the_pod_and_opens_nothing_else():
    policy = yaml.safe_load((ROOT / "deploy/networkpolicy.yaml").read_text())
    [text] = re.findall(r"```yaml\n(.*?)```", DEPLOYMENT, re.DOTALL)
    *_, deployment = yaml.safe_load_all(text)
    template = deployment["spec"]["template"]
    [container] = template["spec"]["containers"]
    spec = policy["spec"]
    assert spec["podSelector"]["matchLabels"] == template["metadata"]["labels"]
    assert sorted(spec["policyTypes"]) == ["Egress", "Ingress"]
    [entry] = spec["ingress"]
    assert [port["port"] for port in entry["ports"]] == [container["ports"][0]["containerPort"]]
    assert all("namespaceSelector" in peer for peer in entry["from"])
    assert {port["port"] for rule in spec["egress"] for port in rule["ports"]} == {53, 443}
    assert all(rule["to"] for rule in spec["egress"])
    assert "deploy/networkpolicy.yaml" in DEPLOYMENT
