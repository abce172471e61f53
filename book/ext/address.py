"""Know the addresses of the repository and of the site, or do without: here and nowhere else.

Without an address there is no button that leads nowhere, and no canonical link.
"""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINDER = "https://mybinder.org"
COLAB = "https://colab.research.google.com"
COLAB_CELL = "fetch-in-colab"
"""The id of the cell that tools/colab.py writes."""
BRANCH = "main"


def on_github(url):
    """Return a GitHub repository's page, or nothing if the address is of another kind.

    Examples
    --------
    >>> on_github("git@github.com:owner/name.git")
    'https://github.com/owner/name'
    >>> on_github("https://github.com/owner/name/")
    'https://github.com/owner/name'
    >>> on_github("../clone")
    ''
    """
    pattern = r"(?:https://|git@|ssh://git@)github\.com[:/]([\w.-]+)/([\w.-]+?)(?:\.git)?/?"
    found = re.fullmatch(pattern, url)
    return f"https://github.com/{found[1]}/{found[2]}" if found else ""


def origin(root=ROOT):
    """Return the address of git's remote `origin`, or nothing."""
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def repository(environ, remote=origin):
    """Return the repository's page: from a variable, from GitHub Actions, or from git.

    Examples
    --------
    >>> repository({"GITHUB_REPOSITORY": "owner/name"})
    'https://github.com/owner/name'
    >>> repository({"REPOSITORY_URL": ""})
    ''
    """
    if "REPOSITORY_URL" in environ:
        return on_github(environ["REPOSITORY_URL"])
    if name := environ.get("GITHUB_REPOSITORY"):
        return on_github(f"https://github.com/{name}")
    return on_github(remote())


def site(environ, repository):
    """Return where the site is published, with a slash at its end; "" if that is not known.

    Examples
    --------
    >>> site({}, "https://github.com/Owner/name")
    'https://owner.github.io/name/'
    >>> site({}, "https://github.com/owner/owner.github.io")
    'https://owner.github.io/'
    >>> site({"SITE_URL": "https://example.org/course"}, "")
    'https://example.org/course/'
    >>> site({}, "")
    ''
    """
    if url := environ.get("SITE_URL"):
        return url.rstrip("/") + "/"
    if not repository:
        return ""
    owner, name = repository.split("/")[-2:]
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def runs_in_colab(book, repository):
    """Say whether every notebook fetches this repository when Colab opens it."""
    texts = [path.read_text(encoding="utf-8") for path in Path(book).glob("*.ipynb")]
    parts = (f'"id": "{COLAB_CELL}"', f'\\"{repository}\\"')
    return all(part in text for part in parts for text in texts)


def configure(app, config):
    """Add the buttons and the base of canonical links, where there is an address."""
    found = repository(os.environ)
    config.html_baseurl = site(os.environ, found)
    if "sphinx_sitemap" in app.extensions:
        config.sitemap_url_scheme = "{link}"
        config.sitemap_excludes = ["404.html", "search.html"]
    if not found:
        return
    launch = {"binderhub_url": BINDER, "notebook_interface": "jupyterlab"}
    if runs_in_colab(app.srcdir, found):
        launch["colab_url"] = COLAB
    config.html_theme_options |= {
        "repository_url": found,
        "repository_branch": BRANCH,
        "path_to_docs": "book",
        "launch_buttons": launch,
        "use_repository_button": True,
        "use_edit_page_button": True,
        "use_issues_button": True,
    }


def point_to_map(app, exception):
    """Tell robots where the map of the site is."""
    if (base := app.config.html_baseurl) and not exception and app.builder.format == "html":
        Path(app.outdir, "robots.txt").write_text(f"Sitemap: {base}sitemap.xml\n", encoding="utf-8")


def setup(app):
    """Run before the theme reads its options."""
    if site(os.environ, repository(os.environ)):
        app.setup_extension("sphinx_sitemap")  # without an address it would warn
    app.connect("config-inited", configure, priority=100)
    app.connect("build-finished", point_to_map)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
