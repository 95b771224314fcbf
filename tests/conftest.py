"""What all tests share: where the real data is."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The directory of real data; DIGEST_REAL_DATA names it, and what is named must be there."""
    named = os.environ.get("DIGEST_REAL_DATA")
    path = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if path.is_dir():
        return path
    if named:
        pytest.fail(f"DIGEST_REAL_DATA names {path}, which is not there")
    pytest.skip("no real data: DIGEST_REAL_DATA names no directory")
