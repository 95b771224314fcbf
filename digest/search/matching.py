"""Matches any number of keywords against the papers of a day.

    queries   ─> trees whose phrases have numbers, the same phrase one number
    documents ─> for each phrase, in title or abstract, the documents that have it
    each tree ─> the documents for which it holds

A query is never looked at for one document: it is evaluated once for all of them, on sets of
documents, each set an integer with a bit for each document. So the cost is that of the texts, at
which `PhraseIndex` looks once, and of a few operations on sets for each query. A term that is
neither a phrase nor a category is evaluated by `conditions`, for those documents that the rest of
its query leaves.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, repeat

from digest.search.document_sets import (
    FIELDS,
    TO_THE_LETTER,
    DocumentSets,
    all_words,
    in_field,
    is_pattern,
)
from digest.search.documents import Document
from digest.search.grammar import parse
from digest.search.phrase_index import PhraseIndex
from digest.search.tree import And, AndNot, Not, Or, Query, Term
from digest.search.wildcards import is_wild
from digest.search.words import phrase, stems

_TOGETHER = 8192
"""Documents: more than arXiv announces in a day."""

_NOT_PLAIN = frozenset("\\*?:\r\n")
"""Characters of a phrase that the grammar may take for more than a part of the phrase."""

_ACROSS = frozenset("_[")
"""Characters with which a phrase may depend on other parts of the query, or they on it."""


class Matcher:
    """Many keywords, ready to be matched against the documents of any day."""

    def __init__(self, queries: Mapping[str, str]) -> None:
        """Reads the query of each keyword; the keywords are named in the result.

        Raises:
            MalformedQueryError: arXiv would refuse one of the queries.
        """
        reader = _Reader()
        numbers: dict[str, int] = {}
        self._keywords = {
            name: numbers.setdefault(query, len(numbers)) for name, query in queries.items()
        }
        self._nodes = [reader.node(query) for query in numbers]
        self._phrases = reader.phrases
        self._common = reader.common

    def matches(
        self, documents: Iterable[Document], *, together: int = _TOGETHER
    ) -> dict[str, tuple[str, ...]]:
        """Returns the base identifiers of the documents that each keyword finds, in their order.

        A keyword that finds none is left out. So many documents are held `together` in memory;
        each such part costs one more evaluation of each query.
        """
        rest = iter(documents)
        found: dict[int, tuple[str, ...]] = {}
        while part := list(islice(rest, together)):
            sets = DocumentSets(part, self._phrases, self._common)
            for number, node in enumerate(self._nodes):
                if holding := _holding(node, sets, sets.every):
                    found[number] = found.get(number, ()) + sets.identifiers(holding)
        return {name: found[number] for name, number in self._keywords.items() if number in found}


@dataclass(frozen=True, slots=True)
class _All:
    parts: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Any:
    parts: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Except:
    wanted: "_Node"
    unwanted: "_Node"


@dataclass(frozen=True, slots=True)
class _Never:
    part: "_Node"


_Node = int | Term | _All | _Any | _Except | _Never
"""A query, or a part of one. An integer is a phrase in a field: see `in_field`."""

_NONE = _Any(())
"""Holds for no document."""


class _Reader:
    """Reads queries, and numbers their phrases.

    Most queries differ from another one in their phrases only. They share a shape: the query with
    a number for each phrase, `ti:"0" OR abs:"1"`. A shape is parsed once, and then filled.
    """

    def __init__(self) -> None:
        self.phrases = PhraseIndex()
        self.common = PhraseIndex()
        self._numbers: dict[str, int | None] = {}
        self._shapes: dict[str, _Node] = {}

    def node(self, query: str) -> _Node:
        pieces = query.split('"')
        texts = [text.strip() for text in pieces[1::2]]
        closed = len(pieces) % 2 == 1 and all(texts)
        if not closed or not _ACROSS.isdisjoint(query) or not _NOT_PLAIN.isdisjoint("".join(texts)):
            return self._filled(self._node(parse(query)), ())
        pieces[1::2] = map(str, range(len(texts)))
        shape = '"'.join(pieces)
        if shape not in self._shapes:
            self._shapes[shape] = self._node(parse(shape))
        return self._filled(self._shapes[shape], texts)

    def _node(self, query: Query) -> _Node:
        """Returns the node of a query, with its terms in quotes as they are."""
        match query:
            case Term():
                return query if query.quoted else self._unquoted(query)
            case Not():
                return _Never(self._node(query.query))
            case AndNot():
                return _Except(self._node(query.left), self._node(query.right))
            case And():
                return _All(tuple(sorted(map(self._node, _joined(query, And)), key=_is_slow)))
            case Or():
                return _Any(tuple(map(self._node, _joined(query, Or))))

    def _filled(self, node: _Node, texts: Sequence[str]) -> _Node:
        """Returns a node with phrases for the terms in quotes, which are numbers in `texts`.

        Without `texts` the terms have their own.
        """
        match node:
            case Term(field, text, quoted):
                if quoted:
                    return self._quoted(field, texts[int(text)] if texts else text)
                return node
            case _Any(parts) | _All(parts):
                return type(node)(tuple(map(self._filled, parts, repeat(texts))))
            case _Except(wanted, unwanted):
                return _Except(self._filled(wanted, texts), self._filled(unwanted, texts))
            case _Never(part):
                return _Never(self._filled(part, texts))
            case int():
                return node

    def _quoted(self, field: str, text: str) -> _Node:
        """Returns the phrase in a title or abstract; one of common words only an abstract has."""
        if field not in FIELDS or not text:
            return Term(field, text, quoted=True)
        number = self._number(text)
        if number is not None:
            return in_field(number, FIELDS.index(field))
        words = tuple(enumerate(all_words(text)))
        if field != "abs" or not words:
            return _NONE
        return in_field(self.common.add(words), TO_THE_LETTER)

    def _unquoted(self, term: Term) -> _Node:
        """Returns the phrases of one word that a title or abstract must have, else the term."""
        if term.field not in FIELDS or not term.text or is_wild(term.text) or "$" in term.text:
            return term
        place = FIELDS.index(term.field)
        words = [self.phrases.add(((0, stem),)) for _, stem in stems(term.text)]
        return _All(tuple([in_field(number, place) for number in words])) if words else _NONE

    def _number(self, text: str) -> int | None:
        """Returns the number of a phrase; None if all its words are left out of the index."""
        if text not in self._numbers:
            words = phrase(text)
            self._numbers[text] = self.phrases.add(words) if words else None
        return self._numbers[text]


def _joined(query: Query, kind: type[And | Or]) -> Iterator[Query]:
    """Yields in order the parts that one operator joins, however they are grouped."""
    left = [query]
    while left:
        part = left.pop()
        if isinstance(part, kind):
            left += (part.right, part.left)
        else:
            yield part


def _is_slow(node: _Node) -> bool:
    """Returns whether a part of a query looks at documents, not only at sets of them."""
    match node:
        case int():
            return False
        case Term():
            return not (node.field in FIELDS if node.quoted else is_pattern(node))
        case _All(parts) | _Any(parts):
            return any(map(_is_slow, parts))
        case _Except(wanted, unwanted):
            return _is_slow(wanted) or _is_slow(unwanted)
        case _Never(part):
            return _is_slow(part)


def _holding(node: _Node, sets: DocumentSets, among: int) -> int:
    """Returns the set of those documents among some for which a part of a query holds."""
    match node:
        case int():
            among &= sets.having(node)
        case _Any(parts):
            others = among
            for part in parts:
                others &= ~_holding(part, sets, others)
            among &= ~others
        case _All(parts):
            for part in parts:
                among = among and _holding(part, sets, among)
        case _Except(wanted, unwanted):
            among = _holding(wanted, sets, among)
            among &= ~_holding(unwanted, sets, among)
        case _Never(part):
            among &= ~_holding(part, sets, among)
        case Term() if is_pattern(node):
            among &= sets.fitting(node)
        case Term():
            among = sets.where(node, among)
    return among
