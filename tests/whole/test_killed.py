"""Killed with SIGKILL at every step: nobody misses a paper, nobody gets it twice."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from harvest_lab import asked
from installation import Lab
from kill_at_a_step import Stepper
from killed_sends import CONNECTIONS, PARTS, kill


@pytest.fixture(scope="module")
def stepper() -> Iterator[Stepper]:
    """A process that runs commands step by step."""
    with Stepper() as running:
        yield running


STEPS = [
    *(
        pytest.param(scenario, part, marks=pytest.mark.long if part % 4 else ())
        for scenario, part in product(("first", "second", "harvest"), range(PARTS))
    ),
    *(pytest.param("parts", part, marks=pytest.mark.long) for part in range(1, PARTS, 3)),
    pytest.param("parts", 0),
]
"""Every fourth step in each run of the tests, the others in `make long`; of the longer run with
digests of several messages some, and all of them in `make faults`."""


@pytest.mark.parametrize(("scenario", "part"), STEPS)
def test_killed_at_every_step(
    lab: Lab, stepper: Stepper, tmp_path: Path, scenario: str, part: int
) -> None:
    """Whatever the step, the next run brings what is missing, and repeats what was in flight."""
    tally = kill(lab, stepper, tmp_path, scenario, part=part, whole=False)
    assert tally.wrong == []
    # Outcomes that happen to come together are one step: with several connections a run may have
    # a few steps less than the one that was counted.
    assert tally.tried > tally.steps - CONNECTIONS[scenario]
    assert (tally.lost, tally.repeated) == (0, 0)
    assert ("ListRecords" in asked(lab)) == (scenario == "harvest")
