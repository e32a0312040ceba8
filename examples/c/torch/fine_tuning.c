/* SPDX-License-Identifier: MIT */
/* Fine-tuning: pretrained weights but for the head, which is new; the trunk is frozen.
 *     fine_tuning PRETRAINED DATA OUT
 *
 * PRETRAINED is the state_dict of a network with four classes, DATA holds {"x": [steps, 8, 6], "y": [steps, 8]} of three. */
#include "example.h"

#define NEW_NET                                                                 \
  "{\"class\": \"Sequential\", \"modules\": {"                                  \
  "\"fc1\": {\"class\": \"Linear\", \"in_features\": 6, \"out_features\": 16}," \
  "\"bn\": {\"class\": \"BatchNorm1d\", \"num_features\": 16},"                 \
  "\"tanh\": {\"class\": \"Tanh\"},"                                            \
  "\"head\": {\"class\": \"Linear\", \"in_features\": 16, \"out_features\": 3}}}"

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  wp_checkpoint *in, *data, *out;
  wp_state_dict *pretrained;
  check(wp_torch_manual_seed(0));
  check(wp_checkpoint_open(&in, argv[1], NULL));
  check(wp_checkpoint_open(&data, argv[2], NULL));
  check(wp_checkpoint_state_dict(&pretrained, in, NULL));

  wp_model *model = build(NEW_NET);
  wp_load_state_dict_options options = WP_LOAD_STATE_DICT_OPTIONS_INIT;
  options.strict = false;
  wp_report *report;
  check(wp_model_load_state_dict(&report, model, pretrained, &options));
  for (size_t i = 0; i < wp_report_size(report); i++) {
    printf("%s: %s\n", wp_report_key(report, i), wp_report_message(report, i));
  }
  check(wp_model_set_requires_grad(NULL, model, "*", false));
  check(wp_model_set_requires_grad(NULL, model, "head.*", true));

  wp_value *hyperparameters = json("{\"lr\": 0.1, \"momentum\": 0.9}");
  wp_optimizer *optimizer;
  wp_loss *criterion;
  check(wp_optimizer_create_for_model(&optimizer, "SGD", model, hyperparameters));
  check(wp_loss_create(&criterion, "cross_entropy", NULL));
  /* The trunk's batch norm keeps its statistics in eval mode. */
  check(wp_model_eval(model));
  const wp_tensor *x = wp_value_tensor(wp_value_find(wp_checkpoint_root(data), "x", 1));
  const wp_tensor *y = wp_value_tensor(wp_value_find(wp_checkpoint_root(data), "y", 1));
  for (int64_t step = 0; step < wp_tensor_shape(x)[0]; step++) {
    wp_tensor *inputs = at(x, step), *labels = at(y, step);
    printf("step %d loss %.9f\n", (int)step, train_step(model, optimizer, criterion, inputs, labels));
    wp_tensor_release(labels);
    wp_tensor_release(inputs);
  }

  check(wp_checkpoint_create(&out));
  put_model(out, NULL, model);
  check(wp_checkpoint_save(out, argv[3], NULL));
  wp_checkpoint_release(out);
  wp_loss_release(criterion);
  wp_optimizer_release(optimizer);
  wp_value_release(hyperparameters);
  wp_report_release(report);
  wp_model_release(model);
  wp_state_dict_release(pretrained);
  wp_checkpoint_release(data);
  wp_checkpoint_release(in);
  return 0;
}
