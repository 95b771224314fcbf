"""Lines of the log as sentences for a person at a terminal."""

from collections.abc import Callable, Mapping
from typing import Any

from digest.text import Line, clean, counted

_Fields = Mapping[str, Any]


class Sentences:
    """Turns lines of the log into sentences; a reason is not repeated from line to line."""

    def __init__(self) -> None:
        self._reply = ""

    def of(self, line: Line) -> str:
        """The sentence for a line of the log."""
        fields = line.fields
        if line.event in ("deferred", "refused"):
            said = f"{fields['code']} {fields['reply']}".replace("none ", "", 1)
            again, self._reply = said == self._reply, said
            how = "put off for now" if line.event == "deferred" else "refused for good"
            return f"{fields['recipient']}: {how}{' for the same reason' if again else f': {said}'}"
        if line.event in _SENTENCES:
            return clean(_SENTENCES[line.event](fields))
        return clean(_in_plain_words(line.event, fields))


def _in_plain_words(event: str, fields: _Fields) -> str:
    """The words for an event without a sentence of its own: its name and its fields."""
    reason = fields.get("reason", "")
    known = ", ".join(
        f"{name.replace('_', ' ')} {_shown(value)}"
        for name, value in fields.items()
        if name != "reason"
    )
    words = event.replace("-", " ") + (f" ({known})" if known else "")
    return f"{words}: {reason}" if reason else words


def _shown(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _fetched(fields: _Fields) -> str:
    told = f"{fields['keyword']}: {fields['new']} new of {counted(fields['read'], 'paper')} read"
    return f"{told}; not complete: {fields['reason']}" if fields.get("reason") else told


def _mailed(fields: _Fields) -> str:
    parts = [f"{number} {name.replace('_', ' ')}" for name, number in fields.items() if number]
    return f"a round of mail has ended: {', '.join(parts) or 'nothing to do'}"


_SENTENCES: dict[str, Callable[[_Fields], str]] = {
    "accepted": lambda f: f"{f['recipient']}: accepted by the mail server",
    "arxiv-failed": lambda f: f"arXiv: {f['reason']} (try {f['attempt']} of {f['of']})",
    "clock-set": lambda f: f"this machine's clock was set, by {f['seconds']} seconds",
    "configuration-kept": lambda _: "the previous configuration stays in force",
    "configuration-mistake": lambda f: f"a mistake in the configuration: {f['reason']}",
    "configuration-read": lambda _: "the configuration was read again",
    "failed": lambda f: str(f["reason"]),
    "fetched": _fetched,
    "first-run": lambda f: (
        f"a first run: {counted(f['readers'], 'reader')} will be mailed now, "
        f"{counted(f['papers'], 'paper')} in all"
    ),
    "helo-not-said": lambda f: (
        f"servers refuse a name like {f['helo']}: the greeting has {f['instead']} instead"
    ),
    "holidays-unknown": lambda f: (
        f"the days of {f['year']} without an announcement are not known; {f['advice']}"
    ),
    "journal-cut": lambda f: (
        f"the end of {f['file']} ({f['bytes']} bytes) is left out: {f['reason']}"
    ),
    "mail-failed": lambda f: str(f["reason"]),
    "mailed": _mailed,
    "operator-not-told": lambda f: f"the mail to the operator failed: {f['reason']}",
    "operator-told": lambda f: f"the operator was mailed about {counted(f['troubles'], 'trouble')}",
    "paused": lambda f: f"{f['recipient']} is paused: {f['reason']}",
    "pipelining-left-off": lambda f: (
        f"{f['server']} loses commands that are sent together ({f['reason']}): they are now sent "
        "one by one"
    ),
    "remark": lambda f: str(f["reason"]),
    "slower": lambda f: f"{f['server']} is busy: the next message in {f['pause']} seconds",
    "started": lambda f: (
        f"started: {counted(f['subscribers'], 'reader')}, {counted(f['keywords'], 'keyword')}"
    ),
    "state-elsewhere": lambda f: (
        f"the state is {f['used']}, in the working directory, and would now be made at "
        f"{f['belongs']}; to keep it set {f['keep']}, to move it: {f['move']}"
    ),
    "stopped": lambda _: "stopped; everything is recorded",
    "store-busy": lambda f: str(f["reason"]),
    "template-broken": lambda f: f"{f['reason']}; {f['instead']} is used instead",
    "template-too-large": lambda f: (
        f"the templates of DIGEST_TEMPLATES: {f['reason']}; {f['instead']} are used instead"
    ),
    "two-states": lambda f: (
        f"there are two states: {f['used']}, beside subscribers.yaml, is used, and {f['not_read']} "
        f"in the working directory is not read; {f['advice']}"
    ),
    "waiting": lambda f: str(f["outlook"]),
}
