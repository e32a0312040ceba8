/* SPDX-License-Identifier: MIT */
/*
 * The raw layer under the Go, Java and C# bindings: the public C headers as they are. README.md says how each language sees
 * them.
 */
#ifdef SWIGGO
%module raw
#else
%module Native
#endif

%include "common.i"

%{
#include <weightport/weightport.h>
%}

/* wp_version() is the version that counts. */
%ignore WP_VERSION_STRING;

/* Structs stay in C: options.i makes them, and the rest of the API takes their addresses. */
%ignore wp_source;
%ignore wp_sink;
%ignore wp_limits;
%ignore wp_open_options;
%ignore wp_save_options;
%ignore wp_diff_options;
%ignore wp_tensor_desc;
%ignore wp_tensor_wrap;
%ignore DLManagedTensor;
%ignore wp_tensor_from_dlpack;
%ignore wp_tensor_to_dlpack;

%include <weightport/version.h>
%include <weightport/error.h>
%include <weightport/io.h>
%include <weightport/tensor.h>
%include <weightport/value.h>
%include <weightport/state_dict.h>
%include <weightport/checkpoint.h>

#ifdef SWIGJAVA
%fragment("wpj_callback");
#endif
%include "options.i"
%include "lookup.i"
