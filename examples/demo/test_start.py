"""docs/start.md: each command on it is run here, against a demo, and says what the page shows."""

import re
import subprocess
import tempfile
import unittest

from parts import ROOT
from ports import Ports
from test_demo import demo

PAGE = ROOT / "docs" / "start.md"
STEP = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)


class Start(unittest.TestCase):
    def test_each_command_says_what_the_page_shows(self):
        (first, shown), *steps = STEP.findall(PAGE.read_text())
        self.assertEqual((first, shown), ("make demo\n", ""))
        self.assertGreater(len(steps), 4, "the page is not read right")
        with demo() as (_, told), tempfile.TemporaryDirectory() as directory:
            for command, shown in steps:
                self.assertTrue(shown, command)
                done = subprocess.run(
                    ["sh", "-ec", with_ports(command, told["ports"])],
                    cwd=directory,
                    capture_output=True,
                    text=True,
                    timeout=30,
                )
                self.assertEqual(done.returncode, 0, f"{command}{done.stderr}")
                for line in shown.splitlines():
                    with self.subTest(f"{command.strip()}: {line}"):
                        self.assertIn(line, done.stdout)
                # What was refused: the page says that the bank does not have it.
                if "-d" not in command:
                    self.assertNotIn('"amount":1500', done.stdout)


def with_ports(command, ports):
    """The command, at the ports of a demo that may take any."""
    for name, usual in vars(Ports()).items():
        command = command.replace(f"localhost:{usual}", f"localhost:{ports[name]}")
    return command


if __name__ == "__main__":
    unittest.main()
