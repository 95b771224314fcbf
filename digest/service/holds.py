"""Explains in a sentence why a reader has no newer digest; it decides nothing."""

from dataclasses import dataclass
from datetime import timedelta

from digest.clock import Moment
from digest.model.announcements import EASTERN, Calendar
from digest.model.subscriber import Subscriber, Subscriptions
from digest.selection.pauses import A_MONTH
from digest.service.due import held_by, pause, unserved
from digest.service.slots import last_slot, next_slot, pauses_until
from digest.store.known import Known
from digest.store.records import SubscriberRecord, Trouble
from digest.text import dated, either

NEW, REFUSED, PAUSE = "not begun", "paused after refusals", "pause of their own"
PUT_OFF, ARXIV, NOW = "put off by the server", "waiting for arXiv", "due"
DAY, SILENCE, NOTHING = "not their time yet", "no announcement", "nothing new"


@dataclass(frozen=True, slots=True)
class Hold:
    """The reason why a reader has no newer digest; `kind` is one of the words above, for programs.

    `until` is the time when that ends or is tried again, None where it is unknown.
    """

    kind: str
    sentence: str
    until: Moment | None = None

    @property
    def paused(self) -> bool:
        """Returns whether the reader gets no mail, after refusals or in their own pause."""
        return self.kind in (REFUSED, PAUSE)


def hold(
    ledger: Known, subscriptions: Subscriptions, reader: Subscriber, papers: int, now: Moment
) -> Hold:
    """Returns the first reason that applies.

    Args:
        ledger: what is known.
        subscriptions: the configuration.
        reader: one of its readers.
        papers: how many papers wait in the store for the reader's next digest.
        now: the present.
    """
    record = ledger.reader(reader.address_key)
    if record is None or not record.keywords:
        return Hold(NEW, "their first digest comes with the next run of `digest send` or `run`")
    if record.paused:
        return _refused(reader, record)
    if over := pauses_until(reader.schedule, now):
        last = reader.schedule.pause.last if reader.schedule.pause else over.date()
        at = dated(over, reader.timezone)
        words = f"in a pause to {last}, as subscribers.yaml says; everything comes {at}"
        return Hold(PAUSE, words, over)
    if record.pending:
        return _not_delivered(ledger, reader, record, now)
    slot = last_slot(reader.schedule, now)
    if not unserved(record, now) and record.served is not None and slot > record.served:
        return _late(ledger, subscriptions, reader, slot, now)
    return _in_time(ledger, subscriptions.calendar, reader, papers, now)


def _refused(reader: Subscriber, record: SubscriberRecord) -> Hold:
    assert record.trouble
    last = dated(record.trouble.at, reader.timezone)
    again = record.trouble.at + A_MONTH
    return Hold(
        REFUSED,
        f"paused: the mail server refused {record.refusals} digests in a row, the last one {last}; "
        f"mend the address, or try again with `digest send --to {reader.email}`; without that they "
        f"are tried again {dated(again, reader.timezone)}",
        again,
    )


def _not_delivered(
    ledger: Known, reader: Subscriber, record: SubscriberRecord, now: Moment
) -> Hold:
    """Returns the reason for a digest that the mail server has not accepted yet."""
    trouble, mail = record.trouble, ledger.mail_trouble
    if mail and not record.pending_refusals:
        since = dated(mail.since, reader.timezone)
        words = f"waits for the mail server, which refuses not only this reader, since {since}"
        return Hold(PUT_OFF, f"{words}; mend what is wrong for a while")
    if not record.pending or trouble is None or trouble.at < record.pending[0].at:
        return Hold(PUT_OFF, "composed, and not offered yet; it goes out with the next run")
    if record.pending_refusals:
        coming = next_slot(reader.schedule, now)
        at = dated(coming, reader.timezone)
        words = f"the mail server refused it; it is offered again {at}, or by `digest send`"
        return Hold(PUT_OFF, words, coming)
    again = min(trouble.at, now) + pause(record.deferrals)
    when = f"offered again {dated(again, reader.timezone)} by `digest run`"
    if unserved(record, now) or again <= now:
        when = "offered again by the next run of `digest send` or `run`"
    return Hold(PUT_OFF, f"{_put_off(trouble)}; {when}", again)


def _put_off(trouble: Trouble) -> str:
    return "put off by the mail server" if trouble.code else "the mail server was not reached"


def _late(
    ledger: Known, subscriptions: Subscriptions, reader: Subscriber, slot: Moment, now: Moment
) -> Hold:
    """Returns the reason for a digest whose slot has passed."""
    since = f"due since {dated(slot, reader.timezone)}"
    names = held_by(ledger, subscriptions, reader, slot, now)
    if not names:
        return Hold(NOW, f"{since}: it goes out as soon as `digest run` or `digest send` runs")
    until = slot + subscriptions.patience
    at_most = f", until {dated(until, reader.timezone)} at most" if until > now else ""
    return Hold(ARXIV, f"{since}, and waits for arXiv{at_most}: {_lacking(ledger, names)}", until)


def _in_time(
    ledger: Known, calendar: Calendar, reader: Subscriber, papers: int, now: Moment
) -> Hold:
    """Returns the reason where nothing is late: the next digest is not due yet, or has no paper."""
    coming = next_slot(reader.schedule, now)
    comes = f"the next digest is due {dated(coming, reader.timezone)}"
    if ledger.known_reader(reader.address_key).served is None:
        comes = "the next digest comes with the next `digest send`"
    if papers:
        return Hold(DAY, f"{_not_today(reader, now)}{comes}", coming)
    lacking = [name for name in reader.keywords if ledger.open_keyword(name).reason]
    if lacking:
        why = f"nothing new in what arXiv gave, and that was not all: {_lacking(ledger, lacking)}"
        return Hold(ARXIV, f"{why}; {comes}", coming)
    if silence := _silence(ledger, calendar, reader, now):
        return Hold(SILENCE, f"nothing was announced ({silence}); {comes}", coming)
    return Hold(NOTHING, f"nothing new for their keywords; {comes}", coming)


def _not_today(reader: Subscriber, now: Moment) -> str:
    today = now.astimezone(reader.timezone).date()
    if today.weekday() in reader.schedule.days:
        return ""
    return f"{today:%A} is none of their days: "


def _lacking(ledger: Known, names: tuple[str, ...] | list[str]) -> str:
    """Returns the names of incomplete keywords with the reason; a shared reason stands once."""
    reasons = {name: ledger.open_keyword(name).reason or "not read yet" for name in names}
    if len(set(reasons.values())) == 1:
        shown = names if len(names) < 4 else [*names[:2], f"{len(names) - 2} others"]
        return f"{either(shown).replace(' or ', ' and ')} ({reasons[names[0]]})"
    return "; ".join(f"{name} ({reason})" for name, reason in reasons.items())


def _silence(ledger: Known, calendar: Calendar, reader: Subscriber, now: Moment) -> str:
    """Returns why arXiv has announced nothing since the last reading, "" where it has."""
    through = [ledger.open_keyword(name).complete_through for name in reader.keywords]
    known = [moment for moment in through if moment]
    if len(known) < len(through) or not known or calendar.silent(min(known), now) > 0:
        return ""
    last = calendar.last(now)
    evenings = [last + timedelta(days=1), last + timedelta(days=2)]
    reasons = (calendar.silence(at.astimezone(EASTERN).date()) for at in evenings if at <= now)
    return next((reason for reason in reasons if reason), "")
