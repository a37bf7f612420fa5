"""Archives through their door: looked over before anything is unpacked."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zipfile

import pytest

from references.archive import Archive
from references.files import DataFileError


def _zip(members, kind=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_members_come_back_whole():
    noise = os.urandom(200_000)
    archive = Archive("a.zip", _zip({"a": b"one", "b/c": noise}))
    assert archive.names == ("a", "b/c")
    assert archive.read("b/c") == noise
    with pytest.raises(DataFileError, match="has no part 'd'"):
        archive.read("d")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04", "zip archive without its end"),
        (_zip({"a": bytes(10_000_000)}), "more than 100 times its size, and is not unpacked"),
        (_zip({"../a": b""}), "leads out of its folder"),
        (_zip({"b/../../a": b""}), "leads out of its folder"),
        (_zip({"/a": b""}), "leads out of its folder"),
        (_zip({"a": b"x" * 99}, zipfile.ZIP_LZMA), "packed in a way that no spreadsheet is"),
    ],
)
def test_what_is_refused(content, message):
    with pytest.raises(DataFileError, match=message):
        Archive("a.zip", content)


def test_a_member_that_is_not_what_its_sum_says_is_named():
    content = bytearray(_zip({"a": b"abcdef"}, zipfile.ZIP_STORED))
    at = content.find(b"abcdef")
    content[at] ^= 1
    with pytest.raises(DataFileError, match=r"damaged zip archive .BadZipFile"):
        Archive("a.zip", bytes(content)).read("a")


def test_a_member_larger_than_it_says_is_not_set_aside():
    content = bytearray(_zip({"a": bytes(300_000_000)}))
    at = content.find(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<I", 1000)
    tracemalloc.start()
    try:
        with pytest.raises(DataFileError, match=r"damaged zip archive .BadZipFile"):
            Archive("a.zip", bytes(content)).read("a")
        assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    finally:
        tracemalloc.stop()


def test_an_encrypted_member_is_named():
    content = bytearray(_zip({"a": b"abcdef"}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark) + flags
        content[at : at + 2] = struct.pack("<H", 1)
    with pytest.raises(DataFileError, match=r"damaged zip archive .RuntimeError"):
        Archive("a.zip", bytes(content)).read("a")
