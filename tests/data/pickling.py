# SPDX-License-Identifier: MIT
"""Pickles by hand: names, calls and persistent ids that need not exist here, in every protocol."""
import io
import pickle


class Global:
    """A class or function named by the pickle."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Call:
    """function(*args), then BUILD with the state; how = "reduce", "newobj", "obj" or "inst"."""

    def __init__(self, function, args=(), state=None, how="reduce", items=(), pairs=()):
        self.function, self.args, self.state, self.how = function, args, state, how
        self.items, self.pairs = items, pairs


class Persistent:
    """A persistent id."""

    def __init__(self, value):
        self.value = value


class Raw:
    """Opcodes as they are."""

    def __init__(self, opcodes):
        self.opcodes = opcodes


def ordered_dict(pairs=(), state=None):
    return Call(Global("collections", "OrderedDict"), (), state, pairs=pairs)


class HandPickler(pickle._Pickler):
    """pickle's own Python implementation, told about the classes above."""

    dispatch = dict(pickle._Pickler.dispatch)

    def __init__(self, file, protocol, python2=False):
        super().__init__(file, protocol)
        self.python2 = python2

    def save_hand_global(self, obj):
        if self.proto >= 4:
            self.save(obj.module)
            self.save(obj.name)
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(pickle.GLOBAL + obj.module.encode() + b"\n" + obj.name.encode() + b"\n")
        self.memoize(obj)

    def save_hand_call(self, obj):
        if obj.how in ("obj", "inst"):
            self.write(pickle.MARK)
            if obj.how == "obj":
                self.save(obj.function)
            for arg in obj.args:
                self.save(arg)
            name = obj.function.module.encode() + b"\n" + obj.function.name.encode() + b"\n"
            self.write(pickle.OBJ if obj.how == "obj" else pickle.INST + name)
        else:
            self.save(obj.function)
            self.save(obj.args)
            self.write(pickle.NEWOBJ if obj.how == "newobj" else pickle.REDUCE)
        self.memoize(obj)
        self._batch_appends(iter(obj.items))
        self._batch_setitems(iter(obj.pairs))
        if obj.state is not None:
            self.save(obj.state)
            self.write(pickle.BUILD)

    def save_hand_persistent(self, obj):
        if isinstance(obj.value, str) and self.proto == 0:
            self.write(pickle.PERSID + obj.value.encode() + b"\n")
        else:
            self.save(obj.value, save_persistent_id=False)
            self.write(pickle.BINPERSID)

    def save_hand_raw(self, obj):
        self.write(obj.opcodes)

    def save_hand_str(self, obj):
        if not self.python2:
            return self.save_str(obj)
        raw = obj.encode("latin-1")
        if not self.bin:
            self.write(pickle.STRING + repr(raw)[1:].encode() + b"\n")
        elif len(raw) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(raw)]) + raw)
        else:
            self.write(pickle.BINSTRING + len(raw).to_bytes(4, "little") + raw)
        self.memoize(obj)

    dispatch[Global] = save_hand_global
    dispatch[Call] = save_hand_call
    dispatch[Persistent] = save_hand_persistent
    dispatch[Raw] = save_hand_raw
    dispatch[str] = save_hand_str


def dumps(value, protocol=2, python2=False):
    out = io.BytesIO()
    HandPickler(out, protocol, python2).dump(value)
    return out.getvalue()
