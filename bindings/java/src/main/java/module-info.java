// SPDX-License-Identifier: MIT
/** PyTorch weight files from Java. */
module org.weightport {
  exports org.weightport;
  exports org.weightport.torch;
}
