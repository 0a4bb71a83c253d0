"""What a release finds around it: images, certificates, stores, and the outside with its fakes."""

import base64
import json
import os
import subprocess
import threading
from pathlib import Path

from podman import podman

ASSETS = Path(os.environ.get("STOA_ASSETS_DIR") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stoa")
IMAGES = {name: os.environ[f"STOA_{name.upper()}_IMAGE"] for name in ("stoa", "next", "models", "postgres", "nats")}


def tag_images(documents, **instead):
    """Gives the name of each image that is rendered to the one that was made here for it, and returns the names."""
    made = IMAGES | instead
    named = set()
    for spec in pod_specs(documents):
        for container in spec.get("initContainers", []) + spec["containers"]:
            repository = container["image"].split("@")[0].rsplit(":", 1)[0]
            podman("tag", made[repository.rsplit("/", 1)[-1]], container["image"])
            named.add(container["image"])
    return named


def forget_images(names):
    # An image that has another name loses this one.
    if names:
        podman("rmi", *names, check=False)


def pod_specs(documents):
    for document in documents:
        if document["kind"] == "Pod":
            yield document["spec"]
        elif document["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield document["spec"]["template"]["spec"]


def secret(name, **data):
    encoded = {key: base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded}


class Authority:
    """An authority, and what it signs: an issuer of cert-manager, say."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        (folder / "openssl.cnf").write_text("[req]\ndistinguished_name = name\n[name]\n")
        self.ca = folder / "ca.crt"
        self._make("ca", "basicConstraints=critical,CA:TRUE")

    def _make(self, name, *extensions):
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"]
        signer = [] if name == "ca" else ["-CA", "ca.crt", "-CAkey", "ca.key"]
        extended = [part for extension in extensions for part in ("-addext", extension)]
        command = ["openssl", "req", "-config", "openssl.cnf", "-x509", "-days", "2", "-subj", f"/CN={name}", *key, *signer, *extended, "-out", f"{name}.crt"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def issue(self, name, *names):
        """Paths of a certificate and its key."""
        known = ",".join(f"DNS:{one}" for one in names)
        self._make(name, f"subjectAltName={known}", "basicConstraints=critical,CA:FALSE", "extendedKeyUsage=serverAuth,clientAuth")
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def secret(self, called, name, *names):
        """The same as a Secret."""
        certificate, key = self.issue(name, *names)
        parts = {"ca.crt": self.ca.read_bytes(), "tls.crt": certificate.read_bytes(), "tls.key": key.read_bytes()}
        return secret(called, **parts)

    def fulfil(self, certificates):
        """What cert-manager makes of Certificates."""
        for document in certificates:
            names = document["spec"]["dnsNames"]
            yield self.secret(document["spec"]["secretName"], document["metadata"]["name"], *names)


class Outside:
    """The fakes of the tests (tests/src/outside), which run as long as this."""

    def __init__(self):
        program = os.environ["STOA_OUTSIDE"]
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lock = threading.Lock()
        self.known = json.loads(self._process.stdout.readline())

    def __call__(self, *command):
        with self._lock:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            said = json.loads(self._process.stdout.readline())
        assert "error" not in said, said["error"]
        return said["answer"]

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=30)


class Program:
    """A server of this machine, which ends with the test."""

    def __init__(self, folder, *command):
        self.log = open(folder / f"{Path(command[0]).name}-{id(self)}.log", "w")
        # The kernel ends it with the test, should that be killed.
        self._process = subprocess.Popen(["setpriv", "--pdeathsig=KILL", "--", *map(str, command)], cwd=folder, stdout=self.log, stderr=subprocess.STDOUT)

    def said(self):
        return Path(self.log.name).read_text()

    def close(self):
        self._process.kill()
        self._process.wait()
        self.log.close()
