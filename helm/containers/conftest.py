"""A release of each set of values, in containers. The tests of one stand on the same release, in their order."""

import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "tests")]

from release import Minimal, Production  # noqa: E402 -- found by the path above


@pytest.fixture(scope="session", params=[Minimal, Production], ids=["minimal", "production"])
def release(request):
    release = request.param()
    request.addfinalizer(release.close)
    release.install()
    return release
