"""A record: a paper's metadata as arXiv's harvest gives it, with the day of its last change."""

from dataclasses import dataclass
from datetime import date

from digest.clock import Moment
from digest.model.paper import Paper


@dataclass(frozen=True, slots=True)
class Record:
    """A paper in its current version, and the facts that only a harvest has.

    The texts of `paper` have TeX's accents and Greek letters as Unicode, as those of arXiv's API
    have. `datestamp` is the UTC day on which arXiv last changed the record: the day of its
    announcement, or of a later edit (OAI-PMH 2.0 section 2.5). `versions` are the moments at which
    version 1, 2, … were submitted; empty where they are not known. `deleted` is True where arXiv
    says so.
    """

    paper: Paper
    datestamp: date
    versions: tuple[Moment, ...] = ()
    journal_ref: str = ""
    report_no: str = ""
    doi: str = ""
    deleted: bool = False

    @property
    def id(self) -> str:
        """The base identifier of the paper."""
        return self.paper.id
