"""Hostile jobs over hostile data: each script's outputs equal DuckDB running the script as written."""

import duckdb
import pytest

from kit import compare, data, oracle, readers

# name -> script over the table t (kit/data.py: hostile_query; partition columns p VARCHAR, q INTEGER)
JOBS = {
    "null keys": """
      COPY (SELECT k, g, count(*) AS n, count(v) AS nv, count(DISTINCT int4) AS d FROM t GROUP BY k, g ORDER BY k NULLS FIRST, g NULLS LAST)
      TO 'o' (FORMAT parquet);""",
    "partition by hostile text": """
      COPY (SELECT nullif(k, '') AS k, g, count(*) AS n FROM t GROUP BY nullif(k, ''), g ORDER BY g NULLS LAST, nullif(k, '')) TO 'by-text' (FORMAT parquet, PARTITION_BY (k));
      COPY (SELECT p, q, g, count(*) AS n FROM t GROUP BY ALL ORDER BY ALL) TO 'by-two' (FORMAT parquet, PARTITION_BY (p, q), COMPRESSION zstd);""",
    "partition by other types": """
      COPY (SELECT b, count(*) AS n, min(id) AS first_id FROM t GROUP BY b ORDER BY b NULLS LAST) TO 'by-bool' (FORMAT parquet, PARTITION_BY (b));
      COPY (SELECT dt, g, count(*) AS n FROM t WHERE year(dt) > 1900 GROUP BY dt, g ORDER BY g NULLS LAST, dt) TO 'by-date' (FORMAT parquet, PARTITION_BY (dt));
      COPY (SELECT int4, n % 3 AS m, count(*) AS c FROM t GROUP BY int4, n % 3 ORDER BY m NULLS LAST, int4 DESC) TO 'by-int' (FORMAT parquet, PARTITION_BY (m));""",
    "sums and averages": """
      COPY (SELECT g, sum(w) AS sw, avg(w) AS aw, sum(n) AS sn, avg(n) AS an, sum(d) AS sd, avg(d) AS ad, sum(f) AS sf, avg(f) AS af,
                   sum(tiny) AS st, sum(small) AS ss, sum(int4) AS si, sum(b::INT) AS sb, sum(DISTINCT int4) AS sdi
            FROM t GROUP BY g ORDER BY g NULLS LAST) TO 'o' (FORMAT parquet);""",
    "special doubles": """
      COPY (SELECT q, sum(v) AS s, min(v) AS lo, max(v) AS hi, count(*) FILTER (isnan(v)) AS nans, count(*) FILTER (isinf(v)) AS infs
            FROM t GROUP BY q ORDER BY q) TO 'o' (FORMAT parquet);
      COPY (SELECT id, v, 1 / v AS inverse, f FROM t WHERE v IS NULL OR v <= 0 OR isnan(v) OR isinf(v) ORDER BY id) TO 'rows' (FORMAT parquet);
      COPY (SELECT v + 0.0 AS v, count(*) AS n FROM t GROUP BY v + 0.0 ORDER BY v NULLS LAST) TO 'keys' (FORMAT parquet);""",
    "zone": """
      SET TimeZone = 'Asia/Seoul';
      COPY (SELECT CAST(tz AS DATE) AS day, date_trunc('hour', tz) AS hour, count(*) AS n FROM t WHERE year(tz) BETWEEN 1900 AND 2100
            GROUP BY ALL ORDER BY ALL) TO 'o' (FORMAT parquet);
      COPY (SELECT CAST(ts AS DATE) AS day, CAST(tz AS TIMESTAMP) AS local, CAST(ts AS TIMESTAMPTZ) AS instant, count(*) AS n FROM t
            WHERE year(ts) BETWEEN 1900 AND 2100 GROUP BY ALL ORDER BY ALL) TO 'casts' (FORMAT parquet);""",
    "no zone means UTC": """
      COPY (SELECT CAST(tz AS DATE) AS day, count(*) AS n FROM t GROUP BY ALL ORDER BY ALL) TO 'o' (FORMAT parquet);""",
    "times": """
      COPY (SELECT date_trunc('month', ts) AS m, year(ts) AS y, extract(dow FROM ts) AS dow, min(ts) AS first, max(ts) AS last, max(tz) AS last_tz, count(*) AS n
            FROM t GROUP BY ALL ORDER BY ALL) TO 'o' (FORMAT parquet);""",
    "cube, rollup, sets": """
      COPY (SELECT g, b, grouping_id(g, b) AS gid, count(*) AS n, count(DISTINCT k) AS dk, sum(w) AS s FROM t GROUP BY CUBE (g, b) ORDER BY gid, g NULLS LAST, b NULLS LAST)
      TO 'cube' (FORMAT parquet);
      COPY (SELECT p, q, int4, grouping(int4) AS gi, count(*) AS n FROM t GROUP BY ROLLUP (p, q, int4) ORDER BY p NULLS LAST, q NULLS LAST, gi, int4, n)
      TO 'rollup' (FORMAT parquet);
      COPY (SELECT g, int4, count(*) AS n, grouping_id(g, int4) AS gid FROM t GROUP BY GROUPING SETS ((g), (g, int4), (), (g)) ORDER BY ALL)
      TO 'sets' (FORMAT parquet);""",
    "having, qualify, distinct, limit": """
      COPY (SELECT k, count(*) AS n FROM t GROUP BY k HAVING count(*) > 20 AND max(w) > 0 ORDER BY n DESC, k NULLS LAST LIMIT 5) TO 'top' (FORMAT parquet);
      COPY (SELECT g, k, count(*) AS n, rank() OVER (PARTITION BY g ORDER BY count(*) DESC, k NULLS LAST) AS r FROM t GROUP BY g, k
            QUALIFY r <= 3 ORDER BY g NULLS LAST, r) TO 'ranks' (FORMAT parquet);
      COPY (SELECT DISTINCT g, n > 0 AS positive FROM t GROUP BY g, n ORDER BY g NULLS LAST, positive NULLS LAST) TO 'distinct' (FORMAT parquet);""",
    "windows over groups": """
      COPY (SELECT g, dt, sum(w) AS s, sum(sum(w)) OVER (PARTITION BY g ORDER BY dt NULLS LAST ROWS UNBOUNDED PRECEDING) AS running,
                   lag(count(*)) OVER (PARTITION BY g ORDER BY dt NULLS LAST) AS before, avg(count(*)) OVER (PARTITION BY g ORDER BY dt NULLS LAST ROWS 2 PRECEDING) AS ma
            FROM t GROUP BY g, dt ORDER BY g NULLS LAST, dt NULLS LAST) TO 'o' (FORMAT parquet);""",
    "filters and cases": """
      COPY (SELECT CASE WHEN k IN ('plain', 'a/b', 'k=v') THEN 'known' WHEN k IS NULL THEN NULL ELSE 'other' END AS kind,
                   count(*) FILTER (WHERE n > 0) AS up, sum(w) FILTER (WHERE g = 'a') AS wa, count(DISTINCT k) FILTER (WHERE b) AS kb
            FROM t WHERE w BETWEEN -100 AND 100 GROUP BY 1 ORDER BY kind NULLS LAST) TO 'o' (FORMAT parquet);""",
    "a cast that only one output may fail on": """
      COPY (SELECT g, count(*) AS n FROM t GROUP BY g ORDER BY g NULLS LAST) TO 'all' (FORMAT parquet);
      COPY (SELECT g, sum(CAST(k AS BIGINT)) AS s FROM t WHERE k IN ('1', '01') GROUP BY g ORDER BY g NULLS LAST) TO 'numbers' (FORMAT parquet);""",
    "views and CTEs": """
      CREATE TEMP VIEW good AS SELECT * FROM t WHERE k IS NOT NULL;
      CREATE VIEW daily AS SELECT dt, g, count(*) AS n, sum(w) AS s FROM good GROUP BY dt, g;
      COPY (SELECT g, max(n) AS most, min(dt) AS first FROM daily GROUP BY g ORDER BY g NULLS LAST) TO 'of-view' (FORMAT parquet);
      COPY (WITH a AS (SELECT k, count(*) AS n FROM good GROUP BY k), b AS (SELECT n, count(*) AS keys FROM a GROUP BY n)
            SELECT * FROM b ORDER BY n) TO 'of-cte' (FORMAT parquet);""",
    "joins and sub-queries": """
      COPY (SELECT a.g, a.n, b.s FROM (SELECT g, count(*) AS n FROM t GROUP BY g) a JOIN (SELECT g, sum(w) AS s FROM t WHERE b GROUP BY g) b ON a.g IS NOT DISTINCT FROM b.g
            ORDER BY a.g NULLS LAST) TO 'joined' (FORMAT parquet);
      COPY (SELECT g, count(*) AS n FROM t WHERE w > (SELECT avg(w) FROM t) GROUP BY g ORDER BY g NULLS LAST) TO 'above' (FORMAT parquet);
      COPY (SELECT g, count(*) AS n FROM t GROUP BY g UNION ALL SELECT p, count(*) FROM t GROUP BY p ORDER BY 1 NULLS LAST, 2) TO 'union' (FORMAT parquet);""",
    "first and min_by": """
      COPY (SELECT g, first(k ORDER BY ts NULLS LAST, k NULLS LAST) AS first_k, last(k ORDER BY w, k) AS last_k, max(id) AS top, min(k) AS min_k, bool_or(b) AS any_b
            FROM t GROUP BY g ORDER BY g NULLS LAST) TO 'o' (FORMAT parquet);""",
    "every stored type": """
      COPY (SELECT id, tiny, small, int4, n, f, w, d, b, k, bin, dt, ts, tz, l, s, sum(int4) OVER (PARTITION BY id ORDER BY id) AS big,
                   CAST(g AS ENUM('a', 'b', 'c')) AS e, CAST(d AS DECIMAL(38, 3)) AS wide, NULL AS nothing FROM t ORDER BY id) TO 'o' (FORMAT parquet);""",
    "hostile names": """
      COPY (SELECT g AS "Größe", count(*) AS "a b", sum(n) AS "x""y", max(k) AS "select", min(dt) AS "q=1/%20" FROM t GROUP BY g ORDER BY "Größe" NULLS LAST) TO 'o' (FORMAT parquet);
      COPY (SELECT g AS part_key, q AS "Q2", count(*) AS "n.n" FROM t GROUP BY g, q ORDER BY q, g NULLS LAST) TO 'name.with-dots_and' (FORMAT parquet, PARTITION_BY (part_key, "Q2"));
      COPY (SELECT g AS "a b", q AS "Größe, é", count(*) AS n FROM t GROUP BY g, q ORDER BY q NULLS LAST, g NULLS LAST) TO 'spaced' (FORMAT parquet, PARTITION_BY ("a b", "Größe, é"));""",
    "one total row": """
      COPY (SELECT count(*) AS n, sum(w) AS s, avg(w) AS a, min(ts) AS first, count(DISTINCT k) AS k FROM t) TO 'o' (FORMAT parquet);
      COPY (SELECT count(*) AS n, sum(w) AS s, max(k) AS m FROM t WHERE false) TO 'none' (FORMAT parquet);
      COPY (SELECT g, count(*) AS n FROM t WHERE id < 0 GROUP BY g ORDER BY g) TO 'no-group' (FORMAT parquet);
      COPY (SELECT g, count(*) AS n FROM t WHERE id < 0 GROUP BY g ORDER BY g) TO 'no-partition' (FORMAT parquet, PARTITION_BY (g));""",
    "pruned by partition": """
      COPY (SELECT p, count(*) AS n, sum(w) AS s FROM t WHERE q = 1 AND p <> 'plain' GROUP BY p ORDER BY p) TO 'some' (FORMAT parquet);
      COPY (SELECT g, count(*) AS n FROM t WHERE p IS NULL GROUP BY g ORDER BY g NULLS LAST) TO 'of-null' (FORMAT parquet);
      COPY (SELECT g, count(*) AS n FROM t WHERE q > 99 GROUP BY g ORDER BY g) TO 'nothing' (FORMAT parquet);
      COPY (SELECT q, count(*) AS n FROM t WHERE p IN ('k=v', '100%', 'it''s "q"') OR q = 0 GROUP BY q ORDER BY q) TO 'either' (FORMAT parquet);""",
    "statistics of the others": """
      COPY (SELECT g, median(n) AS med, quantile_cont(n, 0.9) AS q9, bit_xor(id) AS x, max(w, 2) AS two
            FROM t GROUP BY g ORDER BY g NULLS LAST) TO 'o' (FORMAT parquet);""",
    "comments and quoting": """
      /* a comment ; with a semicolon /* */ */
      -- another; one
      COPY /* here */ (
        SELECT g, count(*) AS n -- ; ) TO 'x'
        FROM t WHERE k <> ';' AND k <> '-- no' AND k <> $$dollar ' quote$$ GROUP BY g ORDER BY g NULLS LAST
      ) TO 'o' (FORMAT 'parquet');;
      ;""",
}



@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    base = tmp_path_factory.mktemp("hostile")
    return {"hostile": data.hostile(base / "hostile"), "one row": data.one_row(base / "one"), "empty": data.empty(base / "empty")}


@pytest.mark.parametrize("source", ["hostile", "one row", "empty"])
@pytest.mark.parametrize("job", JOBS)
def test_equals_the_script_as_written(kindling, sources, tmp_path, job, source):
    path = sources[source]
    outputs = oracle.run_script(JOBS[job], {"t": path})
    script = data.write(tmp_path / "job.sql", JOBS[job])
    kindling("run", script, "--input", path, "--output", tmp_path / "out")
    # w and n are of either sign: their sums are held to the sum of absolute values
    compare.assert_script(tmp_path / "out", outputs, scale=3000 * 125.0, all_readers=job != "every stored type")


def test_dimension_table(kindling, sources, tmp_path):
    script = """COPY (SELECT d.label, count(*) AS n, sum(t.w) AS s FROM t JOIN dim d ON t.g = d.g GROUP BY d.label ORDER BY d.label) TO 'o' (FORMAT parquet);"""
    dim = data.copy("SELECT * FROM (VALUES ('a', 'first'), ('b', 'second'), ('b', 'twice')) v(g, label)", tmp_path / "dim.parquet")
    outputs = oracle.run_script(script, {"t": sources["hostile"], "dim": dim})
    kindling("run", data.write(tmp_path / "j.sql", script), "--input", f"t={sources['hostile']}", "--input", f"dim={dim}", "--output", tmp_path / "out")
    compare.assert_script(tmp_path / "out", outputs, scale=3000 * 125.0)


def test_parameters(kindling, sources, tmp_path):
    script = """COPY (SELECT g, count(*) AS n FROM t WHERE ts >= CAST($since AS TIMESTAMP) AND k <> $not_this AND int4 > $least GROUP BY g ORDER BY g NULLS LAST) TO 'o' (FORMAT parquet);"""
    params = {"since": "1970-01-01", "not_this": "it's", "least": "1"}
    outputs = oracle.run_script(script, {"t": sources["hostile"]}, params)
    given = [x for k, v in params.items() for x in ("--param", f"{k}={v}")]
    kindling("run", data.write(tmp_path / "j.sql", script), "--input", sources["hostile"], "--output", tmp_path / "out", *given)
    compare.assert_script(tmp_path / "out", outputs)
    assert outputs["o"].rows


def test_hugeint_overflow_fails_and_publishes_nothing(kindling, tmp_path):
    data.copy("SELECT 9223372036854775807::BIGINT AS n FROM range(2)", tmp_path / "in.parquet")
    script = data.write(tmp_path / "j.sql", "COPY (SELECT sum(n) AS total FROM t) TO 'o' (FORMAT parquet);")
    result = kindling("run", script, "--input", tmp_path / "in.parquet", "--output", tmp_path / "out", code=None)
    assert result.code in (1, 2) and "'total'" in result.err
    assert readers.version(tmp_path / "out" / "o") == -1


def test_hugeint_that_fits(kindling, tmp_path):
    data.copy("SELECT 9223372036854775806::BIGINT AS n UNION ALL SELECT 1", tmp_path / "in.parquet")
    script = "COPY (SELECT sum(n) AS total FROM t) TO 'o' (FORMAT parquet);"
    kindling("run", data.write(tmp_path / "j.sql", script), "--input", tmp_path / "in.parquet", "--output", tmp_path / "out")
    assert readers.deltalake_reader(tmp_path / "out" / "o").to_pylist() == [{"total": 9223372036854775807}]


@pytest.fixture(scope="module")
def large_numbers(tmp_path_factory):
    """Files that threads read one each. Sums of `one` leave 128 bits wherever they begin; those of `mixed` do on the way, and come back."""
    folder = tmp_path_factory.mktemp("large") / "in"
    for part in range(8):
        sign = 1 if part < 4 else -1
        data.copy(f"""SELECT i % 2 AS k, 3e28::DECIMAL(38,4) AS one, {sign} * (2e28::DECIMAL(38,4) + i) + 1 AS mixed, {sign} * 1e28::DECIMAL(38,0) AS h,
                  (i * 7919 % 1009 - 500)::DECIMAL(20,3) AS d, i * 7919 % 3001 AS u, 4e33::DECIMAL(38,4) AS top FROM range(200000) t(i)""", folder / f"{part}.parquet")
    return folder


BOTH = pytest.mark.parametrize("kernel", ["on", "off"])


@pytest.mark.parametrize("keys", ["k", "u", "k, u"])
def test_a_sum_of_decimals_that_does_not_fit_is_refused(kindling, large_numbers, tmp_path, keys):
    """By whatever way of grouping; and the outputs beside it are the kernel's."""
    text = f"""COPY (SELECT {keys}, sum(top) FILTER (WHERE u % 77 = 7) AS s FROM t GROUP BY ALL ORDER BY ALL) TO 'o' (FORMAT parquet);
               COPY (SELECT {keys}, count(*) AS n FROM t GROUP BY ALL ORDER BY ALL) TO 'p' (FORMAT parquet);"""
    result = kindling("run", data.write(tmp_path / "j.sql", text), "--input", large_numbers, "--output", tmp_path / "out", "--quiet", code=1)
    assert result.err == f"kindling: {tmp_path}/j.sql:1:{len(f'COPY (SELECT {keys}, ') + 1}: output 'o': a sum does not fit its type DECIMAL(38,4)\nHINT: Cast its argument to DOUBLE.\n"
    assert readers.version(tmp_path / "out" / "o") == -1 and readers.version(tmp_path / "out" / "p") == -1


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_a_sum_of_decimals_that_threads_add_up_is_refused(kindling, large_numbers, tmp_path, threads):
    """DuckDB 1.5.5 with threads gives a sum below zero: merging what they have added, it does not look."""
    script = data.write(tmp_path / "j.sql", "COPY (SELECT k, sum(one) AS s FROM t GROUP BY k ORDER BY k) TO 'o' (FORMAT parquet);")
    arguments = ["run", script, "--input", large_numbers, "--output", tmp_path / "out", "--threads", threads, "--quiet"]
    for kernel in ["on", "off"]:
        result = kindling(*arguments, code=1, env={"KINDLING_KERNEL": kernel})
        assert result.err == f"kindling: {script}:1:17: output 'o': a sum does not fit its type DECIMAL(38,4)\nHINT: Cast its argument to DOUBLE.\n"
    assert readers.version(tmp_path / "out" / "o") == -1


@BOTH
@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_sums_of_decimals_at_any_number_of_threads(kindling, large_numbers, tmp_path, threads, kernel):
    text = """COPY (SELECT k, sum(mixed) AS s, avg(one) AS a, sum(h::HUGEINT)::VARCHAR AS h, sum(d) AS d, avg(d) AS m, avg(h::HUGEINT) FILTER (WHERE d > 0) AS f
              FROM t GROUP BY k ORDER BY k) TO 'o' (FORMAT parquet);"""
    arguments = ["run", data.write(tmp_path / "j.sql", text), "--input", large_numbers, "--output", tmp_path / "out", "--threads", threads, "--json"]
    report = kindling(*arguments, env={"KINDLING_KERNEL": kernel}).json
    assert report["outputs"][0]["computed_by"] == ("kernel" if kernel == "on" else "duckdb")
    rows = readers.deltalake_reader(tmp_path / "out" / "o").to_pylist()
    safe = f"FROM read_parquet('{large_numbers}/*.parquet') GROUP BY k ORDER BY k"
    wanted = duckdb.sql(f"SELECT count(*), sum(d), avg(d) {safe}").fetchall()
    assert [(r["s"], r["a"], r["h"], r["d"], r["m"]) for r in rows] == [(n, 3e28, "0", d, m) for n, d, m in wanted]
    assert [r["f"] for r in rows] == [0.0, 0.0]


@BOTH
@pytest.mark.parametrize("keys, partition", [("", ""), ("k, ", ""), ("u, ", ""), ("p, u, ", ""), ("p, u, ", ", PARTITION_BY (p)")])
def test_all_that_is_asked_of_wide_numbers(kindling, large_numbers, tmp_path, kernel, keys, partition):
    """Equal high words, equal low words, signs, NULLs; by each way of grouping, the one that streams too."""
    grouping = f"GROUP BY {keys.strip(', ')} ORDER BY {keys.strip(', ')}" if keys else ""
    text = f"""COPY (SELECT {keys}sum(w) AS sums, avg(w) AS means, min(w) AS least, max(w) AS most, min(w) FILTER (WHERE u % 2 = 0) AS even, count(DISTINCT w) AS n,
               first(w ORDER BY l NULLS LAST, u, w) AS by_low, last(w ORDER BY w NULLS FIRST) AS last_w, max_by(w, w) AS own, first(u ORDER BY w * 2, u) AS number,
               any_value(l ORDER BY h DESC, w, l) AS l, max(h::HUGEINT * 1000000000)::VARCHAR AS huge, sum(h::HUGEINT * 1000000000)::VARCHAR AS huge_sum
               FROM t {grouping}) TO 'o' (FORMAT parquet{partition});"""
    data.copy("""SELECT i // 50000 AS p, i % 3 AS k, i * 7919 % 4000 AS u, CASE WHEN i % 11 <> 3 THEN (i % 7 - 3) * 18446744073709551616::DECIMAL(38,0) + i % 5 END AS w,
                 (i % 13 - 6)::DECIMAL(19,0) AS h, nullif(i % 17, 4)::DECIMAL(30,0) AS l FROM range(200000) t(i)""", tmp_path / "in" / "p.parquet")
    report = kindling("run", data.write(tmp_path / "j.sql", text), "--input", tmp_path / "in", "--output", tmp_path / "out", "--json", env={"KINDLING_KERNEL": kernel}).json
    assert report["outputs"][0]["computed_by"].startswith("kernel" if kernel == "on" else "duckdb"), report["outputs"][0]
    for output in oracle.run_script(text, {"t": tmp_path / "in"}).values():
        compare.assert_output(tmp_path / "out", output)


def test_sums_of_decimals_in_every_command(kindling, tmp_path):
    """Each plan registers the aggregates that it needs: here both jobs need the same one, and the performance test runs them both ways."""
    data.copy("SELECT i, i % 3 AS k, (i * 1000000)::DECIMAL(30,4) AS w FROM range(1000) t(i)", tmp_path / "t.parquet")
    window = data.write(tmp_path / "window.sql", "COPY (SELECT i, sum(w) OVER (PARTITION BY k ORDER BY i) AS s FROM t ORDER BY i) TO 'window' (FORMAT parquet);")
    view = data.write(tmp_path / "view.sql", """CREATE VIEW v AS SELECT k, sum(w) AS s FROM t GROUP BY k;
      COPY (SELECT sum(s) AS s, avg(s) AS a FROM v) TO 'view' (FORMAT parquet);""")
    jobs = [window, view, "--input", tmp_path / "t.parquet"]
    for kind in ("--physical", "--analyze"):
        explained = kindling("explain", *jobs, kind).out
        assert all(name in explained for name in ("kindling_sum_decimal_4", "kindling_avg_decimal_4")) and "would not hold" not in explained
    assert "all results are equal" in kindling("run", *jobs, "--performance-test", "--runs", 1).out
    kindling("run", *jobs, "--output", tmp_path / "out", "--quiet")
    assert readers.deltalake_reader(tmp_path / "out" / "view").to_pylist() == [{"s": 499500000000, "a": 166500000000.0}]
    rows = readers.deltalake_reader(tmp_path / "out" / "window").to_pylist()
    assert rows == [{"i": i, "s": sum(range(i % 3, i + 1, 3)) * 1000000} for i in range(1000)]


@pytest.mark.parametrize("expression, word", [
    ("CAST('12:00' AS TIME)", "VARCHAR"), ("INTERVAL 1 DAY", "INTERVAL"), ("CAST(1 AS UBIGINT)", "UBIGINT"), ("uuid '00000000-0000-0000-0000-000000000001'", "VARCHAR"),
    ("CAST('2024-01-01' AS TIMESTAMP_NS)", "TIMESTAMP"), ("CAST('101' AS BIT)", "BIT")])
def test_types_that_a_table_cannot_hold_are_refused(kindling, sources, tmp_path, expression, word):
    script = data.write(tmp_path / "j.sql", f"COPY (SELECT g, max({expression}) AS odd FROM t GROUP BY g ORDER BY g) TO 'o' (FORMAT parquet);")
    result = kindling("run", script, "--input", sources["one row"], "--output", tmp_path / "out", code=2)
    assert f"kindling: {script}:1:17: output 'o', column 'odd': type " in result.err and "HINT" in result.err and word in result.err
    assert not (tmp_path / "out" / "o").exists()


def test_negative_zero_passes_through(kindling, tmp_path):
    data.copy("SELECT 'a' AS g, '-0.0'::DOUBLE AS v", tmp_path / "in.parquet")
    script = data.write(tmp_path / "j.sql", "COPY (SELECT g, v FROM t ORDER BY g) TO 'o' (FORMAT parquet);")
    kindling("run", script, "--input", tmp_path / "in.parquet", "--output", tmp_path / "out")
    assert (-0.0).hex() in repr(readers.canonical(readers.deltalake_reader(tmp_path / "out" / "o"), [("v", "DOUBLE")]))


def test_zeros_of_both_signs_are_one_value(kindling, tmp_path):
    """Which of the two stands for both is left open, but for where the script says it."""
    data.copy("SELECT i % 3 AS g, CASE WHEN hash(i) % 2 = 0 THEN 0.0::DOUBLE ELSE '-0.0'::DOUBLE END AS v FROM range(100000) r(i)", tmp_path / "in.parquet")
    script = data.write(tmp_path / "j.sql", """
      COPY (SELECT v, count(*) AS n FROM t GROUP BY v ORDER BY v) TO 'group' (FORMAT parquet);
      COPY (SELECT DISTINCT v FROM t ORDER BY v) TO 'distinct' (FORMAT parquet);
      COPY (SELECT g, min(v) AS low, max(v) AS high, count(DISTINCT v) AS n, sum(v) AS s, avg(v) AS a FROM t GROUP BY g ORDER BY g) TO 'of-group' (FORMAT parquet);
      COPY (SELECT v + 0.0 AS k, count(*) AS n, min(v + 0.0) AS low FROM t GROUP BY v + 0.0 ORDER BY k) TO 'said' (FORMAT parquet);""")
    def run(folder, *options):
        kindling("run", script, "--input", tmp_path / "in.parquet", "--output", tmp_path / folder, *options)
        return {n: readers.deltalake_reader(tmp_path / folder / n).to_pylist() for n in ("group", "distinct", "of-group", "said")}
    one, two = run("one", "--threads", 1), run("two", "--threads", 2)
    assert one == two
    assert one["group"] == [{"v": 0.0, "n": 100000}] and one["distinct"] == [{"v": 0.0}]
    assert [(r["low"], r["high"], r["n"]) for r in one["of-group"]] == [(0.0, 0.0, 1)] * 3
    for rows in (one, two):
        assert repr([(r["s"], r["a"]) for r in rows["of-group"]]) == repr([(0.0, 0.0)] * 3)
        assert repr(rows["said"]) == repr([{"k": 0.0, "n": 100000, "low": 0.0}])
    kindling("compare", tmp_path / "one", tmp_path / "two")


def test_nan_of_any_kind_is_one_key(kindling, tmp_path):
    data.copy("SELECT v FROM (VALUES ('nan'::DOUBLE), ('-nan'::DOUBLE), (1.0), ('inf'::DOUBLE)) t(v)", tmp_path / "in.parquet")
    script = "COPY (SELECT v, count(*) AS n FROM t GROUP BY v ORDER BY v) TO 'o' (FORMAT parquet);"
    outputs = oracle.run_script(script, {"t": tmp_path / "in.parquet"})
    kindling("run", data.write(tmp_path / "j.sql", script), "--input", tmp_path / "in.parquet", "--output", tmp_path / "out")
    compare.assert_script(tmp_path / "out", outputs)
    assert len(outputs["o"].rows) == 3
