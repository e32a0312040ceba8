#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The code in the guides is code that the tests run: a block after <!-- snippet FILE REGION --> is what stands between [REGION]
and [end] in docs/snippets/FILE.

    snippets.py [--write]    says which blocks differ, and that every wp_* name in a guide is in a header; --write fills them in
"""
import pathlib
import re
import sys
import textwrap

DOCS = pathlib.Path(__file__).resolve().parent
HEADERS = DOCS.parent / "include"
BLOCK = re.compile(r"(<!-- snippet (\S+) (\S+) -->\n```\w+\n)(.*?)(```\n)", re.DOTALL)
NAME = re.compile(r"\b(?:wp|WP)_\w+")


def regions(path):
    """Name -> text of the marked regions of a file; one that comes up twice is joined."""
    found, current = {}, None
    for line in path.read_text().splitlines(keepends=True):
        marker = re.fullmatch(r"\s*(?://|#|/\*) \[(\w+)\](?: \*/)?\s*", line)
        if not marker:
            if current:
                found[current] += line
        elif marker[1] == "end":
            current = None
        else:
            current = marker[1]
            found.setdefault(current, "")
    return {name: textwrap.dedent(text).strip("\n") + "\n" for name, text in found.items()}


def unknown_names(guide, text, known):
    return [f"{guide.name}: no header has {name}" for name in sorted(set(NAME.findall(text)) - known) if not name.endswith("_")]


def main(write):
    problems, known = [], set()
    for header in HEADERS.rglob("*.h"):
        known.update(NAME.findall(header.read_text()))
    for guide in sorted(DOCS.glob("*.md")):
        text = guide.read_text()

        def filled(block):
            wanted = regions(DOCS / "snippets" / block[2]).get(block[3])
            if wanted is None:
                problems.append(f"{guide.name}: {block[2]} has no region {block[3]}")
                return block[0]
            if wanted != block[4] and not write:
                problems.append(f"{guide.name}: the block {block[2]} {block[3]} is not what the file has: docs/snippets.py --write")
            return block[1] + wanted + block[5]

        new = BLOCK.sub(filled, text)
        if len(BLOCK.findall(text)) != text.count("<!-- snippet "):
            problems.append(f"{guide.name}: a snippet comment without its block")
        problems += unknown_names(guide, new, known)
        if write:
            guide.write_text(new)
    print(*problems, sep="\n", end="\n" if problems else "")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main("--write" in sys.argv[1:]))
