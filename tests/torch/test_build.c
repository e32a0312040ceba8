/* SPDX-License-Identifier: MIT */
/* wp_model_build(): models of standard layers, from descriptions and from pickled modules. */
#include <stdio.h>
#include <weightport/torch/torch.h>

#include "expect_tensor.h"

static wp_model *build(const char *json) {
  wp_model *model;
  assert_ok(wp_model_build_json(&model, json, strlen(json)));
  return model;
}

static void assert_refused(const char *json, wp_code code, const char *key, const char *why) {
  wp_model *model = (wp_model *)8;
  wp_error *error = wp_model_build_json(&model, json, strlen(json));
  assert_null(model);
  if (wp_error_code(error) != code) print_error("\"%s\"\n", wp_error_message(error));
  assert_int_equal(wp_error_code(error), code);
  assert_string_equal(wp_error_key(error), key);
  if (!strstr(wp_error_message(error), why)) fail_msg("\"%s\" does not say \"%s\"", wp_error_message(error), why);
  wp_error_release(error);
}

static void assert_names(const wp_model *model, const char *const *names, size_t count) {
  wp_state_dict *state_dict;
  assert_ok(wp_model_state_dict(&state_dict, model));
  assert_int_equal(wp_state_dict_size(state_dict), count);
  for (size_t i = 0; i < count; i++) assert_string_equal(wp_state_dict_name_at(state_dict, i, NULL), names[i]);
  wp_state_dict_release(state_dict);
}

/* The model's weights become those of the array, all of one value each. */
static void fill(const wp_model *model, const float *values) {
  wp_state_dict *state_dict;
  assert_ok(wp_model_state_dict(&state_dict, model));
  for (size_t i = 0; i < wp_state_dict_size(state_dict); i++) {
    wp_tensor *tensor = wp_state_dict_tensor_at(state_dict, i);
    void *data;
    assert_ok(wp_tensor_mutable_data(&data, tensor));
    for (int64_t j = 0; j < wp_tensor_numel(tensor); j++) ((float *)data)[j] = values[i];
  }
  wp_state_dict_release(state_dict);
}

static float first_output(wp_model *model, const wp_tensor *input) {
  wp_tensor *output;
  float value[64];
  assert_ok(wp_model_forward_tensor(&output, model, input));
  assert_true(wp_tensor_numel(output) <= 64);
  assert_ok(wp_tensor_read(output, value, (uint64_t)wp_tensor_numel(output) * sizeof *value, WP_DTYPE_FLOAT32));
  wp_tensor_release(output);
  return value[0];
}

static const char two_layers[] = "{\"class\": \"Sequential\", \"modules\": {"
                                 "  \"fc\": {\"class\": \"Linear\", \"in_features\": 3, \"out_features\": 4},"
                                 "  \"act\": {\"class\": \"torch.nn.ReLU\"},"
                                 "  \"head\": {\"class\": \"Sequential\", \"modules\": [{\"class\": \"Linear\", "
                                 "\"in_features\": 4, \"out_features\": 1}]}}}";

static void a_description_becomes_a_model(void **state) {
  (void)state;
  static const char *const names[] = {"fc.weight", "fc.bias", "head.0.weight", "head.0.bias"};
  static const float weights[] = {1, -2, 10, 5};
  wp_model *model = build(two_layers);
  assert_names(model, names, 4);
  assert_int_equal(wp_model_parameter_count(model), 3 * 4 + 4 + 4 + 1);
  assert_true(wp_model_is_training(model));
  fill(model, weights);
  wp_tensor *input = make_numbers();
  /* relu(0 + 1 + 2 - 2) = 1, four times */
  assert_true(first_output(model, input) == 45);
  wp_tensor_release(input);
  wp_model_release(model);
}

static void each_argument_is_checked(void **state) {
  (void)state;
  assert_refused("{\"class\": \"Lineal\"}", WP_ERROR_UNSUPPORTED, "class", "WEIGHTPORT_REGISTER_MODEL");
  assert_refused("{\"class\": \"Lineal\"}", WP_ERROR_UNSUPPORTED, "class", "Lineal");
  assert_refused("{\"in_features\": 3}", WP_ERROR_NOT_FOUND, "class", "does not name its class");
  assert_refused("{\"class\": 7}", WP_ERROR_MISMATCH, "class", "no string");
  assert_refused("[1]", WP_ERROR_MISMATCH, "", "list");
  assert_refused("{\"class\": \"Linear\", \"in_features\": 3}", WP_ERROR_NOT_FOUND, "out_features", "is not given");
  assert_refused("{\"class\": \"Linear\", \"in_features\": 3, \"out_features\": 2, \"gain\": 1}", WP_ERROR_UNSUPPORTED, "gain",
                 "Linear takes no argument gain");
  assert_refused("{\"class\": \"Linear\", \"in_features\": \"3\", \"out_features\": 2}", WP_ERROR_MISMATCH, "in_features",
                 "a string where an int is expected");
  assert_refused("{\"class\": \"Conv2d\", \"in_channels\": 3, \"out_channels\": 2, \"kernel_size\": [1, 2, 3]}",
                 WP_ERROR_MISMATCH, "kernel_size", "has 3 numbers, not 2");
  assert_refused("{\"class\": \"Conv2d\", \"in_channels\": 3, \"out_channels\": 2, \"kernel_size\": 1, \"groups\": 0}",
                 WP_ERROR_INVALID_ARGUMENT, "groups", "at least 1");
  assert_refused("{\"class\": \"MaxPool1d\", \"kernel_size\": 2, \"stride\": 0}", WP_ERROR_INVALID_ARGUMENT, "stride",
                 "at least 1");
  assert_refused("{\"class\": \"GELU\", \"approximate\": \"sin\"}", WP_ERROR_UNSUPPORTED, "approximate", "sin");
  assert_refused("{\"class\": \"Linear\", \"in_features\": 3, \"out_features\": 2, \"dtype\": \"float9\"}",
                 WP_ERROR_UNSUPPORTED, "dtype", "float9");
  assert_refused("{\"class\": \"Linear\", \"in_features\": -3, \"out_features\": 2}", WP_ERROR_TORCH, "", "negative");
  assert_refused("{\"class\": \"GRU\", \"input_size\": 1, \"hidden_size\": 1, \"num_layers\": 99999999}", WP_ERROR_LIMIT,
                 "num_layers", "10000");
  assert_refused(
      "{\"class\": \"Sequential\", \"modules\": [{\"class\": \"ReLU\"}, {\"class\": \"Linear\", \"in_features\": 1}]}",
      WP_ERROR_NOT_FOUND, "modules.1.out_features", "is not given");
  assert_refused("{\"class\": \"Sequential\", \"modules\": {\"a.b\": {\"class\": \"ReLU\"}}}", WP_ERROR_TORCH, "", "dot");
  wp_model *model;
  wp_error *error = wp_model_build_json(&model, "{\"class\": ", 10);
  assert_fails(error, WP_ERROR_CORRUPT);
  assert_fails(wp_model_build(&model, NULL), WP_ERROR_INVALID_ARGUMENT);
}

static wp_value *parse(const char *json) {
  wp_value *value;
  assert_ok(wp_value_from_json(&value, json, strlen(json)));
  return value;
}

static void set_item(wp_value *dict, const char *key, const wp_value *item) {
  assert_ok(wp_value_set(dict, key, strlen(key), item));
}

/* A Sequential of the same node twice. */
static wp_value *twice(const wp_value *layer) {
  wp_value *outer = parse("{\"class\": \"Sequential\", \"modules\": []}");
  wp_value *modules = wp_value_find(outer, "modules", 7);
  assert_ok(wp_value_append(modules, layer));
  assert_ok(wp_value_append(modules, wp_value_item(modules, 0)));
  return outer;
}

static void one_node_is_one_layer(void **state) {
  (void)state;
  static const char *const names[] = {"0.weight", "0.bias", "1.weight", "1.bias"};
  wp_value *linear = parse("{\"class\": \"Linear\", \"in_features\": 3, \"out_features\": 3}"), *description = twice(linear);
  wp_model *model, *copy;
  assert_ok(wp_model_build(&model, description));
  assert_names(model, names, 4);
  assert_int_equal(wp_model_parameter_count(model), 12);
  assert_ok(wp_model_clone(&copy, model));
  assert_names(copy, names, 4);
  assert_int_equal(wp_model_parameter_count(copy), 12);
  wp_model_release(copy);
  wp_model_release(model);
  wp_value_release(description);
  wp_value_release(linear);
}

static void a_clone_is_apart_and_alike(void **state) {
  (void)state;
  static const float ones[] = {1, 0, 1, 0}, twos[] = {2, 0, 2, 0};
  wp_model *model = build(two_layers), *copy;
  size_t changed;
  assert_ok(wp_model_set_requires_grad(&changed, model, "fc.*", false));
  assert_ok(wp_model_eval(model));
  fill(model, ones);
  assert_ok(wp_model_clone(&copy, model));
  assert_false(wp_model_is_training(copy));
  fill(model, twos);
  wp_tensor *input = make_numbers();
  assert_true(first_output(copy, input) == 12);
  assert_true(first_output(model, input) == 48);
  wp_state_dict *parameters;
  assert_ok(wp_model_named_parameters(&parameters, copy));
  assert_false(wp_tensor_requires_grad(wp_state_dict_find(parameters, "fc.weight")));
  assert_true(wp_tensor_requires_grad(wp_state_dict_find(parameters, "head.0.weight")));
  wp_state_dict_release(parameters);
  wp_tensor_release(input);
  wp_model_release(copy);
  wp_model_release(model);
}

static void dropout_and_norms_follow_the_mode(void **state) {
  (void)state;
  wp_model *model = build("{\"class\": \"Sequential\", \"modules\": [{\"class\": \"Dropout\", \"p\": 1.0}]}");
  wp_tensor *input, *seventh;
  static const int64_t one[2] = {1, 1};
  static const float seven = 7;
  assert_ok(wp_tensor_from_data(&seventh, WP_DTYPE_FLOAT32, one, 2, &seven, sizeof seven));
  assert_true(first_output(model, seventh) == 0);
  assert_ok(wp_model_eval(model));
  assert_true(first_output(model, seventh) == 7);
  assert_ok(wp_model_train(model, true));
  assert_true(wp_model_is_training(model));
  assert_true(first_output(model, seventh) == 0);
  wp_model_release(model);
  wp_tensor_release(seventh);

  model = build("{\"class\": \"BatchNorm1d\", \"num_features\": 3}");
  input = make_numbers();
  assert_true(first_output(model, input) < -0.9f);
  assert_ok(wp_model_eval(model));
  /* The running mean is now a tenth of 1.5. */
  float expected = -0.15f / 1.1619f;
  float actual = first_output(model, input);
  assert_true(actual > expected - 1e-4f && actual < expected + 1e-4f);
  wp_tensor_release(input);
  wp_model_release(model);
}

static void forward_takes_what_python_takes(void **state) {
  (void)state;
  wp_model *model = build("{\"class\": \"LSTM\", \"input_size\": 3, \"hidden_size\": 2}");
  wp_tensor *input = make_numbers();
  wp_value *x, *args = parse("[]"), *kwargs = parse("{}"), *output;
  assert_ok(wp_value_create_tensor(&x, input));
  set_item(kwargs, "input", x);
  assert_ok(wp_model_forward(&output, model, NULL, kwargs));
  assert_int_equal(wp_value_kind(output), WP_KIND_TUPLE);
  assert_int_equal(wp_value_size(wp_value_item(output, 1)), 2);
  wp_value_release(output);
  assert_fails(wp_model_forward(&output, model, NULL, NULL), WP_ERROR_MISMATCH);
  assert_ok(wp_value_append(args, x));
  assert_fails(wp_model_forward(&output, model, args, kwargs), WP_ERROR_MISMATCH);
  set_item(kwargs, "state", x);
  assert_fails(wp_model_forward(&output, model, NULL, kwargs), WP_ERROR_MISMATCH);
  assert_ok(wp_value_append(args, x));
  assert_fails(wp_model_forward(&output, model, args, NULL), WP_ERROR_MISMATCH);
  assert_ok(wp_value_append(args, x));
  assert_fails(wp_model_forward(&output, model, args, NULL), WP_ERROR_MISMATCH);
  wp_model_release(model);
  assert_ok(wp_value_remove(kwargs, "state", 5));
  model = build("{\"class\": \"ModuleDict\", \"modules\": {\"a\": {\"class\": \"ReLU\"}}}");
  assert_fails(wp_model_forward(&output, model, NULL, kwargs), WP_ERROR_UNSUPPORTED);
  wp_model_release(model);
  wp_value_release(kwargs);
  wp_value_release(args);
  wp_value_release(x);
  wp_tensor_release(input);
}

static void assert_limit(const wp_value *description) {
  wp_model *model = (wp_model *)8;
  assert_fails(wp_model_build(&model, description), WP_ERROR_LIMIT);
  assert_null(model);
}

static void nesting_has_a_limit(void **state) {
  (void)state;
  wp_value *deep = parse("{\"class\": \"ReLU\"}");
  for (int i = 0; i < 250; i++) {
    wp_value *outer = parse("{\"class\": \"Sequential\", \"modules\": []}");
    assert_ok(wp_value_append(wp_value_find(outer, "modules", 7), deep));
    wp_value_release(deep);
    deep = outer;
  }
  assert_limit(deep);
  wp_value_release(deep);

  wp_value *cycle = parse("{\"class\": \"Sequential\", \"modules\": []}");
  assert_ok(wp_value_append(wp_value_find(cycle, "modules", 7), cycle));
  assert_limit(cycle);
  wp_value_release(cycle);

  /* A layer of 2^40 names. */
  wp_value *wide = parse("{\"class\": \"ReLU\"}");
  for (int i = 0; i < 40; i++) {
    wp_value *outer = twice(wide);
    wp_value_release(wide);
    wide = outer;
  }
  assert_limit(wide);
  wp_value_release(wide);
}

/* A pickled module's form around what its __dict__ holds. */
static wp_value *saved_module(const char *class_name, const char *attributes_json) {
  wp_value *attributes = parse(attributes_json), *module;
  assert_ok(wp_value_create_object(&module, class_name, NULL, attributes));
  wp_value_release(attributes);
  return module;
}

static void a_cycle_of_pickled_modules_has_a_limit(void **state) {
  (void)state;
  wp_value *module = saved_module("torch.nn.modules.container.Sequential", "{\"_parameters\": {}, \"_modules\": {}}");
  set_item(wp_value_find(wp_value_attributes(module), "_modules", 8), "0", module);
  assert_limit(module);
  wp_value_release(module);
}

static void what_is_no_standard_layer_is_named(void **state) {
  (void)state;
  wp_model *model;
  wp_value *module = saved_module("__main__.Net", "{\"_parameters\": {}, \"_modules\": {}}");
  wp_error *error = wp_model_build(&model, module);
  assert_non_null(strstr(wp_error_message(error), "__main__.Net"));
  assert_non_null(strstr(wp_error_message(error), "WEIGHTPORT_REGISTER_MODEL"));
  assert_fails(error, WP_ERROR_UNSUPPORTED);
  wp_value_release(module);

  module = saved_module("torch.ao.nn.quantized.modules.linear.Linear", "{\"_parameters\": {}, \"_modules\": {}}");
  assert_fails(wp_model_build(&model, module), WP_ERROR_UNSUPPORTED);
  wp_value_release(module);

  module = saved_module("torch.nn.modules.linear.Linear",
                        "{\"in_features\": 3, \"out_features\": 2, \"_parameters\": {}, \"_modules\": {}}");
  error = wp_model_build(&model, module);
  assert_string_equal(wp_error_key(error), "weight");
  assert_fails(error, WP_ERROR_NOT_FOUND);
  wp_value_release(module);

  module = saved_module("torch.nn.modules.linear.Linear", "{\"in_features\": 3}");
  assert_fails(wp_model_build(&model, module), WP_ERROR_MISMATCH);
  wp_value_release(module);
}

static void a_file_of_a_module_becomes_a_model(void **state) {
  (void)state;
  static const char *const names[] = {
      "conv.weight", "conv.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked",
      "fc.weight",   "fc.bias"};
  wp_model *model;
  assert_ok(wp_model_load(&model, WEIGHTPORT_TEST_DATA "/entire_sequential.pt", NULL));
  assert_names(model, names, 9);
  wp_model_release(model);
  wp_error *error = wp_model_load(&model, WEIGHTPORT_TEST_DATA "/entire.pt", NULL);
  assert_non_null(strstr(wp_error_message(error), "models.Net"));
  assert_fails(error, WP_ERROR_UNSUPPORTED);
  assert_fails(wp_model_load(&model, WEIGHTPORT_TEST_DATA "/state_dict.pt", NULL), WP_ERROR_MISMATCH);
}

/* torch.save writes into the file that is there. */
static void a_model_does_not_change_with_its_file(void **state) {
  (void)state;
  static char bytes[1 << 16];
  FILE *file = fopen(WEIGHTPORT_TEST_DATA "/entire_sequential.pt", "rb");
  assert_non_null(file);
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  file = fopen("torch_build_overwritten.pt", "wb");
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
  wp_model *model;
  assert_ok(wp_model_load(&model, "torch_build_overwritten.pt", NULL));
  file = fopen("torch_build_overwritten.pt", "r+b");
  memset(bytes, 0, sizeof bytes);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
  wp_state_dict *weights, *named;
  wp_checkpoint *original;
  assert_ok(wp_model_state_dict(&weights, model));
  assert_ok(wp_checkpoint_open(&original, WEIGHTPORT_TEST_DATA "/entire_sequential.pt", NULL));
  assert_ok(wp_checkpoint_state_dict(&named, original, NULL));
  for (size_t i = 0; i < wp_state_dict_size(named); i++) {
    const wp_tensor *wanted = wp_state_dict_tensor_at(named, i), *found = wp_state_dict_tensor_at(weights, i);
    const void *a, *b;
    assert_ok(wp_tensor_data(&a, wanted));
    assert_ok(wp_tensor_data(&b, found));
    assert_memory_equal(a, b, wp_tensor_nbytes(wanted));
  }
  wp_state_dict_release(named);
  wp_checkpoint_release(original);
  wp_state_dict_release(weights);
  wp_model_release(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_description_becomes_a_model),
      cmocka_unit_test(each_argument_is_checked),
      cmocka_unit_test(one_node_is_one_layer),
      cmocka_unit_test(a_clone_is_apart_and_alike),
      cmocka_unit_test(dropout_and_norms_follow_the_mode),
      cmocka_unit_test(forward_takes_what_python_takes),
      cmocka_unit_test(nesting_has_a_limit),
      cmocka_unit_test(a_cycle_of_pickled_modules_has_a_limit),
      cmocka_unit_test(what_is_no_standard_layer_is_named),
      cmocka_unit_test(a_file_of_a_module_becomes_a_model),
      cmocka_unit_test(a_model_does_not_change_with_its_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
