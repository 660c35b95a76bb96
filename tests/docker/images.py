"""Images of what is on this machine, without a registry: programs with the libraries they load, imported as they are.

Each is tagged with a digest of its content, so one that has not changed is not made again.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
# What a process is, where there is an account database.
PASSWD = b"root:x:0:0::/:/bin/bash\npostgres:x:999:999::/:/bin/bash\n"
PATH = "ENV PATH=/usr/local/bin:/usr/bin:/bin"


class Missing(Exception):
    """Something that an image is made of is not on this machine."""


@dataclass
class Image:
    """`files` by their path in the image: a path here, or bytes. `folders` by their path, with owner and mode."""

    name: str
    files: dict
    changes: list
    folders: dict = field(default_factory=dict)

    def build(self):
        """Its tag, imported if there is none of it yet."""
        content = self._content()
        digest = hashlib.sha256("\n".join(self.changes).encode())
        for path, (kind, mode, owner, source) in sorted(content.items()):
            digest.update(f"{path} {kind} {mode} {owner} {_digest(source)}\n".encode())
        tag = f"countersign-local/{self.name}:{digest.hexdigest()[:16]}"
        if subprocess.run(["docker", "image", "inspect", tag], capture_output=True, check=False).returncode == 0:
            return tag
        changes = [word for change in self.changes for word in ("--change", change)]
        importing = subprocess.Popen(
            ["docker", "import", *changes, "-", tag], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        with tarfile.open(fileobj=importing.stdin, mode="w|") as tar:
            for path, entry in sorted(content.items()):
                _add(tar, path, *entry)
        importing.stdin.close()
        if importing.wait() != 0:
            raise Missing(f"docker import of {self.name} has failed")
        return tag

    def _content(self):
        files = {"/bin/bash": "/bin/bash", "/bin/sh": "/bin/bash", "/etc/passwd": PASSWD, **self.files}
        for source in list(files.values()):
            files.update((library, library) for library in _libraries(source))
        content = {path: ("folder", mode, owner, None) for path, (owner, mode) in self.folders.items()}
        content["/tmp"] = ("folder", 0o1777, 0, None)
        for path, source in files.items():
            mode = 0o644 if isinstance(source, bytes) else os.stat(source).st_mode & 0o755
            content[path] = ("file", mode, 0, source)
        return content


def all_of(tools):
    """Those that `envoy/compose.yaml` asks for, by the variable that names each; `tools` has our programs."""
    return {
        "COUNTERSIGN_ENVOY_IMAGE": _envoy(),
        "COUNTERSIGN_BANK_IMAGE": _bank(),
        "COUNTERSIGN_ORCHESTRATOR_IMAGE": _orchestrator(tools),
        "COUNTERSIGN_DATABASE_IMAGE": _postgres(),
        **_observers(),
    }


def forget_all_but(tags):
    """Takes away what was made of files that have changed since; what somebody uses stays."""
    listing = ["docker", "image", "ls", "--filter", "reference=countersign-local/*", "--format", "{{.Repository}}:{{.Tag}}"]
    told = subprocess.run(listing, capture_output=True, text=True, check=False).stdout
    old = [tag for tag in told.split() if tag not in tags]
    if old:
        subprocess.run(["docker", "image", "rm", *old], capture_output=True, check=False)


def _envoy():
    found = list((ROOT / ".local" / "venv").glob("lib/python3*/site-packages/envoy/_bin/envoy"))
    if not found:
        raise Missing("Envoy: run `make setup`")
    return Image("envoy", {"/usr/local/bin/envoy": found[0]}, [PATH])


def _bank():
    bank = ROOT / "examples" / "bank"
    node = shutil.which("node")
    if node is None or not (bank / "node_modules").is_dir():
        raise Missing("Node and the bank's packages: run `make setup`")
    parts = [bank / "server.mjs", *_under(bank / "src"), *_under(bank / "public"), *_under(bank / "node_modules")]
    files = {f"/srv/bank/{path.relative_to(bank)}": path for path in [bank / "package.json", *parts]}
    files["/usr/local/bin/node"] = os.path.realpath(node)
    return Image("bank", files, [PATH, *_settings(bank / "Dockerfile")], {"/var/lib/bank": (1000, 0o755)})


def _orchestrator(tools):
    programs = [tools / "countersign-orchestrator", tools / "countersign-idv-simulator"]
    roots = Path("/etc/ssl/certs/ca-certificates.crt")
    for path, remedy in [(programs[0], "run `make build`"), (programs[1], "run `make build`"), (roots, "install ca-certificates")]:
        if not path.is_file():
            raise Missing(f"{path}: {remedy}")
    files = {f"/usr/local/bin/{program.name}": program for program in programs}
    files[str(roots)] = roots
    return Image("orchestrator", files, [PATH, *_settings(ROOT / "examples" / "orchestrator" / "Dockerfile")])


def _postgres():
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise Missing("PostgreSQL's server programs: install postgresql")
    home = versions[-1].parents[1]
    programs = [home / "bin" / name for name in ("initdb", "postgres", "pg_isready", "psql")]
    # Compiling queries needs LLVM, which is as big as all the rest.
    modules = [path for path in _under(home / "lib") if path.suffix == ".so" and not path.name.startswith("llvmjit")]
    shared = _under(Path("/usr/share/postgresql") / home.name)
    files = {str(path): path for path in [*programs, *modules, *shared]}
    files["/usr/share/zoneinfo/UTC"] = "/usr/share/zoneinfo/UTC"
    files["/usr/local/bin/entry.sh"] = HERE / "postgres.sh"
    changes = [f"{PATH}:{home}/bin", 'ENTRYPOINT ["bash", "/usr/local/bin/entry.sh"]']
    folders = {"/var/lib/postgresql/data": (999, 0o700), "/var/run/postgresql": (999, 0o3777)}
    return Image("postgres", files, changes, folders)


def _observers():
    """Prometheus where this machine has it. Debian has no Grafana."""
    programs = {name: shutil.which(name) for name in ("prometheus", "promtool")}
    if None in programs.values():
        return {}
    files = {f"/bin/{name}": path for name, path in programs.items()}
    # As the official image starts it.
    command = ["/bin/prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
    changes = [PATH, "USER 65534:65534", f"ENTRYPOINT {json.dumps(command)}"]
    return {"COUNTERSIGN_PROMETHEUS_IMAGE": Image("prometheus", files, changes, {"/prometheus": (65534, 0o755)})}


def _settings(dockerfile):
    """What the last stage of a Dockerfile says about running, so that it is said once."""
    last = re.split(r"^FROM ", dockerfile.read_text(), flags=re.M)[-1]
    return re.findall(r"^(?:CMD|ENV|ENTRYPOINT|USER|WORKDIR) .*$", last, flags=re.M)


def _under(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def _libraries(program):
    """The shared libraries that a program loads, with the loader."""
    if isinstance(program, bytes) or not _is_elf(program):
        return []
    told = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return re.findall(r"(?:=> |^\s)(/\S+) \(", told, flags=re.M)


def _is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def _digest(source):
    if source is None:
        return ""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with open(source, "rb") as file:
        digest = hashlib.sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
        return digest.hexdigest()


def _add(tar, path, kind, mode, owner, source):
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.mode, entry.uid, entry.gid = mode, owner, owner
    if kind == "folder":
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)
    elif isinstance(source, bytes):
        entry.size = len(source)
        tar.addfile(entry, io.BytesIO(source))
    else:
        with open(source, "rb") as file:
            entry.size = os.fstat(file.fileno()).st_size
            tar.addfile(entry, file)
