/* SPDX-License-Identifier: MIT */
/**
 * @file autograd.h
 * @brief Gradients of tensors that a model made, and the devices they are on.
 *
 * What a model, a loss or an optimizer gives out is a wp_tensor that libtorch keeps the history of, as what the functions here
 * make of it. Views made by wp_tensor_view(), and copies by wp_tensor_contiguous() and wp_tensor_to(), have none and require no
 * gradient: what is computed from them trains nothing, and wp_tensor_backward() says so.
 *
 * Threads: one tensor and one model are used by one thread at a time. Whether gradients are recorded is a setting of the
 * calling thread.
 *
 *     err = wp_loss_compute(&loss, criterion, output, target);
 *     if (!err) err = wp_tensor_backward(loss);
 *     if (!err) err = wp_clip_grad_norm(&norm, parameters, 1.0, 2.0);
 */
#ifndef WEIGHTPORT_TORCH_AUTOGRAD_H
#define WEIGHTPORT_TORCH_AUTOGRAD_H

#include "../state_dict.h"

WP_BEGIN_DECLS

/** @brief Adds the gradients of a tensor of one element to the leaves it was computed from: Tensor.backward(). Errors:
 *  INVALID_ARGUMENT (NULL), MISMATCH (it has not one element, or no history), TORCH. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_backward(const wp_tensor *tensor);

/**
 * @brief The same from several tensors at once, such as the losses of several heads: torch.autograd.backward().
 * @param tensors       a list or tuple of tensors, or one tensor
 * @param gradients     as many, each of the shape of its tensor: the weights of losses, or what an outer gradient is; None for
 *                      one where that is 1 for a single element. NULL or None = all None
 * @param retain_graph  keep the history, for another call over the same
 *
 * Errors: INVALID_ARGUMENT (NULL), MISMATCH (no tensor, or not as many; a tensor without history, or of more than one element
 * without a gradient; its key is the index), TORCH (shapes that do not fit; a history that was used up). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_autograd_backward(const wp_value *tensors, const wp_value *gradients, bool retain_graph);

/**
 * @brief The gradient of a leaf, Tensor.grad, in the same memory.
 * @param out  new reference, or NULL where there is none yet
 *
 * Errors: INVALID_ARGUMENT, TORCH, OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_grad(wp_tensor **out, const wp_tensor *tensor);

/** @brief The same memory without history: Tensor.detach(). @param out new reference. Errors: INVALID_ARGUMENT, UNSUPPORTED (a
 *  dtype that this libtorch lacks), TORCH. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_detach(wp_tensor **out, const wp_tensor *tensor);

/** @brief A tensor that gradients are kept for, over the same memory: detach().requires_grad_(). @param out new reference.
 * Errors: INVALID_ARGUMENT, MISMATCH (integers have no gradient), UNSUPPORTED, TORCH. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_track(wp_tensor **out, const wp_tensor *tensor);

/**
 * @brief Tensor.to(device), with its history: a loss on one device reaches leaves on another.
 * @param out     new reference; the same memory where the tensor is on the device already
 * @param device  "cpu", "cuda", "cuda:1"
 *
 * Models, losses and optimizers compute where their tensors are, and a model and its input must be on one device. What
 * wp_tensor_data() shows of a tensor on another device than the CPU is a copy of the moment when it was first called for that
 * wp_tensor: of a parameter that is trained, ask for a new state_dict. Errors: INVALID_ARGUMENT (no such device), UNSUPPORTED
 * (a dtype that this libtorch lacks), TORCH (no CUDA here). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_to_device(wp_tensor **out, const wp_tensor *tensor, const char *device);

/** @brief Tensor.to(dtype), with its history. @param out new reference; the same memory where it has the dtype already. Errors:
 *  INVALID_ARGUMENT (no such dtype), UNSUPPORTED (one that this libtorch lacks), TORCH. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_to_dtype(wp_tensor **out, const wp_tensor *tensor, wp_dtype dtype);

/**
 * @brief Tensor.reshape(), with its history: of logits that are to go into a loss, say.
 * @param out    new reference: the same memory where the strides allow it, otherwise a copy
 * @param shape  `ndim` sizes; one of them may be -1, which stands for what is left
 *
 * Errors: INVALID_ARGUMENT, UNSUPPORTED (a dtype that this libtorch lacks), TORCH (another number of elements). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_reshape(wp_tensor **out, const wp_tensor *tensor, const int64_t *shape, size_t ndim);

/**
 * @brief Scales all gradients so that their norm together is at most `max_norm`: torch.nn.utils.clip_grad_norm_().
 * @param total_norm  the norm before; may be NULL
 * @param parameters  such as wp_model_named_parameters() gives; those without a gradient do not count
 * @param norm_type   2.0 for the usual norm; INFINITY for the largest element
 *
 * Errors: INVALID_ARGUMENT, TORCH. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_clip_grad_norm(double *total_norm, const wp_state_dict *parameters, double max_norm,
                                                  double norm_type);

/**
 * @brief Whether this thread's operations are recorded from here on: torch.set_grad_enabled().
 *
 * Returns what was set before, to be set again where the scope ends; a new thread starts with true. Since 0.1.
 */
WP_API bool wp_set_grad_enabled(bool enabled);

WP_END_DECLS

#endif
