"""Renders an edition by its three templates: subject, text, HTML. The only user of `jinja2`.

The templates `digest.subject.txt`, `digest.txt` and `digest.html` are shipped with the package; a
directory of the operator's replaces them by name. Everything that comes from arXiv is escaped for
HTML, and the HTML is made ASCII with short lines, so that it travels as it is.
"""

import logging
import textwrap
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)
from markupsafe import Markup

from digest.errors import ConfigurationError
from digest.mail.apart import Apart, LeftError
from digest.mail.fitting import SMALLEST, Shape, whole
from digest.mail.layout import lay_out
from digest.mail.marking import Phrases, pieces
from digest.model.edition import Edition, Notice, Row, Section
from digest.model.paper import Paper
from digest.text import logfmt

log = logging.getLogger(__name__)

NAMES = ("digest.subject.txt", "digest.txt", "digest.html")

_LONGEST = 5.0
"""Seconds that one of the operator's templates may take; the shipped ones take milliseconds."""

_LONGEST_LINE = 900
_WRAP_AT = 300
_TEXT_WIDTH = 72
"""Characters; what reads well in a terminal, and RFC 5322 recommends below 78."""


_BREAKAGES = (
    *(TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError),
    *(MemoryError, RuntimeError, TypeError, ValueError),
)
"""What Python raises for a mistake in an expression; RuntimeError for a template in itself."""

Variables = dict[str, object]
"""What a template is given, by name."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a reader writes to: an address, a mailto URL to stop the mail, and the list's name."""

    sender: str
    unsubscribe: str
    list_name: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A digest as text: `subject` on one line, `html` in ASCII."""

    subject: str
    text: str
    html: str


class Templates:
    """The three templates.

    Args:
        override: a directory whose templates replace the shipped ones, by name; None for none.
        meanwhile: is called now and then while one of those is rendered, which happens in another
            process; what it raises ends that.

    Raises:
        ConfigurationError: there is no such directory.
    """

    def __init__(
        self, override: Path | None, *, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        if override and not override.is_dir():
            raise ConfigurationError(
                f"DIGEST_TEMPLATES names {override}, which is no directory; make it, or leave the "
                "setting out"
            )
        self._override = override
        self._shipped = _shipped_environment()
        self._apart = Apart("digest.mail.rendering_apart", _LONGEST, meanwhile)
        self._broken: set[str] = set()
        self._own = frozenset(self.replaced)

    @property
    def replaced(self) -> tuple[str, ...]:
        """The names of the shipped templates that have another in their place."""
        return tuple(name for name in NAMES if self._override and (self._override / name).is_file())

    def check(self) -> None:
        """Renders an invented edition with the templates as they are.

        Raises:
            ConfigurationError: a template is broken; the message names file and line.
        """
        for name, variables in _trials():
            self._chosen(name, variables)

    def try_out(self) -> None:
        """Renders an invented edition, so that a broken template is known before it is needed.

        It is logged with file and line, and the shipped one stands in for it from now on. The
        shipped ones themselves are not tried.
        """
        for name, variables in _trials() if self._own else ():
            if name in self._own:
                self._render(name, variables)

    def render(self, edition: Edition, shape: Shape, contact: Contact) -> Rendered:
        """The edition, with as much of it as the shape allows.

        A template of the operator's that is broken is logged, and the shipped one used instead.
        """
        variables = {"digest": lay_out(edition, shape), "contact": contact}
        subject, text, html = (self._render(name, variables) for name in NAMES)
        return Rendered(" ".join(subject.split()), text.strip("\n") + "\n", _in_ascii(html))

    def _render(self, name: str, variables: Variables) -> str:
        if name in self._own and name not in self._broken:
            try:
                return self._chosen(name, variables)
            except ConfigurationError as error:
                self._broken.add(name)
                log.warning(logfmt("template-broken", reason=error, instead=f"the shipped {name}"))
        return render(self._shipped, name, variables)

    def _chosen(self, name: str, variables: Variables) -> str:
        """What a template makes; one of the operator's in a process that can be left."""
        if self._override is None or name not in self._own:
            return render(self._shipped, name, variables)
        try:
            text, wrong = self._apart.ask((self._override.absolute(), name, variables))
        except LeftError as error:
            told = "takes" if error.too_long else "has ended the process that renders it:"
            advice = "look for a loop without an end" if error.too_long else "make it simpler"
            raise ConfigurationError(
                f"the template {self._override / name} {told} {error}; {advice}"
            ) from error
        if wrong:
            raise ConfigurationError(wrong)
        return str(text)


def wrapped(text: str, indent: int = 0, width: int = _TEXT_WIDTH) -> str:
    """`text` in lines of at most `width` characters, that a mail program may flow together.

    Each but the last ends in a space (RFC 3676). With an `indent`, which stands before all but the
    first, they stay as they are. A word that is longer, such as an address, has a line of its own.
    """
    room = width - (indent or 1)
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return (f"\n{' ' * indent}" if indent else " \n").join(lines)


def marked(text: str, phrases: Phrases) -> Markup:
    """`text` as HTML, in which what a keyword looks for is in <mark>."""
    return Markup().join(
        Markup("<mark>{}</mark>").format(piece) if found else piece
        for piece, found in pieces(text, phrases)
    )


@cache
def _shipped_environment() -> Environment:
    """The shipped templates alone; made once, for that takes longer than to render them."""
    return _environment([_shipped()])


def chosen_environment(override: Path) -> Environment:
    """The shipped templates, but for those that the directory has."""
    return _environment([override, _shipped()])


def _environment(places: list[Path]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(places, encoding="utf-8-sig"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrapped"] = wrapped
    environment.filters["marked"] = marked
    return environment


def render(environment: Environment, name: str, variables: Variables) -> str:
    """What a template makes of the variables.

    Raises:
        ConfigurationError: it is broken; the message names file and line.
    """
    with _in_words(name):
        template = environment.get_template(name)
        text = template.render(variables)
    if not text.strip():
        raise ConfigurationError(f"the template {template.filename} is broken: it shows nothing")
    return text


def _shipped() -> Path:
    """Where the shipped templates are: in the installed package, or beside it in the repository."""
    inside = Path(__file__).parents[1] / "templates"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "templates"


def _in_ascii(html: str) -> str:
    """The same page in ASCII: character references, and long lines broken at a space."""
    lines = html.encode("ascii", "xmlcharrefreplace").decode("ascii").splitlines()
    return "".join(f"{part}\n" for line in lines for part in _parts(line))


def _parts(line: str) -> list[str]:
    if len(line) <= _LONGEST_LINE:
        return [line]
    return textwrap.wrap(line, _WRAP_AT, break_long_words=False, break_on_hyphens=False)


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    """Turns what goes wrong in a template into a ConfigurationError; all of it is its author's."""
    try:
        yield
    except TemplateSyntaxError as error:
        where = f"{error.filename or error.name or name}:{error.lineno}"
        raise ConfigurationError(f"the template {where} is broken: {error.message}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"the template {name} is not UTF-8 text") from error
    except _BREAKAGES as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_template(f)]
        where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else name
        if isinstance(error, TemplateNotFound):
            words = f"there is no template {error.name}"
        else:
            words = str(error) or type(error).__name__
            if isinstance(error, MemoryError):
                words = "it takes more memory than there is for it (MemoryError)"
        raise ConfigurationError(f"the template {where} is broken: {words}") from error
    except OSError as error:
        raise ConfigurationError(f"the template {name} cannot be read: {error.strerror}") from error


def _is_template(frame: traceback.FrameSummary) -> bool:
    return Path(frame.filename).suffix in (".html", ".txt")


def _trials() -> Iterator[tuple[str, Variables]]:
    """Yields each template with what it could be given: all of an edition, and little of it."""
    edition = _trial()
    contact = Contact("digest@example.org", "mailto:digest@example.org", "digest.example.org")
    papers = edition.new_papers + edition.updated_papers
    for shape in (whole(papers), Shape(100, 1, 1), SMALLEST):
        for name in NAMES:
            yield name, {"digest": lay_out(edition, shape), "contact": contact}


def _trial() -> Edition:
    """An invented edition with one of everything."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    one, two, three = (
        Paper(
            id=f"2601.0000{number}",
            version=1,
            title="A title",
            authors=("A. Author",),
            abstract="An abstract.",
            comment="9 pages",
            primary_category="cs.LG",
            categories=("cs.LG",),
            published=moment,
            updated=moment,
        )
        for number in (1, 2, 3)
    )
    link = "https://arxiv.org/search/"
    return Edition(
        day=date(2026, 1, 1),
        keywords=("One", "Two"),
        sections=(
            Section("One", (Row(one), Row(two)), link, (("abstract",),)),
            Section("Two", (Row(one, full_under="One"),), link),
        ),
        updates=(Section("One", (Row(three, previous_version=1),), link),),
        notices=(Notice("Two", "a reason"),),
        makes_up=(date(2025, 12, 31),),
        part=1,
        parts=2,
        whole=(2, 1),
    )
