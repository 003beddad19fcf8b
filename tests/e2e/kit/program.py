"""Runs the shipped binary as its users do."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Result:
    args: list
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"kindling {' '.join(self.args)}\nexit code {self.code}\n-- stdout\n{self.out}\n-- stderr\n{self.err}"


def environment(extra=None):
    """The caller's environment without what steers the program; a machine time zone that no job may feel."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("KINDLING_")}
    env.update(TZ="Asia/Seoul", LC_ALL="C.UTF-8")
    env.update(extra or {})
    return env


class Program:
    def __init__(self, binary):
        self.binary = str(Path(binary).resolve())

    def command(self, args):
        return [self.binary, *map(str, args)]

    def __call__(self, *args, code=0, env=None, timeout=60, cwd=None, user=None):
        """Runs to the end; fails the test unless the exit code is the one given (None: any)."""
        command = self.command(args)
        if user is not None:
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
        done = subprocess.run(command, env=environment(env), cwd=cwd, timeout=timeout, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="surrogateescape")
        result = Result(list(map(str, args)), done.returncode, done.stdout, done.stderr)
        if code is not None:
            assert result.code == code, str(result)
        return result

    def start(self, *args, env=None, cwd=None):
        """Starts it; the caller waits."""
        return subprocess.Popen(self.command(args), env=environment(env), cwd=cwd, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
