#!/usr/bin/env python3
"""Makes dist/oci, an OCI image layout with the filter in both forms that Istio and Envoy Gateway fetch, and its SBOM.

    image      one layer, plugin.wasm at the root: what `docker build -f envoy/Dockerfile` makes, by standard media types
    artifact   the filter as it is, by media types of its own

Both are in https://github.com/solo-io/wasm/tree/master/spec. No container engine is needed, and the same filter gives
the same digests on every machine.
"""

import re
import shlex
from pathlib import Path

import layers
import sbom
from layout import Layout, digest, encode

ROOT = Path(__file__).resolve().parents[2]
WASM = ROOT / "dist" / "countersign.wasm"
LAYOUT = ROOT / "dist" / "oci"
SBOM = ROOT / "dist" / "countersign.sbom.json"

IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
IMAGE_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
WASM_CONFIG = "application/vnd.module.wasm.config.v1+json"
WASM_LAYER = "application/vnd.module.wasm.content.layer.v1+wasm"
EMPTY = "application/vnd.oci.empty.v1+json"
CYCLONEDX = "application/vnd.cyclonedx+json"


def main():
    wasm = WASM.read_bytes()
    bill = encode(sbom.bill(ROOT, digest(wasm)))
    SBOM.write_bytes(bill)
    print(f"{SBOM.relative_to(ROOT)}: {digest(bill)}")
    built = build(LAYOUT, wasm, bill)
    for name, manifest in built.items():
        print(f"{LAYOUT.relative_to(ROOT)}:{name}: {manifest['digest']}")
    print(PUSH)


def build(directory, wasm, bill):
    """The descriptors of the two manifests, by name."""
    layout = Layout(directory)
    built = {"image": image(layout, wasm), "artifact": artifact(layout, wasm)}
    for name, subject in built.items():
        attach(layout, f"{name}.sbom", subject, bill)
    layout.close()
    return built


def image(layout, wasm):
    archive = layers.tar("plugin.wasm", wasm)
    config = {
        # What an engine writes on the commonest machine. The fetchers do not read it.
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": labels()},
        "rootfs": {"type": "layers", "diff_ids": [digest(archive)]},
    }
    return layout.manifest(
        "image",
        layout.blob(IMAGE_CONFIG, encode(config)),
        [layout.blob(IMAGE_LAYER, layers.gzip(archive))],
        {**labels(), "module.wasm.image/variant": "compat"},
    )


def artifact(layout, wasm):
    runtime = {"type": "envoy_proxy", "abiVersions": ["v0.2.1"], "config": {"rootIds": ["countersign"]}}
    config = layout.blob(WASM_CONFIG, encode(runtime))
    # The fetchers insist on two layers; the second is the configuration again.
    return layout.manifest("artifact", config, [layout.blob(WASM_LAYER, wasm), config], labels())


def attach(layout, name, subject, bill):
    """A referrer: who has the image finds its SBOM."""
    layout.manifest(
        name,
        layout.blob(EMPTY, b"{}"),
        [layout.blob(CYCLONEDX, bill, annotations={"org.opencontainers.image.title": SBOM.name})],
        {"org.opencontainers.image.title": "SBOM of the filter"},
        artifactType=CYCLONEDX,
        subject=subject,
    )


def labels():
    """The labels of the Dockerfile, and the version of the workspace."""
    dockerfile = (ROOT / "envoy" / "Dockerfile").read_text().replace("\\\n", " ")
    words = shlex.split(re.search(r"^LABEL (.+)$", dockerfile, re.M)[1])
    version = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.M)[1]
    return {**dict(word.split("=", 1) for word in words), "org.opencontainers.image.version": version}


PUSH = """
Push it, with the tag that you want instead of VERSION:
  skopeo copy oci:dist/oci:image docker://REGISTRY/countersign:VERSION
  skopeo copy oci:dist/oci:artifact docker://REGISTRY/countersign:VERSION-artifact
  oras cp -r --from-oci-layout dist/oci:image REGISTRY/countersign:VERSION        # with its SBOM"""


if __name__ == "__main__":
    main()
