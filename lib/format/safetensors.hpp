// SPDX-License-Identifier: MIT
// safetensors: a JSON header, then the tensors' bytes. Checked as strictly as its reference implementation does.
//
// The root is a dict in the order of the header; Document::metadata is "__metadata__". Tied weights, which the format cannot
// express, are restored: a metadata entry "weightport.alias:NAME" = "KEPT" adds the tensor NAME that shares KEPT's storage,
// and is then no longer shown as metadata. An alias that does not fit (no tensor KEPT, or a tensor NAME of its own) is left
// in the metadata, since other programs may have edited the file.
#pragma once

#include <string_view>

#include "base/operation.hpp"
#include "format/document.hpp"
#include "io/source.hpp"

namespace weightport {

inline constexpr std::string_view kSafetensorsAlias = "weightport.alias:";

bool looks_like_safetensors(const Source &source);

// Reads the header only. Throws CORRUPT, UNSUPPORTED (a dtype that PyTorch lacks), LIMIT, CANCELLED, IO, CALLBACK.
Document read_safetensors(Ref<Source> source, Operation &operation);

}  // namespace weightport
