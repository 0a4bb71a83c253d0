"""A stand-in for the API server: discovery, reads, writes, watches. Every write is held against the strict schemas and the
rules that only a server has; workloads are ready, and Jobs done, at once. It is no Kubernetes: `make helm-real` asks one."""

import copy
import http.server
import json
import re
import threading
import urllib.parse

import yaml

import gates
import harness
import ownership
from protobuf import secret_of

VERSION = "1.32"
# group, version, plural, kind
KINDS = [
    *[("", "v1", plural, kind) for plural, kind in [("pods", "Pod"), ("services", "Service"), ("secrets", "Secret"), ("configmaps", "ConfigMap"), ("serviceaccounts", "ServiceAccount"), ("persistentvolumeclaims", "PersistentVolumeClaim"), ("events", "Event"), ("namespaces", "Namespace")]],
    *[("apps", "v1", plural, kind) for plural, kind in [("deployments", "Deployment"), ("statefulsets", "StatefulSet"), ("replicasets", "ReplicaSet")]],
    ("batch", "v1", "jobs", "Job"),
    ("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
    ("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    *[("networking.k8s.io", "v1", plural, kind) for plural, kind in [("networkpolicies", "NetworkPolicy"), ("ingresses", "Ingress")]],
    *[("cert-manager.io", "v1", plural, kind) for plural, kind in [("issuers", "Issuer"), ("certificates", "Certificate")]],
    ("external-secrets.io", "v1", "externalsecrets", "ExternalSecret"),
    ("keda.sh", "v1alpha1", "scaledobjects", "ScaledObject"),
    ("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute"),
    *[("monitoring.coreos.com", "v1", plural, kind) for plural, kind in [("servicemonitors", "ServiceMonitor"), ("prometheusrules", "PrometheusRule")]],
]
PATH = re.compile(r"^/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?$")
# What tells elements of a list apart, where a strategic merge joins lists.
KEYS = {"containers": "name", "initContainers": "name", "env": "name", "volumes": "name", "volumeMounts": "mountPath", "imagePullSecrets": "name", "topologySpreadConstraints": "topologyKey"}
MISSING = object()


class Refused(Exception):
    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code, self.reason = code, reason


class Cluster:
    """What is in it, what happened, and the rules."""

    def __init__(self):
        self.objects, self.applied, self.events = {}, {}, []
        self.replicas = ownership.Replicas()
        self.version = 0
        self.changed = threading.Condition(threading.RLock())

    def put(self, key, item, verb):
        # Held by those who call.
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        if verb == "DELETED":
            self.objects.pop(key, None)
            self.applied.pop(key, None)
            self.objects.pop(("replicasets", *key[1:]), None)
            self.replicas.managers.pop(key, None)
        else:
            self.objects[key] = item
        self.events.append((self.version, verb, key, copy.deepcopy(item)))
        self.changed.notify_all()

    def write(self, key, item, before):
        with self.changed:
            item = copy.deepcopy(item)
            meta = item["metadata"]
            meta.setdefault("namespace", key[1])
            meta.setdefault("labels", {}) if item["kind"] in {"Issuer", "Certificate"} else None
            if item["kind"] in ("Deployment", "StatefulSet"):
                item["spec"].setdefault("replicas", 1)
            check(item, before)
            self.check_references(item)
            meta["uid"] = (before or item)["metadata"].get("uid") or f"uid-{self.version + 1}"
            meta["creationTimestamp"] = "2026-01-01T00:00:00Z"
            meta["generation"] = (before or {"metadata": {}})["metadata"].get("generation", 0) + 1
            meta["managedFields"] = self.replicas.fields(key)
            act(item)
            self.put(key, item, "MODIFIED" if before else "ADDED")
            if item["kind"] == "Deployment":
                self.objects[("replicasets", key[1], meta["name"])] = replica_set(item)
            for claim in item.get("spec", {}).get("volumeClaimTemplates", []):
                name = f"{claim['metadata']['name']}-{meta['name']}-0"
                self.objects.setdefault(("persistentvolumeclaims", key[1], name), {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": key[1]}})
            return item

    def check_references(self, item):
        """A pod that runs once cannot wait for what comes after it: an account, a Secret, a ConfigMap."""
        if item["kind"] not in ("Pod", "Job"):
            return
        have = [o for o in self.objects.values() if o["kind"] in ("ServiceAccount", "Secret", "ConfigMap")]
        complaints = [c for c in gates.references([item, *have]) if "selects" not in c]
        # What is not a hook comes in the same moment as what it needs.
        if complaints and "helm.sh/hook" in item["metadata"].get("annotations", {}):
            raise Refused(422, "Invalid", f"{item['kind']} {item['metadata']['name']} would wait for ever: {complaints}")


def bare(item):
    """Without what the server adds, as it was written."""
    item = copy.deepcopy(item)
    item.pop("status", None)
    for key in ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"):
        item["metadata"].pop(key, None)
    return item


def check(item, before):
    name = f"{item['kind']} {item['metadata']['name']}"
    if item["kind"] == "Secret" and item.get("type", "").startswith("helm.sh/"):
        return
    complaints = gates.strict([bare(item)], VERSION)
    if complaints:
        raise Refused(422, "Invalid", "; ".join(complaints))
    spec, old = item.get("spec", {}), (before or {}).get("spec", {})
    if before and item["kind"] == "StatefulSet":
        fixed = {k: v for k, v in spec.items() if k not in ("replicas", "template", "updateStrategy", "revisionHistoryLimit", "minReadySeconds", "persistentVolumeClaimRetentionPolicy", "ordinals")}
        changed = [k for k, v in fixed.items() if old.get(k) != v]
        if changed:
            raise Refused(422, "Invalid", f"{name}: updates to statefulset spec for fields other than … are forbidden: {changed}")
    if before and item["kind"] in ("Deployment", "Job") and spec.get("selector") != old.get("selector"):
        raise Refused(422, "Invalid", f"{name}: field is immutable: selector")
    if before and item["kind"] == "Job" and spec["template"] != old["template"]:
        raise Refused(422, "Invalid", f"{name}: field is immutable: template")
    if before and item["kind"] == "Secret" and item.get("type") != before.get("type"):
        raise Refused(422, "Invalid", f"{name}: field is immutable: type")
    if item["kind"] == "HorizontalPodAutoscaler" and spec["minReplicas"] > spec["maxReplicas"]:
        raise Refused(422, "Invalid", f"{name}: maxReplicas must be at least minReplicas")
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", item["metadata"]["name"]) or len(item["metadata"]["name"]) > 63:
        raise Refused(422, "Invalid", f"{name}: not a name")


def act(item):
    """What controllers and kubelets would do with it."""
    spec, generation = item.get("spec", {}), item["metadata"]["generation"]
    if item["kind"] == "Deployment":
        count = spec["replicas"]
        item["status"] = {"observedGeneration": generation, "replicas": count, "updatedReplicas": count, "readyReplicas": count, "availableReplicas": count}
        item["status"]["conditions"] = [{"type": kind, "status": "True", "reason": "NewReplicaSetAvailable"} for kind in ("Available", "Progressing")]
    elif item["kind"] == "StatefulSet":
        item["status"] = {"observedGeneration": generation, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1, "currentReplicas": 1, "currentRevision": "r", "updateRevision": "r"}
    elif item["kind"] == "Job":
        item["status"] = {"succeeded": 1, "startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:00:01Z", "conditions": [{"type": "Complete", "status": "True"}]}
    elif item["kind"] == "Pod":
        item["status"] = {"phase": "Succeeded", "conditions": [{"type": "Ready", "status": "False", "reason": "PodCompleted"}]}
    elif item["kind"] == "PodDisruptionBudget":
        item["status"] = {"observedGeneration": generation, "currentHealthy": 1, "desiredHealthy": 0, "disruptionsAllowed": 1, "expectedPods": 1}


def replica_set(deployment):
    """What Helm 3 looks for to see whether a Deployment is there."""
    meta, spec = deployment["metadata"], deployment["spec"]
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": meta["name"], "uid": meta["uid"], "controller": True}
    named = {"name": meta["name"], "namespace": meta["namespace"], "uid": f"rs-{meta['uid']}", "labels": spec["template"]["metadata"]["labels"], "ownerReferences": [owner]}
    status = {"replicas": spec["replicas"], "readyReplicas": spec["replicas"]}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": named | {"creationTimestamp": meta["creationTimestamp"]}, "spec": {k: spec[k] for k in ("replicas", "selector", "template")}, "status": status}


def merged(old, patch, strategic):
    """A merge patch over what is there; a strategic one joins lists by their keys."""
    if not isinstance(patch, dict) or not isinstance(old, dict):
        return patch
    out = dict(old)
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            out.pop(key, None)
        elif strategic and key in KEYS and isinstance(value, list):
            out[key] = joined(out.get(key, []), value, KEYS[key], patch.get(f"$setElementOrder/{key}"))
        elif isinstance(value, dict):
            out[key] = merged(out.get(key, {}), value, strategic)
        else:
            out[key] = value
    return out


def joined(old, patch, key, order):
    elements = {element[key]: element for element in old}
    for element in patch:
        if element.get("$patch") == "delete":
            elements.pop(element[key], None)
        else:
            elements[element[key]] = merged(elements.get(element[key], {}), element, True)
    names = [element[key] for element in order or []]
    return [elements[n] for n in names if n in elements] + [e for n, e in elements.items() if n not in names]


def applied(live, before, new):
    """Server-side apply: what the same manager applied before, and does not any more, goes."""
    if not isinstance(new, dict) or not isinstance(live, dict):
        return new
    out = {k: v for k, v in live.items() if k in new or not (isinstance(before, dict) and k in before)}
    for key, value in new.items():
        out[key] = applied(live.get(key), (before or {}).get(key) if isinstance(before, dict) else None, value)
    return out


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave together, and at once: else each answer waits for an acknowledgement.
    disable_nagle_algorithm, wbufsize = True, -1
    cluster: Cluster

    def log_message(self, *_):
        pass

    def answer(self, code, body):
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()

    def body(self):
        data = self.data
        if data.startswith(b"k8s\x00"):
            return secret_of(data)
        return yaml.safe_load(data) if data else {}

    def handle_call(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        # What is left of a body would be read as the next request.
        self.data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if url.path == "/openapi/v2":
                # An empty document, in protobuf: the client holds nothing against it, since the server does.
                return self.answer(200, None)
            found = self.discovery(url.path)
            if found:
                return self.answer(200, found)
            match = PATH.match(url.path)
            kind = match and next((k for k in KINDS if k[0] == (match["group"] or "") and k[1] == (match["core"] or match["version"]) and k[2] == match["plural"]), None)
            if not kind:
                raise Refused(404, "NotFound", f"the server could not find the requested resource {url.path}")
            return self.resource(kind, match["namespace"], match["name"], query)
        except Refused as refused:
            return self.answer(refused.code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": refused.reason, "message": str(refused), "code": refused.code})

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_call

    @staticmethod
    def discovery(path):
        groups = sorted({(group, version) for group, version, _, _ in KINDS if group})
        if path == "/version":
            return {"major": "1", "minor": VERSION.split(".")[1], "gitVersion": f"v{VERSION}.0"}
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            entry = [{"name": g, "versions": [{"groupVersion": f"{g}/{v}", "version": v}], "preferredVersion": {"groupVersion": f"{g}/{v}", "version": v}} for g, v in groups]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": entry}
        asked = path.removeprefix("/apis/").removeprefix("/api/")
        listed = [k for k in KINDS if (f"{k[0]}/{k[1]}" if k[0] else k[1]) == asked]
        if listed and path in (f"/apis/{asked}", f"/api/{asked}"):
            verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": asked, "resources": [{"name": p, "singularName": k.lower(), "namespaced": k != "Namespace", "kind": k, "verbs": verbs} for _, _, p, k in listed]}
        return None

    def resource(self, kind, namespace, name, query):
        cluster, key = self.cluster, (kind[2], namespace, name)
        api = f"{kind[0]}/{kind[1]}" if kind[0] else kind[1]
        if self.command == "GET" and not name:
            return self.watch(kind, namespace, query) if query.get("watch") in ("true", "1") else self.list(kind, api, namespace, query)
        body = self.body() if self.command != "GET" else None
        manager, counted = query.get("fieldManager", "unknown"), kind[3] == "Deployment"
        with cluster.changed:
            if self.command == "POST":
                key = (kind[2], namespace, body["metadata"]["name"])
                if key in cluster.objects:
                    raise Refused(409, "AlreadyExists", f"{kind[3]} {key[2]} already exists")
                if counted:
                    cluster.replicas.update(key, None, body, manager)
                made = cluster.write(key, {"apiVersion": api, "kind": kind[3]} | body, None)
                cluster.applied[key] = copy.deepcopy(bare(made))
                return self.answer(201, made)
            live = cluster.objects.get(key)
            content = self.headers.get("Content-Type", "").split(";")[0]
            if self.command == "PATCH" and content == "application/apply-patch+yaml":
                new = applied(bare(live) if live else {}, cluster.applied.get(key), body)
                try:
                    kept = cluster.replicas.apply(key, live, body, manager, query.get("force") == "true") if counted else None
                except ownership.Conflict as conflict:
                    raise Refused(409, "Conflict", str(conflict)) from conflict
                if kept is not None:
                    new["spec"]["replicas"] = kept
                made = cluster.write(key, new, live)
                cluster.applied[key] = copy.deepcopy(body)
                return self.answer(200 if live else 201, made)
            if not live:
                raise Refused(404, "NotFound", f'{kind[2]} "{name}" not found')
            if self.command == "GET":
                return self.answer(200, live)
            if self.command == "DELETE":
                cluster.put(key, copy.deepcopy(live), "DELETED")
                return self.answer(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})
            new = body if self.command == "PUT" else merged(bare(live), body, content == "application/strategic-merge-patch+json")
            if counted:
                cluster.replicas.update(key, live, new, manager)
            return self.answer(200, cluster.write(key, {"apiVersion": api, "kind": kind[3]} | new, live))

    def chosen(self, kind, namespace, query, key, item):
        fields = dict(part.split("=", 1) for part in query.get("fieldSelector", "").replace("==", "=").split(",") if part)
        labels = dict(part.split("=", 1) for part in query.get("labelSelector", "").split(",") if "=" in part)
        have = item["metadata"].get("labels", {})
        return key[0] == kind[2] and namespace in (None, key[1]) and fields.get("metadata.name", key[2]) == key[2] and labels.items() <= have.items()

    def list(self, kind, api, namespace, query):
        with self.cluster.changed:
            items = [item for key, item in self.cluster.objects.items() if self.chosen(kind, namespace, query, key, item)]
            self.answer(200, {"kind": f"{kind[3]}List", "apiVersion": api, "metadata": {"resourceVersion": str(self.cluster.version)}, "items": items})

    def watch(self, kind, namespace, query):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()

        def say(verb, item):
            text = json.dumps({"type": verb, "object": item}).encode() + b"\n"
            self.wfile.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
            self.wfile.flush()

        cluster = self.cluster
        try:
            with cluster.changed:
                seen = int(query.get("resourceVersion") or 0) or cluster.version
                if query.get("sendInitialEvents") == "true" or not int(query.get("resourceVersion") or 0):
                    seen = cluster.version
                    for key, item in cluster.objects.items():
                        if self.chosen(kind, namespace, query, key, item):
                            say("ADDED", item)
                if query.get("sendInitialEvents") == "true":
                    api = f"{kind[0]}/{kind[1]}" if kind[0] else kind[1]
                    say("BOOKMARK", {"kind": kind[3], "apiVersion": api, "metadata": {"resourceVersion": str(seen), "annotations": {"k8s.io/initial-events-end": "true"}}})
                while not self.server.stopping:
                    for version, verb, key, item in [event for event in cluster.events if event[0] > seen]:
                        seen = version
                        if self.chosen(kind, namespace, query, key, item):
                            say(verb, item)
                    cluster.changed.wait(0.2)
        except OSError:
            pass
        self.close_connection = True


class Server:
    """Runs while it is entered. What the tests ask of it is what real_server.Server offers, too."""

    namespace, chart = "chat", harness.CHART

    def __init__(self, folder):
        self.cluster = Cluster()
        handler = type("Bound", (Handler,), {"cluster": self.cluster})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads, self.http.stopping = True, False
        address = f"http://127.0.0.1:{self.http.server_port}"
        self.config = folder / "kubeconfig"
        cluster = {"name": "stand-in", "cluster": {"server": address}}
        context = {"name": "stand-in", "context": {"cluster": "stand-in", "user": "nobody", "namespace": "chat"}}
        self.config.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context], "users": [{"name": "nobody", "user": {}}], "current-context": "stand-in"}))

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.stopping = True
        self.http.shutdown()
        self.http.server_close()

    def get(self, plural, name):
        return self.cluster.objects[(plural, self.namespace, name)]

    def put(self, plural, item):
        key = (plural, self.namespace, item["metadata"]["name"])
        self.cluster.write(key, item, self.cluster.objects.get(key))

    def scale(self, deployment, count):
        """As an autoscaler does."""
        live = self.get("deployments", deployment)
        new = live | {"spec": live["spec"] | {"replicas": count}}
        self.cluster.replicas.update(("deployments", self.namespace, deployment), live, new, "autoscaler")
        self.put("deployments", new)

    def items(self):
        return self.cluster.objects.values()

    def history(self, plural):
        """What was written since the beginning: version, verb, item."""
        return [(version, verb, item) for version, verb, key, item in self.cluster.events if key[0] == plural]
