/* SPDX-License-Identifier: MIT */
/* A training loop as a C program writes it, for tests of optimizers that go on where Python stopped. */
#ifndef WEIGHTPORT_TEST_TRAINING_H
#define WEIGHTPORT_TEST_TRAINING_H

#include <weightport/torch/torch.h>

/* x is [steps, batch, ...], y is [steps, batch]. */
typedef struct {
  wp_model *model;
  wp_loss *criterion;
  wp_optimizer *optimizer;
  wp_tensor *x, *y; /* on the CPU */
  const char *device;
  int64_t batch;
} training;

/* tensor[index] of a contiguous tensor, on a device. */
static wp_error *select_batch(wp_tensor **out, const wp_tensor *tensor, int64_t index, const char *device) {
  size_t ndim = wp_tensor_ndim(tensor);
  const int64_t *shape = wp_tensor_shape(tensor), *strides = wp_tensor_strides(tensor);
  int64_t offset = wp_tensor_storage_offset(tensor) + index * strides[0];
  wp_tensor *batch = NULL;
  wp_error *err = wp_tensor_view(&batch, tensor, offset, shape + 1, strides + 1, ndim - 1);
  if (!err) err = wp_tensor_to_device(out, batch, device);
  wp_tensor_release(batch);
  return err;
}

/* loss = criterion(model(x[batch]), y[batch]) */
static wp_error *compute_loss(wp_tensor **loss, const training *t) {
  wp_tensor *input = NULL, *target = NULL, *output = NULL;
  wp_error *err = select_batch(&input, t->x, t->batch, t->device);
  if (!err) err = select_batch(&target, t->y, t->batch, t->device);
  if (!err) err = wp_model_forward_tensor(&output, t->model, input);
  if (!err) err = wp_loss_compute(loss, t->criterion, output, target);
  wp_tensor_release(output);
  wp_tensor_release(target);
  wp_tensor_release(input);
  return err;
}

static wp_error *compute_gradients(wp_tensor **loss, const training *t) {
  wp_error *err = wp_optimizer_zero_grad(t->optimizer);
  if (!err) err = compute_loss(loss, t);
  if (!err) err = wp_tensor_backward(*loss);
  return err;
}

static int32_t training_closure(wp_tensor **loss, void *user) {
  wp_error *err = compute_gradients(loss, user);
  if (!err) return 0;
  wp_tensor_release(*loss);
  *loss = NULL;
  wp_error_release(err);
  return 1;
}

/* One step on t->batch; `number` is the loss before it. */
static wp_error *train_step(double *number, training *t) {
  wp_tensor *loss = NULL;
  wp_error *err;
  if (strcmp(wp_optimizer_class(t->optimizer), "LBFGS") == 0) {
    err = wp_optimizer_step_closure(&loss, t->optimizer, training_closure, t);
  } else {
    err = compute_gradients(&loss, t);
    if (!err) err = wp_optimizer_step(t->optimizer);
  }
  if (!err) err = wp_tensor_item(number, loss);
  wp_tensor_release(loss);
  return err;
}

#endif
