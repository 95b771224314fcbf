"""The plain-text part: its lines, and what mutt makes of them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from builders import paper
from editions import KINDS
from installation import Lab

MUTT = shutil.which("mutt")
SCRIPT = shutil.which("script")
SENTENCES = (
    "We look at a long time series of which nobody knew that it would have to be told in more than "
    "one line, and so it is wrapped here and joined again where there is room for it."
)
_RC = """\
set folder=.
set pipe_decode=yes
set wait_key=no
set reflow_text=yes
set reflow_wrap={width}
alternative_order text/plain
"""


@pytest.mark.parametrize("name", set(KINDS) - {"endless words"})
def test_lines(name: str) -> None:
    """No line but an address is longer than 72 characters, and none is blank but for a space."""
    lines = KINDS[name].rendered.text.splitlines()
    long = [line for line in lines if len(line) > 72 and not line.startswith("https://")]
    assert long == []
    assert [line for line in lines if line.isspace()] == []


@pytest.mark.parametrize("name", KINDS)
def test_what_may_flow(name: str) -> None:
    """Only lines of running text end in a space: headings, addresses and facts stand alone."""
    lines = KINDS[name].rendered.text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.endswith(" ") and line != "-- ":
            assert following, line
            assert not re.match(r"-+$|=+$|\* |\d{4}-\d\d-\d\d", following), line
    assert lines.count("-- ") == 1


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_missing(name: str) -> None:
    """Every word of the page is in the text, but for the names of the table's columns."""
    rendered = KINDS[name].rendered
    page = re.sub(r"<(style|title).*?</\1>|<thead.*?</thead>", " ", rendered.html, flags=re.DOTALL)
    words = re.findall(r"[A-Za-z]{4,}", re.sub(r"<[^>]*>|&#?\w+;", " ", page))
    assert {word.lower() for word in words} <= set(re.findall("[a-z]{4,}", rendered.text.lower()))


@pytest.mark.skipif(MUTT is None or SCRIPT is None, reason="there is no mutt on this machine")
@pytest.mark.parametrize("width", [40, 78])
def test_in_mutt(lab: Lab, tmp_path: Path, width: int) -> None:
    """mutt lets the text flow to the width that it is told, and leaves the rest as it is."""
    assert MUTT
    assert SCRIPT
    lab.publish(paper(1, "From time series to time series", abstract=SENTENCES))
    assert lab.run("send", "--to", "ada@example.org").status == 0
    message = lab.mail.received[0].data.replace(b"\r\n", b"\n")
    box = b"From digest Tue Nov 17 08:00:00 2026\n" + message.replace(b"\nFrom ", b"\n>From ")
    (tmp_path / "box").write_bytes(box + b"\n")
    (tmp_path / "rc").write_text(_RC.format(width=width))
    keys = 'push "<pipe-message>cat > shown<enter><exit>"'
    subprocess.run(
        [SCRIPT, "-qec", f"{MUTT} -n -F rc -R -f box -e '{keys}'", "/dev/null"],
        cwd=tmp_path,
        env={"TERM": "xterm", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=20,
    )
    shown = (tmp_path / "shown").read_text("utf-8").partition("\n\n")[2]
    lines = shown.splitlines()
    flowed = shown[shown.index("We look at") : shown.index("\n\nComment:")].splitlines()
    assert " ".join(flowed) == SENTENCES
    assert max(map(len, flowed)) <= width
    assert len(flowed) == {40: 5, 78: 3}[width]
    assert "* From time series to time series" in lines
    assert "https://arxiv.org/abs/2611.00001v1" in lines
    assert "2026-11-15, cs.LG" in lines
