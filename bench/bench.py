#!/usr/bin/env python3
"""Us and the peers on the same files, in turns; results checked cell by cell; docs/performance.md filled from it.

    make bench                                   20 million events, all peers
    scripts/bench --rows 2000000 --peers duckdb  smaller
"""

import argparse
import datetime
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import duckdb

import korean
from child import measure

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build-bench"
JOBS = ["batch-processing", "advanced-analysis"]
SCRIPTS = [str(ROOT / "jobs" / f"{job}.sql") for job in JOBS]
OUTPUTS = ["daily-activity", "monthly-summary", "input-metrics", "user-behavior", "product-stats", "daily-trends", "multi-dimensional", "purchase-revenue"]
# What identifies a row of an output; all other columns are compared.
KEYS = {"daily-activity": ["user_id", "year", "month", "day", "event_type"], "monthly-summary": ["year", "month", "category"],
        "input-metrics": ["metric", "year", "month", "category", "event_type"], "user-behavior": ["user_id"], "product-stats": ["category"],
        "daily-trends": ["date", "category"], "multi-dimensional": ["category", "event_type", "grouping_id"], "purchase-revenue": ["category"]}
PEERS = {"duckdb": "DuckDB (Python package), scripts as written", "duckdb-1.5.5": "DuckDB 1.5.5, scripts as written (the version inside us)",
         "polars": "Polars, streaming, all outputs collected together", "spark": "Spark, local"}
SLOW = {"polars", "spark"}  # fewer rounds
LIMIT_SECONDS = 600
TOLERANCE = 1e-11  # relative; of more rows more: peers add doubles one after the other, we add exactly
TOLERANCE_ROWS = 20_000_000


def say(text):
    print(text, file=sys.stderr, flush=True)


def pins():
    lines = (line.partition("=") for line in (ROOT / "cmake" / "pins.env").read_text().splitlines() if "=" in line and not line.startswith("#"))
    return {name: shlex.split(value)[0] if value else "" for name, _, value in lines}


def command(who, args, source, output):
    mine, theirs = str(ROOT / ".venv" / "bin" / "python"), str(ROOT / ".venv-bench" / "bin" / "python")
    peers = ROOT / "bench" / "peers"
    if who == "kindling":
        return [str(args.binary), "run", *JOBS, "--input", source, "--output", output, "--threads", str(args.threads), "--report", f"{output}.json", "--quiet"]
    if who == "polars":
        return [theirs, str(peers / "peer_polars.py"), source, output, str(args.threads)]
    python = mine if who == "duckdb-1.5.5" else theirs
    return [python, str(peers / f"peer_{'spark' if who == 'spark' else 'duckdb'}.py"), source, output, str(args.threads), *SCRIPTS]


def one_round(who, args, source):
    output = WORK / "out" / who
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    done = measure(command(who, args, str(source), str(output)), LIMIT_SECONDS)
    row = {"wall_seconds": done.wall_seconds, "cpu_seconds": done.cpu_seconds, "peak_bytes": done.peak_bytes}
    if done.code != 0:
        why = f"passed {LIMIT_SECONDS} s and was stopped" if done.code is None else f"failed with exit code {done.code}: {done.err.strip().splitlines()[-1:] or ''}"
        return row | {"failed": why}
    if who == "kindling":
        report = json.loads(Path(f"{output}.json").read_text())
        row["outputs"] = {o["name"]: o["seconds"] for o in report["outputs"]}
    else:
        report = json.loads(done.out.strip().splitlines()[-1])
        row["version"] = report["version"]
        if "seconds" in report:
            row["outputs"] = dict(zip(OUTPUTS, report["seconds"]))
    return row


def relation(folder, name):
    path = folder / name
    files = path / "**" / "*.parquet" if path.is_dir() else path
    return f"read_parquet('{files}', hive_partitioning = true, hive_types_autocast = true)"


def check(con, ours, theirs, name, keys, slices=1, rows=0):
    """(equal, largest relative difference, reason) of one output, every cell; joined in slices by the first key. rows: of the input."""
    tolerance = TOLERANCE * max(1, rows / TOLERANCE_ROWS)
    columns = con.execute(f"DESCRIBE FROM {relation(ours, name)}").fetchall()
    doubles = [n for n, t, *_ in columns if t in ("DOUBLE", "FLOAT")]
    exact = [n for n, t, *_ in columns if n not in doubles and n not in keys]
    on = " AND ".join(f'a."{k}" IS NOT DISTINCT FROM b."{k}"' for k in keys)
    wrong = " OR ".join([f'a."{n}" IS DISTINCT FROM b."{n}"' for n in exact] or ["false"])
    distance = [f"""CASE WHEN a."{n}" IS NOT DISTINCT FROM b."{n}" THEN 0.0::DOUBLE WHEN a."{n}" IS NULL OR b."{n}" IS NULL THEN 1.0
                    ELSE abs(a."{n}" - b."{n}") / greatest(abs(a."{n}"), abs(b."{n}")) END""" for n in doubles] or ["0.0::DOUBLE"]
    rows_a, rows_b = (con.execute(f"SELECT count(*) FROM {relation(f, name)}").fetchone()[0] for f in (ours, theirs))
    matched, different, far = 0, 0, 0.0
    for number in range(slices):
        a, b = (f"(FROM {relation(f, name)} WHERE hash(CAST(\"{keys[0]}\" AS VARCHAR)) % {slices} = {number})" if slices > 1 else relation(f, name) for f in (ours, theirs))
        found = con.execute(f"SELECT count(*), count(*) FILTER ({wrong}), max(greatest({', '.join(distance)})) FROM {a} a JOIN {b} b ON {on}").fetchone()
        matched, different = matched + found[0], different + found[1]
        far = far if (found[2] or 0.0) <= far else found[2]  # so that NaN stays
    if rows_a != rows_b or matched != rows_a:
        return False, None, f"{rows_a} rows against {rows_b}, {matched} matched"
    if different:
        return False, far, f"{different} rows differ in a count"
    return far <= tolerance, far, None if far <= tolerance else f"doubles differ by {far:.1e}"


def check_all(ours, theirs):
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    return {name: dict(zip(("equal", "largest_difference", "reason"), check(con, ours, theirs, name, KEYS[name]))) for name in OUTPUTS}


def generate(args):
    folder = WORK / f"events-{args.rows}-{args.users}-{args.days}"
    if not (folder / "_done").exists():
        say(f"bench: generating {args.rows} events into {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([args.binary, "generate", "--output", folder, "--rows", str(args.rows), "--users", str(args.users), "--days", str(args.days), "--quiet"], check=True)
        (folder / "_done").touch()
    for file in folder.rglob("*.parquet"):  # every side finds the files in memory
        file.read_bytes()
    return folder


def spread(rounds, what):
    values = [r[what] for r in rounds]
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def summarize(rounds, checks):
    good = {who: [r for r in rows if "failed" not in r] for who, rows in rounds.items()}
    summary = {}
    for who, rows in rounds.items():
        entry = {"rounds": len(rows)}
        failures = [r["failed"] for r in rows if "failed" in r]
        if failures:
            entry["failed"] = failures[0]
        if good[who]:
            entry |= {what: spread(good[who], what) for what in ("wall_seconds", "cpu_seconds", "peak_bytes")}
            names = good[who][0].get("outputs", {})
            entry["outputs"] = {n: statistics.median(r["outputs"][n] for r in good[who]) for n in names}
            entry["version"] = good[who][0].get("version")
            entry["checks"] = checks.get(who)
        if good[who] and good["kindling"] and who != "kindling":
            entry["ratio"] = entry["wall_seconds"]["median"] / summary["kindling"]["wall_seconds"]["median"]
            pairs = [p["wall_seconds"] / o["wall_seconds"] for o, p in zip(good["kindling"], good[who])]
            entry["ratio_spread"] = [min(pairs), max(pairs)]
            entry["output_ratios"] = {n: entry["outputs"][n] / max(summary["kindling"]["outputs"][n], 1e-9) for n in entry["outputs"]}
        summary[who] = entry
    return summary


def table(result):
    """Markdown of a result, for docs/performance.md."""
    data, machine = result["input"], result["machine"]
    lines = [f"{result['date']}: {data['rows']:,} events in {data['files']} files ({data['bytes'] / 1e6:,.0f} MB), {data['users']:,} users; "
             f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_bytes'] / 2**30:.0f} GiB; {result['threads']} threads. All eight outputs of both jobs; "
             "whole processes, start-up included; medians (lowest - highest).", "",
             "| | rounds | wall s | CPU s | peak memory | wall: times ours | results |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for who, entry in result["summary"].items():
        title = "**Kindling**" if who == "kindling" else PEERS[who].replace("DuckDB (", f"DuckDB {entry.get('version') or ''} (", 1) if who == "duckdb" else PEERS[who]
        if "wall_seconds" not in entry:
            lines.append(f"| {title} | {entry['rounds']} | {entry['failed']} | | | | |")
            continue
        wall, cpu, peak = (entry[k] for k in ("wall_seconds", "cpu_seconds", "peak_bytes"))
        ratio = f"{entry['ratio']:.2f} ({entry['ratio_spread'][0]:.2f} - {entry['ratio_spread'][1]:.2f})" if "ratio" in entry else "1"
        checks = entry.get("checks") or {}
        bad = [n for n, c in checks.items() if not c["equal"]]
        far = max((c["largest_difference"] or 0 for c in checks.values()), default=0)
        equal = "" if who == "kindling" else f"differ: {', '.join(bad)}" if bad else f"equal (doubles within {far:.0e})"
        lines.append(f"| {title} | {entry['rounds']} | {wall['median']:.1f} ({wall['lowest']:.1f} - {wall['highest']:.1f}) | {cpu['median']:.1f} | "
                     f"{peak['median'] / 1e9:.2f} GB | {ratio} | {equal} |")
    with_outputs = [w for w, e in result["summary"].items() if e.get("outputs") and w != "kindling"]
    if with_outputs and result["summary"]["kindling"].get("outputs"):
        lines += ["", "| output | ours s | " + " | ".join(f"{w} s (times ours)" for w in with_outputs) + " |", "| --- | --- |" + " --- |" * len(with_outputs)]
        for name in OUTPUTS:
            cells = [f"{result['summary'][w]['outputs'][name]:.2f} ({result['summary'][w]['output_ratios'][name]:.2f})" for w in with_outputs]
            lines.append(f"| {name} | {result['summary']['kindling']['outputs'][name]:.2f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def fill_page(text, marks=("<!-- bench:begin -->", "<!-- bench:end -->")):
    """Between the marks of both languages' pages."""
    begin, end = marks
    for page, own in (("docs/performance.md", text), ("docs/ko/performance.md", korean.translate(text))):
        before, _, rest = (ROOT / page).read_text().partition(begin)
        _, _, after = rest.partition(end)
        (ROOT / page).write_text(f"{before}{begin}\n{own}\n{end}{after}")


def machine():
    model = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return {"cpus": os.cpu_count(), "cpu": model, "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), "kernel": platform.release()}


def prepare_peers(names):
    needs = {"duckdb": "duckdb", "polars": "polars", "spark": "pyspark"}
    if set(names) & set(needs):
        wanted = pins()["BENCH_WHEELS"].split()
        if "spark" not in names:
            wanted = [w for w in wanted if not w.startswith("pyspark")]
            have = ROOT / ".venv-bench" / ".wheels"
            if have.exists() and set(wanted) <= set(have.read_text().split()):
                return
        subprocess.run([ROOT / "scripts" / "test-venv", ".venv-bench", *wanted], check=True)


def publish(args, source, rounds, checks):
    """Writes the figures so far; returns them as a table."""
    files = list(source.rglob("*.parquet"))
    result = {"schema_version": 1, "date": datetime.date.today().isoformat(), "machine": machine(), "threads": args.threads,
              "input": {"rows": args.rows, "users": args.users, "days": args.days, "files": len(files), "bytes": sum(f.stat().st_size for f in files)},
              "rounds": rounds, "summary": summarize(rounds, checks)}
    target = (WORK if args.no_page else ROOT / "bench" / "results") / f"{result['date']}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=1) + "\n")
    text = table(result)
    if not args.no_page:
        fill_page(text)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--users", type=int, default=500_000)
    parser.add_argument("--days", type=int, default=366)
    parser.add_argument("--rounds", type=int, default=5, help="of us and DuckDB, in turns")
    parser.add_argument("--slow-rounds", type=int, default=2, help="of the others")
    parser.add_argument("--peers", default=",".join(PEERS), help=f"of {', '.join(PEERS)}; or none")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "kindling")
    parser.add_argument("--keep", action="store_true", help="keep the outputs")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md and bench/results as they are; the result goes to build-bench")
    args = parser.parse_args()
    peers = [] if args.peers == "none" else args.peers.split(",")
    unknown = set(peers) - set(PEERS)
    if unknown:
        parser.error(f"unknown peer {', '.join(sorted(unknown))}: {', '.join(PEERS)}")
    prepare_peers(peers)
    source = generate(args)
    rounds, checks = {who: [] for who in ["kindling", *peers]}, {}
    for number in range(max(args.rounds, args.slow_rounds)):
        for who in rounds:
            if number >= (args.slow_rounds if who in SLOW else args.rounds) or any("failed" in r for r in rounds[who]):
                continue
            row = one_round(who, args, source)
            rounds[who].append(row)
            say(f"bench: round {number + 1}, {who}: " + (row.get("failed") or f"{row['wall_seconds']:.1f} s, CPU {row['cpu_seconds']:.1f} s, {row['peak_bytes'] / 1e9:.2f} GB"))
            if who != "kindling" and who not in checks and "failed" not in row and not any("failed" in r for r in rounds["kindling"]):
                checks[who] = check_all(WORK / "out" / "kindling", WORK / "out" / who)
                for name, c in checks[who].items():
                    if not c["equal"]:
                        say(f"bench: {who} differs in {name}: {c['reason']}")
        text = publish(args, source, rounds, checks)
    print(text)
    if not args.keep:
        shutil.rmtree(WORK / "out", ignore_errors=True)
    if any("failed" in r for r in rounds["kindling"]) or any(not c["equal"] for who in checks.values() for c in who.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
