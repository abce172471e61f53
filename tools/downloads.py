"""Pack the built site into a zip, and offer files on the landing page (`make zip`)."""

import os
import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "convolution-backwards.zip"
EPOCH = (1980, 1, 1, 0, 0, 0)
BOX = '<p class="cl-downloads">'


def offer(site, file, name):
    """Put a link to a file at the end of the landing page; replace an older link to it."""
    landing = site / "index.html"
    page = landing.read_text(encoding="utf-8")
    page = re.sub(rf'\s*<a href="{re.escape(file.name)}".*?</a>', "", page)
    size = f"{file.stat().st_size / 2**20:.1f} MB"
    link = f' <a href="{file.name}" download>{name} ({size})</a>'
    if BOX in page:
        page = page.replace(BOX, BOX + link, 1)
    else:
        page, count = re.subn(r"(?=\s*</article>)", f"{BOX}{link}</p>", page, count=1)
        if count != 1:
            raise ValueError("the landing page has no end of an article: there is no place")
    landing.write_text(page, encoding="utf-8")


def pack(site, target):
    """Write all files of the site but archives; the same site gives the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(site.rglob("*")):
            if path.is_file() and path.suffix != ".zip":
                name = f"convolution-backwards/{path.relative_to(site).as_posix()}"
                info = zipfile.ZipInfo(name, EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, path.read_bytes())
    return target


def main():
    """Pack the site, and offer the archive."""
    site = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
    if not (site / "index.html").is_file():
        sys.exit("Nothing is built yet: run  make book  first.")
    target = pack(site, site / NAME)
    offer(site, target, "All pages, to read without a network")
    print(f"{NAME}: {target.stat().st_size / 2**20:.1f} MB. Unpack it, and open index.html.")


if __name__ == "__main__":
    main()
