// SPDX-License-Identifier: MIT
/**
 * PyTorch weight files from Java: {@link org.weightport.Checkpoint} opens one, {@link org.weightport.StateDict} has its weights
 * by name, {@link org.weightport.Tensor} their bytes, and {@link org.weightport.Value} everything else that is in the file.
 *
 * <p>Failures throw {@link org.weightport.WeightportException}, which is unchecked and has a {@link org.weightport.Code}. What
 * is AutoCloseable holds memory in C: close it, or leave it to the garbage collector, which knows nothing of its size. Use after
 * close throws IllegalStateException.
 */
package org.weightport;
