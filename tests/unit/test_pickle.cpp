// SPDX-License-Identifier: MIT
// The unpickler, opcode by opcode. Each pickle is written out as Python's pickletools would show it.
#include <cmath>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "format/pickle/unpickler.hpp"
#include "value/depth.hpp"

// Last: it defines macros with common names.
extern "C" {
#include <cmocka.h>
}

using namespace weightport;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

struct Loaded {
  Ref<Tree> tree;
  Globals globals;
  Node *root = nullptr;
  wp_code code = WP_OK;
  int64_t offset = -1;
};

Loaded load(std::string_view pickle, const wp_limits *limits = nullptr) {
  Loaded out;
  Operation operation(Limits::from(limits), nullptr, nullptr, nullptr);
  out.tree = make_ref<Tree>(Budget(operation.limits(), pickle.size()));
  Reader reader(memory_source(std::as_bytes(std::span(pickle.data(), pickle.size())), "test"));
  try {
    out.root = unpickle(reader, *out.tree, out.globals, nullptr, operation);
  } catch (const Error &e) {
    out.code = e.code();
    out.offset = e.offset();
  }
  return out;
}

Loaded good(std::string_view pickle) {
  Loaded out = load(pickle);
  assert_int_equal(out.code, WP_OK);
  return out;
}

void assert_int(std::string_view pickle, int64_t value) {
  Loaded loaded = good(pickle);
  assert_int_equal(loaded.root->kind, WP_KIND_INT);
  assert_false(loaded.root->flag);
  assert_true(loaded.root->integer == value);
}

void assert_big_int(std::string_view pickle, std::string_view decimal) {
  Loaded loaded = good(pickle);
  assert_int_equal(loaded.root->kind, WP_KIND_INT);
  assert_true(loaded.root->flag);
  assert_string_equal(std::string(loaded.root->view()).c_str(), std::string(decimal).c_str());
}

void assert_text(std::string_view pickle, wp_kind kind, std::string_view text) {
  Loaded loaded = good(pickle);
  assert_int_equal(loaded.root->kind, kind);
  assert_true(loaded.root->view() == text);
}

void assert_refused(std::string_view pickle, wp_code code, int64_t offset) {
  Loaded loaded = load(pickle);
  assert_int_equal(loaded.code, code);
  assert_int_equal(loaded.offset, offset);
}

void ints(void **) {
  assert_int("K\xff."sv, 255);
  assert_int("M\x00\x01."sv, 256);
  assert_int("J\xff\xff\xff\xff."sv, -1);
  assert_int("I-7\n."sv, -7);
  assert_int("L12L\n."sv, 12);
  assert_int("\x8a\x00."sv, 0);
  assert_int("\x8a\x01\xff."sv, -1);
  assert_int("\x8a\x02\xff\x00."sv, 255);
  assert_int("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f."sv, INT64_MAX);
  assert_int("\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80."sv, INT64_MIN);
  assert_int("\x8b\x01\x00\x00\x00\x05."sv, 5);
}

void ints_beyond_64_bits(void **) {
  assert_big_int("\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00."sv, "9223372036854775808");
  assert_big_int("\x8a\x09\xff\xff\xff\xff\xff\xff\xff\x7f\xff."sv, "-9223372036854775809");
  assert_big_int("\x8a\x0d\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01."sv, "79228162514264337593543950336");
  assert_big_int("L-0123456789012345678901234567890L\n."sv, "-123456789012345678901234567890");
  std::string wide = "\x8b\x01\x04\x00\x00"s + std::string(1025, '\x01') + ".";
  assert_refused(wide, WP_ERROR_LIMIT, 0);
  assert_refused(concat("L", std::string(3000, '9'), "\n."), WP_ERROR_LIMIT, 0);
  assert_refused("I12x\n.", WP_ERROR_CORRUPT, 0);
}

void bools_floats_none(void **) {
  assert_true(good("I01\n.").root->flag);
  assert_int_equal(good("I00\n.").root->kind, WP_KIND_BOOL);
  assert_int_equal(good("N.").root->kind, WP_KIND_NONE);
  assert_true(good("\x88.").root->flag);
  assert_true(good("G\x3f\xb9\x99\x99\x99\x99\x99\x9a."sv).root->real == 0.1);
  assert_true(good("F0.5\n.").root->real == 0.5);
  assert_true(std::isnan(good("Fnan\n.").root->real));
  assert_true(good("F+5.e-1\n.").root->real == 0.5);
  assert_true(good("F-Infinity\n.").root->real == -HUGE_VAL);
  assert_true(good("F1e-400\n.").root->real == 0);
  for (const char *pickle : {"Fx\n.", "F\n.", "F 1\n.", "F0x1\n.", "F1e\n.", "F1e400\n.", "F-1e400\n.", "Fnan(1)\n."}) {
    assert_refused(pickle, WP_ERROR_CORRUPT, 0);
  }
}

void strings(void **) {
  assert_text("X\x02\x00\x00\x00\xc3\xa9."sv, WP_KIND_STRING, "\xc3\xa9");
  assert_text("\x8c\x03"
              "abc."sv,
              WP_KIND_STRING, "abc");
  assert_text("\x8d\x01\x00\x00\x00\x00\x00\x00\x00z."sv, WP_KIND_STRING, "z");
  assert_text("Va\\u00e9\xe9\n."sv, WP_KIND_STRING, "a\xc3\xa9\xc3\xa9");
  assert_text("S'a\\n\\x41\\\\'\n.", WP_KIND_STRING, "a\nA\\");
  assert_text("U\x02\xff\xfe."sv, WP_KIND_BYTES, "\xff\xfe");
  assert_text("C\x02\x00\xff."sv, WP_KIND_BYTES, "\x00\xff"sv);
  assert_true(good("\x96\x01\x00\x00\x00\x00\x00\x00\x00z."sv).root->flag);
  // A lone surrogate is what Python's surrogatepass writes; a stray byte is not text.
  assert_text("X\x03\x00\x00\x00\xed\xa0\x80."sv, WP_KIND_STRING, "\xed\xa0\x80");
  assert_refused("X\x01\x00\x00\x00\xff."sv, WP_ERROR_CORRUPT, 0);
  assert_refused("S'abc\n.", WP_ERROR_CORRUPT, 0);
  assert_refused("X\x04\x00\x00\x00"
                 "ab."sv,
                 WP_ERROR_CORRUPT, 5);
}

void containers(void **) {
  Loaded list = good("](K\x01K\x02"
                     "eK\x03"
                     "a."sv);
  assert_int_equal(list.root->kind, WP_KIND_LIST);
  assert_int_equal(list.root->items.size, 3);
  assert_int_equal(list.root->items.data[2]->integer, 3);

  Loaded dict = good("}(K\x01N\x88"
                     "K\x05G\x3f\xf0\x00\x00\x00\x00\x00\x00K\x06u."sv);
  // 1, True and 1.0 are one key: the first key stays, the last value counts.
  assert_int_equal(dict.root->dict->size, 1);
  assert_int_equal(find_int(*dict.root, 1)->integer, 6);

  assert_int_equal(good("(K\x01K\x02t."sv).root->items.size, 2);
  assert_int_equal(good("(K\x01l."sv).root->kind, WP_KIND_LIST);
  assert_int_equal(good("(K\x01K\x02"
                        "d."sv)
                       .root->kind,
                   WP_KIND_DICT);
  assert_true(good("(K\x01\x91."sv).root->flag);
  assert_int_equal(good("\x8f(K\x01\x90."sv).root->items.size, 1);
  assert_int_equal(good("K\x01K\x02K\x03\x87."sv).root->items.size, 3);
}

void large_dicts_find_every_key(void **) {
  std::string pickle = "}(";
  for (int i = 0; i < 1000; ++i) append(pickle, concat("S'key", i, "'\nI", i, "\n"));
  pickle += "u.";
  Loaded loaded = good(pickle);
  for (int i = 0; i < 1000; ++i) assert_int_equal(find(*loaded.root, concat("key", i))->integer, i);
  assert_null(find(*loaded.root, "key1000"));
}

void memo(void **) {
  Loaded recursive = good("]q\x00h\x00"
                          "a."sv);
  assert_ptr_equal(recursive.root->items.data[0], recursive.root);
  check_depth(*recursive.root, Operation());
  // Shared, by each way to write an index; a huge index costs no memory.
  Loaded shared = good("]r\xff\xff\xff\xff"
                       "j\xff\xff\xff\xff\x86."sv);
  assert_ptr_equal(shared.root->items.data[0], shared.root->items.data[1]);
  Loaded memoized = good("]\x94h\x00\x86."sv);
  assert_ptr_equal(memoized.root->items.data[0], memoized.root->items.data[1]);
  assert_int_equal(good("]p7\ng7\n\x86."sv).root->items.size, 2);
  assert_refused("h\x05."sv, WP_ERROR_CORRUPT, 0);
}

void classes(void **) {
  Loaded loaded = good("ccollections\nOrderedDict\n)R}S'_metadata'\nNsb."sv);
  assert_int_equal(loaded.root->kind, WP_KIND_DICT);
  assert_true(loaded.root->dict->extra.class_name == "collections.OrderedDict");
  assert_non_null(find(*loaded.root->dict->extra.attributes, "_metadata"));

  Loaded foreign = good("\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R."sv);
  assert_int_equal(foreign.root->kind, WP_KIND_OBJECT);
  assert_true(foreign.root->object->extra.class_name == "os.system");
  assert_int_equal(foreign.root->object->extra.args->items.size, 1);
  auto globals = foreign.globals.take();
  assert_int_equal(globals.size(), 1);
  assert_string_equal(globals[0].name.c_str(), "os.system");
  assert_false(globals[0].allowed);

  // Python 2's names, INST and OBJ.
  assert_int_equal(good("(K\x01K\x02lp0\n0(g0\ni__builtin__\nset\n."sv).root->kind, WP_KIND_SET);
  assert_int_equal(good("(c__builtin__\nset\no."sv).root->kind, WP_KIND_SET);
  assert_true(good("ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nobject\nNtR."sv).root->object->extra.class_name == "m.C");
  assert_refused("K\x01)R."sv, WP_ERROR_CORRUPT, 3);

  // TorchScript calls the class of an enum with a bare value.
  Loaded color = good("c__torch__.m\nColor\nK\x02R."sv);
  assert_int_equal(color.root->object->extra.args->items.data[0]->integer, 2);
  assert_refused("cm\nColor\nK\x02R."sv, WP_ERROR_CORRUPT, 11);

  // Python 3 writes Python 2's names too, up to protocol 2.
  for (const auto &[python2, python3] : {std::pair{"cUserDict\nIterableUserDict\n.", "collections.UserDict"},
                                         {"\x80\x02"
                                          "cexceptions\nValueError\n.",
                                          "builtins.ValueError"},
                                         {"cexceptions\nMine\n.", "exceptions.Mine"},
                                         {"citertools\nizip\n.", "builtins.zip"},
                                         {"c__builtin__\nreduce\n.", "functools.reduce"},
                                         {"curllib\nquote\n.", "urllib.parse.quote"},
                                         {"cttk\nButton\n.", "tkinter.ttk.Button"},
                                         {"\x80\x03"
                                          "cttk\nButton\n.",
                                          "ttk.Button"}}) {
    assert_string_equal(good(python2).globals.take()[0].name.c_str(), python3);
  }
}

std::string device(std::string_view name) { return concat("ctorch\ndevice\nS'", name, "'\n\x85R."); }

// What torch.device() refuses is no device here either: it would be saved as another one.
void devices(void **) {
  for (std::string_view name : {"cpu", "cuda:0", "cuda:10", "privateuseone:1", "meta"}) {
    assert_text(device(name), WP_KIND_DEVICE, name);
  }
  assert_text("ctorch\ndevice\n(S'cuda'\nI1\ntR.", WP_KIND_DEVICE, "cuda:1");
  int64_t reduce = static_cast<int64_t>(device("cuda:x").size()) - 2;
  for (std::string_view name : {"cuda:x", "cuda:", "cuda:-", "cuda:1:", "cu da", "cuda1"}) {
    assert_refused(device(name), WP_ERROR_CORRUPT, reduce + static_cast<int64_t>(name.size()) - 6);
  }
  for (std::string_view name : {"", "cuda:01", "cuda:0:1", ":1"}) assert_int_equal(load(device(name)).code, WP_ERROR_CORRUPT);
  assert_int_equal(load(device(std::string(65, 'd'))).code, WP_ERROR_CORRUPT);
  assert_int_equal(load("ctorch\ndevice\n(S'cuda'\nI-1\ntR.").code, WP_ERROR_CORRUPT);
}

void a_size_holds_ints(void **) {
  assert_int_equal(good("ctorch\nSize\n((I2\nI3\nttR.").root->items.size, 2);
  for (const char *item : {"S'a'\n", "F1\n", "L99999999999999999999L\n", "N", "(t"}) {
    assert_refused(concat("ctorch\nSize\n((", item, "ttR."), WP_ERROR_CORRUPT, 16 + static_cast<int64_t>(strlen(item)));
  }
}

void a_walk_of_many_containers_can_be_cancelled(void **) {
  std::string many = "](";
  for (int i = 0; i < 70'000; ++i) many += "]Na";
  Loaded loaded = good(many + "e.");
  auto cancel = make_ref<Cancel>();
  cancel->request();
  wp_code code = WP_OK;
  try {
    check_depth(*loaded.root, Operation(Limits{}, cancel.get(), nullptr, nullptr));
  } catch (const Error &e) {
    code = e.code();
  }
  assert_int_equal(code, WP_ERROR_CANCELLED);
}

void allowed_names(void **) {
  for (const char *name :
       {"collections.OrderedDict", "torch.FloatStorage", "torch.float8_e4m3fn", "torch.uint7", "torch.FloatTensor",
        "torch.cuda.sparse.HalfTensor", "torch.storage.UntypedStorage", "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_nested_tensor", "torch.cuda.BFloat16Storage"}) {
    assert_true(allowed_by_weights_only(name));
  }
  for (const char *name : {"os.system", "builtins.eval", "torch.load", "torch.float", "numpy.ndarray", "torch.FooTensor",
                           "torch.", "torch.cuda.QInt8Storage", "torch.Float8_e5m2Storage", "builtins.ValueError"}) {
    assert_false(allowed_by_weights_only(name));
  }
}

void numpy_values(void **) {
  // numpy.dtype("i8", False, True) made big-endian, then scalar(dtype, bytes).
  Loaded scalar = good("cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n(S'i8'\nI00\nI01\ntR(K\x03S'>'"
                       "\nNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
                       "C\x08\x00\x00\x00\x00\x00\x00\x01\x02\x86R."sv);
  assert_int_equal(scalar.root->kind, WP_KIND_INT);
  assert_int_equal(scalar.root->integer, 258);

  Loaded array = good("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85"
                      "C\x01"
                      "btR"
                      "(K\x01K\x02K\x03\x86"
                      "cnumpy\ndtype\n(S'u1'\nI00\nI01\ntR\x88"
                      "C\x06"
                      "abcdeftb."sv);
  assert_int_equal(array.root->kind, WP_KIND_TENSOR);
  const Tensor &tensor = *array.root->tensor.pointer;
  assert_int_equal(tensor.dtype(), WP_DTYPE_UINT8);
  assert_int_equal(tensor.strides()[0], 1);  // Fortran order
  assert_int_equal(tensor.strides()[1], 2);
  assert_memory_equal(tensor.data(), "abcdef", 6);

  // numpy 2.4: reshape((2, 3)), then transpose((1, 0)).
  auto in_order = [](std::string_view axes) {
    return load(concat("cnumpy._core.numeric\n_frombuffer\n(C\x06"
                       "abcdef"
                       "cnumpy\ndtype\n(S'u1'\nI00\nI01\ntRK\x02K\x03\x86S'K'\n",
                       axes, "tR."));
  };
  Loaded transposed = in_order("K\x01K\x00\x86"sv);
  assert_int_equal(transposed.root->kind, WP_KIND_TENSOR);
  assert_int_equal(transposed.root->tensor.pointer->shape()[0], 3);
  assert_int_equal(transposed.root->tensor.pointer->strides()[0], 1);
  assert_int_equal(transposed.root->tensor.pointer->strides()[1], 3);
  for (std::string_view axes : {"K\x01K\x01\x86"sv, "K\x00\x85"sv, "K\x00K\x02\x86"sv, "I-1\nK\x00\x86"sv}) {
    assert_int_equal(in_order(axes).root->kind, WP_KIND_OBJECT);
  }
}

// What is made of these is not in the file: the calls are kept, whatever they stand for.
void calls_that_only_their_classes_know(void **) {
  for (auto [pickle, name] :
       {std::pair{"ctorch._utils\n_rebuild_parameter\n(cm\nf\n)R\x88NtR."sv, "torch._utils._rebuild_parameter"},
        {"ctorch._tensor\n_rebuild_from_type_v2\n(cm\nf\ncm\nT\n)}tR."sv, "torch._tensor._rebuild_from_type_v2"},
        {"ctorch._tensor\n_rebuild_from_type_v2\n(cm\nf\n)Rcm\nT\n)}tR."sv, "torch._tensor._rebuild_from_type_v2"},
        {"ccopyreg\n_reconstructor\n(cm\nf\n)Rcbuiltins\nobject\nNtR."sv, "copyreg._reconstructor"}}) {
    Loaded kept = good(pickle);
    assert_int_equal(kept.root->kind, WP_KIND_OBJECT);
    assert_true(kept.root->object->extra.class_name == name);
    assert_true(kept.root->object->extra.args->items.size >= 3);
  }
}

void meta_tensors(void **) {
  auto meta = [](std::string_view dtype, std::string_view sizes) {
    return concat("ctorch._utils\n_rebuild_meta_tensor_no_storage\n(ctorch\n", dtype, "\n", sizes, sizes, "\x89tR.");
  };
  assert_int_equal(good(meta("float32", "K\x02\x85")).root->kind, WP_KIND_TENSOR);
  assert_int_equal(load(meta("float99", "K\x02\x85")).code, WP_ERROR_UNSUPPORTED);
  std::string many = "(";
  for (int i = 0; i < 65; ++i) many += "K\x01";
  assert_int_equal(load(meta("float32", many + "t")).code, WP_ERROR_LIMIT);

  // The state of a class of its own is what that makes of it, and no state of old Variables.
  Loaded state = good("ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_meta_tensor_no_storage\ncm\nT\n"
                      "(ctorch\nfloat32\nK\x02\x85K\x01\x85\x89t(K\x01K\x02\x88K\x04ttR."sv);
  assert_true(state.root->tensor.extra->class_name == "m.T");
  assert_false(state.root->tensor.pointer->requires_grad());
  assert_int_equal(state.root->tensor.extra->attributes->items.size, 4);
}

void broken_pickles(void **) {
  assert_refused("", WP_ERROR_CORRUPT, 0);
  assert_refused(".", WP_ERROR_CORRUPT, 0);
  assert_refused("NN.", WP_ERROR_CORRUPT, 2);
  assert_refused("0.", WP_ERROR_CORRUPT, 0);
  assert_refused("Na.", WP_ERROR_CORRUPT, 1);
  assert_refused("NNa.", WP_ERROR_CORRUPT, 2);
  assert_refused("(u.", WP_ERROR_CORRUPT, 1);
  assert_refused("}(Nu.", WP_ERROR_CORRUPT, 3);
  assert_refused("t.", WP_ERROR_CORRUPT, 0);
  assert_refused("}]Ns.", WP_ERROR_CORRUPT, 3);
  assert_refused("\xff.", WP_ERROR_CORRUPT, 0);
  assert_refused("\x80\x06.", WP_ERROR_UNSUPPORTED, 0);
  assert_refused("\x82\x01.", WP_ERROR_UNSUPPORTED, 0);
  assert_refused("NQ.", WP_ERROR_CORRUPT, 1);
}

void limits(void **) {
  wp_limits limits = WP_LIMITS_INIT;
  limits.max_steps = 3;
  assert_int_equal(load("NNN000N.", &limits).code, WP_ERROR_LIMIT);
  assert_int_equal(load("N0N.", &limits).code, WP_OK);
  limits = WP_LIMITS_INIT;
  limits.max_string = 4;
  assert_int_equal(load("\x8c\x05"
                        "abcde.",
                        &limits)
                       .code,
                   WP_ERROR_LIMIT);
  assert_int_equal(load("\x8c\x04"
                        "abcd.",
                        &limits)
                       .code,
                   WP_OK);
  limits = WP_LIMITS_INIT;
  limits.max_bytes = 65536;
  std::string lists(10000, ']');
  assert_int_equal(load(lists + ".", &limits).code, WP_ERROR_LIMIT);
}

void depth(void **) {
  std::string deep(5000, ']');
  deep += std::string(4999, 'a') + ".";
  Loaded loaded = good(deep);
  bool refused = false;
  try {
    check_depth(*loaded.root, Operation());
  } catch (const Error &e) {
    refused = e.code() == WP_ERROR_LIMIT;
  }
  assert_true(refused);
  Limits generous;
  generous.max_depth = 5000;
  check_depth(*loaded.root, Operation(generous, nullptr, nullptr, nullptr));

  // Parents made before their children nest as deeply.
  std::string chain = "(";
  for (int i = 0; i < 2000; ++i) append(chain, concat("]p", i, "\n"));
  chain += "l0";
  for (int i = 0; i + 1 < 2000; ++i) append(chain, concat("g", i, "\ng", i + 1, "\na0"));
  chain += "g0\n.";
  refused = false;
  try {
    Loaded nested = good(chain);
    check_depth(*nested.root, Operation());
  } catch (const Error &e) {
    refused = e.code() == WP_ERROR_LIMIT;
  }
  assert_true(refused);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(ints),
      cmocka_unit_test(ints_beyond_64_bits),
      cmocka_unit_test(bools_floats_none),
      cmocka_unit_test(strings),
      cmocka_unit_test(containers),
      cmocka_unit_test(large_dicts_find_every_key),
      cmocka_unit_test(memo),
      cmocka_unit_test(classes),
      cmocka_unit_test(devices),
      cmocka_unit_test(a_size_holds_ints),
      cmocka_unit_test(a_walk_of_many_containers_can_be_cancelled),
      cmocka_unit_test(allowed_names),
      cmocka_unit_test(numpy_values),
      cmocka_unit_test(calls_that_only_their_classes_know),
      cmocka_unit_test(meta_tensors),
      cmocka_unit_test(broken_pickles),
      cmocka_unit_test(limits),
      cmocka_unit_test(depth),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
