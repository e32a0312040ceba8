// SPDX-License-Identifier: MIT
package org.weightport;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.weightport.internal.Native;

/** A reference to a tensor of C's that several Tensors share, and what never changes about it. */
final class TensorCore {
  final Handle handle;
  final DType dtype;
  final Layout layout;
  final int itemSize;
  final long numel;
  final long nbytes;
  final long storageOffset;
  final long storageId;
  final long storageNbytes;
  final long flags;
  final long[] shape;
  /** Null for a sparse tensor. */
  final long[] strides;

  private final AtomicInteger users = new AtomicInteger(1);
  /** All bytes, once they are known and if one buffer holds them. */
  private volatile ByteBuffer row;

  /** Takes a new reference to what may be a view of other memory. */
  TensorCore(long address) {
    this(address, false);
  }

  /** Takes a new reference; `allocated`: to memory that was allocated for it alone. */
  TensorCore(long address, boolean allocated) {
    long[] facts = new long[Native.WPB_FACTS];
    Native.wpb_tensor_facts(address, facts);
    dtype = DType.of((int) facts[Native.WPB_DTYPE]);
    layout = Layout.of((int) facts[Native.WPB_LAYOUT]);
    itemSize = (int) facts[Native.WPB_ITEMSIZE];
    numel = facts[Native.WPB_NUMEL];
    nbytes = facts[Native.WPB_NBYTES];
    handle = new Handle(address, allocated ? release(nbytes) : Native::wp_tensor_release);
    storageOffset = facts[Native.WPB_STORAGE_OFFSET];
    storageId = facts[Native.WPB_STORAGE_ID];
    storageNbytes = facts[Native.WPB_STORAGE_NBYTES];
    flags = facts[Native.WPB_FLAGS];
    shape = longs(facts[Native.WPB_SHAPE], facts[Native.WPB_NDIM]);
    strides = facts[Native.WPB_STRIDES] == 0 ? null : longs(facts[Native.WPB_STRIDES], facts[Native.WPB_NDIM]);
  }

  private static LongConsumer release(long nbytes) {
    long taken = Allocated.take(nbytes);
    return address -> {
      Native.wp_tensor_release(address);
      Allocated.give(taken);
    };
  }

  private static final long[] NONE = {};

  private static long[] longs(long address, long count) {
    return count == 0 ? NONE : Native.wpb_longs(address, count);
  }

  boolean has(long flag) {
    return (flags & flag) != 0;
  }

  /** One more Tensor; null if the last one was closed meanwhile. */
  Tensor share() {
    for (;;) {
      int count = users.get();
      if (count == 0) return null;
      if (users.compareAndSet(count, count + 1)) return new Tensor(this);
    }
  }

  void unshare() {
    if (users.decrementAndGet() == 0) {
      row = null;
      handle.close();
    }
  }

  /** All bytes, read-only, in this machine's order. The first call may read, inflate or byte-swap. */
  ByteBuffer row() {
    ByteBuffer known = row;
    if (known == null) row = known = window(0, Copies.length(nbytes, "bytes"));
    return known;
  }

  /** Bytes of the row, read-only, in this machine's order. */
  ByteBuffer window(long from, int size) {
    long[] out = new long[1];
    handle.run(address -> Native.wp_tensor_data(out, address));
    return memory(out[0] + from, size).asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  /** As window(), to be written, of what wp_tensor_mutable_data() or another function gives. */
  ByteBuffer mutable(Handle.Out data, long from, int size) {
    long[] out = new long[1];
    handle.run(address -> data.call(out, address));
    return memory(out[0] + from, size).order(ByteOrder.nativeOrder());
  }

  /**
   * A buffer over the tensor's memory, with a reference of its own that is given up when neither it nor a buffer made of it is
   * reachable: duplicates, slices and typed views of a direct buffer all refer to it.
   */
  private ByteBuffer memory(long start, int size) {
    long address = handle.enter();
    try {
      ByteBuffer memory = (ByteBuffer) Native.wpb_buffer(start, size);
      if (memory == null) throw new WeightportException(Code.UNSUPPORTED, "", "this virtual machine has no direct buffers");
      Handle.attach(memory, Native.wp_tensor_retain(address), Native::wp_tensor_release);
      return memory;
    } finally {
      handle.leave();
    }
  }

  /** The view that a function of C's makes of this one. */
  Tensor view(Handle.Out function) {
    return new Tensor(new TensorCore(handle.out(function)));
  }

  /** The copy that a function of C's makes of this one. */
  Tensor copy(Handle.Out function) {
    return new Tensor(new TensorCore(handle.out(function), true));
  }
}
