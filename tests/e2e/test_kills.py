"""SIGKILL anywhere: Delta readers see the old or the new version of every table; the next run completes the rest.

KINDLING_KILLS: how many points, spread over a run (default 50; more in make soak)."""

import os
import signal
import time

import pytest

from kit import compare, data, oracle, readers

KILLS = int(os.environ.get("KINDLING_KILLS", "50"))
NAMES = ["by-day", "by-key", "totals"]
SCRIPT = """
COPY (SELECT k, d, count(*) AS n, sum(v) AS s FROM t GROUP BY k, d ORDER BY d, k) TO 'by-day' (FORMAT parquet, PARTITION_BY (d));
COPY (SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k ORDER BY k) TO 'by-key' (FORMAT parquet);
COPY (SELECT count(*) AS n, sum(v) AS s FROM t) TO 'totals' (FORMAT parquet);
"""


class Scene:
    """An output folder that is published over and over from two inputs in turn, so that old and new always differ."""

    def __init__(self, kindling, folder):
        self.kindling, self.folder = kindling, folder
        self.script = data.write(folder / "job.sql", SCRIPT)
        self.sources = [data.copy(f"SELECT 'k' || i % {37 + at} AS k, i % {6 + at} AS d, (i % 1000) / 8.0 AS v FROM range({20000 + 5000 * at}) r(i)",
                                  folder / f"in-{at}.parquet") for at in (0, 1)]
        self.results = []
        for source in self.sources:
            outputs = oracle.run_script(SCRIPT, {"t": source})
            columns = {n: [(c, compare.stored(t)) for c, t in o.columns] for n, o in outputs.items()}
            self.results.append({n: sorted(repr(tuple(c.hex() if isinstance(c, float) else c for c in r)) for r in o.rows) for n, o in outputs.items()})
            self.columns = columns
        self.out = folder / "out"

    def run(self, which, **options):
        return self.kindling("run", self.script, "--input", self.sources[which], "--output", self.out, "--quiet", **options)

    def start(self, which, **options):
        return self.kindling.start("run", self.script, "--input", self.sources[which], "--output", self.out, "--quiet", **options)

    def state(self, read):
        """{table: 0, 1: whose rows a reader sees}; fails on anything that is neither."""
        seen = {}
        for name in NAMES:
            rows = readers.canonical(read(self.out / name), self.columns[name])
            assert rows in [r[name] for r in self.results], f"{name}: a mix of versions"
            seen[name] = 0 if rows == self.results[0][name] else 1
        return seen

    def check_after_kill(self, old, new):
        """Each table is whole, old or new; the Delta readers agree."""
        states = [self.state(read) for read in readers.DELTA_READERS.values()]
        assert all(s == states[0] for s in states)
        assert set(states[0].values()) <= {old, new}
        return states[0]

    def check_settled(self, which):
        """After a run that ended: all outputs of it, for every reader, and no staging."""
        for read in (*readers.DELTA_READERS.values(), *readers.PLAIN_READERS.values()):
            assert self.state(read) == dict.fromkeys(NAMES, which)
        assert data.staging(self.out) == []


@pytest.fixture(scope="module")
def scene(kindling, tmp_path_factory):
    scene = Scene(kindling, tmp_path_factory.mktemp("kills"))
    scene.run(0)
    scene.check_settled(0)
    return scene


def seconds_of_a_run(scene):
    begin = time.monotonic()
    scene.run(0)
    return time.monotonic() - begin


def test_sigkill_at_many_points(kindling, tmp_path):
    """Even points, from the start of the process to a little behind its end; a busy machine moves that end, so it is measured all along."""
    scene = Scene(kindling, tmp_path)
    scene.run(0)
    took = [seconds_of_a_run(scene) for _ in range(3)]
    killed = seen_old = seen_new = rounds = 0
    while killed < KILLS and rounds < 3 * KILLS:
        process = scene.start(1)
        whole = sorted(took[-7:])[len(took[-7:]) // 2]
        time.sleep(whole * 1.05 * (rounds * 0.6180339887 % 1))  # the golden section spreads any number of points evenly
        rounds += 1
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        state = scene.check_after_kill(0, 1)
        seen_old += set(state.values()) == {0}
        seen_new += set(state.values()) == {1}
        if process.returncode == 0:
            assert set(state.values()) == {1}
        took.append(seconds_of_a_run(scene))
        if rounds % 5 == 0:
            scene.check_settled(0)
        else:
            assert scene.state(readers.deltalake_reader) == dict.fromkeys(NAMES, 0)
    scene.check_settled(0)
    print(f"{killed} kills spread over {min(took):.2f} to {max(took):.2f} s in {rounds} rounds: {seen_old} saw the old version, {seen_new} the new one")
    assert killed == KILLS and seen_old > 0


# step -> is the run committed when it dies there (the job log's entry is the commit)?
STEPS = {"publish.staged": False, "publish.prepared": False, "publish.logged": True}
STEPS |= {f"publish.{step}:{name}": True for step in ("moving", "moved", "committed", "deleted") for name in NAMES}
STEPS |= {"publish.done": True}


def pause_and_kill(scene, which, step):
    process = scene.start(which, env={"KINDLING_FAULT": f"pause:{step}"})
    line = process.stderr.readline()
    try:
        assert line == f"paused {step}\n", f"{line!r} {process.communicate(timeout=30)}"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("step", STEPS)
def test_sigkill_at_every_step_of_the_commit(scene, step):
    scene.run(0)
    pause_and_kill(scene, 1, step)
    state = scene.check_after_kill(0, 1)
    what, _, name = step.partition(":")
    if not STEPS[step]:
        assert set(state.values()) == {0}
    if name:
        done = NAMES[:NAMES.index(name) + (what in ("publish.committed", "publish.deleted"))]
        assert state == {n: int(n in done) for n in NAMES}
    if step == "publish.done":
        assert set(state.values()) == {1}
    # the next thing that looks at the folder rolls forward what was committed, and nothing else
    scene.kindling("gc", "--output", scene.out)
    scene.check_settled(int(STEPS[step]))
    scene.run(0)
    scene.check_settled(0)


@pytest.mark.parametrize("step", ["publish.logged", "publish.moved:by-key"])
def test_the_next_run_completes_a_killed_one(scene, step):
    """Its versions are there: the killed run's first, then the next one's on top."""
    scene.run(0)
    before = {n: readers.version(scene.out / n) for n in NAMES}
    pause_and_kill(scene, 1, step)
    scene.run(0)
    assert {n: readers.version(scene.out / n) for n in NAMES} == {n: v + 2 for n, v in before.items()}
    scene.check_settled(0)


@pytest.mark.parametrize("step", STEPS)
def test_plain_readers_are_mixed_only_in_the_window(scene, step):
    """Plain readers of a folder see old and new files together only from 'moving' to 'deleted' of that table."""
    scene.run(0)
    pause_and_kill(scene, 1, step)
    what, _, at = step.partition(":")
    for name in NAMES:
        rows = readers.canonical(readers.duckdb_plain_reader(scene.out / name), scene.columns[name])
        clean = rows in [r[name] for r in scene.results]
        in_window = name == at and what in ("publish.moving", "publish.moved", "publish.committed")
        assert clean or in_window, name
    scene.run(0)
    scene.check_settled(0)


def test_first_run_killed_before_its_commit_leaves_no_table(kindling, scene, tmp_path):
    process = kindling.start("run", scene.script, "--input", scene.sources[0], "--output", tmp_path / "out", env={"KINDLING_FAULT": "kill:publish.prepared"})
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert all(readers.version(tmp_path / "out" / n) == -1 for n in NAMES)
    kindling("run", scene.script, "--input", scene.sources[0], "--output", tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["_kindling", *NAMES]


def test_failing_at_any_step_before_the_commit_changes_nothing(scene):
    for step in ("publish.staged", "publish.prepared"):
        result = scene.run(1, env={"KINDLING_FAULT": f"fail:{step}"}, code=1)
        assert step in result.err
        scene.check_settled(0)


def test_staging_of_a_live_run_is_left_alone(scene):
    """gc and another run sweep dead staging only."""
    scene.run(0)
    process = scene.start(1, env={"KINDLING_FAULT": "pause:publish.prepared"})
    assert process.stderr.readline() == "paused publish.prepared\n"
    staging = data.staging(scene.out)
    assert any(p.endswith(".parquet") for p in staging)
    scene.kindling("gc", "--output", scene.out)
    scene.run(0)
    assert set(staging) <= set(data.staging(scene.out))
    process.kill()
    process.communicate()
    scene.run(0)
    scene.check_settled(0)
