"""Files with composed messages, for a preview."""

import re
from email import message_from_bytes, policy
from pathlib import Path

from digest.errors import UsageError

_UNSAFE = re.compile(r"[^\w.@+-]")


class PreviewFiles:
    """A writer of messages into a directory: `ADDRESS.eml`, and the HTML part as `ADDRESS.html`.

    `prefix` stands before each name.
    """

    def __init__(self, directory: Path, prefix: str = "") -> None:
        self.directory = directory
        self.prefix = prefix
        self.pages: list[Path] = []
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"the previews' directory {directory} cannot be made: {error.strerror}"
            ) from error

    def write(self, address: str, message: bytes) -> None:
        """Writes one message. A second one for the same address gets a number."""
        stem = self.prefix + (_UNSAFE.sub("_", address).lstrip(".") or "_")
        taken = sum(page.stem == stem or page.stem.startswith(f"{stem}.") for page in self.pages)
        stem = f"{stem}.{taken + 1}" if taken else stem
        page = self.directory / f"{stem}.html"
        try:
            (self.directory / f"{stem}.eml").write_bytes(message)
            page.write_text(html_of(message), "utf-8")
        except OSError as error:
            raise UsageError(f"the preview {page} cannot be written: {error.strerror}") from error
        self.pages.append(page)

    def summary(self) -> str:
        """A sentence about the files that were written."""
        if not self.pages:
            return "No preview was written: there is nothing to send."
        return "\n".join(f"Preview: {page}" for page in self.pages)


def html_of(message: bytes) -> str:
    """The HTML part of a message."""
    part = message_from_bytes(message, policy=policy.default).get_body(("html",))
    return str(part.get_content()) if part else ""
