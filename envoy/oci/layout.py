"""An OCI image layout on disk: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md"""

import hashlib
import json
import shutil

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
REFERENCE = "org.opencontainers.image.ref.name"


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def encode(value):
    """JSON in one spelling, so that the same content has the same digest."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Layout:
    def __init__(self, directory):
        self.directory = directory
        self.manifests = []
        shutil.rmtree(directory, ignore_errors=True)
        self.blobs = directory / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)

    def blob(self, media_type, content, **more):
        """Writes a blob, and gives its descriptor."""
        name = digest(content)
        (self.blobs / name.split(":")[1]).write_bytes(content)
        return {"mediaType": media_type, "digest": name, "size": len(content), **more}

    def manifest(self, reference, config, layers, annotations, **more):
        """Writes a manifest, lists it in the index under a reference, and gives its descriptor."""
        value = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
        written = self.blob(MANIFEST, encode({**value, "annotations": annotations, **more}))
        kind = {"artifactType": more["artifactType"]} if "artifactType" in more else {}
        self.manifests.append({**written, **kind, "annotations": {REFERENCE: reference}})
        return written

    def close(self):
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": self.manifests}
        (self.directory / "oci-layout").write_bytes(encode({"imageLayoutVersion": "1.0.0"}))
        (self.directory / "index.json").write_bytes(encode(index))
