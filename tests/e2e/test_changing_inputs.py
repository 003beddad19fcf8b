"""Inputs that change while a run reads them: yesterday's tables stay as they are, and the error names the file."""

import os
import shutil
import signal
import threading

import pytest

from kit import compare, data, oracle, readers

SCRIPT = """
COPY (SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k ORDER BY k) TO 'keys' (FORMAT parquet);
COPY (SELECT day, u, sum(v) AS s FROM t GROUP BY day, u ORDER BY day, u) TO 'users' (FORMAT parquet, PARTITION_BY (day));
"""
NAMES = ["keys", "users"]
ROWS = "SELECT 'k' || i % 50 AS k, i * 7919 % 1009 AS u, ({v})::{type} AS v FROM range({n}) r(i)"
WAYS = {"kernel": {}, "duckdb": {"KINDLING_KERNEL": "off"}}


def rows(n=3000, v="i", type="DOUBLE"):
    return ROWS.format(n=n, v=v, type=type)


def replace(path, query):
    """As a careful writer does: readers see the old file or the new one."""
    data.copy(query, path.with_name(".new"))
    os.replace(path.with_name(".new"), path)


def write_over(path, content):
    """The file that is open already gets other bytes."""
    with open(path, "r+b") as file:
        file.write(content)
        file.truncate()


def age(path):
    """Rows and bytes are the same, but it was written again."""
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


CHANGES = {
    "deleted": lambda p: p.unlink(),
    "its folder deleted": lambda p: shutil.rmtree(p.parent),
    "more rows": lambda p: replace(p, rows(n=4000)),
    "other values": lambda p: replace(p, rows(v="i + 1")),
    "another type": lambda p: replace(p, rows(type="VARCHAR")),
    "other columns": lambda p: replace(p, "SELECT 1 AS x"),
    "the same again": age,
    "no Parquet": lambda p: write_over(p, b"hello, this is no Parquet file at all\n" * 9),
    "empty": lambda p: write_over(p, b""),
    "half": lambda p: os.truncate(p, p.stat().st_size // 2),
    "no end": lambda p: os.truncate(p, p.stat().st_size - 5),
}


def go_on(process):
    """To its end, past the step's further turns."""
    limit = threading.Timer(60, process.kill)
    limit.start()
    is_stopped = True
    while is_stopped:
        process.send_signal(signal.SIGCONT)
        is_stopped = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT).si_code == os.CLD_STOPPED
    limit.cancel()


def run_stopped(kindling, arguments, step, change, way="kernel"):
    """The run stops at the step for the first time, the change is made, and the run goes on."""
    process = kindling.start(*arguments, env={**WAYS[way], "KINDLING_FAULT": f"stop:{step}"})
    try:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), status
        change()
        go_on(process)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, out, err


@pytest.fixture
def scene(kindling, tmp_path):
    source = tmp_path / "in"
    for day in range(1, 5):
        data.copy(rows(), source / f"day={day}" / "a.parquet")
    script = data.write(tmp_path / "job.sql", SCRIPT)
    kindling("run", script, "--input", source, "--output", tmp_path / "out", "--quiet")
    return ("run", script, "--input", source, "--output", tmp_path / "out", "--quiet"), source, tmp_path / "out"


@pytest.mark.parametrize("way", ["kernel", "duckdb"])
@pytest.mark.parametrize("change", CHANGES)
def test_changed_between_plan_and_scan(kindling, scene, change, way):
    """Both outputs are still to be computed."""
    arguments, source, out = scene
    wanted = oracle.run_script(SCRIPT, {"t": source})
    file = source / "day=3" / "a.parquet"
    code, printed, err = run_stopped(kindling, arguments, "engine.output:keys", lambda: CHANGES[change](file), way)
    is_deleted = "deleted" in change
    assert (code, printed) == (2, "")
    assert err.startswith(f"kindling: input 't': '{file}' was {'deleted' if is_deleted else 'changed'} while it was read\nHINT: "), err
    assert [readers.version(out / n) for n in NAMES] == [0, 0] and data.staging(out) == []
    compare.assert_script(out, wanted)


@pytest.mark.parametrize("change", ["more rows", "other values", "the same again"])
@pytest.mark.parametrize("way", ["kernel", "duckdb"])
def test_changed_between_outputs(kindling, scene, change, way):
    """One output is of the old rows: nothing is published that is of others."""
    arguments, source, out = scene
    wanted = oracle.run_script(SCRIPT, {"t": source})
    file = source / "day=1" / "a.parquet"
    code, _, err = run_stopped(kindling, arguments, "engine.output:users", lambda: CHANGES[change](file), way)
    assert code == 2 and f"'{file}' was changed while it was read" in err, err
    assert [readers.version(out / n) for n in NAMES] == [0, 0]
    compare.assert_script(out, wanted)


def test_deleted_after_it_was_read(kindling, scene):
    """What was read is whole: it is published."""
    arguments, source, out = scene
    wanted = oracle.run_script(SCRIPT, {"t": source})
    code, _, err = run_stopped(kindling, arguments, "engine.written:users", (source / "day=2" / "a.parquet").unlink)
    assert (code, err) == (0, "")
    assert [readers.version(out / n) for n in NAMES] == [1, 1]
    compare.assert_script(out, wanted)


@pytest.mark.parametrize("change", ["more rows", "other values", "no Parquet"])
def test_changed_in_a_performance_test(kindling, scene, change):
    """It is not said that the plan's results differ from the script's."""
    arguments, source, _ = scene
    file = source / "day=2" / "a.parquet"
    code, printed, err = run_stopped(kindling, (*arguments, "--performance-test", "--runs", "1"), "engine.output:users", lambda: CHANGES[change](file))
    assert (code, printed) == (2, ""), err
    assert err.startswith(f"kindling: input 't': '{file}' was changed while it was read\nHINT: "), err


def test_what_is_not_read_may_change(kindling, tmp_path):
    """Another partition, which the plan leaves out, is being written; and an input that is one file."""
    for day in range(1, 3):
        data.copy(rows(), tmp_path / "in" / f"day={day}" / "a.parquet")
    text = "COPY (SELECT count(*) AS n, sum(v) AS s FROM t WHERE day = 1) TO 'o' (FORMAT parquet);"
    arguments = ("run", data.write(tmp_path / "job.sql", text), "--input", tmp_path / "in", "--output", tmp_path / "out", "--quiet")
    wanted = oracle.run_script(text, {"t": tmp_path / "in"})
    code, _, err = run_stopped(kindling, arguments, "engine.output:o", lambda: CHANGES["more rows"](tmp_path / "in" / "day=2" / "a.parquet"))
    assert (code, err) == (0, "")
    compare.assert_script(tmp_path / "out", wanted)


def test_one_file(kindling, tmp_path):
    file = data.copy(rows(), tmp_path / "one.parquet")
    text = "COPY (SELECT k, sum(v) AS s FROM t GROUP BY k ORDER BY k) TO 'o' (FORMAT parquet);"
    arguments = ("run", data.write(tmp_path / "job.sql", text), "--input", file, "--output", tmp_path / "out", "--quiet")
    kindling(*arguments)
    code, _, err = run_stopped(kindling, arguments, "engine.output:o", lambda: CHANGES["other values"](file))
    assert code == 2 and f"'{file}' was changed while it was read" in err, err
    assert readers.version(tmp_path / "out" / "o") == 0
