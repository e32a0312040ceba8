// SPDX-License-Identifier: MIT
// Text for messages: what it is put together from, and what of a file is shown.
#include <concepts>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error_line.hpp"
#include "base/text.hpp"

extern "C" {
#include <cmocka.h>
}

using namespace weightport;

namespace {

template <class T>
concept Appended = requires(std::string &out, T part) {
  append(out, part);
};

// A number that is not an integer was once taken for a character.
static_assert(Appended<int> && Appended<uint64_t> && Appended<char> && Appended<const char *> && Appended<std::string>);
static_assert(!Appended<double> && !Appended<float> && !Appended<bool>);

void pieces_are_put_together(void **) {
  assert_string_equal(concat("a", 'b', -3, uint64_t{18446744073709551615u}, std::string("c")).c_str(),
                      "ab-318446744073709551615c");
}

void an_error_line_has_what_is_known(void **) {
  assert_string_equal(error_line("", "broken").c_str(), "broken");
  assert_string_equal(error_line("a\nb.pt", "broken", "key", 0).c_str(), "a?b.pt: broken (key) at byte 0");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(pieces_are_put_together), cmocka_unit_test(an_error_line_has_what_is_known)};
  return cmocka_run_group_tests_name("text", tests, nullptr, nullptr);
}
