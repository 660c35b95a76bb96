"""What `make oci` left in dist/, and the program that made it."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "envoy" / "oci"))

import build  # noqa: E402
import layers  # noqa: E402
import layout  # noqa: E402
import sbom  # noqa: E402

WASM = build.WASM.read_bytes()
BILL = build.SBOM.read_bytes()
NAMES = ("image", "artifact", "image.sbom", "artifact.sbom")

__all__ = ["BILL", "NAMES", "ROOT", "WASM", "blobs", "build", "index", "layers", "layout", "sbom"]


def index(directory=build.LAYOUT):
    """The descriptors in a layout, by name."""
    manifests = json.loads((directory / "index.json").read_text())["manifests"]
    return {each["annotations"][layout.REFERENCE]: each for each in manifests}


def blobs(directory=build.LAYOUT):
    """A reader of a layout's blobs, by digest."""
    return lambda digest: (directory / "blobs" / digest.replace(":", "/")).read_bytes()
