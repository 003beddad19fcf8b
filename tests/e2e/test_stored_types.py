"""Files of one input that store a column in other ways: what DuckDB reads as one type gives its results, all else is refused with both files named."""

import datetime
import decimal

import pyarrow
import pyarrow.parquet
import pytest

from kit import compare, data, oracle

ROWS = 3000
KEYS = [i % 7 for i in range(ROWS)]
INTS = [None if i % 11 == 0 else i * 37 % 1000 - 500 for i in range(ROWS)]
DECIMALS = [None if i % 13 == 0 else decimal.Decimal(i * 31 % 20000 - 9999).scaleb(-2) for i in range(ROWS)]
TEXTS = [None if i % 17 == 0 else f"text number {i % 40}" for i in range(ROWS)]
TIMES = [None if i % 19 == 0 else datetime.datetime(2024, 1, 1) + datetime.timedelta(milliseconds=i * 86399) for i in range(ROWS)]

SCRIPT = """
COPY (SELECT x, count(*) AS n, min(k) AS least FROM t GROUP BY x ORDER BY x NULLS LAST) TO 'values' (FORMAT parquet);
COPY (SELECT k, count(x) AS n, min(x) AS least, max(x) AS greatest, count(DISTINCT x) AS d FROM t GROUP BY k ORDER BY k) TO 'keys' (FORMAT parquet);
"""
SUMS = "COPY (SELECT k, sum(x) AS s, avg(x) AS a, count(*) FILTER (WHERE x > 5) AS f FROM t GROUP BY k ORDER BY k) TO 'sums' (FORMAT parquet);"


def encoded(name):
    return {"use_dictionary": False, "column_encoding": {"x": name}}


def times(unit, zone=None):
    return pyarrow.array(TIMES, pyarrow.timestamp(unit, zone))


def decimals(precision):
    return pyarrow.array(DECIMALS, pyarrow.decimal128(precision, 2))


def ints(type, values=tuple(INTS)):
    return pyarrow.array(values, type)


PLAIN = {"use_dictionary": False}
WHOLE = {"store_decimal_as_integer": True}
# name -> files: (values, how they are written)
ONE_TYPE = {
    "decimals as INT32 and bytes": [(decimals(9), WHOLE), (decimals(9), {})],
    "decimals as INT64 and bytes": [(decimals(18), WHOLE), (decimals(18), PLAIN)],
    "decimals of 128 bits": [(decimals(38), {}), (decimals(38), PLAIN)],
    "texts": [(pyarrow.array(TEXTS), {}), (pyarrow.array(TEXTS), PLAIN), (pyarrow.array(TEXTS).dictionary_encode(), {}),
              (pyarrow.array(TEXTS), encoded("DELTA_BYTE_ARRAY")), (pyarrow.array(TEXTS), encoded("DELTA_LENGTH_BYTE_ARRAY"))],
    "times in us, ms and 96 bits": [(times("us"), {}), (times("ms"), PLAIN), (times("ns"), {"use_deprecated_int96_timestamps": True})],
    "times of a zone in us and ms": [(times("us", "UTC"), {}), (times("ms", "UTC"), {})],
    "floats of 16 and 32 bits": [(ints(pyarrow.float32(), [i or 0 for i in INTS]).cast(pyarrow.float16()), {}), (ints(pyarrow.float32()), {})],
    "doubles": [(ints(pyarrow.float64()), encoded("BYTE_STREAM_SPLIT")), (ints(pyarrow.float64()), {})],
    "numbers": [(ints(pyarrow.int64()), encoded("DELTA_BINARY_PACKED")), (ints(pyarrow.int64()), {}), (ints(pyarrow.int64()), {"data_page_version": "2.0"})],
    "flags": [(pyarrow.array([None if i is None else i % 3 == 0 for i in INTS]), {**encoded("RLE"), "data_page_version": "2.0"}),
              (pyarrow.array([i % 2 == 0 for i in range(ROWS)]), {})],
    "never NULL and NULL": [(ints(pyarrow.int64(), [i or 0 for i in INTS]), {"required": True}), (ints(pyarrow.int64()), {})],
}
TWO_TYPES = {
    ("INTEGER", "BIGINT"): (ints(pyarrow.int32()), ints(pyarrow.int64())),
    ("TINYINT", "SMALLINT"): (ints(pyarrow.int8(), [i and i // 5 for i in INTS]), ints(pyarrow.int16())),
    ("UINTEGER", "BIGINT"): (ints(pyarrow.uint32(), [i and i + 500 for i in INTS]), ints(pyarrow.int64())),
    ("FLOAT", "DOUBLE"): (ints(pyarrow.float32()), ints(pyarrow.float64())),
    ("DECIMAL(9,2)", "DECIMAL(18,2)"): (decimals(9), decimals(18)),
    ("VARCHAR", "BLOB"): (pyarrow.array(TEXTS), pyarrow.array([t and t.encode() for t in TEXTS])),
    ("TIMESTAMP", "TIMESTAMP_NS"): (times("us"), times("ns")),
    ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"): (times("us"), times("us", "UTC")),
    ("DATE", "TIMESTAMP"): (pyarrow.array([t and t.date() for t in TIMES]), times("us")),
}


def write(folder, files):
    folder.mkdir()
    for number, (values, options) in enumerate(files):
        options = dict(options)
        required = options.pop("required", False)
        schema = pyarrow.schema([("k", pyarrow.int32()), pyarrow.field("x", values.type, nullable=not required)])
        table = pyarrow.Table.from_arrays([pyarrow.array(KEYS, pyarrow.int32()), values], schema=schema)
        pyarrow.parquet.write_table(table, folder / f"{number}.parquet", **options)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", ONE_TYPE)
def test_one_type_stored_in_several_ways(kindling, tmp_path, name, turned):
    files = ONE_TYPE[name][::-1] if turned else ONE_TYPE[name]
    write(tmp_path / "in", files)
    text = SCRIPT + (SUMS if name.split()[0] in ("decimals", "floats", "doubles", "numbers", "never") else "")
    script, wanted = data.write(tmp_path / "job.sql", text), oracle.run_script(text, {"t": tmp_path / "in"})
    for way in ("on", "off"):
        done = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / way, "--json", env={"KINDLING_KERNEL": way})
        assert done.json["outputs"][0]["computed_by"].startswith("kernel" if way == "on" else "duckdb")
        compare.assert_script(tmp_path / way, wanted)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("types", TWO_TYPES)
def test_two_types_are_refused(kindling, tmp_path, types, turned):
    files = [(values, {}) for values in TWO_TYPES[types]]
    write(tmp_path / "in", files[::-1] if turned else files)
    first, second = types[::-1] if turned else types
    script = data.write(tmp_path / "job.sql", SCRIPT)
    for way in ("on", "off"):
        done = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", code=2, env={"KINDLING_KERNEL": way})
        assert f"column 'x' is {first} in '{tmp_path / 'in' / '0.parquet'}' but {second} in '{tmp_path / 'in' / '1.parquet'}'" in done.err
        assert not (tmp_path / "out").exists()


def written_as(path, page=b"", codec=b""):
    """A file whose pages say that they are of another encoding, or whose footer names another codec."""
    table = pyarrow.table({"k": pyarrow.array(KEYS, pyarrow.int32()), "x": pyarrow.array(TEXTS)})
    pyarrow.parquet.write_table(table, path, use_dictionary=False, compression="snappy" if codec else "none")
    whole = path.read_bytes()
    header, told = b"\x15\x00\x15\x06\x15\x06", [b"\x19\x18\x01" + name + b"\x15" for name in (b"k", b"x")]  # PLAIN, levels RLE; path, codec
    assert header in whole and all(t in whole for t in told)
    if page:
        whole = whole.replace(header, b"\x15" + page + header[2:])
    for column in told if codec else []:
        whole = whole.replace(column + b"\x02", column + codec)
    path.write_bytes(whole)


@pytest.mark.parametrize("how, words", [({"page": b"\x08"}, "Unsupported page encoding"), ({"page": b"\x06"}, "RLE encoding is only supported for"),
                                        ({"codec": b"\x06"}, "Unsupported compression codec 'LZO'")])
def test_ways_that_duckdb_does_not_read(kindling, tmp_path, how, words):
    """They are no damage, and the file is named."""
    write(tmp_path / "in", [(pyarrow.array(TEXTS), {})])
    odd = tmp_path / "in" / "1.parquet"
    written_as(odd, **how)
    script = data.write(tmp_path / "job.sql", SCRIPT)
    run = kindling("run", script, "--input", tmp_path / "in", "--output", tmp_path / "out", code=2)
    inspect = kindling("inspect", "--input", odd, code=1)
    for err in (run.err, inspect.err):
        assert "not supported: " in err and words in err and str(odd) in err and "damage" not in err, err


def test_inspect_names_a_damaged_file(kindling, tmp_path):
    write(tmp_path / "in", [(pyarrow.array(TEXTS), {}), (pyarrow.array(TEXTS), {"compression": "gzip", "use_dictionary": False})])
    bad = tmp_path / "in" / "0.parquet"
    whole = bytearray(bad.read_bytes())
    whole[4:60] = b"\xee" * 56
    bad.write_bytes(whole)
    err = kindling("inspect", "--input", tmp_path / "in", code=1).err
    assert "damaged data: " in err and str(bad) in err and "not supported" not in err, err
