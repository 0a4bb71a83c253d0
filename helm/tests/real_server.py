"""A real kube-apiserver with its controllers and etcd (helm/kube.sh builds them), and a small stand-in for kubelets: it says of
every pod that it runs, or that it is done. Offers what api_server.Server does."""

import contextlib
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request

import yaml

import harness
from api_server import KINDS

# Group versions that this one has under an older name, with the same fields.
OLDER = {"autoscaling/v2": "autoscaling/v2beta2", "policy/v1": "policy/v1beta1"}
MADE_BY_IT = {"ServiceAccount": "default", "ConfigMap": "kube-root-ca.crt"}


def older_chart(folder):
    """The chart, as a server of 1.20 can be given it."""
    chart = folder / "chart/stoa"
    shutil.copytree(harness.CHART, chart)
    for file in chart.rglob("*.yaml"):
        text = file.read_text()
        for new, old in OLDER.items():
            text = re.sub(rf"^apiVersion: {new}$", f"apiVersion: {old}", text, flags=re.M)
        file.write_text(text.replace('kubeVersion: ">=1.27.0-0"', 'kubeVersion: ">=1.20.0-0"'))
    return chart


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Plane:
    """The processes, for all tests of a run: each test has a namespace of its own."""

    def __init__(self, folder, kube):
        self.folder, self.kube = folder, kube
        self.chart = older_chart(folder)
        self.namespaces, self.started = 0, []
        self.stopping = threading.Event()
        self.address = f"https://127.0.0.1:{free_port()}"
        self.trust = ssl._create_unverified_context()
        self.config = folder / "kubeconfig"
        cluster = {"name": "real", "cluster": {"server": self.address, "insecure-skip-tls-verify": True}}
        context = {"name": "real", "context": {"cluster": "real", "user": "operator"}}
        self.config.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context], "users": [{"name": "operator", "user": {"token": "operator"}}], "current-context": "real"}))

    def start(self, name, *flags):
        log = (self.folder / f"{name}.log").open("w")
        self.started.append(subprocess.Popen([self.kube / name, *flags], stdout=log, stderr=log, cwd=self.folder))

    def __enter__(self):
        try:
            self.run()
        except BaseException:
            self.__exit__()
            raise
        return self

    def run(self):
        key = self.folder / "accounts.key"
        harness.run("openssl", "genrsa", "-out", key, "2048")
        (self.folder / "tokens.csv").write_text("operator,operator,operator,system:masters\n")
        etcd, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.start("etcd", "--data-dir=etcd", f"--listen-client-urls={etcd}", f"--advertise-client-urls={etcd}", f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}")
        port = self.address.rpartition(":")[2]
        accounts = ["--service-account-issuer=https://kubernetes.default.svc", f"--service-account-signing-key-file={key}", f"--service-account-key-file={key}"]
        self.start("kube-apiserver", f"--etcd-servers={etcd}", "--bind-address=127.0.0.1", f"--secure-port={port}", "--cert-dir=certificates", "--token-auth-file=tokens.csv", "--authorization-mode=RBAC", "--service-cluster-ip-range=10.96.0.0/16", "--endpoint-reconciler-type=none", *accounts)
        self.wait_until(lambda: self.call("GET", "/readyz") is not None, "the API server is ready", 120)
        self.start("kube-controller-manager", f"--kubeconfig={self.config}", "--leader-elect=false", "--port=0", "--secure-port=0", f"--service-account-private-key-file={key}")
        threading.Thread(target=self.kubelet, daemon=True).start()
        self.define_custom_kinds()

    def __exit__(self, *_):
        self.stopping.set()
        for process in reversed(self.started):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()

    def wait_until(self, holds, what, seconds=60):
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError, KeyError):
                if holds():
                    return
            assert time.monotonic() < end, f"not within {seconds} s: {what} (logs are in {self.folder})"
            time.sleep(0.1)

    def open(self, method, path, body=None, content="application/json", timeout=30):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": "Bearer operator", "Content-Type": content}
        return urllib.request.urlopen(urllib.request.Request(self.address + path, data, headers, method=method), context=self.trust, timeout=timeout)

    def call(self, method, path, body=None, content="application/json"):
        """What the server answers; a KeyError where there is no such thing."""
        try:
            with self.open(method, path, body, content) as answer:
                text = answer.read()
                return json.loads(text) if text.startswith(b"{") else text
        except urllib.error.HTTPError as error:
            if error.code == 404:
                raise KeyError(path) from error
            raise OSError(f"{method} {path}: {error.read().decode()}") from error

    def kubelet(self):
        """Every pod runs at once, and one that is not to be started again is done."""
        while not self.stopping.is_set():
            with contextlib.suppress(OSError, json.JSONDecodeError), self.open("GET", "/api/v1/pods?watch=1&timeoutSeconds=600", timeout=700) as events:
                for line in events:
                    event = json.loads(line)
                    pod = event["object"]
                    if event["type"] == "ADDED" and pod.get("status", {}).get("phase") == "Pending":
                        self.settle(pod)

    def settle(self, pod):
        ready = {"type": "Ready", "status": "True", "lastTransitionTime": pod["metadata"]["creationTimestamp"]}
        done = pod["spec"]["restartPolicy"] == "Never"
        status = {"phase": "Succeeded"} if done else {"phase": "Running", "conditions": [ready]}
        path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}/status"
        # It may be gone already.
        with contextlib.suppress(KeyError):
            self.call("PATCH", path, {"status": status}, "application/merge-patch+json")

    def define_custom_kinds(self):
        """Kinds of other makers take anything here: the schemas hold them elsewhere."""
        anything = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
        for group, version, plural, kind in KINDS:
            if "." in group and not group.endswith(".k8s.io") or group == "gateway.networking.k8s.io":
                names = {"plural": plural, "kind": kind, "singular": kind.lower(), "listKind": f"{kind}List"}
                spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [{"name": version, "served": True, "storage": True, "schema": anything}]}
                # Names below *.k8s.io are kept for those that were approved.
                approved = {"api-approved.kubernetes.io": "https://gateway-api.sigs.k8s.io"}
                meta = {"name": f"{plural}.{group}", "annotations": approved}
                self.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": meta, "spec": spec})
                self.wait_until(lambda path=f"/apis/{group}/{version}/{plural}": self.call("GET", path), f"{kind} is served")
        self.call("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", {"metadata": {"name": "services"}, "value": 1000})

    def server(self):
        """A namespace for a test."""
        self.namespaces += 1
        name = f"chat-{self.namespaces}"
        self.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        # Pods are refused until it has its account.
        self.wait_until(lambda: self.call("GET", f"/api/v1/namespaces/{name}/serviceaccounts/default"), "the namespace has an account")
        return Server(self, name)


class Server:
    """What the tests ask of an API server, in a namespace."""

    def __init__(self, plane, namespace):
        self.plane, self.namespace = plane, namespace
        self.config, self.chart = plane.config, plane.chart
        self.begin = plane.call("GET", f"/api/v1/namespaces/{namespace}")["metadata"]["resourceVersion"]

    def path(self, plural, name=""):
        group, version = next(kind[:2] for kind in KINDS if kind[2] == plural)
        api = OLDER.get(f"{group}/{version}", f"{group}/{version}")
        return f"/{f'apis/{api}' if group else f'api/{version}'}/namespaces/{self.namespace}/{plural}{name and '/'}{name}"

    def get(self, plural, name):
        return self.plane.call("GET", self.path(plural, name))

    def put(self, plural, item):
        try:
            self.get(plural, item["metadata"]["name"])
        except KeyError:
            return self.plane.call("POST", self.path(plural), item)
        return self.plane.call("PATCH", self.path(plural, item["metadata"]["name"]), item, "application/merge-patch+json")

    def scale(self, deployment, count):
        """As an autoscaler does: what it writes is its own from then on."""
        self.plane.call("PATCH", self.path("deployments", deployment) + "?fieldManager=autoscaler", {"spec": {"replicas": count}}, "application/merge-patch+json")

    def items(self):
        """All that there is, but for what every namespace has."""
        for _, _, plural, kind in KINDS:
            if kind in ("Namespace", "Event"):
                continue
            for item in self.plane.call("GET", self.path(plural))["items"]:
                own = MADE_BY_IT.get(kind) == item["metadata"]["name"] or item.get("type") == "kubernetes.io/service-account-token"
                if not own:
                    yield {"kind": kind} | item

    def history(self, plural):
        """What was written since the beginning: version, verb, item."""
        with self.plane.open("GET", f"{self.path(plural)}?watch=1&resourceVersion={self.begin}&timeoutSeconds=1") as events:
            for line in events:
                event = json.loads(line)
                yield int(event["object"]["metadata"]["resourceVersion"]), event["type"], event["object"]
