"""The page's support in Gmail, Outlook and Apple Mail, by caniemail's data (doiuse-email)."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from browser import PACKAGES
from editions import KINDS

DOCS = Path(__file__).parents[2] / "docs" / "mail.md"
NODE = shutil.which("node")
STYLE_LIMIT = 16_384
"""Bytes of style that Gmail takes in a page; it drops what is above."""

_CLIENTS = ["gmail.*", "outlook.*", "apple-mail.*"]
_PROGRAM = """
import { readFileSync } from "node:fs";
import { doIUseEmail } from "doiuse-email";
const { pages, clients } = JSON.parse(readFileSync(0, "utf-8"));
const found = pages.map((page) => doIUseEmail(page, { emailClients: clients }));
const said = found.flatMap((one) => [...(one.errors ?? []), ...(one.warnings ?? [])]);
console.log(JSON.stringify(said));
"""
_SENTENCE = re.compile(r"`(.+)` is (not|only partially) supported by `(.+)`")
_ROW = re.compile(r"^\| `(.+?)` \| (.*?) \| (.*?) \| (.+) \|$", re.MULTILINE)

Support = dict[str, tuple[set[str], set[str]]]
"""For each feature the clients that have it not at all, and those that have it in part."""


def unsupported(pages: list[str]) -> Support:
    """Returns the features that some client does not support wholly, in any of the pages."""
    assert NODE
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", _PROGRAM],
        input=json.dumps({"pages": pages, "clients": _CLIENTS}),
        cwd=PACKAGES.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: Support = defaultdict(lambda: (set(), set()))
    for sentence in json.loads(done.stdout):
        match = _SENTENCE.fullmatch(sentence)
        assert match, sentence
        found[match[1]][match[2] != "not"].add(match[3])
    return dict(found)


def accepted() -> Support:
    """Returns the features of docs/mail.md, with the clients of no and of partial support."""
    return {
        feature: (set(re.findall("`(.+?)`", none)), set(re.findall("`(.+?)`", partly)))
        for feature, none, partly, _ in _ROW.findall(DOCS.read_text("utf-8"))
    }


@pytest.mark.skipif(
    NODE is None or not (PACKAGES / "doiuse-email").is_dir(),
    reason="node or doiuse-email is not installed: make mailclients",
)
def test_what_clients_leave_out_is_known() -> None:
    """docs/mail.md lists what some client does not support, with what then; that, and no more."""
    pages = [kind.rendered.html for kind in KINDS.values()]
    assert unsupported(pages) == accepted()
    flexible = pages[0].replace("margin:0 auto", "display:flex")
    assert set(unsupported([flexible])) - set(accepted()) == {"display:flex"}


@pytest.mark.parametrize("name", KINDS)
def test_style_is_short(name: str) -> None:
    """Gmail takes all of the style, in three parts so that one that it drops takes none along."""
    styles = re.findall(r"<style>(.*?)</style>", KINDS[name].rendered.html, re.DOTALL)
    assert len(styles) == 3
    assert sum(map(len, styles)) < STYLE_LIMIT
