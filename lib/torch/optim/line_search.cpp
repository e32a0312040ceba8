// SPDX-License-Identifier: MIT
#include "optim/line_search.hpp"

#include <utility>
#include <vector>

#include "optim/python_number.hpp"
#include "optim/state_map.hpp"

namespace weightport::libtorch {

using torch::optim::LBFGSOptions;
using torch::optim::LBFGSParamState;
using Number = PythonNumber;

namespace {

Number number(const at::Tensor &tensor) {
  bool is_double = tensor.scalar_type() == at::kDouble;
  return {tensor.item<double>(), is_double ? Number::Kind::kFloat64 : Number::Kind::kFloat32};
}

Number largest(const at::Tensor &tensor) { return number(tensor.abs().max()); }

// Where the cubic through two points with these slopes has its minimum, within the bounds.
Number interpolate(Number x1, Number f1, Number g1, Number x2, Number f2, Number g2, Number least, Number most) {
  Number d1 = g1 + g2 - Number(3) * (f1 - f2) / (x1 - x2);
  Number square = d1 * d1 - g1 * g2;
  if (!(square >= 0)) return (least + most) / 2.;
  Number d2 = sqrt(square);
  Number found = x1 <= x2 ? x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + Number(2) * d2))
                          : x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + Number(2) * d2));
  return min(max(found, least), most);
}

// The direction of the next step, of what is remembered of the last ones.
void turn(LBFGSParamState &state, const at::Tensor &gradient, int64_t history_size) {
  if (state.n_iter() == 1) {
    state.d(gradient.neg()).H_diag(at::ones({}, gradient.options()));
    state.old_dirs().clear();
    state.old_stps().clear();
    state.ro().clear();
    return;
  }
  at::Tensor y = gradient.sub(state.prev_flat_grad()), s = state.d().mul(state.t()), ys = y.dot(s);
  if (number(ys) > 1e-10) {
    if (static_cast<int64_t>(state.old_dirs().size()) == history_size) {
      state.old_dirs().pop_front();
      state.old_stps().pop_front();
      state.ro().pop_front();
    }
    state.old_dirs().push_back(y);
    state.old_stps().push_back(s);
    state.ro().push_back(1. / ys);
    state.H_diag(ys / y.dot(y));
  }
  size_t count = state.old_dirs().size();
  if (!state.al()) state.al(std::vector<at::Tensor>(static_cast<size_t>(history_size)));
  auto &al = *state.al();
  at::Tensor q = gradient.neg();
  for (size_t i = count; i-- > 0;) {
    al.at(i) = state.old_stps()[i].dot(q) * state.ro()[i];
    q.add_(state.old_dirs()[i], -al[i].item<double>());
  }
  at::Tensor r = q.mul(state.H_diag());
  for (size_t i = 0; i < count; i++) {
    at::Tensor be = state.old_dirs()[i].dot(r) * state.ro()[i];
    r.add_(state.old_stps()[i], (al[i] - be).item<double>());
  }
  state.d(r);
}

}  // namespace

// The function along the direction.
struct LineSearchLbfgs::Point {
  Number t;
  Number loss;
  at::Tensor gradient;
  Number slope;
};

// Looks for a length of the step that satisfies the strong Wolfe conditions.
class LineSearchLbfgs::Search {
 public:
  Search(LineSearchLbfgs &optimizer, const LossClosure &closure, const at::Tensor &direction, Point start)
      : optimizer_(optimizer), closure_(closure), direction_(direction), start_(std::move(start)) {
    for (const at::Tensor &parameter : optimizer.params()) kept_.push_back(parameter.clone(at::MemoryFormat::Contiguous));
  }

  Point run(Number t) {
    bracket(t);
    low_ = first_.loss <= second_.loss ? &first_ : &second_;
    high_ = low_ == &first_ ? &second_ : &first_;
    Number reach = largest(direction_);
    while (!done_ && iterations_ < kMost && !(abs(second_.t - first_.t) * reach < kTolerance)) zoom();
    return *low_;
  }
  int64_t evaluations() const noexcept { return evaluations_; }

 private:
  static constexpr int kMost = 25;
  static constexpr double kArmijo = 1e-4, kCurvature = 0.9, kTolerance = 1e-9;

  Point evaluate(Number t) {
    optimizer_.move(t.value(), direction_);
    double loss = 0;
    {
      at::AutoGradMode recorded(true);
      loss = closure_().item<double>();
    }
    at::Tensor gradient = optimizer_.gradient();
    for (size_t i = 0; i < kept_.size(); i++) optimizer_.params()[i].copy_(kept_[i]);
    evaluations_++;
    return {t, loss, gradient, number(gradient.dot(direction_))};
  }

  bool is_too_high(const Point &p) const { return p.loss > start_.loss + Number(kArmijo) * p.t * start_.slope; }
  bool is_flat(const Point &p) const { return abs(p.slope) <= Number(-kCurvature) * start_.slope; }

  // Two points with one that satisfies the conditions between them.
  void bracket(Number t) {
    Point before = start_, now = evaluate(t);
    before.t = 0;
    for (; iterations_ < kMost; iterations_++) {
      bool rises = iterations_ > 1 && now.loss >= before.loss;
      done_ = !is_too_high(now) && !rises && is_flat(now);
      if (done_) before = now;
      if (done_ || is_too_high(now) || rises || now.slope >= 0) {
        first_ = before;
        second_ = now;
        return;
      }
      Number next = interpolate(before.t, before.loss, before.slope, now.t, now.loss, now.slope,
                                now.t + Number(0.01) * (now.t - before.t), now.t * Number(10));
      before = now;
      now = evaluate(next);
    }
    first_ = start_;
    first_.t = 0;
    second_ = now;
  }

  Number next_inside() {
    Number least = min(first_.t, second_.t), most = max(first_.t, second_.t);
    Number t = interpolate(first_.t, first_.loss, first_.slope, second_.t, second_.loss, second_.slope,
                           first_.t <= second_.t ? first_.t : second_.t, first_.t <= second_.t ? second_.t : first_.t);
    Number margin = Number(0.1) * (most - least);
    if (!(min(most - t, t - least) < margin)) {
      stalled_ = false;
    } else if (stalled_ || t >= most || t <= least) {
      t = abs(t - most) < abs(t - least) ? most - margin : least + margin;
      stalled_ = false;
    } else {
      stalled_ = true;
    }
    return t;
  }

  void zoom() {
    Point now = evaluate(next_inside());
    iterations_++;
    if (is_too_high(now) || now.loss >= low_->loss) {
      *high_ = now;
      low_ = first_.loss <= second_.loss ? &first_ : &second_;
      high_ = low_ == &first_ ? &second_ : &first_;
      return;
    }
    done_ = is_flat(now);
    if (!done_ && now.slope * (high_->t - low_->t) >= 0) *high_ = *low_;
    *low_ = now;
  }

  LineSearchLbfgs &optimizer_;
  const LossClosure &closure_;
  const at::Tensor &direction_;
  Point start_;
  std::vector<at::Tensor> kept_;
  Point first_{0, 0, {}, 0}, second_{0, 0, {}, 0};
  Point *low_ = nullptr, *high_ = nullptr;
  bool done_ = false, stalled_ = false;
  int iterations_ = 0;
  int64_t evaluations_ = 0;
};

at::Tensor LineSearchLbfgs::gradient() {
  std::vector<at::Tensor> parts;
  for (const at::Tensor &parameter : params()) {
    const at::Tensor &grad = parameter.grad();
    at::Tensor part = grad.defined() ? grad : at::zeros_like(parameter);
    parts.push_back((part.is_sparse() ? part.to_dense() : part).reshape(-1));
  }
  return at::cat(parts);
}

void LineSearchLbfgs::move(double length, const at::Tensor &direction) {
  int64_t offset = 0;
  for (at::Tensor &parameter : params()) {
    int64_t count = parameter.numel();
    parameter.add_(direction.narrow(0, offset, count).view_as(parameter), length);
    offset += count;
  }
}

at::Tensor LineSearchLbfgs::step(LossClosure closure) {
  const auto &options = static_cast<const LBFGSOptions &>(param_groups_.front().options());
  if (!options.line_search_fn()) return LBFGS::step(std::move(closure));
  at::NoGradGuard no_grad;
  auto &entry = state_[state_key(params().front())];
  if (!entry) entry = std::make_unique<LBFGSParamState>();
  auto &state = static_cast<LBFGSParamState &>(*entry);
  at::Tensor first_loss;
  {
    at::AutoGradMode recorded(true);
    first_loss = closure();
  }
  Number loss = first_loss.item<double>();
  at::Tensor flat = gradient();
  int64_t evaluations = 1;
  state.func_evals(state.func_evals() + 1);
  bool optimal = largest(flat) <= options.tolerance_grad();
  for (int64_t i = 1; !optimal && i <= options.max_iter(); i++) {
    state.n_iter(state.n_iter() + 1);
    turn(state, flat, options.history_size());
    state.prev_flat_grad(flat.clone(at::MemoryFormat::Contiguous)).prev_loss(loss.value());
    Number t = options.lr();
    if (state.n_iter() == 1) t = min(Number(1), Number(1) / number(flat.abs().sum())) * t;
    state.t(t.value());
    Number slope = number(flat.dot(state.d()));
    if (slope > -options.tolerance_change()) break;
    Search search(*this, closure, state.d(), {0, loss, flat, slope});
    Point found = search.run(t);
    move(found.t.value(), state.d());
    state.t(found.t.value());
    loss = found.loss;
    flat = found.gradient;
    evaluations += search.evaluations();
    state.func_evals(state.func_evals() + search.evaluations());
    optimal = largest(flat) <= options.tolerance_grad();
    if (evaluations >= *options.max_eval()) break;
    if (largest(state.d().mul(found.t.value())) <= options.tolerance_change()) break;
    if (abs(loss - state.prev_loss()) < options.tolerance_change()) break;
  }
  return first_loss;
}

}  // namespace weightport::libtorch
