"""Links in documents lead somewhere."""

import re
import unittest

import markdown


class Links(unittest.TestCase):
    def test_every_link_into_the_repository_resolves(self):
        for path in markdown.files():
            for link in markdown.links(path):
                with self.subTest(f"{path.name} → {link}"):
                    file, _, anchor = link.partition("#")
                    target = (path.parent / file).resolve() if file else path
                    self.assertTrue(target.exists(), "no such file")
                    if anchor:
                        self.assertIn(anchor, markdown.anchors(target))

    def test_every_make_target_named_exists(self):
        makefile = (markdown.ROOT / "Makefile").read_text()
        targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
        for path in markdown.files():
            for named in re.findall(r"`make ([a-z-]+)`", path.read_text()):
                with self.subTest(f"{path.name}: make {named}"):
                    self.assertIn(named, targets)


if __name__ == "__main__":
    unittest.main()
