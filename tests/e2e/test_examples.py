"""The examples over real data that no one here made."""

import subprocess

import pytest

from kit import compare, data, oracle
from kit.program import ROOT

FLIGHTS = ROOT / "examples" / "flights" / "flights.sql"
PARAMS = {"late": "15"}


@pytest.fixture(scope="session")
def flights():
    done = subprocess.run([ROOT / "scripts" / "fetch-flights"], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def test_flights(kindling, flights, tmp_path):
    wanted = oracle.run_script(FLIGHTS.read_text(), {"flights": flights}, PARAMS)
    kindling("run", FLIGHTS, "--input", flights, "--output", tmp_path / "out", "--param", "late=15")
    # delays are of either sign: averages are held to the sum of absolute values of a group
    compare.assert_script(tmp_path / "out", wanted, scale=3e6)
    assert len(wanted["daily"].rows) == 182 and sum(r[1] for r in wanted["daily"].rows) == 3_000_000


def test_flights_in_partitions_give_the_same_bits(kindling, flights, tmp_path):
    """The same flights in a folder by month, in another order."""
    source = tmp_path / "in"
    source.mkdir()
    data.connect().execute(f"COPY (SELECT *, month(\"date\") AS folder FROM read_parquet('{flights}') WHERE \"date\" < TIMESTAMP '2001-03-01' ORDER BY hash(\"date\", delay)) "
                           f"TO '{source}' (FORMAT parquet, PARTITION_BY (folder))")
    one = data.copy(f"SELECT * FROM read_parquet('{flights}') WHERE \"date\" < TIMESTAMP '2001-03-01'", tmp_path / "one.parquet")
    for name, path in (("a", source), ("b", one)):
        kindling("run", FLIGHTS, "--input", path, "--output", tmp_path / name, "--param", "late=15")
    names = ["routes", "airports", "busiest-hours", "daily", "late-by-length"]
    assert compare.contents(tmp_path / "a", names) == compare.contents(tmp_path / "b", names)
