"""Computes a case's outputs by DuckDB, as written, and holds ours to them inside DuckDB, where a million cells are compared in no time."""

import glob
import os

import duckdb

STORED = {"HUGEINT": "BIGINT"}


def connect():
    connection = duckdb.connect()
    connection.execute("SET threads = 1; SET TimeZone = 'UTC'")
    return connection


def quote(text):
    return "'" + str(text).replace("'", "''") + "'"


def make_data(connection, table, folder):
    os.makedirs(folder)
    for statement in table.statements:
        connection.execute(statement.replace("{folder}", str(folder)))


def view_sql(table, folder):
    hive = f"hive_partitioning = true, hive_types = {{{table.types}}}" if table.partitions else "hive_partitioning = false"
    return f"CREATE VIEW t AS SELECT * FROM read_parquet({quote(str(folder) + '/**/*.parquet')}, {hive});"


class Oracle:
    """Tables are compared as they are read, as SQL that selects their rows in order; each comparison is one query."""

    def __init__(self, case, folder):
        self.case = case
        self.connection = connection = connect()
        connection.execute(view_sql(case.table, folder).replace("CREATE VIEW t AS", "CREATE TABLE t AS"))
        if case.table.joined:
            connection.execute(f"CREATE TABLE d AS FROM read_parquet({quote(str(folder) + '-d.parquet')})")
        if case.preamble:
            connection.execute(case.preamble)
        self.types = {}
        for output in case.outputs:
            connection.execute(f"CREATE TABLE wanted_{output.name} AS {output.query}")
            self.types[output.name] = self.types_of(f"FROM wanted_{output.name}")

    def types_of(self, source):
        return {column[0]: str(column[1]) for column in self.connection.execute(f"{source} LIMIT 0").description}

    def wanted(self, output):
        return f"FROM wanted_{output.name}"

    def read(self, output, table_folder):
        """The table as (SQL, what is wrong with it or None): its rows in the order of its files; partitioned ones in the query's order."""
        files = sorted(glob.glob(glob.escape(str(table_folder)) + "/**/*.parquet", recursive=True))
        files = [f for f in files if "/_" not in f[len(str(table_folder)):]]
        types = self.types[output.name]
        if not files:
            return f"SELECT * FROM wanted_{output.name} WHERE false", None
        hive = ", ".join(f"'{p}': {types[p]}" for p in output.partition_by)
        options = f"hive_partitioning = true, hive_types = {{{hive}}}" if hive else "hive_partitioning = false"
        source = f"read_parquet([{', '.join(map(quote, files))}], {options}, filename = true, file_row_number = true)"
        order = ", ".join(output.order) if hive else "filename, file_row_number"
        table = f"SELECT {', '.join(types)} FROM {source}" + (f" ORDER BY {order}" if hive or len(files) > 1 else "")
        return table, self.wrong_types(output, table) or (self.wrong_order(output, source) if hive else None)

    def wrong_types(self, output, table):
        have = self.types_of(table)
        wanted = {column: STORED.get(kind, kind) for column, kind in self.types[output.name].items()}
        return None if have == wanted else f"types {have}, wanted {wanted}"

    def wrong_order(self, output, source):
        partition = ", ".join(output.partition_by)
        found = self.connection.execute(
            f"SELECT count(*) FROM (SELECT row_number() OVER (PARTITION BY {partition} ORDER BY filename, file_row_number) AS place, "
            f"row_number() OVER (PARTITION BY {partition} ORDER BY {', '.join(output.order)}) AS wanted FROM {source}) WHERE place <> wanted").fetchone()[0]
        return f"{found} rows of partitions are not in order" if found else None

    def same(self, output, column, a, b, exact):
        kind = self.types[output.name][column]
        equal = f"{a}.{column} IS NOT DISTINCT FROM {b}.{column}"
        if column not in output.scales:
            return equal
        if exact:
            return f"{a}.{column}::VARCHAR IS NOT DISTINCT FROM {b}.{column}::VARCHAR"
        assert kind == "DOUBLE", (output.name, column, kind)
        x, y, scale = f"{a}.{column}", f"{b}.{column}", output.scales[column]
        near = f"(isfinite({x}) AND isfinite({y}) AND abs({x} - {y}) <= 1e-12 * greatest(abs({x}), abs({y}), {scale!r}))"
        return f"({equal} OR coalesce({near}, false))"

    def differ(self, output, a, b, exact):
        """What differs between two tables of an output's rows, or None."""
        conditions = {c: self.same(output, c, "a", "b", exact) for c in self.types[output.name]}
        test = " AND ".join(["a.present IS NOT DISTINCT FROM b.present", *conditions.values()])
        row = self.connection.execute(f"SELECT a.present, b.present, {', '.join(f'a.{c}, b.{c}, {x}' for c, x in conditions.items())} FROM (SELECT *, true AS present FROM ({a})) a "
                                      f"POSITIONAL JOIN (SELECT *, true AS present FROM ({b})) b WHERE NOT ({test}) LIMIT 1").fetchone()
        if row is None:
            return None
        present, row = row[:2], row[2:]
        if not all(present):
            counts = [self.connection.execute(f"SELECT count(*) FROM ({t})").fetchone()[0] for t in (a, b)]
            return f"{counts[0]} rows, wanted {counts[1]}"
        found = [f"{c}: {row[3 * i]!r}, wanted {row[3 * i + 1]!r}" for i, c in enumerate(conditions) if not row[3 * i + 2]]
        return "; ".join(found) + f" (row {[row[3 * i + 1] for i in range(len(conditions))]!r})"

    def close(self):
        self.connection.close()
