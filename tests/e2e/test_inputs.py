"""What an input may look like, and what is refused: a clear message, the file named, before any work."""

import json
import os
import shutil

import pytest

from kit import compare, data, oracle, readers

SCRIPT = "COPY (SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k ORDER BY k NULLS LAST) TO 'o' (FORMAT parquet);"
ROWS = "SELECT 'k' || i % 3 AS k, i::DOUBLE AS v FROM range({n}) r(i)"


@pytest.fixture
def script(tmp_path):
    return data.write(tmp_path / "job.sql", SCRIPT)


def refuse(kindling, script, source, out, *words, code=2, **options):
    """The run ends with that code, names all the words, and leaves nothing behind."""
    result = kindling("run", script, "--input", source, "--output", out, code=code, **options)
    for word in words:
        assert str(word) in result.err, str(result)
    assert "INTERNAL" not in result.err and "Stack" not in result.err and result.out == ""
    assert not out.exists() or not list(out.iterdir()), data.files_below(out)
    return result


def accept(kindling, script, source, out, text=SCRIPT, all_readers=True):
    kindling("run", script, "--input", source, "--output", out)
    compare.assert_script(out, oracle.run_script(text, {"t": source}), all_readers=all_readers)


def test_path_missing(kindling, script, tmp_path):
    refuse(kindling, script, tmp_path / "nowhere", tmp_path / "out", tmp_path / "nowhere")


def test_no_parquet_in_it(kindling, script, tmp_path):
    data.write(tmp_path / "in" / "notes.txt", "hello")
    refuse(kindling, script, tmp_path / "in", tmp_path / "out", tmp_path / "in", "Parquet")


def test_only_ignored_names(kindling, script, tmp_path):
    data.copy(ROWS.format(n=3), tmp_path / "in" / "_temporary" / "a.parquet")
    data.copy(ROWS.format(n=3), tmp_path / "in" / ".hidden.parquet")
    refuse(kindling, script, tmp_path / "in", tmp_path / "out", tmp_path / "in")


def damaged(kind, path):
    whole = data.copy(ROWS.format(n=2000), path).read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    path.write_bytes({"empty": b"", "truncated": whole[:len(whole) // 2], "one byte": b"P", "no Parquet": b"hello, this is no Parquet file at all\n" * 9,
                      "tail cut": whole[:-3], "footer length": whole[:-8] + b"\xff\xff\xff\x7fPAR1",
                      "footer bytes": whole[:footer] + bytes(b ^ 0x5A for b in whole[footer:footer + 30]) + whole[footer + 30:]}[kind])


@pytest.mark.parametrize("kind", ["empty", "truncated", "one byte", "no Parquet", "tail cut", "footer length", "footer bytes"])
def test_damaged_file_is_named(kindling, script, tmp_path, kind):
    for day in range(1, 6):
        data.copy(ROWS.format(n=100), tmp_path / "in" / f"day={day}" / "a.parquet")
    damaged(kind, tmp_path / "in" / "day=3" / "bad.parquet")
    refuse(kindling, script, tmp_path / "in", tmp_path / "out", "bad.parquet")


def test_corrupt_page_in_mid_run_is_named(kindling, script, tmp_path):
    for day in range(1, 4):
        data.copy("SELECT md5(i::VARCHAR) AS k, i::DOUBLE AS v FROM range(20000) r(i)", tmp_path / "in" / f"day={day}" / "a.parquet")
    bad = tmp_path / "in" / "day=2" / "a.parquet"
    whole = bytearray(bad.read_bytes())
    for at in range(200, len(whole) // 2, 50):
        whole[at] ^= 0xFF
    bad.write_bytes(whole)
    out = tmp_path / "out"
    result = kindling("run", script, "--input", tmp_path / "in", "--output", out, code=None)
    assert result.code in (1, 2) and str(bad) in result.err, str(result)
    assert "INTERNAL" not in result.err
    assert readers.version(out / "o") == -1 and (not out.exists() or not list(out.rglob("*.parquet")))


def test_column_missing_in_one_file_that_the_script_uses(kindling, script, tmp_path):
    data.copy(ROWS.format(n=9), tmp_path / "in" / "a.parquet")
    data.copy("SELECT 'x' AS k", tmp_path / "in" / "b.parquet")
    refuse(kindling, script, tmp_path / "in", tmp_path / "out", "'v'", "a.parquet", "b.parquet")


def test_column_of_another_type_that_the_script_uses(kindling, script, tmp_path):
    data.copy(ROWS.format(n=9), tmp_path / "in" / "a.parquet")
    data.copy("SELECT 'x' AS k, '1' AS v", tmp_path / "in" / "b.parquet")
    refuse(kindling, script, tmp_path / "in", tmp_path / "out", "'v'", "a.parquet", "b.parquet", "DOUBLE", "VARCHAR")


def test_drift_in_columns_that_the_script_does_not_use_is_fine(kindling, script, tmp_path):
    data.copy(f"SELECT *, 1 AS extra, 'x' AS changing FROM ({ROWS.format(n=9)})", tmp_path / "in" / "a.parquet")
    data.copy(f"SELECT 2.5::DOUBLE AS changing, v, k FROM ({ROWS.format(n=7)})", tmp_path / "in" / "b.parquet")
    data.copy(f"SELECT v, DATE '2024-01-01' AS changing, k, 'more' AS other FROM ({ROWS.format(n=5)})", tmp_path / "in" / "c.parquet")
    accept(kindling, script, tmp_path / "in", tmp_path / "out")


def test_columns_in_another_order(kindling, script, tmp_path):
    data.copy(ROWS.format(n=9), tmp_path / "in" / "a.parquet")
    data.copy(f"SELECT v, k FROM ({ROWS.format(n=9)})", tmp_path / "in" / "b.parquet")
    accept(kindling, script, tmp_path / "in", tmp_path / "out")


def test_column_unknown_to_all_files(kindling, tmp_path):
    data.copy(ROWS.format(n=9), tmp_path / "in" / "a.parquet")
    job = data.write(tmp_path / "job.sql", "COPY (\n  SELECT kk, v\n  FROM t ORDER BY ALL\n) TO 'o' (FORMAT parquet);")
    result = refuse(kindling, job, tmp_path / "in", tmp_path / "out", "kk", "job.sql:2:10")
    assert "'k'" in result.err.split("HINT")[-1]


def test_month_01_is_month_1(kindling, tmp_path):
    text = "COPY (SELECT month, count(*) AS n, sum(v) AS s FROM t WHERE month <= 2 GROUP BY month ORDER BY month) TO 'o' (FORMAT parquet, PARTITION_BY (month));"
    for folder, n in (("month=01", 5), ("month=1", 7), ("month=2", 3), ("month=10", 4)):
        data.copy(ROWS.format(n=n), tmp_path / "in" / folder / "a.parquet")
    accept(kindling, data.write(tmp_path / "job.sql", text), tmp_path / "in", tmp_path / "out", text)
    assert [p.name for p in sorted((tmp_path / "out" / "o").glob("month=*"))] == ["month=1", "month=2"]


def test_ignored_names(kindling, script, tmp_path):
    data.copy(ROWS.format(n=5), tmp_path / "in" / "a.parquet")
    data.copy(ROWS.format(n=100), tmp_path / "in" / "_delta_log" / "x.parquet")
    data.copy(ROWS.format(n=100), tmp_path / "in" / ".staging" / "x.parquet")
    data.copy(ROWS.format(n=100), tmp_path / "in" / "_b.parquet")
    data.write(tmp_path / "in" / "_SUCCESS", "")
    data.write(tmp_path / "in" / "readme.md", "hello")
    accept(kindling, script, tmp_path / "in", tmp_path / "out")


def test_folders_above_the_input_are_no_partitions(kindling, script, tmp_path):
    source = tmp_path / "k=wrong" / "v=7" / "in"
    data.copy(ROWS.format(n=5), source / "a.parquet")
    kindling("run", script, "--input", source, "--output", tmp_path / "out")
    assert readers.deltalake_reader(tmp_path / "out" / "o").to_pydict()["k"] == ["k0", "k1", "k2"]


def test_folder_names_with_everything(kindling, script, tmp_path):
    source = tmp_path / "in put [x]*? 'q' \"d\" % $HOME; Ü"
    for at, name in enumerate(["a b.parquet", "it's.parquet", "[x]*.parquet", "100%.parquet", "UPPER.PARQUET"]):
        data.copy(ROWS.format(n=at + 3), source / name)
    # Polars cannot open a table below a folder of such a name, whoever wrote it
    accept(kindling, script, source, tmp_path / "o ut 'x' [y]*", all_readers=False)
    assert len(readers.deltalake_reader(tmp_path / "o ut 'x' [y]*" / "o")) == 3


def test_one_file(kindling, script, tmp_path):
    accept(kindling, script, data.copy(ROWS.format(n=50), tmp_path / "file.parquet"), tmp_path / "out")


def test_link_to_a_folder(kindling, script, tmp_path):
    data.copy(ROWS.format(n=50), tmp_path / "real" / "a.parquet")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    accept(kindling, script, tmp_path / "link", tmp_path / "out")


@pytest.mark.parametrize("folders", [["year=2024/a", "month=1/a"], ["year=2024/month=1/a", "year=2025/a"], ["year=2024/a", "a"], ["y=1/m=1/a", "m=1/y=1/a"]])
def test_partition_folders_that_do_not_agree(kindling, script, tmp_path, folders):
    for folder in folders:
        data.copy(ROWS.format(n=5), tmp_path / "in" / f"{folder}.parquet")
    refuse(kindling, script, tmp_path / "in", tmp_path / "out", *(f"{f}.parquet" if "/" not in f else f.split("/")[0] for f in folders))


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv to become another user")
@pytest.mark.parametrize("what", ["folder", "file", "output"])
def test_no_right(kindling, script, tmp_path, what):
    data.copy(ROWS.format(n=5), tmp_path / "in" / "secret" / "a.parquet")
    for folder in [tmp_path, *tmp_path.parents]:
        if str(folder).startswith("/tmp/") and folder != tmp_path.parents[-1]:
            folder.chmod(0o755)
    target = {"folder": tmp_path / "in" / "secret", "file": tmp_path / "in" / "secret" / "a.parquet", "output": tmp_path / "closed"}[what]
    if what == "output":
        target.mkdir()
    target.chmod(0o700 if target.is_dir() else 0o600)
    out = tmp_path / "closed" / "out" if what == "output" else tmp_path / "out"
    if what != "output":
        out.mkdir()
        out.chmod(0o777)
    result = kindling("run", script, "--input", tmp_path / "in", "--output", out, code=6, user=65534)
    assert str(target) in result.err and "ermission denied" in result.err.lower() + result.err
    assert result.err.endswith("\nHINT: Run it as a user who has the right, or give another path.\n")


def test_pruning_shows_in_explain(kindling, tmp_path):
    for year in (2023, 2024):
        for month in range(1, 13):
            data.copy(ROWS.format(n=10), tmp_path / "in" / f"year={year}" / f"month={month:02}" / "a.parquet")
    job = data.write(tmp_path / "job.sql", "COPY (SELECT k, count(*) AS n FROM t WHERE year = 2024 AND month IN (1, 2, 3) GROUP BY k ORDER BY k) TO 'o' (FORMAT parquet);")
    plan = kindling("explain", job, "--input", tmp_path / "in", "--json").json["plan"]
    read = plan["outputs"][0]["inputs"][0]
    assert read["rows"] == 30 and read["file_count"] == 3 and read["of_files"] == 24
    assert "year" in json.dumps(read["predicates"]) and "month" in json.dumps(read["predicates"])
    # what the plan leaves out is not opened: a file that is damaged behind its footer does not matter
    bad = tmp_path / "in" / "year=2023" / "month=05" / "a.parquet"
    whole = bytearray(bad.read_bytes())
    whole[4:60] = b"\0" * 56
    bad.write_bytes(whole)
    kindling("run", job, "--input", tmp_path / "in", "--output", tmp_path / "out")
    assert sum(readers.deltalake_reader(tmp_path / "out" / "o").to_pydict()["n"]) == 30


def test_many_files(kindling, tmp_path):
    """10,000 files take seconds, not minutes (2,000 here, all in make soak), and the one that is damaged is found among them."""
    count = int(os.environ.get("KINDLING_MANY_FILES", "2000"))
    first = data.copy(ROWS.format(n=3), tmp_path / "in" / "day=0" / "a.parquet").read_bytes()
    for day in range(1, count):
        folder = tmp_path / "in" / f"day={day}"
        folder.mkdir()
        (folder / "a.parquet").write_bytes(first)
    job = data.write(tmp_path / "job.sql", "COPY (SELECT count(*) AS n, max(day) AS last FROM t) TO 'o' (FORMAT parquet);")
    kindling("run", job, "--input", tmp_path / "in", "--output", tmp_path / "out", timeout=60)
    assert readers.deltalake_reader(tmp_path / "out" / "o").to_pylist() == [{"n": 3 * count, "last": count - 1}]
    bad = tmp_path / "in" / f"day={count // 3}" / "a.parquet"
    for damaged, reason in ((first[:-20], "it does not end with a Parquet footer"), (first[:-10] + b"\xff" + first[-9:], "")):
        bad.write_bytes(damaged)
        result = kindling("run", job, "--input", tmp_path / "in", "--output", tmp_path / "out", code=2, timeout=60)
        assert f"cannot read '{bad}': " in result.err and reason in result.err
    bad.write_bytes(first)


def test_binding_of_inputs(kindling, tmp_path):
    a = data.copy("SELECT 1 AS x", tmp_path / "a.parquet")
    job = data.write(tmp_path / "two.sql", "COPY (SELECT count(*) AS n FROM a JOIN b USING (x)) TO 'o' (FORMAT parquet);")
    result = kindling("run", job, "--input", a, "--output", tmp_path / "out", code=2)
    assert "--input" in result.err and "b" in result.err
    result = kindling("run", job, "--input", f"a={a}", "--input", f"b={a}", "--input", f"c={a}", "--output", tmp_path / "out", code=2)
    assert "'c'" in result.err
    result = kindling("run", job, "--input", f"a={a}", "--output", tmp_path / "out", code=2)
    assert "'b'" in result.err
    kindling("run", job, "--input", f"b={a}", "--input", f"a={a}", "--output", tmp_path / "out")
