"""What a kubelet does: brings a pod up, asks its probes, and ends it as its template says."""

import contextlib
import http.client
import json
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from podman import inspect, logs, podman
from translate import Volumes, playable

# Kubernetes' own, where a probe says nothing.
DEFAULTS = {"periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3, "successThreshold": 1, "initialDelaySeconds": 0}


class Pod:
    """A pod in containers. It is ready when its readiness probe says so, and until it is told to stop."""

    def __init__(self, name, template, cluster, namespace="chat"):
        self.name, self.cluster, self.namespace = name, cluster, namespace
        self.labels = template["metadata"].get("labels", {})
        self.spec = template["spec"]
        self.address = cluster.network.pod_address()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=cluster.folder / "volumes"))
        self.volumes = Volumes(self.folder, cluster.folder / "claims", self.spec, cluster.objects)
        self.folder.chmod(0o755)
        self.ready, self.stopping, self.broken = False, False, None
        self.process, self.network = None, None
        self._ended = threading.Event()

    @property
    def component(self):
        return self.labels.get("app.kubernetes.io/component")

    def container(self, name):
        return f"{self.name}-{name}"

    def play(self, container):
        """Starts one container of the pod; returns its process."""
        document = playable(
            self.name, self.labels, self.spec, container, self.volumes, self.cluster.objects,
            self.cluster.nameserver, self.namespace,
        )
        network = f"{self.cluster.network.name}:ip={self.address}"
        # JSON is YAML.
        played = podman("kube", "play", "--quiet", "--network", network, "-", input=json.dumps(document))
        [pod, _] = [line for line in played.stdout.split() if not line.endswith(":")]
        # The container that holds the network outlives the other, and so does what the kernel knows of its connections.
        own, infrastructure = inspect(self.container(container["name"]), f"{pod[:12]}-infra")
        self.process, self.network = own["State"]["Pid"], infrastructure["State"]["Pid"]

    def run_to_end(self, container, patience=600):
        """Runs one container until it ends; returns its exit code and what it said."""
        self.play(container)
        name, end = self.container(container["name"]), time.monotonic() + patience
        while self.runs():
            assert time.monotonic() < end, f"not ended in {patience} s: {self.logs()}"
            time.sleep(0.05)
            # Once more after it has ended, before podman takes the network away.
            self.cluster.watch.look_at(self)
        done = podman("wait", name)
        said = podman("logs", name)
        self.network = None
        podman("pod", "rm", "--force", "--ignore", "--time", 0, self.name)
        return int(done.stdout), said.stdout + said.stderr

    def start(self):
        """Runs what goes before, one after the other, and starts the one container that stays."""
        self.start_before()
        [container] = self.spec["containers"]
        self.play(container)
        threading.Thread(target=self._probe, args=(container,), daemon=True).start()

    def start_before(self):
        for container in self.spec.get("initContainers", []):
            code, said = self.run_to_end(container)
            assert code == 0, f"init container {container['name']} of {self.name} ended with {code}:\n{said}"

    def run(self):
        """Runs a pod that ends; returns the exit code and what it said."""
        said = ""
        for container in self.spec.get("initContainers", []) + self.spec["containers"]:
            code, more = self.run_to_end(container)
            said += more
            if code:
                break
        self.volumes.remove()
        return code, said

    def runs(self):
        """Whether its container has not ended; without podman, which is slow."""
        return bool(self.process) and Path(f"/proc/{self.process}").exists()

    def _probe(self, container):
        if not self._wait_for_start(container):
            return
        probes = {name: DEFAULTS | container[name] for name in ("livenessProbe", "readinessProbe") if name in container}
        self.ready = "readinessProbe" not in probes
        due = {name: time.monotonic() + probe["initialDelaySeconds"] for name, probe in probes.items()}
        in_a_row = dict.fromkeys(probes, (True, 0))
        while not self._ended.wait(0.2):
            for name, probe in probes.items():
                if time.monotonic() < due[name]:
                    continue
                due[name] = time.monotonic() + probe["periodSeconds"]
                good = self._ask(container, probe)
                before, count = in_a_row[name]
                in_a_row[name] = (good, count + 1 if good == before else 1)
                if in_a_row[name][1] >= probe["successThreshold" if good else "failureThreshold"]:
                    self._judge(name, good)
            if not self.stopping and not self.runs():
                self._break("it ended by itself")

    def _wait_for_start(self, container):
        probe = DEFAULTS | container.get("startupProbe", {})
        for _ in range(probe["failureThreshold"]):
            if self._ended.is_set():
                return False
            if "startupProbe" not in container or self._ask(container, probe):
                return True
            if not self.runs():
                return self._break("it ended at its start")
            self._ended.wait(probe["periodSeconds"])
        return self._break("its startup probe failed")

    def _judge(self, name, good):
        if name == "readinessProbe":
            self.ready = good and not self.stopping
        elif not good and not self.stopping:
            self._break("its liveness probe failed")

    def _break(self, why):
        if not self._ended.is_set():
            self.ready = False
            self.broken = f"{self.name}: {why}\n{self.logs()}"
        return False

    def _ask(self, container, probe):
        if "exec" in probe:
            command = probe["exec"]["command"]
            with contextlib.suppress(subprocess.TimeoutExpired):
                done = podman("exec", self.container(container["name"]), *command, check=False, timeout=probe["timeoutSeconds"])
                return done.returncode == 0
            return False
        get = probe["httpGet"]
        port = get["port"]
        if isinstance(port, str):
            port = next(p["containerPort"] for p in container["ports"] if p["name"] == port)
        asked = http.client.HTTPConnection(self.address, port, timeout=probe["timeoutSeconds"])
        with contextlib.closing(asked), contextlib.suppress(OSError, http.client.HTTPException):
            asked.request("GET", get.get("path", "/"))
            return 200 <= asked.getresponse().status < 400
        return False

    def logs(self):
        return "".join(logs(self.container(container["name"])) for container in self.spec["containers"])

    def stop(self):
        """Ends it as Kubernetes does, and returns its exit code."""
        self.stopping, self.ready = True, False
        [container] = self.spec["containers"]
        begun = time.monotonic()
        sleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        self._ended.wait(sleep)
        left = self.spec.get("terminationGracePeriodSeconds", 30) - (time.monotonic() - begun)
        name = self.container(container["name"])
        podman("stop", "--time", max(1, int(left)), name)
        code = inspect(name)[0]["State"]["ExitCode"]
        said = logs(name) if code else ""
        self._take_away()
        assert code == 0, f"{self.name} ended with {code} when it was told to stop:\n{said}"

    def kill(self):
        """The node is lost: nobody is told anything."""
        self.stopping, self.ready = True, False
        self._take_away()

    def _take_away(self):
        self._ended.set()
        self.cluster.watch.look_at(self)
        self.network = None
        podman("pod", "rm", "--force", "--ignore", "--time", 0, self.name)
        self.volumes.remove()
