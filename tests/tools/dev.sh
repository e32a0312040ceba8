# SPDX-License-Identifier: MIT
# What ./dev does for the page of `weightport inspect --html`. Chromium is 130 MB to download, so `./dev test` only runs this
# test where it is installed already.
html_packages=("${build_packages[@]}" chromium chromium-driver python3)

test_html() {
  need "${html_packages[@]}"
  compile release weightport_command -DWEIGHTPORT_BUILD_TESTS=OFF
  step "the page in Chromium" test-html "$python" -B tests/tools/test_page.py build/bin/weightport
  sed -n '/^ready after/p' build/log/test-html.log
}
