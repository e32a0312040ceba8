// SPDX-License-Identifier: MIT
// The functions of torch.jit._pickle that only say what type a list or dict had.
#include "format/pickle/call.hpp"

namespace weightport {
namespace {

Node *first_argument(Call &call) { return call.args.empty() ? nullptr : call.args[0]; }

constexpr KnownGlobal kTorchScript[] = {
    {"torch.jit._pickle.build_boollist", first_argument},   {"torch.jit._pickle.build_doublelist", first_argument},
    {"torch.jit._pickle.build_intlist", first_argument},    {"torch.jit._pickle.build_tensorlist", first_argument},
    {"torch.jit._pickle.restore_type_tag", first_argument},
};

}  // namespace

std::span<const KnownGlobal> known_torchscript_globals() { return kTorchScript; }

}  // namespace weightport
