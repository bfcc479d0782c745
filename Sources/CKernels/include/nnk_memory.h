#ifndef NNK_MEMORY_H
#define NNK_MEMORY_H

#include "nnk_base.h"

/// out[i] = value.
void nnk_fill(float *_Nonnull out, float value, int64_t count);

/// out[i] = start + i · step, each computed from i (not by repeated addition).
void nnk_iota(float *_Nonnull out, float start, float step, int64_t count);

/// out[i] (+)= x[i].
void nnk_copy(float *_Nonnull out, const float *_Nonnull x, int64_t count, bool accumulate);

/// Copies a view of rank ≤ 8 into another of the same shape (4-byte elements): permute, slice, pad, concat, broadcast
/// (stride 0 of x). Adjacent axes are merged; a swap of axes goes through registers in blocks. With `accumulate`, adds
/// as floats; out's strides must then not map two indices to one element.
void nnk_copy_strided(
    float *_Nonnull out, const int64_t *_Nonnull out_strides, const float *_Nonnull x,
    const int64_t *_Nonnull x_strides, const int64_t *_Nonnull shape, int32_t rank, bool accumulate);

/// Sums a contiguous tensor of rank ≤ 8 over the axes whose bit is set in `axes`, into contiguous kept axes, in order;
/// scaled, and added to out where `accumulate`.
void nnk_reduce_sum(
    float *_Nonnull out, const float *_Nonnull x, const int64_t *_Nonnull shape, int32_t rank, uint32_t axes,
    float scale, bool accumulate);

/// As `nnk_reduce_sum`, the maximum; NaN where one is met, −infinity over nothing.
void nnk_reduce_max(
    float *_Nonnull out, const float *_Nonnull x, const int64_t *_Nonnull shape, int32_t rank, uint32_t axes);

/// out[i, :width] = table[indices[i], :width]; a row of NaN where the index is outside 0 ..< table_rows.
void nnk_gather_rows(
    float *_Nonnull out, int64_t ldout, const float *_Nonnull table, int64_t ldtable, int64_t table_rows,
    const int32_t *_Nonnull indices, int64_t count, int64_t width);

/// table[indices[i], :width] += x[i, :width], i ascending, for indices in row0 ..< row1 only: split by rows of the
/// table, each owned by one call. Indices outside the table are passed over.
void nnk_scatter_add_rows(
    float *_Nonnull table, int64_t ldtable, int64_t row0, int64_t row1, const float *_Nonnull x, int64_t ldx,
    const int32_t *_Nonnull indices, int64_t count, int64_t width);

/// out[r] = x[r, indices[r]]; NaN where the index is outside 0 ..< cols.
void nnk_pick(
    float *_Nonnull out, const float *_Nonnull x, const int32_t *_Nonnull indices, int64_t rows, int64_t cols);

/// out[r, :] = value where the column is indices[r], else 0.
void nnk_one_hot(float *_Nonnull out, const int32_t *_Nonnull indices, float value, int64_t rows, int64_t cols);

#endif
