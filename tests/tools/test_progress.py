#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The progress bar on a terminal, and Ctrl-C.

    test_progress.py COMMAND
"""
import json
import os
import pathlib
import pty
import signal
import struct
import subprocess

import case
from case import Case, main

SIZE = 1 << 24


class Terminal:
    """The command with standard error on a terminal of its own."""

    def __init__(self, *args, after="0", term="xterm"):
        self.screen, end = pty.openpty()
        environment = dict(os.environ, WEIGHTPORT_PROGRESS_AFTER=after, TERM=term)
        self.process = subprocess.Popen([case.command, *map(str, args)], stdout=subprocess.PIPE, stderr=end, env=environment,
                                        start_new_session=True)
        os.close(end)
        self.shown = b""

    def read(self):
        """What was shown next; nothing once the command has ended."""
        try:
            text = os.read(self.screen, 65536)
        except OSError:
            text = b""
        self.shown += text
        return text

    def finish(self):
        while self.read():
            pass
        os.close(self.screen)
        out = self.process.communicate(timeout=300)[0].decode()
        return self.process.returncode, out, self.shown.decode()


class Progress(Case):
    def holes(self, name):
        """A safetensors file of a gigabyte of zeros, which takes no place on the disk."""
        header = {f"w{i}": {"dtype": "F32", "shape": [SIZE // 4], "data_offsets": [i * SIZE, (i + 1) * SIZE]} for i in range(64)}
        text = json.dumps(header).encode()
        path = self.write(name, struct.pack("<Q", len(text)) + text)
        os.truncate(path, 8 + len(text) + 64 * SIZE)
        return path

    def test_a_bar_that_goes_away(self):
        status, out, shown = Terminal("verify", self.holes("a.safetensors")).finish()
        self.assertEqual((status, out), (0, self.path("a.safetensors") + ": ok\n"))
        lines = shown.split("\r")
        self.assertRegex(lines[1], r"\Averify \[=* *\] +\d+%  \S+ \w+ of 1\.0 GiB  \S+ \w+/s  \d+ \w+ left\x1b\[K\Z")
        self.assertEqual(lines[-1], "\x1b[K")

    def test_no_bar(self):
        source = self.state_dict("a.pt", {"w": [1]})
        for args in ({"after": "1"}, {"after": "not a number"}, {"term": "dumb"}):
            with self.subTest(args):
                self.assertEqual(Terminal("convert", source, self.path("out.pt"), **args).finish(), (0, "", ""))
        piped = dict(os.environ, WEIGHTPORT_PROGRESS_AFTER="0", TERM="xterm")
        self.assertEqual(case.run("verify", source, env=piped), (0, source + ": ok\n", ""))

    def test_an_interrupt_leaves_the_old_file(self):
        source, old = self.holes("a.safetensors"), self.write("out.safetensors", b"old")
        for number in (signal.SIGINT, signal.SIGTERM):
            command = Terminal("convert", source, old, "--dtype", "bfloat16")
            command.read()
            command.process.send_signal(number)
            status, out, shown = command.finish()
            self.assertEqual((status, out), (-number, ""))
            self.assertTrue(shown.endswith("\r\x1b[Kweightport: interrupted\r\n"), shown)
            self.assertEqual((self.names(), self.read("out.safetensors")), (["a.safetensors", "out.safetensors"], b"old"))

    def test_an_interrupt_of_a_regular_expression(self):
        # Each name takes nearly as many steps as are allowed, and all of them minutes.
        source = self.state_dict("a.pt", {"a" * 20 + str(i): [1] for i in range(2000)})
        command = Terminal("convert", source, self.path("out.pt"), "--rename", "(a+)+c=y", after="1000")
        ticks = lambda: int(pathlib.Path(f"/proc/{command.process.pid}/stat").read_text().rpartition(")")[2].split()[11])
        while ticks() < 0.3 * os.sysconf("SC_CLK_TCK") and command.process.poll() is None:
            pass
        command.process.send_signal(signal.SIGTERM)
        self.assertEqual(command.finish(), (-signal.SIGTERM, "", "weightport: interrupted\r\n"))
        self.assertEqual(self.names(), ["a.pt"])

    def test_a_second_signal_ends_the_command_at_once(self):
        a, b = self.state_dict("a.pt", {f"{i}": [1] for i in range(20000)}), self.state_dict("b.pt", {})
        command = subprocess.Popen([case.command, "diff", a, b], stdout=subprocess.PIPE)
        # Now it waits until somebody reads the rest.
        os.read(command.stdout.fileno(), 1)
        for number in (signal.SIGINT, signal.SIGTERM):
            command.send_signal(number)
        self.assertIn(command.wait(timeout=60), (-signal.SIGINT, -signal.SIGTERM))
        command.stdout.close()


if __name__ == "__main__":
    main(__doc__)
