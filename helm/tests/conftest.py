"""Where the tools are, and which API server the life of a release is tried on: helm/verify.sh and helm/real.sh say."""

import os
import pathlib

import pytest
from xdist.scheduler import LoadScopeScheduling

import api_server
import harness
import real_server


def pytest_configure():
    assert (harness.TOOLS / "whole").is_file(), "run helm/verify.sh, which brings the tools"


class ByRelease(LoadScopeScheduling):
    """Deals tests out one by one, but gives those that share a running release to one worker. (`--dist=loadgroup` does not go
    with pytest 9.2, which does not let the names of tests be written over.)"""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return file if file.endswith(("test_answers.py", "test_restore.py")) else nodeid


def pytest_xdist_make_scheduler(config, log):
    return ByRelease(config, log)


@pytest.fixture(scope="session")
def plane(tmp_path_factory):
    """The real API server, where one was built."""
    kube = os.environ.get("STOA_HELM_KUBE")
    if not kube:
        yield None
        return
    with real_server.Plane(tmp_path_factory.mktemp("plane"), pathlib.Path(kube)) as plane:
        yield plane


@pytest.fixture
def server(plane, tmp_path):
    if plane:
        yield plane.server()
        return
    with api_server.Server(tmp_path) as server:
        yield server
