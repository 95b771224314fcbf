"""Renders an edition by its three templates: subject, text and HTML.

The package comes with `digest.subject.txt`, `digest.txt` and `digest.html`; a directory of the
operator can replace them by name. Everything from arXiv is escaped for HTML. The HTML becomes ASCII
with short lines, so that it needs no transfer encoding. Only this module and its process for the
operator's templates use `jinja2`.
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
"""Most seconds for one of the operator's templates; the package's own take milliseconds."""

_LONGEST_LINE = 900
_WRAP_AT = 300
_TEXT_WIDTH = 72
"""Characters of a line of text: RFC 5322 recommends at most 78, and terminals have 80."""


_BREAKAGES = (
    *(TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError),
    *(MemoryError, RuntimeError, TypeError, ValueError),
)
"""Errors of a mistake in a template; RuntimeError is for a template that includes itself."""

Variables = dict[str, object]
"""The variables of a template, by name."""


@dataclass(frozen=True, slots=True)
class Contact:
    """The reader's contact: an address, a mailto URL that stops the mail, and the list's name."""

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
    """The three templates, as shipped with the package or replaced by the operator.

    Args:
        override: a directory whose templates replace the shipped ones, by name; None for none.
        meanwhile: is called now and then while another process renders one of these; an error from
            it ends that process.

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
        """The names of the templates that the operator has replaced."""
        return tuple(name for name in NAMES if self._override and (self._override / name).is_file())

    def check(self) -> None:
        """Renders an invented edition with all templates.

        Raises:
            ConfigurationError: a template is broken; the message names file and line.
        """
        for name, variables in _trials():
            self._chosen(name, variables)

    def try_out(self) -> None:
        """Renders an invented edition with the operator's templates, to find broken ones early.

        A broken template is logged with file and line, and the shipped one replaces it from now on.
        """
        for name, variables in _trials() if self._own else ():
            if name in self._own:
                self._render(name, variables)

    def render(self, edition: Edition, shape: Shape, contact: Contact) -> Rendered:
        """Renders the edition, with as much of it as the shape allows.

        A broken template of the operator is logged, and the shipped one is used instead.
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
        """Renders a template; one of the operator's runs in another process, with a time limit."""
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
    """Returns `text` in lines of at most `width` characters.

    Every line but the last ends in a space, so that a mail program can join them (RFC 3676). With
    an `indent`, which stands before every line but the first, the lines stay separate. A longer
    word, such as an address, has a line of its own.
    """
    room = width - (indent or 1)
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return (f"\n{' ' * indent}" if indent else " \n").join(lines)


def marked(text: str, phrases: Phrases) -> Markup:
    """Returns `text` as HTML, with the phrases of a keyword in <mark>."""
    return Markup().join(
        Markup("<mark>{}</mark>").format(piece) if found else piece
        for piece, found in pieces(text, phrases)
    )


@cache
def _shipped_environment() -> Environment:
    """Returns the shipped templates; cached, since loading takes longer than rendering."""
    return _environment([_shipped()])


def chosen_environment(override: Path) -> Environment:
    """Returns the templates of a directory, and the shipped ones for names it does not have."""
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
    """Renders a template with variables.

    Raises:
        ConfigurationError: the template is broken; the message names file and line.
    """
    with _in_words(name):
        template = environment.get_template(name)
        text = template.render(variables)
    if not text.strip():
        raise ConfigurationError(f"the template {template.filename} is broken: it shows nothing")
    return text


def page(name: str, **variables: object) -> str:
    """Returns the page in ASCII that a shipped template makes of the variables."""
    return _in_ascii(render(_shipped_environment(), name, variables))


def _shipped() -> Path:
    """Returns the directory of the shipped templates, in the package or in the repository."""
    inside = Path(__file__).parents[1] / "templates"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "templates"


def _in_ascii(html: str) -> str:
    """Returns the page in ASCII, with character references, and long lines broken at a space."""
    lines = html.encode("ascii", "xmlcharrefreplace").decode("ascii").splitlines()
    return "".join(f"{part}\n" for line in lines for part in _parts(line))


def _parts(line: str) -> list[str]:
    if len(line) <= _LONGEST_LINE:
        return [line]
    return textwrap.wrap(line, _WRAP_AT, break_long_words=False, break_on_hyphens=False)


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    """Turns any error in a template into a ConfigurationError, since its author must repair it."""
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
    """Yields each template with variables for test: a whole edition, and smaller shapes of it."""
    edition = _trial()
    contact = Contact("digest@example.org", "mailto:digest@example.org", "digest.example.org")
    papers = edition.new_papers + edition.updated_papers
    for shape in (whole(papers), Shape(100, 1, 1), SMALLEST):
        for name in NAMES:
            yield name, {"digest": lay_out(edition, shape), "contact": contact}


def _trial() -> Edition:
    """Returns an invented edition with one of everything."""
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
            Section("One", (Row(one), Row(two)), link, (((0, "abstract"),),)),
            Section("Two", (Row(one, full_under="One"),), link),
        ),
        updates=(Section("One", (Row(three, previous_version=1),), link),),
        notices=(Notice("Two", "a reason"),),
        makes_up=(date(2025, 12, 31),),
        part=1,
        parts=2,
        whole=(2, 1),
    )
