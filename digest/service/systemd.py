"""Tells systemd how the service is (sd_notify(3)): a line of text to the socket it names."""

import socket
import time


class ServiceManager:
    """Who started this process, if it wants to be told; without one nothing is said.

    Args:
        address: NOTIFY_SOCKET of the environment; "" for nobody.
        watchdog: WATCHDOG_USEC of the environment; "" where none is wanted.
    """

    def __init__(self, address: str, watchdog: str = "") -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._interval = int(watchdog) / 2e6 if watchdog.isdecimal() else 0.0
        self._last_beat = float("-inf")
        self._last_status = ""

    def ready(self) -> None:
        """The service is up."""
        self._say("READY=1")

    def status(self, words: str) -> None:
        """What it is doing, on one line, for `systemctl status`."""
        if words != self._last_status:
            self._last_status = words
            self._say(f"STATUS={words}")

    def reloading(self) -> None:
        """It reads its configuration again; `ready` says when that is done."""
        self._say(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """It is on its way out."""
        self._say("STOPPING=1")

    def beat(self) -> None:
        """It is alive; said twice in the watchdog's interval, however often this is called."""
        now = time.monotonic()
        if self._interval and now - self._last_beat >= self._interval:
            self._last_beat = now
            self._say("WATCHDOG=1")

    def _say(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
                channel.sendto(message.encode(), self._address)
        except OSError:
            return  # nobody is there any more: the service goes on without
