"""The built filter with one callback replaced by a trap, for the alert about it."""

import struct

IMPORTS, EXPORTS, CODE = 2, 7, 10
# No locals; unreachable; end (WebAssembly 1.0, sections 5.4 and 5.5.13).
TRAPS = bytes([0x00, 0x00, 0x0B])


def trapping(module, name):
    """The module, in which the exported function of this name does nothing but trap."""
    sections = list(_sections(module))
    by_id = {kind: content for kind, content in sections}
    index = _exported(by_id[EXPORTS], name) - _imported_functions(by_id[IMPORTS])
    parts = [module[:8]]
    for kind, content in sections:
        content = _with_body(content, index, TRAPS) if kind == CODE else content
        parts += [bytes([kind]), _written(len(content)), content]
    return b"".join(parts)


def _sections(module):
    if module[:8] != b"\0asm" + struct.pack("<I", 1):
        raise ValueError("not a WebAssembly module")
    at = 8
    while at < len(module):
        size, start = _number(module, at + 1)
        yield module[at], module[start : start + size]
        at = start + size


def _with_body(code, wanted, body):
    count, at = _number(code, 0)
    bodies = [_written(count)]
    for number in range(count):
        size, start = _number(code, at)
        bodies.append(_written(len(body)) + body if number == wanted else code[at : start + size])
        at = start + size
    return b"".join(bodies)


def _exported(exports, wanted):
    count, at = _number(exports, 0)
    for _ in range(count):
        name, at = _name(exports, at)
        kind = exports[at]
        index, at = _number(exports, at + 1)
        if kind == 0 and name == wanted:
            return index
    raise ValueError(f"no function {wanted} is exported")


def _imported_functions(imports):
    count, at = _number(imports, 0)
    for _ in range(count):
        _, at = _name(imports, at)
        _, at = _name(imports, at)
        if imports[at] != 0:
            raise ValueError("something other than a function is imported")
        _, at = _number(imports, at + 1)
    return count


def _name(data, at):
    size, start = _number(data, at)
    return data[start : start + size].decode(), start + size


def _number(data, at):
    """An unsigned LEB128 number, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _written(value):
    text = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        text.append(low | (0x80 if value else 0))
        if not value:
            return bytes(text)
