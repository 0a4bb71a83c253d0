"""The services of deploy/compose.yaml together, each in its container: a document is taught and a question asked."""

import contextlib
import json
import os
import random
import shlex
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from engine import ENGINE, IMAGE, MODELS, ROOT, engine, inspect, logs, status, wait_until

SERVICES = ["ingestion", "embedding", "retrieval", "generation"]
COMPOSE = shlex.split(os.environ["COMPOSE"])
PROGRAM, PROJECT = os.environ["PROGRAM"], os.environ["PROJECT"]


def free_ports(number):
    """Ports that nobody has, so that two runs do not meet; below those that the system gives to whoever connects."""
    free = []
    while len(free) < number:
        port = random.randrange(20_000, 30_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            free.append(str(port))
    return free


def fixed_names(services):
    """A compose file that gives each service an address and tells the others of it. Debian 12's podman has a name server
    that now and then loses a query, which is five seconds each time, or an answer that there is no such name."""
    network = f"10.{100 + os.getpid() % 100}.{os.getpid() // 100 % 250}"
    addresses = {service: f"{network}.{number}" for number, service in enumerate(services, 10)}
    told = [f"{service}:{address}" for service, address in addresses.items()]
    return {
        "networks": {"default": {"ipam": {"config": [{"subnet": f"{network}.0/24"}]}}},
        "services": {
            service: {"networks": {"default": {"ipv4_address": address}}, "extra_hosts": told}
            for service, address in addresses.items()
        },
    }


class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        shutil.copy(ROOT / "deploy/compose.yaml", cls.folder)
        cls.files, cls.ports = ["compose.yaml"], free_ports(2)
        if "QDRANT_IMAGE" not in os.environ:
            shutil.copy(ROOT / "deploy/compose.embedded.yaml", cls.folder)
            cls.files.append("compose.embedded.yaml")
        if ENGINE == "podman":
            # JSON is YAML.
            (cls.folder / "names.yaml").write_text(json.dumps(fixed_names(["migrate", *SERVICES, "postgres", "nats"])))
            cls.files.append("names.yaml")
        subprocess.run([ROOT / "deploy/secrets.sh", cls.folder / "secrets"], check=True)
        cls.addClassCleanup(cls.take_away)
        cls.compose("up", "--detach")
        cls.wait_until_ready()

    @classmethod
    def compose(cls, *arguments):
        files = [part for file in cls.files for part in ("--file", file)]
        ports = {"STOA_INGESTION_PORT": cls.ports[0], "STOA_GENERATION_PORT": cls.ports[1]}
        environment = {**os.environ, **ports, "STOA_IMAGE": IMAGE, "STOA_MODELS": MODELS}
        done = subprocess.run(
            [*COMPOSE, "--project-name", PROJECT, *files, *arguments],
            cwd=cls.folder, env=environment, capture_output=True, text=True,
        )
        if done.returncode != 0:
            raise AssertionError(f"compose {arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    @classmethod
    def take_away(cls):
        cls.compose("down", "--volumes")
        for kind in ("container", "volume", "network"):
            left = engine(kind, "ls", *(["--all"] if kind == "container" else []), "--quiet", "--filter", f"name={PROJECT}").stdout
            assert not left.split(), f"a {kind} was left: {left}"

    @classmethod
    def container(cls, service):
        separator = "-" if ENGINE == "docker" else "_"
        return separator.join((PROJECT, service, "1"))

    @classmethod
    def ill(cls, service):
        """What its health check says, or nothing when it is well. Podman runs those itself only under systemd."""
        container = cls.container(service)
        if ENGINE == "podman":
            done = engine("healthcheck", "run", container, check=False)
            well, said = done.returncode == 0, done.stdout + done.stderr
        else:
            health = inspect(container)["State"]["Health"]
            well, said = health["Status"] == "healthy", json.dumps(health)
        return None if well else f"{said}\n{logs(container)}"

    @classmethod
    def wait_until_ready(cls):
        for service in SERVICES:
            wait_until(f"{service} is ready", lambda service=service: cls.ill(service))

    def client(self, service, *arguments):
        """A command of the program on this machine, by the port that compose opens for it."""
        port = self.ports[["ingestion", "generation"].index(service)]
        done = subprocess.run(
            [PROGRAM, "--server", f"http://127.0.0.1:{port}", *arguments, "--json"],
            env={"STOA_TOKEN_FILE": f"{self.folder}/secrets/token"}, capture_output=True, text=True, timeout=120,
        )
        self.assertEqual(done.returncode, 0, f"{done.stdout}{done.stderr}{logs(self.container(service))}")
        return json.loads(done.stdout)

    def answer_is_known(self):
        answer = self.client("generation", "ask", "How many days of vacation does an employee get?")
        self.assertIn("27 days", answer["answer"])
        self.assertTrue(answer["citations"][0]["document"].endswith("time-off.md"), answer)

    def test_a_document_is_taught_asked_about_and_there_after_a_restart(self):
        learned = self.client("ingestion", "learn", str(ROOT / "examples/handbook"))
        self.assertEqual([job["state"] for job in learned["jobs"]], ["succeeded"] * 3)
        self.answer_is_known()
        unknown = self.client("generation", "ask", "Who won the football world cup in 1998?")
        self.assertTrue(unknown["abstained"], unknown)

        for service in SERVICES:
            # No process of it had to be killed.
            engine("stop", "--time", "30", self.container(service))
            self.assertEqual(inspect(self.container(service))["State"]["ExitCode"], 0, logs(self.container(service)))
        for service in SERVICES:
            engine("start", self.container(service))
        self.wait_until_ready()
        self.answer_is_known()

    def test_no_service_has_rights(self):
        for service in SERVICES:
            with self.subTest(service):
                seen = status(self.container(service))
                self.assertEqual(seen["Uid"], ["65532"] * 4)
                self.assertEqual({seen[f"Cap{kind}"][0].strip("0") for kind in ("Eff", "Prm", "Bnd")}, {""})
                self.assertEqual(seen["NoNewPrivs"], ["1"])
                self.assertTrue(inspect(self.container(service))["HostConfig"]["ReadonlyRootfs"])
