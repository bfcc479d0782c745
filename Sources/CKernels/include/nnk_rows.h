#ifndef NNK_ROWS_H
#define NNK_ROWS_H

#include "nnk_base.h"

// Matrices here are [rows, cols], contiguous unless a row distance `ld` is given. Functions whose rows are independent
// are split over threads by calling them on ranges of rows (offset pointers); those that sum over rows say how.

/// out[r] = Σ x[r, :] · scale (added to out where `accumulate`). Long rows are summed in blocks.
void nnk_row_sum(
    float *_Nonnull out, const float *_Nonnull x, int64_t rows, int64_t cols, int64_t ld, float scale, bool accumulate);

/// out[c] = Σ x[:, c] · scale (added to out where `accumulate`). Split by columns (offset `x` and `out`).
void nnk_column_sum(
    float *_Nonnull out, const float *_Nonnull x, int64_t rows, int64_t cols, int64_t ld, float scale, bool accumulate);

/// Σ x² of a contiguous buffer, in double over float blocks of 512.
double nnk_sum_of_squares(const float *_Nonnull x, int64_t count);

/// out[r] = max x[r, :], NaN where the row holds one, −infinity for an empty row.
void nnk_row_max(float *_Nonnull out, const float *_Nonnull x, int64_t rows, int64_t cols, int64_t ld);

/// out[r] = index of the largest of x[r, :]; the first wins; the first NaN wins over all.
void nnk_row_argmax(int32_t *_Nonnull out, const float *_Nonnull x, int64_t rows, int64_t cols, int64_t ld);

/// out = exp(x − max) / Σ exp(x − max) of each row. `out` may be `x`.
void nnk_softmax(float *_Nonnull out, const float *_Nonnull x, int64_t rows, int64_t cols);

/// dx = y (dy − Σ dy y) of each row, from the output y; added to dx where `accumulate`. `dx` may be `dy`.
void nnk_softmax_backward(
    float *_Nonnull dx, const float *_Nonnull y, const float *_Nonnull dy, int64_t rows, int64_t cols, bool accumulate);

/// out = x − max − log Σ exp(x − max) of each row. `out` may be `x`.
void nnk_log_softmax(float *_Nonnull out, const float *_Nonnull x, int64_t rows, int64_t cols);

/// dx = dy − exp(y) Σ dy of each row, from the output y. `dx` may be `dy`.
void nnk_log_softmax_backward(
    float *_Nonnull dx, const float *_Nonnull y, const float *_Nonnull dy, int64_t rows, int64_t cols, bool accumulate);

/// Cross-entropy of softmax(logits) against a class per row: loss[r] = log Σ exp(x − max) − (x[label] − max).
/// Where `gradient` is not null: gradient = scale[r] (softmax(x) − onehot(label)), with scale[0] for every row where
/// `scale_stride` is 0. A label outside 0 ..< cols gives a NaN loss and a zero gradient. `gradient` may be `logits`;
/// either of `loss` and `gradient` may be null.
void nnk_softmax_cross_entropy(
    float *_Nullable loss, float *_Nullable gradient, const float *_Nonnull logits, const int32_t *_Nonnull labels,
    const float *_Nullable scale, int64_t scale_stride, int64_t rows, int64_t cols);

/// y = (x − mean) · rstd · gamma + beta of each row, rstd = 1/√(variance + epsilon). `gamma`, `beta`, `mean` and `rstd`
/// may be null. `y` may be `x`.
void nnk_layer_norm(
    float *_Nonnull y, float *_Nullable mean, float *_Nullable rstd, const float *_Nonnull x,
    const float *_Nullable gamma, const float *_Nullable beta, float epsilon, int64_t rows, int64_t cols);

/// dx = rstd (g − mean(g) − x̂ mean(g x̂)) with g = dy·gamma, x̂ = (x − mean) rstd. `gamma` may be null, `dx` may be `dy`.
void nnk_layer_norm_backward(
    float *_Nonnull dx, const float *_Nonnull dy, const float *_Nonnull x, const float *_Nonnull mean,
    const float *_Nonnull rstd, const float *_Nullable gamma, int64_t rows, int64_t cols, bool accumulate);

/// dgamma[c] = Σ dy x̂, dbeta[c] = Σ dy over the rows (added where `accumulate`); either may be null. Split by columns:
/// offset dgamma, dbeta, dy and x; `ld` is the row distance of dy and x.
void nnk_layer_norm_backward_weights(
    float *_Nullable dgamma, float *_Nullable dbeta, const float *_Nonnull dy, const float *_Nonnull x,
    const float *_Nonnull mean, const float *_Nonnull rstd, int64_t rows, int64_t cols, int64_t ld, bool accumulate);

/// y = x · rstd · gamma of each row, rstd = 1/√(mean(x²) + epsilon). `gamma` and `rstd` may be null. `y` may be `x`.
void nnk_rms_norm(
    float *_Nonnull y, float *_Nullable rstd, const float *_Nonnull x, const float *_Nullable gamma, float epsilon,
    int64_t rows, int64_t cols);

/// dx = rstd (g − x̂ mean(g x̂)) with g = dy·gamma, x̂ = x · rstd. `gamma` may be null, `dx` may be `dy`.
/// (dgamma: `nnk_layer_norm_backward_weights` with means of zero.)
void nnk_rms_norm_backward(
    float *_Nonnull dx, const float *_Nonnull dy, const float *_Nonnull x, const float *_Nonnull rstd,
    const float *_Nullable gamma, int64_t rows, int64_t cols, bool accumulate);

/// mean[c] and biased variance[c] of each column. Split by columns (offset mean, variance, x).
void nnk_column_statistics(
    float *_Nonnull mean, float *_Nonnull variance, const float *_Nonnull x, int64_t rows, int64_t cols, int64_t ld);

/// y = (x − mean[c]) · rstd[c] · gamma[c] + beta[c]; `gamma` and `beta` may be null. `y` may be `x`. Split by rows.
void nnk_batch_norm(
    float *_Nonnull y, const float *_Nonnull x, const float *_Nonnull mean, const float *_Nonnull rstd,
    const float *_Nullable gamma, const float *_Nullable beta, int64_t rows, int64_t cols);

/// dgamma[c] = Σ dy x̂ and dbeta[c] = Σ dy, x̂ = (x − mean[c]) rstd[c]. Split by columns (`ld` of dy and x).
void nnk_batch_norm_backward_sums(
    float *_Nonnull dgamma, float *_Nonnull dbeta, const float *_Nonnull dy, const float *_Nonnull x,
    const float *_Nonnull mean, const float *_Nonnull rstd, int64_t rows, int64_t cols, int64_t ld);

/// dx = gamma rstd (dy − dbeta/count − x̂ dgamma/count), with the sums of `nnk_batch_norm_backward_sums` over `count`
/// rows. `gamma` may be null, `dx` may be `dy`. Split by rows.
void nnk_batch_norm_backward(
    float *_Nonnull dx, const float *_Nonnull dy, const float *_Nonnull x, const float *_Nonnull mean,
    const float *_Nonnull rstd, const float *_Nullable gamma, const float *_Nonnull dgamma,
    const float *_Nonnull dbeta, int64_t count, int64_t rows, int64_t cols, bool accumulate);

#endif
