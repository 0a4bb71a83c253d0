#!/usr/bin/env python3
"""The bill of materials of a program that Cargo built, and the licences of what is in it.

    bill.py target/release DIR

writes DIR/sbom.cdx.json (CycloneDX 1.6) and DIR/THIRD-PARTY.txt. Cargo.lock also names crates of other platforms and of
features that are off; what rustc read is in the .d files beside the program, so those decide.
"""

import json
import os
import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
CARGO = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|unlicense|copyright)", re.IGNORECASE)
SOURCE = re.compile(rb"/registry/src/[^/ ]+/([^/ ]+)/")


def reachable(lock, name):
    """The packages of the lock file that a package depends on, itself included."""
    by_name = {}
    for package in lock["package"]:
        by_name.setdefault(package["name"], []).append(package)
    found, waiting = {}, [by_name[name][0]]
    while waiting:
        package = waiting.pop()
        key = (package["name"], package["version"])
        if key in found:
            continue
        found[key] = package
        for wanted in package.get("dependencies", []):
            name, _, rest = wanted.partition(" ")
            version = rest.split(" ")[0]
            waiting += [one for one in by_name[name] if version in ("", one["version"])]
    return found


def compiled(folder):
    """Name and version, with a dash between, of every crate that was compiled into this folder."""
    names = set()
    for file in (folder / "deps").glob("*.d"):
        names.update(name.decode() for name in SOURCE.findall(file.read_bytes()))
    return names


def source_of(name, version):
    for registry in sorted((CARGO / "registry/src").glob("*")):
        if (registry / f"{name}-{version}").is_dir():
            return registry / f"{name}-{version}"
    sys.exit(f"bill.py: the source of {name} {version} is not in {CARGO}: build with the same CARGO_HOME")


def crate(package, source):
    """A component of the bill, as CycloneDX has it."""
    name, version = package["name"], package["version"]
    manifest = tomllib.loads((source / "Cargo.toml").read_text())["package"]
    purl = f"pkg:cargo/{name}@{quote(version)}"
    component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if "checksum" in package:
        component["hashes"] = [{"alg": "SHA-256", "content": package["checksum"]}]
    if "license" in manifest:
        # Before SPDX, crates wrote MIT/Apache-2.0.
        expression = re.sub(r"\s*/\s*", " OR ", manifest["license"])
        component["licenses"] = [{"expression": expression}]
    return component


def onnxruntime():
    line = next(line for line in (ROOT / "deploy/assets.txt").read_text().splitlines() if line.startswith("onnxruntime=="))
    version = line.split("==")[1].split()[0]
    purl = f"pkg:pypi/onnxruntime@{version}"
    return {
        "type": "library", "bom-ref": purl, "name": "onnxruntime", "version": version, "purl": purl,
        "licenses": [{"expression": "MIT"}],
    }


def licence_texts(sources):
    """Each text once, with the crates that have it."""
    whose = {}
    for (name, version), source in sorted(sources.items()):
        files = [file for file in sorted(source.iterdir()) if file.is_file() and LICENCE_FILE.match(file.name)]
        for file in files:
            text = file.read_text(errors="replace").strip()
            whose.setdefault(text, []).append(f"{name} {version}")
        if not files:
            # Its manifest is all it says; the words of these licences stand with other crates.
            manifest = tomllib.loads((source / "Cargo.toml").read_text())["package"]
            authors = ", ".join(manifest.get("authors", [])) or manifest.get("repository", "its authors")
            text = f"{manifest.get('license', 'see its source')}, by {authors}"
            whose.setdefault(text, []).append(f"{name} {version}")
    line = "=" * 100
    return "".join(f"{line}\n{', '.join(names)}\n\n{text}\n\n" for text, names in whose.items())


def main():
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    packages = reachable(tomllib.loads((ROOT / "Cargo.lock").read_text()), "stoa")
    read = compiled(folder)
    if not read:
        sys.exit(f"bill.py: {folder}/deps does not say what was compiled: build the program there")
    ours = packages[next(key for key in packages if key[0] == "stoa")]
    theirs = {
        key: package for key, package in sorted(packages.items())
        if "source" in package and f"{key[0]}-{key[1]}" in read
    }
    sources = {key: source_of(*key) for key in theirs}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": "stoa", "name": "stoa", "version": ours["version"],
                "licenses": [{"expression": "Apache-2.0"}],
            },
        },
        # root.sh puts Debian's packages before these.
        "components": [*(crate(package, sources[key]) for key, package in theirs.items()), onnxruntime()],
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "sbom.cdx.json").write_text(json.dumps(bill, indent=1) + "\n")
    (out / "THIRD-PARTY.txt").write_text(licence_texts(sources))


main()
