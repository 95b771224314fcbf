"""A post office: Postfix takes mail on a port of its own, and Dovecot lets it be read by IMAP.

Both run from a directory of their own, with their own configuration, queue and mailboxes; nothing
of the system's is used but the programs and the users that their packages made. They have to be
started by root, and read what they need as those users: so the directory is open to all.
"""

import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("postfix", "dovecot", "/usr/lib/dovecot/imap")
BOXES = (
    *("ada@example.org", "bob@example.net", "zoë@example.org", "bounces@example.org"),
    "trial@example.org",
)
"""The owners of a mailbox. Mail for others of these domains is taken, and bounces."""

_SBIN = os.pathsep.join(("/usr/local/sbin", "/usr/sbin", "/sbin"))
_PATIENCE = 60
"""Seconds after which what should have come is missing."""

_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = {home}
maillog_file = {home}/postfix.log
myhostname = mail.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
local_recipient_maps =
virtual_mailbox_domains = example.org, example.net
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = texthash:{home}/boxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{user.pw_uid}
virtual_gid_maps = static:{user.pw_gid}
smtpd_reject_unlisted_recipient = no
smtpd_helo_required = yes
smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname
smtputf8_enable = yes
"""
_MASTER = """\
127.0.0.1:{smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
_DOVECOT = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_username_chars =
first_valid_uid = 1
mail_location = maildir:{home}/mail/%n
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={user.pw_uid} gid={user.pw_gid} home={home}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


def missing() -> str:
    """Why there can be no post office here; empty where there can."""
    if os.geteuid() != 0:
        return "Postfix and Dovecot are started by root alone"
    lacking = [name for name in PROGRAMS if _program(name) is None]
    return f"there is no {' and no '.join(lacking)} on this machine" if lacking else ""


@dataclass(frozen=True, slots=True)
class PostOffice:
    """A running one: `smtp` and `imap` are its ports on 127.0.0.1."""

    home: Path
    smtp: int
    imap: int

    def received(self, address: str, count: int = 1) -> list[bytes]:
        """The messages in this address's mailbox, as IMAP gives them, once there are so many."""
        with imaplib.IMAP4("127.0.0.1", self.imap, timeout=_PATIENCE) as client:
            client.authenticate("PLAIN", lambda _: f"\0{address}\0secret".encode())
            there = int(client.select("INBOX")[1][0] or 0)
            while there < count:
                there = _told_of_more(client)
            _, answer = client.fetch(f"1:{there}", "(BODY.PEEK[])")
            return [part[1] for part in answer if isinstance(part, tuple)]

    def log(self) -> str:
        """Returns the log of Postfix."""
        return (self.home / "postfix.log").read_text("utf-8")


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """A post office, open while the `with` lasts."""
    home = Path(tempfile.mkdtemp(prefix="post-", dir="/tmp"))
    try:
        home.chmod(0o755)
        office = PostOffice(home, _free_port(), _free_port())
        _furnish(office)
        _run("postfix", "-c", str(home / "etc"), "start")
        try:
            _run("dovecot", "-c", str(home / "etc/dovecot.conf"))
            try:
                yield office
            finally:
                _run("dovecot", "-c", str(home / "etc/dovecot.conf"), "stop")
        finally:
            _run("postfix", "-c", str(home / "etc"), "stop")
    finally:
        shutil.rmtree(home)


def _furnish(office: PostOffice) -> None:
    home, user = office.home, pwd.getpwnam("dovecot")
    for name in ("etc", "queue", "data", "mail", "run", "state"):
        (home / name).mkdir(mode=0o755)
    shutil.chown(home / "data", "postfix")
    shutil.chown(home / "mail", user.pw_uid, user.pw_gid)
    boxes = "".join(f"{address} {address.partition('@')[0]}/\n" for address in BOXES)
    (home / "boxes").write_text(boxes, "utf-8")
    values = {"home": home, "user": user, "smtp": office.smtp, "imap": office.imap}
    for name, text in (("main.cf", _MAIN), ("master.cf", _MASTER), ("dovecot.conf", _DOVECOT)):
        (home / "etc" / name).write_text(text.format(**values))


def _told_of_more(client: imaplib.IMAP4) -> int:
    """Waits until Dovecot tells of another message (RFC 2177: IDLE); returns how many there are."""
    client.send(b"wait IDLE\r\n")
    there = 0
    for line in iter(client.readline, b""):
        words = line.split()
        if words[2:3] == [b"EXISTS"] and (there := int(words[1])):
            break
    client.send(b"DONE\r\n")
    assert any(line.startswith(b"wait ") for line in iter(client.readline, b"")), "no answer"
    return there


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=_SBIN)


def _run(name: str, *arguments: str) -> None:
    program = _program(name)
    assert program
    with tempfile.TemporaryFile() as words:  # a pipe would be held open by what it starts
        done = subprocess.run(
            [program, *arguments], stdout=words, stderr=words, check=False, timeout=_PATIENCE
        )
        words.seek(0)
        assert done.returncode == 0, words.read().decode()
