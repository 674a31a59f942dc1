"""Starts the engine's worker: `python -I -B <this folder>`, requests on descriptor 3, answers on descriptor 4."""

import gc
import os
import signal
import sys

# Nearly all that an import makes stays, so that looking for garbage meanwhile is a tenth of its time for nothing. It is looked
# for again once dstack is imported.
gc.disable()

# What the worker's own modules import of the standard library. It is imported here, before the cache of bytecode moves, so
# that the standard library's own bytecode is used and the cache holds nothing but the worker's.
names = ["asyncio", "collections.abc", "fcntl", "io", "json", "locale", "logging"]
names += ["select", "shutil", "threading", "time", "types", "typing"]
for name in names:
    __import__(name)


def main() -> None:
    # Ctrl+C reaches the whole process group of the terminal; what happens then is for the parent to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    own = os.path.dirname(os.path.abspath(__file__))
    cache = os.environ.pop("CREATE_DSTACK_PLUGIN_PYCACHE", None)
    # The temporary folder of this session. Where the parent is killed, nobody else is there to remove it.
    folder = os.environ.pop("CREATE_DSTACK_PLUGIN_SESSION", None)
    # For tests: the replays of shares one after the other, and nothing ahead of need.
    plain = os.environ.pop("CREATE_DSTACK_PLUGIN_PLAIN", "") != ""
    if cache:
        # The worker's own files may lie where nobody can write, so their bytecode is kept elsewhere.
        sys.dont_write_bytecode = False
        sys.pycache_prefix = cache
    from dstack_plugin_replay import supervisor

    sys.pycache_prefix = None
    # What this process imports is dstack and what lies beside it, whose bytecode belongs there.
    sys.dont_write_bytecode = False
    # No plugin may find the worker's modules in its way.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != own]
    supervisor.main(3, 4, folder, plain)


main()
