"""Reads files of src/parquet with the Spark of the virtual environment it runs in: values, types, and counts under a filter that
Spark answers by statistics and dictionaries. For `make soak`; WRITE_PARQUET_BIN is tests/tools/write_parquet.c, built.

    read_parquet_spark.py [SEEDS]
"""
import pathlib
import random
import sys
import tempfile

from pyspark.sql import SparkSession

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from kit import parquet_files  # noqa: E402

FILTERED = ("int64", "string", "decimal128", "int32")
SPARK_TYPES = {
    "bool": "boolean", "int8": "tinyint", "int16": "smallint", "int32": "int", "int64": "bigint", "float": "float",
    "double": "double", "date": "date", "timestamp": "timestamp_ntz", "timestamp_utc": "timestamp",
    "decimal16": "decimal(4,2)", "decimal32": "decimal(9,3)", "decimal64": "decimal(18,0)",
    "decimal128": "decimal(38,10)", "string": "string",
}
for kind in ("timestamp", "timestamp_utc"):  # what Python's datetime and Java agree on
    parquet_files.LIMITS[kind] = (-10**15, 4 * 10**15)


def wanted(kind, groups):
    values = [v for group in groups for v in parquet_files.shown(kind, group[kind])]
    return [v.replace(tzinfo=None) if v is not None and kind == "timestamp_utc" else v for v in values]


def check_file(spark, path, groups):
    table = spark.read.parquet(str(path))
    assert dict(table.dtypes) == SPARK_TYPES, table.dtypes
    rows = table.collect()
    for index, kind in enumerate(parquet_files.TYPES):
        values = wanted(kind, groups)
        assert len(rows) == len(values)
        for row, value in zip(rows, values):
            assert parquet_files.same(row[index], value), (path, kind, row[index], value)
    for kind in FILTERED:
        values = [v for v in wanted(kind, groups) if v is not None]
        if values:
            assert table.filter(table[kind] == min(values)).count() == values.count(min(values)), kind


def main():
    # 3.5 refuses dates before 1582-10-15 in files that are not Spark's, unless told that they need no rebasing; 4.x reads them so
    spark = SparkSession.builder.master("local[1]").config("spark.sql.session.timeZone", "UTC") \
        .config("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED") \
        .config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    seeds, files = int(sys.argv[1]) if len(sys.argv) > 1 else 10, 0
    for seed in range(seeds):
        dice = random.Random(seed)
        columns = {kind: kind for kind in parquet_files.TYPES}
        sizes = [dice.choice([1, 8, 65, 5000, 9000]), 65]
        groups = [{k: parquet_files.column_of(k, dice, rows) for k in columns} for rows in sizes]
        with tempfile.TemporaryDirectory() as folder:
            for codec in parquet_files.CODECS:
                path, _ = parquet_files.write(pathlib.Path(folder), columns, groups, codec)
                check_file(spark, path, groups)
                files += 1
    print(f"Spark {spark.version} reads {files} files as they were written")


main()
