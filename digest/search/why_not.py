"""Says which parts of a query do not hold for a paper, in clauses for a person."""

from collections.abc import Iterator

from digest.search.conditions import condition
from digest.search.date_range import ends
from digest.search.documents import Document
from digest.search.tree import And, AndNot, Not, Or, Query, Term
from digest.text import either

_TEXTS = {
    "ti": "title",
    "abs": "abstract",
    "co": "comment",
    "jr": "journal reference",
    "rn": "report number",
}


def why_not(query: Query, document: Document) -> tuple[str, ...]:
    """The reasons why a query does not find a paper; () where it finds it."""
    return tuple(dict.fromkeys(_reasons(query, document)))


def _reasons(query: Query, document: Document) -> Iterator[str]:
    if condition(query).holds(document):
        return
    match query:
        case And(left, right):
            yield from _reasons(left, document)
            yield from _reasons(right, document)
        case AndNot(left, right):
            yield from _reasons(left, document)
            if condition(right).holds(document):
                yield _excluded(right, document)
        case Not(unwanted):
            yield _excluded(unwanted, document)
        case Or() | Term():
            yield _lacking([one for one in _terms(query) if _fails(one, document)], document)


def _terms(query: Query) -> Iterator[Term]:
    """Yields the terms of a query, those after ANDNOT left out."""
    match query:
        case Term():
            yield query
        case And(left, right) | Or(left, right):
            yield from _terms(left)
            yield from _terms(right)
        case AndNot(left, _):
            yield from _terms(left)
        case Not():
            return


def _fails(term: Term, document: Document) -> bool:
    return not condition(term).holds(document)


def _excluded(query: Query, document: Document) -> str:
    """A clause about the terms that a paper has and must not have."""
    held = [one for one in _terms(query) if not _fails(one, document)]
    texts = dict.fromkeys(_shown(one) for one in held)
    return f"it has {either(texts)}, which is excluded" if texts else "it is excluded"


def _lacking(terms: list[Term], document: Document) -> str:
    """A clause about terms of which a paper would need one."""
    texts: dict[str, list[str]] = {}
    for term in terms:
        if term.field in _TEXTS:
            texts.setdefault(_shown(term), []).append(_TEXTS[term.field])
    clauses = [_no(fields, text) for text, fields in texts.items()]
    if categories := [one.text.removesuffix(".*") for one in terms if one.field == "cat"]:
        wanted = either(dict.fromkeys(categories))
        clauses.append(f"it is in {_and(document.paper.categories)}, not in {wanted}")
    for term in terms:
        if term.field == "submittedDate":
            first, last = ends(term.text)
            clauses.append(
                f"it was submitted {document.submitted:%Y-%m-%d}, not from {first:%Y-%m-%d} to "
                f"{last:%Y-%m-%d}"
            )
        elif term.field not in _TEXTS and term.field != "cat":
            clauses.append(f"it is not found by {term.field}:{_shown(term)}")
    return ", and ".join(clauses) or "it is excluded"


def _no(fields: list[str], text: str) -> str:
    if len(fields) > 1:
        return f"neither {' nor '.join(fields)} has {text}"
    return f"the {fields[0]} has no {text}"


def _shown(term: Term) -> str:
    return f'"{term.text}"' if term.field in _TEXTS else term.text


def _and(names: tuple[str, ...]) -> str:
    return either(names).replace(" or ", " and ") if names else "no category"
