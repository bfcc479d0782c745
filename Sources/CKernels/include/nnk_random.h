#ifndef NNK_RANDOM_H
#define NNK_RANDOM_H

#include "nnk_base.h"

/// Where draws come from: Philox 4×32-10 (Salmon et al., SC 2011) with this key and counter
/// (iteration, row, time, element / 4), `element` counting within a row. Word element mod 4 becomes the draw.
typedef struct nnk_random {
  uint64_t key;
  uint32_t iteration, time;
} nnk_random;

/// out[r, e] uniform in [0, 1), in steps of 2⁻²⁴; row r of the batch draws as row rows[r] (r itself where null).
void nnk_random_uniform(
    float *_Nonnull out, int64_t batch, int64_t per_row, nnk_random source, const int32_t *_Nullable rows);

/// Standard normal draws by Box–Muller: words (w₀, w₁) give elements 4q and 4q+1, (w₂, w₃) the next two, as
/// √(−2 ln u) cos(2π v) and √(−2 ln u) sin(2π v), u = (⌊w/2⁸⌋ + 1) 2⁻²⁴ of the first word, v = ⌊w'/2⁸⌋ 2⁻²⁴.
void nnk_random_normal(
    float *_Nonnull out, int64_t batch, int64_t per_row, nnk_random source, const int32_t *_Nullable rows);

/// out = uniform < probability ? value : 0.
void nnk_random_bernoulli(
    float *_Nonnull out, float probability, float value, int64_t batch, int64_t per_row, nnk_random source,
    const int32_t *_Nullable rows);

/// out (+)= x · (uniform ≥ rate ? 1/(1 − rate) : 0): dropout, and with the same source its gradient. `out` may be `x`.
void nnk_dropout(
    float *_Nonnull out, const float *_Nonnull x, float rate, int64_t batch, int64_t per_row, nnk_random source,
    const int32_t *_Nullable rows, bool accumulate);

#endif
