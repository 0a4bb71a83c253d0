"""What the controllers of Kubernetes do with the objects of a release, as far as these tests go: Deployments,
StatefulSets, Jobs and the names of Services."""

import contextlib
import copy
import itertools
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kubelet import Pod
from network import DOMAIN, Names, Network, Relays
from policies import Arrow, Party, Policies, Watch

PATIENCE = 600


def wait_until(what, true, patience=PATIENCE):
    """Waits for a condition, and returns what it returned. `what` is a text, or what says how it stands."""
    end = time.monotonic() + patience
    while not (found := true()):
        if time.monotonic() > end:
            raise AssertionError(f"not in {patience} s: {what() if callable(what) else what}")
        time.sleep(0.1)
    return found


def at_once(actions):
    """Does them side by side; the first that fails fails all."""
    with ThreadPoolExecutor(max_workers=32) as pool:
        for done in [pool.submit(action) for action in actions]:
            done.result()


def with_claims(workload, pod):
    """The template of a pod, with the claims of its own that a StatefulSet gives it."""
    template = copy.deepcopy(workload["spec"]["template"])
    for claim in workload["spec"].get("volumeClaimTemplates", []):
        name = claim["metadata"]["name"]
        template["spec"].setdefault("volumes", []).append({"name": name, "persistentVolumeClaim": {"claimName": f"{name}-{pod}"}})
    return template


class Cluster:
    """A namespace of pods on a network of their own, with names, and with others outside."""

    def __init__(self, namespace="chat"):
        self.namespace, self.objects, self.pods, self.outside = namespace, {}, [], {}
        self._closing = contextlib.ExitStack()
        folder = self._closing.enter_context(tempfile.TemporaryDirectory(prefix="stoa-helm-"))
        self.folder = Path(folder)
        self.folder.chmod(0o755)
        for part in ("volumes", "claims"):
            (self.folder / part).mkdir()
        self.network = self._until_closed(Network())
        self.relays = self._until_closed(Relays())
        self.parties = {self.network.node: Party("node", "", {})}
        self._numbers, self._workloads = itertools.count(1), {}
        self.nameserver = self.settle("dns", "kube-system", {"k8s-app": "kube-dns"})
        self.names = self._until_closed(Names(self.nameserver, self._find))
        self._closing.callback(lambda: at_once([lambda pod=pod: self.drop(pod) for pod in list(self.pods)]))
        self.watch = self._until_closed(Watch(lambda: list(self.pods)))

    def _until_closed(self, what):
        self._closing.callback(what.close)
        return what

    def settle(self, name, namespace, labels=None):
        """Gives somebody outside an address."""
        address = self.network.outside_address()
        self.parties[address] = Party(name, namespace, labels or {})
        return address

    def serve(self, name, namespace, port, target, certificate=None):
        """Has somebody outside answer to a name, by leading on to a port of this machine."""
        address = self.settle(name, namespace)
        host, _, target_port = target.removeprefix("http://").split("/")[0].partition(":")
        self.relays.open(address, port, lambda: (host, int(target_port)), certificate)
        self.outside[name] = address

    def _find(self, name):
        name = name.removesuffix(DOMAIN)
        if name in self.outside:
            return [self.outside[name]]
        service, _, rest = name.partition(".")
        if rest == f"{self.namespace}.svc" and ("Service", service) in self.objects:
            return [pod.address for pod in self.behind(service)]
        return None

    def behind(self, service):
        """The pods of a Service: those that are ready."""
        selector = self.objects["Service", service]["spec"]["selector"]
        return [pod for pod in list(self.pods) if pod.ready and selector.items() <= pod.labels.items()]

    # What is there

    def apply(self, documents):
        """Takes over objects. A Secret that is there stays, as the chart keeps those that it made."""
        for document in documents:
            key = document["kind"], document["metadata"]["name"]
            if document["kind"] != "Secret" or key not in self.objects:
                self.objects[key] = document

    def of(self, *kinds):
        return [document for (kind, _), document in list(self.objects.items()) if kind in kinds]

    def _admit(self, name, template, namespace=None):
        pod = Pod(name, template, self, namespace or self.namespace)
        self.parties[pod.address] = Party(pod.component or name, pod.namespace, pod.labels)
        self.pods.append(pod)
        return pod

    def begin(self, name, template, namespace=None):
        """Begins a pod; returns it when it was started."""
        pod = self._admit(name, template, namespace)
        try:
            pod.start()
        except Exception as error:
            # Whoever waits for others need not wait.
            pod.broken = str(error)
            raise
        return pod

    def until_ready(self, pods):
        def all_ready():
            self.check()
            return all(pod.ready for pod in pods)

        wait_until(lambda: "not ready: " + "".join(f"{p.name}\n{p.logs()}" for p in pods if not p.ready), all_ready)

    def check(self):
        """Fails when a pod broke by itself."""
        broken = [pod.broken for pod in list(self.pods) if pod.broken]
        assert not broken, broken[0]

    # Controllers

    def pods_of(self, component):
        return [pod for pod in list(self.pods) if pod.component == component and not pod.stopping]

    def roll(self, workload):
        """Brings a Deployment or a StatefulSet to its template, in the order that its strategy says."""
        component = workload["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]
        template = workload["spec"]["template"]
        old = self.pods_of(component)
        self._workloads[component] = workload
        missing = workload["spec"].get("replicas", 1)
        if workload["kind"] == "StatefulSet" or workload["spec"]["strategy"]["type"] == "Recreate":
            for pod in old:
                self.end(pod)
            for at in range(missing):
                name = self._name(workload, at)
                self.until_ready([self.begin(name, with_claims(workload, name))])
            return
        strategy = workload["spec"]["strategy"]["rollingUpdate"]
        assert strategy["maxUnavailable"] == 0, "pods that may be missing are not translated"
        with ThreadPoolExecutor() as ending:
            ends = []
            while missing:
                # At first all at once, then as many above the number as may be.
                several = min(missing, strategy["maxSurge"] if old else missing)
                self.until_ready([self.begin(self._name(workload), template) for _ in range(several)])
                missing -= several
                # One that ends is not waited for.
                ends += [ending.submit(self.end, pod) for pod in (old[:several] if missing else old)]
                old = old[several:]
            for end in ends:
                end.result()

    def _name(self, workload, at=None):
        name = workload["metadata"]["name"]
        return f"{name}-{at}" if workload["kind"] == "StatefulSet" else f"{name}-{next(self._numbers):05d}"

    def end(self, pod):
        pod.stop()
        self.pods.remove(pod)

    def drop(self, pod):
        pod.kill()
        self.pods.remove(pod)

    def lose(self, pod):
        """Kills a pod as its node's end would, and puts another in its place."""
        workload = self._workloads[pod.component]
        self.drop(pod)
        # A pod of a StatefulSet comes again under its name.
        name = pod.name if workload["kind"] == "StatefulSet" else self._name(workload)
        return self.begin(name, with_claims(workload, name))

    def run(self, document, name=None):
        """Runs a Job, which may begin again as often as it says, or a pod that ends; returns the exit code and what it
        said."""
        is_job = document["kind"] == "Job"
        for _ in range(1 + document["spec"].get("backoffLimit", 0) if is_job else 1):
            called = f"{name or document['metadata']['name']}-{next(self._numbers)}"
            pod = self._admit(called, document["spec"]["template"] if is_job else document)
            try:
                code, said = pod.run()
            finally:
                self.pods.remove(pod)
            if code == 0:
                break
            time.sleep(1)
        return code, said

    # What was connected

    def connections(self):
        """Every connection that was made, with both parties."""
        arrows = set(self.watch.arrows)
        arrows |= {Arrow(asked, self.nameserver, 53, "UDP") for asked in self.names.asked_by}
        nobody = Party("nobody", "", {})
        for arrow in sorted(arrows):
            source, target = (self.parties.get(address, nobody) for address in (arrow.source, arrow.target))
            # The node's own, its probes, are always let through.
            if source.name != "node":
                yield arrow, source, target

    def policies(self):
        return Policies(self.of("NetworkPolicy"), self.namespace)

    def close(self):
        self._closing.close()
