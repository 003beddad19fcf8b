"""Values that a script cannot be computed with: which place of the script, which value, what to write instead; and what is advised there works."""

import pytest

from kit import data, readers

ROWS = """SELECT i AS id, i % 5 AS g, CASE WHEN i = 777 THEN '' ELSE (i % 100)::VARCHAR END AS txt, CASE WHEN i = 5 THEN repeat('long ', 1000) ELSE '7' END AS long,
    2000000000::INTEGER AS most, 9000000000000000000 + i AS large, DATE '2024-01-01' + (i % 30)::INTEGER AS day, (i - 500)::INTEGER AS n FROM range(1000) t(i)"""
TRY = "Write TRY(...) around what fails: it gives NULL for such values. Or leave them out by CASE."
EMPTY = "Write CAST(NULLIF(txt, '') AS {0}) where an empty text is to be NULL, or TRY_CAST(txt AS {0}), which gives NULL for all that does not fit."

# expression, of which the first line begins at column 1 -> place in it, message, hint, expression that works
CASES = {
    "empty text": ("CAST(txt AS INTEGER)", "2:1", "could not convert string '' to INTEGER in column 'txt'", EMPTY.format("INTEGER"),
                   "CAST(NULLIF(txt, '') AS INTEGER)"),
    "empty text, other types": ("txt::DECIMAL(5,2)", "2:4", "could not convert string '' to DECIMAL(5,2) in column 'txt'", EMPTY.format("DECIMAL(5,2)"),
                                "TRY_CAST(txt AS DECIMAL(5,2))"),
    "long text": ("CAST(long AS BIGINT)", "2:1", f"could not convert string '{'long ' * 20}...' to BIGINT in column 'long'",
                  "Write TRY_CAST(long AS BIGINT), which gives NULL for such values.", "TRY_CAST(long AS BIGINT)"),
    "date": ("CASE WHEN id = 777 THEN\n  CAST(long AS DATE) END", "3:3", "invalid date field format: '7', expected format is (YYYY-MM-DD) in column 'long'",
             "Write TRY_CAST(long AS DATE), which gives NULL for such values.", "TRY_CAST(long AS DATE)"),
    "out of range": ("CAST(large - id AS SMALLINT)", "2:1", "type BIGINT with value 9000000000000000000 can't be cast because the value is out of range for the "
                     "destination type SMALLINT", "Write TRY_CAST(... AS SMALLINT), which gives NULL for such values, or cast to a wider type.",
                     "TRY_CAST(large - id AS SMALLINT)"),
    "overflow": ("1 +\n most * 2", "3:7", "overflow in multiplication of INTEGER (2000000000 * 2)", "Cast an operand to a wider type: CAST(... AS BIGINT).",
                 "CAST(most AS BIGINT) * 2"),
    "overflow of BIGINT": ("(large - id) + (large - id)", "2:14", "overflow in addition of BIGINT (9000000000000000000 + 9000000000000000000)",
                           "Cast an operand to a wider type: CAST(... AS DOUBLE).", "CAST(large AS DOUBLE) + large"),
    "date out of range": ("day + 2147483647", "2:5", "date out of range", TRY, "TRY(day + 2147483647)"),
    "root": ("CASE WHEN n = -500 THEN sqrt(n) END", "2:25", "cannot take square root of a negative number", TRY, "TRY(sqrt(n))"),
    "format": ("CASE WHEN id = 777 THEN strptime(txt, '%Y') END", "2:25", "could not parse string '' according to format specifier '%Y'",
               "Write try_strptime(...), which gives NULL for such values.", "try_strptime(txt, '%Y')"),
    "several in one line": ("CAST(txt AS INTEGER) + CAST(txt AS INTEGER)", "2", "could not convert string '' to INTEGER in column 'txt'", EMPTY.format("INTEGER"),
                            "TRY_CAST(txt AS INTEGER)"),
    "several": ("CAST(txt AS INTEGER)\n + CAST(txt AS INTEGER)", "1", "could not convert string '' to INTEGER in column 'txt'", EMPTY.format("INTEGER"),
                "TRY_CAST(txt AS INTEGER)"),
    "no place": ("CASE WHEN id = 3 THEN regexp_matches(txt, txt || '(') END", "1", "missing ): 3(", TRY, "TRY(regexp_matches(txt, txt || '('))"),
}
WAYS = {"rows": "COPY (SELECT id,\n{} AS x\nFROM t ORDER BY id) TO 'o' (FORMAT parquet);", "groups": "COPY (SELECT g, max(\n{}\n) AS x FROM t GROUP BY g ORDER BY g) TO 'o' (FORMAT parquet);"}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return data.copy(ROWS, tmp_path_factory.mktemp("data-errors") / "in" / "0.parquet").parent


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_place_and_advice(kindling, source, tmp_path, name, way):
    expression, place, message, hint, better = CASES[name]
    script = data.write(tmp_path / "j.sql", WAYS[way].format(expression))
    told = f"{script}:{place}: output 'o': {message}"
    for kernel in ("on", "off"):
        done = kindling("run", script, "--input", source, "--output", tmp_path / "out", "--quiet", "--json", code=1, env={"KINDLING_KERNEL": kernel})
        assert done.err == f"kindling: {told}\nHINT: {hint}\n"
        assert done.json["error"] == {"kind": "data", "exit_code": 1, "message": told, "hint": hint}
        assert readers.version(tmp_path / "out" / "o") == -1
    again = data.write(tmp_path / "better.sql", WAYS[way].format(better))
    kindling("run", again, "--input", source, "--output", tmp_path / "out", "--quiet")
    assert readers.version(tmp_path / "out" / "o") == 0


def test_other_commands_and_other_outputs(kindling, source, tmp_path):
    """The output that fails is told, though all share one pass; so it is by --performance-test and explain --analyze."""
    script = data.write(tmp_path / "j.sql", """CREATE VIEW numbers AS SELECT g,
  CAST(txt AS INTEGER) AS v FROM t;
COPY (SELECT g, count(*) AS n FROM t GROUP BY g ORDER BY g) TO 'good' (FORMAT parquet);
COPY (SELECT g, sum(v) AS s FROM numbers GROUP BY g ORDER BY g) TO 'bad' (FORMAT parquet);""")
    told = f"kindling: {script}:2:3: output 'bad': %scould not convert string '' to INTEGER in column 'txt'\nHINT: Write CAST(NULLIF(txt, '') AS INTEGER)"
    assert kindling("run", script, "--input", source, "--output", tmp_path / "out", "--quiet", code=1).err.startswith(told % "")
    assert kindling("explain", script, "--input", source, "--analyze", "--quiet", code=1).err.startswith(told % "")
    assert kindling("run", script, "--input", source, "--performance-test", "--quiet", code=1).err.startswith(told % "plain: ")


def test_aggregates_are_called_as_they_are_written(kindling, source, tmp_path):
    script = data.write(tmp_path / "j.sql", "COPY (SELECT g, CAST(min(txt) AS INTEGER) AS x FROM t GROUP BY g ORDER BY g) TO 'o' (FORMAT parquet);")
    for kernel in ("on", "off"):
        done = kindling("run", script, "--input", source, "--output", tmp_path / "out", "--quiet", code=1, env={"KINDLING_KERNEL": kernel})
        assert done.err.startswith(f"kindling: {script}:1:17: output 'o': could not convert string '' to INTEGER in min(txt)\n")


def test_columns_that_do_not_fit_have_a_place(kindling, source, tmp_path):
    script = data.write(tmp_path / "j.sql", "COPY (SELECT g,\n  sum(large) AS total FROM t GROUP BY g ORDER BY g) TO 'o' (FORMAT parquet);")
    for kernel in ("on", "off"):
        done = kindling("run", script, "--input", source, "--output", tmp_path / "out", "--quiet", code=2, env={"KINDLING_KERNEL": kernel})
        assert done.err.startswith(f"kindling: {script}:2:3: output 'o': a value of column 'total' does not fit its stored type BIGINT\nHINT: ")


@pytest.mark.parametrize("text", ["long/" * 60, "한글" * 20, "x" * 254])
def test_partition_values_too_long_for_a_folder(kindling, source, tmp_path, text):
    """The whole folder's name counts, as it is encoded: 253 bytes of a value are possible behind 'k='."""
    bytes, name = len(text.encode()), len("k=") + sum(1 if c.isalnum() and c.isascii() else 3 * len(c.encode()) for c in text)
    shown = text.encode()[:60].decode(errors="ignore")
    key = f"IF(id = 7, '{text}', 'short')"
    for number, query in enumerate((f"SELECT id,\n {key} AS k FROM t ORDER BY id", f"SELECT g,\n {key} AS k, count(*) AS n FROM t GROUP BY ALL ORDER BY ALL")):
        script = data.write(tmp_path / "j.sql", f"COPY ({query}) TO 'o' (FORMAT parquet, PARTITION_BY (k));")
        for kernel in ("on", "off"):
            done = kindling("run", script, "--input", source, "--output", tmp_path / "out", "--quiet", code=2, env={"KINDLING_KERNEL": kernel})
            assert done.err == (f"kindling: {script}:2:5: output 'o': partition column 'k' has the value '{shown}...' of {bytes} bytes: its folder's name would be "
                                f"{name} bytes long, at most 255 are possible\nHINT: Partition by something shorter, left(\"k\", 20) or md5(\"k\"): all but letters of "
                                "ASCII, digits, '-', '_' and '.' take three bytes and more in names of folders.\n")
            assert readers.version(tmp_path / "out" / "o") == -1
        again = data.write(tmp_path / "better.sql", f"COPY (SELECT * REPLACE (md5(\"k\") AS k) FROM ({query})) TO 'o' (FORMAT parquet, PARTITION_BY (k));")
        kindling("run", again, "--input", source, "--output", tmp_path / f"better-{number}", "--quiet")
    fits = data.write(tmp_path / "fits.sql", "COPY (SELECT id, repeat('x', 253) AS k FROM t ORDER BY id) TO 'o' (FORMAT parquet, PARTITION_BY (k));")
    kindling("run", fits, "--input", source, "--output", tmp_path / "fits", "--quiet")
