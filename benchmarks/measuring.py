"""How things are measured: a call, a process from start to end, what a process needs at most."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.row import Series, series

ROOT = Path(__file__).parents[1]
SMTP_SINK = "/usr/sbin/smtp-sink"


def timed(call: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def seconds(call: Callable[[], object], times: int) -> Series:
    """Several calls, in seconds each."""
    return series([timed(call) for _ in range(times)], "s")


_LAUNCH = """
import json, os, subprocess, sys, time
begin = time.perf_counter()
child = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
print(json.dumps([time.perf_counter() - begin, used.ru_maxrss / 1024, status]))
"""


def process(
    arguments: Sequence[str], home: Path, settings: Mapping[str, str] | None = None
) -> tuple[float, float]:
    """Runs Python with `arguments` in `home`; returns its seconds, and its most megabytes at once.

    A small process starts it: a process begins with the memory of the one that started it, and the
    system counts that as its own.

    RuntimeError where it ends with an error.
    """
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **(settings or {})}
    run = subprocess.run(
        [sys.executable, "-c", _LAUNCH, *arguments],
        cwd=home,
        env=environment,
        capture_output=True,
        check=False,
    )
    passed, megabytes, status = json.loads(run.stdout)
    if status:
        said = run.stderr.decode()[-2000:]
        raise RuntimeError(f"{' '.join(arguments)} ended with {status}: {said}")
    return passed, megabytes


def seconds_to_ready(home: Path, settings: Mapping[str, str]) -> float:
    """Seconds from starting the daemon in `home` until it tells systemd that it is up."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        place = home / "notify"
        place.unlink(missing_ok=True)
        manager.bind(str(place))
        manager.settimeout(300)
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings}
        environment["NOTIFY_SOCKET"] = str(place)
        with (home / "errors").open("wb") as errors:
            begin = time.perf_counter()
            child = subprocess.Popen(
                [sys.executable, "-m", "digest", "run"],
                cwd=home,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            try:
                while b"READY=1" not in manager.recv(4096):
                    pass
                return time.perf_counter() - begin
            finally:
                child.send_signal(signal.SIGTERM)
                child.wait(60)


@contextmanager
def sink() -> Iterator[int]:
    """Postfix's smtp-sink, which takes every message and forgets it; yields its port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    server = subprocess.Popen([SMTP_SINK, *user, f"127.0.0.1:{port}", "1000"])
    try:
        for _ in range(100):
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


@contextmanager
def directory() -> Iterator[Path]:
    """A directory of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        yield Path(name)


def settings(arxiv: str, port: int) -> dict[str, str]:
    """The settings of an installation with servers on loopback."""
    return {
        "DIGEST_ARXIV_URL": arxiv,
        "DIGEST_ARXIV_DELAY": "0",
        "DIGEST_SMTP_HOST": "127.0.0.1",
        "DIGEST_SMTP_PORT": str(port),
        "DIGEST_SMTP_SECURITY": "none",
        "DIGEST_SMTP_CONNECTIONS": "8",
        "DIGEST_MAIL_FROM": "Paper digest <digest@example.org>",
    }
