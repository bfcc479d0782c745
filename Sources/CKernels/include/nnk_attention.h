#ifndef NNK_ATTENTION_H
#define NNK_ATTENTION_H

#include "nnk_base.h"

/// Scaled dot-product attention of several heads [Vaswani et al. 2017, Attention Is All You Need], tile by tile: scores
/// and probabilities never leave the nearest cache, and the backward pass computes them again from the logarithm of each
/// row's sum [Dao et al. 2022, FlashAttention].
///
/// Each example has q [queries, heads, width], k and v [keys, groups, width]; heads / groups heads in a row share one
/// group of keys and values [Ainslie et al. 2023, GQA]. All are dense, one example behind the other.
typedef struct nnk_attention {
  int64_t batch, queries, keys, heads, groups, width;
  /// Multiplies the scores; positive.
  float scale;
  /// A query sees only keys up to its own position.
  bool causal;
} nnk_attention;

/// The most elements that a row of a head may have.
#define NNK_ATTENTION_WIDEST 512

typedef struct nnk_attention_operands {
  const float *_Nonnull q;
  const float *_Nonnull k;
  const float *_Nonnull v;
  /// [batch, keys], 0 where a key must not be seen; or null.
  const float *_Nullable mask;
  /// softmax(scale q kᵀ) v, [batch, queries, heads, width]. Written forward (unless null), read backward.
  float *_Nullable out;
  /// log Σ exp of each row of scores, [batch, heads, queries]. Written forward (unless null), read backward.
  float *_Nullable sums;
  /// Backward: the derivative by `out`, and those by q, k, v: any of these may be null.
  const float *_Nullable dout;
  float *_Nullable dq;
  float *_Nullable dk;
  float *_Nullable dv;
} nnk_attention_operands;

/// Units first ..< last of batch · heads: one head of one example each. A row that sees no key is NaN.
void nnk_attention_units(
    const nnk_attention *_Nonnull attention, const nnk_attention_operands *_Nonnull operands, int64_t first,
    int64_t last);

/// Units first ..< last of batch · groups: one group of one example each, its heads in order.
void nnk_attention_backward_units(
    const nnk_attention *_Nonnull attention, const nnk_attention_operands *_Nonnull operands, int64_t first,
    int64_t last);

#endif
