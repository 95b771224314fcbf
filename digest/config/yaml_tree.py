"""A YAML file as a small tree in which every node has its line, and the mistakes found in it.

Scalars stay the text in the file, so that `07:30` is no number of seconds and a keyword `No` is no
boolean. YAML's rarer features are mistakes here: anchors, aliases, merge keys, tags, a second
document, one key twice. This module reads PyYAML's events and not its nodes, because events show
every anchor and tag and let the depth be limited.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from digest.config.yaml_words import in_plain_words, wide_colons, wide_starts
from digest.errors import Mistake, MistakesError
from digest.text import NotUtf8Error, decoded, shown

_DEEPEST = 12
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_NOT_IN_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAB = re.compile(" *\t")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text. `empty` is true for no value: nothing after the colon, `~` or `null`."""

    line: int
    text: str
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list of nodes."""

    line: int
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping: the node and the line of each key."""

    line: int
    nodes: dict[str, "Node"]
    lines: dict[str, int]


@dataclass(frozen=True, slots=True)
class Refused:
    """A node with a mistake that is already reported; readers skip it."""

    line: int


Node = Scalar | Items | Pairs | Refused


@dataclass(slots=True)
class Findings:
    """The mistakes of one file, collected to be reported together."""

    where: str
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, line: int, found: str) -> None:
        """Notes a mistake at `line`, counted from 1."""
        self.mistakes.append(Mistake(self.where, line, found))

    def error(self) -> MistakesError:
        """All mistakes so far, in the order of their lines."""
        return MistakesError(sorted(self.mistakes, key=lambda mistake: mistake.line))


Taker = Callable[[Node], None]
"""Is given the nodes of a list, one after the other."""


def read_tree(
    data: bytes, findings: Findings, long: Callable[[str, Pairs], Taker | None]
) -> Node | None:
    """Reads the single document in `data`; None if it is empty.

    Args:
        data: the file's bytes.
        findings: collects the mistakes.
        long: called for each list in the top mapping, with its key and the part of the mapping
            before it. If it returns a taker, the taker gets the nodes of the list one by one and
            the list is empty in the tree, so a long list is never in memory as a whole.

    Raises:
        MistakesError: `data` is not UTF-8, not YAML, or nested too deeply. All other mistakes go to
            `findings`.
    """
    text = _decoded(data, findings)
    if wide := [*wide_starts(text)]:
        for line, found in (*wide, *wide_colons(text)):
            findings.add(line, found)
        raise findings.error()
    loader = _LOADER(text)
    composer = _Composer(loader.get_event, findings, long)
    try:
        return composer.document()
    except yaml.MarkedYAMLError as error:
        findings.add(*_syntax_mistake(error, text))
        raise findings.error() from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML's parser in Python has no message for these: use the last good line.
        findings.add(composer.line, "this is not YAML: a number or an escape is out of range")
        raise findings.error() from error


def _decoded(data: bytes, findings: Findings) -> str:
    """Decodes `data`, which is UTF-8 with or without a byte order mark."""
    try:
        text = decoded(data)
    except NotUtf8Error as error:
        findings.add(error.line, f"{error.found}; save the file as UTF-8")
        raise findings.error() from error
    if stranger := _NOT_IN_YAML.search(text):
        line = text.count("\n", 0, stranger.start()) + 1
        findings.add(line, f"the character U+{ord(stranger[0]):04X} may not stand in YAML")
        raise findings.error()
    return text


def _syntax_mistake(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """The line and the message for a syntax error of PyYAML."""
    lines = text.removesuffix("\n").split("\n")
    line = min(error.problem_mark.line + 1 if error.problem_mark else 1, len(lines))
    begun = error.context_mark.line + 1 if error.context_mark else line
    if _TAB.match(lines[line - 1]):
        return line, "a tab stands where only spaces may indent"
    found = in_plain_words(error.problem or "", error.context or "")
    since = f" (what is not complete begins in line {begun})" if begun < line else ""
    return line, f"this is not YAML: {found}{since}"


class _Composer:
    """A builder of the tree from the events of PyYAML's parser."""

    def __init__(
        self,
        following: Callable[[], Any],
        findings: Findings,
        long: Callable[[str, Pairs], Taker | None],
    ) -> None:
        self._next = following
        self._long = long
        self._findings = findings
        self.line = 1

    def document(self) -> Node | None:
        """Reads to the end of the stream."""
        root: Node | None = None
        documents = 0
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            documents += 1
            node = self._node(self._next(), 1)
            if documents == 1:
                root = node
            elif documents == 2:
                self._findings.add(
                    _line(event), "a second document begins here; a file holds one, without `---`"
                )
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self.line = line = _line(event)
        if depth > _DEEPEST:
            self._findings.add(line, f"this is nested more than {_DEEPEST} levels deep")
            raise self._findings.error()
        if type(event) is yaml.ScalarEvent and event.anchor is None and event.tag is None:
            return Scalar(line, event.value, event.implicit[0] and event.value in _NULLS)
        if isinstance(event, yaml.AliasEvent):
            self._findings.add(
                line, f"an alias ({shown(f'*{event.anchor}')}) is not allowed; write it out"
            )
            return Refused(line)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.anchor is not None:
            self._findings.add(
                line, f"an anchor ({shown(f'&{event.anchor}')}) is not allowed; leave it out"
            )
        if event.tag is not None:
            self._findings.add(line, f"a tag ({shown(event.tag)}) is not allowed; leave it out")
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(line, event.value, event.implicit[0] and event.value in _NULLS)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._items(line, depth)
        else:
            node = self._pairs(line, depth)
        return node if event.tag is None else Refused(line)

    def _items(self, line: int, depth: int) -> Items:
        nodes = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            nodes.append(self._node(event, depth + 1))
        return Items(line, tuple(nodes))

    def _taken(self, begin: yaml.Event, depth: int, take: Taker) -> Items:
        """Passes the nodes of a list to `take`, and returns an empty list for the tree."""
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            take(self._node(event, depth + 1))
        return Items(_line(begin), ())

    def _pairs(self, line: int, depth: int) -> Pairs:
        pairs = Pairs(line, {}, {})
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            event = self._next()
            take = None
            if depth == 1 and isinstance(key, Scalar) and _is_plain_list(event):
                take = self._long(key.text, pairs)
            under = depth + 1
            value = self._taken(event, under, take) if take else self._node(event, under)
            if not isinstance(key, Scalar):
                if not isinstance(key, Refused):
                    self._findings.add(key.line, "a key must be a text, not a list or a mapping")
            elif key.text == "<<":
                self._findings.add(key.line, "a merge key (<<) is not allowed; write it out")
            elif first := pairs.lines.get(key.text):
                self._findings.add(
                    key.line, f"{shown(key.text)} stands here a second time, first in line {first}"
                )
            else:
                pairs.nodes[key.text] = value
                pairs.lines[key.text] = key.line
        return pairs


def _is_plain_list(event: yaml.Event) -> bool:
    """Whether a list begins that has neither anchor nor tag."""
    return isinstance(event, yaml.SequenceStartEvent) and event.anchor is event.tag is None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
