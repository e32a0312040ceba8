#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Plays the game without a display, changing the opponent in the middle, and holds every move beside PyTorch's.

    play.py GAME [PICTURE.png]

The game's own log says what the opponent saw: rules.py must see the same, and the checkpoint, loaded and run by torch, must give
the same scores and the same move.
"""
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

try:
    import torch
except ImportError:
    print("skipped: this Python has no torch")
    sys.exit(77)

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "game"
sys.path.insert(0, str(SOURCES))
import rules  # noqa: E402
import train  # noqa: E402

EACH, SEED, TOLERANCE = 500, 7, 1e-4


def opponents():
    """The networks of the archive the game reads, by skill."""
    found = {}
    with zipfile.ZipFile(SOURCES / "policies.zip") as archive:
        for name in archive.namelist():
            saved = torch.load(io.BytesIO(archive.read(name)))
            model = train.network()
            model.load_state_dict(saved["policy"])
            found[saved["skill"]] = model
    return found


def play(game, folder):
    """The lines of the log of at least EACH frames of each opponent."""
    log, picture = folder / "log.txt", folder / "picture.bmp"
    subprocess.run([game, "--archive", SOURCES / "policies.zip", "--auto", "--slow", "--swap", str(EACH), "--frames", str(EACH),
                    "--log", log, "--picture", picture], check=True, env={**os.environ, "SDL_VIDEODRIVER": "dummy"})
    return [line.split() for line in log.read_text().splitlines()], picture


@torch.no_grad()
def compare(lines):
    models, game, frames = opponents(), rules.Rules(SEED), {}
    for number, (skill, player, *rest) in enumerate(lines):
        observation, scores, reply = list(map(float, rest[:6])), list(map(float, rest[6:9])), int(rest[9])
        if game.paddle_y[rules.LEFT] != observation[5] * 4096 and not frames:
            # The player may move before the first opponent is there.
            game.paddle_y[rules.LEFT] = int(observation[5] * 4096)
        seen = game.observe(rules.RIGHT)
        if seen != observation:
            sys.exit(f"frame {number}: the game sees {observation}, rules.py {seen}")
        right = models[skill](torch.tensor(observation))
        same = torch.allclose(right, torch.tensor(scores), rtol=TOLERANCE, atol=TOLERANCE)
        # Two moves may be equally good but for the order of a sum.
        if not same or right[reply] < right.max() - TOLERANCE:
            sys.exit(f"frame {number}: the game's {skill} opponent has {scores} and plays {reply}, PyTorch has {right.tolist()}")
        game.step(int(player), reply)
        frames[skill] = frames.get(skill, 0) + 1
    if list(frames) != ["easy", "hard"] or min(frames.values()) < EACH:
        sys.exit(f"frames of each opponent: {frames}")
    moves = [line[-1] for line in lines]
    if set(moves) != {"0", "1", "2"}:
        sys.exit(f"only the moves {set(moves)} were seen")
    print(f"{len(lines)} frames, {frames['easy']} easy and {frames['hard']} hard: all moves are PyTorch's; "
          f"score {game.score[0]} : {game.score[1]}")


def main(game, png=None):
    with tempfile.TemporaryDirectory() as folder:
        lines, picture = play(game, pathlib.Path(folder))
        compare(lines)
        if png:
            from PIL import Image

            Image.open(picture).quantize(16).save(png, optimize=True)
            print(f"picture: {png}")


if __name__ == "__main__":
    main(*sys.argv[1:])
