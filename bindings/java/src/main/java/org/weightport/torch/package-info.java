// SPDX-License-Identifier: MIT
/**
 * Models, losses, optimizers and schedulers on libtorch, in step with Python: a training that Python began goes on here, and the
 * other way round. Needs libweightport-torch and libtorch.
 *
 * <p>Tensors, state_dicts and values are those of {@link org.weightport}. A model and its optimizer are used by one thread at a
 * time; several may run forward() of one model in eval mode inside {@link org.weightport.torch.Torch#noGrad}.
 */
package org.weightport.torch;
