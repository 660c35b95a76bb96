"""The layout through other people's programs: skopeo, and a registry on this machine."""

import json
import os
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import fetcher
from built import NAMES, WASM, blobs, build, index, layout

CONFIG = """
version: 0.1
storage: {{ filesystem: {{ rootdirectory: {directory} }} }}
http: {{ addr: "127.0.0.1:{port}" }}
"""


def skopeo(*arguments):
    # A policy of our own would be the machine's business; here nothing is signed.
    done = subprocess.run(["skopeo", "--insecure-policy", *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"skopeo {' '.join(arguments)}: {done.stderr}")
    return done.stdout


class Skopeo(unittest.TestCase):
    def test_it_reads_the_image(self):
        said = json.loads(skopeo("inspect", f"oci:{build.LAYOUT}:image"))
        self.assertEqual(said["Digest"], index()["image"]["digest"])
        self.assertEqual(said["Labels"]["org.opencontainers.image.title"], "countersign")

    def test_it_copies_each_as_it_is(self):
        for name in NAMES:
            with self.subTest(name), tempfile.TemporaryDirectory() as directory:
                skopeo("copy", f"oci:{build.LAYOUT}:{name}", f"dir:{directory}")
                manifest = (Path(directory) / "manifest.json").read_bytes()
                self.assertEqual(layout.digest(manifest), index()[name]["digest"])

    def test_it_refuses_a_layout_with_a_changed_blob(self):
        with tempfile.TemporaryDirectory() as directory:
            changed = Path(directory) / "oci"
            build.build(changed, WASM, b"{}")
            digest = json.loads(blobs(changed)(index(changed)["image"]["digest"]))["layers"][0]["digest"]
            path = changed / "blobs" / digest.replace(":", "/")
            path.write_bytes(path.read_bytes() + b"\0")
            with self.assertRaises(AssertionError):
                skopeo("copy", f"oci:{changed}:image", f"dir:{directory}/copy")


class Registry(unittest.TestCase):
    """Pushed with skopeo, pulled by digest with the fetchers' rules."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            cls.address = f"127.0.0.1:{free.getsockname()[1]}"
        config, cls.log = Path(directory.name) / "config.yml", Path(directory.name) / "log"
        config.write_text(CONFIG.format(directory=directory.name, port=cls.address.split(":")[1]))
        log = cls.log.open("w")
        cls.addClassCleanup(log.close)
        cls.process = subprocess.Popen(
            ["docker-registry", "serve", config],
            stdout=log,
            stderr=log,
            env={"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none"},
        )
        cls.addClassCleanup(cls.process.wait)
        cls.addClassCleanup(cls.process.terminate)
        cls.wait()

    @classmethod
    def wait(cls):
        deadline = time.monotonic() + 30
        while True:
            try:
                return urllib.request.urlopen(f"http://{cls.address}/v2/", timeout=5).close()
            except urllib.error.URLError:
                if cls.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(cls.log.read_text()) from None

    def test_what_is_pulled_by_digest_is_the_filter(self):
        for name in ("image", "artifact"):
            with self.subTest(name):
                self.push(name)
                self.assertEqual(fetcher.fetch(index()[name]["digest"], self.pull), WASM)

    def test_the_sbom_goes_along(self):
        for name in ("image", "image.sbom"):
            self.push(name)
        manifest = json.loads(self.pull(index()["image.sbom"]["digest"]))
        self.assertEqual(manifest["subject"]["digest"], index()["image"]["digest"])
        self.assertEqual(self.pull(manifest["layers"][0]["digest"]), build.SBOM.read_bytes())

    def push(self, name):
        skopeo(
            "copy", "--dest-tls-verify=false", f"oci:{build.LAYOUT}:{name}", f"docker://{self.address}/countersign:{name}"
        )

    def pull(self, digest):
        manifests = {each["digest"] for each in index().values()}
        kind = "manifests" if digest in manifests else "blobs"
        request = urllib.request.Request(
            f"http://{self.address}/v2/countersign/{kind}/{digest}", headers={"Accept": layout.MANIFEST}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()


if __name__ == "__main__":
    unittest.main()
