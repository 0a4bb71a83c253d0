"""Where the tools are, and which API server the life of a release is tried on: helm/verify.sh and helm/real.sh say."""

import os
import pathlib

import pytest

import api_server
import harness
import real_server


def pytest_configure():
    assert (harness.TOOLS / "whole").is_file(), "run helm/verify.sh, which brings the tools"


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
