// SPDX-License-Identifier: MIT
// Sinks in memory and at the caller's callbacks.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "io/sink.hpp"
#include "sink_writing.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;
using namespace weightport::test;

namespace {

std::string text(const Buffer &buffer) { return {reinterpret_cast<const char *>(buffer.data()), buffer.size()}; }

void test_memory(void **) {
  MemorySink unhinted, exact, generous;
  exact.expect(3);
  generous.expect(50'000'000);
  std::string all = write_mixed(unhinted);
  assert_true(write_mixed(exact) == all && write_mixed(generous) == all);
  for (MemorySink *sink : {&unhinted, &exact, &generous}) {
    sink->finish();
    assert_true(text(sink->take()) == all);
  }
  MemorySink nothing;
  nothing.finish();
  assert_int_equal(nothing.take().size(), 0);
}

// Callbacks that count, and fail on demand.
struct Callbacks {
  std::string bytes;
  int writes = 0, finishes = 0, aborts = 0;
  int fail_write = -1;
  bool fail_finish = false;

  wp_sink sink() {
    wp_sink sink = WP_SINK_INIT;
    sink.user = this;
    sink.write = [](const void *bytes, size_t size, void *user) -> int32_t {
      auto *self = static_cast<Callbacks *>(user);
      if (self->writes++ == self->fail_write) return 7;
      self->bytes.append(static_cast<const char *>(bytes), size);
      return 0;
    };
    sink.finish = [](void *user) -> int32_t {
      auto *self = static_cast<Callbacks *>(user);
      ++self->finishes;
      return self->fail_finish ? 9 : 0;
    };
    sink.abort = [](void *user) { ++static_cast<Callbacks *>(user)->aborts; };
    return sink;
  }
};

void test_callbacks(void **) {
  Callbacks caller;
  std::string all;
  {
    auto sink = callback_sink(caller.sink());
    all = write_mixed(*sink);
    sink->finish();
  }
  assert_true(caller.bytes == all);
  assert_int_equal(caller.finishes, 1);
  assert_int_equal(caller.aborts, 0);
  assert_true(caller.writes < 30);  // small writes were gathered
}

void test_each_failing_callback(void **) {
  Callbacks whole;
  write_mixed(*callback_sink(whole.sink()));
  assert_int_equal(whole.aborts, 1);
  assert_int_equal(whole.finishes, 0);
  for (int call = 0; call < whole.writes; ++call) {
    Callbacks caller;
    caller.fail_write = call;
    wp_sink callbacks = caller.sink();
    callbacks.name = "store";
    Error error = failure([&] {
      auto sink = callback_sink(callbacks);
      write_mixed(*sink);
      sink->finish();
    });
    assert_int_equal(error.code(), WP_ERROR_CALLBACK);
    assert_string_equal(error.file().c_str(), "store");
    assert_true(error.message().starts_with("write returned 7 for "));
    assert_int_equal(caller.writes, call + 1);
    assert_int_equal(caller.aborts, 1);
    assert_int_equal(caller.finishes, 0);
  }
  Callbacks caller;
  caller.fail_finish = true;
  Error error = failure([&] { callback_sink(caller.sink())->finish(); });
  assert_int_equal(error.code(), WP_ERROR_CALLBACK);
  assert_string_equal(error.message().c_str(), "finish returned 9");
  assert_string_equal(error.file().c_str(), "sink");
  assert_int_equal(caller.finishes, 1);
  assert_int_equal(caller.aborts, 1);
}

void test_optional_callbacks(void **) {
  Callbacks caller;
  wp_sink callbacks = caller.sink();
  callbacks.finish = nullptr;
  callbacks.abort = nullptr;
  auto sink = callback_sink(callbacks);
  sink->write(bytes_of("abc"));
  sink->finish();
  assert_string_equal(caller.bytes.c_str(), "abc");
  callback_sink(callbacks)->write(bytes_of("thrown away"));
  assert_string_equal(caller.bytes.c_str(), "abc");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_callbacks),
      cmocka_unit_test(test_each_failing_callback),
      cmocka_unit_test(test_optional_callbacks),
  };
  return cmocka_run_group_tests_name("sink", tests, nullptr, nullptr);
}
