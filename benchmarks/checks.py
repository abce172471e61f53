"""How long the checker takes: every right layer of its corpus, the slowest last.

    python -m benchmarks.checks [--wrong]

With ``--wrong``, every edit of them that spoils something: a failure is also made small and named.
"""

import sys
import warnings

from tests.check.corpus import RIGHT, checked
from tests.check.edits import EDITS


def main(arguments):
    """Print the seconds of each."""
    warnings.simplefilter("ignore")
    programs = RIGHT
    if "--wrong" in arguments:
        programs = {str(edit): edit.source for edit in EDITS}
    checked(RIGHT["windows_einsum"])  # loads what is loaded late
    times = {name: checked(program, name).seconds for name, program in programs.items()}
    for name, seconds in sorted(times.items(), key=lambda item: item[1]):
        print(f"{seconds:6.2f} s  {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
