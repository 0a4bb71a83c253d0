"""A pod as Kubernetes would start it, written so that `podman kube play` can read it.

What podman does by itself stays as it was rendered: image, command, arguments, user, read-only root, capabilities, limits.
What it does not read is done here by the rules of Kubernetes: variables of Secrets, ConfigMaps and Services, volumes with
their owners and modes, `subPath`. Probes, init containers and stopping are the business of kubelet.py.
"""

import base64
import copy
import os
import shutil

from podman import image_environment

# Of a container runtime, where an image says nothing.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CLUSTER_IP = "10.96.0.1"


def secret_data(secret):
    data = {key: base64.b64decode(value) for key, value in (secret.get("data") or {}).items()}
    return data | {key: value.encode() for key, value in (secret.get("stringData") or {}).items()}


def _find(objects, kind, reference):
    found = objects.get((kind, reference["name"]))
    if found is None and not reference.get("optional"):
        raise AssertionError(f"there is no {kind} {reference['name']}: the pod would wait for it")
    return found


def service_links(spec, services):
    """What Kubernetes tells a pod of Services: of its own API always, of those with an address in the same namespace where
    they are not switched off."""
    known = [("kubernetes", CLUSTER_IP, [{"name": "https", "port": 443}])]
    if spec.get("enableServiceLinks", True):
        addressed = [service for service in services if service["spec"].get("clusterIP") != "None"]
        known += [(s["metadata"]["name"], f"10.96.7.{at}", s["spec"]["ports"]) for at, s in enumerate(addressed, 1)]
    links = {}
    for name, address, ports in known:
        name = name.upper().replace("-", "_")
        first = ports[0]["port"]
        links |= {f"{name}_SERVICE_HOST": address, f"{name}_SERVICE_PORT": str(first), f"{name}_PORT": f"tcp://{address}:{first}"}
        for port in ports:
            number, protocol = port["port"], port.get("protocol", "TCP")
            begin = f"{name}_PORT_{number}_{protocol}"
            links |= {begin: f"{protocol.lower()}://{address}:{number}", f"{begin}_PROTO": protocol.lower(), f"{begin}_PORT": str(number), f"{begin}_ADDR": address}
            if port.get("name"):
                links[f"{name}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(number)
    return links


def environment(container, spec, objects):
    """Variables of a container, later ones over earlier ones."""
    services = [document for (kind, _), document in objects.items() if kind == "Service"]
    variables = service_links(spec, services)
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            variables |= (_find(objects, "ConfigMap", source["configMapRef"]) or {}).get("data", {})
        else:
            found = _find(objects, "Secret", source["secretRef"])
            variables |= {key: value.decode() for key, value in secret_data(found or {}).items()}
    for variable in container.get("env", []):
        if "valueFrom" not in variable:
            variables[variable["name"]] = variable.get("value", "")
            continue
        reference = variable["valueFrom"]["secretKeyRef"]
        data = secret_data(_find(objects, "Secret", reference) or {})
        if reference["key"] in data:
            variables[variable["name"]] = data[reference["key"]].decode()
        elif not reference.get("optional"):
            raise AssertionError(f"Secret {reference['name']} lacks {reference['key']}: the pod would wait for it")
    if not {"PATH"} & (variables.keys() | image_environment(container["image"]).keys()):
        variables["PATH"] = PATH
    return variables


class Volumes:
    """The volumes of a pod as folders of this machine, with the owners and modes that they have under Kubernetes."""

    def __init__(self, folder, claims, spec, objects):
        self.folder, self.claims, self.objects = folder, claims, objects
        self.group = spec.get("securityContext", {}).get("fsGroup", 0)
        self.paths = {volume["name"]: self._make(volume) for volume in spec.get("volumes", [])}

    def _make(self, volume):
        path = self.folder / volume["name"]
        if "emptyDir" in volume:
            path.mkdir(parents=True)
            return self._own(path, 0o2777)
        if "persistentVolumeClaim" in volume:
            path = self.claims / volume["persistentVolumeClaim"]["claimName"]
            path.mkdir(parents=True, exist_ok=True)
            return self._own(path, 0o2775)
        if "secret" in volume:
            source = _find(self.objects, "Secret", {"name": volume["secret"]["secretName"], **volume["secret"]})
            return self._write(path, secret_data(source or {}), volume["secret"])
        if "configMap" in volume:
            source = _find(self.objects, "ConfigMap", volume["configMap"])
            data = {key: value.encode() for key, value in (source or {}).get("data", {}).items()}
            return self._write(path, data, volume["configMap"])
        raise AssertionError(f"a volume of a kind that is not translated: {volume}")

    def _own(self, path, mode):
        os.chown(path, 0, self.group)
        path.chmod(mode)
        return path

    def _write(self, path, data, source):
        """Files behind two links, as a kubelet makes them so that all of them change at once."""
        data_folder = path / "..2026_01_01_00_00_00.1"
        data_folder.mkdir(parents=True)
        items = source.get("items") or [{"key": key, "path": key} for key in data]
        for item in items:
            file = data_folder / item["path"]
            file.write_bytes(data[item["key"]])
            # The group of the pod may read what was given to the pod.
            self._own(file, source.get("defaultMode", 0o644) | (0o440 if self.group else 0))
            (path / item["path"]).symlink_to(f"..data/{item['path']}")
        (path / "..data").symlink_to(data_folder.name)
        self._own(data_folder, 0o2755)
        return self._own(path, 0o2755)

    def source(self, mount):
        """What of this machine is mounted."""
        path = self.paths[mount["name"]]
        return (path / mount["subPath"]).resolve() if "subPath" in mount else path

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def playable(name, labels, spec, container, volumes, objects, nameserver, namespace):
    """A pod of one container of a pod, as podman reads it."""
    spec, container = copy.deepcopy(spec), copy.deepcopy(container)
    variables = environment(container, spec, objects)
    container["env"] = [{"name": key, "value": value} for key, value in variables.items()]
    # A port that is named would be opened on this machine.
    for part in ("startupProbe", "livenessProbe", "readinessProbe", "lifecycle", "envFrom", "ports"):
        container.pop(part, None)
    mounted = []
    for number, mount in enumerate(container.get("volumeMounts", [])):
        source = volumes.source(mount)
        mounted.append({"name": f"v{number}", "hostPath": {"path": str(source), "type": "Directory" if source.is_dir() else "File"}})
        mount.pop("subPath", None)
        mount["name"] = f"v{number}"
    spec.pop("initContainers", None)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": spec | {
            "containers": [container],
            "volumes": mounted,
            # What ends is to be seen, and not to be started again behind the back of the test.
            "restartPolicy": "Never",
            "dnsPolicy": "None",
            "dnsConfig": {
                "nameservers": [nameserver],
                "searches": [f"{namespace}.svc.cluster.local", "svc.cluster.local", "cluster.local"],
                "options": [{"name": "ndots", "value": "5"}],
            },
        },
    }
