"""The ports of the demo: fixed by default, or any free ones."""

import os
import socket
from dataclasses import dataclass, fields

from process import Failed


@dataclass(frozen=True)
class Ports:
    """On 127.0.0.1. These defaults are also the numbers in envoy/envoy.yaml."""

    envoy: int = 10000
    admin: int = 10001
    bank: int = 10002
    orchestrator: int = 10003
    simulator: int = 10004


def choose(asked):
    """`asked` gives a port by name, or None for the default, or 0 for a free one."""
    chosen, held = {}, []
    try:
        for field in fields(Ports):
            wanted = asked.get(field.name)
            wanted = field.default if wanted is None else wanted
            # All are held until the last is chosen, so that none is chosen twice.
            held.append(_bind(field.name, wanted))
            chosen[field.name] = held[-1].getsockname()[1]
    finally:
        for listening in held:
            listening.close()
    return Ports(**chosen)


def variable(name):
    """The environment variable that sets a port."""
    return f"COUNTERSIGN_DEMO_{name.upper()}_PORT"


def _bind(name, port):
    listening = socket.socket()
    if os.name == "posix":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        raise Failed(
            f"port {port} for {name} cannot be had: {error.strerror}. Is a demo still running? "
            f"Stop what uses it, or choose another: --{name}-port or {variable(name)} (0 = any free one)"
        ) from error
    return listening
