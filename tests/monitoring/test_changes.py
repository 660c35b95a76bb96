"""What the runbook says of changes: what has begun before one ends after it."""

import base64
import os
import secrets
import unittest
from contextlib import ExitStack

import shipped
from stand import stand

SEAL = "seal: [ { id: k1, env: COUNTERSIGN_SEAL_KEY } ]"
FIRST, SECOND = "{ id: k1, env: COUNTERSIGN_SEAL_KEY }", "{ id: k2, env: COUNTERSIGN_SEAL_KEY_2 }"
NAMES = "- COUNTERSIGN_SURROGATE_KEY\n"
# An empty custom section (WebAssembly 1.0, section 5.5.3): another module that does the same.
ANOTHER_BUILD = bytes([0x00, 0x08, 0x07]) + b"another"


class Changes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        parts = ExitStack()
        cls.addClassCleanup(parts.close)
        cls.stand = parts.enter_context(stand())
        cls.stand.keys["COUNTERSIGN_SEAL_KEY_2"] = base64.b64encode(secrets.token_bytes(32)).decode()

    def setUp(self):
        self.stand.changes = {}
        self.stand.wasm = "dist/countersign.wasm"

    def test_a_ceremony_outlives_an_upgrade_and_its_rollback(self):
        before = self.another_build()
        self.stand.wasm = before
        self.stand.again("envoy")
        self.stand.play_around("meanwhile", self.now(wasm="dist/countersign.wasm"))
        self.stand.play_around("meanwhile", self.now(wasm=before))

    def test_a_ceremony_outlives_each_step_of_a_rotation(self):
        self.stand.again("envoy")
        for keys in (f"{FIRST}, {SECOND}", f"{SECOND}, {FIRST}"):
            self.stand.play_around("meanwhile", self.now(keys=keys))
        # What the first one sealed is over by now.
        self.stand.play_around("meanwhile", self.now(keys=SECOND))

    def test_a_key_that_is_taken_out_at_once_ends_what_it_sealed(self):
        self.stand.again("envoy")
        self.stand.play_around("other_key", self.now(keys=SECOND))

    def now(self, wasm=None, keys=None):
        def change():
            self.stand.wasm = wasm or self.stand.wasm
            if keys:
                variables = f"{NAMES}                              - COUNTERSIGN_SEAL_KEY_2\n"
                self.stand.changes = {SEAL: f"seal: [ {keys} ]", NAMES: variables}
            self.stand.again("envoy")

        return change

    def another_build(self):
        """The filter of another version where one is given, else the same one in other bytes."""
        if given := os.environ.get("COUNTERSIGN_WASM_BEFORE"):
            return given
        path = self.stand.data / "another.wasm"
        path.write_bytes((shipped.ROOT / "dist" / "countersign.wasm").read_bytes() + ANOTHER_BUILD)
        return str(path)


if __name__ == "__main__":
    unittest.main()
