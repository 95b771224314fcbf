"""The faults of arXiv's and of mail servers that have been seen, each to be made at will.

Each strikes a trial on a morning: it stands in the place of answers, or changes what arXiv lists,
or what the mail server says.
"""

import os
import random
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any
from unittest.mock import patch

from builders import DAY
from fault_trial import Fault, Trial
from firewall import inspecting, swallowing
from scripted_server import Scripted

from digest.model.paper import Paper
from digest.standin.feed import Asked, feed
from digest.standin.mailserver import BREAK_OFF, SILENCE, MailStandIn
from digest.standin.server import Raw, Reply, Request, StandIn, reset_after, silence

Answer = Callable[[StandIn, Request, random.Random], Reply | Raw | None]


API, OAI, FEEDS = ("/api/",), ("/oai",), ("/rss/",)
"""The beginnings of the paths of arXiv's services."""


def whole(standin: StandIn, request: Request) -> bytes:
    """Returns arXiv's answer without the fault."""
    body = standin.answer(request).body
    assert isinstance(body, bytes)
    return body


def asked(standin: StandIn, request: Request) -> tuple[Asked, list[Paper]]:
    """Returns the wish of a request, and all that arXiv finds for it."""
    params = request.params
    query = params["search_query"]
    found = standin.corpus.search(query, [], request.at, "lastUpdatedDate", ascending=False)
    return Asked(query, "", int(params["start"]), int(params["max_results"])), list(found)


def page(request: Request, wanted: Asked, papers: list[Paper], total: int) -> Reply:
    """A page of these papers, that announces a total."""
    return Reply(200, {}, feed(wanted, papers, total, request.at))


def in_place(answer: Answer, *services: str) -> Callable[[Trial], None]:
    """A fault that stands in place of answers of these services, or else of the API."""

    def strike(trial: Trial) -> None:
        def intercept(request: Request) -> Reply | Raw | None:
            if not request.path.startswith(services or API):
                return None
            if trial.chance.random() >= trial.share:
                return None
            reply = answer(trial.lab.arxiv, request, trial.chance)
            trial.hits += reply is not None
            return reply

        trial.lab.arxiv.intercept = intercept

    return strike


def always(status: int, body: bytes = b"", **headers: str) -> Answer:
    """The same answer each time."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _, __, ___: Reply(status, named, body)


def _whole_with_406(standin: StandIn, request: Request, _: random.Random) -> Reply:
    return Reply(406, {}, whole(standin, request))


def silent(standin: StandIn, _: Request, __: random.Random) -> Raw:
    """No answer at all."""
    return Raw(silence(standin))


def _trickle(standin: StandIn, request: Request, chance: random.Random) -> Raw:
    head = b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if chance.random() < 0.5 else b"")

    def pieces() -> Iterator[bytes]:
        yield head
        for byte in whole(standin, request):
            yield bytes([byte])
            if standin.closing.wait(0.02):
                return

    return Raw(pieces())


def _reset(standin: StandIn, request: Request, chance: random.Random) -> Raw:
    body = whole(standin, request)
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    return Raw(reset_after(head, body[: chance.randrange(len(body))]))


def _half(standin: StandIn, request: Request, chance: random.Random) -> Reply:
    body = whole(standin, request)
    return Reply(200, {}, body[: chance.randrange(1, len(body) - 10)])


def _empty_first(standin: StandIn, request: Request, chance: random.Random) -> Reply | None:
    wanted, found = asked(standin, request)
    total = chance.choice([0, len(found)])
    return None if wanted.start else page(request, wanted, [], total)


def _empty_third(standin: StandIn, request: Request, _: random.Random) -> Reply | None:
    wanted, found = asked(standin, request)
    return page(request, wanted, [], len(found)) if wanted.start >= 300 else None


def _one_row(standin: StandIn, request: Request, chance: random.Random) -> Reply:
    wanted, found = asked(standin, request)
    return page(request, wanted, found[:1], chance.choice([1, len(found)]))


def _shuffled(standin: StandIn, request: Request, chance: random.Random) -> Reply:
    wanted, found = asked(standin, request)
    chance.shuffle(found)
    return page(
        request, wanted, found[wanted.start : wanted.start + wanted.max_results], len(found)
    )


def _on_two_pages(standin: StandIn, request: Request, _: random.Random) -> Reply | None:
    wanted, found = asked(standin, request)
    start = wanted.start - 5
    papers = found[max(0, start) : start + wanted.max_results]
    return page(request, wanted, papers, len(found)) if wanted.start else None


def _shrinking(standin: StandIn, request: Request, _: random.Random) -> Reply | None:
    wanted, found = asked(standin, request)
    total = wanted.start + 20
    papers = found[wanted.start : min(total, wanted.start + wanted.max_results)]
    return page(request, wanted, papers, total) if wanted.start else None


def _no_date(standin: StandIn, request: Request, chance: random.Random) -> Reply | None:
    """The whole page, but one entry of it has a date that no clock ever shows."""
    pieces = whole(standin, request).split(b"<entry>")
    if len(pieces) == 1:
        return None
    odd = chance.choice([b"2026-11-24T23:59:60Z", b"2026-11-31T07:00:00Z", b"0001-01-01T00:00:00Z"])
    at = chance.randrange(1, len(pieces))
    pieces[at] = re.sub(rb"<updated>.*?</updated>", b"<updated>" + odd + b"</updated>", pieces[at])
    return Reply(200, {}, b"<entry>".join(pieces))


def _entity_bomb(standin: StandIn, request: Request, _: random.Random) -> Reply:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE feed [<!ENTITY e0 "ha">{levels}]>'.encode()
    declaration, __, rest = whole(standin, request).partition(b"?>")
    return Reply(200, {}, declaration + b"?>" + bomb + rest.replace(b"</title>", b"&e9;</title>"))


def _huge(standin: StandIn, request: Request, _: random.Random) -> Reply:
    body = whole(standin, request)
    return Reply(200, {}, (piece for piece in [body, *[b" " * 2**20] * 200]))


def _stands_still(trial: Trial) -> None:
    """The index is as it was on the first struck morning, for all of them."""
    if not trial.hits:
        trial.frozen = trial.lab.clock.moment - DAY
    frozen = trial.frozen

    def intercept(request: Request) -> Reply:
        trial.hits += 1
        return trial.lab.arxiv.answer(replace(request, at=frozen))

    trial.lab.arxiv.intercept = intercept


def _late(trial: Trial) -> None:
    """A paper appears 26 days after its date, held back by moderation."""
    trial.hits += 1
    trial.publish("Time series held back", dated=trial.lab.clock.moment - 26 * DAY)


def _many(trial: Trial) -> None:
    """Four hundred papers in one day."""
    trial.hits += 1
    for _ in range(400):
        trial.publish("Time series by the dozen", abstract="A time series.")


def _withdrawn(trial: Trial) -> None:
    """A paper is withdrawn, in a version of its own, on the day after it came."""
    trial.hits += 1
    first = trial.publish("Time series regretted")
    trial.lab.publish(
        replace(
            first,
            version=2,
            abstract="This time series has been withdrawn by its authors.",
            comment="Withdrawn: an error in section 2",
            updated=trial.lab.clock.moment + DAY / 2,
        ),
        visible_from=trial.lab.clock.moment + DAY,
    )


REPLAYED: dict[str, Answer] = {
    "406": always(406),
    "406 with a feed": _whole_with_406,
    "429": always(429, b"Rate exceeded."),
    "429 with a wish": always(429, retry_after="30"),
    "503": always(503, retry_after="0"),
    "500": always(500),
    "reset": _reset,
    "half": _half,
    "html": always(200, b"<html>busy</html>"),
    "nothing": _empty_first,
    "one row": _one_row,
    "shuffled": _shuffled,
    "bomb": _entity_bomb,
    "no gzip": always(200, b"no gzip at all", content_encoding="gzip"),
    "redirect": always(302, location="http://elsewhere.example/"),
}
"""Answers that stand in the place of recorded ones, without waiting for a time-out."""
READ_IN_PART = ("one row", "shuffled")
"""Those of which some papers are used."""

QUICK = {"DIGEST_ARXIV_TIMEOUT": "0.1"}
STATUS = "NOT COMPLETE: arXiv answered with HTTP status {}"

ARXIV = (
    Fault("HTTP 406, empty", in_place(always(406)), STATUS.format(406)),
    Fault("HTTP 406 with a whole feed", in_place(_whole_with_406), STATUS.format(406)),
    Fault("HTTP 429", in_place(always(429, b"Rate exceeded.")), STATUS.format(429)),
    Fault("HTTP 429, Retry-After: 30", in_place(always(429, retry_after="30")), STATUS.format(429)),
    Fault("HTTP 503, Retry-After: 0", in_place(always(503, retry_after="0")), STATUS.format(503)),
    Fault("HTTP 500", in_place(always(500)), STATUS.format(500)),
    Fault("accepts and never answers", in_place(silent), "did not answer within", settings=QUICK),
    Fault("one byte now and then", in_place(_trickle), "took longer than", settings=QUICK),
    Fault("a reset in the middle of the body", in_place(_reset), "broke off|cannot be reached"),
    Fault("cut-off XML", in_place(_half), "broken or half a feed|an empty body"),
    Fault("an HTML page, status 200", in_place(always(200, b"<html>busy</html>")), "a web page"),
    Fault("an empty first page", in_place(_empty_first), "listed nothing|a page of 0 papers"),
    Fault(
        "an empty third page",
        in_place(_empty_third),
        "a page of 0 papers where arXiv announced",
        background=12,
        fresh=True,
    ),
    Fault(
        "an answer cut to one row",
        in_place(_one_row),
        "a page of 1 papers|listed before not found|NOT COMPLETE",
    ),
    Fault("shuffled order", in_place(_shuffled), "NOT COMPLETE", background=12, fresh=True),
    Fault("the same paper on two pages", in_place(_on_two_pages), "", background=12, fresh=True),
    Fault(
        "totalResults that shrinks while paging",
        in_place(_shrinking),
        r"arXiv announced \d+ papers, and then only",
        background=12,
        fresh=True,
    ),
    Fault("an index that stands still", _stands_still, "shows nothing after", background=12),
    Fault("an entry whose date is none", in_place(_no_date), "cannot be read"),
    Fault(
        "Retry-After: beyond the year 9999",
        in_place(always(503, retry_after="Fri, 31 Dec 9999 23:59:59 -0100")),
        STATUS.format(503),
    ),
    Fault(
        "Retry-After: 400 digits",
        in_place(always(429, retry_after="9" * 400)),
        STATUS.format(429),
    ),
    Fault("papers that come 26 days late", _late, ""),
    Fault("400 new papers in a day", _many, ""),
    Fault("a withdrawn paper", _withdrawn, ""),
    Fault("an entity bomb", in_place(_entity_bomb), "broken or half a feed"),
    Fault("200 MB of body", in_place(_huge), "larger than 32 MB"),
    Fault(
        "gzip that lies",
        in_place(always(200, b"no gzip at all", content_encoding="gzip")),
        "broke off",
    ),
    Fault(
        "a redirect to another host",
        in_place(always(302, location="http://elsewhere.example/")),
        "leads to another host",
    ),
)


def replies(verb: str, reply: str) -> Callable[[Trial], None]:
    """A fault in which the mail server answers a command so."""

    def strike(trial: Trial) -> None:
        def answer(command: str) -> str | None:
            if command != verb or trial.chance.random() >= trial.share:
                return None
            trial.hits += 1
            return reply

        trial.lab.mail.command_reply = answer

    return strike


def _refused_connection(trial: Trial) -> None:
    trial.hits += 1
    taken = trial.cleanup.enter_context(socket.socket())
    taken.bind(("127.0.0.1", 0))
    trial.settings["DIGEST_SMTP_PORT"] = str(taken.getsockname()[1])


def _one_of_three(trial: Trial) -> None:
    def answer(recipient: str) -> str | None:
        hit = recipient == "bob@example.net"
        trial.hits += hit
        return "550 5.1.1 no such user" if hit else None

    trial.lab.mail.recipient_reply = answer


def _second_message(reply: str) -> Callable[[Trial], None]:
    """The connection ends with the second message of each run."""

    def strike(trial: Trial) -> None:
        numbers = count(1)

        def answer(command: str) -> str | None:
            if command != "MAIL" or next(numbers) != 2:
                return None
            trial.hits += 1
            return reply

        trial.lab.mail.command_reply = answer

    return strike


def _so_many_a_connection(trial: Trial) -> None:
    """Each connection takes one message, and says so without closing."""
    of = dict.fromkeys(range(10_000), 0)

    def answer(command: str) -> str | None:
        number = trial.lab.mail.connections
        of[number] += command == "MAIL"
        if command != "MAIL" or of[number] < 2:
            return None
        trial.hits += 1
        return "452 4.5.3 Too many messages sent"

    trial.lab.mail.command_reply = answer


def _one_each(trial: Trial) -> None:
    trial.hits += 1
    trial.lab.mail.one_each = True


def guarded(
    reply: Callable[[str], str | None] = lambda _: None,
    *,
    tls: Callable[[Trial], ssl.SSLContext] | None = None,
    security: str = "none",
    password: str = "right",
) -> Callable[[Trial], None]:
    """Another server in the place of ours, which asks for a login; nothing may arrive there."""

    def strike(trial: Trial) -> None:
        trial.hits += 1
        context = tls(trial) if tls else None
        server = trial.cleanup.enter_context(MailStandIn(login=("digest", "right"), tls=context))
        server.command_reply = reply
        trial.guards.append(server)
        trial.settings |= {
            "DIGEST_SMTP_HOST": "localhost" if tls else "127.0.0.1",
            "DIGEST_SMTP_PORT": str(server.port),
            "DIGEST_SMTP_SECURITY": security,
            "DIGEST_SMTP_USERNAME": "digest",
            "DIGEST_SMTP_PASSWORD": password,
        }

    return strike


def _certificate(trial: Trial) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trial.certificate)
    return context


def _trusted_certificate(trial: Trial) -> ssl.SSLContext:
    """Whoever trusts this certificate does so for another name."""
    trust = {"SSL_CERT_FILE": str(trial.certificate)}
    trial.cleanup.enter_context(patch.dict(os.environ, trust))
    return _certificate(trial)


def _inspected(trial: Trial) -> None:
    """A firewall that lets one command of a packet through."""
    trial.hits += 1
    port = trial.cleanup.enter_context(inspecting(trial.lab.mail.port))
    trial.settings["DIGEST_SMTP_PORT"] = str(port)


def _an_address_too_many(trial: Trial) -> None:
    """The first of the server's addresses swallows what is sent there."""
    trial.hits += 1
    if trial.hits > 1:  # it stays as it is until it is taken away
        return
    real, port = socket.getaddrinfo, trial.lab.mail.port

    def look(host: Any, *others: Any, **hints: Any) -> Any:
        if host != "mail.example.org":
            return real(host, *others, **hints)
        addresses = ("127.0.0.2", "127.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    trial.cleanup.enter_context(swallowing("127.0.0.2", port))
    trial.cleanup.enter_context(patch.object(socket, "getaddrinfo", look))
    trial.settings["DIGEST_SMTP_HOST"] = "mail.example.org"


def _no_login_in_common(trial: Trial) -> None:
    def answer(verb: str, _: int) -> str | None:
        return "250-localhost\r\n250 AUTH XOAUTH2" if verb == "EHLO" else None

    trial.hits += 1
    server = trial.cleanup.enter_context(Scripted(answer))
    login = {"DIGEST_SMTP_USERNAME": "digest", "DIGEST_SMTP_PASSWORD": "right"}
    trial.settings |= {"DIGEST_SMTP_PORT": str(server.port), **login}


def _tls_unasked(trial: Trial) -> None:
    """The server waits for TLS, and we for its greeting."""
    trial.hits += 1
    server = trial.cleanup.enter_context(Scripted(tls=_certificate(trial)))
    trial.settings |= {"DIGEST_SMTP_PORT": str(server.port), "DIGEST_SMTP_TIMEOUT": "0.6"}


ONE = {"DIGEST_SMTP_CONNECTIONS": "1"}
SHORT = {"DIGEST_SMTP_TIMEOUT": "0.1", "DIGEST_SMTP_CONNECTIONS": "1"}

MAIL = (
    Fault("a refused connection", _refused_connection, "cannot be reached"),
    Fault("an address that swallows all", _an_address_too_many, ""),
    Fault("421 as greeting", replies("", "421 4.3.2 busy"), "says not now: 421"),
    Fault("421 in the middle, once", _second_message("421 4.3.2 closing"), "", settings=ONE),
    Fault("421 to every message", replies("MAIL", "421 4.7.0 slow"), "in a row", settings=ONE),
    Fault("450 at RCPT", replies("RCPT", "450 4.2.0 greylisted"), "deferred.*450 4.2.0 greylisted"),
    Fault("451 at RCPT", replies("RCPT", "451 4.3.0 later"), "deferred.*451 4.3.0 later"),
    Fault("450 after DATA", replies(".", "450 4.2.0 busy"), "deferred.*450 4.2.0 busy"),
    Fault("451 after DATA", replies(".", "451 4.3.0 later"), "deferred.*451 4.3.0 later"),
    Fault("552 after DATA", replies(".", "552 5.2.2 full"), "refused.*552 5.2.2 full"),
    Fault("550 for one of three", _one_of_three, "refused.*550 5.1.1 no such user"),
    Fault(
        "a sender refused at RCPT",
        replies("RCPT", "553 5.7.1 <digest@example.org>: Sender address rejected: not owned"),
        "refuses the sender digest@example.org: 553 5.7.1",
    ),
    Fault(
        "a sender refused after DATA",
        replies(".", "554 5.2.252 SendAsDenied; digest not allowed to send as papers"),
        "refuses the sender digest@example.org: 554 5.2.252",
    ),
    Fault(
        "no relaying",
        replies("RCPT", "554 5.7.1 <x>: Relay access denied"),
        "no reader is at fault: 554 5.7.1 <x>: Relay access denied",
    ),
    Fault(
        "the greeting refused at RCPT",
        replies("RCPT", "504 5.5.2 <host>: Helo command rejected: need fully-qualified hostname"),
        "no reader is at fault: 504 5.5.2",
    ),
    Fault(
        "a day's quota",
        replies(".", "550 5.4.5 Daily user sending limit exceeded"),
        "takes no more for now: 550 5.4.5",
    ),
    Fault(
        "too many at once",
        replies(".", "432 4.3.2 Concurrent connections limit exceeded"),
        "in a row that it is busy.*432 4.3.2",
    ),
    Fault(
        "too many in so short a time",
        replies(".", "454 Throttling failure: Maximum sending rate exceeded."),
        "in a row that it is busy.*454 Throttling",
    ),
    Fault("so many a connection", _so_many_a_connection, "", settings=ONE),
    Fault(
        "a SIZE below a digest's",
        replies("EHLO", "250-localhost\r\n250 SIZE 1000"),
        "takes messages of up to 1,000 octets",
    ),
    Fault("535 at login", guarded(password="wrong"), "refuses the login: 535"),
    Fault(
        "no login in common", _no_login_in_common, "offers no login that digest knows: .*XOAUTH2"
    ),
    Fault("TLS from the first byte", _tls_unasked, "speaks TLS from the first byte"),
    Fault("PIPELINING that is lost", _inspected, "pipelining-left-off|", settings=SHORT),
    Fault(
        "454 rate limit at login",
        guarded(lambda verb: "454 4.7.0 too many logins" if verb == "AUTH" else None),
        "says not now: 454 4.7.0 too many logins",
    ),
    Fault(
        "STARTTLS not offered",
        guarded(security="starttls"),
        "offers no STARTTLS, and nothing is sent in clear",
    ),
    Fault(
        "STARTTLS failing, 454",
        guarded(
            lambda verb: "454 4.7.0 no TLS" if verb == "STARTTLS" else None,
            tls=_certificate,
            security="starttls",
        ),
        "says not now: 454 4.7.0 no TLS",
    ),
    Fault(
        "STARTTLS failing, cut off",
        guarded(
            lambda verb: BREAK_OFF if verb == "STARTTLS" else None,
            tls=_certificate,
            security="starttls",
        ),
        "cannot be reached",
    ),
    Fault(
        "a certificate for another name",
        guarded(tls=_trusted_certificate, security="starttls"),
        "no certificate that can be trusted.*localhost",
    ),
    Fault(
        "dropped after the final dot",
        replies(".", BREAK_OFF),
        "deferred",
        settings=ONE,
    ),
    Fault("takes the data, never replies", replies(".", SILENCE), "deferred", settings=SHORT),
    Fault("closes after every message", _one_each, ""),
)
