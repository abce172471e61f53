"""Pack the built site into a zip, and offer files on the landing page (`make zip`)."""

import os
import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "convolution-backwards.zip"
PYTHON = ("_static/python/", "_static/vendor/wheels/")
"""Left out, 30 MB: what is opened from a folder may not start Python."""
BOX = '<p class="cl-downloads">'


def built():
    """Return the folder of the built site."""
    site = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
    if not (site / "index.html").is_file():
        sys.exit("Nothing is built yet: run  make book  first.")
    return site


def offer(site, file, name):
    """Put a link to a file at the end of the landing page; replace an older link to it."""
    landing = site / "index.html"
    page = landing.read_text(encoding="utf-8")
    page = re.sub(rf'\s*<a href="{re.escape(file.name)}".*?</a>', "", page)
    if BOX not in page:
        page = page.replace("</article>", f"{BOX}</p></article>")
    size = f"{file.stat().st_size / 2**20:.1f} MB"
    link = f' <a href="{file.name}" download>{name} ({size})</a>'
    if BOX not in page:
        raise ValueError("the landing page has no end of an article: there is no place")
    landing.write_text(page.replace(BOX, BOX + link), encoding="utf-8")


def pack(site, target):
    """Write all files of the site but archives and Python; the same site gives the same bytes."""
    files = {path.relative_to(site).as_posix(): path for path in sorted(site.rglob("*"))}
    with zipfile.ZipFile(target, "w") as archive:
        for name, path in files.items():
            if not path.is_file() or path.suffix == ".zip" or name.startswith(PYTHON):
                continue
            # without the time of a file, which each build sets anew
            info = zipfile.ZipInfo(f"convolution-backwards/{name}")
            info.external_attr = 0o644 << 16
            archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return target


def main():
    """Pack the site, and offer the archive."""
    site = built()
    target = pack(site, site / NAME)
    offer(site, target, "All pages, to read without a network; their cells do not run there")
    print(f"{NAME}: {target.stat().st_size / 2**20:.1f} MB. Unpack it, and open index.html.")


if __name__ == "__main__":
    main()
