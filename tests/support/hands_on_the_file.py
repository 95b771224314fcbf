"""Hands on the configuration: how people edit the file, at the worst moments, and mend it again."""

from collections.abc import Callable

from builders import BOB, CYD
from fault_trial import SUBSCRIBERS, Fault, Trial

from digest.standin.server import Reply

LATER = "450 4.2.0 later"


def _edited(trial: Trial, text: str) -> None:
    """Has another text in the file from now on, and the right one once the fault goes."""
    trial.hits += 1
    trial.lab.clock.moment = trial.lab.clock.moment.replace(second=1)
    trial.lab.subscribe(text)
    trial.cleanup.callback(trial.lab.subscribe, SUBSCRIBERS)


def _without(address: str) -> str:
    """The file with one reader commented out."""
    before, _, after = SUBSCRIBERS.partition(f"  - email: {address}\n")
    own, found, others = after.partition("  - email:")
    kept = f"  - email:{others}" if found else ""
    return before + "".join(f"#{line}\n" for line in own.splitlines()) + kept


def _put_off(trial: Trial, *addresses: str) -> None:
    """Has the mail server put these readers off, or all of them, and a run meet that."""
    trial.lab.mail.recipient_reply = lambda to: LATER if to in addresses or not addresses else None
    trial.send()


def _commented_out(trial: Trial) -> None:
    _put_off(trial, BOB)
    _edited(trial, _without(BOB))


def _for_seconds(trial: Trial) -> None:
    _put_off(trial, BOB)
    _edited(trial, _without(BOB))
    trial.send()
    trial.lab.subscribe(SUBSCRIBERS)


def _misspelt(trial: Trial) -> None:
    _edited(trial, SUBSCRIBERS.replace(BOB, "bob@exmaple.net"))
    trial.lab.mail.recipient_reply = lambda to: (
        "550 5.1.1 no such user" if "exmaple" in to else None
    )


def _with_keywords(change: Callable[[str], str], *, wait: bool = True) -> Callable[[Trial], None]:
    """Keywords are changed, while digests wait or when none does."""

    def strike(trial: Trial) -> None:
        if wait:
            _put_off(trial)
        _edited(trial, change(SUBSCRIBERS))

    return strike


def _renamed(text: str) -> str:
    """The same words under another name."""
    head, _, tail = text.partition("subscribers:")
    query = '{query: \'ti:"time series" OR abs:"time series"\'}'
    named = head.replace("  Time Series:\n", f"  TS: {query}\n")
    return f"{named}subscribers:{tail.replace('Time Series', 'TS')}"


def _narrowed(text: str, phrase: str = "heat equation") -> str:
    """The same keyword, with a phrase that is left out."""
    return text.replace("  Time Series:\n", f"  Time Series: {{exclude: [{phrase}]}}\n", 1)


def _edited_amid_an_outage(trial: Trial) -> None:
    trial.lab.arxiv.intercept = lambda _: Reply(503, {}, b"")
    _edited(trial, _narrowed(SUBSCRIBERS, f"no such words {trial.hits}"))


def _taking_turns(trial: Trial) -> None:
    """Another file on the same state has one of the readers."""
    other = trial.lab.home / "other.yaml"
    head, _, _ = SUBSCRIBERS.partition("subscribers:")
    other.write_text(f"{head}subscribers:\n  - {{email: {CYD}, keywords: [Trajectory]}}\n", "utf-8")
    trial.send(DIGEST_SUBSCRIBERS=str(other))
    _edited(trial, _without(CYD))


def _taking_turns_while_it_is_down(trial: Trial) -> None:
    _put_off(trial)
    _taking_turns(trial)


def _other_sender(trial: Trial) -> None:
    trial.lab.mail.command_reply = lambda verb: "550 5.7.1 not yours" if verb == "MAIL" else None
    trial.send()
    trial.lab.mail.command_reply = lambda _: None
    trial.settings["DIGEST_MAIL_FROM"] = f"Papers <papers{trial.hits}@example.org>"
    trial.hits += 1


HANDS = (
    Fault("a reader is commented out while a digest waits", _commented_out, "|"),
    Fault("the same for some seconds, and put back", _for_seconds, "|"),
    Fault("an address is misspelt, refused, and mended", _misspelt, "|"),
    Fault("a keyword is renamed while digests wait", _with_keywords(_renamed), "|"),
    Fault(
        "a keyword is renamed and named back, day by day", _with_keywords(_renamed, wait=False), "|"
    ),
    Fault("a keyword is narrowed while digests wait", _with_keywords(_narrowed), "|"),
    Fault("a query is edited each day amid an outage", _edited_amid_an_outage, "HTTP status 503"),
    Fault("two configurations take turns on one state", _taking_turns, "|"),
    Fault("the same while the mail server is down", _taking_turns_while_it_is_down, "|"),
    Fault("the sender is refused, and mended, day by day", _other_sender, "|"),
)
