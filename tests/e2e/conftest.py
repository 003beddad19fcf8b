"""Fixtures of the end-to-end tests. KINDLING_BIN names the binary (default: build/kindling)."""

import os
from pathlib import Path

import pytest

from kit import data, oracle
from kit.program import ROOT, Program


@pytest.fixture(scope="session")
def kindling():
    binary = Path(os.environ.get("KINDLING_BIN") or ROOT / "build" / "kindling")
    assert binary.is_file(), f"no binary at {binary}: run make, or set KINDLING_BIN"
    return Program(binary)


@pytest.fixture(scope="session")
def events(tmp_path_factory):
    """20,000 events in 40 days with NULLs in every column and hostile categories."""
    return data.events(tmp_path_factory.mktemp("events") / "in")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    return data.hostile(tmp_path_factory.mktemp("hostile") / "in")


SHIPPED = {name: (ROOT / "jobs" / f"{name}.sql").read_text() for name in ("batch-processing", "advanced-analysis")}
OUTPUTS = ["daily-activity", "monthly-summary", "input-metrics", "user-behavior", "product-stats", "daily-trends", "multi-dimensional", "purchase-revenue"]


@pytest.fixture(scope="session")
def shipped_oracle(events):
    """All eight outputs of both shipped jobs over the events fixture."""
    return {name: output for script in SHIPPED.values() for name, output in oracle.run_script(script, {"events": events}).items()}
