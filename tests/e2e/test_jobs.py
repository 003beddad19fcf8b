"""Both shipped jobs: every output equals DuckDB running the script as written, for every reader, at any thread count."""

import json
import re
import resource
import subprocess

import pytest

from conftest import OUTPUTS, SHIPPED
from kit import compare, data, oracle, program, readers

JOBS = ["batch-processing", "advanced-analysis"]


@pytest.fixture(scope="module")
def published(kindling, events, tmp_path_factory):
    folder = tmp_path_factory.mktemp("published") / "out"
    result = kindling("run", *JOBS, "--input", events, "--output", folder, "--json", "--app-name", "the test")
    return folder, result


@pytest.mark.parametrize("name", OUTPUTS)
def test_output_equals_the_script_as_written(published, shipped_oracle, name):
    compare.assert_output(published[0], shipped_oracle[name])


def test_no_other_table_and_nothing_left(published):
    folder, _ = published
    assert sorted(p.name for p in folder.iterdir() if p.name != "_kindling") == sorted(OUTPUTS)
    assert data.staging(folder) == []


def test_report(published, shipped_oracle, events):
    report = published[1].json
    assert report["schema_version"] == 1 and report["command"] == "run"
    assert re.fullmatch(r"\S+", report["run_id"])
    rows = {output["name"]: output for output in report["outputs"]}
    assert sorted(rows) == sorted(OUTPUTS)
    for name, output in rows.items():
        assert output["rows"] == len(shipped_oracle[name].rows)
        assert output["version"] == 0
        files = readers.plain_files(published[0] / name)
        assert output["files"] == len(files)
        assert output["size_bytes"] == sum(f.stat().st_size for f in files)
    assert report["input"]["rows"] == 20000
    assert report["input"]["files"] == len(data.files_below(events))
    stages = report["stages"]
    assert stages and all(s["seconds"] >= 0 for s in stages)
    assert 0 < report["wall_seconds"] < 60 and report["cpu_seconds"] > 0 and report["peak_memory_bytes"] > 1 << 20


def test_app_name_and_run_id_in_the_history(published):
    log = (published[0] / "daily-activity" / "_delta_log" / f"{0:020}.json").read_text()
    info = next(json.loads(line)["commitInfo"] for line in log.splitlines() if "commitInfo" in line)
    assert "the test" in json.dumps(info) and published[1].json["run_id"] in json.dumps(info)


def test_few_files_for_readers(published):
    """Small outputs are one file a partition, never a file a thread."""
    for name in OUTPUTS:
        files = readers.plain_files(published[0] / name)
        assert len(files) == len({f.parent for f in files}), name


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_same_bits_at_every_thread_count(kindling, published, events, tmp_path, threads):
    wanted = compare.contents(published[0], OUTPUTS)
    kindling("run", *JOBS, "--input", events, "--output", tmp_path / "out", "--threads", threads)
    assert compare.contents(tmp_path / "out", OUTPUTS) == wanted


def test_same_bits_whatever_the_files(kindling, published, events, tmp_path):
    """The same rows in one file an input row order turned round: sums of doubles do not feel it."""
    con = data.connect()
    oracle.load_input(con, "events", events)
    data.copy("SELECT * FROM events ORDER BY hash(user_id, value), \"timestamp\" DESC", tmp_path / "one.parquet", con)
    kindling("run", *JOBS, "--input", tmp_path / "one.parquet", "--output", tmp_path / "out")
    assert compare.contents(tmp_path / "out", OUTPUTS) == compare.contents(published[0], OUTPUTS)


def test_jobs_one_by_one_equal_jobs_together(kindling, published, events, tmp_path):
    for job in JOBS:
        kindling("run", job, "--input", events, "--output", tmp_path / "out")
    assert compare.contents(tmp_path / "out", OUTPUTS) == compare.contents(published[0], OUTPUTS)


def test_rerun_is_version_1_and_plain_readers_see_only_it(kindling, events, tmp_path):
    smaller = data.events(tmp_path / "small", rows=3000, salt=77)
    out = tmp_path / "out"
    kindling("run", *JOBS, "--input", events, "--output", out)
    kindling("run", *JOBS, "--input", smaller, "--output", out)
    for script in SHIPPED.values():
        compare.assert_script(out, oracle.run_script(script, {"events": smaller}))
    assert {readers.version(out / name) for name in OUTPUTS} == {1}


def test_every_successful_run_is_a_version(kindling, events, tmp_path):
    for version in range(3):
        kindling("run", "batch-processing", "--input", events, "--output", tmp_path / "out")
        assert readers.version(tmp_path / "out" / "monthly-summary") == version


def test_retain_keeps_older_versions(kindling, events, shipped_oracle, tmp_path):
    smaller = data.events(tmp_path / "small", rows=3000, salt=77)
    out = tmp_path / "out"
    kindling("run", "batch-processing", "--input", events, "--output", out, "--retain", "7d")
    kindling("run", "batch-processing", "--input", smaller, "--output", out)
    name = "monthly-summary"
    columns = shipped_oracle[name].columns
    old = [readers.canonical(read(out / name, version=0), columns) for read in readers.DELTA_READERS.values()]
    assert len(old[0]) == len(shipped_oracle[name].rows) and all(rows == old[0] for rows in old)
    new = oracle.run_script(SHIPPED["batch-processing"], {"events": smaller})[name]
    assert [len(readers.deltalake_reader(out / name))] == [len(new.rows)]


def test_empty_input_publishes_empty_tables(kindling, tmp_path):
    data.copy(f"SELECT * FROM ({data.events_query(1)}) WHERE false", tmp_path / "in" / "a.parquet")
    kindling("run", *JOBS, "--input", tmp_path / "in", "--output", tmp_path / "out")
    for script in SHIPPED.values():
        compare.assert_script(tmp_path / "out", oracle.run_script(script, {"events": tmp_path / "in"}))


SPECIAL = ["nan", "inf", "-inf", "-0.0", "0.0", "1e300", "1e-300", "0.1"]


@pytest.mark.parametrize("shape", ["special", "signed", "one row", "ties"])
def test_hostile_events(kindling, tmp_path, shape):
    options = {
        # a user, a month or a category meets NaN or infinity, or does not
        "special": dict(rows=4000, users=3000, value=f"CASE WHEN hash(i + 31) % 50 = 0 THEN ({data.literals(SPECIAL)}[1 + (hash(i) % {len(SPECIAL)})::INT])::DOUBLE ELSE 0.25 END"),
        "signed": dict(rows=4000, value="((hash(i + 31) % 2000001)::BIGINT - 1000000) / 700.0"),
        "one row": dict(rows=1, nulls=False),
        "ties": dict(rows=5000, users=5, days=1, value="1.5"),
    }[shape]
    source = data.events(tmp_path / "in", start="1969-12-31 12:00:00", **options)
    kindling("run", *JOBS, "--input", source, "--output", tmp_path / "out")
    scale = 4000 * 1500.0 if shape == "signed" else 0.0
    for script in SHIPPED.values():
        compare.assert_script(tmp_path / "out", oracle.run_script(script, {"events": source}), scale)


def test_empty_category_is_refused_before_any_commit(kindling, tmp_path):
    source = data.events(tmp_path / "in", rows=500, categories=["", "a"])
    result = kindling("run", "advanced-analysis", "--input", source, "--output", tmp_path / "out", code=None)
    assert result.code in (1, 2)
    assert "empty" in result.err and "'category'" in result.err and "nullif(\"category\", '')" in result.err
    assert all(readers.version(tmp_path / "out" / name) == -1 for name in OUTPUTS)
    assert not list((tmp_path / "out").rglob("*.parquet")) if (tmp_path / "out").exists() else True


def test_memory_limit_is_kept(kindling, tmp_path):
    """A limit that the work fits into only by spilling, or a clear refusal; never more memory than the limit."""
    source = data.events(tmp_path / "in", rows=600000, users=200000)
    kept = []
    for limit in (80, 100, 130, 160, 300):
        result = kindling("run", *JOBS, "--input", source, "--output", tmp_path / "out", "--memory-limit", f"{limit}MB", "--threads", 2, "--json", code=None)
        assert result.code in (0, 8), result
        if result.code == 0:
            assert result.json["peak_memory_bytes"] <= limit * 1e6
            kept.append(limit)
        else:
            assert f"HINT: Allow more by --memory-limit, or use fewer --threads: the limit is {limit} MB, of which the program itself needs 56 MB." in result.err
    assert 300 in kept and 80 not in kept


def test_a_temp_dir_that_cannot_hold_what_is_spilled(kindling, tmp_path):
    source = data.copy("SELECT hash(i)::VARCHAR AS h, 'a text of some length ' || i AS s FROM range(2000000) t(i)", tmp_path / "in" / "0.parquet")
    script = data.write(tmp_path / "j.sql", "COPY (SELECT * FROM t ORDER BY h, s) TO 'o' (FORMAT parquet);")
    arguments = ["run", script, "--input", source, "--output", tmp_path / "out", "--memory-limit", "160MB", "--threads", 2, "--quiet", "--temp-dir"]
    kindling(*arguments, tmp_path / "made")
    result = kindling(*arguments, script, code=1)
    assert f"failed to create directory '{script}/kindling-" in result.err and result.err.endswith("\nHINT: Give --temp-dir a folder that can be written to.\n")


def test_where_the_system_gives_no_memory_the_tables_stay_whole(kindling, tmp_path):
    """Address space ends anywhere. A run ends with its tables, with an error that says so, or, where it ends inside of DuckDB 1.5.5 (in the allocator's
    set-up of a thread, in making an error, in a destructor) or of GLib and json-c, by a signal: what was published is read as before, and the next run publishes."""
    source = data.events(tmp_path / "in", rows=400000, users=200000)
    arguments = ["run", *JOBS, "--input", source, "--output", tmp_path / "out", "--threads", 2, "--quiet"]
    kindling(*arguments)
    wanted = {name: output for script in SHIPPED.values() for name, output in oracle.run_script(script, {"events": source}).items()}
    codes = []
    for megabytes in range(100, 340, 20):
        most = megabytes << 20
        done = subprocess.run(kindling.command(arguments), env=program.environment({"KINDLING_KERNEL": "off"}),  # more of it in DuckDB
                              preexec_fn=lambda most=most: resource.setrlimit(resource.RLIMIT_AS, (most, most)), capture_output=True, text=True, timeout=120)
        codes.append(done.returncode)
        assert done.returncode in (0, 8) or done.returncode < 0, (megabytes, done.returncode, done.stderr[-500:])
        assert done.returncode != 8 or re.search(r"memory|alloc", done.stderr), done.stderr
        if done.returncode < 0:
            for name in OUTPUTS:
                compare.assert_output(tmp_path / "out", wanted[name])
    assert 8 in codes, codes
    kindling(*arguments)
    for name in OUTPUTS:
        compare.assert_output(tmp_path / "out", wanted[name])


def test_a_memory_limit_below_what_the_program_needs_is_refused(kindling, tmp_path):
    source = data.events(tmp_path / "in", rows=500)
    result = kindling("run", *JOBS, "--input", source, "--output", tmp_path / "out", "--memory-limit", "30MB", "--threads", 2, code=8)
    assert "a memory limit of 30 MB is too little: the program itself needs 56 MB" in result.err and "HINT: Allow 72 MB or more by --memory-limit" in result.err
    assert not (tmp_path / "out").exists()
