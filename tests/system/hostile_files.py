"""Small hostile and broken files, made here: none of them does harm when it is only read."""

from __future__ import annotations

import io
import pickle
import random
import struct
import tarfile
import zipfile


class _Marker:
    """Pickles as a call of a function, as malicious checkpoints do; the function is harmless."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("never printed: nobody loads this",))


def raw_pickle(protocol: int = 4) -> bytes:
    return pickle.dumps(_Marker(), protocol)


def torch_zip() -> bytes:
    """A PyTorch checkpoint: a zip whose data.pkl holds a call."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", raw_pickle(2))
        archive.writestr("archive/version", "3\n")
    return buffer.getvalue()


def old_torch_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        data = raw_pickle(2)
        entry = tarfile.TarInfo("pickle")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def elf() -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 3, 62, 1) + bytes(200)


def script() -> bytes:
    return b"#!/bin/sh\necho never run\n"


def mutated(data: bytes, seed: int, header_bytes: int) -> bytes:
    """`data` with 1 to 8 changes in its first `header_bytes` bytes, the same for the same seed."""
    source = random.Random(seed)
    changed = bytearray(data)
    for _ in range(source.randint(1, 8)):
        place = source.randrange(min(header_bytes, len(changed)))
        kind = source.randrange(3)
        if kind == 0:
            changed[place] = source.randrange(256)
        elif kind == 1:
            changed[place : place + 8] = source.choice(
                [b"\xff" * 8, bytes(8), struct.pack("<Q", 1 << 62), struct.pack("<Q", source.getrandbits(32))]
            )
        else:
            changed[place : place + 4] = struct.pack("<I", source.choice([0, 1, 9, 15, 36, 255, 1 << 31]))
    return bytes(changed[: len(data)])
