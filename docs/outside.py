"""mdBook's preprocessor: what pages say of files outside docs/.

In the repository such a link leads to the file. In the book it leads to the repository's address (`git-repository-url`
in book.toml), or, as long as there is none, it is a text that names the file.
https://rust-lang.github.io/mdBook/for_developers/preprocessors.html
"""

import json
import posixpath
import re
import sys

BRANCH = "main"
# A fenced block, which is left alone, or a link.
PIECE = re.compile(r"^ *```.*?^ *```$|(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)", re.M | re.S)


def rewritten(text, page, address):
    """The page's text; `page` is its path below docs/."""

    def link(found):
        if found[2] is None:
            return found[0]
        target, _, anchor = found[2].partition("#")
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), target))
        if re.match(r"[a-z]+:", target) or not target or path.startswith("docs/"):
            return found[0]
        if address:
            return f"[{found[1]}]({address}/blob/{BRANCH}/{path}{'#' * bool(anchor)}{anchor})"
        return found[1] if path in found[1] else f"{found[1]} (`{path}`)"

    return PIECE.sub(link, text)


def each_chapter(items, change):
    for item in items:
        if isinstance(item, dict) and "Chapter" in item:
            chapter = item["Chapter"]
            if chapter["path"]:
                chapter["content"] = change(chapter["content"], chapter["source_path"])
            each_chapter(chapter["sub_items"], change)


def main():
    context, book = json.load(sys.stdin)
    address = context["config"]["output"]["html"].get("git-repository-url", "").rstrip("/")
    each_chapter(book["items"], lambda text, page: rewritten(text, page, address))
    json.dump(book, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1:2] != ["supports"]:
        main()
