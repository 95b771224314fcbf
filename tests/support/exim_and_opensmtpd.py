"""Exim and OpenSMTPD as Debian has them, each taking mail on a port of its own into one mailbox.

Debian's mail servers exclude one another, so these two are not installed: `make mailservers`
unpacks their packages into a folder of this checkout. Both are started by root in a mount namespace
of their own (unshare). There they find the users that their packages would have made, and the
places that are compiled into them; nothing of the system's is changed.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

UNPACKED = Path(__file__).parents[2] / ".mailservers" / "root"
_PATIENCE = 30
"""Seconds after which what should have come is missing."""

_NAMESPACE = """\
set -e
mount --make-rprivate /
cd {home}
cp /etc/passwd passwd
cp /etc/group group
id=61000
for name in {users}; do
    id=$((id + 1))
    echo "$name:x:$id:$id::/var/lib/opensmtpd/empty:/bin/false" >> passwd
    echo "$name:x:$id:" >> group
done
mount --bind passwd /etc/passwd
mount --bind group /etc/group
"""

_EXIM = """\
chown -R Debian-exim:Debian-exim spool mail log
exec {root}/usr/sbin/exim4 -C {home}/server.conf -bdf -q30m
"""
_EXIM_CONF = """\
exim_user = Debian-exim
exim_group = Debian-exim
exim_path = {root}/usr/sbin/exim4
spool_directory = {home}/spool
log_file_path = {home}/log/%slog
pid_file_path = {home}/exim.pid
primary_hostname = mail.example.org
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
domainlist local_domains = example.org : example.net
host_lookup =
tls_advertise_hosts =
acl_smtp_rcpt = rcpt
acl_smtp_data = data
begin acl
rcpt:
  accept domains = +local_domains
  deny message = relay not permitted
data:
  accept
begin routers
all:
  driver = accept
  domains = +local_domains
  transport = box
begin transports
box:
  driver = appendfile
  maildir_format
  directory = {home}/mail/box
  user = Debian-exim
  group = Debian-exim
"""

_OPENSMTPD = """\
chown nobody mail
mount -t tmpfs tmpfs /var/spool
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /run
mkdir -m 711 /var/spool/smtpd
mkdir -p /var/lib/opensmtpd/empty
mount --bind {root}/usr/libexec /usr/libexec
exec {root}/usr/sbin/smtpd -d -f {home}/server.conf
"""
_OPENSMTPD_CONF = """\
table boxes {{ "@" = "nobody" }}
listen on 127.0.0.1 port {port} hostname mail.example.org
action "box" maildir "{home}/mail/box" virtual <boxes>
match from any for domain {{ "example.org", "example.net" }} action "box"
"""


@dataclass(frozen=True, slots=True)
class Program:
    """One of them: where its binary is, the users it wants, how it is started and set up."""

    binary: str
    users: str
    start: str
    settings: str


PROGRAMS = {
    "exim": Program("usr/sbin/exim4", "Debian-exim", _EXIM, _EXIM_CONF),
    "opensmtpd": Program("usr/sbin/smtpd", "opensmtpd opensmtpq", _OPENSMTPD, _OPENSMTPD_CONF),
}


def missing(name: str) -> str:
    """Why this server cannot be started here; empty where it can."""
    binary = UNPACKED / PROGRAMS[name].binary
    if os.geteuid() != 0:
        return f"{name} is started by root alone"
    if not binary.exists():
        return f"{name} is not unpacked: `make mailservers` does it"
    if not shutil.which("unshare") or _fails("unshare", "--mount", "true"):
        return "this machine gives no mount namespace"
    said = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=False).stdout
    return f"{name} lacks a library: {said}" if "not found" in said else ""


@dataclass(frozen=True, slots=True)
class Running:
    """A running one: `port` on 127.0.0.1, and the mailbox for everybody in `home`."""

    home: Path
    port: int

    def received(self, count: int) -> list[bytes]:
        """The messages in the mailbox, once there are so many."""
        _wait_for(lambda: len(self._files()) >= count, lambda: f"{self._files()}\n{self.log()}")
        return [file.read_bytes() for file in self._files()]

    def log(self) -> str:
        """All that the server has to say."""
        files = [self.home / "out", *self.home.glob("log/*")]
        return "\n".join(file.read_text("utf-8", "replace") for file in files if file.exists())

    def _files(self) -> list[Path]:
        return sorted((self.home / "mail" / "box").glob("new/*"))


@contextmanager
def mail_server(name: str) -> Iterator[Running]:
    """A mail server, open while the `with` lasts."""
    program = PROGRAMS[name]
    home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir="/tmp"))
    home.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        running = Running(home, probe.getsockname()[1])
    for folder in ("spool", "mail", "log"):
        (home / folder).mkdir()
    values = {"home": home, "root": UNPACKED, "port": running.port, "users": program.users}
    (home / "server.conf").write_text(program.settings.format(**values))
    (home / "start.sh").write_text((_NAMESPACE + program.start).format(**values))
    with (home / "out").open("wb") as words:
        started = ["unshare", "--mount", "sh", str(home / "start.sh")]
        process = subprocess.Popen(started, stdout=words, stderr=words, start_new_session=True)
    try:
        _wait_for(lambda: _greets(running.port), running.log)
        yield running
    finally:
        process.terminate()
        process.wait(_PATIENCE)
        shutil.rmtree(home, ignore_errors=True)


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as there:
            return there.recv(3) == b"220"
    except OSError:
        return False


def _wait_for(there: Callable[[], bool], words: Callable[[], str]) -> None:
    end = time.monotonic() + _PATIENCE
    while not there():
        assert time.monotonic() < end, words()
        threading.Event().wait(0.02)


def _fails(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0
