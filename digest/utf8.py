"""Decoding of files that people save with their editors.

Notepad and PowerShell write a byte order mark before UTF-8, and some programs on Windows write
UTF-16, which they call Unicode. The mark is dropped; UTF-16 is recognised and refused.
"""

import codecs

_MARK = "\ufeff"
_LOOKED_AT = 200
UTF_16 = "it is UTF-16, which Windows calls Unicode"


class NotUtf8Error(ValueError):
    """The bytes are not UTF-8: `found` describes the fault, in `line`, counted from 1.

    Unless the file is UTF-16, `found` shows one of its bytes, so use `kind` for a secret file.
    """

    def __init__(self, line: int, found: str, *, known: bool) -> None:
        super().__init__(found)
        self.line = line
        self.found = found
        self.known = known

    @property
    def kind(self) -> str:
        """The fault without any byte of the file, for a file that holds a secret."""
        return self.found if self.known else "it is not UTF-8"


def decoded(data: bytes) -> str:
    """The text in `data`, without its byte order mark.

    Raises:
        NotUtf8Error: `data` is not UTF-8.
    """
    if is_utf_16(data):
        raise NotUtf8Error(1, UTF_16, known=True)
    try:
        return data.decode("utf-8").removeprefix(_MARK)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8"
        raise NotUtf8Error(line, found, known=False) from None


def without_mark(data: bytes) -> bytes:
    """`data` without UTF-8's byte order mark, for formats that declare their own encoding."""
    return data.removeprefix(codecs.BOM_UTF8)


def is_utf_16(data: bytes) -> bool:
    """Whether `data` starts with UTF-16's mark, or every second byte at its start is zero."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    head = data[:_LOOKED_AT]
    halves = (head[::2], head[1::2])
    return len(head) > 3 and any(half and not any(half) for half in halves)
