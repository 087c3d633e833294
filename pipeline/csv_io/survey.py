"""The one pass over a file's raw bytes: its encoding, and whether it is text at all."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import DataError

CHUNK_BYTES = 1 << 20
UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
CP1252_UNDEFINED = b"\x81\x8d\x8f\x90\x9d"

SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or zip archive", "save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV"),
    (b"PAR1", "a Parquet file", "export it as CSV"),
    (b"ARROW1", "an Arrow file", "export it as CSV"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"\x1f\x8b", "a gzip archive", "unpack it"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it"),
    (b"BZh", "a bzip2 archive", "unpack it"),
    (b"\xfd7zXZ", "an xz archive", "unpack it"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it"),
    (b"Rar!", "a RAR archive", "unpack it"),
    (b"%PDF", "a PDF document", "export the table as CSV"),
    (b"\x89PNG", "a PNG picture", "choose a CSV file"),
    (b"\xff\xd8\xff", "a JPEG picture", "choose a CSV file"),
    (b"\x7fELF", "a program", "choose a CSV file"),
    (b'{"', "JSON", "export the table as CSV"),
    (b"[{", "JSON", "export the table as CSV"),
    (b"<!", "a web page", "export the table as CSV"),
    (b"<html", "a web page", "export the table as CSV"),
    (b"<?xml", "XML", "export the table as CSV"),
)


@dataclass(frozen=True)
class Survey:
    """What the raw bytes say.

    Attributes
    ----------
    encoding
        ``utf-8``, ``utf-16``, or ``cp1252`` and ``latin-1`` for bytes that are not UTF-8.
    head
        The first bytes, at most ``CHUNK_BYTES``.
    """

    size_bytes: int
    encoding: str
    head: bytes

    @property
    def whole(self) -> bool:
        """Whether ``head`` is the whole file."""
        return len(self.head) == self.size_bytes


def survey(path: Path) -> Survey:
    """Read every byte of ``path`` once.

    Raises
    ------
    DataError
        The file is empty or holds no text.
    """
    head = next(_chunks(path), b"")
    _require_text(head)
    size = path.stat().st_size
    if head.startswith(UTF16_BOMS):
        return Survey(size, "utf-16", head)
    if _is_utf8(path):
        return Survey(size, "utf-8", head)
    cp1252 = not any(byte in chunk for chunk in _chunks(path) for byte in CP1252_UNDEFINED)
    return Survey(size, "cp1252" if cp1252 else "latin-1", head)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _require_text(head: bytes) -> None:
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise DataError(
            "the file is empty: it must hold a line of column names and rows below it; "
            "choose another file"
        )
    for signature, what, mend in SIGNATURES:
        if head.startswith(signature):
            raise DataError(f"the file looks like {what}, not like CSV text; {mend} and try again")


def _is_utf8(path: Path) -> bool:
    """Tell whether the bytes are UTF-8; raises DataError where they are no text at all."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, offset = True, 0
    for chunk in _chunks(path):
        _refuse_binary(chunk, offset)
        valid = valid and _continues(decoder, chunk)
        offset += len(chunk)
    return valid and _continues(decoder, b"", final=True)


def _continues(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(chunk: bytes, offset: int) -> None:
    zero = chunk.find(0)
    if zero >= 0:
        raise DataError(
            f"the file holds binary data (a zero byte at position {offset + zero + 1:,}), and "
            "CSV is text; save the table as CSV and try again"
        )
