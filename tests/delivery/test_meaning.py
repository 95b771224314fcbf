"""The side that a reply concerns, by the words of the servers that people really use."""

import re

import pytest

from digest.delivery.meaning import (
    SAME_FOR_ALL,
    Concern,
    Step,
    common_words,
    enhanced_code,
    meaning_of,
)

READER, SENDER, SERVER, LATER = (one.value for one in Concern)
UNTOLD = "untold"

SAID = """\
# Postfix, by default all at RCPT (smtpd_delay_reject).
sender RCPT     553 5.7.1 <papers@example.org>: Sender address rejected: not owned by user ada
sender RCPT     553 5.7.1 <papers@example.org>: Sender address rejected: not logged in
sender RCPT     554 5.7.1 <papers@example.org>: Sender address rejected: Access denied
later  RCPT     450 4.1.8 <papers@example.org>: Sender address rejected: Domain not found
sender RCPT     550 5.1.8 <papers@example.org>: Sender address rejected: Domain not found
sender RCPT     550 5.1.0 <papers@example.org>: Sender address rejected: User unknown in virtual
                mailbox table
sender RCPT     550 5.1.7 <papers@example.org>: Sender address rejected: undeliverable address:
                host mx said: 550 no such user
sender RCPT     504 5.5.2 <papers@host>: Sender address rejected: need fully-qualified address
server RCPT     504 5.5.2 <cluster_7>: Helo command rejected: need fully-qualified hostname
server RCPT     504 5.5.2 <host>: Helo command rejected: need fully-qualified hostname
server RCPT     554 5.7.1 <user-unknown@sender-rejected.example>: Relay access denied
server RCPT     501 5.5.2 <a b>: Helo command rejected: Invalid name
server RCPT     550 5.7.1 <host>: Helo command rejected: Host not found
server RCPT     554 5.7.1 <ada@example.org>: Relay access denied
later  RCPT     454 4.7.1 <ada@example.org>: Relay access denied
server RCPT     554 5.7.1 <host[192.0.2.1]>: Client host rejected: Access denied
server RCPT     554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using
                zen.spamhaus.org
server RCPT     550 5.7.25 Client host rejected: cannot find your reverse hostname
server MAIL     530 5.7.0 Must issue a STARTTLS command first
server MAIL     552 5.3.4 Message size exceeds fixed limit
reader RCPT     550 5.1.1 <ada@example.org>: Recipient address rejected: User unknown in virtual
                mailbox table
reader RCPT     554 5.7.1 <ada@example.org>: Recipient address rejected: Access denied
reader RCPT     550 5.1.2 <ada@typo.test>: Recipient address rejected: Domain not found
reader RCPT     556 5.1.10 <ada@typo.test>: Recipient address rejected: Domain typo.test does not
                accept mail (nullMX)
sender RCPT     550 5.7.23 <ada@example.org>: Recipient address rejected: Message rejected due to:
                SPF fail - not authorized
server .        550 5.7.1 message content rejected
untold .        554 5.7.1 Service unavailable
server .        552 5.3.4 Error: message file too big

# Dovecot's, through LMTP.
reader RCPT     552 5.2.2 <ada@example.org>: Quota exceeded (mailbox for user is full)
reader .        552 5.2.2 <ada@example.org> Quota exceeded (mailbox for user is full)

# Exim.
reader RCPT     550 Unknown user
reader RCPT     550 Unrouteable address
server RCPT     550 relay not permitted
sender RCPT     550 Sender verify failed
sender RCPT     550 Verification failed for <papers@example.org> / Unrouteable address / Sender
                verify failed
sender MAIL     501 papers: sender address must contain a domain
server MAIL     550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)
later  RCPT     550 Domain example.org has exceeded the max emails per hour (100/100 (100%))
                allowed. Message discarded.
server .        552 Message size exceeds maximum permitted
untold RCPT     550 Administrative prohibition

# Sendmail.
sender MAIL     553 5.1.8 <papers@example.invalid>... Domain of sender address
                papers@example.invalid does not exist
sender MAIL     553 5.5.4 <papers>... Domain name required for sender address papers
server RCPT     550 5.7.1 <ada@example.org>... Relaying denied
server RCPT     550 5.7.1 <ada@example.org>... Relaying denied. Proper authentication required.
reader RCPT     550 5.1.1 <ada@example.org>... User unknown
reader RCPT     550 5.1.2 <ada@typo.test>... Host unknown (Name server: typo.test: host not found)
server RCPT     553 5.3.0 <ada@example.org>... Spam blocked see: http://spamcop.net/

# OpenSMTPD says the same of a reader it does not know and of one it does not relay to.
untold RCPT     550 Invalid recipient: <ada@example.org>
sender MAIL     550 5.7.1 Command rejected: sender not allowed
server MAIL     530 5.5.1 Invalid command: Must issue an AUTH command first
untold .        554 5.4.6 Routing loop detected: Loop detected

# Exchange Online.
sender .        554 5.2.252 SendAsDenied; papers@example.org not allowed to send as x@example.org
sender .        550 5.7.60 SMTP; Client does not have permissions to send as this sender
later  .        554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed
                to process message
later  .        550 5.1.90 Your message can't be sent because you've reached your daily limit for
                message recipients
later  RCPT     550 5.7.232 Your message can't be sent because your trial tenant has exceeded its
                daily limit
reader RCPT     550 5.4.1 Recipient address rejected: Access denied
reader .        550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address
reader RCPT     550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required
server MAIL     530 5.7.57 Client not authenticated to send mail
server RCPT     550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain
server RCPT     550 5.7.606 Access denied, banned sending IP [192.0.2.1]
sender .        550 5.1.8 Access denied, bad outbound sender
sender .        550 5.7.501 Access denied, spam abuse detected
sender .        550 5.7.515 Access denied, sending domain example.org does not meet the required
                authentication level

# Gmail.
later  MAIL     550 5.4.5 Daily user sending limit exceeded. For more information on Gmail
later  .        550 5.4.5 Daily user sending quota exceeded
later  RCPT     550 5.7.1 Daily SMTP relay sending limit exceeded for this user
server MAIL     530 5.7.0 Authentication Required. For more information, go to
sender .        550 5.7.26 This mail has been blocked because the sender is unauthenticated.
server .        550 5.7.25 The IP address sending this message does not have a PTR record setup
untold .        550 5.7.1 The user or domain that you are sending to (or from) has a policy that
                prohibited the mail that you sent
reader RCPT     550 5.1.1 The email account that you tried to reach does not exist. Please try
reader RCPT     552 5.2.2 The email account that you tried to reach is over quota
reader RCPT     550 5.2.1 The email account that you tried to reach is disabled
server RCPT     550 5.7.1 Invalid credentials for relay [192.0.2.1]

# Amazon SES.
sender .        554 Message rejected: Email address is not verified. The following identities
                failed the check in region EU-WEST-1: papers@example.org
later  .        454 Throttling failure: Daily message quota exceeded

# Others.
later  RCPT     550 5.7.1 You have exceeded your daily sending limits
later  .        554 5.7.1 Outbound mail quota exceeded
sender .        550 5.4.6 Unusual sending activity detected
reader RCPT     550 No such user here
reader RCPT     550 Requested action not taken: mailbox unavailable
reader RCPT     550 5.5.0 Requested action not taken: mailbox unavailable
server MAIL     550 SMTP AUTH is required for message submission on port 587
server RCPT     550 SMTP AUTH is required for message submission on port 587
server RCPT     550 Please turn on SMTP Authentication in your mail client
server RCPT     550 5.7.1 This server requires SMTP authentication
server RCPT     550 User not logged in
untold RCPT     550 author unknown here

# NetEase (163.com) and Tencent (QQ).
server .        554 DT:SPM 163 smtp8,DMCowABXn8,please see http://mail.163.com/help/help_spam_16.htm
sender .        554 DT:SUM 163 smtp8,DMCowABXn8,please see http://mail.163.com/help/help_spam_16.htm
sender RCPT     553 Mail from must equal authorized user
sender .        501 mail from address must be same as authorization user
later  .        550 5.7.1 Frequency limited.
later  RCPT     550 Ip frequency limited. http://service.mail.qq.com/
later  RCPT     550 Connection frequency limited
server .        550 Mail content denied. http://service.mail.qq.com/

# What is in the message.
server .        554 5.7.1 Message rejected due to content restrictions
server .        554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc
server .        550 5.7.1 Our system has detected that this message is likely unsolicited mail.
server .        552 5.7.0 This message was blocked because its content presents a potential
                security issue.
server .        554 5.7.7 Email policy violation detected
server .        550 This message contains a virus (Eicar-Test-Signature)
server .        550 5.7.1 Blocked by SpamAssassin: high probability of spam
reader RCPT     550 5.1.1 <spam@example.org>: no such user

# More of others.
later  .        554 5.7.1 Sending is throttled, slow down
untold RCPT     554 delivery error: dd This user doesn't have an account
untold RCPT     550 no
sender MAIL     550 no
server DATA     503 5.5.1 Bad sequence of commands
server SIZE     552 messages of up to 20,000 bytes are taken
server SMTPUTF8 553 the mail server offers no SMTPUTF8
server MAIL     550 5.6.7 no SMTPUTF8 here
"""
"""The side, the step, and the reply; an indented line continues the one before."""


def said() -> list[tuple[str, str, str]]:
    """The lines of SAID: concern, step and reply."""
    whole = re.sub(r"\n +", " ", SAID)
    lines = (line for line in whole.splitlines() if line and not line.startswith("#"))
    found = (line.split(maxsplit=2) for line in lines)
    return [(concern, step, reply.replace(" / ", "\n")) for concern, step, reply in found]


@pytest.mark.parametrize(("concern", "step", "reply"), said())
def test_whom_it_concerns(concern: str, step: str, reply: str) -> None:
    """Each reply of a real server concerns whom it is about, wherever it comes."""
    meaning = meaning_of(Step(step), int(reply[:3]), reply[4:])
    assert (meaning.concern.value if meaning else UNTOLD) == concern


def test_there_is_advice() -> None:
    """All that is not the reader's, nor for now, comes with something to do about it."""
    for concern, step, reply in said():
        if concern in (SENDER, SERVER) or (concern == LATER and reply.startswith("5")):
            meaning = meaning_of(Step(step), int(reply[:3]), reply[4:])
            assert meaning
            assert len(meaning.advice) > 20, reply
    assert SAME_FOR_ALL.concern is Concern.SERVER


def test_the_same_of_two_readers() -> None:
    """Two replies are alike where nothing but the reader, or a number, is another."""
    one = common_words(
        550, "5.7.1 <ada@example.org>: No thanks (queue 4F3A), try https://x.test/?id=12"
    )
    assert one == common_words(
        550, "5.7.1 <b@example.net>: no  thanks (queue 99B), try https://x.test/?id=9"
    )
    assert one != common_words(
        554, "5.7.1 <ada@example.org>: No thanks (queue 4F3A), try https://x"
    )
    assert one != common_words(
        550, "5.7.2 <ada@example.org>: No thanks (queue 4F3A), try https://x"
    )
    assert enhanced_code("no 5.1.1") == ""
