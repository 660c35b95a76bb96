"""What the tests read in the project's Markdown files."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def files():
    """Every Markdown file that is committed, or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).exists()]


def blocks(path, language):
    """The fenced blocks of a language."""
    return [text for name, text in _FENCE.findall(path.read_text()) if name == language]


def prose(path):
    """The text without its fenced blocks."""
    return _FENCE.sub("", path.read_text())


def links(path):
    """Link targets inside the repository."""
    return [link for link in _LINK.findall(prose(path)) if not re.match(r"[a-z]+:", link)]


def anchors(path):
    """The anchors that the headings make."""
    headings = re.findall(r"^#{1,6} (.*)$", prose(path), re.M)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def table(path, heading):
    """The rows of the first table below a heading, header and rule left out; cells without backticks."""
    text = path.read_text().split(f"\n{heading}\n", 1)[1]
    rows = re.search(r"(?:^\|.*\n)+", text, re.M).group().splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
