"""The bytes of an image, the same on every machine: no time, no owner, no compressor's choice."""

import io
import struct
import tarfile
import zlib

# The most that a stored block can hold (RFC 1951, 3.2.4).
_BLOCK = 0xFFFF


def tar(name, content):
    """An archive of one file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o644
        archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def gzip(content):
    """RFC 1952, stored and not deflated: zlib and its successors deflate to different bytes, and so to other digests."""
    blocks = [content[at : at + _BLOCK] for at in range(0, len(content), _BLOCK)] or [b""]
    out = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"]
    for number, block in enumerate(blocks, 1):
        out += [struct.pack("<BHH", number == len(blocks), len(block), len(block) ^ 0xFFFF), block]
    out.append(struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF))
    return b"".join(out)
