"""The files for two replicas work as they stand: as far as that goes without their platforms.

Two processes run with the environment of the file, against a server that was prepared as the docs
say. Only addresses and the folder of the secrets are those of this machine.
"""

import asyncio
import os
import re
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psycopg
import pytest
import yaml

from bot.core.config import FILES, new_key
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.coverage_env import unmeasured
from tests.journeys.programs import Program, started
from tests.ports import free_port
from tests.postgres_server import OF_REPLICAS, PASSWORD, programs, required, server

ROOT = Path(__file__).parents[2]
DATABASE, ADMINISTRATOR = "deployed", "administrator_of_replicas"
HAND_OVER = 10.0  # seconds within which another replica must lead
TIMEOUT = 60.0
ADMIN = "ada@acme.example"
OF_THE_CLOUD = (
    "WEBEX_SERVICE_APP_CLIENT_ID", "WEBEX_API_URL", "WEBEX_U2C_URL", "WEBEX_CA_FILE",
)  # fmt: skip


def compose_environment() -> dict[str, str]:
    """What both replicas of compose.postgres.yaml get."""
    services = yaml.safe_load((ROOT / "compose.postgres.yaml").read_text())["services"]
    environment: dict[str, str] = services["provbot-a"]["environment"]
    assert services["provbot-b"]["environment"] == environment
    return environment


def kubernetes_environment() -> dict[str, str]:
    """What the pods of deploy/kubernetes get."""
    manifest = yaml.safe_load((ROOT / "deploy/kubernetes/deployment.yaml").read_text())
    [container] = manifest["spec"]["template"]["spec"]["containers"]
    return {variable["name"]: variable["value"] for variable in container["env"]}


ENVIRONMENTS = {"compose": compose_environment, "kubernetes": kubernetes_environment}


def documented_statements() -> str:
    """Those of docs/deployment.md."""
    docs = (ROOT / "docs/deployment.md").read_text()
    [statements] = re.findall(r"```sql\n(.*?)```", docs, re.DOTALL)
    return str(statements).replace("'…'", ":'password'")


def statements_of_compose() -> str:
    """What the image of PostgreSQL runs at its first start."""
    return (ROOT / "deploy/compose-database.sql").read_text()


STATEMENTS = {"compose": statements_of_compose, "kubernetes": documented_statements}


def prepare(statements: str) -> None:
    """Make role and database, as psql does it for an administrator."""
    statements = re.sub(r"((?:role|owner|to|from) )provbot", rf"\1{OF_REPLICAS}", statements)
    statements = statements.replace("database provbot", f"database {DATABASE}")
    statements = statements.replace("role postgres", f"role {ADMINISTRATOR}")
    drop()
    with psycopg.connect(server().url("postgres"), autocommit=True) as admin:
        admin.execute(f"create role {ADMINISTRATOR} superuser password '{PASSWORD}'")
    psql = [
        str((programs() or Path()) / "psql"),
        "-X",
        "-v",
        "ON_ERROR_STOP=1",
        "-v",
        f"password={PASSWORD}",
    ]
    env = {**os.environ, "POSTGRES_PASSWORD": PASSWORD}
    subprocess.run(  # noqa: S603 - our own words
        [*psql, server().url("postgres")], input=statements.encode(), env=env, check=True
    )


def drop() -> None:
    """Remove what `prepare` made."""
    with psycopg.connect(server().url("postgres"), autocommit=True) as admin:
        admin.execute(f"drop database if exists {DATABASE} with (force)")
        for role in (OF_REPLICAS, ADMINISTRATOR):
            admin.execute(f"drop role if exists {role}")


@pytest.fixture
def database(name: str) -> Iterator[str]:
    """The address of a database that nothing has been written to, without the password."""
    required()
    prepare(STATEMENTS[name]())
    yield f"postgresql://{OF_REPLICAS}@127.0.0.1:{server().port}/{DATABASE}"
    drop()


@dataclass
class Replica:
    """A process and its health port."""

    process: Program
    port: int

    async def get(self, path: str) -> tuple[int, str]:
        """Status and body of an answer; 0: there is none."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{self.port}{path}") as response,
            ):
                return response.status, await response.text()
        except aiohttp.ClientError:
            return 0, ""

    async def role(self) -> str:
        """What /readyz says, if it is ready."""
        status, text = await self.get("/readyz")
        found = re.search(r'"role": "(\w+)"', text)
        return found[1] if found and status == 200 else ""

    async def measured(self, name: str) -> float:
        """A metric without labels."""
        _, text = await self.get("/metrics")
        [value] = re.findall(rf"^{name} (\S+)$", text, re.MULTILINE)
        return float(value)


async def by_role(replicas: list[Replica], wanted: list[str]) -> dict[str, Replica]:
    """Wait until the replicas have these roles and are ready."""
    give_up_at = time.monotonic() + TIMEOUT
    while sorted(roles := [await replica.role() for replica in replicas]) != wanted:
        assert time.monotonic() < give_up_at, roles
        await asyncio.sleep(0.1)
    return dict(zip(roles, replicas, strict=True))


def on_this_machine(
    environment: dict[str, str], cloud: dict[str, str], folder: Path, address: str
) -> dict[str, str]:
    """The environment with this machine's addresses; its secrets are written into the folder."""
    secrets = {**cloud, "PROVBOT_KEY": new_key(), "PROVBOT_DATABASE_PASSWORD": PASSWORD}
    files = {}
    for name in set(environment) & set(FILES):
        file = folder / Path(environment[name]).name
        file.write_text(f"{secrets[name.removesuffix('_FILE')]}\n")
        files[name] = str(file)
    ours = {"PROVBOT_DATABASE": address, "PROVBOT_ADMINS": ADMIN, "PROVBOT_LOG": "json"}
    return {**environment, **{name: cloud[name] for name in OF_THE_CLOUD}, **files, **ours}


@asynccontextmanager
async def running(
    environment: dict[str, str], folder: Path, database: str
) -> AsyncIterator[list[Replica]]:
    """Two replicas in a cloud of their own."""
    async with Sandbox(Settings()) as sandbox, AsyncExitStack() as stack:
        settings = on_this_machine(environment, sandbox.env, folder, database)
        kept = {
            name: value
            for name, value in unmeasured(os.environ).items()
            if not name.startswith(("WEBEX_", "PROVBOT_", "PG"))
        }
        replicas: list[Replica] = []
        for number in range(2):
            port = free_port()
            log = stack.enter_context((folder / f"replica-{number}.log").open("ab"))
            env = {**kept, **settings, "PROVBOT_HTTP": f"127.0.0.1:{port}"}
            process = await started(["run"], env, folder, log)
            stack.push_async_callback(end, process)
            replicas.append(Replica(process, port))
        yield replicas


async def end(process: Program) -> int:
    """Ask a process to end; its exit status."""
    if process.returncode is None:
        process.send_signal(15)
    return await asyncio.wait_for(process.wait(), TIMEOUT)


@pytest.mark.parametrize("name", ["compose"])
def test_with_compose_the_bot_is_no_superuser_and_nobody_else_has_a_password(name, database):
    with psycopg.connect(server().url("postgres")) as admin:
        query = "select rolsuper, rolpassword is not null from pg_authid where rolname = %s"
        assert admin.execute(query, [OF_REPLICAS]).fetchone() == (False, True)
        assert admin.execute(query, [ADMINISTRATOR]).fetchone() == (True, False)


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("name", ENVIRONMENTS)
async def test_one_leads_and_the_other_takes_over(name, tmp_path, database):
    async with running(ENVIRONMENTS[name](), tmp_path, database) as replicas:
        roles = await by_role(replicas, ["leader", "standby"])
        leader, standby = roles["leader"], roles["standby"]
        assert [(await each.get("/healthz"))[0] for each in replicas] == [200, 200]
        assert [await each.measured("provbot_leader") for each in (leader, standby)] == [1, 0]
        assert [await each.measured("provbot_connected") for each in (leader, standby)] == [1, 0]
        epoch = await leader.measured("provbot_lease_epoch")
        with psycopg.connect(server().url("postgres")) as admin:
            [connections] = admin.execute(
                "select count(*) from pg_stat_activity where datname = %s", [DATABASE]
            ).fetchall()
        assert connections == (4,)  # docs/deployment.md: two for each replica

        ended_at = time.monotonic()
        assert await end(leader.process) == 0
        await by_role([standby], ["leader"])
        assert time.monotonic() - ended_at < HAND_OVER
        assert await standby.measured("provbot_lease_epoch") > epoch
        assert await standby.measured("provbot_connected") == 1
    logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert PASSWORD not in logs
