/* SPDX-License-Identifier: MIT */
/* The opponent: a network of linear layers with ReLU between them, from a state_dict of torch.nn.Sequential ("0.weight",
 * "0.bias", "2.weight", ...). policy_plain.c computes it by itself, policy_torch.c with libweightport-torch: link one of them.
 * A policy may be made on one thread and used on another, on one at a time. */
#ifndef GAME_POLICY_H
#define GAME_POLICY_H

#include <weightport/weightport.h>

#include "rules.h"

typedef struct policy policy;

/* Makes a policy of weights that are in memory already: what it touches later is not read from a file. */
wp_error *policy_create(policy **out, const wp_state_dict *weights);
void policy_destroy(policy *p);

/* A score for each move; the policy takes the highest. */
wp_error *policy_scores(float scores[MOVES], policy *p, const float observation[OBSERVATION]);

#endif
