"""Where the tools are: helm/verify.sh says."""

import harness


def pytest_configure():
    assert (harness.TOOLS / "whole").is_file(), "run helm/verify.sh, which brings the tools"
