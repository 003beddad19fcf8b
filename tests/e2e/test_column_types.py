"""Every type of column: stored, and read back as DuckDB would give it; or refused before any work, with its place, its name in SQL and the cast that is stored."""

import pytest

from kit import data, readers

REFUSED = {
    "TIME '12:34:56' + to_minutes(id)": ("TIME", "VARCHAR"),
    "CAST('12:34:56+01' AS TIMETZ)": ("TIME WITH TIME ZONE", "VARCHAR"),
    "CAST('00000000-0000-0000-0000-000000000001' AS UUID)": ("UUID", "VARCHAR"),
    "to_days(id::INTEGER)": ("INTERVAL", "VARCHAR"),
    "CAST('101' AS BIT)": ("BIT", "VARCHAR"),
    "CAST(id AS UTINYINT)": ("UTINYINT", "SMALLINT"),
    "CAST(id AS USMALLINT)": ("USMALLINT", "INTEGER"),
    "CAST(id AS UINTEGER)": ("UINTEGER", "BIGINT"),
    "CAST(id AS UBIGINT)": ("UBIGINT", "DECIMAL(20, 0)"),
    "CAST(id AS UHUGEINT)": ("UHUGEINT", "DECIMAL(38, 0)"),
    "CAST(id AS BIGNUM)": ("BIGNUM", "VARCHAR"),
    "CAST(day AS TIMESTAMP_S)": ("TIMESTAMP_S", "TIMESTAMP"),
    "CAST(day AS TIMESTAMP_MS)": ("TIMESTAMP_MS", "TIMESTAMP"),
    "CAST(day AS TIMESTAMP_NS)": ("TIMESTAMP_NS", "TIMESTAMP"),
    "union_value(num := id)": ("UNION(num BIGINT)", "VARCHAR"),
    "row(id, name)": ("STRUCT(BIGINT, VARCHAR)", "VARCHAR"),
    "[TIME '12:34:56']": ("TIME", "VARCHAR[]"),
    "{'a': [MAP {'k': to_days(1)}]}": ("INTERVAL", "VARCHAR"),
}
STORED = [
    "CAST(IF(id = 1, 'a', 'b') AS ENUM ('b', 'a'))", "CAST(id AS HUGEINT)", "CAST(id AS DECIMAL(38, 10))", "CAST(id AS FLOAT) / 3",
    "CAST('{\"a\": 1}' AS JSON)", "encode(name)", "NULL", "[]", "{'a': NULL}", "[id, NULL]", "array_value(id, id)",
    "[[name], [], NULL]", "MAP {name: id}", "MAP {[id]: {'x': name}}", "{'a b': id, 'c\"d': {'e': CAST(id AS HUGEINT)}}",
    "{'a': CAST('a' AS ENUM ('a', 'b'))}", "[CAST(day AS TIMESTAMPTZ)]", "CAST('-infinity' AS TIMESTAMP)", "DATE '-0300-01-01'", "chr(0) || name",
]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    rows = "SELECT i AS id, 'name ' || i AS name, TIMESTAMP '2024-01-01' + to_hours(i) AS day FROM range(50) t(i)"
    return data.copy(rows, tmp_path_factory.mktemp("column-types") / "in" / "0.parquet").parent


@pytest.mark.parametrize("expression", REFUSED)
def test_refused_before_any_work(kindling, source, tmp_path, expression):
    type, cast = REFUSED[expression]
    script = data.write(tmp_path / "j.sql", f"COPY (SELECT id,\n  {expression} AS odd FROM t ORDER BY id) TO 'o' (FORMAT parquet);")
    for command in (("run", "--output", tmp_path / "out"), ("explain",)):
        done = kindling(command[0], script, "--input", source, *command[1:], "--quiet", code=2)
        place, rest = done.err.split(": output 'o', column 'odd': ")
        assert place.startswith(f"kindling: {script}:2:")
        assert rest.startswith(f"type {type} cannot be stored in a table\nHINT: ") and f"CAST(... AS {cast.replace('[]', '')}) in the script." in rest
    assert not (tmp_path / "out").exists()
    script = data.write(tmp_path / "j.sql", f"COPY (SELECT id,\n  CAST({expression} AS {cast}) AS odd FROM t ORDER BY id) TO 'o' (FORMAT parquet);")
    kindling("run", script, "--input", source, "--output", tmp_path / "out", "--quiet")
    assert readers.version(tmp_path / "out" / "o") == 0


@pytest.mark.parametrize("writer", ["kindling", "duckdb"])
def test_stored_and_read_back(kindling, source, tmp_path, writer):
    names = [f"c{number}" for number in range(len(STORED))]
    columns = ",\n  ".join(f"{expression} AS {name}" for name, expression in zip(names, STORED))
    query = f"SELECT id,\n  {columns}\nFROM t ORDER BY id"
    script = data.write(tmp_path / "j.sql", f"COPY ({query}) TO 'o' (FORMAT parquet);")
    kindling("run", script, "--input", source, "--output", tmp_path / "out", "--quiet", "--parquet-writer", writer)
    texts = ", ".join(f"{name}::VARCHAR" for name in names)
    connection = data.connect()
    connection.execute(f"CREATE VIEW t AS FROM '{source}/*.parquet'")
    wanted = connection.execute(f"SELECT id, {texts} FROM ({query}) ORDER BY id").fetchall()
    assert connection.execute(f"SELECT id, {texts} FROM '{tmp_path}/out/o/*.parquet'").fetchall() == wanted
    assert readers.deltalake_reader(tmp_path / "out" / "o").num_rows == len(wanted)
