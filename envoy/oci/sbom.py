"""What is inside the filter, as CycloneDX 1.5: https://cyclonedx.org/docs/1.5/json/"""

import json
import re
import subprocess
import uuid

FILTER = "countersign-filter"
_TARGET = "wasm32-wasip1"
# What the build links and nothing else: no build script, no procedural macro, no test, and the features of this
# package alone, not of the workspace.
_TREE = ["cargo", "tree", "--locked", "-p", FILTER, "--target", _TARGET, "-e", "normal,no-proc-macro"]
_METADATA = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", _TARGET]
_LINE = re.compile(r"^(\d+)(\S+) v(\S+)")
_LOCKED = re.compile(r'^name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"$', re.M)


def bill(root, wasm_digest):
    """The bill of materials. The same sources give the same bytes: no time, and a serial number made from the filter."""
    tree = _run(root, [*_TREE, "--prefix", "depth", "--no-dedupe", "--format", "{p}"])
    packages = {(each["name"], each["version"]): each for each in json.loads(_run(root, _METADATA))["packages"]}
    checksums = {(name, version): sum for name, version, sum in _LOCKED.findall((root / "Cargo.lock").read_text())}
    edges = _edges(tree)
    (filter_key,) = [key for key in edges if key[0] == FILTER]
    edges[filter_key].add(("std", _toolchain(root)))
    edges[("std", _toolchain(root))] = set()
    subject = {
        **_component(filter_key, packages, {}),
        "type": "application",
        "hashes": [{"alg": "SHA-256", "content": wasm_digest.split(":")[1]}],
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_URL, wasm_digest).urn,
        "version": 1,
        "metadata": {"component": subject},
        "components": [_component(key, packages, checksums) for key in sorted(edges) if key != filter_key],
        "dependencies": [
            {"ref": _purl(key), "dependsOn": [_purl(each) for each in sorted(edges[key])]} for key in sorted(edges)
        ],
    }


def _run(root, command):
    return subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout


def _edges(tree):
    """Who uses whom, read from lines that begin with their depth."""
    edges, above = {}, []
    for line in tree.splitlines():
        depth, name, version = _LINE.match(line).groups()
        del above[int(depth) :]
        if above:
            edges[above[-1]].add((name, version))
        edges.setdefault((name, version), set())
        above.append((name, version))
    return edges


def _toolchain(root):
    """The compiler's release: its standard library is linked in, and Cargo does not list it."""
    return re.search(r'^channel = "(.+)"$', (root / "rust-toolchain.toml").read_text(), re.M)[1]


def _component(key, packages, checksums):
    name, version = key
    licence = packages[key]["license"] if key in packages else "MIT OR Apache-2.0"
    component = {
        "type": "library",
        "bom-ref": _purl(key),
        "name": name,
        "version": version,
        # Cargo's older spelling of "or" is not SPDX's.
        "licenses": [{"expression": licence.replace("/", " OR ")}],
        "purl": _purl(key),
    }
    if key in checksums:
        component["hashes"] = [{"alg": "SHA-256", "content": checksums[key]}]
    return component


def _purl(key):
    return "pkg:{}/{}@{}".format("generic/rust" if key[0] == "std" else "cargo", *key)
