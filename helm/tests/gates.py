"""What every rendering passes. Each gate lists its complaints, so that a test can show that it has some when it should."""

import functools
import json
import pathlib
import tempfile

import jsonschema
import kubernetes_validate
import kubernetes_validate.utils
import yaml

import harness
from harness import containers, pod_specs, run, tool

# The schemas of a version are megabytes: each is read once.
kubernetes_validate.utils.schema_contents = functools.cache(kubernetes_validate.utils.schema_contents)
CUSTOM = yaml.safe_load(pathlib.Path(__file__).with_name("custom-schemas.yaml").read_text())


def lint(chart, helm, *more):
    done = run(tool(helm), "lint", "--strict", "--quiet", chart, *more, check=False)
    return [done.stdout + done.stderr] if done.returncode else []


def strict(documents, kubernetes):
    """Against the strict schemas of Kubernetes. A kind without a schema is a complaint, too."""
    complaints = []
    for document in documents:
        name = f"{document['kind']} {document['metadata']['name']}"
        own = CUSTOM.get(f"{document['apiVersion']}/{document['kind']}")
        try:
            if own:
                jsonschema.validate(document, own | {"definitions": CUSTOM["definitions"]})
            else:
                kubernetes_validate.validate(document, kubernetes, strict=True)
        except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
            path = "/".join(str(part) for part in error.absolute_path)
            complaints.append(f"{name}: {path}: {error.message}")
        except kubernetes_validate.SchemaNotFoundError:
            complaints.append(f"{name}: no schema of {document['apiVersion']}")
    return complaints


def custom_resources(documents):
    """Against the validators of those who make the kinds."""
    return harness.custom(d for d in documents if f"{d['apiVersion']}/{d['kind']}" in CUSTOM)


def trivy(chart, *more):
    """Misconfigurations that are high or critical."""
    with tempfile.TemporaryDirectory() as cache:
        command = [tool("trivy"), "config", "--quiet", "--skip-check-update", "--skip-version-check", "--cache-dir", cache]
        done = run(*command, "--severity", "HIGH,CRITICAL", "--format", "json", *more, chart)
    results = json.loads(done.stdout).get("Results") or []
    found = [(result["Target"], problem) for result in results for problem in result.get("Misconfigurations") or []]
    return [f"{target}: {problem['ID']} {problem['Title']}" for target, problem in found]


def hadolint(*files):
    done = run(tool("hadolint"), "--failure-threshold", "style", *files, check=False)
    return [done.stdout + done.stderr] if done.returncode else []


def restricted(documents):
    """Pod security `restricted`, and what goes beyond it: a read-only root, no token, no service links."""
    complaints = []
    for name, _, spec in pod_specs(documents):
        pod = spec.get("securityContext", {})
        wanted = {
            "a token is mounted": spec.get("automountServiceAccountToken") is False,
            "service links are on": spec.get("enableServiceLinks") is False,
            "it may be root": pod.get("runAsNonRoot") is True and pod.get("runAsUser", 1) != 0,
            "no seccomp profile": pod.get("seccompProfile", {}).get("type") == "RuntimeDefault",
            "it is on the host's network": not any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")),
            "it mounts the host": not any("hostPath" in volume for volume in spec.get("volumes", [])),
        }
        for container in containers(spec):
            context = container.get("securityContext", {})
            wanted |= {
                f"{container['name']} may gain rights": context.get("allowPrivilegeEscalation") is False,
                f"{container['name']} is privileged": not context.get("privileged"),
                f"{container['name']} keeps capabilities": context.get("capabilities", {}).get("drop") == ["ALL"],
                f"{container['name']} may write its root": context.get("readOnlyRootFilesystem") is True,
                f"{container['name']} has no /tmp": any(m["mountPath"] == "/tmp" for m in container["volumeMounts"]),
                f"{container['name']} requests nothing": {"cpu", "memory"} <= set(container["resources"]["requests"]),
                f"{container['name']} has no memory limit": "memory" in container["resources"]["limits"],
            }
        complaints += [f"{name}: {problem}" for problem, good in wanted.items() if not good]
    return complaints


def references(documents, given=()):
    """Whatever is named is there, or is given by the operator: Secrets, ConfigMaps, accounts, volumes, selectors."""
    made = {(d["kind"], d["metadata"]["name"]) for d in documents}
    made |= {("Secret", name) for name in given}
    for document in documents:
        if document["kind"] == "Certificate":
            made.add(("Secret", document["spec"]["secretName"]))
        if document["kind"] == "ExternalSecret":
            made.add(("Secret", document["spec"]["target"]["name"]))
    complaints = []

    def need(name, kind, wanted, optional=False):
        if not optional and (kind, wanted) not in made:
            complaints.append(f"{name}: there is no {kind} {wanted}")

    for name, _, spec in pod_specs(documents):
        if spec["serviceAccountName"] != "default":
            need(name, "ServiceAccount", spec["serviceAccountName"])
        volumes = {volume["name"] for volume in spec.get("volumes", [])}
        if name.startswith("StatefulSet"):
            volumes.add("data")
        for volume in spec.get("volumes", []):
            if "secret" in volume:
                need(name, "Secret", volume["secret"]["secretName"])
            if "configMap" in volume:
                need(name, "ConfigMap", volume["configMap"]["name"])
        for container in containers(spec):
            for mount in container["volumeMounts"]:
                if mount["name"] not in volumes:
                    complaints.append(f"{name}: there is no volume {mount['name']}")
            for variable in container.get("env", []):
                reference = variable.get("valueFrom", {}).get("secretKeyRef")
                if reference:
                    need(name, "Secret", reference["name"], reference.get("optional"))
            for source in container.get("envFrom", []):
                kind = "ConfigMap" if "configMapRef" in source else "Secret"
                need(name, kind, next(iter(source.values()))["name"])
    return complaints + selectors(documents)


def selectors(documents):
    """What selects pods selects some, and a Service's ports lead to ports that they have."""
    pods = [(meta["labels"], spec) for _, meta, spec in pod_specs(documents)]
    complaints = []
    for document in documents:
        spec = document.get("spec", {})
        selector = {
            "Service": lambda: spec["selector"],
            "PodDisruptionBudget": lambda: spec["selector"]["matchLabels"],
            "NetworkPolicy": lambda: spec["podSelector"]["matchLabels"],
            "Deployment": lambda: spec["selector"]["matchLabels"],
            "StatefulSet": lambda: spec["selector"]["matchLabels"],
        }.get(document["kind"])
        if not selector:
            continue
        found = [pod for labels, pod in pods if selector().items() <= labels.items()]
        name = f"{document['kind']} {document['metadata']['name']}"
        if len(found) != 1:
            complaints.append(f"{name} selects {len(found)} kinds of pods")
            continue
        if document["kind"] == "Service":
            ports = {port["name"] for container in found[0]["containers"] for port in container["ports"]}
            complaints += [f"{name}: nothing listens on {p['targetPort']}" for p in spec["ports"] if p["targetPort"] not in ports]
    return complaints


def readme(chart):
    """Whether the table of the README is the one of values.yaml."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "README.md"
        text = (chart / "README.md").read_text()
        copy.write_text(text)
        generator = harness.TOOLS / "node_modules/.bin/readme-generator"
        done = run(generator, "-v", chart / "values.yaml", "-r", copy, check=False)
        if done.returncode:
            return [done.stdout + done.stderr]
        return [] if copy.read_text() == text else ["README.md is older than values.yaml: run helm/readme.sh"]
