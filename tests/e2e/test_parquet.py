"""src/parquet read back: files of its writer, by DuckDB, pyarrow and Polars, value by value, with types and statistics."""
import math
import random
import subprocess

import duckdb
import polars
import pyarrow
import pyarrow.parquet
import pytest

from kit.parquet_files import CODECS, TYPES, WRITER, column_of, same, shown, write


def assert_same(reader, name, got, wanted):
    assert len(got) == len(wanted), (reader, name)
    for row, (g, w) in enumerate(zip(got, wanted)):
        assert same(g, w), (reader, name, row, g, w)


def read_duckdb(path, columns):
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    types = dict(con.execute(f"select column_name, column_type from (describe from '{path}')").fetchall())
    assert types == {name: TYPES[kind][3] for name, kind in columns.items()}
    rows = con.execute(f"from '{path}'").fetchall()
    return {name: [row[i] for row in rows] for i, name in enumerate(columns)}


def read_pyarrow(path, columns):
    return {name: c.to_pylist() for name, c in zip(columns, pyarrow.parquet.read_table(path).columns)}


def read_polars(path, columns):
    table = polars.read_parquet(path)
    return {name: table[name].to_list() for name in columns}


READERS = {"duckdb": read_duckdb, "pyarrow": read_pyarrow, "polars": read_polars}


def check_statistics(path, kind, index, groups, name):
    file = pyarrow.parquet.ParquetFile(path).metadata
    for part, group in enumerate(groups):
        values = [v for v in group[name] if v is not None]
        statistics = file.row_group(part).column(index).statistics
        assert statistics.null_count == len(group[name]) - len(values)
        is_told = bool(values)
        if kind == "string" and values:
            is_told = max(len(min(v.encode() for v in values)), len(max(v.encode() for v in values))) <= 64
        if kind in ("float", "double"):
            is_told = is_told and not any(math.isnan(v) for v in values)
        assert statistics.has_min_max == is_told, (name, part)
        if is_told and kind == "string":
            assert statistics.min == min(values, key=str.encode)
            assert statistics.max == max(values, key=str.encode)
        elif is_told:
            wanted = shown(kind, [min(values), max(values)])
            if kind in ("float", "double"):
                assert statistics.min == wanted[0] and statistics.max == wanted[1]
                assert wanted[0] != 0 or math.copysign(1, statistics.min) == -1
                assert wanted[1] != 0 or math.copysign(1, statistics.max) == 1
            else:
                assert [statistics.min, statistics.max] == wanted, (name, part)


def check(folder, columns, groups, codecs=CODECS):
    for codec in codecs:
        path, _ = write(folder, columns, groups, codec)
        for reader, read in READERS.items():
            got = read(path, columns)
            for name, kind in columns.items():
                wanted = [v for group in groups for v in shown(kind, group[name])]
                assert_same(f"{reader} {codec}", name, got[name], wanted)
        for index, (name, kind) in enumerate(columns.items()):
            check_statistics(path, kind, index, groups, name)


@pytest.mark.parametrize("seed", range(24))
def test_random_columns(tmp_path, seed):
    dice = random.Random(seed)
    columns = {kind: kind for kind in TYPES}
    columns["with 'quotes' \"and\" é"] = "string"
    sizes = [dice.choice([1, 7, 8, 9, 63, 64, 65, 200, 1023, 5000]) for _ in range(dice.choice([1, 1, 3]))]
    groups = [{name: column_of(kind, dice, rows) for name, kind in columns.items()} for rows in sizes]
    check(tmp_path, columns, groups, codecs=[CODECS[seed % 3]])


def kinds_of(kind, distinct, rows):
    """So many different values, none twice in a row."""
    values = [(i * 7919) % distinct for i in range(rows)]
    if kind == "string":
        return [f"text number {v:04}" for v in values]
    return [float(v) if kind in ("float", "double") else v - 100 for v in values]


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "bool"])
def test_every_bit_width(tmp_path, kind):
    """Dictionaries of every width, and groups of 8 with a rest."""
    most = 200 if kind in ("int8", "decimal16") else 3000
    counts = [n for n in (1, 2, 3, 4, 5, 8, 9, 16, 17, 33, 65, 129, 256, 257, 513, 1025, 2049) if n <= most]
    group = {f"of {n}": kinds_of(kind, n, 5003) for n in counts}
    columns = {name: kind for name in group}
    path, _ = write(tmp_path, columns, [group], "snappy")
    file = pyarrow.parquet.ParquetFile(path).metadata
    for index, n in enumerate(counts):
        chunk = file.row_group(0).column(index)
        assert ("RLE_DICTIONARY" in chunk.encodings) == chunk.has_dictionary_page
        assert chunk.has_dictionary_page or n > 257, (kind, n)
    check(tmp_path, columns, [group], codecs=["snappy"])


def test_pages_beyond_a_mebibyte(tmp_path):
    dice = random.Random(7)
    rows = 200_000
    columns = {"integer": "int64", "text": "string", "few": "int32", "holes": "double"}
    group = {
        "integer": [dice.getrandbits(63) for _ in range(rows)],
        "text": [f"user_{dice.getrandbits(50):015}" for _ in range(rows)],
        "few": [dice.randrange(70000) % (1 + i // 5) for i in range(rows)],
        "holes": [None if dice.random() < 0.3 else dice.random() for _ in range(rows)],
    }
    check(tmp_path, columns, [group], codecs=["snappy", "zstd"])
    path, _ = write(tmp_path, columns, [group], "snappy")
    file = pyarrow.parquet.ParquetFile(path).metadata
    assert all(file.row_group(0).column(i).has_offset_index for i in range(4))
    assert all(file.row_group(0).column(i).has_column_index for i in range(4))
    assert duckdb.sql(f"select count(*) from '{path}' where integer < 0").fetchone() == (0,)
    wanted = sum(text.startswith("user_0") for text in group["text"])
    assert duckdb.sql(f"select count(*) from '{path}' where text between 'user_0' and 'user_0~'").fetchone() == (wanted,)


def test_sorted_pages(tmp_path):
    """Several pages and row groups in order, pages of NULLs and one of NaN among them: what readers skip, they may."""
    rows = 300_000
    columns = {"i": "int64", "s": "string", "d": "double", "n": "int64"}
    groups = [{"i": list(range(start, start + rows)), "s": [f"user_{i:012}" for i in range(start, start + rows)],
               "d": [i / 8 for i in range(rows)], "n": [None] * (rows - 1) + [start]} for start in (0, rows)]
    groups[1]["d"][-1] = math.nan
    check(tmp_path, columns, groups, codecs=["snappy"])
    path, _ = write(tmp_path, columns, groups, "snappy")
    file = pyarrow.parquet.ParquetFile(path).metadata
    has = [[file.row_group(g).column(i).has_column_index for i in range(4)] for g in range(2)]
    assert has == [[True] * 4, [True, True, False, True]]
    for value in (0, 131_071, 131_072, rows - 1, rows, 2 * rows - 1):
        text = f"user_{value:012}"
        assert duckdb.sql(f"select i, s from '{path}' where i = {value}").fetchall() == [(value, text)]
        for column, wanted in (("i", value), ("s", text)):
            got = pyarrow.parquet.read_table(path, filters=[(column, "=", wanted)])
            assert got["i"].to_pylist() == [value]
            assert polars.scan_parquet(path).filter(polars.col(column) == wanted).collect()["i"].to_list() == [value]


def test_runs(tmp_path):
    """Long runs, short ones, and both next to packed codes."""
    dice = random.Random(3)
    values = []
    while len(values) < 50_000:
        values += [dice.randrange(5)] * dice.choice([1, 2, 15, 16, 17, 23, 24, 100, 999])
    columns = {"i": "int64", "s": "string"}
    check(tmp_path, columns, [{"i": values, "s": [f"kind {v}" for v in values]}])


def test_long_texts(tmp_path):
    texts = ["x" * length for length in (0, 64, 65, 5000, 3_000_000, 1)] * 3 + [None]
    check(tmp_path, {"s": "string"}, [{"s": texts}, {"s": ["a", "z" * 64]}])


def test_constant_and_null_columns(tmp_path):
    rows = 100_000
    columns = {"one": "int64", "text": "string", "none": "double", "nothing": "string", "wide": "decimal128"}
    group = {"one": [17] * rows, "text": ["a text that is long"] * rows, "none": [None] * rows, "nothing": [None] * rows,
             "wide": [-10**37] * rows}
    check(tmp_path, columns, [group])
    path, _ = write(tmp_path, columns, [group], "snappy")
    assert path.stat().st_size < 3000


def test_not_a_number(tmp_path):
    nan = math.nan
    columns = {"a": "double", "b": "double", "c": "float"}
    groups = [{"a": [nan, 1.0, None], "b": [nan] * 3, "c": [1.5, nan, -0.0]}, {"a": [0.0] * 3, "b": [-0.0] * 3, "c": [2.0] * 3}]
    path, told = write(tmp_path, columns, groups, "snappy")
    assert told == [["1", "1", "0", "1"], ["0", "1", "0", "0"], ["0", "1", "0", "2"]]
    for index, (name, kind) in enumerate(columns.items()):
        check_statistics(path, kind, index, groups, name)
    got = pyarrow.parquet.read_table(path).to_pydict()
    assert math.isnan(got["a"][0]) and got["a"][1:3] == [1.0, None] and all(math.isnan(v) for v in got["b"][:3])


def test_statistics_of_the_writer(tmp_path):
    columns = {"i": "int32", "d": "decimal128", "s": "string", "b": "bool", "n": "int64"}
    groups = [{"i": [5, None, -3], "d": [1, -1, None], "s": ["é", "", "b" * 100], "b": [1, 1, 1], "n": [None] * 3},
              {"i": [9], "d": [2**70], "s": ["zz"], "b": [0], "n": [None]}]
    _, told = write(tmp_path, columns, groups, "zstd")
    assert told[0] == ["1", "0", "-3", "9"]
    assert told[1] == ["1", "0", "f" * 32, f"{2**70:032x}"]
    assert told[2] == ["0", "0", "'", "'" + "é".encode().hex()]
    assert told[3] == ["0", "0", "0", "1"]
    assert told[4] == ["4", "0", "unknown", "unknown"]


def test_a_file_that_exists_is_left_alone(tmp_path):
    path, _ = write(tmp_path, {"i": "int32"}, [{"i": [1]}], "none")
    before = path.read_bytes()
    again = subprocess.run([WRITER, tmp_path / "source", path, "none"], capture_output=True, text=True)
    assert again.returncode == 1 and "exists" in again.stderr and path.read_bytes() == before


def test_format_of_the_footer(tmp_path):
    path, _ = write(tmp_path, {"t": "timestamp", "u": "timestamp_utc", "s": "string", "b": "int8"},
                    [{"t": [0], "u": [0], "s": ["x"], "b": [1]}], "snappy")
    schema = pyarrow.parquet.ParquetFile(path).schema
    assert [schema.column(i).logical_type.type for i in range(4)] == ["TIMESTAMP", "TIMESTAMP", "STRING", "INT"]
    assert [str(t) for t in pyarrow.parquet.read_schema(path).types] == \
        ["timestamp[us]", "timestamp[us, tz=UTC]", "string", "int8"]
    assert all(pyarrow.parquet.read_schema(path).field(i).nullable for i in range(4))
