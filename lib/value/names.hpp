// SPDX-License-Identifier: MIT
// Which texts name a device or a class, in files as in calls.
#pragma once

#include <cstdint>
#include <string_view>

namespace weightport {

// What torch.device() takes, whatever the type of the device: "cpu", "cuda:0". It is short, since files use one again and
// again.
bool is_device(std::string_view text) noexcept;

// "module.Class": what goes into a pickle line by line. `module_size` as in Extra: behind the module, names are nested.
bool is_class_name(std::string_view text, uint32_t module_size = 0) noexcept;

}  // namespace weightport
