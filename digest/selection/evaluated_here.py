"""Finds the keywords that can be evaluated here, and whether the harvest serves them at present."""

from dataclasses import dataclass, field

from digest.clock import Moment
from digest.search.evaluable import authors_alone, not_here
from digest.search.grammar import MalformedQueryError, parse
from digest.selection.source_choice import Choice, choose, usual_cost
from digest.store.harvests import Agreement
from digest.store.known import Known

_FAILURES = 2
"""The failures in a row of all keywords of the API, from which on it counts as refusing."""

BACK = "arXiv's own search found other papers, on two days: `digest try` shows them"


@dataclass(frozen=True, slots=True)
class Evaluable:
    """Answers whether a query can be evaluated here; each query is looked at once."""

    _reasons: dict[str, str] = field(default_factory=dict)

    def why_not(self, query: str, agreement: Agreement | None) -> str:
        """The reason why the API has to answer a keyword; "" where it can be evaluated here."""
        if query not in self._reasons:
            self._reasons[query] = _why_not(query)
        return self._reasons[query] or (BACK if agreement and agreement.lost else "")

    def here(self, known: Known) -> frozenset[str]:
        """The active keywords that can be evaluated here."""
        return frozenset(
            name
            for name, record in known.keywords()
            if record.active and not self.why_not(record.query, record.agreement)
        )

    def on_trial(self, known: Known) -> frozenset[str]:
        """The active keywords for authors: the API serves them, and they are compared as well."""
        return frozenset(
            name
            for name, record in known.keywords()
            if record.active and self.why_not(record.query, None) and _names_authors(record.query)
        )


def _names_authors(query: str) -> bool:
    try:
        return bool(authors_alone(parse(query)))
    except MalformedQueryError:
        return False


def _why_not(query: str) -> str:
    try:
        return not_here(parse(query))
    except MalformedQueryError as error:
        return f"arXiv cannot read its query: {error}"


def present_choice(
    known: Known | None,
    setting: str,
    now: Moment,
    *,
    here: int,
    by_api: int,
    harvest_known: bool,
) -> Choice:
    """The present choice between the harvest and the API, with its reason.

    Args:
        known: the state; None where it cannot be read.
        setting: the value of DIGEST_SOURCE.
        now: the present.
        here: the number of keywords that can be evaluated here.
        by_api: the number of the others.
        harvest_known: whether an address for the harvest is configured.
    """
    past = known.harvests.complete if known else ()
    records = [record for _, record in known.keywords() if record.active] if known else []
    return choose(
        setting,
        here=here,
        by_api=by_api,
        harvest_known=harvest_known,
        api_fails=known is not None and api_fails(known, now),
        was=any(record.here for record in records) if past else None,
        cost=usual_cost(past),
    )


def api_fails(known: Known, now: Moment) -> bool:
    """Whether the API asks to be left alone, or fails for all keywords that it is asked for."""
    if known.left_alone and known.left_alone.holds(now):
        return True
    by_api = [record for _, record in known.keywords() if record.active and not record.here]
    return bool(by_api) and all(one.failures >= _FAILURES and one.failed for one in by_api)
