"""Reports the service's status to systemd by lines of text to its socket (sd_notify(3))."""

import socket
import time


class ServiceManager:
    """The service manager that started this process; without one every report does nothing.

    Args:
        address: NOTIFY_SOCKET of the environment; "" for no service manager.
        watchdog: WATCHDOG_USEC of the environment; "" for no watchdog.
    """

    def __init__(self, address: str, watchdog: str = "") -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._interval = int(watchdog) / 2e6 if watchdog.isdecimal() else 0.0
        self._last_beat = float("-inf")
        self._last_status = ""

    def ready(self) -> None:
        """Reports that the service has started."""
        self._say("READY=1")

    def status(self, words: str) -> None:
        """Reports the status on one line, for `systemctl status`."""
        if words != self._last_status:
            self._last_status = words
            self._say(f"STATUS={words}")

    def reloading(self) -> None:
        """Reports that the service reads its configuration again; `ready` follows."""
        self._say(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Reports that the service is stopping."""
        self._say("STOPPING=1")

    def beat(self) -> None:
        """Reports that the service is alive, at most twice in the watchdog's interval."""
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
            return  # the service manager is away, and the service goes on without it
