"""Typed reading of the keys of a YAML mapping; each wrong value is noted with its line."""

import re
from collections.abc import Sequence

from digest.config.yaml_tree import Findings, Items, Node, Pairs, Refused, Scalar
from digest.text import did_you_mean, either, shown

_ALSO_CALLED = {
    "at": ("time", "hour", "when", "time of day", "send at"),
    "timezone": ("tz", "zone", "time zone"),
    "days": ("day", "weekday", "weekdays", "schedule", "frequency", "every", "on"),
    "email": ("e mail", "mail", "address", "to", "recipient"),
    "name": ("full name", "fullname", "real name"),
    "keywords": ("topics", "topic", "interests", "terms", "searches", "queries", "phrases"),
    "subscribers": ("readers", "users", "people", "recipients", "members", "to"),
    "in": ("fields", "field", "where", "search in"),
    "exclude": ("not", "without", "except", "excluding"),
    "categories": ("categorys", "cat", "cats", "archives", "archive", "subjects"),
    "author": ("authors", "by", "au", "writer", "person", "people", "researcher", "names"),
    "most": ("max", "maximum", "limit", "max papers", "at most"),
    "pause": ("vacation", "holiday", "away", "break", "paused", "absent"),
    "updates": ("versions", "new versions", "replacements", "revisions"),
    "first_days": ("first", "days back", "history", "lookback"),
}
"""Other names that people use for the keys, with spaces for hyphens and underscores."""

_BETWEEN = re.compile(r"\s*(?:,|\band\b|&)\s*")


class Fields:
    """A mapping with a fixed set of allowed keys. Methods return None for a missing key.

    A wrong value is noted in the findings, and then counts as missing.
    """

    def __init__(self, pairs: Pairs, findings: Findings) -> None:
        self._pairs = pairs
        self._findings = findings

    @classmethod
    def of(
        cls, node: Node, what: str, allowed: Sequence[str], findings: Findings
    ) -> "Fields | None":
        """Reads `node` as a mapping of `allowed` keys; None if it is no mapping.

        `what` names the mapping in messages.
        """
        if not isinstance(node, Pairs):
            if not isinstance(node, Refused):
                findings.add(
                    node.line,
                    f"{what} has lines such as `{allowed[0]}: …` ({either(allowed)}); "
                    f"{described(node)} stands here",
                )
            return None
        for key, line in node.lines.items():
            if key not in allowed:
                guess = _meant(key, allowed) or f"; {what} can have {either(allowed)}"
                findings.add(line, f"unknown key {shown(key)}{guess}")
        return cls(node, findings)

    def __contains__(self, key: str) -> bool:
        return key in self._pairs.nodes

    def line(self, key: str) -> int:
        """The line of `key`, or that of the mapping if the key is missing."""
        return self._pairs.lines.get(key, self._pairs.line)

    def wrong(self, key: str, found: str) -> None:
        """Notes a mistake in the value of `key`."""
        self._findings.add(self.line(key), f"{key}: {found}")

    def wrong_item(self, key: str, item: Scalar, found: str) -> None:
        """Notes a mistake in one of the texts of `key`; `found` follows the text in the message."""
        self._findings.add(item.line, f"{key}: {shown(item.text)} {found}")

    def node(self, key: str, *, may_be_empty: bool = False) -> Node | None:
        """The node of `key`, of any kind; an empty one is a mistake unless `may_be_empty`."""
        node = self._pairs.nodes.get(key)
        if isinstance(node, Scalar) and node.empty:
            if not may_be_empty:
                self.wrong(key, "there is nothing after the colon")
            return None
        return None if isinstance(node, Refused) else node

    def text(self, key: str) -> str | None:
        """The value of `key` as a text."""
        node = self.node(key)
        if node is None or isinstance(node, Scalar):
            return node.text if node else None
        self.wrong(key, f"write one value here; {described(node)} stands here")
        return None

    def texts(self, key: str) -> list[Scalar] | None:
        """The value as a list of distinct texts; a single text counts as a list of one."""
        node = self.node(key)
        if node is None or isinstance(node, Scalar):
            return [node] if node else None
        if not isinstance(node, Items):
            self.wrong(key, f"write a list such as [a, b] here; {described(node)} stands here")
            return None
        if not node.nodes:
            self.wrong(key, "the list is empty; put something in it, or leave the key out")
            return None
        texts: dict[str, Scalar] = {}
        for item in node.nodes:
            if not isinstance(item, Scalar) or item.empty:
                if not isinstance(item, Refused):
                    self._findings.add(
                        item.line, f"{key}: write texts in this list; {described(item)} is in it"
                    )
            elif item.text in texts:
                self._findings.add(item.line, f"{key}: {shown(item.text)} is listed twice")
            else:
                texts[item.text] = item
        return list(texts.values())

    def choice(self, key: str, allowed: Sequence[str]) -> str | None:
        """The value, one of `allowed` in any case."""
        text = self.text(key)
        if text is None or text.lower() in allowed:
            return text and text.lower()
        self.wrong(key, f"{shown(text)} is not allowed; write {either(allowed)}")
        return None

    def choices(self, key: str, allowed: Sequence[str]) -> list[str] | None:
        """The values, some of `allowed` in their order: a list, or a text with commas or `and`."""
        texts = self.texts(key)
        if texts is None:
            return None
        chosen = set()
        for text in texts:
            for word in _parts(text.text):
                if word.lower() not in allowed:
                    self.wrong_item(
                        key, Scalar(text.line, word), f"is not allowed; write {either(allowed)}"
                    )
                chosen.add(word.lower())
        return [name for name in allowed if name in chosen]


def _parts(text: str) -> list[str]:
    """The parts of a text between commas and the word `and`."""
    return [part for part in _BETWEEN.split(text.strip()) if part] or [text]


def _meant(key: str, allowed: Sequence[str]) -> str:
    """`; did you mean …?` with the allowed key closest to a word, or an empty text."""
    words = key.lower().replace("-", " ").replace("_", " ")
    for name in allowed:
        if words in _ALSO_CALLED.get(name, ()):
            return f"; did you mean {shown(name)}?"
    return did_you_mean(key, allowed)


def described(node: Node) -> str:
    """The kind of `node` in words, for a message."""
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Pairs):
        return f"`{shown(next(iter(node.nodes)))[1:-1]}: …`" if node.nodes else "`{}`"
    return shown(node.text) if isinstance(node, Scalar) and not node.empty else "nothing"
