// SPDX-License-Identifier: MIT
// What a check of a checkpoint may take. What it finds tests/capi and tests/tools say.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "checkpoint/verify.hpp"
#include "value/edit.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;

namespace {

class DamagedStorage final : public Storage {
 public:
  DamagedStorage() : Storage(4, "cpu") {}

 private:
  Buffer fetch() const override { throw Error(WP_ERROR_CORRUPT, "damaged"); }
};

// A dict of damaged tensors below one long key.
Ref<Checkpoint> damaged(size_t key, int tensors) {
  Document document;
  document.tree = make_ref<Tree>();
  Tree &tree = *document.tree;
  document.root = tree.dict();
  Node *dict = tree.dict();
  const int64_t one = 1;
  for (int i = 0; i < tensors; ++i) {
    Ref<Storage> storage = make_ref<DamagedStorage>();
    set(*dict, i, *tree.tensor(make_ref<Tensor>(std::move(storage), WP_DTYPE_FLOAT32, Dims{&one, 1}, Dims{&one, 1}, 0)));
  }
  set(*document.root, std::string(key, 'k'), *dict);
  return make_ref<Checkpoint>(std::move(document), Limits());
}

void a_report_says_where(void **) {
  Operation operation;
  auto report = verify_checkpoint(*damaged(3, 2), operation);
  assert_int_equal(report->findings().size(), 2);
  assert_string_equal(report->findings()[1].key.c_str(), "kkk.1");
  assert_string_equal(report->findings()[1].message.c_str(), "damaged");
}

// One key is a part of a thousand paths.
void a_report_is_not_a_thousand_times_the_file(void **) {
  Limits limits;
  limits.max_steps = 1'000'000;
  Operation operation(limits, nullptr, nullptr, nullptr);
  wp_code code = WP_OK;
  try {
    verify_checkpoint(*damaged(10'000, 1000), operation);
  } catch (const Error &e) {
    code = e.code();
  }
  assert_int_equal(code, WP_ERROR_LIMIT);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_report_says_where),
      cmocka_unit_test(a_report_is_not_a_thousand_times_the_file),
  };
  return cmocka_run_group_tests_name("verify", tests, nullptr, nullptr);
}
