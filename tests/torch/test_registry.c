/* SPDX-License-Identifier: MIT */
/* Models of classes that a plugin registers. */
#include <weightport/torch/torch.h>

#include "../capi/expect_tensor.h"

static wp_value *json(const char *text) {
  wp_value *value;
  assert_ok(wp_value_from_json(&value, text, strlen(text)));
  return value;
}

static int load_plugin(void **state) {
  (void)state;
  wp_model *model;
  assert_fails(wp_model_create(&model, "scaled", NULL), WP_ERROR_NOT_FOUND);
  assert_fails(wp_torch_load_plugin("/no/such/plugin.so"), WP_ERROR_NOT_FOUND);
  assert_fails(wp_torch_load_plugin(WEIGHTPORT_TEST_DATA "/README.md"), WP_ERROR_IO);
  assert_ok(wp_torch_load_plugin(PLUGIN));
  assert_ok(wp_torch_load_plugin(PLUGIN)); /* once more does nothing */
  return 0;
}

static void made_from_options(void **state) {
  (void)state;
  wp_value *options = json("{\"width\": 3}"), *args, *result;
  wp_model *model;
  assert_ok(wp_model_create(&model, "scaled", options));
  wp_state_dict *weights;
  assert_ok(wp_model_state_dict(&weights, model));
  assert_int_equal(wp_state_dict_size(weights), 3);
  assert_string_equal(wp_state_dict_name_at(weights, 0, NULL), "scale");
  assert_string_equal(wp_state_dict_name_at(weights, 1, NULL), "linear.weight");
  assert_int_equal(wp_tensor_shape(wp_state_dict_tensor_at(weights, 1))[1], 3);

  wp_tensor *x = make_numbers();
  wp_value *number, *tensor;
  assert_ok(wp_value_create_int(&number, 0));
  assert_ok(wp_value_create_tensor(&tensor, x));
  const wp_value *items[2] = {tensor, number};
  assert_ok(wp_value_create_tuple(&args, items, 2));
  assert_ok(wp_model_forward(&result, model, args, NULL));
  assert_int_equal(wp_value_kind(result), WP_KIND_TUPLE);
  double item;
  wp_tensor *first;
  assert_ok(wp_tensor_view(&first, wp_value_tensor(wp_value_item(result, 0)), 0, NULL, NULL, 0));
  assert_ok(wp_tensor_item(&item, first));
  assert_true(item == 0); /* times 0 */
  wp_tensor_release(first);
  wp_value_release(result);

  wp_model *copy;
  assert_ok(wp_model_clone(&copy, model));
  assert_int_equal(wp_model_parameter_count(copy), 8);
  wp_model_release(copy);
  assert_fails(wp_model_forward(&result, model, NULL, NULL), WP_ERROR_MISMATCH);
  assert_fails(wp_model_call(&result, model, "other", args, NULL), WP_ERROR_NOT_FOUND);
  assert_fails(wp_model_save(model, "registered.ts", NULL), WP_ERROR_UNSUPPORTED);
  wp_value_release(args);
  wp_value_release(tensor);
  wp_value_release(number);
  wp_tensor_release(x);
  wp_state_dict_release(weights);
  wp_model_release(model);
  wp_value_release(options);
}

static void made_from_nothing(void **state) {
  (void)state;
  wp_model *model, *copy;
  assert_ok(wp_model_create(&model, "plain", NULL));
  wp_tensor *x = make_numbers(), *y;
  assert_ok(wp_model_forward_tensor(&y, model, x));
  const void *bytes;
  assert_ok(wp_tensor_data(&bytes, y));
  assert_true(((const float *)bytes)[5] == 6);
  assert_fails(wp_model_clone(&copy, model), WP_ERROR_UNSUPPORTED);
  wp_tensor_release(y);
  wp_tensor_release(x);
  wp_model_release(model);
}

static void errors_of_the_class(void **state) {
  (void)state;
  wp_value *options = json("{\"height\": 3}");
  wp_model *model;
  assert_fails(wp_model_create(&model, "scaled", options), WP_ERROR_NOT_FOUND);
  assert_null(model);
  wp_value_release(options);
  wp_error *err = wp_model_create(&model, "nobody", NULL);
  assert_int_equal(wp_error_code(err), WP_ERROR_NOT_FOUND);
  assert_non_null(strstr(wp_error_message(err), "plain, scaled"));
  assert_string_equal(wp_error_key(err), "nobody");
  wp_error_release(err);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(made_from_options),
      cmocka_unit_test(made_from_nothing),
      cmocka_unit_test(errors_of_the_class),
  };
  return cmocka_run_group_tests_name("registry.hpp", tests, load_plugin, NULL);
}
