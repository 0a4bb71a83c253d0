"""How the tests render the chart, and find their way in what comes out."""

import functools
import json
import os
import pathlib
import subprocess
import tempfile

import yaml

ROOT = pathlib.Path(__file__).parents[2]
CHART = ROOT / "helm/stoa"
TOOLS = pathlib.Path(os.environ.get("STOA_HELM_TOOLS", ""))
HELMS = ("helm3", "helm4")
KUBERNETES = ("1.27", "1.32", "1.37")
CI = sorted(path.name.removesuffix("-values.yaml") for path in (CHART / "ci").glob("*-values.yaml"))
SERVICES = ("embedding", "retrieval", "generation", "ingestion", "discord", "telegram")
# What the operator of each file has made beforehand.
GIVEN = {
    "production": ["stoa-token", "stoa-models", "stoa-database", "stoa-database-ca", "stoa-nats", "stoa-nats-ca", "stoa-qdrant", "stoa-qdrant-ca", "stoa-blobs", "stoa-telegram"],
    "autoscaling": ["stoa-database", "stoa-blobs"],
    "gpu": ["models-s3"],
    "air-gapped": [f"stoa-{name}-cert" for name in ("ingestion", "embedding", "retrieval", "generation", "telegram", "operator", "postgresql", "nats")] + ["stoa-telegram"],
    "single-node": ["stoa-discord"],
}
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def run(*command, check=True, **options):
    """Runs a program, and shows what it said when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if check and done.returncode:
        raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def tool(name):
    return TOOLS / "bin" / name


def template(values=None, ci=None, helm="helm4", kubernetes="1.32", chart=CHART, release="stoa", check=True):
    """What `helm template` says to values, a map, over those of a file in ci/."""
    command = [tool(helm), "template", release, chart, "--namespace", "chat", "--kube-version", kubernetes]
    if ci:
        command += ["--values", chart / f"ci/{ci}-values.yaml"]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values or {}, file)
        file.flush()
        return run(*command, "--values", file.name, check=check)


@functools.cache
def _rendered(text, ci, helm, kubernetes, chart, release):
    out = template(json.loads(text), ci, helm, kubernetes, chart, release).stdout
    return [document for document in yaml.load_all(out, Loader) if document]


def render(values=None, ci=None, helm="helm4", kubernetes="1.32", chart=CHART, release="stoa"):
    """The manifests of values. They are shared: do not change them."""
    return _rendered(json.dumps(values or {}, sort_keys=True), ci, helm, kubernetes, chart, release)


def refused(values, **options):
    """What the chart says to values that it does not take."""
    done = template(values, check=False, **options)
    assert done.returncode, f"taken: {values}"
    return done.stderr


def of(documents, kind, name=None):
    """Those of a kind; or the one of a name."""
    found = [document for document in documents if document["kind"] == kind]
    if name is None:
        return found
    named = [document for document in found if document["metadata"]["name"] == name]
    assert len(named) == 1, f"{len(named)} {kind} {name} among {[d['metadata']['name'] for d in found]}"
    return named[0]


def workload(documents, service, release="stoa"):
    """The Deployment or StatefulSet of a service."""
    kinds = ("Deployment", "StatefulSet")
    return next(d for d in documents if d["kind"] in kinds and d["metadata"]["name"] == f"{release}-{service}")


def pod_specs(documents):
    """Every pod: name and spec."""
    for document in documents:
        name = f"{document['kind']} {document['metadata']['name']}"
        if document["kind"] == "Pod":
            yield name, document["metadata"], document["spec"]
        elif document["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield name, document["spec"]["template"]["metadata"], document["spec"]["template"]["spec"]


def containers(spec):
    return spec.get("initContainers", []) + spec["containers"]


def environment(documents, service):
    """Variables of a service: those of its ConfigMap, and names of secret ones with where they come from."""
    container = workload(documents, service)["spec"]["template"]["spec"]["containers"][0]
    settings = dict(of(documents, "ConfigMap", f"stoa-{service}")["data"])
    for variable in container["env"]:
        reference = variable.get("valueFrom", {}).get("secretKeyRef")
        settings[variable["name"]] = f"{reference['name']}/{reference['key']}" if reference else variable.get("value")
    return settings


def custom(resources, expressions=()):
    """What the makers of custom resources, and Prometheus' grammar, have against them."""
    program = pathlib.Path(__file__).with_name("custom.mjs")
    given = json.dumps({"resources": list(resources), "expressions": list(expressions)})
    copy = TOOLS / "custom.mjs"
    # Beside the packages that it imports.
    copy.write_text(program.read_text())
    return json.loads(run("node", copy, input=given).stdout)
