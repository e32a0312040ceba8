#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""weightport inspect --html, in a headless Chromium.

    test_page.py COMMAND

Exits with 77, and says so, where Chromium or its driver is not installed.
"""
import json
import re
import struct
import sys
import tempfile

import browser
from case import Case, main, run
from containers import Storages, safetensors, tensor, torch_zip
from pickling import Call, Global, ordered_dict

NASTY = ["</script><script>document.title='taken'</script>", "<img src=x onerror=\"document.title='taken'\">", "<!--<script>",
         "a\u2028b\u2029c", "\u202egnp.exe", "\x00\x1b[31m", "' \" & &lt;", "]]>", ")page\"", "{{script}}", "\\u003c", "é漢😀"]


def floats(storages, *numbers):
    return storages.tensor("Float", struct.pack(f"<{len(numbers)}f", *numbers), (len(numbers),), (1,))


class Page(Case):
    @classmethod
    def setUpClass(cls):
        cls.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.addClassCleanup(cls.profile.cleanup)
        cls.browser = browser.Browser(cls.profile.name)
        cls.addClassCleanup(cls.browser.close)

    def page(self, *files):
        path = self.path("page.html")
        self.does("inspect", *files, "--html", path)
        return path

    def open(self, *files):
        self.browser.open(self.page(*files))
        self.assertEqual(self.browser.errors(), [])

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0]).textContent", selector)

    def labels(self):
        return self.browser.run("return [...document.querySelectorAll('.row .label')].map((label) => label.textContent)")

    def click(self, label):
        self.browser.run("""[...document.querySelectorAll('.row')].find(
            (row) => row.querySelector('.label').textContent === arguments[0]).querySelector('.text').click()""", label)

    def checkpoint_file(self, name, bias=0.5):
        storages = Storages()
        shared = storages.add("Float", struct.pack("<4f", 1, 2, 3, 4))
        model = ordered_dict({"fc.weight": tensor(shared, (2, 2), (2, 1)), "fc.bias": floats(storages, bias, float("nan")),
                              "head.weight": tensor(shared, (2, 2), (2, 1))}.items())
        optimizer = {"state": {0: {"step": 10, "exp_avg": floats(storages, 0, 0, 0, 0)}},
                     "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "params": [0, 1]}]}
        odd = Call(Global("evil.module", "Thing"), (), {"x": 1}, how="newobj")
        return self.write(name, torch_zip({"epoch": 7, "model": model, "optimizer": optimizer, "config": odd}, storages))

    def test_a_checkpoint(self):
        self.open(self.checkpoint_file("a.pt"))
        self.assertEqual(self.labels(), ["dict", "epoch", "model", "fc", "head", "optimizer", "state", "param_groups", "config", "x"])
        self.assertIn("torch_zip · 4 tensors · 10 parameters · 40 B in 3 storages · 1 foreign class", self.text("#totals"))
        self.assertIn("epoch7", self.text("#facts"))
        self.assertIn("1 param group, lr 0.1, betas (0.9, 0.999); state of 1: step, exp_avg", self.text("#facts"))
        self.browser.run("document.querySelector('#filter').focus()")
        self.browser.type("fc bias")
        self.assertEqual(self.labels(), ["dict", "model", "fc", "bias"])
        self.click("bias")
        shown = self.text("#details")
        for part in ("model.fc.bias", "float32", "min0.5", "max0.5", "mean0.5", "std–", "NaN1"):
            self.assertIn(part, shown)
        self.assertEqual(self.browser.run("return document.querySelectorAll('.histogram rect').length"), 1)

    def test_a_tensor_without_a_finite_element(self):
        self.open(self.state_dict("a.pt", {"w": [float("nan")]}))
        self.click("w")
        self.assertIn("NaN1", self.text("#details"))
        self.assertEqual(self.browser.run("return document.querySelectorAll('.histogram').length"), 0)

    def test_marks(self):
        self.open(self.checkpoint_file("a.pt"))
        self.browser.run("document.querySelector('#fold').click(); document.querySelector('#fold').click()")
        marks = self.browser.run("""return [...document.querySelectorAll('.row .mark')].map((mark) =>
            [mark.parentElement.querySelector('.label').textContent, mark.textContent])""")
        self.assertEqual(marks, [["weight", "tied"], ["config", "foreign"]])
        self.click("config")
        self.assertIn("evil.module.Thing is foreign", self.text("#details .warn"))

    def test_the_keyboard(self):
        self.open(self.checkpoint_file("a.pt"))
        self.browser.run("document.activeElement.blur()")
        self.browser.type("/")
        self.assertEqual(self.browser.run("return document.activeElement.id"), "filter")
        self.browser.type("exp_avg\ue015")
        self.assertEqual(self.browser.run("return document.activeElement.id"), "list")
        self.browser.type("\ue010")
        self.assertEqual(self.text(".row.chosen .label"), "exp_avg")
        self.browser.type("\ue012\ue012")
        self.assertEqual((self.text(".row.chosen .label"), self.labels()[-1]), ("0", "0"))

    def test_nothing_in_a_file_gets_out_of_its_place(self):
        storages = Storages()
        root = {key: floats(storages, i) for i, key in enumerate(NASTY)}
        root["value"] = NASTY[0]
        root["object"] = Call(Global("</script>", "<b>"), (), {}, how="newobj")
        path = self.write("<b>&\u2028.pt", torch_zip(root, storages))
        self.page(path)
        html = self.read("page.html").decode()
        inside = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)[1]
        self.assertNotRegex(inside, "[<\u2028\u2029]")
        data = json.loads(inside)
        self.assertEqual([node.get("k") for node in data["files"][0]["nodes"]], [None, *NASTY, "value", "object"])
        self.open(path)
        self.browser.run("document.querySelector('#fold').click(); document.querySelector('#fold').click()")
        self.assertEqual(self.browser.run("return [document.scripts.length, document.images.length, document.querySelectorAll('b').length]"),
                         [2, 0, 0])
        self.assertEqual(self.browser.run("return document.title"), "<b>&\u2028.pt · weightport")
        shown = self.labels()
        for key in NASTY[3:]:
            self.assertIn(key.rsplit(".", 1)[-1], shown)

    def test_two_files(self):
        self.open(self.checkpoint_file("a.pt"), self.checkpoint_file("b.pt", bias=0.75))
        self.assertEqual(self.text("#totals"), "1 changed · 0 missing · 0 added")
        self.assertEqual(self.labels(), ["model.fc.bias"])
        shown = self.text("#details")
        for part in ("changed", "a.pt", "b.pt", "mean0.5", "mean0.75"):
            self.assertIn(part, shown)
        self.browser.run("document.querySelectorAll('#tabs button')[2].click()")
        self.assertIn("torch_zip", self.text("#totals"))
        self.browser.run("document.querySelector('#filter').focus()")
        self.browser.type("bias")
        self.assertEqual(self.text(".mark.changed"), "changed")

    def test_a_file_without_tensors(self):
        self.open(self.write("a.pt", torch_zip([1, 2], Storages())))
        self.assertIn("[1, 2]", self.text("#details"))

    def test_20000_tensors(self):
        path = self.write("a.safetensors", safetensors({
            f"layers.{i // 10}.part{i % 10}.weight": ("F32", (4,), struct.pack("<4f", i, 1, 2, 3)) for i in range(20000)}))
        self.open(path)
        self.assertIn("20,000 tensors", self.text("#totals"))
        self.assertEqual(self.browser.run("return document.querySelectorAll('.row').length < 100"), True)
        self.browser.run("document.querySelector('#filter').focus()")
        self.browser.type("1234.part5")
        self.assertEqual(self.labels()[-2:], ["part5", "weight"])
        print("ready after", self.browser.run("return document.documentElement.dataset.ready"), "ms, drawn after", self.browser.run(
            "return Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1)"), "ms", file=sys.stderr)

    def test_wrong_use(self):
        path = self.checkpoint_file("a.pt")
        self.fails("inspect", path, "--html", path, status=2)
        self.fails("inspect", path, path, status=2)
        self.fails("inspect", path, "--json", "--html", self.path("out.html"), status=2)
        self.fails("inspect", path, "--html", self.path("missing/out.html"))
        self.fails("inspect", self.write("bad.pt", b"bad"), "--html", self.path("out.html"))
        self.assertNotIn("out.html", self.names())


if __name__ == "__main__":
    if name := browser.missing():
        print(f"skipped: {name} is not installed")
        sys.exit(77)
    main(__doc__)
