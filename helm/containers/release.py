"""The releases that are tried: the values of ci/, what they name, and what an operator and people do with them."""

import contextlib
import copy
import http.client
import json

import harness
import stores
from cluster import Cluster, at_once
from world import IMAGES, Authority, Outside, forget_images, secret, tag_images

# Where the platforms of the tests are; in the internet they have names of their own, which no test may use.
CHATS = {"discord": {"api_url": "http://discord.example"}, "telegram": {"api_url": "http://telegram.example"}}


class Release:
    """A release in a cluster of its own, with both chats on the fake platforms."""

    ci, values = None, {}
    # Whether a language model writes: that of the tests copies a sentence, whatever it is asked.
    writes = False

    def __init__(self):
        self.images = set()
        with contextlib.ExitStack() as self._closing:
            self._closing.callback(lambda: forget_images(self.images))
            self.cluster = self._until_closed(Cluster())
            self.authority = Authority(self.cluster.folder / "authority")
            self.outside = self._until_closed(Outside())
            self._serve_platforms(self.outside.known)
            # All went well, so it is closed when it is told to be.
            self._closing = self._closing.pop_all()

    def _until_closed(self, what):
        self._closing.callback(what.close)
        return what

    def _serve_platforms(self, known):
        for platform in CHATS:
            self.cluster.serve(f"{platform}.example", "", 80, known[platform]["url"])
        self.prometheus = self.cluster.settle("prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"})
        self.outside("discord.name_gateway", "discord.example:80")
        self.given([secret(f"stoa-{platform}", token=known[platform]["token"]) for platform in CHATS])

    def given(self, documents):
        self.cluster.apply(documents)

    def rendered(self, tag=None):
        """What the chart makes of the values: of its own image, or of the next one under another tag."""
        values = self.values | ({"image": {"tag": tag}} if tag else {})
        documents = harness.render(values, ci=self.ci)
        self.images |= tag_images(documents, **({"stoa": IMAGES["next"]} if tag else {}))
        return documents

    def install(self):
        self.change(self.rendered())

    def upgrade(self):
        """To the next image."""
        self.change(self.rendered("next"), only=":next")

    def change(self, documents, only=""):
        """Brings the cluster to what was rendered; on an upgrade only what has the next image changes."""
        self.given(documents)
        [job] = self.cluster.of("Job")
        changed = [w for w in self.cluster.of("StatefulSet", "Deployment") if w["spec"]["template"]["spec"]["containers"][0]["image"].endswith(only)]
        rolling = [lambda workload=workload: self.cluster.roll(workload) for workload in changed]
        if "helm.sh/hook" in job["metadata"].get("annotations", {}):
            self.migrate(job)
        else:
            rolling.append(lambda: self.migrate(job))
        at_once(rolling)

    def migrate(self, job):
        code, said = self.cluster.run(job)
        assert code == 0, said

    def pods(self):
        """Those of the release that stay."""
        return [pod for pod in list(self.cluster.pods) if pod.namespace == self.cluster.namespace and not pod.stopping]

    # What an operator does

    def test(self):
        """The pod of `helm test`."""
        return self.cluster.run(harness.of(self.cluster.of("Pod"), "Pod", "stoa-test"))

    def client(self, step, *arguments):
        """A command of the program, in a pod like that of `helm test`."""
        pod = copy.deepcopy(harness.of(self.cluster.of("Pod"), "Pod", "stoa-test"))
        [container] = [c for c in harness.containers(pod["spec"]) if c["name"] == step]
        container["args"] = [step, *arguments]
        pod["spec"] |= {"initContainers": [], "containers": [container]}
        return self.cluster.run(pod, step)

    def teach(self, space):
        code, said = self.client("learn", "/etc/stoa/test/lighthouse.md", "--space", space)
        assert code == 0, said

    def ask(self, question, space):
        code, said = self.client("ask", question, "--space", space, "--json")
        assert code == 0, said
        return json.loads(said[said.index("{") :])

    def scrape(self):
        """What a Prometheus reads of each pod, as text by component."""
        source = self.prometheus
        read = {}
        for pod in self.pods():
            ports = {port["name"]: port["containerPort"] for port in pod.spec["containers"][0]["ports"]}
            if "admin" in ports:
                asked = http.client.HTTPConnection(pod.address, ports["admin"], timeout=5, source_address=(source, 0))
                with contextlib.closing(asked):
                    asked.request("GET", "/metrics")
                    read[pod.component] = read.get(pod.component, "") + asked.getresponse().read().decode()
                    # Too short for a look now and then.
                    self.cluster.watch.look_at(pod)
        return read

    def close(self):
        self._closing.close()


class Minimal(Release):
    """Nothing but the chart, and both chats."""

    ci = "minimal"
    values = {"config": CHATS} | {name: {"existingSecret": f"stoa-{name}"} for name in CHATS}


class Production(Release):
    """Stores that others run, certificates by cert-manager, a language model, webhooks; two of each, for the third repeats
    the second."""

    ci, writes = "production", True
    values = {
        # The bucket of the values is Amazon's, which no test may use.
        "blobs": {"endpoint": "http://s3.storage.svc:8333"},
        "config": CHATS,
        "common": {"replicas": 2},
    }

    def install(self):
        known = self.outside.known
        stores.postgresql(self.cluster, self.authority)
        for server in stores.nats(self.cluster, self.authority, known["nats"]):
            self._until_closed(server)
        stores.fakes(self.cluster, self.authority, known)
        documents = self.rendered()
        # What operators in the cluster make of what is rendered for them.
        self.given(self.authority.fulfil(harness.of(documents, "Certificate")))
        self.given([secret(document["metadata"]["name"], token="a-token-of-the-tests-of-containers") for document in harness.of(documents, "ExternalSecret")])
        self._webhook(documents)
        self.change(documents)

    def _webhook(self, documents):
        """What an ingress controller makes of the Ingress: a way from the public name to the pods of the Service."""
        [ingress] = harness.of(documents, "Ingress")
        [path] = ingress["spec"]["rules"][0]["http"]["paths"]
        service = harness.of(documents, "Service", path["backend"]["service"]["name"])
        [port] = [p for p in service["spec"]["ports"] if p["name"] == path["backend"]["service"]["port"]["name"]]

        def target():
            pod = self.cluster.behind(service["metadata"]["name"])[0]
            ports = pod.spec["containers"][0]["ports"]
            return pod.address, next(p["containerPort"] for p in ports if p["name"] == port["targetPort"])

        controller = self.cluster.settle("ingress", "ingress-nginx")
        opened = self.cluster.relays.open("127.0.0.1", 0, target, source=controller)
        self.outside("telegram.stand_before", f"127.0.0.1:{opened}")
