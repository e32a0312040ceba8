/* SPDX-License-Identifier: MIT */
/**
 * @file loss.h
 * @brief Loss functions under PyTorch's names and options.
 *
 * Lifetime: reference counted. Threads: shareable; its result belongs to the thread's model.
 *
 *     err = wp_loss_create(&criterion, "cross_entropy", NULL);
 *     if (!err) err = wp_loss_compute(&loss, criterion, output, target);
 *     if (!err) err = wp_tensor_item(&number, loss);
 */
#ifndef WEIGHTPORT_TORCH_LOSS_H
#define WEIGHTPORT_TORCH_LOSS_H

#include "../value.h"

WP_BEGIN_DECLS

/** @brief A loss function with its options. */
typedef struct wp_loss wp_loss;

/**
 * @brief A loss function.
 * @param out      new reference
 * @param name     that of torch.nn.functional ("cross_entropy") or of the class ("CrossEntropyLoss"): cross_entropy, nll_loss,
 *                 mse_loss, l1_loss, smooth_l1_loss, huber_loss, binary_cross_entropy, binary_cross_entropy_with_logits, kl_div
 * @param options  a dict of the keyword arguments of its class: "reduction" ("mean", "sum", "none"; also "batchmean" for
 *                 kl_div), and "weight", "ignore_index", "label_smoothing", "beta", "delta", "pos_weight", "log_target"; NULL =
 *                 PyTorch's defaults
 *
 * Errors: INVALID_ARGUMENT, NOT_FOUND (no such loss), MISMATCH (an option of another kind or value), UNSUPPORTED (no such
 * option, by name), OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_loss_create(wp_loss **out, const char *name, const wp_value *options);

/** @brief One more reference. Returns its argument. Any thread. Since 0.1. */
WP_API wp_loss *wp_loss_retain(const wp_loss *loss);
/** @brief One reference less; NULL is allowed. Any thread. Since 0.1. */
WP_API void wp_loss_release(wp_loss *loss);

/**
 * @brief The loss of a model's output.
 * @param out     new reference: one element, unless the reduction is "none"; wp_tensor_backward() starts from it
 * @param input   what the model gave
 * @param target  of the shape and dtype that the loss of PyTorch asks for; mse_loss, l1_loss, smooth_l1_loss and huber_loss
 *                broadcast the two, as in Python
 *
 * Errors: INVALID_ARGUMENT, UNSUPPORTED (a dtype that this libtorch lacks), TORCH (shapes or dtypes that do not fit). Since
 * 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_loss_compute(wp_tensor **out, const wp_loss *loss, const wp_tensor *input,
                                                const wp_tensor *target);

WP_END_DECLS

#endif
