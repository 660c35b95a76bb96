"""A copy of the tree, in which mutants are built. The tree itself is never touched."""

import os
import shutil
import subprocess
from pathlib import Path

# What is compiled is what `make wasm` compiles, overflow checks and all; only how long that takes is another matter
# for a hundred builds than for one.
QUICKLY = {
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
    "CARGO_PROFILE_RELEASE_INCREMENTAL": "true",
}


class DoesNotBuild(Exception):
    """What the compiler said."""


class Tree:
    """Everything that Git knows or could know of `root`, copied to `place`, with a target folder of its own."""

    def __init__(self, root, place):
        self.root = root
        self.copy = place / "tree"
        self.target = place / "target"
        self.modules = place / "modules"
        self.changed = []

    def update(self):
        """Makes the copy the same as the tree. A file that is the same already keeps its time, so that Cargo
        builds no more than it must."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        )
        names = {name for name in listed.stdout.split("\0") if name and (self.root / name).is_file()}
        for name in names:
            self.write(name, (self.root / name).read_bytes())
        for path in [path for path in self.copy.rglob("*") if path.is_file()]:
            if str(path.relative_to(self.copy)) not in names:
                path.unlink()

    def read(self, name):
        return (self.root / name).read_text(encoding="utf-8")

    def mutate(self, texts):
        """The copy with these texts instead of the tree's, and no other difference."""
        for name in self.changed:
            self.write(name, (self.root / name).read_bytes())
        self.changed = list(texts)
        for name, text in texts.items():
            self.write(name, text.encode())

    def write(self, name, content):
        path = self.copy / name
        if path.is_file() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def mutant(self, name, texts):
        """A module of its own, so that the next can be built while this one's rows run."""
        self.mutate(texts)
        self.modules.mkdir(exist_ok=True)
        return Path(shutil.copyfile(self.build(), self.modules / f"{name}.wasm"))

    def build(self):
        """The filter, for Envoy."""
        command = ["cargo", "build", "--locked", "--release", "-p", "countersign-filter", "--target", "wasm32-wasip1"]
        environment = {**os.environ, **QUICKLY, "CARGO_TARGET_DIR": str(self.target)}
        built = subprocess.run(command, cwd=self.copy, env=environment, capture_output=True, text=True)
        if built.returncode != 0:
            raise DoesNotBuild(built.stderr[-4000:])
        return self.target / "wasm32-wasip1" / "release" / "countersign_filter.wasm"
