// SPDX-License-Identifier: MIT
package org.weightport;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.weightport.internal.Native;

/** Between arrays and tensors, which may be larger than one buffer. */
final class Copies {
  private static final int CHUNK = 1 << 30;
  /** The longest array that virtual machines make. */
  private static final int LONGEST = Integer.MAX_VALUE - 8;

  private Copies() {}

  /** Copies `count` elements, number `index` and following, to the start of a buffer. */
  interface Copier {
    void copy(ByteBuffer chunk, int index, int count);
  }

  /** Is told of some bytes of a tensor. */
  interface Visitor {
    void visit(long offset, int size);
  }

  static int length(long count, String unit) {
    if (count <= LONGEST) return (int) count;
    throw new WeightportException(Code.LIMIT, "", count + " " + unit + " are more than one Java array or buffer holds");
  }

  static void each(TensorCore core, Visitor visitor) {
    for (long offset = 0; offset < core.nbytes; offset += CHUNK) {
      visitor.visit(offset, (int) Math.min(CHUNK, core.nbytes - offset));
    }
  }

  static Tensor in(DType dtype, int length, long[] shape, Copier copier) {
    Tensor tensor = Tensor.zeros(dtype, shape);
    try {
      TensorCore core = tensor.open();
      if (core.numel != length) throw new WeightportException(Code.MISMATCH, "", length + " elements for " + tensor);
      core.handle.run(address -> elements(core, address, copier));
      return tensor;
    } catch (RuntimeException | Error failure) {
      tensor.close();
      throw failure;
    }
  }

  /** Fills an array of so many bytes with all elements, converted. */
  static void out(TensorCore core, DType dtype, Object array, long nbytes) {
    core.handle.run(address -> Native.wpb_tensor_read(address, dtype.number, array, nbytes));
  }

  /** Lends the copier buffers over all elements, which are valid during this call only. Returns an error of C's. */
  private static long elements(TensorCore core, long address, Copier copier) {
    long[] out = new long[1];
    long error = Native.wp_tensor_mutable_data(out, address);
    if (error != 0) return error;
    each(core, (offset, size) -> {
      ByteBuffer chunk = ((ByteBuffer) Native.wpb_buffer(out[0] + offset, size)).order(ByteOrder.nativeOrder());
      copier.copy(chunk, (int) (offset / core.itemSize), size / core.itemSize);
    });
    return 0;
  }
}
