#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Trains the two opponents and packs them into the game's archive. The same archive comes out each time on one machine.

    train.py ARCHIVE.zip

Each imitates a teacher that is written out below: the easy one runs after the ball when it is close, the hard one goes to where
the ball will arrive and hits it with the paddle's edge.
"""
import io
import random
import sys
import zipfile

import torch
from torch import nn

import rules
from rules import AIM, FIELD_HEIGHT, FIELD_WIDTH, HIGHEST, LEFT, LOWEST, PADDLE_SPEED, REACH, RIGHT, Rules

FRAMES, EPOCHS, BATCH, WIDTH = 120_000, 30, 500, 40


def arrival(game):
    """Where the ball will reach the right paddle's front, by mirroring the field at its walls."""
    frames = -(-(FIELD_WIDTH - REACH - game.ball_x) // game.ball_vx)
    height = LOWEST - HIGHEST
    y = (game.ball_y + game.ball_vy * frames - HIGHEST) % (2 * height)
    return HIGHEST + min(y, 2 * height - y)


def hard(game):
    if game.ball_vx < 0:
        return game.towards(RIGHT, FIELD_HEIGHT // 2)
    aim = AIM if game.paddle_y[LEFT] > FIELD_HEIGHT // 2 else -AIM  # away from the other player
    return game.towards(RIGHT, arrival(game) + aim)


def easy(game):
    if game.ball_vx < 0 or game.ball_x < FIELD_WIDTH * 5 // 8:
        return rules.STAY
    return game.towards(RIGHT, game.ball_y, 3 * PADDLE_SPEED)


TEACHERS = {"easy": easy, "hard": hard}


def network():
    layers = [nn.Linear(6, WIDTH), nn.ReLU()]
    for _ in range(3):
        layers += [nn.Linear(WIDTH, WIDTH), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(WIDTH, 3))


def lessons(teacher):
    """What the teacher does in games where both players at times do something else, so that every place is seen."""
    draw = random.Random(1)
    game, seen, moves, strays = Rules(1), [], [], [0, 0]
    for _ in range(FRAMES):
        wanted = teacher(game)
        seen.append(game.observe(RIGHT))
        moves.append(wanted)
        played = [game.chase(LEFT), wanted]
        for side in LEFT, RIGHT:
            if strays[side] == 0 and draw.random() < 0.03:
                strays[side] = draw.randrange(1, 30)
                drift = draw.randrange(3)
            if strays[side]:
                strays[side] -= 1
                played[side] = drift
        game.step(*played)
    return torch.tensor(seen), torch.tensor(moves)


def train(teacher):
    torch.manual_seed(1)
    x, y = lessons(teacher)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
        scheduler.step()
    return model


@torch.no_grad()
def returns(model, frames=20_000):
    """Which part of the balls that came to the right it hit."""
    game, hits = Rules(2), 0
    for _ in range(frames):
        coming = game.ball_vx > 0
        score = sum(game.score)
        game.step(game.chase(LEFT), int(model(torch.tensor(game.observe(RIGHT))).argmax()))
        hits += coming and game.ball_vx < 0 and sum(game.score) == score
    return hits / (hits + game.score[LEFT])


def main(archive):
    torch.set_num_threads(1)  # sums in one order
    with zipfile.ZipFile(archive, "w") as out:
        for name, teacher in TEACHERS.items():
            model = train(teacher)
            file = io.BytesIO()
            torch.save({"skill": name, "policy": model.state_dict()}, file)
            # Stored, and without the date, which would change the archive.
            out.writestr(zipfile.ZipInfo(f"policies/{name}.pt"), file.getvalue())
            print(f"{name}: returns {100 * returns(model):.0f} % of the balls, {len(file.getvalue())} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
