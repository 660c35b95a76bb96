"""What Istio (pkg/wasm/imagefetcher.go, 1.30) and Envoy Gateway (internal/wasm/imagefetcher.go, 1.9) make of an image.

Their rules are the same: whatever is not a Docker manifest is tried as an image first, then as an artifact.
"""

import gzip
import hashlib
import io
import json
import tarfile

IMAGE_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
WASM_LAYER = "application/vnd.module.wasm.content.layer.v1+wasm"
# What both read at most.
LIMIT = 256 * 1024 * 1024


class Refused(Exception):
    pass


def fetch(digest, blob):
    """The module in the image with this digest; `blob` gives bytes by digest."""
    layers = json.loads(checked(digest, blob))["layers"]
    try:
        return from_image(layers, blob)
    except Refused as as_image:
        try:
            return from_artifact(layers, blob)
        except Refused as as_artifact:
            raise Refused(f"as an image: {as_image}; as an artifact: {as_artifact}") from None


def from_image(layers, blob):
    if not layers:
        raise Refused("no layer")
    if layers[-1]["mediaType"] != IMAGE_LAYER:
        raise Refused("the last layer's media type")
    archive = gzip.decompress(checked(layers[-1]["digest"], blob))
    for member in tarfile.open(fileobj=io.BytesIO(archive[:LIMIT])):
        if member.name.rsplit("/", 1)[-1] == "plugin.wasm":
            return valid(tarfile.open(fileobj=io.BytesIO(archive)).extractfile(member).read())
    raise Refused("no plugin.wasm")


def from_artifact(layers, blob):
    if len(layers) != 2:
        raise Refused("not two layers")
    for layer in layers:
        if layer["mediaType"] == WASM_LAYER:
            return valid(checked(layer["digest"], blob)[:LIMIT])
    raise Refused("no layer with a module")


def checked(digest, blob):
    content = blob(digest)
    if "sha256:" + hashlib.sha256(content).hexdigest() != digest:
        raise Refused(f"what came is not {digest}")
    return content


def valid(module):
    if module[:4] != b"\0asm":
        raise Refused("not a module")
    return module
