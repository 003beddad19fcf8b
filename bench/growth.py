#!/usr/bin/env python3
"""How time and memory grow with the rows: both shipped jobs on ever more events; DuckDB where it takes less than ten minutes.

    scripts/bench --growth                                        20 million to a billion events, as the disk allows
    scripts/bench --growth --sizes 200000/5000,1000000/25000      smaller
"""

import shutil
import sys

import bench
import shapes
from bench import WORK, say

SIZES = "20000000/500000,60000000/5000000,200000000/5000000,400000000/10000000,1000000000/20000000"
BYTES_A_ROW = 20  # the data; and what each side writes, and spills


def size(text):
    rows, _, users = text.partition("/")
    return int(rows), int(users)


def fits(rows, sides):
    need, free = rows * BYTES_A_ROW * (1 + sides), shutil.disk_usage(WORK).free
    if need > free * 0.9:
        say(f"bench: {rows} events need about {need / 1e9:.0f} GB of disk, {free / 1e9:.0f} GB are free: left out")
    return need <= free * 0.9


def expected_seconds(results, rows):
    """Of DuckDB, from the largest size measured."""
    done = [r for r in results.values() if "wall_seconds" in r["summary"].get("duckdb", {})]
    return done[-1]["summary"]["duckdb"]["wall_seconds"]["median"] * rows / done[-1]["input"]["rows"] if done else 0


def table(result):
    machine = result["machine"]
    lines = [f"{result['date']}: both shipped jobs, all eight outputs; {machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_bytes'] / 2**30:.0f} GiB; {result['threads']} threads. "
             "Whole processes, start-up included; medians (lowest - highest).", "",
             "| events | users | input | wall s | CPU s | CPU s, a million events | memory | DuckDB: wall s | memory | times ours | results |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for entry in result["sizes"].values():
        data, sides = entry["input"], entry["summary"]
        cells = [f"{data['rows']:,}", f"{data['users']:,}", f"{data['bytes'] / 1e9:.1f} GB"]
        ours, duckdb = sides["kindling"], sides.get("duckdb", {"failed": "not run: would pass the limit"})
        cells += [ours["failed"], "", "", ""] if "failed" in ours else [
            shapes.seconds(ours["wall_seconds"]), f"{ours['cpu_seconds']['median']:.1f}", f"{ours['cpu_seconds']['median'] / data['rows'] * 1e6:.3f}",
            f"{ours['peak_bytes']['median'] / 1e9:.2f} GB"]
        cells += [duckdb["failed"], ""] if "failed" in duckdb else [shapes.seconds(duckdb["wall_seconds"]), f"{duckdb['peak_bytes']['median'] / 1e9:.2f} GB"]
        cells += [f"{sides['ratio']:.1f}" if "ratio" in sides else "", shapes.verdict(entry)]
        lines.append("| " + " | ".join(c.replace("|", "/") for c in cells) + " |")
    return "\n".join(lines)


def main():
    parser = shapes.arguments(__doc__)
    parser.add_argument("--sizes", default=SIZES, help="ROWS/USERS,...; default %(default)s")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=600, help="seconds after which a run is stopped; DuckDB is not started where it would pass it")
    parser.add_argument("--keep", action="store_true", help="keep the data")
    args = parser.parse_args()
    bench.prepare_peers(["duckdb"])
    WORK.mkdir(exist_ok=True)
    results, text = {}, ""
    for rows, users in map(size, args.sizes.split(",")):
        who = ["kindling"] + (["duckdb"] if expected_seconds(results, rows) < args.limit else [])
        if not fits(rows, len(who)):
            continue
        step = shapes.replace_args(args, rows=rows, users=users)
        is_old = (WORK / f"events-{rows}-{users}-{args.days}" / "_done").exists()
        source = bench.generate(step)
        shape = shapes.Shape(f"{rows} events", "", None, bench.KEYS)
        results[f"{rows}/{users}"] = shapes.run_shape(step, shape, source, who)
        text = shapes.publish(args, "growth", {"sizes": results}, table)
        if not is_old and not args.keep:
            shutil.rmtree(source)
    print(text)
    if any("failed" in r["summary"]["kindling"] or not all(c["equal"] for c in r["checks"].values()) for r in results.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
