"""The options of the commands that need no settings: `init`, `help`, `demo`."""

import argparse


def add_options_without_settings(command: str, parser: argparse.ArgumentParser) -> None:
    """Adds the options of `command` if it is one of these; else nothing."""
    if command == "demo":
        parser.add_argument(
            "--output", metavar="DIR", default="demo", help="where the mails go (./demo)"
        )
    if command == "help":
        parser.add_argument("topic", metavar="TOPIC", nargs="?", help="a document, or a command")
    if command == "init":
        _add_options_of_init(parser)


def _add_options_of_init(parser: argparse.ArgumentParser) -> None:
    """Adds an option for each question of `init`; an option that is not given is None."""
    add = parser.add_argument
    add("--yes", action="store_true", help="ask nothing: use the defaults for missing options")
    add("--provider", metavar="NAME", help="gmail, microsoft365, ses, relay or postfix (default)")
    add("--host", metavar="NAME", help="the mail server's name")
    add("--port", metavar="NUMBER", help="its port")
    add("--security", metavar="KIND", help="starttls, tls or none")
    add("--username", metavar="NAME", help="the user name there; the password is asked for")
    add("--password-file", metavar="FILE", help="a file that has the password, read by each run")
    add("--from", metavar="SENDER", help="the sender of the mail")
    add("--operator", metavar="ADDRESS", help="your own address: it is told of failures")
    add("--keyword", action="append", metavar="PHRASE", help="what to look for (repeatable)")
    add("--reader", action="append", metavar="ADDRESS", help="who gets mail (repeatable)")
    add("--at", metavar="TIME", help='when mail goes out, such as "08:00"')
    add("--timezone", metavar="ZONE", help="such as Europe/Berlin (this machine's)")
