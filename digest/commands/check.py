"""The command `digest check`: tests everything that the next mail needs."""

from collections.abc import Iterator

from digest.commands.cautions import cautions
from digest.commands.check_sources import Attempt, chosen, local_attempts, service_attempts
from digest.commands.invocation import Invocation
from digest.commands.sources import Sources
from digest.config.settings import Settings, require_mail
from digest.errors import ConfigurationError, DigestError, ListingError, UsageError
from digest.mail.message import envelope_address
from digest.mail.rendering import Templates
from digest.model.address import address
from digest.model.subscriber import Subscriptions
from digest.selection.wrong_clock import behind
from digest.store.records import KeywordRecord
from digest.text import counted, shown


def run(invocation: Invocation) -> int:
    """Prints a line for each test, note and caution; returns 0 if all tests succeed.

    Otherwise the exit status is that of the first failure. A caution is not a failure.

    Raises:
        UsageError: `--mail-to` is no address, or is combined with `--offline`.
    """
    statuses = []
    notes: list[str] = []
    _try_address(invocation)
    for name, attempt in _attempts(invocation, notes):
        try:
            print(f"ok    {name}: {attempt()}")
        except DigestError as error:
            statuses.append(error.exit_status)
            first, *others = str(error).splitlines()
            print(f"FAIL  {name}: {first}")
            for line in others:
                print(f"      {line}")
    for words in notes:
        print(f"note  {words}")
    for name, words in _cautions(invocation):
        print(f"warn  {name}: {words}")
    for words in _remarks(invocation):
        print(f"warn  {words}")
    return next(iter(statuses), 0)


def _attempts(invocation: Invocation, notes: list[str]) -> Iterator[Attempt]:
    """Yields the tests by name. Sentences that are no test's result are added to `notes`."""
    settings = invocation.settings
    found: list[Subscriptions] = []
    let_in: list[str] = []

    def subscriptions() -> str:
        found.append(invocation.subscriptions())
        keywords = counted(len(found[0].keywords), "keyword")
        return f"{settings.subscribers}, {keywords}, {counted(len(found[0].subscribers), 'reader')}"

    yield "subscribers", subscriptions
    yield "state", lambda: invocation.store().examine()
    if found:
        source = chosen(invocation, found[0])
        notes += source.notes()
        yield from local_attempts(invocation, source)
        yield "templates", lambda: _templates(settings)
    yield "mail settings", lambda: _mail_settings(invocation)
    if settings.dkim:
        yield "DKIM", lambda: _signature(invocation)
    if invocation.options.offline:
        return
    if settings.smtp_host:
        yield "mail server", lambda: _mail_server(invocation, let_in)
        to = invocation.options.mail_to
        if to and let_in:  # a refused password is not sent a second time
            yield "test mail", lambda: _test_mail(invocation, to)
    if found:
        with invocation.sources(tries=1) as sources:
            yield "arXiv", lambda: _arxiv(invocation, found[0], sources)
            yield from service_attempts(invocation, source, sources)


def _remarks(invocation: Invocation) -> list[str]:
    """Sentences about valid but probably unintended lines; empty if the file has mistakes."""
    try:
        return invocation.remarks(invocation.subscriptions())
    except DigestError:
        return list(invocation.settings.remarks)


def _templates(settings: Settings) -> str:
    templates = Templates(settings.templates)
    templates.check()
    if settings.templates is None:
        return "the shipped ones"
    return f"{settings.templates}, in place of {', '.join(templates.replaced) or 'none'}"


def _mail_settings(invocation: Invocation) -> str:
    require_mail(invocation.settings)
    told = invocation.settings.operator or "nobody: set DIGEST_OPERATOR"
    return f"from {invocation.settings.mail_from}; troubles are reported to {told}"


def _mail_server(invocation: Invocation, let_in: list[str]) -> str:
    """Tests the mail server up to RSET, with the operator or the test mail's address as recipient.

    If all goes well, the server's answer is added to `let_in`.
    """
    from digest.delivery.rehearsal import rehearse

    server, settings = invocation.server(), invocation.settings
    assert server
    sender = invocation.sender().reverse_path if settings.mail_from else None
    to = invocation.options.mail_to or settings.operator
    let_in.append(rehearse(server, sender, envelope_address(address(to)) if to else None))
    return f"{server.host}:{server.port}, {let_in[-1]}"


def _test_mail(invocation: Invocation, to: str) -> str:
    from digest.delivery.rehearsal import send_one
    from digest.service.operator_mail import trial_mail

    server = invocation.server()
    assert server
    require_mail(invocation.settings)
    now = invocation.clock.now()
    said = send_one(server, trial_mail(to, invocation.sender(), now, invocation.signer()))
    return f"sent to {to}, and the server said {said}"


def _try_address(invocation: Invocation) -> None:
    """Raises UsageError if `--mail-to` is no address, or is combined with `--offline`."""
    to = invocation.options.mail_to
    if to and invocation.options.offline:
        raise UsageError("a test mail needs the network: leave out --offline, or --mail-to")
    try:
        address(to or "nobody@example.org")
    except ValueError as error:
        raise UsageError(f"{shown(to)} is no mail address: {error}") from error


def _cautions(invocation: Invocation) -> list[tuple[str, str]]:
    """All cautions; none if a file of the settings was removed since it was read."""
    try:
        return list(cautions(invocation))
    except ConfigurationError:
        return []


def _signature(invocation: Invocation) -> str:
    """Signs a trial message; returns the DNS record to publish, with a remark for DMARC."""
    from digest.service.operator_mail import trouble_mail

    sender, signer = invocation.sender(), invocation.signer()
    assert signer
    to = f"postmaster@{signer.domain}"
    trouble_mail(["nothing: a trial"], to, sender, invocation.clock.now(), signer).data()
    aligned = f".{sender.domain}".endswith(f".{signer.domain}") or signer.domain.endswith(
        f".{sender.domain}"
    )
    remark = (
        "" if aligned else f"; for DMARC it should be the domain of the sender, {sender.domain}"
    )
    return (
        f"a trial message is signed for {signer.domain}{remark}; the DNS needs this TXT record at "
        f"{signer.record_name}: {signer.key.record}"
    )


def _arxiv(invocation: Invocation, subscriptions: Subscriptions, sources: Sources) -> str:
    """Asks arXiv for the newest papers of the first keyword; checks the clock by their dates."""
    keyword = subscriptions.keywords[0]
    listing = sources.listing
    reading = listing.read(
        listing.query(keyword), page_size=3, expected=False, more=lambda _: False
    )
    if reading.fault:
        raise ListingError(f"{reading.fault}; try again later, or look at DIGEST_ARXIV_URL")
    if not reading.total:
        raise ListingError(
            f"it lists no paper at all for {keyword.name}; look at its spelling, categories and "
            "query, and if they are right try again later: arXiv answers with nothing at times"
        )
    now = invocation.clock.now()
    if fault := behind(reading.papers, KeywordRecord("", now), now):
        raise ListingError(fault)
    return f"{counted(reading.total, 'paper')} listed for {keyword.name}"
