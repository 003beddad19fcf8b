"""The one-pass kernel and our own Parquet writer: the same tables as DuckDB's, whoever computes and whoever writes."""

import json

import duckdb
import pytest

from conftest import OUTPUTS, SHIPPED
from kit import compare, data, oracle, readers

JOBS = ["batch-processing", "advanced-analysis"]
STREAMED = "daily-activity"
IN_ORDER = "user-behavior"

# Every way to compute and to write, and what each output is then computed by.
WAYS = {
    "streamed": ([], {}, {STREAMED: "kernel, streamed", IN_ORDER: "kernel, in order"}, "kernel"),
    "kernel": (["--parquet-writer", "duckdb"], {}, {}, "kernel"),
    "duckdb": ([], {"KINDLING_KERNEL": "off"}, {}, "duckdb"),
}


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """More users than the kernel takes for small: 60,000 events, NULLs in every column."""
    return data.events(tmp_path_factory.mktemp("many") / "in", rows=60000, users=20000, days=12)


@pytest.fixture(scope="module")
def many_oracle(many):
    return {name: output for script in SHIPPED.values() for name, output in oracle.run_script(script, {"events": many}).items()}


@pytest.fixture(scope="module")
def published(kindling, many, tmp_path_factory):
    folders = {}
    for way, (arguments, env, _, _) in WAYS.items():
        folder = tmp_path_factory.mktemp(way) / "out"
        folders[way] = folder, kindling("run", *JOBS, "--input", many, "--output", folder, "--json", *arguments, env=env).json
    return folders


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_what_the_script_as_written_gives(published, many_oracle, way):
    for name in OUTPUTS:
        compare.assert_output(published[way][0], many_oracle[name])


def test_the_report_says_who_computed(published):
    for way, (_, _, special, usual) in WAYS.items():
        for output in published[way][1]["outputs"]:
            assert output["computed_by"] == special.get(output["name"], usual), (way, output)
            assert (output["note"] is None) == (way != "duckdb")


def test_the_ways_agree_bit_for_bit(kindling, published):
    first = published["streamed"][0]
    for way in ("kernel", "duckdb"):
        for name in OUTPUTS:
            assert "equal" in kindling("compare", first / name, published[way][0] / name).out


def test_files_have_the_same_names_and_statistics(published):
    """But for the run's id; readers skip the same files whoever wrote them."""
    def adds(way):
        folder, report = published[way]
        log = (folder / STREAMED / "_delta_log" / f"{0:020}.json").read_text()
        actions = [json.loads(line)["add"] for line in log.splitlines() if "add" in json.loads(line)]
        return {a["path"].replace(report["run_id"], "RUN"): json.loads(a["stats"]) for a in actions}

    assert adds("streamed") == adds("duckdb") and len(adds("streamed")) >= 1


def test_what_the_kernel_cannot_is_left_to_duckdb_and_said(kindling, tmp_path):
    """A key of many long texts; the other output of the pass is the kernel's all the same."""
    data.copy("SELECT repeat('user ', 60) || hash(i) % 30000 AS t, hash(i + 77) % 30000 AS u, i % 3 AS k FROM range(60000) r(i)", tmp_path / "in" / "a.parquet")
    text = """
        COPY (SELECT t, count(*) AS n FROM events GROUP BY t ORDER BY t NULLS LAST) TO 'users' (FORMAT parquet);
        COPY (SELECT k, count(DISTINCT u) AS users FROM events GROUP BY k ORDER BY k NULLS LAST) TO 'kinds' (FORMAT parquet);
    """
    script = data.write(tmp_path / "job.sql", text)
    wanted = oracle.run_script(text, {"events": tmp_path / "in"})
    result = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", "--verbose")
    for output in wanted.values():
        compare.assert_output(tmp_path / "out", output)
    assert "note    'users' was left to DuckDB: " in result.out and "note    'kinds'" not in result.out
    assert "'users' was left to DuckDB: " in result.err
    report = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", "--json").json
    assert [(o["computed_by"], o["note"] is None) for o in report["outputs"]] == [("duckdb", False), ("kernel", True)]
    assert "left to DuckDB" in kindling("explain", script, "--input", tmp_path / "in", "--analyze").out
    assert "left to DuckDB, by the same rows: a key's texts are too long\n" in kindling("explain", script, "--input", tmp_path / "in").out
    alone = data.write(tmp_path / "alone.sql", "COPY (SELECT k, min(t) AS t FROM events GROUP BY k) TO 'texts' (FORMAT parquet);")
    assert "left to DuckDB, by the same rows: texts of a min, max or first are too long\n" in kindling("explain", alone, "--input", tmp_path / "in").out


def test_what_is_given_up_leaves_the_states_of_others_alone(kindling, tmp_path):
    """Groups of many users in one table: an output's sums are no part of it when its texts are too long; the other's largest look like sums that hold memory."""
    columns = "nullif(i % 9, 4) / 2 AS v, i::DECIMAL(38,0) AS d, repeat('x', 300) || i AS t, 9223372036854000000 - i AS a, 9223372036854000000 - i % 3 AS b, -4611686018427000000 + i AS c"
    data.copy(f"SELECT i % 2500 AS u, {columns} FROM range(20000) r(i)", tmp_path / "in" / "a.parquet")
    text = """
        COPY (SELECT u, sum(v) AS s, sum(d) AS d, min(t) AS t FROM events GROUP BY u ORDER BY u) TO 'long' (FORMAT parquet);
        COPY (SELECT u, t, sum(v) AS s, sum(d) AS d FROM events GROUP BY GROUPING SETS ((u), (u, t)) ORDER BY u, t NULLS LAST) TO 'sets' (FORMAT parquet);
        COPY (SELECT u, max(a) AS a, max(b) AS b, max(c) AS c FROM events GROUP BY u ORDER BY u) TO 'kept' (FORMAT parquet);
    """
    script = data.write(tmp_path / "job.sql", text)
    report = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", "--json").json
    assert [(o["name"], o["computed_by"]) for o in report["outputs"]] == [("long", "duckdb"), ("sets", "duckdb"), ("kept", "kernel, in order")]
    for output in oracle.run_script(text, {"events": tmp_path / "in"}).values():
        compare.assert_output(tmp_path / "out", output)


def test_select_distinct(kindling, tmp_path):
    """Rows by their values, of few and of many, in one pass with groups; what is beside it or around it is told."""
    rows = "SELECT nullif(hash(i) % 9000, 7)::INT AS u, nullif(i % 5, 3)::INT AS k, nullif('x' || i % 40, 'x9') AS t, ['0.5', 'nan', NULL][1 + i % 3]::DOUBLE AS v FROM range(40000) r(i)"
    for day in range(4):
        data.copy(f"{rows} WHERE i % 4 <> {day}", tmp_path / "in" / f"day={day}" / "a.parquet")
    text = """
        CREATE VIEW late AS SELECT * FROM events WHERE day > 1;
        COPY (SELECT k, count(*) AS n FROM events GROUP BY k ORDER BY k NULLS LAST) TO 'groups' (FORMAT parquet);
        COPY (SELECT DISTINCT k, v FROM events ORDER BY v DESC NULLS FIRST, k NULLS LAST) TO 'small' (FORMAT parquet);
        COPY (SELECT DISTINCT u, t FROM events ORDER BY u NULLS LAST, t NULLS LAST) TO 'large' (FORMAT parquet);
        COPY (SELECT DISTINCT day, u FROM events WHERE t <> 'x1' ORDER BY day NULLS LAST, u NULLS LAST) TO 'days' (FORMAT parquet, PARTITION_BY (day));
        COPY (SELECT DISTINCT upper(t) AS t, k + 1 AS k, 'all' AS kind FROM late WHERE v IS NOT NULL ORDER BY t NULLS LAST, k DESC NULLS LAST LIMIT 70) TO 'part' (FORMAT parquet);
        COPY (SELECT DISTINCT u FROM events WHERE u < 0 ORDER BY u) TO 'none' (FORMAT parquet);
        COPY (SELECT DISTINCT k, count(*) > 10 AS many FROM events GROUP BY k, t ORDER BY k NULLS LAST, many) TO 'of-groups' (FORMAT parquet);
        COPY (SELECT DISTINCT k, max(k) OVER () AS most FROM events ORDER BY k NULLS LAST) TO 'window' (FORMAT parquet);
        COPY (SELECT DISTINCT * FROM events ORDER BY ALL) TO 'star' (FORMAT parquet);
    """
    script = data.write(tmp_path / "job.sql", text)
    wanted = oracle.run_script(text, {"events": tmp_path / "in"})
    for kernel in ("on", "off"):
        out = tmp_path / kernel
        report = kindling("run", script, "--input", tmp_path / "in", "--output", out, "--json", env={"KINDLING_KERNEL": kernel}).json
        by = {o["name"]: o["computed_by"] for o in report["outputs"]}
        for output in wanted.values():
            compare.assert_output(out, output)
        if kernel == "on":
            assert by == {"groups": "kernel", "small": "kernel", "large": "kernel, in order", "days": "kernel, streamed", "part": "kernel", "none": "kernel",
                          "of-groups": "kernel", "window": "duckdb", "star": "duckdb"}
    explained = kindling("explain", script, "--input", tmp_path / "in").out
    assert "runs by itself: a window call in SELECT DISTINCT" in explained and "runs by itself: * in SELECT DISTINCT" in explained


def test_more_columns_than_the_kernel_takes(kindling, tmp_path):
    """The output that needs them is left to DuckDB, and no other of its pass; explain says so before, and at the limit all is the kernel's."""
    columns = ", ".join(f"nullif(hash(i, {k}) % 1000, 7)::INTEGER AS v{k}" for k in range(300))
    data.copy(f"SELECT i % 7 AS k, hash(i) % 3000 AS u, {columns} FROM range(6000) t(i)", tmp_path / "in" / "a.parquet")

    def copy(name, key, sums):
        listed = ", ".join(f"sum(v{s % 300} + {s // 300}) AS s{s}" for s in sums)
        return f"COPY (SELECT {key} AS key, {listed} FROM events GROUP BY key ORDER BY key) TO '{name}' (FORMAT parquet);"

    wide = [copy("small", "k", [0, 1]), copy("wide", "k", range(600)), copy("users", "u::INTEGER", [0, 5])]
    full = [copy("small", "k", [0, 1]), copy("most", "k", range(511))]
    for at, (parts, left) in enumerate([(wide, ["wide"]), (full, [])]):
        script = data.write(tmp_path / f"job-{at}.sql", "\n".join(parts))
        report = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / f"out-{at}", "--json").json
        assert [o["name"] for o in report["outputs"] if o["computed_by"] == "duckdb"] == left
        assert [o["name"] for o in report["outputs"] if o["computed_by"].startswith("kernel")] == [o["name"] for o in report["outputs"] if o["name"] not in left]
        explained = kindling("explain", script, "--input", tmp_path / "in").out
        assert explained.count("computed by DuckDB: its scan has 601 columns, more than 512") == len(left)
        for output in oracle.run_script("\n".join(parts), {"events": tmp_path / "in"}).values():
            compare.assert_output(tmp_path / f"out-{at}", output, all_readers=False)


def test_values_and_orders_that_the_kernel_does_not_take(kindling, tmp_path):
    """explain says of each what the run then does, and why."""
    data.copy("SELECT i % 7 AS k, (hash(i) % 9000)::INTEGER AS u, (hash(i, 1) % 1000)::DECIMAL(38, 4) AS d FROM range(20000) r(i)", tmp_path / "in" / "a.parquet")

    def copy(name, aggregate):
        return f"COPY (SELECT k, {aggregate} AS x FROM events GROUP BY k ORDER BY k) TO '{name}' (FORMAT parquet);"

    order = ", ".join(f"u % {m}" for m in range(2, 13))
    text = "\n".join([copy("wide", f"first(d ORDER BY {order}, d, u)"), copy("listed", "last(d ORDER BY [u], d)"), copy("many", f"first(u ORDER BY {order}, u % 13, u)"),
                      copy("most", f"first(u ORDER BY {order}, u)"), copy("most-wide", "first(d ORDER BY d, d + 1, d + 2, d + 3, d + 4, d + 5, d + 6, d + 7, u, u % 3, u % 5, u % 7)")])
    script = data.write(tmp_path / "job.sql", text)
    explained = kindling("explain", script, "--input", tmp_path / "in").out
    assert explained.count("computed by DuckDB: first() has an ORDER BY of 13 keys, more than 12\n") == 2
    assert "computed by DuckDB: the order of \"last\"(d ORDER BY main.list_value(u), d) is of type INTEGER[], which the kernel does not hold\n" in explained
    assert explained.count("computed by the kernel") == explained.count("group strategy") == 2
    report = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", "--json").json
    assert [(o["name"], o["computed_by"], o["note"]) for o in report["outputs"]] == [(n, "duckdb", None) for n in ("wide", "listed", "many")] + [(n, "kernel", None) for n in ("most", "most-wide")]
    for output in oracle.run_script(text, {"events": tmp_path / "in"}).values():
        compare.assert_output(tmp_path / "out", output)


@pytest.mark.parametrize("keys, partition, by", [("", "", "kernel"), ("k", "", "kernel"), ("u", "", "kernel, in order"), ("day, u", ", PARTITION_BY (day)", "kernel, streamed"), ("k, u", "", "kernel, streamed"), ("u, k", "", "kernel, in order")])
def test_texts_of_many_values_are_chosen(kindling, tmp_path, keys, partition, by):
    """URLs: of equal beginnings, empty, NULL, as long as the kernel takes them; by each way of grouping."""
    url = "CASE WHEN i % 13 = 5 THEN NULL WHEN i % 101 = 3 THEN '' ELSE 'https://shop.example/' || repeat('p/', (i % 4)::INT) || hash(i) % 70000 || CASE WHEN i % 997 = 0 THEN repeat('x', 200) ELSE '' END END"
    for day in range(3):
        data.copy(f"SELECT i % 5 AS k, (hash(i) % 9000)::INT AS u, (hash(i + 5) % 1000)::INT AS ts, {url} AS url, 'u' || hash(i, 2) % 50000 AS who FROM range({day}, 90000, 3) r(i)",
                  tmp_path / "in" / f"day={day}" / "a.parquet")
    grouping = f"GROUP BY {keys} ORDER BY {keys}" if keys else ""
    text = f"""COPY (SELECT {keys + ', ' if keys else ''}min(url) AS least, max(url) AS most, max(url) FILTER (WHERE ts % 2 = 0) AS even, first(url ORDER BY ts, url NULLS LAST) AS landing,
               last(url ORDER BY ts DESC NULLS LAST, url NULLS FIRST) AS l, any_value(url ORDER BY who, ts, url) AS a, max_by(who, who) AS w, first(ts ORDER BY url DESC NULLS FIRST, who, ts) AS f,
               count(*) AS n, count(DISTINCT url) AS urls FROM events {grouping}) TO 'o' (FORMAT parquet{partition});"""
    report = kindling("run", data.write(tmp_path / "job.sql", text), "--input", tmp_path / "in", "--output", tmp_path / "out", "--json").json
    assert (report["outputs"][0]["computed_by"], report["outputs"][0]["note"]) == (by, None)
    for output in oracle.run_script(text, {"events": tmp_path / "in"}).values():
        compare.assert_output(tmp_path / "out", output, all_readers=False)


def test_what_runs_out_of_memory_beside_others_is_put_off(kindling, tmp_path):
    data.copy("SELECT (hash(i) % 40000)::INT AS u, (hash(i + 7) % 40000)::INT AS t FROM range(600000) r(i)", tmp_path / "in" / "a.parquet")
    text = """
        COPY (SELECT u, count(DISTINCT t) AS n FROM events GROUP BY u ORDER BY u) TO 'users' (FORMAT parquet);
        COPY (SELECT t, count(DISTINCT u) AS n FROM events GROUP BY t ORDER BY t) TO 'items' (FORMAT parquet);
        COPY (SELECT count(*) AS n FROM events) TO 'all' (FORMAT parquet);
    """
    script = data.write(tmp_path / "job.sql", text)
    arguments = ["run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", "--memory-limit", "165MB", "--threads", 2]
    result = kindling(*arguments, "--verbose")
    reason = "its distinct values need more memory than the kernel has"
    assert f" is put off: {reason}" in result.err and f" was computed in a pass of its own: {reason}" in result.err
    assert f" was computed in a pass of its own: {reason}" in result.out and "left to DuckDB" not in result.out
    outputs = kindling(*arguments, "--json").json["outputs"]
    assert [output["name"] for output in outputs] == ["users", "items", "all"]
    assert all(output["computed_by"].startswith("kernel") for output in outputs)
    assert sorted(output["note"] or "" for output in outputs) == ["", "", reason]
    for output in oracle.run_script(text, {"events": tmp_path / "in"}).values():
        compare.assert_output(tmp_path / "out", output, all_readers=False)


TOO_WIDE = "sums of doubles that are very far apart in size need more memory than there is for them"


@pytest.mark.parametrize("kernel", ["on", "off"])
def test_sums_of_doubles_far_apart_keep_the_memory_limit(kindling, tmp_path, kernel):
    """Each sum holds some 300 bytes outside of its state: exact within the limit, or a clear refusal."""
    rows = "SELECT (hash(i) // 4)::BIGINT AS u, [1e150, 1e-150][1 + j] AS v FROM range({}) r(i), range(2) s(j) ORDER BY {}"
    data.copy(rows.format(200000, "j, hash(i + 7)"), tmp_path / "in" / "a.parquet")
    # Both values of a user together: all sums are wide before the first of them is finished, 120 MB in all.
    data.copy(rows.format(400000, "i, j"), tmp_path / "together" / "a.parquet")
    script = data.write(tmp_path / "job.sql", "COPY (SELECT u, sum(v) AS s, avg(v) AS a FROM events GROUP BY u ORDER BY u) TO 'users' (FORMAT parquet);")

    def run(source, limit):
        out = tmp_path / f"out-{source}-{limit}"
        result = kindling("run", script, "--input", tmp_path / source, "--output", out, "--memory-limit", f"{limit}MB", "--threads", 2, "--json", env={"KINDLING_KERNEL": kernel}, code=None)
        assert result.code in (0, 8), result
        if result.code == 8:
            assert TOO_WIDE in result.err and "HINT: Allow more by --memory-limit" in result.err
            return None
        assert result.json["peak_memory_bytes"] <= limit * 1e6 + 15e6  # what the allocators round up; without a limit of sums 35 to 70 more
        assert duckdb.sql(f"SELECT count(*) FROM read_parquet('{out}/users/*.parquet') WHERE s = 1e150 AND a = 5e149").fetchall() == [(200000,)]
        return result.json["outputs"][0]["computed_by"].startswith("kernel")

    for limit in (110, 130, 160):
        run("in", limit)
    assert run("in", 400) == (kernel == "on")
    assert run("together", 110) is None


def test_distinct_values_of_large_columns_are_the_kernels(kindling, tmp_path):
    """Of one for each value of another, of two at once, for many groups, in runs and across them, with NULLs, filters and sets."""
    for day in range(1, 5):
        data.copy(f"""SELECT CASE WHEN i % 50 > 0 THEN 'user ' || hash(i, {day}) % 3000 END AS u, CASE WHEN i % 11 > 0 THEN hash(i // 2 + 77, {day // 3}) % 20000 END AS t,
                             CASE WHEN i % 7 > 0 THEN [0.0, -0.0, 'nan'::DOUBLE, i % 5000][1 + i % 4] END AS x, i % 90 AS k, i % 70 AS l
                      FROM range(15000) r(i)""", tmp_path / "in" / f"day={day}" / "a.parquet")
    text = """
        COPY (SELECT u, count(DISTINCT t) AS items, count(*) AS n FROM events GROUP BY u ORDER BY u NULLS LAST) TO 'users' (FORMAT parquet);
        COPY (SELECT day, u, count(DISTINCT t) AS items, count(DISTINCT x) FILTER (WHERE k > 40) AS xs FROM events WHERE l <> 3 GROUP BY day, u ORDER BY day, u NULLS LAST)
          TO 'daily' (FORMAT parquet, PARTITION_BY (day));
        COPY (SELECT k, l, count(DISTINCT u) AS users FROM events GROUP BY k, l ORDER BY k, l) TO 'crowd' (FORMAT parquet);
        COPY (SELECT count(DISTINCT u) AS users, count(DISTINCT t) AS items, count(DISTINCT x) AS xs FROM events WHERE k < 50) TO 'all' (FORMAT parquet);
        COPY (SELECT u, l, grouping_id(u, l) AS g, count(DISTINCT t) AS items FROM events GROUP BY CUBE (u, l) ORDER BY g, u NULLS LAST, l NULLS LAST) TO 'cube' (FORMAT parquet);
    """
    script = data.write(tmp_path / "job.sql", text)
    wanted = oracle.run_script(text, {"events": tmp_path / "in"})
    report = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", "--json").json
    assert all(output["computed_by"].startswith("kernel") for output in report["outputs"]), report["outputs"]
    for output in wanted.values():
        compare.assert_output(tmp_path / "out", output)
    explained = kindling("explain", script, "--input", tmp_path / "in", "--analyze").out
    assert "cells, distinct values in tables" in explained and "distinct values run by run" in explained


@pytest.mark.parametrize("limit", ["80MB", "110MB", "200MB", "300MB"])
def test_any_limit_gives_the_same(kindling, many, many_oracle, tmp_path, limit):
    kindling("run", *JOBS, "--input", many, "--output", tmp_path / "out", "--memory-limit", limit)
    for name in OUTPUTS:
        compare.assert_output(tmp_path / "out", many_oracle[name], all_readers=False)
    assert data.staging(tmp_path / "out") == []


def test_an_error_of_one_output_is_not_another_s(kindling, tmp_path):
    """A cast that fails only where one output's WHERE does not let it be reached."""
    data.copy("SELECT CASE WHEN i % 7 = 0 THEN 'x' ELSE i::VARCHAR END AS t, i % 3 AS k FROM range(5000) r(i)", tmp_path / "in" / "a.parquet")
    text = """
        COPY (SELECT k, sum(CAST(t AS INTEGER)) AS s FROM events WHERE t <> 'x' GROUP BY k ORDER BY k NULLS LAST) TO 'sums' (FORMAT parquet);
        COPY (SELECT k, count(*) AS n FROM events GROUP BY k ORDER BY k NULLS LAST) TO 'counts' (FORMAT parquet);
    """
    script = data.write(tmp_path / "job.sql", text)
    wanted = oracle.run_script(text, {"events": tmp_path / "in"})
    kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out")
    for output in wanted.values():
        compare.assert_output(tmp_path / "out", output)


def test_texts_that_grow_make_the_pass_start_again(kindling, tmp_path):
    """Later files hold texts of another length than those that the kernel saw first; nothing that was written before may stay."""
    for day in range(1, 5):
        text = "'u' || i" if day < 4 else "repeat('long', 12) || i"
        data.copy(f"SELECT {text} AS u, (i * 0.1)::DOUBLE AS v FROM range(20000) r(i)", tmp_path / "in" / f"day={day}" / "a.parquet")
    script_text = """
        COPY (SELECT day, u, count(*) AS n, sum(v) AS s FROM events GROUP BY day, u ORDER BY day NULLS LAST, u NULLS LAST) TO 'daily' (FORMAT parquet, PARTITION_BY (day));
    """
    script = data.write(tmp_path / "job.sql", script_text)
    wanted = oracle.run_script(script_text, {"events": tmp_path / "in"})
    report = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", "--json").json
    assert report["outputs"][0]["computed_by"] == "kernel, streamed"
    compare.assert_output(tmp_path / "out", wanted["daily"])
    assert len(readers.plain_files(tmp_path / "out" / "daily")) == 4
    explained = kindling("explain", script, "--input", tmp_path / "in", "--analyze", "--threads", 1, "--json").json["engine_plans"]
    assert [(plan["output"], plan["kind"]) for plan in explained] == [("daily", "analyzed")]
    observed, told = explained[0]["observed"], explained[0]["plan"]
    assert (observed["rows"], observed["runs"], observed["runs_found"], observed["reason"]) == (80000, 4, False, None)
    assert observed["passes"] == 1 + len(observed["restarts"]) > 1 and "is longer than those before" in observed["restarts"][0]
    assert [(r["groups"], r["strategy"], r["streamed"]) for r in observed["rollups"]] == [(80000, "runs in order", True)]
    assert f"read {observed['passes']} times" in told and all(f"pass 1 started again: {reason}\n" in told for reason in observed["restarts"])


HOSTILE = {
    "every type, by whole numbers": """
        COPY (SELECT p, q, id, min(k) AS k, max(v) AS v, min(v) AS v0, sum(w) AS w, avg(w) AS wa, avg(n) AS na, sum(n) AS n, min(d) AS d, sum(d) AS ds, max(tiny) AS tiny,
                     min(small) AS small, max(int4) AS int4, min(f) AS f, max(ts) AS ts, min(tz) AS tz, max(dt) AS dt, min(b) AS b, count(n) AS c, count(*) FILTER (b) AS bs
              FROM t GROUP BY p, q, id ORDER BY q NULLS LAST, p NULLS LAST, id NULLS LAST) TO 'o' (FORMAT parquet, PARTITION_BY (p));
    """,
    "by texts, one file": """
        COPY (SELECT k || id AS t, p AS "a ""quoted"" p", q, max(id) AS id, first(k ORDER BY id DESC NULLS LAST, k NULLS LAST) AS k, sum(d) FILTER (n > 0) AS d FROM t
              WHERE g IN ('a', 'b') GROUP BY k || id, p, q ORDER BY p NULLS LAST, q NULLS LAST, t NULLS LAST) TO 'o' (FORMAT parquet, COMPRESSION zstd);
    """,
    "by doubles and times, uncompressed": """
        COPY (SELECT p, q, v, ts, id // 2 AS i, count(*) AS n, max(tz) AS tz FROM t GROUP BY p, q, v, ts, id // 2
              ORDER BY p NULLS LAST, q NULLS LAST, i NULLS LAST, v NULLS LAST, ts NULLS LAST) TO 'o' (FORMAT parquet, COMPRESSION uncompressed, PARTITION_BY (q, p));
    """,
}


@pytest.fixture(scope="module")
def hostile_many(tmp_path_factory):
    return data.hostile(tmp_path_factory.mktemp("hostile") / "in", rows=55000)


@pytest.mark.parametrize("job", HOSTILE)
def test_streamed_outputs_of_hostile_data(kindling, hostile_many, tmp_path, job):
    wanted = oracle.run_script(HOSTILE[job], {"t": hostile_many})["o"]
    arguments = ["run", data.write(tmp_path / "job.sql", HOSTILE[job]), "--input", hostile_many, "--json"]
    report = kindling(*arguments, "--output", tmp_path / "out").json
    assert report["outputs"][0]["computed_by"] == "kernel, streamed", report["outputs"][0]["note"]
    compare.assert_output(tmp_path / "out", wanted)
    kindling(*arguments, "--output", tmp_path / "by-duckdb", env={"KINDLING_KERNEL": "off"})
    assert "equal" in kindling("compare", tmp_path / "out" / "o", tmp_path / "by-duckdb" / "o").out


# Groups in the order of their large keys, through HAVING, expressions and casts; what is in the way of it.
ORDERED = {
    "text, HAVING and expressions": (True, """
        COPY (SELECT k || id % 20000 AS t, max(id) + 1 AS id, sum(n) AS n, sum(w) / count(*) AS w, count(*) > 1 AS several, CAST(min(ts) AS DATE) AS day FROM t
              GROUP BY k || id % 20000 HAVING max(id) % 3 > 0 ORDER BY t NULLS LAST) TO 'o' (FORMAT parquet);
    """),
    "a few groups left of many": (True, """
        COPY (SELECT id, sum(w) AS w FROM t GROUP BY id HAVING id % 5000 = 17 ORDER BY id) TO 'o' (FORMAT parquet, COMPRESSION zstd);
    """),
    "none left": (True, "COPY (SELECT id, sum(w) AS w FROM t GROUP BY id HAVING id < 0 ORDER BY id) TO 'o' (FORMAT parquet);"),
    "by small keys after the large one": (True, """
        COPY (SELECT g, id % 15000 AS i, p, b, sum(d) AS d, count(*) AS n, avg(v) AS v FROM t GROUP BY g, i, p, b ORDER BY i, p, g, b) TO 'o' (FORMAT parquet, COMPRESSION uncompressed);
    """),
    "doubles with NaN, zeros and NULL": (True, """
        COPY (SELECT CASE WHEN id % 4 = 0 THEN v ELSE w * id END AS x, count(*) AS n, max(k) AS k FROM t GROUP BY x ORDER BY x NULLS LAST) TO 'o' (FORMAT parquet);
    """),
    "by an aggregate": (False, "COPY (SELECT id, sum(w) AS w FROM t GROUP BY id ORDER BY w, id) TO 'o' (FORMAT parquet);"),
    "descending": (False, "COPY (SELECT id, sum(w) AS w FROM t GROUP BY id ORDER BY id DESC) TO 'o' (FORMAT parquet);"),
    "a window": (False, "COPY (SELECT id, sum(w) AS w, sum(max(n)) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS s FROM t GROUP BY id ORDER BY id) TO 'o' (FORMAT parquet);"),
    "LIMIT": (False, "COPY (SELECT id, sum(w) AS w FROM t GROUP BY id ORDER BY id LIMIT 100) TO 'o' (FORMAT parquet);"),
}


@pytest.mark.parametrize("job", ORDERED)
def test_outputs_in_the_order_of_their_keys(kindling, hostile_many, tmp_path, job):
    in_order, text = ORDERED[job]
    wanted = oracle.run_script(text, {"t": hostile_many})["o"]
    arguments = ["run", data.write(tmp_path / "job.sql", text), "--input", hostile_many, "--json"]
    report = kindling(*arguments, "--output", tmp_path / "out").json
    assert report["outputs"][0]["computed_by"] == ("kernel, in order" if in_order else "kernel"), report["outputs"][0]["note"]
    compare.assert_output(tmp_path / "out", wanted)
    kindling(*arguments, "--output", tmp_path / "by-duckdb", env={"KINDLING_KERNEL": "off"})
    assert "equal" in kindling("compare", tmp_path / "out" / "o", tmp_path / "by-duckdb" / "o").out


def test_an_error_in_what_is_left_of_a_query_in_order(kindling, hostile_many, tmp_path):
    text = "COPY (SELECT id, CAST(max(k) AS INTEGER) AS i FROM t GROUP BY id ORDER BY id) TO 'o' (FORMAT parquet);"
    result = kindling("run", data.write(tmp_path / "job.sql", text), "--input", hostile_many, "--output", tmp_path / "out", code=None)
    assert result.code != 0 and "could not convert string" in result.err
    assert not (tmp_path / "out" / "o").exists() and data.staging(tmp_path / "out") == []


@pytest.fixture(scope="module")
def unordered(many, tmp_path_factory):
    """The same events in two files, days in any order."""
    folder = tmp_path_factory.mktemp("unordered") / "in"
    folder.mkdir()
    with duckdb.connect() as con:
        keys = "year::INTEGER AS year, month::INTEGER AS month, day::INTEGER AS day"
        rows = f"SELECT * REPLACE ({keys}), hash(user_id, \"timestamp\", value) AS place FROM read_parquet('{many}/**/*.parquet', hive_partitioning = true, hive_types_autocast = true)"
        for i in range(2):
            con.execute(f"COPY (SELECT * EXCLUDE (place) FROM ({rows}) WHERE place % 2 = {i} ORDER BY place) TO '{folder}/part-{i}.parquet' (FORMAT parquet, ROW_GROUP_SIZE 4096)")
    return folder


@pytest.mark.parametrize("options", [(), ("--threads", "1"), ("--memory-limit", "96MB")])
def test_runs_are_found_in_days_in_any_order(kindling, unordered, many_oracle, tmp_path, options):
    report = kindling("run", *JOBS, "--input", unordered, "--output", tmp_path / "out", "--json", *options).json
    for name in OUTPUTS:
        compare.assert_output(tmp_path / "out", many_oracle[name], all_readers=False)
    by = {o["name"]: o["computed_by"] for o in report["outputs"]}
    assert "--memory-limit" in options or by == {name: "kernel, streamed" if name == STREAMED else "kernel, in order" if name == IN_ORDER else "kernel" for name in OUTPUTS}
    files = sorted((tmp_path / "out" / STREAMED).glob("year=*/month=*/*.parquet"))
    assert len(files) == len({f.parent for f in files})
    for file in files:
        wrong = duckdb.sql(f"""SELECT count(*) FROM (SELECT (day, user_id, event_type) AS here, lag((day, user_id, event_type)) OVER (ORDER BY file_row_number) AS prior
                               FROM read_parquet('{file}', file_row_number = true, hive_partitioning = false) WHERE user_id IS NOT NULL AND event_type IS NOT NULL AND day IS NOT NULL)
                               WHERE prior > here""").fetchone()[0]
        assert wrong == 0, file


def test_explain_tells_of_runs_that_are_found(kindling, unordered):
    assert "run by run in its order, when year has few values" in kindling("explain", JOBS[0], "--input", unordered).out


SHADE = "CAST(shade AS ENUM('red', 'green', 'blue'))"


@pytest.mark.parametrize("env", [{}, {"KINDLING_KERNEL": "off"}])
@pytest.mark.parametrize("query", [
    f"SELECT {SHADE} AS x, dense_rank() OVER (ORDER BY x) AS place, n FROM paint ORDER BY n",
    f"SELECT {SHADE} AS x, max(x) OVER () AS most, typeof(x) AS kind, n FROM paint ORDER BY n",
    f"SELECT e AS x, n FROM (SELECT {SHADE} AS e, n FROM paint) WHERE x < 'blue'::ENUM('red', 'green', 'blue') ORDER BY n",
    f"SELECT {SHADE} AS x, k, count(*) AS n FROM paint GROUP BY ALL ORDER BY ALL",
    f"SELECT {SHADE} AS x, count(*) AS n FROM paint GROUP BY x ORDER BY x DESC",
    f"SELECT {SHADE} AS x, count(*) AS n FROM paint GROUP BY 1 ORDER BY 1",
    f"SELECT DISTINCT {SHADE} AS x FROM paint ORDER BY 1 DESC",
    "SELECT s AS x, count(*) AS n FROM (SELECT sum(n) AS s FROM paint GROUP BY n % 5) GROUP BY x HAVING s > 10 ORDER BY s",
    "SELECT n::HUGEINT AS x, CAST(x * 4000000000000000000 AS DOUBLE) AS y FROM paint ORDER BY x",
])
def test_an_alias_means_the_value_and_not_what_is_stored_of_it(kindling, tmp_path, query, env):
    """An ENUM is stored as text, a HUGEINT as BIGINT; the query still sees what they were."""
    data.copy("SELECT ['red', 'green', 'blue'][1 + i % 3] AS shade, i % 2 AS k, i AS n FROM range(30) r(i)", tmp_path / "in" / "a.parquet")
    script = tmp_path / "job.sql"
    text = f"COPY ({query}) TO 'o' (FORMAT parquet);"
    script.write_text(text)
    kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", env=env)
    compare.assert_output(tmp_path / "out", oracle.run_script(text, {"paint": tmp_path / "in"})["o"])


def test_found_partitions_whose_value_has_a_text_of_its_own(kindling, tmp_path):
    """The last of the dates is no day of a calendar: what was laid out for the others is given up, and DuckDB writes the table."""
    data.copy("SELECT CASE WHEN i % 5 = 4 THEN 'infinity'::DATE ELSE DATE '2024-01-01' + (i % 5)::INT END AS d, 'user ' || hash(i) % 5000 AS u, i AS n FROM range(20000) r(i)",
              tmp_path / "in" / "a.parquet")
    text = "COPY (SELECT d, u, sum(n) AS s FROM events GROUP BY d, u ORDER BY d NULLS LAST, u NULLS LAST) TO 'o' (FORMAT parquet, PARTITION_BY (d));"
    script = tmp_path / "job.sql"
    script.write_text(text)
    done = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", "--json").json["outputs"][0]
    assert done["note"] == "a partition's value is written in a way of its own"
    found = duckdb.sql(f"SELECT d, count(*), sum(s) FROM read_parquet('{tmp_path}/out/o/*/*.parquet', hive_partitioning = true, hive_types = {{'d': VARCHAR}}) GROUP BY d ORDER BY d")
    wanted = duckdb.sql(f"SELECT d::VARCHAR, count(DISTINCT u), sum(n) FROM '{tmp_path}/in/a.parquet' GROUP BY 1 ORDER BY 1")
    assert found.fetchall() == wanted.fetchall()


@pytest.mark.parametrize("env", [{}, {"KINDLING_KERNEL": "off"}])
def test_texts_with_nul_bytes_are_not_cut(kindling, tmp_path, env):
    """As a partition's value they are refused, and a file's statistics leave them out: a reader would skip the file for what is in it."""
    data.copy("SELECT ['a', 'a' || chr(0) || 'b', 'z' || chr(0) || 'z'][1 + i % 3] AS k, 'user ' || i AS u, i AS n FROM range(9000) r(i)", tmp_path / "in" / "a.parquet")
    query = "SELECT k, u, sum(n) AS s FROM events GROUP BY k, u ORDER BY k NULLS LAST, u NULLS LAST"
    script = tmp_path / "job.sql"
    script.write_text(f"COPY ({query}) TO 'o' (FORMAT parquet, PARTITION_BY (k));")
    refused = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", env=env, code=2)
    assert "partition column 'k' has a value with a NUL byte" in refused.err and not (tmp_path / "out" / "o").exists()
    text = f"COPY ({query}) TO 'o' (FORMAT parquet);"
    script.write_text(text)
    kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", env=env)
    compare.assert_output(tmp_path / "out", oracle.run_script(text, {"events": tmp_path / "in"})["o"], all_readers=False)
    log = (tmp_path / "out" / "o" / "_delta_log" / f"{0:020}.json").read_text()
    stats = [json.loads(json.loads(line)["add"]["stats"]) for line in log.splitlines() if "add" in json.loads(line)]
    assert all("k" not in s["minValues"] and "k" not in s["maxValues"] and "u" in s["maxValues"] for s in stats)


@pytest.mark.parametrize("days, is_one_file", [(2, False), (1, False), (1, True)])
def test_large_runs_are_cut_where_threads_have_no_say(kindling, tmp_path, days, is_one_file):
    """Days of 300,000 rows and more come to the writer in several blocks, of several threads: the same files with any number of them, and
    DuckDB's rows."""
    kindling("generate", "--rows", 900000, "--users", 200000, "--days", days, "--output", tmp_path / "in")
    if is_one_file:
        data.copy(f"FROM read_parquet('{tmp_path}/in/**/*.parquet', hive_partitioning = true)", tmp_path / "one" / "a.parquet")
        (tmp_path / "in").rename(tmp_path / "folders")
        (tmp_path / "one").rename(tmp_path / "in")
    explained = kindling("explain", "batch-processing", "--input", tmp_path / "in", "--analyze", "--json", "--threads", 4).json["engine_plans"]
    observed = explained[0]["observed"]
    assert observed["runs_found"] == is_one_file and observed["ranges"] >= 8 and observed["range_threads"] > 1, observed
    files = []
    for threads in (1, 2, 4):
        folder = tmp_path / f"by-{threads}"
        kindling("run", "batch-processing", "--input", tmp_path / "in", "--output", folder, "--threads", threads)
        files.append([f.read_bytes() for f in sorted((folder / STREAMED).rglob("*.parquet"), key=lambda f: f.parent)])
    assert files[0] == files[1] == files[2]
    kindling("run", "batch-processing", "--input", tmp_path / "in", "--output", tmp_path / "by-duckdb", env={"KINDLING_KERNEL": "off"})
    for name in ("daily-activity", "monthly-summary", "input-metrics"):
        assert "equal" in kindling("compare", tmp_path / "by-4" / name, tmp_path / "by-duckdb" / name).out


def test_distinct_rows(kindling, tmp_path):
    """count(DISTINCT (a, b)): columns of many and of few values, NULLs among them; the kernel's, and as DuckDB counts them."""
    rows = "SELECT nullif(hash(i) % 9000, 7)::INT AS u, nullif(i % 5, 3)::INT AS k, nullif('x' || i % 40, 'x9') AS t, i % 2 = 0 AS b FROM range(40000) r(i)"
    for day in range(4):
        data.copy(f"{rows} WHERE i % 4 <> {day}", tmp_path / "in" / f"day={day}" / "a.parquet")
    text = """
        COPY (SELECT k, count(DISTINCT (u, t)) AS ut, count(DISTINCT (t, b)) AS tb, count(DISTINCT row(t)) AS t1, count(DISTINCT t) AS t FROM events GROUP BY k ORDER BY k) TO 'small' (FORMAT parquet);
        COPY (SELECT u, count(DISTINCT (k, t)) AS kt, count(DISTINCT (day, b)) FILTER (WHERE k > 1) AS db FROM events GROUP BY u ORDER BY u) TO 'large' (FORMAT parquet);
        COPY (SELECT k, b, grouping_id(k, b) AS g, count(DISTINCT (u, day)) AS ud, count(DISTINCT u) AS users FROM events GROUP BY CUBE (k, b) ORDER BY ALL) TO 'cube' (FORMAT parquet);
        COPY (SELECT count(DISTINCT (k, b, t)) AS kbt, count(DISTINCT (u, k, b, t)) AS all_of_them FROM events WHERE t <> 'x1') TO 'total' (FORMAT parquet);
        COPY (SELECT day, u, count(DISTINCT (t, k)) AS tk FROM events GROUP BY day, u ORDER BY day, u) TO 'days' (FORMAT parquet, PARTITION_BY (day));
    """
    script = data.write(tmp_path / "job.sql", text)
    report = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", "--json").json
    assert {o["name"]: o["computed_by"].startswith("kernel") for o in report["outputs"]} == {name: True for name in ("small", "large", "cube", "total", "days")}
    for output in oracle.run_script(text, {"events": tmp_path / "in"}).values():
        compare.assert_output(tmp_path / "out", output)
