# SPDX-License-Identifier: MIT
# What ./dev does for the game.
game_packages=("${build_packages[@]}" libsdl2-dev libphysfs-dev python3-pil)

# With a display: to play it. Without one: 1,000 frames, every move beside PyTorch's, and a picture.
demo_game() {
  local picture=build/game.png
  need "${game_packages[@]}"
  compile release game -DWEIGHTPORT_BUILD_TESTS=OFF -DWEIGHTPORT_BUILD_GAME=ON
  if [[ -n ${DISPLAY-}${WAYLAND_DISPLAY-} ]]; then
    build/examples/game/game "$@"
    return
  fi
  say "no display: playing without one"
  need python3-torch
  "$python" -B tests/game/play.py build/examples/game/game $picture
}
