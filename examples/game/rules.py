# SPDX-License-Identifier: MIT
"""rules.c in Python, number for number: what the policies are trained on, and what the test holds beside the game."""

UNIT = 16
FIELD_WIDTH, FIELD_HEIGHT = 320 * UNIT, 180 * UNIT
BALL_SIZE = 6 * UNIT
PADDLE_WIDTH, PADDLE_HEIGHT, PADDLE_MARGIN = 5 * UNIT, 32 * UNIT, 10 * UNIT
PADDLE_SPEED, SERVE_SPEED, FASTER, TOP_SPEED = 36, 44, 4, 92
REACH = PADDLE_MARGIN + PADDLE_WIDTH + BALL_SIZE // 2
AIM = PADDLE_HEIGHT // 3
HIGHEST, LOWEST = BALL_SIZE // 2, FIELD_HEIGHT - BALL_SIZE // 2

LEFT, RIGHT = 0, 1
UP, STAY, DOWN = 0, 1, 2


class Rules:
    def __init__(self, seed):
        self.paddle_y = [FIELD_HEIGHT // 2, FIELD_HEIGHT // 2]
        self.score = [0, 0]
        self.random = seed
        self.serve(RIGHT)

    def draw(self, bound):
        self.random = (self.random * 1664525 + 1013904223) % 2**32
        return (self.random >> 16) % bound

    def serve(self, to):
        self.ball_x = FIELD_WIDTH // 2
        self.ball_y = FIELD_HEIGHT // 4 + self.draw(FIELD_HEIGHT // 2)
        self.ball_vx = SERVE_SPEED if to == RIGHT else -SERVE_SPEED
        self.ball_vy = self.draw(2 * SERVE_SPEED + 1) - SERVE_SPEED

    def move_paddle(self, side, move):
        y = self.paddle_y[side] + (move - STAY) * PADDLE_SPEED
        self.paddle_y[side] = min(max(y, PADDLE_HEIGHT // 2), FIELD_HEIGHT - PADDLE_HEIGHT // 2)

    def hit(self, side, front):
        speed = min(abs(self.ball_vx) + FASTER, TOP_SPEED)
        self.ball_x = 2 * front - self.ball_x
        self.ball_vx = speed if side == LEFT else -speed
        self.ball_vy = int((self.ball_y - self.paddle_y[side]) / 4)  # C rounds towards zero

    def move_ball(self):
        side = LEFT if self.ball_vx < 0 else RIGHT
        front, before = REACH if side == LEFT else FIELD_WIDTH - REACH, self.ball_x
        self.ball_x += self.ball_vx
        self.ball_y += self.ball_vy
        if not HIGHEST <= self.ball_y <= LOWEST:
            self.ball_y = 2 * (HIGHEST if self.ball_y < HIGHEST else LOWEST) - self.ball_y
            self.ball_vy = -self.ball_vy
        reached = before > front >= self.ball_x if side == LEFT else before < front <= self.ball_x
        if reached and abs(self.ball_y - self.paddle_y[side]) <= (PADDLE_HEIGHT + BALL_SIZE) // 2:
            self.hit(side, front)

    def step(self, left, right):
        self.move_paddle(LEFT, left)
        self.move_paddle(RIGHT, right)
        self.move_ball()
        if not 0 <= self.ball_x <= FIELD_WIDTH:
            winner = RIGHT if self.ball_x < 0 else LEFT
            self.score[winner] += 1
            self.serve(winner)

    def observe(self, side):
        mirrored = side == LEFT
        return [
            (FIELD_WIDTH - self.ball_x if mirrored else self.ball_x) / 4096, self.ball_y / 4096,
            (-self.ball_vx if mirrored else self.ball_vx) / 64, self.ball_vy / 64,
            self.paddle_y[side] / 4096, self.paddle_y[1 - side] / 4096,
        ]

    def towards(self, side, y, near=PADDLE_SPEED):
        distance = y - self.paddle_y[side]
        return STAY if abs(distance) <= near else UP if distance < 0 else DOWN

    def chase(self, side):
        return self.towards(side, self.ball_y + (AIM if self.ball_vy < 0 else -AIM))
