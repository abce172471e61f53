"""Serve the built site, for a test or a measurement: on a free port, and without a log."""

import contextlib
import functools
import gzip
import http.server
import threading
from pathlib import Path

COMPRESSED = {".html", ".css", ".js", ".json", ".mjs", ".svg", ".wasm", ".xml"}


@functools.cache
def squeezed(path, _changed):
    """Compress a file, once for each time that it changed."""
    return gzip.compress(path.read_bytes(), 9)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve a folder under a prefix, and nothing beside it; compress text if asked to."""

    protocol_version = "HTTP/1.1"  # one connection for many files, as every host of sites has

    def __init__(self, *args, prefix, compressed, **kwargs):
        self.prefix, self.compressed = prefix, compressed
        super().__init__(*args, **kwargs)

    def translate_path(self, path):
        """Return a path in the folder; of an address beside the prefix, one that is not there."""
        inside = path.startswith(self.prefix)
        return super().translate_path("/" + path.removeprefix(self.prefix)) if inside else "/absent"

    def do_GET(self):
        """Send one file."""
        path = Path(self.translate_path(self.path))
        if not self.compressed or path.suffix not in COMPRESSED or not path.is_file():
            super().do_GET()
            return
        body = squeezed(path, path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Cache-Control", "max-age=3600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


@contextlib.contextmanager
def serving(site, prefix="/", compressed=False, handler=Handler):
    """Serve a folder for as long as the block runs; give its address."""
    handler = functools.partial(handler, directory=str(site), prefix=prefix, compressed=compressed)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
