/* SPDX-License-Identifier: MIT */
/* Programs that were compiled against other versions of libweightport-torch's structs. */
#include <stdio.h>
#include <weightport/torch/torch.h>

#include "../abi/every_size.h"
#include "../capi/expect_tensor.h"

#define FILE_NAME WEIGHTPORT_TEST_DATA "/scripted.pt"

static wp_model *model;
static wp_state_dict *weights;

static void load_with(const void *options) {
  wp_model *loaded;
  assert_ok(wp_model_load(&loaded, FILE_NAME, options));
  wp_model_release(loaded);
}

static void load_state_dict_with(const void *options) { assert_ok(wp_model_load_state_dict(NULL, model, weights, options)); }

static void every_size_of_every_struct(void **state) {
  (void)state;
  const wp_model_options model_options = WP_MODEL_OPTIONS_INIT;
  const wp_load_state_dict_options load_options = WP_LOAD_STATE_DICT_OPTIONS_INIT;
  const versioned kinds[] = {
      {&model_options, sizeof model_options, sizeof(uint32_t), 4, load_with},
      {&load_options, sizeof load_options, sizeof(uint32_t), 1, load_state_dict_with},
  };
  assert_ok(wp_model_load(&model, FILE_NAME, NULL));
  assert_ok(wp_model_state_dict(&weights, model));
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) every_size(&kinds[i]);
  wp_state_dict_release(weights);
  wp_model_release(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_size_of_every_struct),
  };
  return cmocka_run_group_tests_name("older_structs", tests, NULL, NULL);
}
