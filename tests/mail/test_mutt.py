"""The text part in mutt, on a terminal."""

import fcntl
import os
import re
import shutil
import struct
import subprocess
import termios
from pathlib import Path

import pytest
from builders import paper
from installation import Lab, part

MUTT = shutil.which("mutt")

pytestmark = pytest.mark.skipif(MUTT is None, reason="there is no mutt on this machine")

_SETTINGS = """\
set folder="{home}" mbox_type=mbox header_cache="" quit=yes confirmappend=no
set charset=utf-8 send_charset=utf-8 reflow_text=yes reflow_wrap=0
set pager="{home}/pager" prompt_after=no wait_key=no
alternative_order text/plain
push "<display-message><quit>"
"""
_PAGER = '#!/bin/sh\ncat "$1" > {home}/shown\n'
"""Keeps what mutt would put on the screen."""


def shown_by_mutt(message: bytes, home: Path, width: int) -> str:
    """Returns a message as a reader sees it, on a terminal of that many columns."""
    (home / "muttrc").write_text(_SETTINGS.format(home=home))
    (home / "pager").write_text(_PAGER.format(home=home))
    (home / "pager").chmod(0o700)
    lines = re.sub(rb"^(?=From )", b">", message.replace(b"\r\n", b"\n"), flags=re.MULTILINE)
    (home / "mbox").write_bytes(b"From digest@example.org Mon Nov 16 07:00:00 2026\n" + lines)
    ours, its = os.openpty()
    try:
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        assert MUTT
        with subprocess.Popen(
            [MUTT, "-n", "-R", "-F", str(home / "muttrc"), "-f", str(home / "mbox")],
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
            env={"HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        ) as running:
            os.close(its)
            its = -1
            screen = _all_of(ours)
        assert running.returncode == 0, screen
    finally:
        for end in (ours, its):
            if end >= 0:
                os.close(end)
    return (home / "shown").read_text("utf-8")


def _all_of(terminal: int) -> bytes:
    """Returns the output of a program on a terminal until it ends."""
    written = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # EIO: nobody has the other end any more
            return written
        written += piece


@pytest.mark.parametrize("width", [80, 120])
def test_the_text_part_in_mutt(lab: Lab, tmp_path: Path, width: int) -> None:
    """It fits the terminal, its paragraphs flow, and not a word or link of it is lost."""
    lab.publish(
        paper(
            1,
            "Über time series: $\\alpha$ and more",
            abstract="From noon on, a time series of 王若溪 goes up. " * 12,
            comment="9 pages, 3 figures",
        ),
        paper(2, "A trajectory of a time series", abstract="> A trajectory.\n- One.\n  Two."),
        *(paper(n, abstract="A time series of many samples. " * 15) for n in range(3, 9)),
    )
    assert lab.run("send", "--to", "ada@example.org").status == 0
    (mail,) = lab.mails()["ada@example.org"]
    shown = shown_by_mutt(lab.mail.received[0].data, tmp_path, width)
    head, _, body = shown.partition("\n\n")[2].partition("\n\n")
    assert f"Subject: {mail['Subject']}" in head
    assert "From: Paper digest <digest@example.org>" in head
    assert body.split() == part(mail, "plain").split()
    lines = body.splitlines()
    assert max(map(len, lines)) <= width
    assert any(len(line) > width - 12 for line in lines)
    assert "https://arxiv.org/abs/2611.00001v1" in body
