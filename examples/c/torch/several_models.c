/* SPDX-License-Identifier: MIT */
/* 4. Several models and optimizers in one file: a small GAN, trained further.
 *     several_models IN DATA OUT
 *
 * IN holds {"generator_state_dict", "discriminator_state_dict", "optimizerG_state_dict", "optimizerD_state_dict"}, DATA
 * {"real": [steps, 8, 2], "noise": [steps, 8, 3]}. */
#include "example.h"

#define GENERATOR                                                     \
  "{\"class\": \"Sequential\", \"modules\": ["                        \
  "{\"class\": \"Linear\", \"in_features\": 3, \"out_features\": 8}," \
  "{\"class\": \"ReLU\"}, {\"class\": \"Linear\", \"in_features\": 8, \"out_features\": 2}]}"
#define DISCRIMINATOR                                                 \
  "{\"class\": \"Sequential\", \"modules\": ["                        \
  "{\"class\": \"Linear\", \"in_features\": 2, \"out_features\": 8}," \
  "{\"class\": \"LeakyReLU\", \"negative_slope\": 0.2},"              \
  "{\"class\": \"Linear\", \"in_features\": 8, \"out_features\": 1}]}"

static wp_optimizer *adam(const wp_model *model) {
  wp_value *hyperparameters = json("{\"lr\": 0.001, \"betas\": [0.5, 0.999]}");
  wp_optimizer *optimizer;
  check(wp_optimizer_create_for_model(&optimizer, "Adam", model, hyperparameters));
  wp_value_release(hyperparameters);
  return optimizer;
}

/* The loss of what the discriminator says of a batch that is real, or is said to be; its gradients are added to all others. */
static double judge(wp_model *discriminator, const wp_loss *criterion, const wp_tensor *batch, float label) {
  static const int64_t shape[2] = {8, 1};
  float labels[8];
  for (size_t i = 0; i < 8; i++) labels[i] = label;
  wp_tensor *target, *output, *loss;
  double number;
  check(wp_tensor_from_data(&target, WP_DTYPE_FLOAT32, shape, 2, labels, sizeof labels));
  check(wp_model_forward_tensor(&output, discriminator, batch));
  check(wp_loss_compute(&loss, criterion, output, target));
  check(wp_tensor_backward(loss));
  check(wp_tensor_item(&number, loss));
  wp_tensor_release(loss);
  wp_tensor_release(output);
  wp_tensor_release(target);
  return number;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  wp_checkpoint *in, *data, *out;
  check(wp_checkpoint_open(&in, argv[1], NULL));
  check(wp_checkpoint_open(&data, argv[2], NULL));
  wp_model *generator = build(GENERATOR), *discriminator = build(DISCRIMINATOR);
  wp_optimizer *optimizer_g = adam(generator), *optimizer_d = adam(discriminator);
  wp_loss *criterion;
  check(wp_loss_create(&criterion, "binary_cross_entropy_with_logits", NULL));

  load_model(generator, in, "generator_state_dict");
  load_model(discriminator, in, "discriminator_state_dict");
  load_optimizer(optimizer_g, in, "optimizerG_state_dict");
  load_optimizer(optimizer_d, in, "optimizerD_state_dict");

  const wp_tensor *reals = wp_value_tensor(wp_value_find(wp_checkpoint_root(data), "real", 4));
  const wp_tensor *noises = wp_value_tensor(wp_value_find(wp_checkpoint_root(data), "noise", 5));
  for (int64_t step = 0; step < wp_tensor_shape(reals)[0]; step++) {
    wp_tensor *real = at(reals, step), *noise = at(noises, step), *fake, *detached;
    check(wp_model_forward_tensor(&fake, generator, noise));
    check(wp_tensor_detach(&detached, fake));

    check(wp_optimizer_zero_grad(optimizer_d));
    double loss_d = judge(discriminator, criterion, real, 1) + judge(discriminator, criterion, detached, 0);
    check(wp_optimizer_step(optimizer_d));

    check(wp_optimizer_zero_grad(optimizer_g));
    double loss_g = judge(discriminator, criterion, fake, 1);
    check(wp_optimizer_step(optimizer_g));
    printf("step %d discriminator %.9f generator %.9f\n", (int)step, loss_d, loss_g);
    wp_tensor_release(detached);
    wp_tensor_release(fake);
    wp_tensor_release(noise);
    wp_tensor_release(real);
  }

  check(wp_checkpoint_create(&out));
  put_model(out, "generator_state_dict", generator);
  put_model(out, "discriminator_state_dict", discriminator);
  put_optimizer(out, "optimizerG_state_dict", optimizer_g);
  put_optimizer(out, "optimizerD_state_dict", optimizer_d);
  check(wp_checkpoint_save(out, argv[3], NULL));

  wp_checkpoint_release(out);
  wp_loss_release(criterion);
  wp_optimizer_release(optimizer_d);
  wp_optimizer_release(optimizer_g);
  wp_model_release(discriminator);
  wp_model_release(generator);
  wp_checkpoint_release(data);
  wp_checkpoint_release(in);
  return 0;
}
