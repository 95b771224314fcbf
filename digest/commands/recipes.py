"""Recipes for common mail servers, for `digest init`.

docs/providers.md explains the same in more detail. A test compares the two.
"""

from dataclasses import dataclass

AS_OF = "November 2026"
"""The date of the limits and rules. Providers change them without notice."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings, limits and rules of one provider.

    `host` is empty if the person must give it. `login`: a user name is needed ("yes"), is not
    needed ("no"), or depends on the place ("maybe"); with `login_is_sender` it is the mail address
    of the sender. `settings` are further lines of .env. The limits are for one account, in words;
    `sender` is the rule for DIGEST_MAIL_FROM, and `first` lists steps needed before the first mail.
    """

    name: str
    title: str
    host: str
    port: int
    security: str
    login: str
    login_is_sender: bool
    settings: tuple[tuple[str, str], ...]
    a_day: str
    a_minute: str
    connections: str
    recipients: str
    sender: str
    first: tuple[str, ...]


_UNKNOWN = "not published"

RECIPES = (
    Recipe(
        name="gmail",
        title="Gmail",
        host="smtp.gmail.com",
        port=587,
        security="starttls",
        login="yes",
        login_is_sender=True,
        settings=(("DIGEST_SMTP_CONNECTIONS", "2"),),
        a_day="500 messages; 2,000 with Google Workspace, 500 while that is on trial",
        a_minute=_UNKNOWN,
        connections=f"{_UNKNOWN}; too many logins are answered with 454 4.7.0",
        recipients="100 of one message, 10,000 a day, 3,000 of them outside (Workspace)",
        sender="the account's own address, or one set up there under `Send mail as`; Gmail puts "
        "the account's in place of any other",
        first=(
            "Turn on 2-Step Verification for the account.",
            (
                "Make an app password at https://myaccount.google.com/apppasswords: sixteen "
                "letters, which stand here in place of the account's password."
            ),
        ),
    ),
    Recipe(
        name="microsoft365",
        title="Microsoft 365",
        host="smtp.office365.com",
        port=587,
        security="starttls",
        login="yes",
        login_is_sender=True,
        settings=(("DIGEST_SMTP_CONNECTIONS", "3"), ("DIGEST_SMTP_RATE", "30")),
        a_day="10,000 recipients",
        a_minute="30 messages",
        connections="3 at a time; a fourth is answered with 432 4.3.2",
        recipients="10,000 a day",
        sender="the mailbox's own address, or one that it may `Send As`; any other is refused with "
        "5.2.252 SendAsDenied",
        first=(
            "An administrator switches on `Authenticated SMTP` for the mailbox.",
            (
                "From the end of December 2026 a password is refused unless an administrator "
                "allows it for the whole tenant; a tenant that is newer does not have it."
            ),
        ),
    ),
    Recipe(
        name="ses",
        title="Amazon SES",
        host="",
        port=587,
        security="starttls",
        login="yes",
        login_is_sender=False,
        settings=(("DIGEST_SMTP_RATE", "60"),),
        a_day="200 messages in the sandbox; your quota after that, 50,000 as a rule",
        a_minute="60 messages in the sandbox (1 a second); 840 after that (14 a second) to begin "
        "with; more are answered with 454 Throttling failure",
        connections=_UNKNOWN,
        recipients="50 of one message; in the sandbox only addresses that are verified",
        sender="an address or a domain that is verified in the same region; any other is "
        "refused with 554 Email address is not verified",
        first=(
            (
                "Verify the sender's domain, and ask for production access: until then only "
                "verified addresses get mail."
            ),
            (
                "Make SMTP credentials in the console, in the region of the host. They are not the "
                "access key."
            ),
        ),
    ),
    Recipe(
        name="relay",
        title="A campus relay",
        host="",
        port=587,
        security="starttls",
        login="maybe",
        login_is_sender=False,
        settings=(),
        a_day="ask; 500 to 10,000 messages are usual",
        a_minute="ask",
        connections="ask; some allow one or two",
        recipients="ask",
        sender="an address of the institution's domain, often only one that exists",
        first=(
            (
                "Ask the computing centre for the server's name, for its limits, and whether this "
                "machine may send by its address (mostly port 25) or by a login (mostly port 587)."
            ),
        ),
    ),
    Recipe(
        name="postfix",
        title="Postfix on this machine",
        host="localhost",
        port=25,
        security="none",
        login="no",
        login_is_sender=False,
        settings=(),
        a_day="none of its own; that of whatever Postfix delivers to",
        a_minute="none for this machine",
        connections="none for this machine (50 for others)",
        recipients="1,000 of one message",
        sender="any for Postfix; whether others take the mail is decided by the domain's SPF, DKIM "
        "and DMARC",
        first=(
            (
                "Mail leaves from this machine: its address needs a name, and the sender's "
                "domain must name it in SPF (`digest help operations`)."
            ),
        ),
    ),
)

BY_NAME = {recipe.name: recipe for recipe in RECIPES}
