"""The reader of subscribers.yaml.

    data ── yaml_tree ──> a tree with lines ── this module ──> Subscriptions
                                  └── every mistake at once ──> MistakesError

docs/configuration.md explains each key.
"""

import unicodedata
from dataclasses import replace

from digest.config.defaults import SCHEDULE_KEYS, read_defaults, read_schedule
from digest.config.keywords import read_keywords
from digest.config.mapping import Fields, described
from digest.config.yaml_tree import Findings, Items, Node, Pairs, Scalar, Taker, read_tree
from digest.config.yaml_words import wide_colons
from digest.errors import MistakesError
from digest.memory import uncollected
from digest.model.address import LONGEST_NAME, address, is_name
from digest.model.subscriber import Schedule, Subscriber, Subscriptions
from digest.text import clean, did_you_mean, shown

FILE_KEYS = ("keywords", "defaults", "subscribers")
SUBSCRIBER_KEYS = ("email", "name", "keywords", *SCHEDULE_KEYS)


def parse(data: bytes, where: str) -> Subscriptions:
    """Reads the bytes of subscribers.yaml; `where` is the file's name in messages.

    Raises:
        MistakesError: The file has mistakes; the error lists all of them by line.
    """
    with uncollected():
        try:
            return _parse(data, Findings(where))
        except MistakesError:
            wide = Findings(where)
            for line, found in wide_colons(data.decode(errors="replace")):
                wide.add(line, found)
            if not wide.mistakes:
                raise
            raise wide.error() from None  # other mistakes may follow from these


def _parse(data: bytes, findings: Findings) -> Subscriptions:
    """Reads subscribers while the file is parsed, or afterwards if `keywords` stands below them."""
    begun: list[_Sections] = []

    def long(key: str, before: Pairs) -> Taker | None:
        known = before.nodes
        if key != "subscribers" or key in known or "keywords" not in known:
            return None
        begun.append(_Sections(Fields(before, findings), findings))
        return begun[0].take

    root = read_tree(data, findings, long)
    if root is None or (isinstance(root, Scalar) and root.empty):
        findings.add(1, "the file is empty; it needs the sections keywords and subscribers")
        raise findings.error()
    top = Fields.of(root, "the file", FILE_KEYS, findings)
    if top is None:
        raise findings.error()
    sections = begun[0] if begun else _Sections(top, findings)
    _complete(sections, top, findings)
    sections.settle(top)
    if findings.mistakes:
        raise findings.error()
    defaults = sections.defaults
    return Subscriptions(
        keywords=tuple(keyword for keyword in sections.keywords.values() if keyword),
        subscribers=tuple(sections.subscribers),
        first_days=defaults.first_days,
        timezone=defaults.schedule.timezone,
        patience=defaults.patience,
        calendar=defaults.calendar,
    )


def _complete(sections: "_Sections", top: Fields, findings: Findings) -> None:
    """Reads the subscribers that are still in the tree; notes a missing or empty section."""
    node = top.node("subscribers")
    if "subscribers" not in top:
        findings.add(1, "there is no section subscribers; it lists who gets mail")
    elif isinstance(node, Items):
        for item in node.nodes:
            sections.take(item)
        if not sections.taken:
            words = "there is none; list at least one, as `- email: ada@example.org`"
            top.wrong("subscribers", words)
    elif isinstance(node, Pairs) and any("@" in key for key in node.nodes):
        for key, value in node.nodes.items():
            sections.take(Pairs(node.lines[key], {key: value}, {key: node.lines[key]}))
    elif isinstance(node, Scalar) or (isinstance(node, Pairs) and "email" in node.nodes):
        sections.take(node)
    elif node:
        wanted = "write a list here, each line beginning with `- `"
        top.wrong("subscribers", f"{wanted}; {described(node)} stands here")


class _Sections:
    """The sections `keywords` and `defaults`, and the subscribers read so far.

    Values that several subscribers share become one object.
    """

    def __init__(self, top: Fields, findings: Findings) -> None:
        self.keywords = read_keywords(top, findings)
        self.defaults = read_defaults(top, findings)
        self.subscribers: list[Subscriber] = []
        self.taken = 0
        self._findings = findings
        self._names = tuple(self.keywords)
        self._default = self.defaults.schedule
        self._settled = "defaults" in top
        self._unsettled: list[tuple[int, Fields]] = []
        """The subscribers with a schedule of their own that were read before the defaults."""
        self._places = {keyword: place for place, keyword in enumerate(self._names)}
        self._folded = {_folded(keyword): keyword for keyword in self._names}
        self._lists: dict[tuple[str, ...], tuple[str, ...]] = {self._names: self._names}
        """The keywords, one object for all who read the same, by each way of writing them."""
        self._schedules = {self._default: self._default}
        self._first_lines: dict[str, int] = {}

    def take(self, item: Node) -> None:
        """Adds one subscriber from the list, or notes the mistakes in it."""
        self.taken += 1
        given = Fields.of(_by_email(item), "a subscriber", SUBSCRIBER_KEYS, self._findings)
        subscriber = self._subscriber(given) if given else None
        if given is None or subscriber is None:
            return
        if first := self._first_lines.get(subscriber.address_key):
            given.wrong("email", f"{shown(subscriber.email)} is subscribed in line {first} already")
        else:
            self._first_lines[subscriber.address_key] = given.line("email")
            self.subscribers.append(subscriber)

    def settle(self, top: Fields) -> None:
        """Completes the schedules from the defaults, which may follow the subscribers."""
        if self._settled:
            return
        self.defaults = read_defaults(top, self._findings)
        default = self.defaults.schedule
        own = {
            place: self._shared(read_schedule(given, default)) for place, given in self._unsettled
        }
        if not self._findings.mistakes and (own or default != self._default):
            self.subscribers = [
                replace(one, schedule=own.get(place, default))
                for place, one in enumerate(self.subscribers)
            ]

    def _schedule(self, given: Fields) -> Schedule:
        """The schedule of the next subscriber; a provisional one before the defaults are known."""
        if self._settled:
            return self._shared(read_schedule(given, self._default))
        if any(key in given for key in SCHEDULE_KEYS):
            self._unsettled.append((len(self.subscribers), given))
        return self._default

    def _shared(self, schedule: Schedule) -> Schedule:
        """The one object for all schedules that are equal to this one."""
        return self._schedules.setdefault(schedule, schedule)

    def _subscriber(self, given: Fields) -> Subscriber | None:
        """Reads a subscriber from a mapping; None, and a finding, if its address is wrong."""
        name = given.text("name") or ""
        if not is_name(name):
            given.wrong("name", "there is a line break or a control character in it; leave it out")
        if len(name) > LONGEST_NAME:
            given.wrong("name", f"it has {len(name)} characters; write at most {LONGEST_NAME}")
        wanted = self._wanted(given)
        schedule = self._schedule(given)
        text = given.text("email")
        if text is None:
            if "email" not in given:
                given.wrong("email", "this subscriber has no address; every subscriber needs one")
            return None
        try:
            to = address(text)
        except ValueError as error:
            words = _several_things(text) or str(error)
            given.wrong("email", f"{shown(text)} is no mail address: {words}")
            return None
        return Subscriber(
            email=to.text,
            name=name.strip(),
            keywords=wanted,
            schedule=schedule,
            address_key=to.key,
        )

    def _wanted(self, given: Fields) -> tuple[str, ...]:
        """A subscriber's keywords, in the order of the section; all keywords if none is named."""
        listed = given.texts("keywords")
        if listed is None:
            return self._names
        written = tuple(item.text for item in listed)
        if written in self._lists:
            return self._lists[written]
        wanted, all_known = set(), True
        for item in listed:
            for text in self._parts(clean(item.text)):
                name = self._folded.get(_folded(text))
                if name is not None:
                    wanted.add(name)
                    continue
                all_known = False
                if self._names:
                    hint = did_you_mean(text, self._names)
                    given.wrong_item(
                        "keywords", Scalar(item.line, text), f"is not a keyword of this file{hint}"
                    )
        names = tuple(sorted(wanted, key=self._places.__getitem__))
        names = self._lists.setdefault(names, names)
        if all_known:
            self._lists[written] = names
        return names

    def _parts(self, text: str) -> list[str]:
        """The whole text if it is a keyword, otherwise its parts between commas."""
        if _folded(text) in self._folded:
            return [text]
        return [part for part in map(str.strip, text.split(",")) if part] or [text]


def _by_email(item: Node) -> Node:
    """Brings a subscriber written as `ADDRESS` or `ADDRESS: {...}` to the form with key `email`."""
    if isinstance(item, Scalar) and not item.empty:
        return Pairs(item.line, {"email": item}, {"email": item.line})
    if not isinstance(item, Pairs) or len(item.nodes) != 1:
        return item
    ((key, value),) = item.nodes.items()
    if "@" not in key or (isinstance(value, Scalar) and not value.empty):
        return item
    under = value if isinstance(value, Pairs) else Pairs(item.line, {}, {})
    email = Scalar(item.lines[key], key)
    return Pairs(item.line, {"email": email} | under.nodes, {"email": email.line} | under.lines)


def _several_things(text: str) -> str:
    """Advice for a text with more than an address in it; "" for any other text."""
    if text.endswith(">"):
        return "write the address alone, without < and >, and the name under `name`"
    if text.count("@") > 1 and any(mark in text for mark in ",; "):
        return "write one address here, and each further one as a subscriber of its own"
    return ""


def _folded(name: str) -> str:
    """A keyword's name for comparison without case; no two names differ in case alone."""
    return unicodedata.normalize("NFC", name).casefold()
