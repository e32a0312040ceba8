#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a stranger meets first: wrong files, --help, completions.

    test_first_contact.py COMMAND
"""
import gzip
import io
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import time
import zipfile

from case import Case, main, run

COMPLETIONS = pathlib.Path(__file__).resolve().parents[2] / "tools" / "completions"
COMMANDS = ["inspect", "stats", "convert", "verify", "diff", "merge", "help"]


def zipped(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


class WrongFiles(Case):
    def test_each_says_what_it_is(self):
        files = {
            "empty": (b"", "the file is empty"), "gzip": (gzip.compress(b"a" * 99), "gzip"),
            "keras": (b"\x89HDF\r\n\x1a\n" + b"\0" * 40, "HDF5"), "onnx": (b"\x08\x07\x12\x07pytorch\x1a\x042.14", "ONNX"),
            "gguf": (b"GGUF\3\0\0\0" + b"\0" * 16, "GGUF"), "lite": (b"\x1c\0\0\0TFL3" + b"\0" * 16, "TensorFlow Lite"),
            "pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "Git LFS pointer"),
            "page": (b"\n <!doctype HTML><html>", "a web page"), "npy": (b"\x93NUMPY\1\0", "numpy"),
            "pickle": (b"\x80\x04K\x01.", "a pickle, but torch.save did not write it"),
            "text": (b"version 2 of my notes", "this is no PyTorch or safetensors file\n"),
            "npz": (zipped("a.npy"), "this is a zip archive, but not PyTorch's: it looks like a numpy .npz"),
            "office": (zipped("[Content_Types].xml"), "an Office document"), "jar": (zipped("META-INF/MANIFEST.MF"), "a Java archive"),
            "package": (zipped("p/.data/extern_modules", "p/m/m.pkl"), "this is a torch.package: load it with"),
            "export": (zipped("serialized_state_dict.pt", "serialized_constants.pt"), "open serialized_state_dict.pt"),
            "export 2.8": (zipped("e/archive_format", "e/data/sample_inputs/model.pt", "e/data/weights/model.pt"),
                           "open e/data/weights/model.pt"),
            "export 2.14": (zipped("e/data/weights/weight_0", "e/data/sample_inputs/model.pt", "e/archive_format"),
                            "a program of torch.export: load it with torch.export.load"),
            "flatbuffer": (b"\x2c\0\0\0PTMF" + b"\0" * 16, "this is TorchScript for mobile devices as a flatbuffer"),
            "zipped": (zipped("readme", "net/model.pth"), "unpack it, and open net/model.pth"),
            "other": (zipped("a/b"), "it has no record a/data.pkl")}
        for name, (data, said) in files.items():
            with self.subTest(name):
                self.assertIn(said, self.fails("inspect", self.write(name, data)))

    def test_no_file(self):
        self.assertIn("this is a folder", self.fails("inspect", self.folder))
        self.assertIn("this is a device", self.fails("inspect", "/dev/null"))
        os.mkfifo(self.path("fifo"))
        self.assertIn("this is a pipe, which cannot be read at any place", self.fails("inspect", self.path("fifo")))
        status, _, err = run("inspect", "/dev/stdin", input=b"")
        self.assertEqual(status, 1)
        self.assertIn("this is a pipe", err)
        self.assertIn("No such file", self.fails("inspect", self.path("missing")))


class Help(Case):
    def test_it_shows_every_command_and_how_to_begin(self):
        status, out, err = run("--help")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(re.findall(r"^  (\w+) {3,}", out, re.M), COMMANDS)
        self.assertIn("weightport inspect model.pt", out)

    def test_the_command_help(self):
        self.assertEqual(run("help"), run("--help"))
        for command in COMMANDS[:-1]:
            self.assertEqual(run("help", command), run(command, "--help"))
        self.assertIn("Usage: weightport inspect [OPTIONS] FILE [OTHER]\n", run("help", "inspect")[1])
        self.assertIn('"verfy" is no command: is verify meant?', self.fails("help", "verfy", status=2))

    def test_a_mistyped_command(self):
        for word, meant in (("verfy", "verify"), ("inspct", "inspect"), ("stat", "stats"), ("Diff", "diff"), ("mrege", "merge")):
            self.assertIn(f'"{word}" is no command: is {meant} meant?', self.fails(word, "x", status=2))
        self.assertIn('"frobnicate" is no command; see weightport --help', self.fails("frobnicate", status=2))

    def test_without_a_command(self):
        status, out, err = run()
        self.assertEqual((status, out), (2, ""))
        self.assertIn("--help", err)


def options_of(command):
    return sorted(set(re.findall(r"--[a-z-]+", run(command, "--help")[1].split("Options:")[1].split("Example")[0])))


class Completions(Case):
    def bash(self, *words):
        script = ('source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _weightport; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-c", script, COMPLETIONS / "weightport.bash", "weightport", *words],
                              capture_output=True, text=True, check=True, cwd=self.folder)
        return sorted(done.stdout.split())

    def test_commands(self):
        self.assertEqual(self.bash("in"), ["inspect"])
        self.assertEqual(self.bash(""), sorted([*COMMANDS, "--help", "--version"]))

    def test_every_option_of_every_command(self):
        for command in COMMANDS:
            with self.subTest(command):
                known = [option for option in options_of(command) if "torch.load" not in option]
                self.assertEqual(self.bash(command, "--"), known)
                for option in known:
                    if option != "--help":
                        self.assertIn(option, (COMPLETIONS / "_weightport").read_text())

    def test_values_and_files(self):
        self.write("model.pt", b"")
        self.assertEqual(self.bash("convert", "--to", "safe"), ["safetensors", "safetensors_index"])
        self.assertEqual(self.bash("convert", "--key", ""), [])
        self.assertEqual(self.bash("inspect", "mo"), ["model.pt"])
        self.assertEqual(self.bash("help", "ver"), ["verify"])

    def test_zsh(self):
        if not shutil.which("zsh"):
            print("skipped: zsh is not installed")
            return
        self.write("model.pt", b"")
        with Zsh(self.folder) as zsh:
            for typed, completed in (
                    ("ins", "inspect "),
                    ("inspect --che", "inspect --checksum "),
                    ("inspect mod", "inspect model.pt "),
                    ("convert --to safetensors_", "convert --to safetensors_index "),
                    ("convert --dtype fl", "convert --dtype float"),
                    ("convert --dtype bfl", "convert --dtype bfloat16 "),
                    ("diff model.pt mod", "diff model.pt model.pt "),
                    ("merge --over", "merge --overwrite "),
                    ("stats --js", "stats --json "),
                    ("verify --js", "verify --json "),
                    ("help con", "help convert ")):
                with self.subTest(typed):
                    self.assertEqual(zsh.complete(f"weightport {typed}"), f"weightport {completed}")


class Zsh:
    """A shell on a terminal of its own, in which somebody presses the tabulator."""

    SETUP = """
fpath=({completions} $fpath)
autoload -Uz compinit && compinit -u -D
show() {{ print -r -- "$BUFFER" >shown.new; mv shown.new shown; BUFFER= }}
zle -N show
bindkey '^I' complete-word '^T' show
"""
    TAB, SHOW = b"\t", b"\x14"

    def __init__(self, folder):
        self.folder = folder
        (folder / "setup.zsh").write_text(self.SETUP.format(completions=COMPLETIONS))

    def __enter__(self):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(self.folder)
            os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "TERM": "dumb"})
        os.write(self.terminal, b". ./setup.zsh\n")
        return self

    def __exit__(self, *_):
        os.close(self.terminal)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def complete(self, text):
        shown = self.folder / "shown"
        shown.unlink(missing_ok=True)
        os.write(self.terminal, text.encode() + self.TAB + self.SHOW)
        printed, end = b"", time.monotonic() + 60
        while not shown.exists():
            if time.monotonic() > end:
                raise AssertionError(f"zsh gave no answer: {printed!r}")
            if select.select([self.terminal], [], [], 0.02)[0]:
                printed += os.read(self.terminal, 1 << 16)
        return shown.read_text()[:-1]


if __name__ == "__main__":
    main(__doc__)
