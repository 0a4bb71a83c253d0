# shellcheck shell=bash
# Sourced: finds what builds and runs containers, and sets ENGINE to `docker` or `podman`. Podman is installed where
# there is neither and the system is a Debian. ENGINE, if set, decides.

if [ -z "${ENGINE:-}" ]; then
    if command -v docker >/dev/null && docker info >/dev/null 2>&1; then ENGINE=docker; else ENGINE=podman; fi
fi

# Installs Debian packages that are not there; does nothing elsewhere.
install_packages() { # why, package…
    local why=$1 missing
    shift
    # Of a package that it has never heard of dpkg-query makes a failure.
    missing=$({ dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true; } |
        awk '$2 == "installed" {print $1}' | sort | comm -23 <(printf '%s\n' "$@" | sort) -)
    [ -n "$missing" ] || return 0
    echo "Installing with apt, $why: ${missing//$'\n'/ }"
    local as_root=(); [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

if [ "$ENGINE" = podman ]; then
    if command -v apt-get >/dev/null; then
        install_packages "to build and run containers" podman buildah runc catatonit netavark aardvark-dns uidmap iptables
    fi
    command -v podman >/dev/null || { echo "Neither docker nor podman is here: install one of them" >&2; exit 1; }
    # Under systemd podman needs nothing said. Elsewhere, as on build machines, there is nobody who makes cgroups for
    # it, crun knows only the second version of them, and limits cannot be raised.
    if [ ! -d /run/systemd/system ] && [ -z "${CONTAINERS_CONF:-}" ]; then
        CONTAINERS_CONF=${XDG_CACHE_HOME:-$HOME/.cache}/stoa/containers.conf
        mkdir -p "$(dirname "$CONTAINERS_CONF")"
        cat >"$CONTAINERS_CONF" <<'CONF'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
CONF
        export CONTAINERS_CONF BUILDAH_ISOLATION=chroot
        grep -qw overlay /proc/filesystems || export STORAGE_DRIVER=vfs
    fi
fi
export ENGINE
