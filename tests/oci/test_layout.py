"""The layout in dist/oci, read back as those who fetch it do."""

import gzip
import hashlib
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import fetcher
from built import BILL, NAMES, ROOT, WASM, blobs, build, index, layers, layout


class Layout(unittest.TestCase):
    def test_both_forms_hold_the_filter(self):
        for name in ("image", "artifact"):
            with self.subTest(name):
                self.assertEqual(fetcher.fetch(index()[name]["digest"], blobs()), WASM)

    def test_every_descriptor_fits_its_blob_and_no_blob_is_left_over(self):
        seen = set()
        for descriptor in descriptors(index()):
            with self.subTest(descriptor["digest"]):
                content = blobs()(descriptor["digest"])
                self.assertEqual("sha256:" + hashlib.sha256(content).hexdigest(), descriptor["digest"])
                self.assertEqual(len(content), descriptor["size"])
            seen.add(descriptor["digest"].split(":")[1])
        self.assertEqual({path.name for path in (build.LAYOUT / "blobs" / "sha256").iterdir()}, seen)

    def test_the_layout_says_its_version(self):
        self.assertEqual(json.loads((build.LAYOUT / "oci-layout").read_text()), {"imageLayoutVersion": "1.0.0"})

    def test_the_image_unpacks_to_what_its_configuration_says(self):
        manifest = json.loads(blobs()(index()["image"]["digest"]))
        config = json.loads(blobs()(manifest["config"]["digest"]))
        (layer,) = manifest["layers"]
        archive = gzip.decompress(blobs()(layer["digest"]))
        self.assertEqual(config["rootfs"]["diff_ids"], ["sha256:" + hashlib.sha256(archive).hexdigest()])
        self.assertEqual(manifest["annotations"]["module.wasm.image/variant"], "compat")

    def test_the_labels_are_in_the_image_and_on_both_manifests(self):
        image, artifact = (json.loads(blobs()(index()[name]["digest"])) for name in ("image", "artifact"))
        labels = json.loads(blobs()(image["config"]["digest"]))["config"]["Labels"]
        for name in ("title", "description", "licenses", "version"):
            name = f"org.opencontainers.image.{name}"
            self.assertTrue(labels[name])
            self.assertEqual([each["annotations"][name] for each in (image, artifact)], [labels[name]] * 2)

    def test_the_artifact_names_the_interface_that_the_filter_has(self):
        manifest = json.loads(blobs()(index()["artifact"]["digest"]))
        runtime = json.loads(blobs()(manifest["config"]["digest"]))
        exported = b"proxy_abi_version_" + runtime["abiVersions"][0].lstrip("v").replace(".", "_").encode()
        self.assertIn(exported, WASM)

    def test_each_form_has_the_sbom_as_a_referrer(self):
        for name in ("image", "artifact"):
            with self.subTest(name):
                listed = index()[f"{name}.sbom"]
                manifest = json.loads(blobs()(listed["digest"]))
                subject = {key: index()[name][key] for key in ("mediaType", "digest", "size")}
                self.assertEqual(manifest["subject"], subject)
                self.assertEqual(manifest["artifactType"], listed["artifactType"])
                self.assertEqual(blobs()(manifest["layers"][0]["digest"]), BILL)


class Reproducible(unittest.TestCase):
    def test_it_is_the_same_when_built_elsewhere_at_another_time(self):
        with tempfile.TemporaryDirectory() as directory:
            built = Path(directory) / "oci"
            build.build(built, WASM, BILL)
            self.assertEqual(files(built), files(build.LAYOUT))

    def test_another_filter_has_other_digests(self):
        with tempfile.TemporaryDirectory() as directory:
            built = Path(directory) / "oci"
            build.build(built, WASM + b"\0", BILL)
            for name in NAMES:
                self.assertNotEqual(index(built)[name]["digest"], index()[name]["digest"])

    def test_what_is_stored_is_what_gzip_reads(self):
        for size in (0, 1, 0xFFFF, 0x10000, 200_000):
            with self.subTest(size):
                content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
                self.assertEqual(gzip.decompress(layers.gzip(content)), content)
                done = subprocess.run(["gzip", "-dc"], input=layers.gzip(content), capture_output=True, check=True)
                self.assertEqual(done.stdout, content)


class Refused(unittest.TestCase):
    """The reader that these tests rely on tells a wrong image from a right one."""

    def test_wrong_images(self):
        archive = layers.gzip(layers.tar("plugin.wasm", WASM))
        config = (build.WASM_CONFIG, b"{}")
        rows = {
            "no layer": [],
            "another file": [(build.IMAGE_LAYER, layers.gzip(layers.tar("filter.wasm", WASM)))],
            "not a module": [(build.IMAGE_LAYER, layers.gzip(layers.tar("plugin.wasm", b"#!/bin/sh")))],
            "a layer after it": [(build.IMAGE_LAYER, archive), (build.IMAGE_LAYER, layers.gzip(layers.tar("x", b"")))],
            "Docker's media type": [("application/vnd.docker.image.rootfs.diff.tar.gzip", archive)],
            "an artifact of one layer": [(build.WASM_LAYER, WASM)],
            "an artifact of three": [(build.WASM_LAYER, WASM), config, config],
            "the newer media type": [("application/wasm", WASM), config],
        }
        for name, contents in rows.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as directory:
                made = layout.Layout(Path(directory) / "oci")
                listed = [made.blob(*each) for each in contents]
                written = made.manifest("wrong", made.blob(*config), listed, {})
                with self.assertRaises(fetcher.Refused):
                    fetcher.fetch(written["digest"], blobs(made.directory))

    def test_a_blob_that_was_changed(self):
        def changed(digest):
            return blobs()(digest).replace(b"countersign", b"c0untersign", 1)

        with self.assertRaisesRegex(fetcher.Refused, "what came is not"):
            fetcher.fetch(index()["image"]["digest"], changed)


class Command(unittest.TestCase):
    def test_it_prints_each_digest_and_how_to_push(self):
        done = subprocess.run(["python3", "envoy/oci/build.py"], cwd=ROOT, capture_output=True, text=True, check=True)
        for name in ("image", "artifact"):
            self.assertIn(f"dist/oci:{name}: {index()[name]['digest']}", done.stdout)
            self.assertIn(f"skopeo copy oci:dist/oci:{name} ", done.stdout)
        self.assertEqual(build.SBOM.read_bytes(), BILL)


def descriptors(found):
    """Those of the index, and all that their manifests name."""
    for listed in found.values():
        manifest = json.loads(blobs()(listed["digest"]))
        yield from (listed, manifest["config"], *manifest["layers"])


def files(directory):
    return {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


if __name__ == "__main__":
    unittest.main()
