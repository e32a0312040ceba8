/* SPDX-License-Identifier: MIT */
/**
 * @file version.h
 * @brief Version of the library, and the macros that every other header uses.
 *
 * The version that a program was compiled against is WP_VERSION_*; the version it runs with is wp_version(). The two may
 * differ: any library with the same wp_abi_version() runs a program compiled against an older one.
 */
#ifndef WEIGHTPORT_VERSION_H
#define WEIGHTPORT_VERSION_H

#include <stdint.h>

#define WP_VERSION_MAJOR 0        /**< changes with the soname */
#define WP_VERSION_MINOR 1        /**< new functions */
#define WP_VERSION_PATCH 0        /**< corrections only */
#define WP_VERSION_STRING "0.1.0" /**< all three */

/** Number in the shared library's soname; functions are added without changing it. */
#define WP_ABI_VERSION 0

#ifdef __cplusplus
#define WP_BEGIN_DECLS extern "C" {
#define WP_END_DECLS }
#else
#define WP_BEGIN_DECLS
#define WP_END_DECLS
#endif

#if defined(WP_STATIC)
#define WP_API
#elif defined(_WIN32)
#if defined(WP_BUILDING)
#define WP_API __declspec(dllexport)
#else
#define WP_API __declspec(dllimport)
#endif
#else
#define WP_API __attribute__((visibility("default")))
#endif

#if defined(__GNUC__)
#define WP_WARN_UNUSED __attribute__((warn_unused_result))
#else
#define WP_WARN_UNUSED
#endif

WP_BEGIN_DECLS

/** @brief Version of the running library as "major.minor.patch". Static. Any thread. Since 0.1. */
WP_API const char *wp_version(void);

/** @brief WP_ABI_VERSION of the running library. Any thread. Since 0.1. */
WP_API uint32_t wp_abi_version(void);

WP_END_DECLS

#endif
