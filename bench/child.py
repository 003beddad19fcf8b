"""A command measured: wall time, CPU seconds and peak memory of it and all its descendants."""

import os
import select
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Measured:
    code: int            # exit code; None: stopped at the time limit
    wall_seconds: float
    cpu_seconds: float   # user + system
    peak_bytes: int      # resident; of several processes: of their sum; sampled
    out: str
    err: str


def processes(root):
    """{pid: (cpu seconds, resident bytes)} of a process group."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == root:
            found[int(name)] = ((int(fields[11]) + int(fields[12])) / TICK, int(fields[21]) * PAGE)
    return found


def most_resident(pid):
    """Bytes of one process so far. Not ru_maxrss: that has the size of the process that forked it as its floor."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def measure(command, limit_seconds, cwd=None, env=None):
    """CPU time of one process: exact, by wait4. Of several (Spark's Java below Python): sampled ten times a second, as memory is."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        begin = time.monotonic()
        child = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        cpu, peak, late, several = {}, 0, False, False
        ended, gone = select.poll(), os.pidfd_open(child.pid)
        ended.register(gone, select.POLLIN)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            seen = processes(child.pid)
            several |= len(seen) > 1
            cpu.update({p: c for p, (c, _) in seen.items()})
            peak = max(peak, sum(r for _, r in seen.values()), most_resident(child.pid))
            if time.monotonic() - begin > limit_seconds and not late:
                late = True
                os.killpg(child.pid, signal.SIGKILL)
            ended.poll(100 if several else 20)
        wall = time.monotonic() - begin
        os.close(gone)
        child.returncode = os.waitstatus_to_exitcode(status)
        exact = usage.ru_utime + usage.ru_stime
        out.seek(0), err.seek(0)
        return Measured(None if late else child.returncode, wall, max(exact, sum(cpu.values())) if several else exact,
                        peak, out.read(), err.read())
