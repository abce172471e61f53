"""JupyterLab, as the tests start and drive it."""

import contextlib
import os
import re
import subprocess
import sys
import time
import urllib.request

from tests.site.conftest import ROOT, free_port


@contextlib.contextmanager
def serving(folder, python=sys.executable):
    """Start JupyterLab on a folder for as long as the block runs; give the folder's address.

    Another Python than this one brings its own convlib.
    """
    # Otherwise JupyterLab takes cells that are out of sight out of the page.
    settings = folder / ".settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    port = free_port()
    command = [
        python, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}",
        "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.expose_app_in_browser=True", f"--LabApp.workspaces_dir={folder / '.spaces'}",
        f"--LabApp.user_settings_dir={folder / '.settings'}",
    ]  # fmt: skip
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environ |= {
        name: str(folder / ".own") for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")
    }
    if python == sys.executable:
        environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    with open(folder / ".log", "w") as log:
        server = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=folder)
    address = f"http://127.0.0.1:{port}/lab/tree/"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, (folder / ".log").read_text()[-2000:]
                time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def open_notebook(browser, address):
    """Return a page of JupyterLab with a notebook whose kernel is ready."""
    page = browser.new_context(viewport={"width": 1280, "height": 1400}).new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(f"{error.stack or error}"))
    # JupyterLab itself writes errors too: anywidget names itself, a broken drawing its element.
    ours = re.compile("anywidget|<path>|widget")
    page.on(
        "console",
        lambda m: m.type == "error" and ours.search(m.text) and page.problems.append(m.text),
    )
    page.goto(f"{address}?reset", wait_until="domcontentloaded")  # no tab of another test
    page.locator(".jp-CodeCell").first.wait_for(timeout=60_000)
    page.get_by_text("| Idle").wait_for(timeout=60_000)  # before, JupyterLab asks for a kernel
    return page
