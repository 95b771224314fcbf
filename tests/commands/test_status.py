"""`digest status`: who gets no mail just now, and why; and how old the state is."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from builders import ADA, BOB, DAY, HOUR, MINUTE, composed, deferred, paper, refused
from installation import Lab
from one_reader import SLOT, configured, fetched, ledger, reader

from digest.model.announcements import Calendar
from digest.model.subscriber import Pause
from digest.service import holds
from digest.service.holds import Hold, hold
from digest.store.events import Refused, Served
from digest.store.json_file.freshness import Files, doubts, files_of, last_recorded
from digest.store.json_file.store import JsonFile
from digest.store.ledger import Ledger

COMPOSED = composed(ADA, {"K": 0}, at=SLOT - 3 * HOUR, papers=2)
COMPLETE = fetched(SLOT - 3 * HOUR)
SATURDAY = SLOT + 4 * DAY
THANKSGIVING = datetime(2026, 11, 27, 6, tzinfo=UTC)
FAILED = fetched(SLOT - MINUTE, "arXiv answered with HTTP status 406")


def refusals(times: int) -> list[Refused]:
    """So many refusals in a row."""
    return [
        refused(ADA, at=SLOT - (9 - n) * HOUR, reply="5.1.1 no such user") for n in range(times)
    ]


def why(known: Ledger, now: datetime, papers: int = 0, days: str = "01234") -> Hold:
    """The hold of Ada, who reads K at eight."""
    one = reader(days=days)
    return hold(known, configured(one), one, papers, now)


@pytest.mark.parametrize(
    ("known", "now", "papers", "kind", "sentence"),
    [
        (Ledger(), SLOT, 0, holds.NEW, "their first digest comes with the next run of"),
        (
            ledger(COMPLETE, *refusals(3)),
            SLOT,
            2,
            holds.REFUSED,
            (
                "paused: the mail server refused 3 digests in a row, the last one "
                "Tue 2026-11-17 01:00 UTC; mend the address, or try again with `digest send "
                "--to ada@example.org`"
            ),
        ),
        (
            ledger(COMPLETE, COMPOSED),
            SLOT - HOUR,
            0,
            holds.PUT_OFF,
            "composed, and not offered yet; it goes out with the next run",
        ),
        (
            ledger(
                COMPLETE,
                COMPOSED,
                deferred(ADA, at=SLOT - HOUR),
            ),
            SLOT - HOUR + MINUTE,
            0,
            holds.PUT_OFF,
            "put off by the mail server; offered again Tue 2026-11-17 07:05 UTC by `digest run`",
        ),
        (
            ledger(
                COMPLETE,
                COMPOSED,
                deferred(ADA, at=SLOT - HOUR, code=0, reply="away", offered=False),
            ),
            SLOT,
            0,
            holds.PUT_OFF,
            "the mail server was not reached; offered again by the next run of `digest send`",
        ),
        (
            ledger(
                COMPLETE,
                COMPOSED,
                refused(ADA, at=SLOT - HOUR, waited=True),
            ),
            SLOT - MINUTE,
            0,
            holds.PUT_OFF,
            "the mail server refused it; it is offered again Tue 2026-11-17 08:00 UTC, or by",
        ),
        (
            ledger(fetched(SLOT - DAY), FAILED),
            SLOT + MINUTE,
            0,
            holds.ARXIV,
            (
                "due since Tue 2026-11-17 08:00 UTC, and waits for arXiv, until "
                "Tue 2026-11-17 10:00 UTC at most: K (arXiv answered with HTTP status 406)"
            ),
        ),
        (
            ledger(COMPLETE),
            SLOT + MINUTE,
            1,
            holds.NOW,
            "due since Tue 2026-11-17 08:00 UTC: it goes out as soon as",
        ),
        (
            ledger(COMPLETE),
            SLOT - HOUR,
            1,
            holds.DAY,
            "the next digest is due Tue 2026-11-17 08:00",
        ),
        (
            ledger(COMPLETE, served=SATURDAY),
            SATURDAY,
            1,
            holds.DAY,
            "Saturday is none of their days: the next digest is due Mon 2026-11-23 08:00 UTC",
        ),
        (
            ledger(COMPLETE, served=None),
            SLOT,
            1,
            holds.DAY,
            "the next digest comes with the next `digest send`",
        ),
        (
            ledger(COMPLETE, FAILED, served=SLOT),
            SLOT + HOUR,
            0,
            holds.ARXIV,
            "nothing new in what arXiv gave, and that was not all: K (arXiv answered with HTTP",
        ),
        (
            ledger(fetched(SATURDAY - DAY), served=SATURDAY),
            SATURDAY,
            0,
            holds.SILENCE,
            "nothing was announced (arXiv announces nothing on Friday and Saturday); the next",
        ),
        (
            ledger(fetched(THANKSGIVING - DAY), served=THANKSGIVING),
            THANKSGIVING,
            0,
            holds.SILENCE,
            "nothing was announced (an arXiv holiday); the next digest is due Fri 2026-11-27 08:00",
        ),
        (
            ledger(COMPLETE, served=SLOT),
            SLOT + HOUR,
            0,
            holds.NOTHING,
            "nothing new for their keywords; the next digest is due Wed 2026-11-18 08:00 UTC",
        ),
    ],
)
def test_each_reason(known: Ledger, now: datetime, papers: int, kind: str, sentence: str) -> None:
    """The reason for a reader's waiting mail is told in a sentence, with its end."""
    found = why(known, now, papers)
    assert found.kind == kind
    assert found.sentence.startswith(sentence), found.sentence
    assert found.paused == (kind == holds.REFUSED)


def test_a_pause_of_their_own() -> None:
    """A pause that subscribers.yaml has comes before what else there may be."""
    away = Pause(date(2026, 11, 16), date(2026, 11, 20))
    one = replace(reader(), schedule=replace(reader().schedule, pause=away))
    found = hold(ledger(COMPLETE, COMPOSED), configured(one), one, 3, SLOT)
    assert found.paused
    assert found.sentence == (
        "in a pause to 2026-11-20, as subscribers.yaml says; everything comes "
        "Mon 2026-11-23 08:00 UTC"
    )


def test_one_reader(lab: Lab) -> None:
    """`--to` tells of one reader and what they read, and of nobody else; it can be repeated."""
    lab.publish(paper(1))
    lab.run("send")
    one = lab.run("status", "--to", BOB)
    assert one.status == 0
    assert ADA not in one.out
    assert "Trajectory" not in one.out
    assert "nothing new for their keywords" in one.out
    both = lab.run("status", "--to", BOB, "--to", ADA, "--json").data
    assert [line["address"] for line in both["subscribers"]] == [ADA, BOB]
    nobody = lab.run("status", "--to", "bbo@example.net")
    assert nobody.status == 64
    assert f"did you mean '{BOB}'?" in nobody.err
    slip = lab.run("status", "--to", "ada@exmaple.org")
    assert f"did you mean '{ADA}'?" in slip.err
    stranger = lab.run("status", "--to", "nobody@example.org")
    assert stranger.status == 64
    assert "did you mean" not in stranger.err


def test_who_is_paused(lab: Lab) -> None:
    """After three refusals a reader is paused, as `--json` says of each, and why is told."""
    lab.mail.recipient_reply = lambda r: "550 5.1.1 no such user here" if r == BOB else None
    for number in range(3):
        lab.publish(paper(number + 1))
        lab.run("send")
        lab.clock.moment += DAY
    readers = lab.run("status", "--json").data["subscribers"]
    assert {line["address"]: line["paused"] for line in readers} == {ADA: False, BOB: True}
    out = lab.run("status").out
    assert "the mail server refused 3 digests in a row" in out
    assert "`digest send --to bob@example.net`" in out


def test_words_of_the_server_are_said_once(lab: Lab) -> None:
    """A reply that everybody got is shown with the first reader alone."""
    lab.publish(paper(1))
    lab.mail.data_reply = lambda _: "451 4.7.1 greylisted, come back"
    lab.run("send")
    out = lab.run("status").out
    assert out.count("greylisted") == 1
    assert f"as for {ADA}" in out


class TestAge:
    """How old the state is."""

    def test_last_recorded(self, lab: Lab) -> None:
        """It says when something was recorded last; that there is nothing is said as well."""
        assert "nothing recorded so far" in lab.run("status").out
        lab.publish(paper(1))
        lab.run("send")
        result = lab.run("status")
        assert f"{lab.state}: last recorded Mon 2026-11-16 07:00 UTC" in result.out
        data = lab.run("status", "--json").data["state"]
        assert data["last_recorded"] == "2026-11-16T07:00:00+00:00"
        assert data["doubts"] == []

    def test_days_without_a_record(self, lab: Lab) -> None:
        """Announcements that passed without a record are told."""
        lab.publish(paper(1))
        lab.run("send")
        lab.clock.moment += 3 * DAY
        out = lab.run("status").out
        assert "nothing was recorded while arXiv announced papers 3 times" in out
        assert '"A backup that is put back"' in out

    def test_one_file_of_a_backup(self, lab: Lab) -> None:
        """A snapshot of yesterday's backup among today's files is seen."""
        lab.kept = partial(JsonFile, fold_at=1)
        for day in range(3):
            lab.publish(*(paper(100 * day + n) for n in range(30)))
            lab.run("send")
            if not day:
                backup = shutil.copytree(lab.home, lab.home / "backup")
            lab.clock.moment += DAY
        for file in backup.glob("state.json*"):
            if not file.name.endswith(".previous"):
                shutil.copy2(file, lab.home)
        found = files_of(lab.state)
        assert found.generation
        assert found.previous
        assert found.previous > found.generation
        said = doubts(found, last_recorded(Ledger()), Calendar(), lab.clock.now())
        assert f"the copy kept beside it of {found.previous}: an older one was put back" in said[0]
        assert f"there is a journal of {found.last_journal}: a copy was put back" in said[1]

    def test_files_that_were_copied(self, lab: Lab) -> None:
        """Files that keep their old times in a new place were copied there."""
        lab.publish(paper(1))
        lab.run("send")
        for file in lab.home.glob("state.json*"):
            os.utime(file, (1e9, 1e9))
        found = files_of(lab.state)
        assert found.written == datetime.fromtimestamp(1e9, UTC)
        assert found.came
        recorded = found.came - 5 * HOUR
        (said,) = doubts(found, recorded, Calendar(), found.came)
        assert "they were copied, perhaps from a backup" in said
        assert not doubts(found, found.came + MINUTE, Calendar(), found.came + HOUR)

    def test_no_doubt(self, tmp_path: Path) -> None:
        """There is none where nothing is, nor after the repair that the messages advise."""
        assert files_of(tmp_path / "state.json") == Files(None, None, None, None, None)
        assert not doubts(Files(None, None, None, None, None), None, Calendar(), SLOT)
        assert not doubts(Files(3, 3, 3, SLOT, SLOT), SLOT, Calendar(), SLOT + timedelta(hours=3))

    def test_what_is_known(self, lab: Lab) -> None:
        """The latest moment is that of any fetch, mail, refusal or import."""
        lab.publish(paper(1))
        lab.run("send")
        known = JsonFile(lab.state).reading()
        assert last_recorded(known) == lab.clock.moment
        known.apply(
            Served(ADA, slot=SLOT + 9 * DAY)
        )  # a slot is no moment at which anything was done
        assert last_recorded(known) == lab.clock.moment


def test_what_is_wrong_for_many_is_said_once(lab: Lab) -> None:
    """Sixty digests that wait for one reason are one line, also in the operator's mail."""
    lab.publish(paper(1))
    addresses = [f"r{number:02}@example.org" for number in range(60)]
    lab.subscribe(
        "keywords:\n  Time Series:\nsubscribers:\n" + "".join(f"  - {one}\n" for one in addresses)
    )
    lab.mail.data_reply = lambda _: "451 4.7.1 greylisted, come back"
    lab.run("send")
    lab.clock.moment += 2 * DAY
    (line,) = lab.run("status", "--json").data["troubles"]
    assert line == (
        "r00@example.org, r01@example.org and 58 others: a digest waits since 2026-11-16 07:00 UTC "
        "(451 4.7.1 greylisted, come back)"
    )


def test_a_server_that_refuses_everybody(lab: Lab) -> None:
    """Where the reason is not the reader's, their line says so, and the reason stands once."""
    lab.publish(paper(1))
    lab.mail.recipient_reply = lambda _: "554 5.7.1 <x>: Relay access denied"
    lab.run("send")
    out = lab.run("status").out
    assert out.count("waits for the mail server, which refuses not only this reader") == 2
    assert "Lasting troubles" in out
    assert out.count("Relay access denied") <= 2
