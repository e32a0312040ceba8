// SPDX-License-Identifier: MIT
// Memory runs out at each allocation of a save or an open in turn: a clear error, the old file whole, and no leak.
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <new>
#include <string>
#include <vector>

#include "weightport/weightport.h"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

namespace {

enum class Mode { kNever, kOnce, kFromThenOn };

// Shared with the library's threads.
std::atomic<Mode> mode{Mode::kNever};
std::atomic<int64_t> until_refusal{0};
std::atomic<int64_t> refused{0};
std::atomic<int64_t> living{0};

bool refuse() {
  Mode now = mode.load();
  if (now == Mode::kNever) return false;
  int64_t left = until_refusal.fetch_sub(1);
  if (left > 0 || (now == Mode::kOnce && left < 0)) return false;
  refused.fetch_add(1);
  return true;
}

}  // namespace

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// The sanitizers have taken malloc: what C++ allocates is left, and they look for leaks themselves.
namespace {

void *allocate(size_t size, size_t alignment = alignof(max_align_t)) {
  if (refuse()) return nullptr;
  void *memory = nullptr;
  return posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, size) == 0 ? memory : nullptr;
}

void *allocate_or_throw(size_t size, size_t alignment = alignof(max_align_t)) {
  void *memory = allocate(size, alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

void *operator new(size_t size) { return allocate_or_throw(size); }
void *operator new[](size_t size) { return allocate_or_throw(size); }
void *operator new(size_t size, std::align_val_t alignment) { return allocate_or_throw(size, static_cast<size_t>(alignment)); }
void *operator new(size_t size, const std::nothrow_t &) noexcept { return allocate(size); }
void *operator new[](size_t size, const std::nothrow_t &) noexcept { return allocate(size); }
void operator delete(void *memory) noexcept { free(memory); }
void operator delete[](void *memory) noexcept { free(memory); }
void operator delete(void *memory, size_t) noexcept { free(memory); }
void operator delete[](void *memory, size_t) noexcept { free(memory); }
void operator delete(void *memory, std::align_val_t) noexcept { free(memory); }
void operator delete(void *memory, size_t, std::align_val_t) noexcept { free(memory); }
#else
// In front of glibc's own, which operator new calls too.
extern "C" {

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static void *counted(void *memory) {
  if (memory) living.fetch_add(1);
  return memory;
}

void *malloc(size_t size) { return refuse() ? nullptr : counted(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return refuse() ? nullptr : counted(__libc_calloc(count, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return refuse() ? nullptr : counted(__libc_memalign(alignment, size)); }
void *realloc(void *memory, size_t size) {
  if (refuse()) return nullptr;
  return memory ? __libc_realloc(memory, size) : counted(__libc_malloc(size));
}
int posix_memalign(void **out, size_t alignment, size_t size) {
  void *memory = aligned_alloc(alignment, size);
  if (memory) *out = memory;
  return memory ? 0 : ENOMEM;
}
void free(void *memory) {
  if (memory) living.fetch_sub(1);
  __libc_free(memory);
}

}  // extern "C"
#endif

namespace {

void assert_ok(wp_error *error) {
  if (error) print_error("%s\n", wp_error_message(error));
  assert_null(error);
}

std::string content_of(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Runs `action` until it never asks for more memory than it gets. After each run that failed `check` looks at what is left.
void at_each_allocation(const std::function<wp_error *()> &action, const std::function<void(bool failed)> &check) {
  // What is made once for the whole process is no leak.
  assert_ok(action());
  check(false);
  for (Mode how : {Mode::kOnce, Mode::kFromThenOn}) {
    bool refusing = true;
    int64_t n = 0;
    for (; refusing; ++n) {
      assert_true(n < 100'000);
      int64_t before = living.load();
      refused = 0;
      until_refusal = n;
      mode = how;
      wp_error *error = action();
      mode = Mode::kNever;
      refusing = refused.load() > 0;
      wp_code code = wp_error_code(error);
      if (code != WP_OK && code != WP_ERROR_OUT_OF_MEMORY)
        print_error("allocation %d: %s\n", static_cast<int>(n), wp_error_message(error));
      assert_true(code == WP_OK || code == WP_ERROR_OUT_OF_MEMORY);
      if (!refusing) assert_int_equal(code, WP_OK);
      wp_error_release(error);
      assert_int_equal(living.load(), before);
      check(code != WP_OK);
    }
    print_message("%d allocations\n", static_cast<int>(n - 1));
    assert_true(n > 10);
  }
}

// Large enough for the thread that computes checksums to be started, with a value of each kind of container.
wp_checkpoint *make_checkpoint(bool flat) {
  wp_checkpoint *ckpt;
  assert_ok(wp_checkpoint_create(&ckpt));
  wp_state_dict *sd;
  assert_ok(wp_state_dict_create(&sd));
  for (int64_t size : {3, 700'000, 5}) {
    wp_tensor *tensor;
    assert_ok(wp_tensor_create(&tensor, WP_DTYPE_UINT8, &size, 1));
    assert_ok(wp_state_dict_set(sd, ("a.layer.with.a.long.name." + std::to_string(size)).c_str(), tensor));
    wp_tensor_release(tensor);
  }
  assert_ok(wp_checkpoint_set_state_dict(ckpt, flat ? nullptr : "model", sd));
  wp_state_dict_release(sd);
  if (flat) return ckpt;
  wp_value *value;
  const char *json = R"({"lr": 0.1, "betas": [0.9, 0.999, null], "name": "a string that is not a short one", "on": true})";
  assert_ok(wp_value_from_json(&value, json, std::strlen(json)));
  assert_ok(wp_checkpoint_set(ckpt, "options", value));
  wp_value_release(value);
  return ckpt;
}

struct Folder {
  std::string name = "/tmp/weightport_memory_XXXXXX";
  Folder() { assert_non_null(mkdtemp(name.data())); }
  ~Folder() { rmdir(name.c_str()); }
};

void save_to_path(wp_format format) {
  Folder folder;
  std::string path = folder.name + "/model";
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.format = format;
  options.durable = false;
  wp_checkpoint *ckpt = make_checkpoint(format == WP_FORMAT_SAFETENSORS);
  assert_ok(wp_checkpoint_save(ckpt, path.c_str(), &options));
  const std::string whole = content_of(path), old = "old";
  std::ofstream(path, std::ios::binary) << old;
  at_each_allocation([&] { return wp_checkpoint_save(ckpt, path.c_str(), &options); },
                     [&](bool failed) {
                       std::string found = content_of(path);
                       assert_true(found == (failed ? old : whole));
                       if (!failed) std::ofstream(path, std::ios::binary) << old;
                     });
  wp_checkpoint_release(ckpt);
  assert_int_equal(unlink(path.c_str()), 0);
  // Nothing else was left in it.
  assert_int_equal(rmdir(folder.name.c_str()), 0);
}

void test_saving_a_torch_zip(void **) { save_to_path(WP_FORMAT_TORCH_ZIP); }
void test_saving_a_legacy_file(void **) { save_to_path(WP_FORMAT_TORCH_LEGACY); }
void test_saving_safetensors(void **) { save_to_path(WP_FORMAT_SAFETENSORS); }

void test_saving_to_memory(void **) {
  wp_checkpoint *ckpt = make_checkpoint(false);
  at_each_allocation(
      [&] {
        wp_tensor *out;
        wp_error *error = wp_checkpoint_save_memory(&out, ckpt, nullptr);
        if (!error) wp_tensor_release(out);
        return error;
      },
      [](bool) {});
  wp_checkpoint_release(ckpt);
}

void test_opening(void **) {
  for (const char *name : {"checkpoint.tar", "entire.pt", "sparse_legacy.pth", "torch_tar.tar", "model.safetensors"}) {
    std::string path = std::string(WEIGHTPORT_TEST_DATA "/") + name;
    for (wp_memory memory : {WP_MEMORY_MAP, WP_MEMORY_READ}) {
      wp_open_options options = WP_OPEN_OPTIONS_INIT;
      options.memory = memory;
      options.threads = 2;
      at_each_allocation(
          [&] {
            wp_checkpoint *ckpt;
            wp_error *error = wp_checkpoint_open(&ckpt, path.c_str(), &options);
            if (!error) wp_checkpoint_release(ckpt);
            return error;
          },
          [](bool) {});
    }
  }
}

// Everything that a program asks of one tensor.
wp_error *use_tensor(const wp_tensor *tensor) {
  const void *data;
  wp_error *error = wp_tensor_data(&data, tensor);
  wp_tensor *other;
  if (!error && !(error = wp_tensor_contiguous(&other, tensor))) wp_tensor_release(other);
  if (!error && !(error = wp_tensor_to(&other, tensor, WP_DTYPE_FLOAT64))) wp_tensor_release(other);
  DLManagedTensor *managed;
  if (!error && !(error = wp_tensor_to_dlpack(&managed, tensor))) {
    if (!(error = wp_tensor_from_dlpack(&other, managed))) wp_tensor_release(other);
  }
  return error;
}

wp_error *use_state_dict(const wp_checkpoint *ckpt) {
  wp_state_dict *sd, *again;
  wp_value *value;
  wp_error *error = wp_checkpoint_state_dict(&sd, ckpt, nullptr);
  if (error) return error;
  for (size_t i = 0; i < wp_state_dict_size(sd) && !error; ++i) error = use_tensor(wp_state_dict_tensor_at(sd, i));
  if (!error) error = wp_state_dict_add_prefix(sd, "a.prefix.that.is.longer.than.a.small.string.");
  if (!error && !(error = wp_state_dict_to_value(&value, sd))) {
    if (!(error = wp_state_dict_from_value(&again, value))) wp_state_dict_release(again);
    wp_value_release(value);
  }
  if (!error) error = wp_state_dict_strip_prefix(sd, "a.prefix.that.is.longer.than.a.small.string.");
  wp_state_dict_release(sd);
  if (!error && !(error = wp_value_clone(&value, wp_checkpoint_root(ckpt)))) wp_value_release(value);
  return error;
}

// Opened anew each time: what a tensor has read once it keeps.
void test_walking(void **) {
  for (const char *name :
       {"entire.pt", "deflated.pt", "bigendian.pt", "views_legacy.pth", "scripted.pt", "model.safetensors"}) {
    std::string path = std::string(WEIGHTPORT_TEST_DATA "/") + name;
    at_each_allocation(
        [&] {
          wp_checkpoint *ckpt;
          wp_error *error = wp_checkpoint_open(&ckpt, path.c_str(), nullptr);
          if (error) return error;
          error = use_state_dict(ckpt);
          wp_checkpoint_release(ckpt);
          return error;
        },
        [](bool) {});
  }
}

void test_converting(void **) {
  for (wp_format format : {WP_FORMAT_TORCH_ZIP, WP_FORMAT_TORCH_LEGACY, WP_FORMAT_SAFETENSORS}) {
    wp_save_options options = WP_SAVE_OPTIONS_INIT;
    options.format = format;
    for (const char *name : {"state_dict.pt", "state_dict_legacy.pth", "model.safetensors"}) {
      // It has a uint64 tensor, which torch's legacy format does not.
      if (format == WP_FORMAT_TORCH_LEGACY && std::strcmp(name, "model.safetensors") == 0) continue;
      std::string path = std::string(WEIGHTPORT_TEST_DATA "/") + name;
      at_each_allocation(
          [&] {
            wp_checkpoint *ckpt;
            wp_tensor *bytes;
            wp_error *error = wp_checkpoint_open(&ckpt, path.c_str(), nullptr);
            if (error) return error;
            if (!(error = wp_checkpoint_save_memory(&bytes, ckpt, &options))) wp_tensor_release(bytes);
            wp_checkpoint_release(ckpt);
            return error;
          },
          [](bool) {});
    }
  }
}

void test_shards(void **) {
  Folder folder;
  std::string path = folder.name + "/model.safetensors.index.json";
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.durable = false;
  options.max_shard_size = 700'000;
  wp_checkpoint *ckpt = make_checkpoint(true);
  at_each_allocation(
      [&] {
        wp_checkpoint *again;
        wp_error *error = wp_checkpoint_save(ckpt, path.c_str(), &options);
        if (!error && !(error = wp_checkpoint_open(&again, path.c_str(), nullptr))) wp_checkpoint_release(again);
        return error;
      },
      [](bool) {});
  wp_checkpoint_release(ckpt);
  std::filesystem::remove_all(folder.name);
}

void test_comparing(void **) {
  wp_checkpoint *a, *b;
  assert_ok(wp_checkpoint_open(&a, WEIGHTPORT_TEST_DATA "/checkpoint.tar", nullptr));
  assert_ok(wp_checkpoint_open(&b, WEIGHTPORT_TEST_DATA "/multi.tar", nullptr));
  at_each_allocation(
      [&] {
        wp_report *report;
        wp_error *error = wp_checkpoint_diff(&report, a, b, nullptr);
        if (!error) wp_report_release(report);
        if (!error && !(error = wp_checkpoint_verify(&report, a, nullptr))) wp_report_release(report);
        return error;
      },
      [](bool) {});
  wp_checkpoint_release(b);
  wp_checkpoint_release(a);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_saving_a_torch_zip),
      cmocka_unit_test(test_saving_a_legacy_file),
      cmocka_unit_test(test_saving_safetensors),
      cmocka_unit_test(test_saving_to_memory),
      cmocka_unit_test(test_opening),
      cmocka_unit_test(test_walking),
      cmocka_unit_test(test_converting),
      cmocka_unit_test(test_shards),
      cmocka_unit_test(test_comparing),
  };
  return cmocka_run_group_tests_name("out_of_memory", tests, nullptr, nullptr);
}
