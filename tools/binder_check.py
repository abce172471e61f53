"""Do what Binder does, without Docker, and run every notebook in JupyterLab in a real browser.

python tools/binder_check.py --python python3.12

It takes the Python and the pip line from the Dockerfile that repo2docker prints, runs the line in
an empty environment on a copy of the committed files, starts JupyterLab there, opens each notebook,
runs all of its cells on the live kernel, and moves a control of its explorer. It prints the size
of the environment and the seconds to start. Set BINDER_ENV to use an environment again.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "_build" / "binder"
RAW_MYST = r"^:::|\{(?:eq|prf:ref|numref|ref|cite\w*|exercise|solution|admonition)\}|^\$\$"
SETTINGS = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}


def run(*command, **options):
    """Run a command; end with its output if it fails."""
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout + done.stderr


def dockerfile_lines(repo2docker):
    """Return the version of Python and the file of requirements that the Dockerfile names."""
    text = run(*repo2docker, "--no-build", "--debug", ".", cwd=ROOT)
    version = re.search(r"environment-2epy-2d(\d+)-2e(\d+)", text)
    line = re.search(r'bin/pip install --no-cache-dir -r "([^"]+)"', text)
    if not (version and line):
        sys.exit("The Dockerfile of repo2docker has no line for Python, or none for pip.")
    return f"{version[1]}.{version[2]}", line[1]


def make_environment(python, requirements, home):
    """Install what the Dockerfile installs; print how long it took, and how large it is."""
    place = Path(os.environ.get("BINDER_ENV", WORK / "env"))
    started = time.monotonic()
    if not (place / "bin" / "jupyter-lab").exists():
        run(python, "-m", "venv", place)
    run(place / "bin" / "pip", "install", "--no-cache-dir", "-q", "-r", requirements, cwd=home)
    size = sum(f.lstat().st_size for f in place.rglob("*") if f.is_file()) / 2**20
    print(
        f"environment: {size:.0f} MB, installed in {time.monotonic() - started:.0f} s", flush=True
    )
    return place


def start_lab(environment, home):
    """Start JupyterLab in the copy; return the process and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = WORK / "settings" / "lab"
    settings.mkdir(parents=True, exist_ok=True)
    own = {"JUPYTER_CONFIG_DIR": str(settings), "JUPYTER_RUNTIME_DIR": str(settings)}
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | own
    clean["PATH"] = f"{environment / 'bin'}{os.pathsep}{clean['PATH']}"
    app = environment / "share" / "jupyter" / "lab" / "settings"
    app.mkdir(parents=True, exist_ok=True)
    (app / "overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    command = [
        environment / "bin" / "jupyter-lab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=", "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.expose_app_in_browser=True", f"--LabApp.workspaces_dir={settings}",
        f"--LabApp.user_settings_dir={settings}",
    ]  # fmt: skip
    started = time.monotonic()
    with open(WORK / "lab.log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(command, cwd=home, env=clean, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}/lab"
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            break
        except OSError:
            if server.poll() is not None or time.monotonic() - started > 120:
                sys.exit((WORK / "lab.log").read_text(encoding="utf-8")[-3000:])
            time.sleep(0.2)
    print(f"JupyterLab answers after {time.monotonic() - started:.1f} s", flush=True)
    return server, address


def cells_of(path):
    """Return the code cells of a notebook's file that hold code."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [c for c in cells if c["cell_type"] == "code" and "".join(c["source"]).strip()]


def check(page, address, path, home):
    """Open a notebook, run it, and return what is wrong with it."""
    problems = []
    page.goto(f"{address}/tree/{path.relative_to(home).as_posix()}?reset")
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell", timeout=90_000)
    page.wait_for_function("document.body.innerText.includes('| Idle')", timeout=90_000)
    count = len(cells_of(path))
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")
    page.wait_for_function(
        """(count) => {
          const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')];
          const text = prompts.map(e => e.textContent);
          return !text.some(t => t.includes('*')) && text.some(t => t.includes(`[${count}]`));
        }""",
        arg=count,
        timeout=240_000,
    )
    text = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").evaluate(
        """e => [...e.querySelectorAll('.jp-MarkdownOutput, .jp-RenderedMarkdown')].map(m => {
          const copy = m.cloneNode(true);
          copy.querySelectorAll('pre, code, .katex, script, style').forEach(x => x.remove());
          return copy.textContent;
        }).join('\\n')"""
    )
    problems += [f"raw MyST: {m[0]!r}" for m in re.finditer(RAW_MYST, text, re.M)][:3]
    problems += explorer(page)
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_timeout(500)
    for number, cell in enumerate(cells_of(path)):
        bad = [
            o for o in cell["outputs"] if o["output_type"] == "error" or o.get("name") == "stderr"
        ]
        problems += [f"cell {number}: {o.get('ename', o.get('text'))}" for o in bad]
        if not cell["execution_count"]:
            problems.append(f"cell {number}: did not run")
    return problems


def explorer(page):
    """Move a control of the first explorer, if there is one: its picture must change."""
    live = page.locator(".cl-live").first
    if not page.locator(".cl-explorer, .cl-live").count():
        return []
    live.wait_for(timeout=60_000)
    slider = live.locator("input[type=range]:enabled").first
    before = live.inner_html(), slider.input_value()
    slider.focus()
    page.keyboard.press("ArrowRight" if before[1] == slider.get_attribute("min") else "ArrowLeft")
    page.wait_for_timeout(300)
    same = live.inner_html() == before[0] or slider.input_value() == before[1]
    return ["the explorer does not answer"] if same else []


def main():
    """Check every notebook; the exit code says whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default="python3.12")
    parser.add_argument("--repo2docker", nargs="+", default=None, help="how to call repo2docker")
    parser.add_argument("--shots", type=Path, help="a folder for screenshots")
    options = parser.parse_args()
    # Binder uses the newest one, so that there is no version to pin.
    newest = ["uv", "tool", "run", "--from", "jupyter-repo2docker", "jupyter-repo2docker"]
    version, requirements = dockerfile_lines(options.repo2docker or newest)
    found = run(options.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
    print(f"the Dockerfile: Python {version}, pip install -r {requirements}", flush=True)
    if found != version:
        sys.exit(f"{options.python} is Python {found}: name the other one with --python.")
    WORK.mkdir(parents=True, exist_ok=True)
    home = WORK / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    run("git", "archive", "--output", WORK / "home.tar", "HEAD", cwd=ROOT)
    run("tar", "-xf", WORK / "home.tar", "-C", home)
    environment = make_environment(options.python, requirements, home)
    server, address = start_lab(environment, home)
    failed = 0
    try:
        browser = run(sys.executable, ROOT / "tools" / "browser.py").strip().splitlines()[-1]
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            for path in sorted((home / "book").glob("*.ipynb")):
                page = chromium.new_page(viewport={"width": 1280, "height": 1000})
                started = time.monotonic()
                problems = check(page, address, path, home)
                failed += bool(problems)
                said = "; ".join(problems) or "ok"
                print(f"{path.stem:28} {time.monotonic() - started:5.0f} s  {said}", flush=True)
                if options.shots:
                    options.shots.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=options.shots / f"{path.stem}.png")
                page.evaluate("jupyterapp.commands.execute('kernelmenu:shutdown')")
                page.close()
            chromium.close()
    finally:
        server.terminate()
        server.wait(timeout=30)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
