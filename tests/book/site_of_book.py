"""What is wrong with a built book: links, anchors and pictures that lead nowhere, things fetched from elsewhere."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself, as opposed to what a reader may follow.
FETCHED = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src"), ("source", "src"), ("object", "data")}
FOLLOWED = {("a", "href")}


class Page(HTMLParser):
    """One page: its anchors, and what it refers to."""

    def __init__(self, text):
        super().__init__()
        self.base, self.ids, self.fetched, self.followed, self.without_alt = "", set(), [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "base":
            self.base = given["href"]
        for name, value in attributes:
            if (tag, name) in FETCHED:
                self.fetched.append(value or "")
            if (tag, name) in FOLLOWED:
                self.followed.append(value or "")
        if tag == "img" and not (given.get("alt") or "").strip():
            self.without_alt.append(given.get("src"))


def faults(root):
    """One line for each thing that is wrong in the book below `root`."""
    pages = {path: Page(path.read_text()) for path in sorted(root.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        found += [f"{path.relative_to(root)} → {what}" for what in wrong_in(page, path, pages, root)]
    return found


def wrong_in(page, path, pages, root):
    for source in page.without_alt:
        yield f"{source}: a picture without words"
    for target in page.fetched:
        if urlsplit(target).scheme or target.startswith("//"):
            yield f"{target}: fetched from elsewhere"
        elif why := broken(target, page, path, pages, root):
            yield f"{target}: {why}"
    for target in page.followed:
        parts = urlsplit(target)
        if target.startswith("//") or parts.scheme not in ("", "https") and parts.hostname != "localhost":
            yield f"{target}: neither a page of the book nor https"
        elif not parts.scheme and (why := broken(target, page, path, pages, root)):
            yield f"{target}: {why}"


def broken(target, page, path, pages, root):
    """Why a reference into the book leads nowhere, or None."""
    parts = urlsplit(target)
    from_root = page.base == "/" or parts.path.startswith("/")
    file = path
    if parts.path:
        file = ((root if from_root else path.parent) / unquote(parts.path).lstrip("/")).resolve()
    if file != root and root not in file.parents:
        return "leaves the book"
    if not file.is_file():
        return "no such file"
    if parts.fragment and file in pages and unquote(parts.fragment) not in pages[file].ids:
        return "no such anchor"
    return None


def unlisted(docs):
    """Pages that the summary does not name; nobody would find them."""
    listed = set(re.findall(r"\]\(([^)]+)\)", (docs / "SUMMARY.md").read_text()))
    pages = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")} - {"SUMMARY.md"}
    return sorted(pages - listed)
