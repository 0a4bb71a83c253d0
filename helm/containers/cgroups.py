"""What the kernel says of a container's memory, in the first version of cgroups and in the second."""

from pathlib import Path


def _group(process):
    """The folder of a process, and whether it is of the first version."""
    groups = [line.split(":", 2) for line in (process / "cgroup").read_text().splitlines()]
    first = [path for _, controllers, path in groups if "memory" in controllers.split(",")]
    return (Path(f"/sys/fs/cgroup/memory{first[0]}"), True) if first else (Path(f"/sys/fs/cgroup{groups[0][2]}"), False)


def _number(file):
    return int(file.read_text())


def memory_limit(process):
    """What it may have."""
    group, first = _group(process)
    return _number(group / ("memory.limit_in_bytes" if first else "memory.max"))


def memory(process):
    """What it needs now, as Kubernetes counts it: without files that were not read for long; and what it had at most."""
    group, first = _group(process)
    stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    used = _number(group / ("memory.usage_in_bytes" if first else "memory.current"))
    most = _number(group / ("memory.max_usage_in_bytes" if first else "memory.peak"))
    return used - int(stat["total_inactive_file" if first else "inactive_file"]), most
