"""Write the plain files for those who have pip only: Binder, a JupyterHub (`make lock`).

binder/requirements.txt has the versions of uv.lock, because an environment that is built afresh
must not break when a library changes. requirements.txt adds what pyproject.toml allows for building
and testing. An update of uv.lock alone leaves both valid: the next `make lock` takes it up.
"""

import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READER = "lab"
HEAD = """\
# What `pip install -r requirements.txt` needs to read, build and test the course. `make lock`
# writes it from pyproject.toml. `make` itself installs the exact versions of uv.lock instead.
-r binder/requirements.txt

"""


def whole(project):
    """Return requirements.txt, for what pyproject.toml holds.

    Examples
    --------
    >>> text = whole({"dependency-groups": {"lab": ["jupyterlab>=4"], "test": ["pytest>=8"]}})
    >>> text.splitlines()[-3:]
    ['-r binder/requirements.txt', '', 'pytest>=8']
    """
    groups = project["dependency-groups"]
    others = [name for group, names in groups.items() if group != READER for name in names]
    return HEAD + "\n".join(others) + "\n"


def main():
    """Write both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = whole(project)
    (ROOT / "requirements.txt").write_text(text, encoding="utf-8", newline="\n")
    export = ["uv", "export", "--locked", "--quiet", "--no-default-groups", "--group", READER]
    plain = ["--all-extras", "--no-hashes", "--no-annotate"]
    target = ["--output-file", "binder/requirements.txt"]
    subprocess.run([*export, *plain, *target], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
