"""Bring packages into the page's Python, each when a cell imports it; each file is checked."""

import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import zipfile


class Packages(importlib.abc.MetaPathFinder):
    """Packages that are fetched when a module of theirs is first imported, by whoever does it.

    Parameters
    ----------
    listed : dict
        By name: ``modules``, the names that it brings, and ``files`` with ``name``, ``size`` and
        ``sha256``.
    fetch : callable
        Returns the bytes of such a file. It must wait for them, as an import does.
    site : str
        The folder that the packages go to.
    tell : callable
        Called with the package, the bytes so far and the bytes in all.
    """

    def __init__(self, listed, fetch, site, tell):
        self.fetch, self.site, self.tell = fetch, site, tell
        self.waiting = {module: name for name, got in listed.items() for module in got["modules"]}
        self.listed = listed

    def find_spec(self, fullname, path=None, target=None):
        """Fetch the package of a module that is asked for, and say where it is."""
        name = self.waiting.get(fullname)
        if name is None:
            return None
        self.load(name)
        return importlib.machinery.PathFinder.find_spec(fullname, path, target)

    def load(self, name):
        """Fetch the files of a package; nothing of it counts as there before all of them are.

        Raises
        ------
        ImportError
            If one does not come, or is damaged. The next import tries again.
        """
        files = self.listed[name]["files"]
        total, so_far = sum(file["size"] for file in files), 0
        contents = []
        for file in files:
            self.tell(name, so_far, total)
            contents.append(self._fetched(name, file))
            so_far += file["size"]
        self.tell(name, total, total)
        for content in contents:
            unpack(content, self.site)
        self.waiting = {module: n for module, n in self.waiting.items() if n != name}

    def _fetched(self, name, file):
        try:
            content = self.fetch(file)
        except Exception:  # whatever a browser calls it
            short = file["name"].rpartition("/")[2]
            raise ImportError(
                f"{name} could not be loaded: {short} did not arrive. Is there a network? "
                "Run the cell again to try again."
            ) from None
        check(content, file)
        return content


def check(content, file):
    """See that the bytes of a file are the ones that the site was built with.

    Raises
    ------
    ImportError
        If they are others.
    """
    if hashlib.sha256(content).hexdigest() != file["sha256"]:
        raise ImportError(
            f"{file['name']} is damaged: its checksum is not the one it was built with"
        )


def unpack(content, site):
    """Put what an archive holds into a folder, where it can be imported."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(site)
    importlib.invalidate_caches()
