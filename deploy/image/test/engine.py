"""Containers, by docker or podman, as the tests use them. Everything is named after the run and taken away with it."""

import json
import os
import subprocess
import time
from pathlib import Path

ENGINE = os.environ["ENGINE"]
IMAGE = os.environ["IMAGE"]
MODELS = os.environ["STOA_MODELS"]
ROOT = Path(__file__).resolve().parents[3]
TOKEN = "a-token-of-the-image-tests"

# As a careful cluster runs it.
CLOSED = ["--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges", "--tmpfs", "/tmp:mode=1777"]


def engine(*arguments, check=True, **options):
    """Runs the engine; its output is text."""
    done = subprocess.run([ENGINE, *arguments], capture_output=True, text=True, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{ENGINE} {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def stoa(*arguments, options=(), environment=None, timeout=60):
    """Runs a command in a container of the image, closed as it can be, until it ends."""
    variables = [part for name, value in (environment or {}).items() for part in ("--env", f"{name}={value}")]
    return engine("run", "--rm", *CLOSED, *variables, *options, IMAGE, *arguments, check=False, timeout=timeout)


def inspect(container):
    return json.loads(engine("inspect", container).stdout)[0]


def status(container):
    """What the kernel says of a container's first process."""
    process = inspect(container)["State"]["Pid"]
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}


def logs(container):
    done = engine("logs", "--tail", "30", container, check=False)
    return done.stdout + done.stderr


def wait_until(what, true, patience=120):
    """Waits for a condition. It returns what is so far in the way, or nothing."""
    end = time.monotonic() + patience
    while (problem := true()) is not None:
        if time.monotonic() > end:
            raise AssertionError(f"not in {patience} s: {what}\n{problem}")
        time.sleep(0.2)


class Running:
    """A service in a container of its own, until the block ends."""

    def __init__(self, *arguments, options=(), environment=None):
        self.arguments, self.options, self.environment = arguments, options, environment or {}

    def __enter__(self):
        variables = [part for name, value in self.environment.items() for part in ("--env", f"{name}={value}")]
        started = engine("run", "--detach", *CLOSED, *variables, *self.options, IMAGE, *self.arguments)
        self.name = started.stdout.split()[-1]
        return self

    def __exit__(self, *_):
        engine("rm", "--force", "--volumes", self.name, check=False)

    def probe(self):
        return engine("exec", self.name, "/usr/bin/stoa", "probe", check=False)

    def stop(self):
        """Asks it to end, and returns with what it did."""
        engine("stop", "--time", "30", self.name)
        return inspect(self.name)["State"]["ExitCode"]
