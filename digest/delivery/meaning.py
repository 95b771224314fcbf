"""Decides whether a refusal concerns the recipient, the sender, the server, or only this moment.

A server may refuse at any step. Postfix rejects a bad greeting, client or sender only at RCPT
(`smtpd_delay_reject`); Exchange Online and Amazon SES reject at the end of the message. So neither
the reply code nor the step shows the cause. The enhanced code (RFC 3463) sometimes does, and the
words mostly do. The tests of this module hold the replies of each server that the rules are for.
"""

import re
from dataclasses import dataclass
from enum import Enum


class Step(Enum):
    """The command that a reply answers.

    SIZE stands for the MAIL of a message above the server's limit (RFC 1870), which is not offered.
    SMTPUTF8 stands for MAIL with that option where only the recipient needs it (RFC 6531).
    """

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    END = "."
    SIZE = "SIZE"
    SMTPUTF8 = "SMTPUTF8"


class Concern(Enum):
    """The party that a reply concerns, or LATER where the server only asks for time."""

    READER = "reader"
    SENDER = "sender"
    SERVER = "server"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The party that a reply concerns, and the advice to the operator.

    `of_one` says that the server may accept another message, though no reader is at fault.
    """

    concern: Concern
    advice: str = ""
    of_one: bool = False


OF_THE_READER = Meaning(Concern.READER)
IN_TIME = Meaning(Concern.LATER)

_MAY_NOT = Meaning(
    Concern.SENDER,
    "check DIGEST_MAIL_FROM and DIGEST_MAIL_RETURN_PATH, and have the server let this login send "
    "as that address",
)
_NOT_AUTHENTIC = Meaning(
    Concern.SENDER,
    "the domain of DIGEST_MAIL_FROM needs SPF and DKIM that name this server: `digest help "
    "operations` says how",
)
_BLOCKED = Meaning(
    Concern.SENDER,
    "the account is blocked from sending: its provider's administrator can lift that",
)
_QUOTA = Meaning(
    Concern.LATER,
    "the account has sent as much as it may for now: what is left goes out with a later run; for "
    "more, ask the provider",
)
_RELAY = Meaning(
    Concern.SERVER,
    "set DIGEST_SMTP_USERNAME and its password, or have the server relay for this machine",
)
_GREETING = Meaning(
    Concern.SERVER,
    "set DIGEST_SMTP_HELO to the fully qualified name of this machine",
)
_CLIENT = Meaning(
    Concern.SERVER,
    "the server turns this machine's address away: send through the mail server of your provider "
    "or institute, or give the address a name in the DNS and have it taken off the list",
)
_TLS = Meaning(Concern.SERVER, "set DIGEST_SMTP_SECURITY to starttls")
_SIZE = Meaning(
    Concern.SERVER,
    "have the server take messages of 100 KB (message_size_limit in Postfix and Exim)",
    of_one=True,
)
_CONTENT = Meaning(
    Concern.SERVER,
    "the server takes the message for spam, or does not like something in it: ask whoever runs it "
    "to let mail of this sender pass",
    of_one=True,
)
_SMTPUTF8 = Meaning(
    Concern.SERVER,
    "give the reader an address in ASCII, or use a server that offers SMTPUTF8 (RFC 6531)",
    of_one=True,
)
_PROTOCOL = Meaning(
    Concern.SERVER,
    "ask whoever runs the mail server, with these words of its",
)
SAME_FOR_ALL = Meaning(
    Concern.SERVER,
    "each message met the same, so no reader is at fault: ask whoever runs the mail server, with "
    "these words of its",
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Gives a meaning to replies with one of its codes, its enhanced codes, or its words.

    The rule holds at its `steps`, or at every step where there are none.
    """

    meaning: Meaning
    words: str = ""
    enhanced: str = ""
    codes: tuple[int, ...] = ()
    steps: tuple[Step, ...] = ()

    def holds(self, step: Step, code: int, enhanced: str, words: str) -> bool:
        """Returns whether the rule applies to the reply."""
        if self.steps and step not in self.steps:
            return False
        return (
            code in self.codes
            or bool(self.enhanced and re.fullmatch(self.enhanced, enhanced))
            or bool(self.words and re.search(self.words, words))
        )


_ANY = "^"
_WHO = "(recipient|user|mailbox|account|address|inbox|domain|host)"
_GONE = (
    "(not found|n[o']t exist|unknown|unavailable|disabled|inactive|suspended|deactivated|full\\b"
    "|over ?quota|not local|is closed|no longer|cannot receive|does not accept)"
)

_RULES = (
    # The step alone decides.
    _Rule(_SIZE, _ANY, steps=(Step.SIZE,)),
    _Rule(_SMTPUTF8, _ANY, steps=(Step.SMTPUTF8,)),
    # A group that takes mail from within its organisation alone (Exchange).
    _Rule(OF_THE_READER, r"resolver\.(rst|adr)"),
    # The sender is not allowed, or not known.
    _Rule(_MAY_NOT, r"send ?as|send on behalf|permissions? to send|as this sender", "5.2.252"),
    _Rule(_NOT_AUTHENTIC, r"\b(spf|dmarc|dkim)\b|unauthenticated (mail|e-?mail)"),
    _Rule(_NOT_AUTHENTIC, r"required authentication level", r"5\.7\.(2[0-46-7]|515|509)"),
    _Rule(
        _BLOCKED,
        r"(bad outbound sender|\byour? (e?-?mail )?account .*(blocked|suspended|disabled|locked)"
        r"|unusual sending activity|outgoing (mail|messages?) .*(blocked|suspended))",
        r"5\.7\.(50[12]|70[3-8]|750)",
    ),
    _Rule(
        _MAY_NOT,
        r"sender (e?-?mail )?(address |domain |mailbox |verif\w+ )*"
        r"(is |was |could )?(not |un|re[jf]|fail|invalid|must|denied|disallow|bad)"
        r"|(from|sender|envelope from)[- ]?(address|domain)? .*(not (owned|allowed|authori[sz]ed"
        r"|verified|permitted|match)|mismatch)|invalid sender|reject\w* sender"
        r"|mail ?from\b.*(must|equal|same|match)|(same as|equal) .*(auth|login)|\bdt:sum\b"
        r"|email address is not verified|domain (name )?(required|of sender)"
        r"|not (allowed|authori[sz]ed|permitted) to (send|use)|sender ?id",
        r"5\.1\.[78]",
    ),
    # The account has reached its limit for an hour or a day.
    _Rule(
        _QUOTA,
        r"\b(daily|hourly|monthly|per (second|minute|hour|day|month)|in 24|24 ?hours?)\b.*"
        r"(limit|quota|exceed|maximum)"
        r"|(limit|quota|exceed|maximum)\w*.*\b(daily|hourly|monthly|per (minute|hour|day|month))",
        r"5\.(1\.90|4\.5|7\.23[23])",
    ),
    # The reader's mailbox is full; the words look like those of a sending quota.
    _Rule(
        OF_THE_READER,
        rf"{_WHO}\b.{{0,60}}\b(full\b|over ?quota|quota exceeded)|mailbox for user is full"
        r"|quota exceeded \(mailbox|insufficient (mailbox )?storage for",
        r"5\.2\.2",
    ),
    _Rule(
        _QUOTA,
        r"(send(ing)?|sent|submission|relay|message|outgoing|outbound|recipient)"
        r"[ _-]?(mail )?(rate|limit|quota)|submissionquota|quota ?exceeded"
        r"|(rate|sending) .*(exceed|limit)|sender rate|too many (messages|mails|e-?mails) "
        r"|reached (your|the) .*limit|max(imum)? (emails|messages|credits)"
        r"|frequency .*(limit|exceed)|too (frequent|fast\b)|throttl"
        r"|too many (connections|sessions)",
    ),
    # The greeting, and this machine's address.
    _Rule(_GREETING, r"\b(helo|ehlo)\b|fully[- ]qualified", codes=(504,)),
    _Rule(
        _CLIENT,
        r"client host|block(ed)? (using|by|list)|black ?list|deny ?list|dnsbl|\brbl\b|spamhaus"
        r"|spamcop|barracuda|sending ip|bad reputation|poor reputation|reputation of"
        r"|\bip\b.*(block|list|ban|reject|reputation|not allowed)|\bptr\b"
        r"|reverse (dns|host|lookup)|your hostname|banned",
        r"5\.7\.(25|511|60[6-9]|6[1-4]\d)",
        (521,),
    ),
    # The mailbox, or its domain, does not exist.
    _Rule(
        OF_THE_READER,
        rf"recipient (address )?(rejected|refused|denied|unknown|is not)|{_WHO}\b.{{0,60}}\b{_GONE}"
        rf"|(unknown|no such|invalid|inactive|bad|nonexistent) (local ?part|{_WHO})\b(?!:)"
        r"|unrouteable address|no mailbox|null mx|unable to verify user|nobody here"
        r"|(address|destination) .*(couldn't be found|could not be found)",
        r"5\.(1\.([1-36]|4|10)|2\.1|4\.(4|310)|7\.(129|13[0-69]))",
    ),
    # The server requires TLS; the codes are the same as for the login.
    _Rule(_TLS, r"(must|need|require).*(starttls|tls|encrypt)|encryption", r"5\.7\.(4|10|11)"),
    # The login, and the permission to relay.
    _Rule(
        _RELAY,
        r"relay|auth(enticat\w+)? (is )?(required|needed)|(must|need to|please|first) .*"
        r"(authenticat|log ?in)|(not|un)[- ]?authenticated|not logged in|login (is )?required"
        r"|requires? (smtp )?auth|credentials|pop before smtp",
        r"5\.7\.(3|57|139|54)",
        (530, 534, 535, 538),
    ),
    # The form of the message, and of the dialogue.
    _Rule(
        _SIZE,
        r"(message|mail|content|header)\b.*(too (big|large|long)|size|exceed\w* .*(limit|maximum))"
        r"|size (limit|exceed)|too (big|large)",
        r"5\.(3\.4|2\.3)",
        (523,),
    ),
    _Rule(
        _CONTENT,
        r"\b(spam|junk|bulk|virus|malware|phishing|unsolicited)\b|\bdt:s|mi:spb"
        r"|(content|message|mail)\b.* (content|policy) (restriction|reason|violation|filter)"
        r"|content (is )?(reject|restrict|denied|refused|block|filter|not (allow|accept))"
        r"|policy (restriction|violation)|its content",
        r"5\.(7\.7|6\.0)",
        steps=(Step.DATA, Step.END),
    ),
    _Rule(_SMTPUTF8, r"smtputf8|internationali[sz]ed", r"5\.6\.[79]"),
    _Rule(_PROTOCOL, r"bad sequence|syntax error|unrecogni[sz]ed|unimplemented", r"5\.5\.[1246]"),
    _Rule(_PROTOCOL, codes=(500, 502, 503, 555)),
    _Rule(OF_THE_READER, r"", r"5\.(1\.0|4\.1)", steps=(Step.RCPT,)),
)

_NAMES = re.compile(r"<[^>]*>|\S+@\S+")
"""Addresses and hosts, which are no words of the server."""
_ENHANCED = re.compile(r"(?:^|(?<=\s))([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")


def meaning_of(step: Step, code: int, words: str) -> Meaning | None:
    """Returns the meaning of a refusal; None where its words are unclear.

    Args:
        step: the command that was answered.
        code: the reply code (RFC 5321 section 4.2), 400 or more.
        words: the text after it, which may begin with an enhanced code (RFC 3463).
    """
    if code < 500:
        return IN_TIME
    enhanced = enhanced_code(words)
    plain = _NAMES.sub(" ", _ENHANCED.sub("", words)).casefold()
    for rule in _RULES:
        if rule.holds(step, code, enhanced, plain):
            return rule.meaning
    return _MAY_NOT if step is Step.MAIL else None


def enhanced_code(words: str) -> str:
    """Returns the enhanced code at the beginning of a reply (RFC 2034), "" where there is none.

    >>> enhanced_code("5.1.1 no such user")
    '5.1.1'
    """
    found = _ENHANCED.match(words)
    return found[1] if found else ""


_OF_ONE = re.compile(rf"{_NAMES.pattern}|\S*\d\S*")


def common_words(code: int, words: str) -> str:
    """Returns the text that a refusal shares with refusals of other readers for the same cause.

    Addresses and words with a digit, such as a queue identifier, are left out. The reply code and
    the enhanced code stay in.

    >>> common_words(550, "5.0.0 <ada@example.org>: go away (A1B2)") == common_words(
    ...     550, "5.0.0 <bob@example.org>: go away (C3D4)"
    ... )
    True
    """
    plain = " ".join(_OF_ONE.sub("", words).casefold().split())
    return f"{code} {enhanced_code(words)} {plain}"
