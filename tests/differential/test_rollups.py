"""Random rollups over random data: the kernel, DuckDB in its place, and the script as written give the same values; the first two
the same bits, at every thread count and with little memory.

KINDLING_ROLLUPS: how many outputs (default 1000); KINDLING_ROLLUPS_SEED: the first script's seed. A failing output prints a script
that makes its data and runs it.
"""

import os
import random
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from kit.program import ROOT, Program  # noqa: E402

import make_rollups  # noqa: E402
import rollup_oracle  # noqa: E402

OUTPUTS = 24  # of a script
SCRIPTS = -(-int(os.environ.get("KINDLING_ROLLUPS", "1000")) // OUTPUTS)
FIRST = int(os.environ.get("KINDLING_ROLLUPS_SEED", "1"))
SIZES = [0, 1, 40, 300, 2000, 2000, 8000, 20000]
LARGE = [300000, 2500000]  # one script in KINDLING_ROLLUPS_LARGE
LARGE_EVERY = int(os.environ.get("KINDLING_ROLLUPS_LARGE", "0"))

REPRODUCE = """{what}
-- Data: duckdb < data.sql
{data}
-- Job: job.sql
{job}
-- {command}
"""


@pytest.fixture(scope="session")
def kindling():
    return Program(Path(os.environ.get("KINDLING_BIN") or ROOT / "build" / "kindling"))


def ways(seed):
    """(name, environment, options) of the runs; the first one is the measure of the others."""
    r = random.Random(seed)
    threads = 1 + seed % 4
    made = [("kernel", {}, ["--threads", threads]), ("without the kernel", {"KINDLING_KERNEL": "off"}, ["--threads", 2])]
    if seed % 3 == 0:
        made.append(("kernel again", {}, ["--threads", 1 + (seed // 3 + 1) % 4, "--memory-limit", r.choice(["400MB", "700MB", "2GB"])]))
    return made


def reproduce(case, output, way, what):
    name, environment, options = way
    data = [s.replace("{folder}", "in") for s in case.table.statements]
    command = " ".join([f"{k}={v}" for k, v in environment.items()] + ["kindling run job.sql --input t=in --output out"] + [str(o) for o in options])
    return REPRODUCE.format(what=f"KINDLING_ROLLUPS_SEED={case.seed} {output.name} ({name}): {what}", data="mkdir -p in\n" + "\n".join(data),
                            job=case.script(output) if "alone" in what else case.script(), command=command)


def check_output(oracle, output, folders):
    """What is wrong with one output in the runs' folders, as (way, text), or None."""
    for at, (way, folder) in enumerate(folders):
        wrong = oracle.read(output, folder / output.name, f"run_{at}")
        wrong = wrong or oracle.differ(output, f"run_{at}", f"wanted_{output.name}", exact=False)
        if at > 0:
            wrong = wrong or oracle.differ(output, f"run_{at}", "run_0", exact=True)
        if wrong:
            return way, wrong
    return None


def check_case(kindling, case, folder):
    source = folder / "in"
    rollup_oracle.make_data(rollup_oracle.connect(), case.table, source)
    job = folder / "job.sql"
    job.write_text(case.script())
    folders = []
    for at, way in enumerate(ways(case.seed)):
        target = folder / f"out-{at}"
        done = kindling("run", job, "--input", f"t={source}", "--output", target, *way[2], env=way[1], code=None, timeout=600)
        assert done.code == 0, reproduce(case, case.outputs[0], way, f"exit code {done.code}: {done.err}")
        folders.append((way, target))
    oracle = rollup_oracle.Oracle(case, source)
    found = [(output, check_output(oracle, output, folders)) for output in case.outputs]
    oracle.close()
    faults = [reproduce(case, output, *wrong) for output, wrong in found if wrong]
    assert not faults, "\n".join(faults[:1]) + f"\n{len(faults)} of {len(found)} outputs differ"


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SCRIPTS))
def test_rollups(kindling, tmp_path, seed):
    large = LARGE_EVERY > 0 and seed % LARGE_EVERY == 0
    case = make_rollups.make_case(seed, OUTPUTS, LARGE if large else SIZES)
    check_case(kindling, case, tmp_path)
    shutil.rmtree(tmp_path)
