"""The text of a file that somebody's editor has saved.

Notepad and PowerShell write a byte order mark before UTF-8, and some programs on Windows write
UTF-16, which they call Unicode. The mark means nothing and is taken off; UTF-16 is recognised.
"""

import codecs

_MARK = "\ufeff"
_LOOKED_AT = 200
UTF_16 = "it is UTF-16, which Windows calls Unicode"


class NotUtf8Error(ValueError):
    """The bytes are not UTF-8: `found` says what they are instead, in `line`, counted from 1.

    `found` names one byte of the file, unless that is UTF-16: it is for files without a secret.
    """

    def __init__(self, line: int, found: str, *, known: bool) -> None:
        super().__init__(found)
        self.line = line
        self.found = found
        self.known = known

    @property
    def kind(self) -> str:
        """The same without any of the bytes: for a file that holds a secret."""
        return self.found if self.known else "it is not UTF-8"


def decoded(data: bytes) -> str:
    """The text in `data`, without a byte order mark before it.

    Raises:
        NotUtf8Error: it is not UTF-8.
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
    """The bytes without the mark of UTF-8 before them: for what says itself how it is encoded."""
    return data.removeprefix(codecs.BOM_UTF8)


def is_utf_16(data: bytes) -> bool:
    """Whether it begins with a mark of UTF-16, or every second byte at its beginning is zero."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    head = data[:_LOOKED_AT]
    halves = (head[::2], head[1::2])
    return len(head) > 3 and any(half and not any(half) for half in halves)
