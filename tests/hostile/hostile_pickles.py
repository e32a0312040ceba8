# SPDX-License-Identifier: MIT
"""Pickles that were made to do harm: name -> bytes of data.pkl."""
import struct

from containers import Storages, tensor
from pickling import Call, Global, Persistent, Raw, dumps, ordered_dict

MILLION = 10**6
LONG = struct.pack("<q", 1)
FLOATS = struct.pack("<6f", *range(6))
# A module up to the value of _modules; "ub" ends it.
MODULE = (b"ctorch.nn.modules.container\nSequential\n)\x81"
          b"}(X\x0b\0\0\0_parameters}X\x08\0\0\0_buffers}X\x08\0\0\0_modules")


def utils(name, *args):
    return Call(Global("torch._utils", name), args)


def pickled(value):
    return dumps({"w": value, "n": 1})


def laughs(open_one, levels=60):
    """Each level holds the one below twice, by the memo."""
    out = b"\x80\x02" + open_one(b"K\x01")
    for level in range(levels):
        out += b"r" + struct.pack("<I", level) + b"0" + open_one(b"j" + struct.pack("<I", level))
    return out


def twice_list(item):
    return b"](" + item + item + b"e"


def twice_tuple(item):
    return item + item + b"\x86"


def twice_dict(item):
    return b"}(K\x01" + item + b"K\x02" + item + b"u"


def twice_module(item):
    return MODULE + b"}(X\x01\0\0\0a" + item + b"X\x01\0\0\0b" + item + b"uub"


def nesting():
    many = 20000
    parameter = b"ctorch._utils\n_rebuild_parameter\n("
    parameter_end = b"\x88}tR"
    return {
        "self_list": b"\x80\x02]q\0h\0a.", "self_dict": b"\x80\x02}q\0K\x01h\0s.",
        "self_tuple": b"\x80\x02]q\0h\0\x85q\x01ah\x01.",
        "self_object": b"\x80\x02cargparse\nNamespace\n)\x81q\0}X\x01\0\0\0ah\0sb.",
        "self_args": b"\x80\x02cos\nsystem\n]q\0h\0a\x85R.", "self_state": b"\x80\x02cargparse\nNamespace\n)\x81q\0h\0b.",
        "self_key": b"\x80\x02}q\0h\0K\x01s.",
        "self_module": b"\x80\x02" + MODULE.replace(b"}(", b"q\0}(") + b"}X\x01\0\0\0ah\0sub.",
        "laughs_list": laughs(twice_list) + b".", "laughs_tuple": laughs(twice_tuple) + b".",
        "laughs_dict": laughs(twice_dict) + b".", "laughs_key": laughs(twice_tuple) + b"q\xff0}h\xffK\x01s.",
        "laughs_two_keys": laughs(twice_tuple) + b"q\xfe0" + laughs(twice_tuple)[2:] + b"q\xff0}(h\xfeK\x01h\xffK\x02u.",
        "laughs_set": laughs(twice_tuple) + b"q\xff0c__builtin__\nset\n]h\xffa\x85R.",
        "laughs_module": laughs(twice_module) + b".", "deep_list": b"\x80\x02" + b"]" * MILLION + b"a" * (MILLION - 1) + b".",
        "deep_tuple": b"\x80\x02)" + b"\x85" * MILLION + b".",
        "deep_dict": b"\x80\x02" + b"}K\x01" * MILLION + b"}" + b"s" * MILLION + b".",
        "deep_key": b"\x80\x02})" + b"\x85" * MILLION + b"K\x01s.",
        "deep_mark": b"\x80\x02" + b"(" * MILLION + b"t" * MILLION + b".",
        "deep_object": b"\x80\x02" + b"cargparse\nNamespace\n)\x81" * many + b"N" + b"b" * many + b".",
        "deep_call": b"\x80\x02ca\nb\n" + b")R" * many + b".",
        "deep_frozenset": b"\x80\x04" + b"(" * MILLION + b"\x91" * MILLION + b".", "deep_module": deep_modules(many),
        "deep_parameter": b"\x80\x02" + parameter * many + b"N" + parameter_end * many + b".",
        "deep_sparse": chain(b"h\x64(h\x65(%sh\x66ttR", 300000), "deep_types": deep_types(400000),
        "modules_of_one_dict": modules_of_one_dict(15000), "modules_of_one_set": modules_of_one_set(1000, 100000),
        "deep_scales": chain(b"h\x67(h\x68K\0h\x66h\x66(h\x69%sK\0t\x89}tR", 300000),
    }


def chain(step, levels):
    """A tensor, then again and again one that is made of the one before, which stands for %s twice."""
    link = struct.pack("<I", 120)
    storage = dumps(Storages().add("QInt8", b"1"))[2:-1]
    named = [b"ctorch._utils\n_rebuild_sparse_tensor\n", b"ctorch\nsparse_coo\n", b"K\x01\x85",
             b"ctorch._utils\n_rebuild_qtensor\n", storage, b"ctorch\nper_channel_affine\n"]
    memo = b"".join(opcodes + b"q" + bytes([0x64 + i]) + b"0" for i, opcodes in enumerate(named))
    base = dumps(Storages().tensor("Long", LONG, (1, 1), (1, 1)))[2:-1]
    return b"\x80\x02" + memo + base + b"r" + link + (b"0" + step % (2 * (b"j" + link)) + b"r" + link) * levels + b"."


def deep_types(levels):
    """Functions that call the function they are given, in turn."""
    names = b"ctorch._tensor\n_rebuild_from_type\nq\0ctorch._tensor\n_rebuild_from_type_v2\nq\1ctorch\nTensor\nq\x0200"
    return b"\x80\x02" + names + b"(h\0h\2(h\1h\2" * (levels // 2) + b")" + b"}t" * levels + b"R."


def deep_modules(levels):
    return b"\x80\x02" + (MODULE + b"}X\x01\0\0\0a") * levels + b"N" + b"sub" * levels + b"."


def modules_of_one_dict(count):
    """Modules whose _modules is one dict, which holds them all."""
    text = lambda s: b"\x8c" + bytes([len(s)]) + s.encode()
    body = b"}q\0" + text("_parameters") + b"}s" + text("_modules") + b"}q\1s0"
    modules = b"".join(text(str(i)) + b"h\2)\x81h\0b" for i in range(count))
    return b"\x80\4" + body + b"cm\nM\nq\0020" + b"h\1(" + modules + b"u."


def modules_of_one_set(count, names):
    """Modules of a buffer each, whose name is to be looked for among many."""
    text = lambda s: b"\x8c" + bytes([len(s)]) + s.encode()
    listed = b"\x8f(" + b"".join(text(f"{i:06}") for i in range(names)) + b"\x90q\0010"
    body = text("_parameters") + b"}s" + text("_modules") + b"}s" + text("_buffers") + b"}" + text("000000") + b"]ss"
    module = b"h\2)\x81}" + body + text("_non_persistent_buffers_set") + b"h\1sb"
    return b"\x80\4" + listed + b"cm\nM\nq\0020" + b"](" + module * count + b"e."


def counts():
    u32, u64 = lambda n: struct.pack("<I", n), lambda n: struct.pack("<Q", n)
    out = {"unicode8": b"\x8d" + u64(2**63) + b"x", "unicode4": b"X" + u32(2**32 - 1) + b"x", "bytes8": b"\x8e" + u64(2**62),
           "bytes4": b"B" + u32(2**31), "bytearray8": b"\x96" + u64(2**64 - 1), "long4": b"\x8b" + u32(2**31 - 1),
           "long4_negative": b"\x8b" + u32(2**32 - 1) + b"x", "string_negative": b"T" + u32(2**32 - 1) + b"x",
           "frame": b"\x95" + u64(2**63) + b"N", "memo_index": b"Nr" + u32(2**32 - 1), "memo_text": b"Np999999999999999999\n",
           "memo_negative": b"Np-1\n", "memo_missing": b"j" + u32(7), "memo_many": b"N" + b"\x94" * MILLION,
           "memo_sparse": b"N" + b"".join(b"r" + u32(n * 4001) for n in range(100000)), "extension": b"\x84" + u32(5),
           "next_buffer": b"\x97\x98", "duplicates": b"(N" + b"2" * MILLION + b"t",
           "globals": b"(" + b"ca\nb\n" * 200000 + b"t", "calls": b"(" + b"ca\nb\n)R" * 100000 + b"t",
           "long_text": b"L" + b"9" * MILLION + b"L\n", "int_text": b"I" + b"9" * MILLION + b"\n",
           "float_text": b"F" + b"9" * MILLION + b"\n", "float_bad": b"Fx\n", "int_bad": b"I1x\n",
           "long_binary": b"\x8b" + u32(MILLION) + b"\x7f" * MILLION,
           "long_negative": b"\x8b" + u32(MILLION) + b"\xff" * (MILLION - 1) + b"\x80",
           "long_medium": b"\x8b" + u32(20000) + b"\x5a" * 20000,
           "longs": b"(" + (b"\x8b" + u32(4000) + b"\x5a" * 4000) * 200 + b"t", "empty_string_key": b"}U\0Ns",
           "same_key": b"}(" + b"K\x01N" * 200000 + b"u",
           "alike_keys": b"}" + b"".join(b"X" + u32(300001) + b"a" * 300000 + bytes([65 + i]) + b"\x94Ns" for i in range(8)) +
           b"(" + b"h\7N" * 100000 + b"u",
           "wide_key": b"}\x8b" + u32(1000) + b"\x5a" * 1000 + b"\x940(" + b"h\0" * 1000 + b"t\x940(" + b"h\1N" * 400000 + b"u",
           "colliding_keys": b"}(" + b"".join(b"\x8a\x08" + u64(n << 40) + b"N" for n in range(100000)) + b"u",
           "colliding_floats": b"}(" + b"".join(b"G" + struct.pack(">d", n * 2.0**60) + b"N" for n in range(100000)) + b"u",
           "string_escapes": b"S'" + b"\\x41" * 100000 + b"\\x4'\n", "string_unclosed": b"S'abc\n",
           "unicode_escapes": b"V\\ud800\\U99999999\n", "bad_utf8": b"X" + u32(4) + b"\xff\xfe\x80\xc0",
           "global_name": b"c" + b"a" * MILLION + b"\nb\n", "global_utf8": b"c\xff\n\xfe\n",
           "global_control": b"ca\x1b[2J\rx\nb\n)R", "inst": b"(ios\nsystem\n", "protocol": b"\x80\xff"}
    return {name: b"\x80\x04" + body + b"." for name, body in out.items()}


def stacks():
    bodies = {"stop": b"", "pop": b"0", "pop_mark": b"1", "append": b"a", "appends": b"](e", "appends_tuple": b")(Ne",
              "append_tuple": b")Na", "setitem": b"}Ns", "setitems_odd": b"}(Nu", "setitems_list": b"](K\x01Nu",
              "additems_list": b"](N\x90", "build": b"N}b", "build_int": b"K\x01K\x02b", "reduce_int": b"K\x01)R",
              "reduce_args": b"ca\nb\nK\x01R", "newobj_int": b"K\x01)\x81", "newobj_ex": b"ca\nb\n)K\x01\x92",
              "obj_empty": b"(o", "inst_cut": b"(ios\n", "stack_global": b"K\x01K\x02\x93", "tuple3": b"N\x87",
              "mark_only": b"(", "binpersid": b"Q", "persid": b"Pabc\n", "put_empty": b"q\0", "dup_empty": b"2",
              "two_values": b"NN", "no_stop": b"N" * 10, "setitem_unhashable": b"}]Ns", "set_unhashable": b"\x8f(]\x90",
              "set_of_dict": b"c__builtin__\nset\n]}a\x85R", "frozen_unhashable": b"(]\x91", "mark_key": b"}((Ns",
              "readonly": b"N\x98"}
    out = {"stack_" + name: b"\x80\x04" + body + b"." for name, body in bodies.items()}
    out["stack_no_stop"] = out["stack_no_stop"][:-1]
    return out


def commands(marker):
    """What would write the file `marker` if anything were run."""
    shell, code = f"touch {marker}", f"open({marker!r}, 'w')"
    system = Global("os", "system")
    getattr_system = Call(Global("builtins", "getattr"), (Global("os", "x"), "system"))
    call = lambda module, name, *args, **how: dumps(Call(Global(module, name), args, **how))
    out = {"system": call("os", "system", shell), "posix": call("posix", "system", shell),
           "eval": call("builtins", "eval", code), "exec": call("__builtin__", "exec", code),
           "popen": call("subprocess", "Popen", ["touch", marker]),
           "import": call("builtins", "__import__", "os"), "open": call("io", "open", marker, "w"),
           "path": dumps(Call(Global("pathlib", "Path.touch"), (Call(Global("pathlib", "Path"), (marker,)),)), 4),
           "inst": call("os", "system", shell, how="inst"), "obj": call("os", "system", shell, how="obj"),
           "newobj": call("os", "system", shell, how="newobj"), "runpy": call("runpy", "_run_code", code, {}),
           "torch": call("torch.utils.cpp_extension", "load_inline", "x", code),
           "getattr": dumps(Call(getattr_system, (shell,))),
           "state": dumps(Call(Global("torch.nn.modules.linear", "Linear"), (), {"__class__": system, "_modules": shell})),
           "script": call("torch.jit._pickle", "restore_type_tag", [1], shell), "module": call("no_such_module", "f", 1)}
    return {"run_" + name: pickle for name, pickle in out.items()}


def storages():
    """Persistent ids that are none."""
    kind = Global("torch", "FloatStorage")
    good = ("storage", kind, "0", "cpu", 6)
    ids = {"int": 1, "none": None, "text": "abc", "empty": (), "two": good[:2], "many": good + (None, 1, 2),
           "word": ("stor",) + good[1:], "type_text": ("storage", "FloatStorage") + good[2:],
           "type_none": ("storage", None) + good[2:], "type_os": ("storage", Global("os", "system")) + good[2:],
           "type_unknown": ("storage", Global("torch", "NoStorage")) + good[2:], "key_int": good[:2] + (0,) + good[3:],
           "key_list": good[:2] + ([],) + good[3:], "key_missing": good[:2] + ("7",) + good[3:],
           "key_path": good[:2] + ("../../../etc/passwd",) + good[3:], "key_long": good[:2] + ("x" * 100000,) + good[3:],
           "key_pickle": good[:2] + ("../data.pkl",) + good[3:], "location_int": good[:3] + (1, 6),
           "location_long": good[:3] + ("x" * 100000, 6), "negative": good[:4] + (-1,), "huge": good[:4] + (2**63 - 1,),
           "wraps": good[:4] + (2**62,), "bigger": good[:4] + (7,), "big_int": good[:4] + (2**70,), "float": good[:4] + (6.0,),
           "module": ("module", kind, "f", "source"), "module_short": ("module",)}
    out = {"persistent_" + name: pickled(tensor(Persistent(value), (1,), (1,))) for name, value in ids.items()}
    kinds = (Persistent(good), Persistent(good[:1] + (Global("torch", "DoubleStorage"),) + good[2:4] + (3,)))
    out["persistent_two_types"] = pickled([tensor(kinds[0], (6,), (1,)), tensor(kinds[1], (3,), (1,))])
    out["persistent_bare"] = dumps(kinds[0])
    return out


def tensors():
    store = Storages()
    base = store.add("Float", FLOATS)
    good = tensor(base, (6,), (1,))
    wide = lambda n: tensor(base, (1,) * n, (1,) * n)
    views = {"offset": tensor(base, (6,), (1,), 1), "offset_negative": tensor(base, (1,), (1,), -1),
             "offset_huge": tensor(base, (1,), (1,), 2**63 - 1), "stride_negative": tensor(base, (2,), (-1,), 5),
             "stride_huge": tensor(base, (2,), (2**62,)), "stride_wraps": tensor(base, (5,), (2**62,)),
             "size_negative": tensor(base, (-1,), (1,)), "size_huge": tensor(base, (2**62,), (0,)),
             "sizes_wrap": tensor(base, (2**32, 2**32), (0, 0)), "empty_huge": tensor(base, (0, 2**62, 2**62), (1, 1, 1)),
             "empty_offset": tensor(base, (0,), (1,), 2**40), "expanded": tensor(base, (2**40,), (0,)), "ndim_64": wide(64),
             "ndim_65": wide(65), "ndim_many": wide(100000), "ndim_differs": tensor(base, (2, 3), (1,)),
             "size_text": tensor(base, ("a",), (1,)), "size_float": tensor(base, (1.0,), (1,)),
             "size_big": tensor(base, (2**80,), (1,)), "size_none": utils("_rebuild_tensor_v2", base, 0, None, None, False,
                                                                          {}), "no_args": utils("_rebuild_tensor_v2"),
                                                                          "many_args": utils("_rebuild_tensor_v2", base, 0,
                                                                                             (1,), (1,), False, {},
                                                                        {}, 1, 2, 3),
             "storage_int": utils("_rebuild_tensor_v2", 1, 0, (1,), (1,), False, {}),
             "storage_tensor": utils("_rebuild_tensor_v2", good, 0, (1,), (1,), False, {}),
             "metadata_int": tensor(base, (1,), (1,), 0, 5),
             "v3_no_dtype": utils("_rebuild_tensor_v3", base, 0, (1,), (1,), False, {}, 3),
             "v3_wider": utils("_rebuild_tensor_v3", base, 0, (6,), (1,), False, {}, Global("torch", "complex128")),
             "v3_unknown": utils("_rebuild_tensor_v3", base, 0, (6,), (1,), False, {}, Global("torch", "float1")),
             "parameter_int": utils("_rebuild_parameter", 3, True, {}), "parameter_none": utils("_rebuild_parameter"),
             "parameter_state": utils("_rebuild_parameter_with_state", good,
                                                                                     True, {}, 5)}
    layout = Global("torch", "sparse_coo")
    sparse = {"sparse_ints": utils("_rebuild_sparse_tensor", layout, (1, 2, 3)),
              "sparse_short": utils("_rebuild_sparse_tensor", layout, ()),
              "sparse_layout": utils("_rebuild_sparse_tensor", Global("os", "system"), (good, good, (2,))),
              "sparse_strided": utils("_rebuild_sparse_tensor", Global("torch", "strided"), (good, good, (2,))),
              "sparse_size": utils("_rebuild_sparse_tensor", layout, (good, good, (-2, 2**62))),
              "csr_short": utils("_rebuild_sparse_csr_tensor", Global("torch", "sparse_csr"), (good,)),
              "meta_huge": utils("_rebuild_meta_tensor_no_storage", Global("torch", "float32"), (2**62, 8), (8, 1), False),
              "meta_negative": utils("_rebuild_meta_tensor_no_storage", Global("torch", "float32"), (-1,), (-1,), False),
              "meta_dtype": utils("_rebuild_meta_tensor_no_storage", "float32", (1,), (1,), False)}
    quantized = {name: utils("_rebuild_qtensor", store.add("QInt8", b"1234"), 0, (2, 2), (2, 1), params, False, {}) for name,
                 params in {
        "q_empty": (), "q_scheme": (1, 2, 3), "q_axis": (Global("torch", "per_channel_affine"), [1.0], [0], 9), "q_int": 3,
        "q_lists": (Global("torch", "per_channel_affine"), [1.0] * 100000, [0], 0),
        "q_text": (Global("torch", "per_tensor_affine"), "a", "b"),
        "q_sparse": (Global("torch", "per_channel_affine"), sparse["sparse_ints"], good, 0)}.items()}
    wrapped = {"type_v2": Call(Global("torch._tensor", "_rebuild_from_type_v2"),
                               (Global("os", "system"), Global("a", "b"), ("touch x",), {})),
               "type_v2_short": Call(Global("torch._tensor", "_rebuild_from_type_v2"), ()),
               "type_storage": Call(Global("torch._tensor", "_rebuild_from_type_v2"),
                                    (Global("torch._utils", "_rebuild_tensor_v3"), Global("torch", "FooStorage"),
                                     (Storages().add("Untyped", FLOATS), 0, (2,), (1,), False, ordered_dict(),
                                      Global("torch", "uint16")), {})),
               "wrapper_numpy": utils("_rebuild_wrapper_subclass", Global("numpy", "foo"), Global("torch", "float32"), (2, 3),
                                      (1, 2), 0, None, None, False),
               "size_of": Call(Global("torch", "Size"), (("a", 2**70),)),
               "device_of": Call(Global("torch", "device"), (1, 2, 3)),
               "layout_of": Call(Global("torch.serialization", "_get_layout"), (1,)),
               "encode": Call(Global("_codecs", "encode"), (1, 2)),
               "encode_other": Call(Global("_codecs", "encode"), ("a", "rot13")),
               "encode_wide": Call(Global("_codecs", "encode"), ("\u1234", "latin1")),
               "ordered": Call(Global("collections", "OrderedDict"), ([1, 2],)),
               "ordered_keys": Call(Global("collections", "OrderedDict"), ([[[], 1]],)),
               "counter": Call(Global("collections", "Counter"), (5,)), "complex": Call(Global("builtins", "complex"), ("a",)),
               "bytearray": Call(Global("builtins", "bytearray"), (2**40,)),
               "range": Call(Global("builtins", "range"), (0, 2**62)), "bytes": Call(Global("builtins", "bytes"), (2**40,)),
               "set": Call(Global("builtins", "set"), (7,)), "reconstructor": Call(Global("copyreg", "_reconstructor"), ()),
               "metadata": ordered_dict([("a", 1)], 5), "raw": Raw(b"(d(l")}
    cases = {**views, **sparse, **quantized, **wrapped, **arrays()}
    return {"tensor_" + name: pickled(value) for name, value in cases.items()}


def arrays():
    def dtype(code, state=(3, "<", None, None, None, -1, -1, 0)):
        return Call(Global("numpy", "dtype"), (code, False, True), state)

    def array(kind, shape, raw, fortran=False, version=1):
        return Call(Global("numpy.core.multiarray", "_reconstruct"), (Global("numpy", "ndarray"), (0,), b"b"),
                    (version, shape, kind, fortran, raw))

    scalar = lambda *args: Call(Global("numpy.core.multiarray", "scalar"), args)
    return {"np_short": array(dtype("f4"), (2,), b"1234"), "np_long": array(dtype("f4"), (1,), b"12345678"),
            "np_negative": array(dtype("f4"), (-1,), b""), "np_huge": array(dtype("f4"), (2**62, 4), b""),
            "np_zero": array(dtype("V0"), (2**62,), b""), "np_object": array(dtype("O"), (1,), [1]),
            "np_list": array(dtype("f4"), (1,), [1]), "np_shape": array(dtype("f4"), 5, b"1234"),
            "np_kind": array(3, (1,), b"1234"), "np_code": array(dtype("zz"), (1,), b"1"),
            "np_state": Call(Global("numpy.core.multiarray", "_reconstruct"), (1,), (1,)), "np_dtype_state": dtype("f4", 5),
            "np_dtype_args": Call(Global("numpy", "dtype"), (5,)), "np_order": array(dtype("f4", (3, "?")), (1,), b"1234"),
            "np_wide": array(dtype("f4"), (1,) * 100, b"1234"), "np_scalar_short": scalar(dtype("f8"), b"123"),
            "np_scalar_none": scalar(), "np_scalar_object": scalar(dtype("O"), b"1"), "np_scalar_int": scalar(dtype("i8"), 5),
            "np_dtype_self": Raw(
                b"cnumpy\ndtype\nX\x02\0\0\0f4\x85Rq\x70h\x70b")}


def all_pickles(marker):
    return {**nesting(), **counts(), **stacks(), **commands(marker), **storages(), **tensors()}
