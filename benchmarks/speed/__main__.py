"""Time convlib against PyTorch, plain loops and the bare matrix products (`make bench`).

    make bench                          # every row, on one thread
    make bench THREADS=2
    make bench ROWS=main                # a group of rows, or a part of a name; several with commas
    make bench ROWS=main QUICK=1        # few rounds, and ratios only
    make bench METHODS=winograd         # also against one method, or several
    make bench OLDER=../older           # also against the `convlib` of another folder

Each round calls all that are compared, in turn. A ratio is the median over the rounds of their
seconds by those of convlib: above 1, convlib is faster. One thread is timed in one process, by the
seconds of its processor; more are timed in a process each, by the clock. A run of all rows writes
what it found to `book/data/`, where the chapter reads it, any other to the file that OUT names.
"""

import argparse
import json
import math
from pathlib import Path

from benchmarks.paired import in_turn, ratio
from benchmarks.speed import accuracy, facts, memory, process
from benchmarks.speed.rows import MAIN, chosen

DATA = Path(__file__).resolve().parents[2] / "book" / "data"
DTYPES = ("float32", "float64")
OURS, OLDER = "convlib", "older"
COMPARED = ("PyTorch", OURS, "im2col", "products")
STEPS = ("windows", "columns", *COMPARED)
STEPS_AT = (MAIN[1], MAIN[3], MAIN[11], MAIN[12])
"""Layers at which the first steps of the chapter are timed, forward."""
SLOWEST = 3
"""Rounds, at least."""


def options():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="", help="groups, or parts of names, with commas")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5, help="to spend on a row and a task")
    parser.add_argument("--quick", action="store_true", help="few rounds, and ratios only")
    parser.add_argument("--older", help="the folder that holds another convlib")
    parser.add_argument("--methods", default="", help="methods to compare with, with commas")
    parser.add_argument("--out", type=Path, help="the file to write")
    asked = parser.parse_args()
    asked.rows, asked.methods = (
        [word for word in words.split(",") if word] for words in (asked.rows, asked.methods)
    )
    if not (asked.rows or asked.quick):
        asked.out = asked.out or DATA / f"speed-{asked.threads}.json"
    return asked


def measure(processes, row, dtype, names, tasks, asked):
    """Yield a record for each task of a row."""
    ready = {}
    for pool, mine in shared(processes, names):
        given = (row, dtype, mine, asked.threads, asked.older)
        ready |= pool.submit(process.prepare, *given).result()
    for task in tasks:
        timers = {
            name: process.timer(processes[name], name, task, asked.threads)
            for name in names
            if task in ready[name]
        }
        one = in_turn(timers, 1)
        rounds = asked.seconds / max(sum(taken[0] for taken in one.values()), 1e-3)
        rounds = SLOWEST if asked.quick else max(SLOWEST, min(9, int(rounds)))
        times = in_turn(timers, rounds)
        record = {"group": row.group, "row": row.name, "dtype": dtype, "task": task}
        record |= processes[OURS].submit(process.known, row, dtype).result()
        record["ms"] = {name: 1e3 * min(taken) for name, taken in times.items()}
        others = [name for name in times if name != OURS]
        record["ratios"] = {name: ratio(times[OURS], times[name]) for name in others}
        yield record


def shared(processes, names):
    """Pair each process with the names that it times."""
    for pool in dict.fromkeys(processes[name] for name in names):
        yield pool, [name for name in names if processes[name] is pool]


def line(record):
    """Write a record as a row of the table."""
    cells = [f"{record['row']:40}{record['dtype']:9}{record['task']:9}{record['ms'][OURS]:10.3f}"]
    cells += [f"{name} {value:<6.3g}" for name, value in record["ratios"].items()]
    cells.append("/".join(dict.fromkeys(record["methods"].values())))
    return "  ".join(cells).rstrip()


def means(records):
    """Yield the geometric mean of the ratios of each group, dtype and task, and the lowest."""
    for key in dict.fromkeys((r["group"], r["dtype"], r["task"]) for r in records):
        same = [r for r in records if (r["group"], r["dtype"], r["task"]) == key]
        for name in dict.fromkeys(name for r in same for name in r["ratios"]):
            ratios = {r["row"]: r["ratios"][name] for r in same if name in r["ratios"]}
            mean = math.exp(sum(map(math.log, ratios.values())) / len(ratios))
            low = min(ratios, key=ratios.get)
            yield f"{' '.join(key):40} {name:9}{mean:6.2f}   lowest {ratios[low]:.2f}, {low}"


def ratios(asked):
    """Print the table of ratios and its means, and return the records."""
    names = [*COMPARED, *asked.methods, *([OLDER] if asked.older else [])]
    rows, records = chosen(asked.rows), []
    everyone = dict.fromkeys((*STEPS, "loops", *names))
    with process.pools([*everyone], asked.threads) as processes:
        print(f"{'layer':40}{'dtype':9}{'task':9}{'convlib ms':>10}  others by convlib")
        for dtype in DTYPES:
            for row in rows:
                more = ("loops",) if row is MAIN[0] else ()
                for record in measure(
                    processes, row, dtype, [*names, *more], ("step", "forward"), asked
                ):
                    print(line(record), flush=True)
                    records.append(record)
        for text in means(records):
            print(text)
        steps = []
        if not asked.quick:
            for row in STEPS_AT:
                steps += measure(processes, row, "float32", STEPS, ("forward",), asked)
                print("steps:", line(steps[-1]), flush=True)
    return {"ratios": records, "steps": steps}


def in_a_process(function, *given):
    """Run a function in a process of its own, and return what it returns."""
    with process.alone() as pool:
        return pool.submit(function, *given).result()


def memories(asked):
    """Print and return the memory that each row takes."""
    found = []
    for row in memory.ROWS:
        for dtype in DTYPES:
            for name in (OURS, "PyTorch"):
                taken = in_a_process(memory.extra, row, dtype, name, asked.threads)
                found.append({"row": row.name, "dtype": dtype, "of": name} | taken)
                mb = (f"{key} {value / 2**20:.1f}" for key, value in taken.items())
                print(f"{row.name:40}{dtype:9}{name:9} MB: {', '.join(mb)}", flush=True)
    return found


def accuracies():
    """Print and return the largest errors of each method."""
    found = []
    for row in MAIN:
        for dtype in DTYPES:
            for method, errors in in_a_process(accuracy.errors, row, dtype).items():
                found.append({"row": row.name, "dtype": dtype, "method": method} | errors)
                said = ", ".join(f"{what} {error:.1f}" for what, error in errors.items())
                print(f"{row.name:40}{dtype:9}{method:12} errors / (eps Σ|·|): {said}", flush=True)
    return found


def written(found):
    """Write what was found as JSON, one record a line, so that two runs can be compared."""
    short = json.loads(json.dumps(found), parse_float=lambda v: float(f"{float(v):.4g}"))
    parts = []
    for key, value in short.items():
        listed = isinstance(value, list)
        lines = [json.dumps(v, ensure_ascii=False) for v in (value if listed else [value])]
        text = ",\n".join(lines)
        parts.append(f'"{key}": ' + (f"[\n{text}\n]" if listed else text))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main():
    """Measure, print, and write what was asked for."""
    asked = options()
    found = in_a_process(facts.of_this_run, asked.threads)
    print(json.dumps(found, ensure_ascii=False))
    load, cores = found["machine"]["load"], found["machine"]["cores"]
    if asked.threads > 1 and load and load > 0.5 * cores:
        print(
            f"NOTE: the machine is busy (load {load}, {cores} cores), which a clock measures, too"
        )
    found |= ratios(asked)
    if not asked.quick:
        found |= {"memory": memories(asked), "errors": accuracies()}
        found |= facts.lines()
        print("lines of the methods:", found["lines"])
        print("lines that they share:", found["shared"])
    if asked.out:
        asked.out.write_text(written(found), encoding="utf-8")
        print("written:", asked.out)


if __name__ == "__main__":
    main()
