// SPDX-License-Identifier: MIT
#include "statistics.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <limits>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>
#include <variant>

#include "elements.hpp"
#include "handles.hpp"
#include "interrupt.hpp"
#include "progress.hpp"
#include "text.hpp"

namespace {

constexpr uint64_t kPiece = uint64_t{1} << 22;  // elements that one thread takes at a time
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// long double holds every double and every integer of 64 bits.
static_assert(std::numeric_limits<long double>::digits >= 64);

// What is known of some of the elements.
struct Moments {
  uint64_t count = 0, nan = 0, positive_inf = 0, negative_inf = 0, zeros = 0;
  uint64_t finite = 0;
  long double low = 0, high = 0;
  double mean = 0;
  double squares = 0;  // of the distances from the mean

  // Chan, Golub and LeVeque: "Updating formulae and a pairwise algorithm for computing sample variances".
  void merge(const Moments &other) {
    count += other.count;
    nan += other.nan;
    positive_inf += other.positive_inf;
    negative_inf += other.negative_inf;
    zeros += other.zeros;
    if (other.finite == 0) return;
    if (finite == 0) {
      low = other.low;
      high = other.high;
      finite = other.finite;
      mean = other.mean;
      squares = other.squares;
      return;
    }
    low = std::min(low, other.low);
    high = std::max(high, other.high);
    auto a = static_cast<double>(finite), b = static_cast<double>(other.finite);
    double weight = b / (a + b), distance = other.mean - mean;
    // The distance of two numbers may be too large for a number.
    mean = std::isfinite(distance) ? mean + distance * weight : mean * (1 - weight) + other.mean * weight;
    squares += other.squares + distance * distance * a * weight;
    finite += other.finite;
  }
};

// Leaves only the finite ones.
std::span<double> take_finite(std::span<double> numbers, Moments &moments) {
  size_t strange = 0;
  for (double number : numbers) strange += !std::isfinite(number);
  if (strange == 0) return numbers;
  for (double number : numbers) {
    moments.nan += std::isnan(number);
    moments.positive_inf += std::isinf(number) && number > 0;
    moments.negative_inf += std::isinf(number) && number < 0;
  }
  auto end = std::remove_if(numbers.begin(), numbers.end(), [](double number) { return !std::isfinite(number); });
  return {numbers.begin(), end};
}
template <class Int>
std::span<Int> take_finite(std::span<Int> numbers, Moments &) {
  return numbers;
}

template <class T>
Moments measure(std::span<T> all) {
  Moments moments;
  moments.count = all.size();
  std::span<T> numbers = take_finite(all, moments);
  moments.finite = numbers.size();
  if (numbers.empty()) return moments;
  T low = numbers[0], high = numbers[0];
  double sum = 0;
  for (T number : numbers) {
    low = std::min(low, number);
    high = std::max(high, number);
    sum += static_cast<double>(number);
    moments.zeros += number == 0;
  }
  moments.low = low;
  moments.high = high;
  auto n = static_cast<double>(numbers.size());
  moments.mean = sum / n;
  if (!std::isfinite(sum)) {
    moments.mean = 0;
    for (T number : numbers) moments.mean += static_cast<double>(number) / n;
  }
  for (T number : numbers) {
    double distance = static_cast<double>(number) - moments.mean;
    moments.squares += distance * distance;
  }
  return moments;
}

using Bins = std::array<uint64_t, Statistics::kBins>;

struct Range {
  double low, high;
};

// numpy.histogram's for one number.
Range range_of(const Moments &moments) {
  auto low = static_cast<double>(moments.low), high = static_cast<double>(moments.high);
  if (low == high) return {low - 0.5, high + 0.5};
  return {low, high};
}

template <class T>
void count_bins(std::span<T> all, Range range, Bins &bins) {
  // The distance of two numbers may be too large for a number.
  double half = std::isfinite(range.high - range.low) ? 1 : 0.5;
  double low = range.low * half, width = range.high * half - low;
  Moments unused;
  for (T number : take_finite(all, unused)) {
    double part = width > 0 ? (static_cast<double>(number) * half - low) / width : 0.5;
    auto bin = static_cast<size_t>(std::clamp(part, 0.0, 1.0) * Statistics::kBins);
    ++bins[std::min(bin, Statistics::kBins - 1)];
  }
}

// Some elements of a tensor.
struct Piece {
  size_t tensor;
  uint64_t begin, count;
};

// All threads take pieces until there are none left.
class Crew {
 public:
  Crew(std::span<const Reading> readings, std::span<const Piece> pieces, Progress &progress, uint64_t total)
      : readings_(readings), pieces_(pieces), progress_(progress), total_(total) {}

  // take(piece index, block) is called for the blocks of a piece in order, on one thread.
  template <class Take>
  void run(Take take) {
    next_ = 0;
    size_t threads = std::min<size_t>(std::max(1u, std::thread::hardware_concurrency()), pieces_.size());
    std::vector<std::thread> others;
    others.reserve(threads);
    try {
      while (others.size() + 1 < threads) others.emplace_back([&] { work(take, false); });
    } catch (const std::system_error &) {
      // Fewer threads will do.
    }
    work(take, true);
    for (std::thread &other : others) other.join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  template <class Take>
  void work(Take &take, bool reports) {
    try {
      std::vector<double> buffer;
      for (size_t i; (i = next_++) < pieces_.size();) {
        const Piece &piece = pieces_[i];
        Elements elements(readings_[piece.tensor]);
        for (uint64_t done = 0; done < piece.count; done += Elements::kBlock) {
          if (wp_cancel_requested(interrupt_token())) throw Failure("interrupted", WP_ERROR_CANCELLED);
          uint64_t count = std::min(Elements::kBlock, piece.count - done);
          std::visit([&](auto block) { take(i, block); }, elements.read(piece.begin + done, count, buffer));
          done_ += count * wp_dtype_itemsize(readings_[piece.tensor].stored);
          if (reports) Progress::report(done_, total_, &progress_);
        }
      }
    } catch (...) {
      std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      next_ = pieces_.size();
    }
  }

  std::span<const Reading> readings_;
  std::span<const Piece> pieces_;
  Progress &progress_;
  uint64_t total_;
  std::atomic<uint64_t> done_ = 0;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

// A tensor that is not contiguous is copied, so one thread takes all of it.
void append_pieces(std::vector<Piece> &pieces, size_t index, const Reading &reading) {
  auto numel = static_cast<uint64_t>(wp_tensor_numel(reading.tensor));
  uint64_t step = wp_tensor_is_contiguous(reading.tensor) ? kPiece : std::max<uint64_t>(numel, 1);
  for (uint64_t begin = 0; begin < numel; begin += step) pieces.push_back({index, begin, std::min(step, numel - begin)});
}

std::string number_text(Reading::Type type, long double number) {
  if (type == Reading::kSigned) return std::to_string(static_cast<int64_t>(number));
  if (type == Reading::kUnsigned) return std::to_string(static_cast<uint64_t>(number));
  return float_text(static_cast<double>(number));
}

Statistics summary(const Reading &reading, const Moments &moments, const Bins &bins) {
  Statistics out;
  out.missing = reading.missing;
  out.of = reading.of;
  out.count = moments.count;
  out.nan = moments.nan;
  out.positive_inf = moments.positive_inf;
  out.negative_inf = moments.negative_inf;
  out.zeros = moments.zeros;
  out.mean = out.std = out.low = out.high = kNaN;
  if (moments.finite == 0) return out;
  out.min = number_text(reading.type, moments.low);
  out.max = number_text(reading.type, moments.high);
  out.mean = moments.mean;
  if (moments.finite > 1) out.std = std::sqrt(moments.squares / static_cast<double>(moments.finite - 1));
  Range range = range_of(moments);
  out.low = range.low;
  out.high = range.high;
  out.bins = bins;
  return out;
}

}  // namespace

size_t StatisticsTable::add(const wp_tensor *tensor) {
  auto [entry, is_new] = known_.try_emplace(tensor, tensors_.size());
  if (!is_new) return entry->second;
  if (uint64_t id = wp_tensor_storage_id(tensor); id && wp_tensor_qscheme(tensor) != WP_QSCHEME_PER_CHANNEL_AFFINE) {
    size_t ndim = wp_tensor_ndim(tensor);
    std::vector<int64_t> sizes(wp_tensor_shape(tensor), wp_tensor_shape(tensor) + ndim);
    sizes.insert(sizes.end(), wp_tensor_strides(tensor), wp_tensor_strides(tensor) + ndim);
    View view(id, wp_tensor_storage_offset(tensor), wp_tensor_dtype(tensor), std::move(sizes), wp_tensor_is_conj(tensor),
              wp_tensor_is_neg(tensor), wp_tensor_q_scale(tensor), wp_tensor_q_zero_point(tensor));
    auto [same, first] = views_.try_emplace(std::move(view), tensors_.size());
    if (!first) return entry->second = same->second;
  }
  tensors_.push_back(tensor);
  return entry->second;
}

void StatisticsTable::compute(const std::string &label) {
  std::vector<Reading> readings(tensors_.begin(), tensors_.end());
  std::vector<Piece> pieces;
  uint64_t total = 0;
  for (size_t i = 0; i < readings.size(); ++i) {
    if (!readings[i].missing.empty()) continue;
    append_pieces(pieces, i, readings[i]);
    total += 2 * wp_tensor_nbytes(readings[i].tensor);
  }
  Progress progress(label);
  Crew crew(readings, pieces, progress, total);

  std::vector<Moments> parts(pieces.size()), moments(readings.size());
  crew.run([&](size_t piece, auto block) { parts[piece].merge(measure(block)); });
  for (size_t i = 0; i < pieces.size(); ++i) moments[pieces[i].tensor].merge(parts[i]);

  std::vector<Bins> bins(readings.size());
  std::mutex adding;
  crew.run([&](size_t piece, auto block) {
    size_t tensor = pieces[piece].tensor;
    if (moments[tensor].finite == 0) return;
    Bins counted{};
    count_bins(block, range_of(moments[tensor]), counted);
    std::lock_guard lock(adding);
    for (size_t i = 0; i < counted.size(); ++i) bins[tensor][i] += counted[i];
  });

  results_.clear();
  for (size_t i = 0; i < readings.size(); ++i) results_.push_back(summary(readings[i], moments[i], bins[i]));
}
