"""DuckDB's Python package running both scripts as written.  peer_duckdb.py [NAME=]INPUT OUTPUT THREADS SCRIPT..."""

import json
import os
import sys
import time

import duckdb

source, output, threads, scripts = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
table, is_named, path = source.partition("=")
table, source = (table, path) if is_named and table.isidentifier() else ("events", source)
texts = [open(s, encoding="utf-8").read() for s in scripts]
os.chdir(output)
con = duckdb.connect()
con.execute(f"SET threads = {threads}; SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
con.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{source}/**/*.parquet', hive_partitioning = true)")
seconds = {}
for text in texts:
    for statement in con.extract_statements(text):
        begin = time.monotonic()
        con.execute(statement)
        seconds[f"{len(seconds)}"] = time.monotonic() - begin
print(json.dumps({"version": duckdb.__version__, "seconds": list(seconds.values())}))
