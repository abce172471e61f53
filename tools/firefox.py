"""Open every page of the built site in Firefox: python tools/firefox.py (`make test-firefox`).

Firefox itself speaks WebDriver BiDi, so that no driver is needed. Each page is opened from a file
and from a server. An error, a refused or failed request, a formula without size and an explorer
that does not start are problems. FIREFOX names another browser.
"""

import contextlib
import functools
import http.server
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import websocket

ROOT = Path(__file__).resolve().parent.parent
SITE = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
NAMES = ["firefox", "firefox-esr", "/Applications/Firefox.app/Contents/MacOS/firefox"]
WATCH = """() => {
  window.refused = [];
  addEventListener('securitypolicyviolation', (e) => refused.push(`refused: ${e.blockedURI}`));
}"""
# An explorer starts when it comes into sight. Move its first slider.
READY = """document.fonts.ready.then(async () => {
  const wait = () => new Promise((done) => setTimeout(done, 150));
  await wait();
  for (const explorer of document.querySelectorAll('.cl-explorer')) {
    explorer.scrollIntoView();
    for (let n = 0; n < 20 && !explorer.matches('.cl-mounted'); n++) await wait();
    await wait();
    const live = explorer.querySelector('.cl-live');
    live.before = live.innerHTML;
    const slider = live.querySelector('input[type=range]');
    slider.value = slider.value === slider.max ? slider.min : slider.max;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await wait();
  }
})"""
LOOK = """JSON.stringify([
  ...window.refused ?? ['the page was not watched'],
  ...[...document.images].filter((e) => !e.complete || !e.naturalWidth)
    .map((e) => `picture: ${e.src}`),
  ...[...document.querySelectorAll('.math')].filter(
    (e) => e.closest('details:not([open]), .toggle-hidden') === null
      && ![...e.querySelectorAll('.katex-html')].some((k) => k.getBoundingClientRect().width))
    .map((e) => `no size: ${e.textContent.slice(0, 30)}`),
  ...[...document.querySelectorAll('.cl-explorer:not(.cl-mounted)')]
    .map(() => 'the explorer does not start'),
  ...[...document.querySelectorAll('.cl-live')].filter((e) => e.innerHTML === e.before)
    .map(() => 'the explorer does not answer'),
  ...[...document.fonts].some((f) => f.status === 'error') ? ['a font does not load'] : [],
  ...getComputedStyle(document.body).backgroundColor === 'rgba(0, 0, 0, 0)' ? ['no style'] : [],
])"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve the site, and write no log."""

    def log_message(self, *args):
        """Say nothing."""


class Firefox:
    """A Firefox without a window, and the commands that it gets."""

    def __init__(self, path, profile):
        self.process = subprocess.Popen(
            [path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0"],
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self.process.stderr:
            if found := re.search(r"BiDi listening on (ws://\S+)", line):
                break
        else:
            sys.exit(f"{path} does not listen to WebDriver BiDi.")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()  # empty the pipe
        url = f"{found[1]}/session"
        self.socket = websocket.create_connection(url, timeout=90, suppress_origin=True)
        self.numbers, self.events = itertools.count(1), []
        self.send("session.new", capabilities={})

    def send(self, method, **params):
        """Send a command, and return its result; keep the events that come before it."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['message']}")
                return message["result"]
            self.events.append(message)

    def close(self):
        """End the browser."""
        self.socket.close()
        self.process.terminate()
        self.process.wait(timeout=30)


def is_problem(event):
    """Tell whether an event is an error on the page, or a request that failed."""
    if event.get("method") == "log.entryAdded":
        return event["params"]["level"] == "error"
    return event.get("method") == "network.fetchError"


def problems(firefox, context, address):
    """Open a page, and list what is wrong with it."""
    firefox.events.clear()
    firefox.send("browsingContext.navigate", context=context, url=address, wait="complete")
    target = {"context": context}
    firefox.send("script.evaluate", expression=READY, target=target, awaitPromise=True)
    seen = firefox.send("script.evaluate", expression=LOOK, target=target, awaitPromise=False)
    if seen["type"] != "success":
        return [str(seen["exceptionDetails"]["text"])]
    events = [event["params"] for event in firefox.events if is_problem(event)]
    said = [e.get("text") or f"{e['request']['url']}: {e['errorText']}" for e in events]
    return json.loads(seen["result"]["value"]) + said


def main():
    """Open every page both ways; the exit code says whether all is well."""
    named = [os.environ.get("FIREFOX", ""), *NAMES]
    path = next((shutil.which(name) for name in named if name and shutil.which(name)), None)
    if not path:
        sys.exit("No Firefox was found: install firefox or firefox-esr, or set FIREFOX.")
    pages = sorted(page.name for page in SITE.glob("*.html"))
    if not pages:
        sys.exit("Nothing is built yet: run  make book  first.")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(SITE))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    bases = [f"http://127.0.0.1:{server.server_port}/", f"{SITE.as_uri()}/"]
    failed = 0
    with tempfile.TemporaryDirectory() as profile, contextlib.ExitStack() as stack:
        firefox = Firefox(path, profile)
        stack.callback(firefox.close)
        events = ["log.entryAdded", "network.fetchError"]
        firefox.send("session.subscribe", events=events)
        firefox.send("script.addPreloadScript", functionDeclaration=WATCH)
        context = firefox.send("browsingContext.create", type="tab")["context"]
        for base, page in itertools.product(bases, pages):
            for problem in problems(firefox, context, base + page):
                print(f"{base}{page}: {problem}")
                failed += 1
    server.shutdown()
    print(f"Firefox: {len(pages)} pages, from a server and from files: {failed} problems")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
