"""Two runs at once on one output: one after the other, or the second loses with exit code 4; never a mix.

KINDLING_RACES: rounds (default 8; more in make soak)."""

import os
import re
import time

import pytest

from kit import data, readers
from test_kills import NAMES, Scene

RACES = int(os.environ.get("KINDLING_RACES", "8"))


@pytest.fixture(scope="module")
def scene(kindling, tmp_path_factory):
    scene = Scene(kindling, tmp_path_factory.mktemp("races"))
    scene.run(0)
    return scene


def finish(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, err


def test_rounds(scene):
    lost = 0
    for at in range(RACES):
        before = {n: readers.version(scene.out / n) for n in NAMES}
        processes = []
        for which in (0, 1):
            processes.append(scene.start(which))
            time.sleep(0.02 * (at % 4))
        ends = [finish(p) for p in processes]
        codes = sorted(code for code, _ in ends)
        assert codes in ([0, 0], [0, 4]), ends
        for code, err in ends:
            if code == 4:
                lost += 1
                assert re.search(r"another run published version \d+ of '[\w-]+' first", err), err
        won = codes.count(0)
        assert {n: readers.version(scene.out / n) for n in NAMES} == {n: v + won for n, v in before.items()}
        state = scene.state(readers.deltalake_reader)
        assert len(set(state.values())) == 1, state
        if won == 1:
            winner = [code for code, _ in ends].index(0)
            assert set(state.values()) == {winner}
        scene.check_settled(state[NAMES[0]])
    print(f"{RACES} rounds, {lost} lost")


def test_the_loser_changes_nothing(scene):
    """A run that began before another one published, and commits after it."""
    scene.run(0)
    loser = scene.start(0, env={"KINDLING_FAULT": "slow:publish.prepared"})
    time.sleep(0.8)
    before = {n: readers.version(scene.out / n) for n in NAMES}
    winner = scene.start(1)
    assert finish(winner) == (0, "")
    code, err = finish(loser)
    if code == 0:
        pytest.fail("the slow run did not lose: it was not slow enough, or its check is missing")
    assert code == 4 and re.search(r"another run published version \d+ of '[\w-]+' first", err), err
    assert {n: readers.version(scene.out / n) for n in NAMES} == {n: v + 1 for n, v in before.items()}
    scene.check_settled(1)


def test_different_outputs_of_one_folder_both_publish(scene, kindling, tmp_path):
    """Runs whose tables do not meet serialise, and neither loses."""
    jobs = [data.write(tmp_path / f"{n}.sql", f"COPY (SELECT count(*) AS n FROM t) TO '{n}' (FORMAT parquet);") for n in ("left", "right")]
    slow = kindling.start("run", jobs[0], "--input", scene.sources[0], "--output", tmp_path / "out", "--quiet", env={"KINDLING_FAULT": "slow:publish.prepared"})
    time.sleep(0.8)
    kindling("run", jobs[1], "--input", scene.sources[0], "--output", tmp_path / "out", "--quiet")
    assert finish(slow) == (0, "")
    assert [readers.version(tmp_path / "out" / n) for n in ("left", "right")] == [0, 0]


def test_a_paused_winner_is_completed_by_the_other(scene):
    """The winner has its entry in the job log and sleeps: the next run completes it, then comes on top."""
    scene.run(0)
    before = {n: readers.version(scene.out / n) for n in NAMES}
    winner = scene.start(1, env={"KINDLING_FAULT": "pause:publish.logged"})
    assert winner.stderr.readline() == "paused publish.logged\n"
    scene.run(0)
    winner.kill()
    winner.communicate()
    assert {n: readers.version(scene.out / n) for n in NAMES} == {n: v + 2 for n, v in before.items()}
    scene.run(0)
    scene.check_settled(0)
