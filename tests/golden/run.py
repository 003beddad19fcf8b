#!/usr/bin/env python3
"""Runs one golden file against the built program: run.py [--update] KINDLING FILE.test

A golden file is a transcript; each case begins with its command line, run by bash in an empty folder:

    # a comment
    $ kindling rnu
    ! kindling: unknown command 'rnu'
    ! HINT: Did you mean 'run'?
    ? 2

'>' is a line of stdout, '!' one of stderr, '?' the exit code (0 when left out). In an expected line '[..]' stands for any text;
an expected line '...' alone stands for any number of lines. $DATA is the folder of this file, 'tty COLUMNS COMMAND' runs a
command on a terminal; ESC is written as \\e. --update writes what the program says into the file.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


class Case:
    def __init__(self, line, command):
        self.line, self.command = line, command
        self.notes, self.stdout, self.stderr, self.code = [], [], [], 0


def read_cases(path):
    cases, notes = [], []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        mark, text = line[:1], line[2:]
        if mark == "$":
            cases.append(Case(number, text))
            cases[-1].notes, notes = notes, []
        elif mark in ("#", ""):
            notes.append(line)
        elif mark == ">":
            cases[-1].stdout.append(text)
        elif mark == "!":
            cases[-1].stderr.append(text)
        elif mark == "?":
            cases[-1].code = int(text)
        else:
            sys.exit(f"{path}:{number}: no such mark '{mark}'")
    return cases


def environment(program, folder):
    return {
        "PATH": f"{program.parent}:{HERE}/bin:/usr/bin:/bin", "HOME": folder, "DATA": str(HERE), "LC_ALL": "C.UTF-8",
        "TZ": "Asia/Seoul", "TMPDIR": folder, "KINDLING_BIN": str(program),
        **{name: value for name, value in os.environ.items() if name.startswith(("ASAN_", "UBSAN_", "LSAN_"))},
    }


def shown(text):
    lines = text.replace("\x1b", "\\e").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def run_case(case, program, folder):
    done = subprocess.run(["bash", "-c", case.command], cwd=folder, env=environment(program, folder), timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="backslashreplace")
    return shown(done.stdout), shown(done.stderr), done.returncode


def line_matches(expected, actual):
    pattern = ".*".join(re.escape(part) for part in expected.split("[..]"))
    return re.fullmatch(pattern, actual) is not None


def lines_match(expected, actual):
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(lines_match(expected[1:], actual[i:]) for i in range(len(actual) + 1))
    return bool(actual) and line_matches(expected[0], actual[0]) and lines_match(expected[1:], actual[1:])


def show(mark, lines):
    return "".join(f"{mark} {line}".rstrip() + "\n" for line in lines)


def transcript(stdout, stderr, code):
    return show(">", stdout) + show("!", stderr) + (f"? {code}\n" if code else "")


def expected_text(case):
    return transcript(case.stdout, case.stderr, case.code)


def check(case, program, folder, path):
    stdout, stderr, code = run_case(case, program, folder)
    if code == case.code and lines_match(case.stdout, stdout) and lines_match(case.stderr, stderr):
        return expected_text(case), True
    actual = transcript(stdout, stderr, code)
    print(f"{path}:{case.line}: $ {case.command}\n--- expected\n{expected_text(case)}--- actual\n{actual}")
    return actual, False


def main():
    arguments = sys.argv[1:]
    update = arguments[:1] == ["--update"]
    program, path = (pathlib.Path(a).resolve() for a in arguments[update:])
    cases = read_cases(path)
    if not cases:
        sys.exit(f"{path}: no cases")
    good, written = True, ""
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            text, same = check(case, program, folder, path)
            good = good and same
            written += "".join(note + "\n" for note in case.notes) + f"$ {case.command}\n{text}"
    if update:
        path.write_text(written)
    sys.exit(0 if good or update else 1)


main()
