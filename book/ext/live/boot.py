"""Start the page's Python: the only module that knows of the worker around it."""

import json
import logging
import os
import sys

from .loader import Packages, check, unpack
from .runner import Page


def start(manifest, contents, fetch, site, send):
    """Install what every page needs, and return the page.

    Parameters
    ----------
    manifest : str
        JSON, as the build wrote it.
    contents : JsProxy
        The bytes of ``manifest["start"]``, in its order.
    fetch : JsProxy
        Called with the name and the checksum of a file, it returns the bytes at once.
    site : str
        The folder of packages.
    send : JsProxy
        Takes a message, as JSON.
    """
    listed = json.loads(manifest)

    def tell(name, so_far, total):
        send(json.dumps({"type": "loading", "what": name, "bytes": so_far, "total": total}))

    def fetched(file):
        return fetch(file["name"], file["sha256"]).to_bytes()

    for file, proxy in zip(listed["start"], contents, strict=True):
        content = proxy.to_bytes()
        check(content, file)
        unpack(content, file.get("folder", site))
    # The course's style is what Matplotlib begins with, and a page what it draws on.
    os.environ |= {
        "MPLBACKEND": "module://live.plots",
        "MATPLOTLIBRC": f"{site}/convlib/figures/plots.mplstyle",
    }
    # It says at each first import that it looks for fonts.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    sys.meta_path.insert(0, Packages(listed["packages"], fetched, site, tell))
    return Page(lambda output: send(json.dumps({"type": "output", "output": output})))
