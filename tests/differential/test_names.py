"""Random queries in which names mean several things (make_names.py): every output equals DuckDB running the query as written, in the same
order, with the kernel and without it.

KINDLING_NAMES: how many scripts, of up to 24 outputs each (default 24). KINDLING_NAMES_SEED: the first seed.
"""

import os
import re
import sys
from pathlib import Path

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from kit import compare, oracle  # noqa: E402
from kit.program import ROOT, Program  # noqa: E402

import make_names  # noqa: E402

OUTPUTS = 24
COUNT = int(os.environ.get("KINDLING_NAMES", "24"))
FIRST = int(os.environ.get("KINDLING_NAMES_SEED", "1"))


@pytest.fixture(scope="session")
def kindling():
    return Program(Path(os.environ.get("KINDLING_BIN") or ROOT / "build" / "kindling"))


def make_queries(maker, connection):
    """Those of the maker's that DuckDB takes, of columns whose names differ."""
    queries = []
    for _ in range(4 * OUTPUTS):
        query, _ = maker.query()
        try:
            names = [column[0].lower() for column in connection.execute(query).description]
        except duckdb.Error:
            continue
        if len(set(names)) == len(names):
            queries.append(query)
        if len(queries) == OUTPUTS:
            break
    return queries


def script_of(views, queries):
    return "\n".join(views + [f"COPY ({query}) TO 'o{at}' (FORMAT parquet);" for at, query in enumerate(queries)]) + "\n"


def drop_refused(kindling, views, queries, job, source):
    """Without what depends on the order of rows; anything else that is refused is a fault."""
    while True:
        job.write_text(script_of(views, queries))
        refused = kindling("explain", job, "--input", f"t={source}", code=None)
        if refused.code == 0:
            return queries
        place = re.search(r"job\.sql:(\d+):\d+: .*(ties|tied|row order)", refused.err)
        assert place, refused.err + script_of(views, queries)
        queries = [query for at, query in enumerate(queries) if at != int(place.group(1)) - len(views) - 1]


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_a_name_means_what_duckdb_takes_it_for(kindling, tmp_path, seed):
    maker, connection = make_names.make_maker(seed), duckdb.connect()
    source, job = tmp_path / "t.parquet", tmp_path / "job.sql"
    connection.execute(f"CREATE TABLE t AS {maker.data()}")
    connection.execute(f"COPY t TO '{source}' (FORMAT parquet)")
    views = maker.make_views()
    for view in views:
        connection.execute(view)
    queries = drop_refused(kindling, views, make_queries(maker, connection), job, source)
    assert queries
    wanted = oracle.run_script(job.read_text(), {"t": source})
    for target, env in (("out", {}), ("off", {"KINDLING_KERNEL": "off"})):
        kindling("run", job, "--input", f"t={source}", "--output", tmp_path / target, "--threads", 1 + seed % 4, env=env)
        for name, output in wanted.items():
            try:
                compare.assert_output(tmp_path / target, output, all_readers=False)
            except AssertionError as fault:
                raise AssertionError(f"KINDLING_NAMES_SEED={seed} {target}: {fault}\n{script_of(views, [])}{queries[int(name[1:])]}") from None
