/* SPDX-License-Identifier: MIT */
/* One call where a binding would make several: crossing into C costs more than what is done there. */
%inline %{
/* What wpb_tensor_facts() fills in. Only the addresses need the tensor to stay alive. */
enum {
  WPB_DTYPE,
  WPB_NDIM,
  WPB_NUMEL,
  WPB_NBYTES,
  WPB_ITEMSIZE,
  WPB_LAYOUT,
  WPB_STORAGE_OFFSET,
  WPB_STORAGE_ID,
  WPB_STORAGE_NBYTES,
  WPB_FLAGS,   /* WPB_REQUIRES_GRAD and so on */
  WPB_SHAPE,   /* address of `ndim` int64_t */
  WPB_STRIDES, /* address of `ndim` int64_t, or 0 */
  WPB_FACTS    /* number of facts */
};
enum { WPB_REQUIRES_GRAD = 1, WPB_PARAMETER = 2, WPB_CONTIGUOUS = 4, WPB_CONJ = 8, WPB_NEG = 16 };

static void wpb_tensor_facts(const wp_tensor *tensor, int64_t *FACTS) {
  FACTS[WPB_DTYPE] = wp_tensor_dtype(tensor);
  FACTS[WPB_NDIM] = (int64_t)wp_tensor_ndim(tensor);
  FACTS[WPB_NUMEL] = wp_tensor_numel(tensor);
  FACTS[WPB_NBYTES] = (int64_t)wp_tensor_nbytes(tensor);
  FACTS[WPB_ITEMSIZE] = (int64_t)wp_dtype_itemsize(wp_tensor_dtype(tensor));
  FACTS[WPB_LAYOUT] = wp_tensor_layout(tensor);
  FACTS[WPB_STORAGE_OFFSET] = wp_tensor_storage_offset(tensor);
  FACTS[WPB_STORAGE_ID] = (int64_t)wp_tensor_storage_id(tensor);
  FACTS[WPB_STORAGE_NBYTES] = (int64_t)wp_tensor_storage_nbytes(tensor);
  FACTS[WPB_FLAGS] = (wp_tensor_requires_grad(tensor) ? WPB_REQUIRES_GRAD : 0) |
                     (wp_tensor_is_parameter(tensor) ? WPB_PARAMETER : 0) |
                     (wp_tensor_is_contiguous(tensor) ? WPB_CONTIGUOUS : 0) | (wp_tensor_is_conj(tensor) ? WPB_CONJ : 0) |
                     (wp_tensor_is_neg(tensor) ? WPB_NEG : 0);
  FACTS[WPB_SHAPE] = (int64_t)(intptr_t)wp_tensor_shape(tensor);
  FACTS[WPB_STRIDES] = (int64_t)(intptr_t)wp_tensor_strides(tensor);
}

/* A new reference, which a later edit of the state_dict leaves alone; NULL if there is no such name. */
static wp_tensor *wpb_state_dict_get(const wp_state_dict *state_dict, const char *utf8, size_t utf8_size) {
  wp_tensor *tensor = wp_state_dict_find_sized(state_dict, utf8, utf8_size);
  return tensor ? wp_tensor_retain(tensor) : NULL;
}
static wp_tensor *wpb_state_dict_get_at(const wp_state_dict *state_dict, size_t index) {
  wp_tensor *tensor = wp_state_dict_tensor_at(state_dict, index);
  return tensor ? wp_tensor_retain(tensor) : NULL;
}

/* Address of the bytes; NULL where wp_tensor_data() gives an error: ask it which. */
static const void *wpb_tensor_pointer(const wp_tensor *tensor) {
  const void *bytes;
  wp_error *error = wp_tensor_data(&bytes, tensor);
  wp_error_release(error);
  return error ? NULL : bytes;
}
%}
