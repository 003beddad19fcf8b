#!/usr/bin/env python3
"""Shapes of input and of jobs other than the main benchmark's: us and DuckDB on the same files, in turns, results checked cell by cell.

    scripts/bench --shapes                                  20 million events, all shapes
    scripts/bench --shapes --rows 1000000 --rounds 1        smaller
    scripts/bench --shapes --only one-file,flights          some
"""

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable

import duckdb

import bench
from bench import ROOT, SCRIPTS, WORK, say
from child import measure
from shape_scripts import FORTY, SMALL_KEYS, WEB

LATE = "15"  # minutes, of the flights example
FLIGHTS = {"routes": ["month", "origin", "destination"], "airports": ["airport"], "busiest-hours": ["weekday", "hour"], "daily": ["day"],
           "late-by-length": ["month", "length", "grouping_id"]}


@dataclass
class Shape:
    name: str
    title: str
    data: Callable                    # (args) -> folder of Parquet, made when it is not there
    keys: dict                        # output -> columns that identify a row
    scripts: list = field(default_factory=lambda: SCRIPTS)
    table: str = "events"
    params: dict = field(default_factory=dict)


def chronological(file):
    return [int(part.partition("=")[2]) for part in file.parts if "=" in part]


def made(args, name, write):
    """Folder of data that write(con, base, folder) makes from the generated events, once."""
    folder = WORK / f"{name}-{args.rows}-{args.users}-{args.days}"
    if not (folder / "_done").exists():
        base = bench.generate(args)
        say(f"bench: making {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with duckdb.connect() as con:
            con.execute(f"SET temp_directory = '{WORK / 'tmp'}'")
            write(con, base, folder)
        (folder / "_done").touch()
    return folder


def write_one_file(con, base, folder):
    files = [str(f) for f in sorted(base.rglob("*.parquet"), key=chronological)]
    con.execute(f"COPY (FROM read_parquet({files}, hive_partitioning = true, hive_types_autocast = true)) TO '{folder}/events.parquet' (FORMAT parquet)")


def write_shuffled(con, base, folder, files=4):
    """Each file has rows of every day, in the order of a hash."""
    rows = f"SELECT *, hash(user_id, \"timestamp\", value) AS place FROM read_parquet('{base}/**/*.parquet', hive_partitioning = true, hive_types_autocast = true)"
    for i in range(files):
        con.execute(f"COPY (SELECT * EXCLUDE (place) FROM ({rows}) WHERE place % {files} = {i} ORDER BY place) TO '{folder}/part-{i}.parquet' (FORMAT parquet)")


def users_replaced(user):
    """Writes every file again with another user_id: an SQL expression of `row`, the row's number among all."""
    def write(con, base, folder):
        first = 0
        for file in sorted(base.rglob("*.parquet"), key=chronological):
            target = folder / file.relative_to(base)
            target.parent.mkdir(parents=True, exist_ok=True)
            rows = f"SELECT * EXCLUDE (file_row_number), {first} + file_row_number AS row FROM read_parquet('{file}', hive_partitioning = false, file_row_number = true)"
            first += con.execute(f"COPY (SELECT * EXCLUDE (row) REPLACE ({user} AS user_id) FROM ({rows})) TO '{target}' (FORMAT parquet)").fetchone()[0]
    return write


def write_web(con, base, folder):
    """The events with a page, one of 200,000 URLs of 84 bytes, and an amount of 38 digits."""
    place = 'hash("timestamp", user_id)'
    page = f"'https://shop.example/products/' || lpad(CAST({place} % 200000 AS VARCHAR), 12, '0') || '?utm_source=newsletter&utm_campaign=spring'"
    for file in sorted(base.rglob("*.parquet"), key=chronological):
        target = folder / file.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        con.execute(f"COPY (SELECT *, {page} AS page, CAST(CAST({place} % 1000000 AS HUGEINT) * 1000000000000 AS DECIMAL(38, 4)) AS amount "
                    f"FROM read_parquet('{file}', hive_partitioning = false)) TO '{target}' (FORMAT parquet)")


def many_users(args):
    """Every user once, spread over all days; what rows remain go to one in a hundred of them."""
    args = replace_args(args, rows=args.many_rows or 3 * args.rows, users=args.many_users or 5 * args.rows // 2)
    index, after = (f"(row + {i}) * {args.users} // {args.rows}" for i in (0, 1))
    number = f"CASE WHEN {after} > {index} THEN {index} * 48271 % {args.users} ELSE (hash(row) % {args.users // 100 + 1}) * 97 % {args.users} END"
    return made(args, "many-users", users_replaced(f"'user_' || lpad(CAST({number} AS VARCHAR), 8, '0')"))


def replace_args(args, **changes):
    return argparse.Namespace(**(vars(args) | changes))


def flights(_):
    return Path(subprocess.run([ROOT / "scripts" / "fetch-flights"], check=True, capture_output=True, text=True).stdout.strip()).parent


def script(name, text):
    path = WORK / "scripts" / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def shapes():
    session = "'session_' || lpad(CAST((row + hash(row) % 2000) // 40 AS VARCHAR), 8, '0')"
    half, uuid = "CASE WHEN hash(row) % 2 = 0 THEN 'user_00000007' ELSE user_id END", "CAST(CAST(md5(user_id) AS UUID) AS VARCHAR)"
    yield Shape("one-file", "one file, days in order", lambda a: made(a, "one-file", write_one_file), bench.KEYS)
    yield Shape("any-order", "four files, days in any order", lambda a: made(a, "any-order", write_shuffled), bench.KEYS)
    yield Shape("many-users", "nearly as many users as rows", many_users, bench.KEYS)
    yield Shape("half-one-user", "one user has half of all rows", lambda a: made(a, "half-one-user", users_replaced(half)), bench.KEYS)
    yield Shape("long-keys", "UUIDs as users, 36 characters", lambda a: made(a, "long-keys", users_replaced(uuid)), bench.KEYS)
    yield Shape("sessions", "sessions as users: ids that grow with time", lambda a: made(a, "sessions", users_replaced(session)), bench.KEYS)
    yield Shape("web", "URLs as keys and chosen, decimals of 38 digits", lambda a: made(a, "web", write_web), WEB.keys, [script("web", WEB.text)])
    yield Shape("small-keys", f"no user at all, {len(SMALL_KEYS.keys)} outputs", bench.generate, SMALL_KEYS.keys, [script("small-keys", SMALL_KEYS.text)])
    statements = [s for path in SCRIPTS for s in duckdb.extract_statements(Path(path).read_text())]
    for name, statement in zip(bench.OUTPUTS, statements, strict=True):
        yield Shape(f"only-{name}", f"{name} alone", bench.generate, {name: bench.KEYS[name]}, [script(f"only-{name}", statement.query)])
    yield Shape("forty", f"{len(FORTY.keys)} outputs", bench.generate, FORTY.keys, [script("forty", FORTY.text)])
    yield Shape("flights", "examples/flights", flights, FLIGHTS, [str(ROOT / "examples" / "flights" / "flights.sql")], "flights", {"late": LATE})


def command(who, args, shape, source, output):
    if who == "kindling":
        params = [word for name, value in shape.params.items() for word in ("--param", f"{name}={value}")]
        return [str(args.binary), "run", *shape.scripts, "--input", f"{shape.table}={source}", *params, "--output", output, "--threads", str(args.threads),
                "--report", f"{output}.json", "--quiet"]
    scripts = shape.scripts
    if shape.params:  # DuckDB takes no parameters in a view
        texts = [Path(s).read_text() for s in scripts]
        for name, value in shape.params.items():
            texts = [t.replace(f"${name}", value) for t in texts]
        scripts = [script(f"{shape.name}-{i}", t) for i, t in enumerate(texts)]
    return [str(ROOT / ".venv-bench" / "bin" / "python"), str(ROOT / "bench" / "peers" / "peer_duckdb.py"), f"{shape.table}={source}", output, str(args.threads), *scripts]


def one_round(who, args, shape, source):
    output = WORK / "out" / who
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    done = measure(command(who, args, shape, str(source), str(output)), args.limit)
    row = {"wall_seconds": done.wall_seconds, "cpu_seconds": done.cpu_seconds, "peak_bytes": done.peak_bytes}
    if done.code is None:
        return row | {"failed": f"passed {args.limit} s and was stopped"}
    if done.code != 0:
        return row | {"failed": f"exit code {done.code}: {' '.join(done.err.strip().splitlines()[-2:])}"}
    if who == "kindling":
        outputs = json.loads(Path(f"{output}.json").read_text())["outputs"]
        return row | {"computed_by": {o["name"]: o.get("computed_by") for o in outputs}, "notes": {o["name"]: o["note"] for o in outputs if o.get("note")}}
    return row | {"version": json.loads(done.out.strip().splitlines()[-1])["version"]}


def check_output(con, name, keys, slices, rows):
    ours, theirs = WORK / "out" / "kindling", WORK / "out" / "duckdb"
    names = [{row[0] for row in con.execute(f"DESCRIBE FROM {bench.relation(side, name)}").fetchall()} for side in (ours, theirs)]
    if names[0] != names[1]:
        return False, None, f"columns {sorted(names[0] ^ names[1])} on one side only"
    return bench.check(con, ours, theirs, name, keys, slices, rows)


def check_outputs(keys, slices, rows):
    """{output: equal, largest_difference, reason}: every cell of both sides' last results."""
    checks = {}
    with duckdb.connect() as con:
        con.execute(f"SET TimeZone = 'UTC'; SET preserve_insertion_order = false; SET temp_directory = '{WORK / 'tmp'}'")
        for name, columns in keys.items():
            try:
                result = check_output(con, name, columns, slices, rows)
            except duckdb.Error as error:
                result = False, None, str(error).splitlines()[0]
            checks[name] = dict(zip(("equal", "largest_difference", "reason"), result))
            if not checks[name]["equal"]:
                say(f"bench: {name} differs: {checks[name]['reason']}")
    return checks


def describe_data(source, table):
    files = [f for f in source.rglob("*.parquet")]
    for file in files:  # both sides find the files in memory
        file.read_bytes()
    users = "count(DISTINCT user_id)" if table == "events" else "NULL"
    rows, users = duckdb.execute(f"SELECT count(*), {users} FROM read_parquet('{source}/**/*.parquet')").fetchone()
    return {"rows": rows, "users": users, "files": len(files), "bytes": sum(f.stat().st_size for f in files)}


def run_shape(args, shape, source, who=("kindling", "duckdb")):
    """The figures of one shape: data, rounds, summary."""
    data = describe_data(source, shape.table)
    rounds = {w: [] for w in who}
    for number in range(args.rounds):
        for w in rounds:
            if any("failed" in r for r in rounds[w]):
                continue
            row = one_round(w, args, shape, source)
            rounds[w].append(row)
            say(f"bench: {shape.name}, round {number + 1}, {w}: " + (row.get("failed") or f"{row['wall_seconds']:.2f} s, CPU {row['cpu_seconds']:.2f} s, {row['peak_bytes'] / 1e9:.2f} GB"))
    failed = any("failed" in r for rows in rounds.values() for r in rows)
    checks = {} if failed or "duckdb" not in who or args.no_check else check_outputs(shape.keys, 1 + data["rows"] // args.check_rows, data["rows"])
    summary = {w: summarize(rows) for w, rows in rounds.items()}
    pairs = [d["wall_seconds"] / k["wall_seconds"] for k, d in zip(rounds["kindling"], rounds.get("duckdb", []))]
    if not failed and pairs:
        summary["ratio"] = summary["duckdb"]["wall_seconds"]["median"] / summary["kindling"]["wall_seconds"]["median"]
        summary["ratio_spread"] = [min(pairs), max(pairs)]
    shutil.rmtree(WORK / "out", ignore_errors=True)
    return {"title": shape.title, "input": data, "rounds": rounds, "summary": summary, "checks": checks}


def summarize(rows):
    failures = [r["failed"] for r in rows if "failed" in r]
    if failures or not rows:
        return {"failed": failures[0] if failures else "not run"}
    last = {k: rows[-1][k] for k in ("computed_by", "notes", "version") if k in rows[-1]}
    return {what: bench.spread(rows, what) for what in ("wall_seconds", "cpu_seconds", "peak_bytes")} | last


def seconds(spread):
    digits = 1 if spread["median"] >= 10 else 2
    low, high = (f"{spread[k]:.{digits}f}" for k in ("lowest", "highest"))
    return f"{spread['median']:.{digits}f}" + (f" ({low} - {high})" if low != high else "")


def verdict(result):
    checks, sides = result["checks"], result["summary"]
    if "failed" in sides["kindling"]:
        return f"**we failed**: {sides['kindling']['failed']}"
    bad = [n for n, c in checks.items() if not c["equal"]]
    return f"differ: {', '.join(bad)}" if bad else "equal" if checks else "not compared"


def table(result):
    machine, first = result["machine"], next(iter(result["shapes"].values()))
    version = next((s["summary"]["duckdb"]["version"] for s in result["shapes"].values() if "version" in s["summary"]["duckdb"]), "")
    lines = [f"{result['date']}: {machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_bytes'] / 2**30:.0f} GiB; {result['threads']} threads; DuckDB {version} (Python package), "
             f"scripts as written. Whole processes, start-up included; medians of {len(first['rounds']['kindling'])} rounds (lowest - highest).", "",
             "| shape | events, users, files | ours: wall s | CPU s | memory | DuckDB: wall s | CPU s | memory | times ours | by the kernel | results |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for entry in result["shapes"].values():
        data, sides = entry["input"], entry["summary"]
        cells = [entry["title"], f"{data['rows']:,}" + (f", {data['users']:,}" if data["users"] else "") + f", {data['files']:,}"]
        for who in ("kindling", "duckdb"):
            side = sides[who]
            cells += [side["failed"].replace("|", "/"), "", ""] if "failed" in side else [
                seconds(side["wall_seconds"]), f"{side['cpu_seconds']['median']:.2f}", f"{side['peak_bytes']['median'] / 1e9:.2f} GB"]
        ways = list(sides["kindling"].get("computed_by", {}).values())
        cells += [f"**{sides['ratio']:.1f}** ({sides['ratio_spread'][0]:.1f} - {sides['ratio_spread'][1]:.1f})" if "ratio" in sides else "",
                  f"{sum(w != 'duckdb' for w in ways)} of {len(ways)}" if ways else "", verdict(entry)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def publish(args, name, figures, text_of):
    """Writes the figures so far; returns them as a table."""
    result = {"schema_version": 1, "date": datetime.date.today().isoformat(), "machine": bench.machine(), "threads": args.threads, **figures}
    target = (WORK if args.no_page else ROOT / "bench" / "results") / f"{result['date']}-{name}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=1) + "\n")
    text = text_of(result)
    if not args.no_page:
        bench.fill_page(text, marks=(f"<!-- {name}:begin -->", f"<!-- {name}:end -->"))
    return text


def arguments(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=366)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "kindling")
    parser.add_argument("--check-rows", type=int, default=20_000_000, help="compare in slices of about so many input rows")
    parser.add_argument("--no-check", action="store_true", help="do not compare the results")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md and bench/results as they are; the result goes to build-bench")
    return parser


def main():
    parser = arguments(__doc__)
    known = {shape.name: shape for shape in shapes()}
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--users", type=int, help="one for every 40 rows unless given")
    parser.add_argument("--many-rows", type=int, help="of many-users; 3 times --rows unless given")
    parser.add_argument("--many-users", type=int, help="of many-users; 2.5 times --rows unless given")
    parser.add_argument("--rounds", type=int, default=5, help="of both, in turns")
    parser.add_argument("--limit", type=int, default=1800, help="seconds after which a run is stopped")
    parser.add_argument("--only", default=",".join(known), help=f"of {', '.join(known)}")
    parser.add_argument("--delete", action="store_true", help="delete a shape's data when it is measured")
    args = parser.parse_args()
    args.users = args.users or max(1, args.rows // 40)
    wanted = args.only.split(",")
    if unknown := set(wanted) - set(known):
        parser.error(f"unknown shape {', '.join(sorted(unknown))}")
    bench.prepare_peers(["duckdb"])
    results = {}
    for name in wanted:
        source = known[name].data(args)
        results[name] = run_shape(args, known[name], source)
        text = publish(args, "shapes", {"shapes": results}, table)
        if args.delete and source.parent == WORK and source != bench.generate(args):
            shutil.rmtree(source)
    print(text)
    if any("failed" in r["summary"]["kindling"] or not all(c["equal"] for c in r["checks"].values()) for r in results.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
