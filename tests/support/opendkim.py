"""OpenDKIM, the verifier of many mail servers, asked about one message."""

import os
import shutil
import subprocess
from pathlib import Path

from digest.mail.dkim import Signer

OPENDKIM = shutil.which("opendkim") or shutil.which("opendkim", path="/usr/sbin")


def opendkim_says(data: bytes, one: Signer, place: Path) -> str:
    """Returns OpenDKIM's verdict on a message, given the signer's DNS; `place` is for its files."""
    assert OPENDKIM
    (place / "dns").write_text(f"{one.record_name} {one.key.record}\n")
    (place / "opendkim.conf").write_text(
        f"TestDNSData {place / 'dns'}\nMode v\nUserID {os.getuid()}\nSyslog no\n"
        f"Socket local:{place / 'socket'}\n"
    )
    (place / "message.eml").write_bytes(data)
    done = subprocess.run(
        [OPENDKIM, "-x", str(place / "opendkim.conf"), "-t", str(place / "message.eml")],
        capture_output=True,
        check=False,
        timeout=60,
    )
    return (done.stdout + done.stderr).decode()
