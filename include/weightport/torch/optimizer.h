/* SPDX-License-Identifier: MIT */
/**
 * @file optimizer.h
 * @brief Optimizers of libtorch whose state is Python's: training resumes in either language.
 *
 * Lifetime: reference counted; it keeps the parameters alive. Threads: one thread at a time, together with its model.
 *
 *     // hyperparameters: {"lr": 0.1, "momentum": 0.9}; saved: what stands under "optimizer_state_dict" in the checkpoint
 *     err = wp_optimizer_create_for_model(&optimizer, "SGD", model, hyperparameters);
 *     if (!err) err = wp_optimizer_load_state_dict(optimizer, saved);
 *     // each step: wp_optimizer_zero_grad, forward, wp_loss_compute, wp_tensor_backward, wp_optimizer_step
 */
#ifndef WEIGHTPORT_TORCH_OPTIMIZER_H
#define WEIGHTPORT_TORCH_OPTIMIZER_H

#include "model.h"

WP_BEGIN_DECLS

/** @brief An optimizer and its state. */
typedef struct wp_optimizer wp_optimizer;

/**
 * @brief An optimizer.
 * @param out              new reference
 * @param class_name       "SGD", "Adam", "AdamW", "RMSprop", "Adagrad" or "LBFGS"
 * @param params           what Python takes: a list of tensors, or a dict of them (as wp_state_dict_to_value() makes it of
 *                         wp_model_named_parameters()), or a list of dicts, one for each parameter group, that hold "params"
 *                         and hyperparameters of their own; other entries of a group are kept
 * @param hyperparameters  a dict of PyTorch's keyword arguments for all groups; NULL = PyTorch's defaults
 *
 * The tensors must be a model's parameters, or come from wp_tensor_track(). Hyperparameters that only choose how Python
 * computes the same numbers (foreach, fused, capturable) are kept and not used. Errors: INVALID_ARGUMENT (a tensor that cannot
 * be trained, or is given twice; a hyperparameter out of its range), NOT_FOUND (no such class), MISMATCH (a hyperparameter of
 * another kind), UNSUPPORTED (one that libtorch cannot honour, maximize=True say: the message names it), OUT_OF_MEMORY. Since
 * 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_optimizer_create(wp_optimizer **out, const char *class_name, const wp_value *params,
                                                    const wp_value *hyperparameters);

/** @brief As wp_optimizer_create(), for all parameters of a model in one group. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_optimizer_create_for_model(wp_optimizer **out, const char *class_name, const wp_model *model,
                                                              const wp_value *hyperparameters);

/** @brief One more reference. Returns its argument. Any thread. Since 0.1. */
WP_API wp_optimizer *wp_optimizer_retain(const wp_optimizer *optimizer);
/** @brief One reference less; NULL is allowed. Any thread. Since 0.1. */
WP_API void wp_optimizer_release(wp_optimizer *optimizer);

/** @brief Changes the parameters by their gradients. LBFGS needs wp_optimizer_step_closure(): UNSUPPORTED here. Errors:
 *  INVALID_ARGUMENT, TORCH. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_optimizer_step(wp_optimizer *optimizer);

/** @brief Clears the gradients, computes the loss again and calls backward: what Python's closure does. `loss` takes a new
 *  reference. Returns 0, or anything else to end the step with WP_ERROR_CALLBACK. */
typedef int32_t (*wp_closure)(wp_tensor **loss, void *user);

/**
 * @brief A step that computes the loss itself, several times for LBFGS.
 * @param loss     the loss before the step: new reference; may be NULL
 * @param closure  called on this thread, with gradients recorded
 *
 * LBFGS with strong_wolfe follows Python's numbers for float32 and float64, and not for float16 and bfloat16. Errors:
 * INVALID_ARGUMENT, CALLBACK, TORCH. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_optimizer_step_closure(wp_tensor **loss, wp_optimizer *optimizer, wp_closure closure,
                                                          void *user);

/** @brief Takes the gradients of all parameters away (set_to_none). Errors: INVALID_ARGUMENT, TORCH. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_optimizer_zero_grad(wp_optimizer *optimizer);

/**
 * @brief optimizer.state_dict() as Python lays it out: {"state": {index: {...}}, "param_groups": [{..., "params": [index]}]}.
 * @param out  new reference; its tensors share memory with the optimizer
 *
 * A new optimizer has the keys of the newest PyTorch, which older ones load too; a loaded one has those that were loaded, and
 * keys that libtorch does not know are in it as they came. Errors: INVALID_ARGUMENT, TORCH, OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_optimizer_state_dict(wp_value **out, const wp_optimizer *optimizer);

/**
 * @brief optimizer.load_state_dict() of what Python's, or wp_optimizer_state_dict(), gave.
 *
 * Tensors that libtorch knows are copied, to the dtype and device of their parameter. Hyperparameters become the saved ones. An
 * entry of a group that no optimizer of PyTorch has, a "lr_scale" of the program's own say, is kept and not used, whatever it
 * holds: Python's optimizers do so too. Errors: MISMATCH (other numbers of groups or parameters, a value that is missing or of
 * another kind or shape: the key is its path, "state.0.exp_avg"), UNSUPPORTED (a hyperparameter that libtorch cannot honour),
 * INVALID_ARGUMENT, TORCH, what reading a tensor can fail with; nothing is changed then. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_optimizer_load_state_dict(wp_optimizer *optimizer, const wp_value *state_dict);

/** @name Parameter groups
 *  @{ */
/** @brief "SGD", say; borrowed from the optimizer. Since 0.1. */
WP_API const char *wp_optimizer_class(const wp_optimizer *optimizer);
/** @brief Number of parameter groups. Since 0.1. */
WP_API size_t wp_optimizer_param_group_count(const wp_optimizer *optimizer);
/** @brief A group's hyperparameters, as in state_dict() but without "params". @param out new reference to a tree of its own.
 *  Errors: INVALID_ARGUMENT, NOT_FOUND (no such group). Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_optimizer_param_group(wp_value **out, const wp_optimizer *optimizer, size_t group);
/** @brief Sets a hyperparameter, or another entry that the group has, or "initial_lr", of a group, or of all groups for
 *  SIZE_MAX. Errors: INVALID_ARGUMENT (out of its range), NOT_FOUND (no such group), MISMATCH (another kind), UNSUPPORTED (no
 *  such name, or libtorch cannot honour it); nothing is changed then. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_optimizer_set(wp_optimizer *optimizer, size_t group, const char *name,
                                                 const wp_value *value);
/** @brief The learning rate of a group. Errors: INVALID_ARGUMENT, NOT_FOUND (no such group). Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_optimizer_get_lr(double *out, const wp_optimizer *optimizer, size_t group);
/** @brief Sets the learning rate of a group, or of all groups for SIZE_MAX. Errors: INVALID_ARGUMENT (negative or not finite),
 *  NOT_FOUND. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_optimizer_set_lr(wp_optimizer *optimizer, size_t group, double lr);
/** @} */

WP_END_DECLS

#endif
