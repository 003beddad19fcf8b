"""Random rollups over random data: the kernel, DuckDB in its place, and the script as written give the same values; the first two
the same bits, at every thread count and with little memory.

KINDLING_ROLLUPS: how many outputs (default 1000); KINDLING_ROLLUPS_SEED: the first script's seed. A failing output prints a script
that makes its data and runs it.
"""

import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
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

LITTLE = "little memory"  # may be too little
LIMIT = 8  # the exit code for that

computed_by = Counter()  # outputs of the first way
notes = Counter()

REPRODUCE = """{what}
-- Data: mkdir in; duckdb < data.sql
{data}
-- Job: job.sql
{job}
-- {command}
"""


@pytest.fixture(scope="session")
def kindling():
    return Program(Path(os.environ.get("KINDLING_BIN") or ROOT / "build" / "kindling"))


def scratch():
    """Where files cost least: in memory, if there is plenty of it."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 8 << 30 else None


def ways(seed):
    """(name, environment, options) of the runs; the first one is the measure of the others. A run costs most of its time in planning
    and DuckDB's small queries, so a script has one other way at most: scripts are many."""
    r = random.Random(seed)
    threads = 1 + r.randint(0, 3)
    made = [("kernel", {}, ["--threads", threads])]
    if seed % 4 == 0:
        made.append(("without the kernel", {"KINDLING_KERNEL": "off"}, ["--threads", r.randint(1, 2)]))
    if seed % 4 == 1:
        memory = ["--memory-limit", r.choice(["400MB", "700MB", "2GB"])]
        made.append(("kernel again", {}, ["--threads", 1 + (threads + r.randint(0, 2)) % 4, *r.choice([memory, memory, [], ["--parquet-writer", "duckdb"]])]))
    if seed % 4 == 2:
        made.append((LITTLE, {}, ["--threads", r.randint(1, 4), "--memory-limit", r.choice(["30MB", "85MB", "100MB", "150MB"])]))
    return made


def reproduce(case, output, way, what, job):
    name, environment, options = way
    data = [s.replace("{folder}", "in") for s in case.table.statements]
    command = " ".join([f"{k}={v}" for k, v in environment.items()] + ["kindling run job.sql --input t=in --output out" + (" --input d=in-d.parquet" if case.table.joined else "")] + [str(o) for o in options])
    return REPRODUCE.format(what=f"KINDLING_ROLLUPS_SEED={case.seed} {output.name} ({name}): {what}", data="\n".join(data), job=job, command=command)


def run(kindling, case, job, source, target, way):
    inputs = ["--input", f"t={source}"] + (["--input", f"d={source}-d.parquet"] if case.table.joined else [])
    return kindling("run", job, *inputs, "--output", target, "--json", *way[2], env=way[1], code=None, timeout=600)


def count_outputs(done, way, at):
    for output in done.json["outputs"]:
        if at == 0:
            computed_by[output["computed_by"]] += 1
            notes[output["note"]] += 1
        assert "KINDLING_KERNEL" not in way[1] or output["computed_by"] != "kernel"


def check_output(oracle, output, folders):
    """What is wrong with one output in the runs' folders, as (way, text), or None. The first run is held to DuckDB, others to the first."""
    first = None
    for way, folder in folders:
        table, wrong = oracle.read(output, folder / output.name)
        if not wrong and first is None:
            wrong = oracle.differ(output, table, oracle.wanted(output), exact=False)
        elif not wrong:
            wrong = oracle.differ(output, table, first, exact=True)
            wrong = wrong and "other bits than the first way: " + wrong
        if wrong:
            return way, wrong
        first = first or table
    return None


def narrow(kindling, oracle, case, output, way, what, folder):
    """The fault with a job of that output alone, if it is still there."""
    job = folder / "alone.sql"
    job.write_text(case.script(output))
    folders = []
    for at, other in enumerate([ways(case.seed)[0], way]):
        target = folder / f"alone-{at}"
        if run(kindling, case, job, folder / "in", target, other).code == 0:
            folders.append((other, target))
    alone = check_output(oracle, output, folders)
    if alone:
        return reproduce(case, output, alone[0], alone[1], job.read_text())
    return reproduce(case, output, way, what + " (not in a job of this output alone)", case.script())


def check_case(kindling, case, folder):
    source = folder / "in"
    rollup_oracle.make_data(rollup_oracle.connect(), case.table, source)
    job = folder / "job.sql"
    job.write_text(case.script())
    folders = []
    for at, way in enumerate(ways(case.seed)):
        target = folder / f"out-{at}"
        done = run(kindling, case, job, source, target, way)
        if way[0] == LITTLE and done.code == LIMIT:
            notes[LITTLE] += 1
            continue
        assert done.code == 0, reproduce(case, case.outputs[0], way, f"exit code {done.code}: {done.err} {done.out}", case.script())
        count_outputs(done, way, at)
        folders.append((way, target))
    oracle = rollup_oracle.Oracle(case, source)
    found = [(output, check_output(oracle, output, folders)) for output in case.outputs]
    faults = [(output, *wrong) for output, wrong in found if wrong]
    text = narrow(kindling, oracle, case, *faults[0], folder) if faults else ""
    oracle.close()
    assert not faults, f"{text}\n{len(faults)} of {len(found)} outputs differ: {', '.join(o.name for o, _, _ in faults)}"


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SCRIPTS))
def test_rollups(kindling, seed):
    large = LARGE_EVERY > 0 and seed % LARGE_EVERY == 0
    case = make_rollups.make_case(seed, OUTPUTS, LARGE if large else SIZES)
    with tempfile.TemporaryDirectory(prefix="kindling-rollups-", dir=scratch()) as folder:
        check_case(kindling, case, Path(folder))


def test_kernel_share():
    """After all others: most outputs came from the kernel, or nothing was tested."""
    total = sum(computed_by.values())
    print(dict(computed_by), *notes.most_common(20), sep="\n")
    assert total == 0 or sum(n for way, n in computed_by.items() if way.startswith("kernel")) >= 0.6 * total, (computed_by, notes)
