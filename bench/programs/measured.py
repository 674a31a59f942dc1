"""Runs a command and writes what it took to standard output as JSON: seconds of wall clock, and of processors in all its processes.

Usage: python measured.py COMMAND... What the command itself writes to standard output is thrown away.
"""

import json
import resource
import subprocess
import sys
import time

started = time.perf_counter()
ended = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
wall = time.perf_counter() - started
# Of all descendants that were waited for, which is all that there are.
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
said = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "code": ended.returncode}
print(json.dumps({**said, "stderr": ended.stderr.decode("utf-8", "replace")[-2000:]}))
