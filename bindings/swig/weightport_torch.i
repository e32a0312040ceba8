/* SPDX-License-Identifier: MIT */
/*
 * The raw layer over libweightport-torch. It stands on the other module: the same typemaps, and its sources, sinks and save
 * options, which are passed by their addresses.
 */
#ifdef SWIGGO
%module rawtorch
#else
%module NativeTorch
#endif

%import "weightport.i"

%{
#include <stdlib.h>
#include <string.h>
#include <weightport/torch/torch.h>
%}

%apply const char *WP_TEXT { const char *map_location, const char *method, const char *pattern, const char *device,
  const char *strip_prefix };
%apply const void *WP_BYTES { const void *data };
%apply double *WP_OUT { double *total_norm };
%apply size_t *WP_OUT { size_t *changed };
#ifndef SWIGCSHARP
%apply (const char *WP_TEXT, size_t WP_SIZE) { (const char *json, size_t size) };
#else
%apply const char *WP_TEXT { const char *json };
#endif

%ignore wp_model_options;
%ignore wp_load_state_dict_options;
%ignore wp_optimizer_step_closure;
%ignore wp_scheduler_create_lambda;

%include <weightport/torch/model.h>
%include <weightport/torch/autograd.h>
%include <weightport/torch/loss.h>
%include <weightport/torch/optimizer.h>
%include <weightport/torch/scheduler.h>
%include <weightport/torch/runtime.h>

#if defined(SWIGGO)
%include "go_torch.i"
#elif defined(SWIGJAVA)
%include "java_torch.i"
#else
%include "csharp_torch.i"
#endif
%include "torch_options.i"
