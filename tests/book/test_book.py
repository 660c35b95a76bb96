"""The documentation as a book: it builds without a warning, and everything in it leads somewhere."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import site_of_book as site

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
ADDRESS = "https://repository.example/countersign"

sys.path.insert(0, str(DOCS))
import outside  # noqa: E402: it is mdBook's, and lies beside the pages


class Book(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.root = Path(cls.directory.name).resolve()
        cls.said = build(cls.root)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_it_builds_without_a_warning(self):
        self.assertNotRegex(self.said, r"(?i)\b(warn|error)")
        self.assertIn(f"open {self.root}/index.html", self.said)

    def test_every_page_is_in_the_summary(self):
        self.assertEqual(site.unlisted(DOCS), [])

    def test_every_link_anchor_and_picture_leads_somewhere(self):
        self.assertEqual(site.faults(self.root), [])

    def test_it_can_be_read_without_javascript(self):
        pages = [path for path in self.root.rglob("*.html") if path.name not in ("toc.html", "404.html", "print.html")]
        self.assertGreater(len(pages), 20)
        for path in pages:
            with self.subTest(path.name):
                self.assertRegex(path.read_text(), r'<noscript>\s*<iframe class="sidebar-iframe-outer" src="[^"]*toc\.html"')

    def test_with_the_repositorys_address_links_lead_there(self):
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory).resolve()
            build(root, MDBOOK_OUTPUT__HTML__GIT_REPOSITORY_URL=ADDRESS)
            self.assertEqual(site.faults(root), [])
            text = "".join(path.read_text() for path in root.rglob("*.html"))
            links = set(re.findall(rf'href="{ADDRESS}/blob/main/([^"#]+)', text))
            self.assertIn("envoy/envoy.yaml", links)
            for link in links:
                self.assertTrue((ROOT / link).exists(), link)


class Outside(unittest.TestCase):
    def test_what_becomes_of_a_link(self):
        for name, text, with_address, without in [
            ("to a page", "[a](wire.md#x)", "[a](wire.md#x)", "[a](wire.md#x)"),
            ("to an anchor", "[a](#x)", "[a](#x)", "[a](#x)"),
            ("elsewhere", "[a](https://b.example)", "[a](https://b.example)", "[a](https://b.example)"),
            ("outside", "[a](../core/x.rs#L1)", f"[a]({ADDRESS}/blob/main/core/x.rs#L1)", "a (`core/x.rs`)"),
            ("outside, named", "[`core/x.rs`](../core/x.rs)", f"[`core/x.rs`]({ADDRESS}/blob/main/core/x.rs)", "`core/x.rs`"),
            ("in a block", "```\n[a](../b)\n```", "```\n[a](../b)\n```", "```\n[a](../b)\n```"),
            ("a picture", "![a](flow.svg)", "![a](flow.svg)", "![a](flow.svg)"),
        ]:
            with self.subTest(name):
                self.assertEqual(outside.rewritten(text, "page.md", ADDRESS), with_address)
                self.assertEqual(outside.rewritten(text, "page.md", ""), without)

    def test_a_page_further_down_counts_from_where_it_is(self):
        self.assertEqual(outside.rewritten("[a](../wire.md)", "how-to/x.md", ""), "[a](../wire.md)")
        self.assertEqual(outside.rewritten("[a](../../b.md)", "how-to/x.md", ""), "a (`b.md`)")


class Checker(unittest.TestCase):
    def test_it_sees_what_is_wrong(self):
        for name, html, expected in [
            ("sound", '<a href="b.html#there">b</a><img src="p.svg" alt="p"><a href="https://x.example">x</a>', None),
            ("a page", '<a href="c.html">c</a>', "no such file"),
            ("an anchor", '<a href="b.html#gone">b</a>', "no such anchor"),
            ("an anchor here", '<a href="#gone">b</a>', "no such anchor"),
            ("a picture", '<img src="q.svg" alt="q">', "no such file"),
            ("a picture without words", '<img src="p.svg">', "without words"),
            ("a picture from elsewhere", '<img src="https://x.example/p.svg" alt="p">', "fetched from elsewhere"),
            ("a script from elsewhere", '<script src="//x.example/p.js"></script>', "fetched from elsewhere"),
            ("out of the book", '<a href="../x.html">x</a>', "leaves the book"),
            ("a directory", '<a href="./">x</a>', "no such file"),
            ("plain http", '<a href="http://x.example">x</a>', "nor https"),
        ]:
            with self.subTest(name), tempfile.TemporaryDirectory() as directory:
                root = Path(directory).resolve()
                (root / "a.html").write_text(html)
                (root / "b.html").write_text('<h1 id="there">b</h1>')
                (root / "p.svg").write_text("<svg/>")
                found = site.faults(root)
                self.assertEqual(len(found), int(expected is not None), found)
                if expected:
                    self.assertIn(expected, found[0])

    def test_it_sees_a_page_that_nobody_would_find(self):
        with tempfile.TemporaryDirectory() as directory:
            docs = Path(directory)
            (docs / "SUMMARY.md").write_text("- [a](a.md)\n")
            (docs / "a.md").write_text("# A\n")
            (docs / "b.md").write_text("# B\n")
            self.assertEqual(site.unlisted(docs), ["b.md"])


def build(root, **environment):
    """Builds the book below `root`, and gives what was said."""
    done = subprocess.run(
        ["make", "--no-print-directory", "-s", "book", f"BOOK={root}"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise AssertionError(done.stdout)
    return done.stdout


if __name__ == "__main__":
    unittest.main()
