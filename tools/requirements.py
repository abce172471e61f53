"""Write requirements.txt and binder/requirements.txt from pyproject.toml (`make lock`).

Plain files for those who have pip only: Binder, a JupyterHub, an environment of one's own. They
name what pyproject.toml allows. The exact versions stand in uv.lock alone, so an update of that
never makes these files old.
"""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READER = "lab"
HEADS = {
    "binder/requirements.txt": """\
# What a reader needs to run the chapters: Binder installs this file alone. `make lock` writes it
# from pyproject.toml.
-e .[figures,explorer]
""",
    "requirements.txt": """\
# What `pip install -r requirements.txt` needs to read, build and test the course. `make lock`
# writes it from pyproject.toml. `make` itself installs the exact versions of uv.lock instead.
-r binder/requirements.txt
""",
}


def files(project):
    """Return the text of each file, for what pyproject.toml holds.

    Examples
    --------
    >>> made = files({"dependency-groups": {"lab": ["jupyterlab>=4"], "test": ["pytest>=8"]}})
    >>> made["requirements.txt"].splitlines()[-3:]
    ['-r binder/requirements.txt', '', 'pytest>=8']
    >>> made["binder/requirements.txt"].splitlines()[-3:]
    ['-e .[figures,explorer]', '', 'jupyterlab>=4']
    """
    groups = project["dependency-groups"]
    reader = groups[READER]
    others = [name for group, names in groups.items() if group != READER for name in names]
    parts = {"binder/requirements.txt": reader, "requirements.txt": others}
    return {name: f"{HEADS[name]}\n" + "\n".join(parts[name]) + "\n" for name in HEADS}


def main():
    """Write both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for name, text in files(project).items():
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
