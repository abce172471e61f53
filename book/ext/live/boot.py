"""Start the page's Python: the only module that knows of the worker around it."""

import json
import sys

from loader import Packages, install
from runner import Page


def start(manifest, contents, fetch, site, send):
    """Install what every page needs, and return the page.

    Parameters
    ----------
    manifest : str
        JSON, as the build wrote it.
    contents : JsProxy
        The bytes of ``manifest["start"]``, in its order.
    fetch : JsProxy
        Returns the bytes of a file's name at once.
    site : str
        The folder of packages.
    send : JsProxy
        Takes a message, as JSON.
    """
    listed = json.loads(manifest)

    def tell(name, so_far, total):
        send(json.dumps({"type": "loading", "what": name, "bytes": so_far, "total": total}))

    for file, content in zip(listed["start"], contents, strict=True):
        install(content.to_bytes(), file, file.get("folder", site))
    packages = Packages(listed["packages"], lambda name: fetch(name).to_bytes(), site, tell)
    sys.meta_path.append(packages)
    return Page(lambda output: send(json.dumps({"type": "output", "output": output})))
