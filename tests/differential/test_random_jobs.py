"""Random jobs over random data: every output equals DuckDB running the script as written, at every thread count, bit for bit.

KINDLING_RANDOM_JOBS: how many scripts, of three to six outputs each (default 40). KINDLING_RANDOM_SEED: the first seed. A case that
fails prints its script and keeps its input; `KINDLING_RANDOM_SEED=<seed> KINDLING_RANDOM_JOBS=1` runs it alone.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from kit import compare, oracle  # noqa: E402
from kit.program import ROOT, Program  # noqa: E402

import make_job  # noqa: E402

COUNT = int(os.environ.get("KINDLING_RANDOM_JOBS", "40"))
FIRST = int(os.environ.get("KINDLING_RANDOM_SEED", "1"))


@pytest.fixture(scope="session")
def kindling():
    return Program(Path(os.environ.get("KINDLING_BIN") or ROOT / "build" / "kindling"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_equals_duckdb(kindling, tmp_path, seed):
    script, folder = make_job.case(seed, tmp_path)
    print(script)
    path = tmp_path / "job.sql"
    path.write_text(script)
    threads = 1 + seed % 4
    kindling("run", path, "--input", folder, "--output", tmp_path / "out", "--threads", threads)
    wanted = oracle.run_script(script, {"t": folder})
    compare.assert_script(tmp_path / "out", wanted, scale=1e16, all_readers=False)
    if seed % 5 == 0:
        kindling("run", path, "--input", folder, "--output", tmp_path / "again", "--threads", 1 + (seed + 2) % 4)
        assert compare.contents(tmp_path / "out", wanted) == compare.contents(tmp_path / "again", wanted)
