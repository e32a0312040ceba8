/* SPDX-License-Identifier: MIT */
/**
 * @file scheduler.h
 * @brief Learning rates over time: torch.optim.lr_scheduler, with Python's state.
 *
 * Lifetime: reference counted; it keeps its optimizer alive. Threads: one thread at a time, together with its optimizer.
 *
 *     err = wp_scheduler_create(&scheduler, "StepLR", optimizer, options);   // {"step_size": 30, "gamma": 0.1}
 *     // after each epoch:
 *     err = wp_scheduler_step(scheduler);
 */
#ifndef WEIGHTPORT_TORCH_SCHEDULER_H
#define WEIGHTPORT_TORCH_SCHEDULER_H

#include "optimizer.h"

WP_BEGIN_DECLS

/** @brief A scheduler and its state. */
typedef struct wp_scheduler wp_scheduler;

/**
 * @brief A scheduler; as in Python, making it sets "initial_lr" and the first learning rate.
 * @param out         new reference
 * @param class_name  "StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR" or "ReduceLROnPlateau"
 * @param options     a dict of PyTorch's keyword arguments ("step_size", "gamma", "milestones", "T_max", "eta_min",
 *                    "last_epoch", "mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps";
 *                    "verbose" is kept, and nothing is printed)
 *
 * Errors: INVALID_ARGUMENT (also a missing or impossible option), NOT_FOUND (no such class), MISMATCH (an option of another
 * kind), UNSUPPORTED (no such option, by name), OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_scheduler_create(wp_scheduler **out, const char *class_name, wp_optimizer *optimizer,
                                                    const wp_value *options);

/** @brief The factor for the initial learning rate of `group` in `epoch`, 0 for the first. */
typedef double (*wp_lr_lambda)(int64_t epoch, size_t group, void *user);

/** @brief LambdaLR: the learning rate is the initial one times what `lambda` returns. @param out new reference. Errors:
 *  INVALID_ARGUMENT, OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_scheduler_create_lambda(wp_scheduler **out, wp_optimizer *optimizer, wp_lr_lambda lambda,
                                                           void *user);

/** @brief One more reference. Returns its argument. Any thread. Since 0.1. */
WP_API wp_scheduler *wp_scheduler_retain(const wp_scheduler *scheduler);
/** @brief One reference less; NULL is allowed. Any thread. Since 0.1. */
WP_API void wp_scheduler_release(wp_scheduler *scheduler);

/** @brief The next epoch. ReduceLROnPlateau needs wp_scheduler_step_metric(): UNSUPPORTED here. Errors: INVALID_ARGUMENT.
 *  Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_scheduler_step(wp_scheduler *scheduler);
/** @brief The next epoch of ReduceLROnPlateau, after which the watched number was `metric`; UNSUPPORTED for the others. Errors:
 *  INVALID_ARGUMENT. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_scheduler_step_metric(wp_scheduler *scheduler, double metric);
/** @brief get_last_lr() of a group. Errors: INVALID_ARGUMENT, NOT_FOUND (no such group). Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_scheduler_get_last_lr(double *out, const wp_scheduler *scheduler, size_t group);

/** @brief scheduler.state_dict() with Python's keys. The optimizer's state holds the learning rates: save and load both. @param
 * out new reference. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_scheduler_state_dict(wp_value **out, const wp_scheduler *scheduler);
/** @brief scheduler.load_state_dict(); keys that are not known are kept. Errors: INVALID_ARGUMENT (also an impossible value),
 *  MISMATCH (a value of another kind), both with the key; nothing is changed then. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_scheduler_load_state_dict(wp_scheduler *scheduler, const wp_value *state_dict);

WP_END_DECLS

#endif
