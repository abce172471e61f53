"""What a training step takes in memory beyond its arguments and its results."""

import ctypes
import tracemalloc
from pathlib import Path

from benchmarks.speed import process
from benchmarks.speed.rows import MAIN, row

STATUS, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")
ROWS = [
    *MAIN[3:9],
    *MAIN[11:],
    row("memory", "ResNet 56², 64, N = 32", (32, 64, 56, 56), 64, 3, 1, 1),
    row("memory", "VGG 224², 64", (4, 64, 224, 224), 64, 3, 1, 1),
]


def resident(line):
    """Return the bytes of memory that Linux says this process has; None elsewhere."""
    if not STATUS.exists():
        return None
    text = STATUS.read_text(encoding="utf-8").splitlines()
    return next(1024 * int(v.split()[1]) for v in text if v.startswith(line))


def extra(row, dtype, name, threads):
    """Run a step in this process; return the bytes of arguments, of results, and of what is more.

    The resident bytes are the peak of the whole process, the traced ones what NumPy asked for.
    """
    small = row._replace(x=(1, row.x[1], *(k + 8 for k in row.w[2:])))
    process.prepare(small, dtype, [name], threads, None)
    process.calls[name]["step"]()  # what is loaded once is no memory of the layer
    process.prepare(row, dtype, [name], threads, None)
    step = process.calls[name]["step"]
    if STATUS.exists():
        ctypes.CDLL(None).malloc_trim(0)  # what was freed goes back to the system
        PEAK.write_text("5", encoding="ascii")
    before = resident("VmRSS")
    results = sum(v.nbytes for v in step())
    after = resident("VmHWM")
    taken = {"arguments": sum(v.nbytes for v in process.arrays(row, dtype)), "results": results}
    if before:
        taken["resident"] = after - before - results
    if name != "PyTorch":  # which asks the system itself
        tracemalloc.start()
        step()
        taken["traced"] = tracemalloc.get_traced_memory()[1] - results
        tracemalloc.stop()
    return taken
