"""Reads published tables as others do, each into one Arrow table with the same columns, types and row order."""

import glob
import importlib.util
import os
from pathlib import Path
from urllib.parse import unquote

import duckdb
import polars
import pyarrow
import pyarrow.dataset
from deltalake import DeltaTable

_connection = None


def connection():
    """One DuckDB with the delta extension, for the whole test run."""
    global _connection
    if _connection is None:
        _connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
        _connection.execute("SET threads = 2; SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
        folder = os.path.dirname(importlib.util.find_spec("duckdb_extension_delta").origin)
        extension = glob.glob(folder + "/**/*.duckdb_extension", recursive=True)[0]
        _connection.execute(f"LOAD '{extension}'")
    return _connection


def quote(path):
    return "'" + str(path).replace("'", "''") + "'"


def deltalake_reader(table, version=None):
    return DeltaTable(str(table), version=version).to_pyarrow_table()


def polars_reader(table, version=None):
    return polars.read_delta(str(table), version=version).to_arrow()


def duckdb_delta_reader(table, version=None):
    at = "" if version is None else f", version = {version}"
    return arrow(connection().execute(f"SELECT * FROM delta_scan({quote(table)}{at})"))


def plain_files(table):
    return sorted(p for p in Path(table).rglob("*.parquet") if not any(x.startswith("_") for x in p.relative_to(table).parts))


def duckdb_plain_reader(table):
    # hive types are inferred by the reader, as for a user who knows nothing of the table
    return arrow(connection().execute(f"SELECT * FROM read_parquet({quote(str(table) + '/**/*.parquet')}, hive_partitioning = true)"))


def pyarrow_reader(table):
    # as text: pyarrow cannot infer the type of a column whose only folder is NULL's
    folders = plain_files(table)[0].relative_to(table).parts[:-1]
    names = pyarrow.schema([(unquote(folder.split("=")[0]), pyarrow.string()) for folder in folders])
    hive = pyarrow.dataset.partitioning(names, flavor="hive")
    return pyarrow.dataset.dataset(str(table), format="parquet", partitioning=hive, exclude_invalid_files=False).to_table()


DELTA_READERS = {"deltalake": deltalake_reader, "polars": polars_reader, "duckdb delta": duckdb_delta_reader}
PLAIN_READERS = {"duckdb plain": duckdb_plain_reader, "pyarrow": pyarrow_reader}
READERS = {**DELTA_READERS, **PLAIN_READERS}


def arrow(relation):
    result = relation.to_arrow_table() if hasattr(relation, "to_arrow_table") else relation.fetch_arrow_table()
    return result


def canonical(table, columns):
    """Rows of an Arrow table as a sorted list of texts, columns cast to the DuckDB types given; doubles bit for bit."""
    con = connection()
    con.register("_read", table)
    cells = []
    for name, kind in columns:
        ident = '"' + name.replace('"', '""') + '"'
        cells.append(f"CAST({ident} AS {kind}) AS {ident}")
    rows = con.execute(f"SELECT {', '.join(cells)} FROM _read").fetchall()
    con.unregister("_read")
    return sorted(repr(tuple(cell.hex() if isinstance(cell, float) else cell for cell in row)) for row in rows)


def ordered_rows(table, columns, partition_by):
    """{partition values: rows in file order}: the data files one by one, by name, partition values from the folder."""
    from kit.oracle import partition_values
    con = connection()
    inside = [c for c in columns if c[0] not in partition_by]
    names = ", ".join('"' + n.replace('"', '""') + '"' for n, _ in inside)
    parts = {}
    for file in plain_files(table):
        key = partition_values(file, table)
        rows = con.execute(f"SELECT {names} FROM read_parquet({quote(file)}, hive_partitioning = false)").fetchall()
        parts.setdefault(tuple(key[p] for p in partition_by), []).extend(rows)
    return parts


def stored_types(table):
    """[(column, DuckDB type)] as the Delta schema declares them."""
    return [(r[0], r[1]) for r in connection().execute(f"DESCRIBE FROM delta_scan({quote(table)})").fetchall()]


def version(table):
    """The newest version, or -1 for no table."""
    log = Path(table) / "_delta_log"
    return max((int(p.stem) for p in log.glob("*.json") if p.stem.isdigit()), default=-1) if log.is_dir() else -1
