"""A service that is not what the chart takes it for does not become ready, and the test says so: each fault alone."""

import copy

import harness
import pytest
from cluster import Cluster, wait_until
from world import forget_images, tag_images


@pytest.fixture(scope="module")
def cluster():
    documents = harness.render(ci="minimal")
    images = tag_images(documents)
    cluster = Cluster()
    cluster.apply(documents)
    yield cluster
    cluster.close()
    forget_images(images)


def renamed_command(pod, settings):
    pod["containers"][0]["args"] = ["embedder"]


def renamed_variable(pod, settings):
    settings["STOA_SERVER_LISTENS"] = settings.pop("STOA_SERVER_LISTEN")


def another_port(pod, settings):
    settings["STOA_ADMIN_LISTEN"] = "0.0.0.0:9465"


def another_path(pod, settings):
    [mount] = [mount for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == "models"]
    mount["mountPath"] = "/opt/stoa/weights"


def another_user(pod, settings):
    pod["securityContext"] |= {"runAsUser": 10_001, "runAsGroup": 10_001, "fsGroup": 0}


def a_missing_library(pod, settings):
    pod["containers"][0]["volumeMounts"].append({"name": "tmp", "mountPath": "/opt/stoa/lib"})


@pytest.mark.parametrize("fault", [renamed_command, renamed_variable, another_port, another_path, another_user, a_missing_library])
def test_a_fault_shows(cluster, fault):
    key = "ConfigMap", "stoa-embedding"
    whole = cluster.objects[key]
    template = copy.deepcopy(harness.workload(cluster.of("Deployment"), "embedding")["spec"]["template"])
    settings = copy.deepcopy(whole)
    fault(template["spec"], settings["data"])
    # A good one lives within two seconds.
    template["spec"]["containers"][0]["startupProbe"]["failureThreshold"] = 5
    cluster.objects[key] = settings
    try:
        pod = cluster.begin(f"fault-{fault.__name__.replace('_', '-')}", template)
        wait_until("it is found out", lambda: pod.broken or pod.ready)
        assert pod.broken and not pod.ready, pod.logs()
    finally:
        cluster.objects[key] = whole
        for left in list(cluster.pods):
            cluster.drop(left)
