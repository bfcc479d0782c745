#ifndef NNK_PLAN_H
#define NNK_PLAN_H

#include "nnk_attention.h"
#include "nnk_base.h"
#include "nnk_conv.h"
#include "nnk_elementwise.h"
#include "nnk_gemm.h"
#include "nnk_pool.h"

/// What one step of a compiled plan runs.
typedef enum nnk_step_kind {
  nnk_step_program = 0,
  nnk_step_gemm,
  nnk_step_conv,
  nnk_step_max_pool,
  nnk_step_max_pool_backward,
  nnk_step_average_pool,
  nnk_step_average_pool_backward,
  nnk_step_fold,
  nnk_step_copy,
  nnk_step_zero,
  nnk_step_gather,
  nnk_step_scatter_add,
  nnk_step_argmax,
  nnk_step_row_sum,
  nnk_step_column_sum,
  nnk_step_uniform,
  nnk_step_normal,
  nnk_step_bernoulli,
  nnk_step_softmax,
  nnk_step_log_softmax,
  nnk_step_softmax_backward,
  nnk_step_log_softmax_backward,
  nnk_step_cross_entropy,
  nnk_step_standardize,
  nnk_step_standardize_backward,
  nnk_step_loop,
  /// x [rows,cols] to out as `nnk_gemm_pack` does; `rank` 1 where it is stored transposed.
  nnk_step_pack,
  /// Inputs q, k, v, then the mask where `rank` is 1; outputs result and sums, null where not wanted.
  nnk_step_attention,
  /// Inputs as before, then result, sums and derivative; outputs the derivatives by q, k and v, null where not wanted.
  nnk_step_attention_backward,
} nnk_step_kind;

struct nnk_step_loop;

/// One step: its kernel, its operands as absolute addresses, and its sizes. Which fields are read depends on the kind.
typedef struct nnk_step {
  nnk_step_kind kind;
  /// Into how many parts the step is cut, by its shape only; 1 runs on the calling thread.
  int64_t parts;
  const nnk_program *_Nullable program;
  const void *_Nonnull const *_Nullable inputs;
  void *_Nullable const *_Nullable outputs;
  float *_Nullable scratch;
  nnk_gemm gemm;
  /// A convolution, or the windows of a pooling step.
  const nnk_conv *_Nullable conv;
  nnk_gemm_operands operands;
  const nnk_attention *_Nullable attention;
  /// Axes over which a multiply repeats beside its batch, outermost first: sizes and strides of A, B and C.
  int64_t outer[2], outer_a[2], outer_b[2], outer_c[2];
  /// Operands of all other kinds: reads, then what is written.
  const void *_Nullable x;
  const void *_Nullable y;
  const void *_Nullable z;
  void *_Nullable out;
  void *_Nullable out2;
  int64_t rows, cols, ld, count, width, stride_x, stride_y;
  float value;
  int32_t element_size, rank;
  int64_t shape[8], strides_x[8], strides_out[8];
  uint64_t key;
  /// The step of the loops around it, for random draws.
  uint32_t time;
  /// Its place among the times that a profile measures.
  int64_t number;
  /// What a step of the kind `nnk_step_loop` repeats.
  const struct nnk_step_loop *_Nullable loop;
} nnk_step;

/// An address that moves by so many bytes with each step of a loop.
typedef struct nnk_moving_address {
  const void *_Nonnull *_Nonnull where;
  int64_t distance;
} nnk_moving_address;

/// A number of a draw that moves with each step of a loop.
typedef struct nnk_moving_time {
  uint32_t *_Nonnull where;
  uint32_t distance;
} nnk_moving_time;

/// Steps that run `count` times. What moves is moved in place, and moved back at the end.
typedef struct nnk_step_loop {
  int64_t count;
  const nnk_step *_Nonnull steps;
  int64_t step_count;
  const nnk_moving_address *_Nonnull addresses;
  int64_t address_count;
  const nnk_moving_time *_Nonnull times;
  int64_t time_count;
} nnk_step_loop_body;

/// What differs from run to run.
typedef struct nnk_frame {
  uint32_t iteration;
  /// The rows of the data set that the batch holds; null for 0, 1, 2, …
  const int32_t *_Nullable rows;
  nnk_pool *_Nonnull pool;
} nnk_frame;

/// Into how many parts a step is best split: by shape only.
int64_t nnk_step_parts(const nnk_step *_Nonnull step);

/// Runs steps in order. Nothing is allocated.
void nnk_plan_run(const nnk_step *_Nonnull steps, int64_t count, const nnk_frame *_Nonnull frame);

/// As `nnk_plan_run`, adding the nanoseconds of each step to `nanoseconds` at the step's number.
void nnk_plan_profile(
    const nnk_step *_Nonnull steps, int64_t count, const nnk_frame *_Nonnull frame, int64_t *_Nonnull nanoseconds);

#endif
