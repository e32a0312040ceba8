// SPDX-License-Identifier: MIT
#include "checkpoint/diff.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/steps.hpp"
#include "checkpoint/equivalence.hpp"
#include "checkpoint/match.hpp"
#include "checkpoint/tensor_diff.hpp"
#include "value/describe.hpp"
#include "value/places.hpp"

namespace weightport {
namespace {

bool is_integer(const Node &node) noexcept { return node.is(WP_KIND_BOOL) || (node.is(WP_KIND_INT) && !node.flag); }
bool is_number(const Node &node) noexcept { return is_integer(node) || node.is(WP_KIND_FLOAT) || node.is(WP_KIND_COMPLEX); }

int64_t integer_of(const Node &node) noexcept { return node.is(WP_KIND_BOOL) ? node.flag : node.integer; }

// Of a type that holds every int64 exactly: Python compares ints and floats by value.
std::complex<long double> number_of(const Node &node) noexcept {
  if (is_integer(node)) return static_cast<long double>(integer_of(node));
  return node.is(WP_KIND_FLOAT) ? static_cast<long double>(node.real)
                                : std::complex<long double>(node.complex.re, node.complex.im);
}

bool is_big_integer(const Node &node) noexcept { return node.is(WP_KIND_INT) && node.flag; }

// Whether an int of more than 64 bits, as decimal text, is what a float is.
bool is_exactly(std::string_view integer, double real) {
  if (!std::isfinite(real) || real != std::trunc(real)) return false;
  char text[DBL_MAX_10_EXP + 4];
  int size = std::snprintf(text, sizeof text, "%.0f", real);
  return integer == std::string_view(text, static_cast<size_t>(size));
}

// That of a dict is of no account: safetensors, for one, does not keep it.
std::string_view class_of(const Node &node) noexcept {
  const Extra *extra = node.is(WP_KIND_DICT) ? nullptr : extra_of(node);
  return extra ? extra->class_name : std::string_view();
}

bool is_global(const Node &node) noexcept { return node.is(WP_KIND_OBJECT) && node.object->is_global; }

class Diff {
 public:
  Diff(const Tolerance &tolerance, Operation &operation)
      : tolerance_(tolerance), operation_(operation), steps_(operation.limits()) {}

  std::vector<Finding> run(const Node &a, const Node &b) {
    work_.push_back({&a, &b, {}, Places::kRoot});
    while (!work_.empty()) {
      Visit visit = work_.back();
      work_.pop_back();
      look(visit);
    }
    return with_tensors();
  }

 private:
  struct Visit {
    const Node *a, *b;
    Step step;
    std::optional<uint32_t> place;  // added when it is needed
  };
  struct TensorPair {
    const Tensor *a, *b;
    uint32_t place;
    size_t before;  // the number of findings when it was met
  };

  uint32_t place_of(const Visit &visit) { return visit.place ? *visit.place : places_.add(visit.step); }

  void report(wp_finding kind, uint32_t place, std::string message, double difference = Finding().difference) {
    findings_.push_back({kind, places_.path(place), std::move(message), difference});
    steps_.take(steps_of(findings_.back()));
  }
  void report_changed(const Visit &visit, double difference = Finding().difference) {
    report(WP_FINDING_CHANGED, place_of(visit), concat(describe(*visit.a), " became ", describe(*visit.b)), difference);
  }
  // In one of the two only.
  void report_alone(wp_finding kind, const Step &step, const Node &node) { report(kind, places_.add(step), describe(node)); }

  void look(const Visit &visit) {
    const Node &a = *visit.a, &b = *visit.b;
    steps_.take();
    if (&a == &b) return;
    if (is_number(a) && is_number(b)) return compare_numbers(visit);
    if (is_big_integer(a) && b.is(WP_KIND_FLOAT) && is_exactly(a.view(), b.real)) return;
    if (a.is(WP_KIND_FLOAT) && is_big_integer(b) && is_exactly(b.view(), a.real)) return;
    if (a.kind != b.kind) return report_changed(visit);
    switch (a.kind) {
      case WP_KIND_NONE:
        return;
      case WP_KIND_INT:
        if (!a.flag || !b.flag) return report_changed(visit);
        return compare_text(visit);
      case WP_KIND_STRING:
      case WP_KIND_BYTES:
      case WP_KIND_DEVICE:
        return compare_text(visit);
      case WP_KIND_DTYPE:
        if (a.dtype != b.dtype || a.flag != b.flag) return report_changed(visit);
        return compare_text(visit);
      default:
        if (equivalence_.join(&a, &b)) compare_structure(visit);
    }
  }

  void compare_numbers(const Visit &visit) {
    const Node &a = *visit.a, &b = *visit.b;
    double difference;
    bool equal = is_integer(a) && is_integer(b) ? tolerance_.equal(integer_of(a), integer_of(b), difference)
                                                : tolerance_.equal(number_of(a), number_of(b), difference);
    if (!equal) report_changed(visit, difference);
  }

  void compare_text(const Visit &visit) {
    if (visit.a->view() == visit.b->view()) return;
    bool same_size = visit.a->is(WP_KIND_BYTES) && visit.a->text.size == visit.b->text.size;
    if (!same_size) return report_changed(visit);
    report(WP_FINDING_CHANGED, place_of(visit), concat(describe(*visit.a), " changed"));
  }

  void compare_structure(const Visit &visit) {
    const Node &a = *visit.a, &b = *visit.b;
    uint32_t place = place_of(visit);
    if (class_of(a) != class_of(b) || is_global(a) != is_global(b)) {
      auto name = [](const Node &n) { return class_of(n).empty() ? describe(n) : printable(class_of(n)); };
      return report(WP_FINDING_CHANGED, place, concat(name(a), " became ", name(b)));
    }
    size_t first = work_.size();
    if (a.is(WP_KIND_TENSOR)) tensors_.push_back({a.tensor.pointer, b.tensor.pointer, place, findings_.size()});
    if (a.is(WP_KIND_SET)) {
      compare_members(place, members_of(a.items, steps_), members_of(b.items, steps_));
    } else {
      compare_items(place, items_of(a), items_of(b));
      compare_members(place, members_of(dict_of(a), steps_), members_of(dict_of(b), steps_));
    }
    compare_extras(place, a, b);
    // The last one pushed is looked at first.
    std::reverse(work_.begin() + static_cast<std::ptrdiff_t>(first), work_.end());
  }

  void compare_items(uint32_t place, const Items &a, const Items &b) {
    for (uint32_t i = 0; i < a.size || i < b.size; ++i) {
      Step step{place, i, nullptr};
      if (i < a.size && i < b.size) {
        work_.push_back({a.data[i], b.data[i], step, {}});
      } else {
        report_alone(i < a.size ? WP_FINDING_MISSING : WP_FINDING_ADDED, step, i < a.size ? *a.data[i] : *b.data[i]);
      }
    }
  }

  // Of dicts and sets: the order is of no account.
  void compare_members(uint32_t place, const std::vector<Member> &a, const std::vector<Member> &b) {
    steps_.take(a.size() + b.size());
    std::vector<uint32_t> partners = match(a, b, steps_);
    std::vector<bool> used(b.size());
    for (uint32_t i = 0; i < a.size(); ++i) {
      Step step{place, i, a[i].value ? a[i].key : nullptr};
      if (partners[i] == kNoPartner) {
        report_alone(WP_FINDING_MISSING, step, *(a[i].value ? a[i].value : a[i].key));
        continue;
      }
      const Member &partner = b[partners[i]];
      used[partners[i]] = true;
      // Keys that are equal by value need no second look.
      if (!a[i].hash) work_.push_back({a[i].key, partner.key, step, {}});
      if (a[i].value) work_.push_back({a[i].value, partner.value, step, {}});
    }
    for (uint32_t i = 0; i < b.size(); ++i) {
      Step step{place, i, b[i].value ? b[i].key : nullptr};
      if (!used[i]) report_alone(WP_FINDING_ADDED, step, *(b[i].value ? b[i].value : b[i].key));
    }
  }

  void compare_extras(uint32_t place, const Node &a, const Node &b) {
    static const Extra none{};
    const Extra &x = extra_of(a) ? *extra_of(a) : none, &y = extra_of(b) ? *extra_of(b) : none;
    bool dict = a.is(WP_KIND_DICT);
    if (!dict) compare_extra({place, Places::kArgs, nullptr}, {}, x.args, y.args);
    // Nor does safetensors keep a state_dict's _metadata.
    if (dict && (!x.attributes || !y.attributes)) return;
    // Attributes are reached by the path of what they belong to, also where they are in several dicts.
    Step step{place, Places::kAttributes, nullptr};
    const Node *const many = x.attributes;
    if (many && y.attributes && many->is(WP_KIND_TUPLE) && y.attributes->is(WP_KIND_TUPLE) &&
        many->items.size == y.attributes->items.size) {
      for (uint32_t i = 0; i < many->items.size; ++i) {
        compare_extra(step, place, many->items.data[i], y.attributes->items.data[i]);
      }
    } else {
      compare_extra(step, place, x.attributes, y.attributes);
    }
  }

  void compare_extra(const Step &step, std::optional<uint32_t> place, const Node *a, const Node *b) {
    if (a && b) {
      work_.push_back({a, b, step, place});
    } else if (a || b) {
      report_alone(a ? WP_FINDING_MISSING : WP_FINDING_ADDED, step, a ? *a : *b);
    }
  }

  // Compares the tensors, now that it is known how many there are, and puts each finding where it belongs.
  std::vector<Finding> with_tensors() {
    uint64_t total = 0;
    for (const auto &pair : tensors_) total += pair.a->nbytes();
    operation_.set_total(total);
    TensorDiff diff(tolerance_, steps_, operation_);
    std::vector<Finding> others = std::exchange(findings_, {});
    size_t moved = 0;
    auto move_until = [&](size_t end) {
      for (; moved < end; ++moved) findings_.push_back(std::move(others[moved]));
    };
    for (const auto &pair : tensors_) {
      move_until(pair.before);
      compare_tensors(diff, pair);
    }
    move_until(others.size());
    return std::move(findings_);
  }

  void compare_tensors(TensorDiff &diff, const TensorPair &pair) try {
    TensorDifference difference = diff.compare(*pair.a, *pair.b);
    if (!difference.message.empty()) {
      report(WP_FINDING_CHANGED, pair.place, std::move(difference.message), difference.largest);
    }
  } catch (Error &e) {
    if (is_content_error(e)) e.with_key(places_.path(pair.place));
    throw;
  }

  Tolerance tolerance_;
  Operation &operation_;
  Steps steps_;
  Places places_;
  Equivalence equivalence_;
  std::vector<Visit> work_;
  std::vector<TensorPair> tensors_;
  std::vector<Finding> findings_;
};

}  // namespace

Ref<Report> diff_values(const Node &a, const Node &b, const Tolerance &tolerance, Operation &operation) {
  return make_ref<Report>(Diff(tolerance, operation).run(a, b));
}

}  // namespace weightport
