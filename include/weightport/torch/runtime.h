/* SPDX-License-Identifier: MIT */
/**
 * @file runtime.h
 * @brief The libtorch below: its version, devices, threads and random numbers, and plugins.
 *
 * Threads: every function here may be called from any thread.
 *
 *     err = wp_torch_manual_seed(0);
 *     if (wp_torch_device_available("cuda")) err = wp_model_to(model, "cuda", WP_DTYPE_UNDEFINED);
 */
#ifndef WEIGHTPORT_TORCH_RUNTIME_H
#define WEIGHTPORT_TORCH_RUNTIME_H

#include <stdbool.h>

#include "../error.h"

WP_BEGIN_DECLS

/** @brief Version of libtorch that this library was built against: "1.13.1". Static. Since 0.1. */
WP_API const char *wp_torch_version(void);

/** @brief Whether tensors and models can be on a device: "cpu", "cuda", "cuda:1". False for text that is no device.
 *  Since 0.1. */
WP_API bool wp_torch_device_available(const char *device);

/** @brief torch.manual_seed(): for initial weights, dropout and the like, on every device. Errors: TORCH. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_torch_manual_seed(uint64_t seed);

/** @brief Threads that one operation may use: torch.get_num_threads(). Since 0.1. */
WP_API int32_t wp_torch_num_threads(void);
/** @brief torch.set_num_threads(). Errors: INVALID_ARGUMENT (`count` < 1), TORCH. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_torch_set_num_threads(int32_t count);

/**
 * @brief Loads a shared library whose models register themselves: see registry.hpp.
 * @param path  of the library, as dlopen() takes it; it is never unloaded
 *
 * The library runs its code: load only what you trust. Errors: INVALID_ARGUMENT, NOT_FOUND, IO (the system's reason).
 * Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_torch_load_plugin(const char *path);

WP_END_DECLS

#endif
