// SPDX-License-Identifier: MIT
#include <deque>

#include "exchange/fail.hpp"
#include "optim/line_search.hpp"
#include "optim/optimizer_class.hpp"

namespace weightport::libtorch {
namespace {

using torch::optim::LBFGSOptions;
using torch::optim::LBFGSParamState;

int64_t total_numel(const std::vector<at::Tensor> &parameters) {
  int64_t total = 0;
  for (const at::Tensor &parameter : parameters) total += parameter.numel();
  return total;
}

template <class To, class From>
To copied(const From &tensors) {
  return To(tensors.begin(), tensors.end());
}

// Its one state is that of the first parameter.
class Lbfgs final : public OptimizerClassOf<LineSearchLbfgs, LBFGSOptions, LBFGSParamState> {
 public:
  Lbfgs()
      : OptimizerClassOf("LBFGS", R"({"lr": 1, "max_iter": 20, "max_eval": null, "tolerance_grad": 1e-7,
                                      "tolerance_change": 1e-9, "history_size": 100, "line_search_fn": null,
                                      "maximize": false})") {}
  bool takes_several_groups() const noexcept override { return false; }
  bool needs_closure() const noexcept override { return true; }

 private:
  LBFGSOptions translate(const NamedValues &h) const override {
    LBFGSOptions options(h.real("lr"));
    options.max_iter(h.integer("max_iter"))
        .max_eval(h.integer("max_eval"))
        .tolerance_grad(h.real("tolerance_grad"))
        .tolerance_change(h.real("tolerance_change"))
        .history_size(h.integer("history_size"));
    if (h.at("line_search_fn").kind() != WP_KIND_NONE) options.line_search_fn(h.text("line_search_fn"));
    return options;
  }

  bool read_into(LBFGSParamState &state, StateReader &reader, const NamedValues &) const override {
    if (!reader.is_first()) return false;
    state.func_evals(reader.count("func_evals")).n_iter(reader.count("n_iter"));
    // The first step can end before there is a direction.
    if (state.n_iter() == 0) return true;
    int64_t flat[] = {total_numel(reader.group())};
    state.d(reader.tensor("d", flat)).prev_flat_grad(reader.tensor("prev_flat_grad", flat));
    state.t(reader.real("t")).prev_loss(reader.real("prev_loss"));
    state.H_diag(reader.scalar_tensor("H_diag"));
    using Queue = std::deque<at::Tensor>;
    state.old_dirs(copied<Queue>(reader.tensors("old_dirs", flat)));
    state.old_stps(copied<Queue>(reader.tensors("old_stps", flat)));
    state.ro(copied<Queue>(reader.tensors("ro", {})));
    if (reader.has("al")) state.al(reader.tensors("al", {}, /*allow_none=*/true));
    // libtorch takes one of each at a time.
    if (state.old_dirs().size() != state.old_stps().size() || state.old_dirs().size() != state.ro().size()) {
      fail_at("old_dirs", WP_ERROR_MISMATCH, "old_dirs, old_stps and ro are not of one length");
    }
    return true;
  }

  void write_from(const LBFGSParamState &state, StateWriter &writer) const override {
    writer.integer("func_evals", state.func_evals());
    writer.integer("n_iter", state.n_iter());
    if (!state.d().defined()) return;
    using List = std::vector<at::Tensor>;
    if (state.al()) writer.tensors("al", *state.al());
    writer.tensor("d", state.d());
    writer.real("t", state.t());
    writer.tensors("old_dirs", copied<List>(state.old_dirs()));
    writer.tensors("old_stps", copied<List>(state.old_stps()));
    writer.tensors("ro", copied<List>(state.ro()));
    // Until something is remembered, it is the number 1 in Python.
    if (state.old_dirs().empty()) {
      writer.integer("H_diag", 1);
    } else {
      writer.tensor("H_diag", state.H_diag());
    }
    writer.tensor("prev_flat_grad", state.prev_flat_grad());
    writer.real("prev_loss", state.prev_loss());
  }
};

}  // namespace

const OptimizerClass &lbfgs_class() {
  static const Lbfgs made;
  return made;
}

}  // namespace weightport::libtorch
