"""A rendered release as plain processes of this machine: the commands, variables, Secrets and files of the manifests, with two
things put in their place: names of Services become ports of localhost, and mounted folders lie below a folder of each pod."""

import base64
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

import harness
from harness import of

ASSETS = pathlib.Path(os.environ.get("STOA_ASSETS_DIR") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "stoa")
STORES = ("postgresql", "nats")
SERVICES = ("embedding", "retrieval", "generation", "ingestion")


def program():
    """The program, where it was built. STOA_HELM_PROGRAM says that it must be there."""
    named = os.environ.get("STOA_HELM_PROGRAM")
    path = pathlib.Path(named or pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or harness.ROOT / "target") / "release/stoa")
    assert path.is_file() or not named, f"STOA_HELM_PROGRAM names {path}, which is not there"
    return path if path.is_file() else None


def free_ports(count):
    with contextlib.ExitStack() as held:
        listeners = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in listeners]


class Release:
    """Runs what is asked for, until it is left."""

    def __init__(self, documents, stoa):
        self.documents, self.stoa = documents, stoa
        # Not below a folder of pytest, which nobody else passes through: PostgreSQL has a user of its own.
        self.temporary = tempfile.TemporaryDirectory(prefix="stoa-release-")
        self.folder = pathlib.Path(self.temporary.name)
        self.folder.chmod(0o711)
        self.running, self.made = {}, {}
        places = [(name, port) for name in SERVICES for port in (50051, 9464)] + [("postgresql", 5432), ("nats", 4222), ("nats", 8222)]
        self.ports = dict(zip(places, free_ports(len(places))))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in list(self.running)[::-1]:
            self.stop(name)
        self.temporary.cleanup()

    # What Kubernetes does with a manifest

    def pod(self, name):
        """Its spec, and the folder that is its root, which is made the first time."""
        if name in self.made:
            return self.made[name]
        spec, root = self.made.setdefault(name, (self.spec(name), self.folder / name))
        for volume in spec.get("volumes", []):
            for container in harness.containers(spec):
                self.mount(root, volume, [m for m in container["volumeMounts"] if m["name"] == volume["name"]])
        for container in spec["containers"]:
            for mount in container["volumeMounts"]:
                path = root / mount["mountPath"].lstrip("/")
                if not path.exists():
                    path.mkdir(parents=True)
        return spec, root

    def spec(self, name):
        for document in self.documents:
            if document["kind"] in ("Deployment", "StatefulSet", "Job") and re.fullmatch(rf"stoa-{name}(-\d+)?", document["metadata"]["name"]):
                return document["spec"]["template"]["spec"]
            if document["kind"] == "Pod" and document["metadata"]["name"] == f"stoa-{name}":
                return document["spec"]
        raise KeyError(name)

    def mount(self, root, volume, mounts):
        if "secret" in volume:
            files = {key: base64.b64decode(value) for key, value in of(self.documents, "Secret", volume["secret"]["secretName"])["data"].items()}
            items, mode = volume["secret"].get("items"), volume["secret"].get("defaultMode", 0o644)
        elif "configMap" in volume:
            files = {key: text.encode() for key, text in of(self.documents, "ConfigMap", volume["configMap"]["name"])["data"].items()}
            items, mode = volume["configMap"].get("items"), 0o644
        else:
            return
        for mount in mounts:
            path = root / mount["mountPath"].lstrip("/")
            if "subPath" in mount:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(files[mount["subPath"]])
                continue
            path.mkdir(parents=True, exist_ok=True)
            for key in [item["key"] for item in items] if items else files:
                (path / key).write_bytes(files[key])
                # A key of one's own is for oneself alone: there is no group of the pod here, unless we are root.
                (path / key).chmod(mode if os.geteuid() == 0 else 0o600)

    def environment(self, spec, container, root):
        settings = {}
        for source in container.get("envFrom", []):
            settings |= of(self.documents, "ConfigMap", source["configMapRef"]["name"])["data"]
        for variable in container.get("env", []):
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if not reference:
                settings[variable["name"]] = variable["value"]
                continue
            data = of(self.documents, "Secret", reference["name"])["data"]
            assert reference["key"] in data or reference.get("optional"), f"{reference} is not there"
            if reference["key"] in data:
                settings[variable["name"]] = base64.b64decode(data[reference["key"]]).decode()
        return {name: self.here(text, spec, root) for name, text in settings.items()}

    def here(self, text, spec, root):
        """A text with addresses and folders of this machine."""
        for (name, port), own in self.ports.items():
            text = re.sub(rf"\bstoa-{name}\.chat\.svc:{port}\b", f"localhost:{own}", text)
        paths = sorted({mount["mountPath"] for container in harness.containers(spec) for mount in container["volumeMounts"]}, key=len, reverse=True)
        return re.sub(rf"(?<![\w./-])({'|'.join(paths)})(?=/|\s|\"|$)", rf"{root}\1", text)

    # Processes

    def start(self, name, command, environment=None, **options):
        log = (self.folder / f"{name}.log").open("a")
        inherited = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        self.running[name] = subprocess.Popen([str(part) for part in command], env=inherited | (environment or {}), stdout=log, stderr=log, start_new_session=True, **options)

    def stop(self, name, how=signal.SIGTERM):
        process = self.running.pop(name)
        process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def wait_for(self, name, holds, seconds=120):
        end = time.monotonic() + seconds
        while not holds():
            ended = name in self.running and self.running[name].poll() is not None
            assert not ended and time.monotonic() < end, f"{name} is not ready:\n{(self.folder / f'{name}.log').read_text()[-3000:]}"
            time.sleep(0.1)

    def answers(self, port, path):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=5) as answer:
            return answer.status == 200
        return False

    def metrics(self, name):
        with urllib.request.urlopen(f"http://localhost:{self.ports[name, 9464]}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def start_postgresql(self):
        """As its image starts it: a folder of its own, made when it is empty, and then the arguments."""
        spec, root = self.pod("postgresql")
        container = spec["containers"][0]
        settings = self.environment(spec, container, root)
        programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        password = root / "password"
        password.write_text(settings["POSTGRES_PASSWORD"])
        alone = []
        if os.geteuid() == 0:
            # The server refuses to be root. Secrets are of its group, as they are of the pod's; what it may write is its own.
            alone = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
            harness.run("chgrp", "-R", "postgres", root)
            harness.run("chown", "-R", "postgres", password, *[f"{root}{mount['mountPath']}" for mount in container["volumeMounts"] if not mount.get("readOnly")])
        self.postgres = {"programs": programs, "alone": alone, "settings": settings}
        data = settings["PGDATA"]
        if not pathlib.Path(data).exists():
            harness.run(*alone, programs / "initdb", "-D", data, "-U", settings["POSTGRES_USER"], "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", f"--pwfile={password}", cwd="/")
        port = self.ports["postgresql", 5432]
        arguments = [self.here(argument, spec, root) for argument in container["args"]][1:]
        self.start("postgresql", [*alone, programs / "postgres", "-D", data, *arguments, "-c", f"port={port}", "-c", "listen_addresses=localhost", "-c", f"unix_socket_directories={root}/tmp"], cwd="/")
        self.wait_for("postgresql", lambda: harness.run(programs / "pg_isready", "-q", "-h", "localhost", "-p", port, check=False).returncode == 0)
        if self.psql("SELECT 1 FROM pg_database WHERE datname = 'stoa'", "postgres") != "1":
            self.psql("CREATE DATABASE stoa", "postgres")

    def psql(self, statement, database="stoa"):
        return self.postgres_tool("psql", "-qtAX", "-v", "ON_ERROR_STOP=1", "-c", statement, database=database).stdout.strip()

    def postgres_tool(self, tool, *arguments, database="stoa"):
        """A program of PostgreSQL, as an operator runs it."""
        settings = self.postgres["settings"]
        access = {"PGHOST": "localhost", "PGPORT": str(self.ports["postgresql", 5432]), "PGUSER": settings["POSTGRES_USER"], "PGPASSWORD": settings["POSTGRES_PASSWORD"], "PGDATABASE": database}
        return harness.run(self.postgres["programs"] / tool, *arguments, env={"PATH": os.environ["PATH"]} | access)

    def start_nats(self):
        spec, root = self.pod("nats")
        container = spec["containers"][0]
        for file in (root / "etc/nats").iterdir():
            file.write_text(self.here(file.read_text(), spec, root))
        port, monitor = self.ports["nats", 4222], self.ports["nats", 8222]
        arguments = [self.here(argument, spec, root) for argument in container["args"]]
        self.start("nats", [ASSETS / "bin" / container["command"][0], *arguments, "--addr", "127.0.0.1", "--port", port, "--http_port", monitor])
        self.wait_for("nats", lambda: self.answers(monitor, container["readinessProbe"]["httpGet"]["path"]))

    def start_service(self, name):
        spec, root = self.pod(name)
        container = spec["containers"][0]
        settings = self.environment(spec, container, root)
        grpc, admin = self.ports[name, 50051], self.ports[name, 9464]
        assert (settings["STOA_SERVER_LISTEN"], settings["STOA_ADMIN_LISTEN"]) == ("0.0.0.0:50051", "0.0.0.0:9464")
        settings |= {"STOA_SERVER_LISTEN": f"127.0.0.1:{grpc}", "STOA_ADMIN_LISTEN": f"127.0.0.1:{admin}"}
        # What the image sets.
        settings |= {"STOA_DATA_DIR": f"{root}/var/lib/stoa", "STOA_ASSETS_DIR": str(ASSETS), "TMPDIR": f"{root}/tmp"}
        self.start(name, [self.stoa, *container["args"]], settings)

    def wait_until_ready(self, name):
        probe = self.spec(name)["containers"][0]["readinessProbe"]["httpGet"]
        self.wait_for(name, lambda: self.answers(self.ports[name, 9464], probe["path"]))

    def migrate(self):
        return self.run_pod("migrate")

    def run_pod(self, name, change=lambda arguments: arguments):
        """A pod that ends: what each container says, in order. The first that fails ends it, as Kubernetes has it."""
        spec, root = self.pod(name)
        said = []
        for container in harness.containers(spec):
            arguments = change([self.here(argument, spec, root) for argument in container["args"]])
            said.append(self.run_container(name, container, arguments, check=False))
            if said[-1].returncode:
                break
        return said

    def command(self, *arguments):
        """A command of the client as an operator runs it, who is the pod of `helm test`."""
        learn, ask, *_ = harness.containers(self.spec("test"))
        return self.run_container("test", ask if arguments[0] == "ask" else learn, [*arguments, "--space", "commands"])

    def run_container(self, name, container, arguments, check=True):
        spec, root = self.pod(name)
        inherited = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        settings = self.environment(spec, container, root) | {"STOA_DATA_DIR": f"{root}/data", "STOA_ASSETS_DIR": str(ASSETS)}
        return harness.run(self.stoa, *arguments, env=inherited | settings, timeout=600, check=check)

    def start_all(self):
        self.start_postgresql()
        self.start_nats()
        for done in self.migrate():
            assert done.returncode == 0, done.stdout + done.stderr
        for name in SERVICES:
            self.start_service(name)
        for name in SERVICES:
            self.wait_until_ready(name)
