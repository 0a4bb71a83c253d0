"""Podman."""

import json
import subprocess


def podman(*arguments, check=True, **options):
    """Runs podman; its output is text."""
    done = subprocess.run(["podman", *map(str, arguments)], capture_output=True, text=True, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"podman {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def inspect(*containers):
    return json.loads(podman("container", "inspect", *containers).stdout)


def logs(container, lines=40):
    done = podman("logs", "--tail", lines, container, check=False)
    return f"--- {container}\n{done.stdout}{done.stderr}"


def image_environment(image):
    """What an image sets; its variables as a map."""
    found = json.loads(podman("image", "inspect", image).stdout)[0]
    return dict(entry.split("=", 1) for entry in found["Config"].get("Env") or [])
