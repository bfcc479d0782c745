#ifndef NNK_ELEMENTWISE_H
#define NNK_ELEMENTWISE_H

#include "nnk_base.h"

/// Scalar functions of a tile program; a, b, c are its arguments in order.
///
/// Transcendentals are within 2 units in the last place (gelu and its kin: away from their zeros, see `nnk_map`).
/// Comparisons give 1 or 0, with IEEE rules for NaN (only `ne` holds). A condition holds where it is not 0.
typedef enum nnk_opcode {
  nnk_op_copy = 0,
  nnk_op_add,
  nnk_op_sub,
  nnk_op_mul,
  nnk_op_div,
  /// Smaller or larger argument; NaN where either is.
  nnk_op_min,
  nnk_op_max,
  nnk_op_pow,
  nnk_op_eq,
  nnk_op_ne,
  nnk_op_lt,
  nnk_op_le,
  nnk_op_gt,
  nnk_op_ge,
  /// 1 where the raw 32-bit words of a and b are equal (inputs of type `nnk_type_bits`).
  nnk_op_eq_bits,
  /// a · b + c, rounded once where the instruction set can.
  nnk_op_fma,
  /// a ≠ 0 ? b : c.
  nnk_op_select,
  nnk_op_neg,
  nnk_op_abs,
  nnk_op_sign,
  nnk_op_square,
  nnk_op_reciprocal,
  nnk_op_sqrt,
  nnk_op_rsqrt,
  nnk_op_floor,
  nnk_op_ceil,
  /// To the nearest whole number, ties to even.
  nnk_op_round,
  nnk_op_exp,
  nnk_op_expm1,
  nnk_op_log,
  nnk_op_log1p,
  nnk_op_tanh,
  nnk_op_sigmoid,
  nnk_op_softplus,
  nnk_op_erf,
  nnk_op_sin,
  nnk_op_cos,
  nnk_op_gelu,
  nnk_op_gelu_tanh,
  nnk_op_silu,
  /// max(a, 0), NaN stays NaN.
  nnk_op_relu,
  /// 1 where a > 0, else 0.
  nnk_op_step,
  /// 1 where a is NaN, else 0.
  nnk_op_isnan,
  /// 1 where a is finite, else 0.
  nnk_op_isfinite,
  /// 1 where a is 0, else 0.
  nnk_op_not,
  /// Derivatives at the input a.
  nnk_op_gelu_gradient,
  nnk_op_gelu_tanh_gradient,
  nnk_op_silu_gradient,
  /// Derivatives from the output a: 1 − a², a (1 − a).
  nnk_op_tanh_gradient,
  nnk_op_sigmoid_gradient,
  nnk_opcode_count,
} nnk_opcode;

/// How many arguments an opcode has (1 to 3).
int32_t nnk_opcode_arity(nnk_opcode opcode);

/// out[i] = f(x[i]) for an opcode of one argument. `out` may be `x`.
///
/// Errors: exp, expm1, log, log1p, tanh, sigmoid, softplus, erf, sin, cos ≤ 2 ULP on all floats, denormal results
/// included. gelu ≤ 2 ULP, gelu_tanh and silu ≤ 3 ULP where x ≥ −1/2, all ≤ 1e-7 absolute below. NaN, ±infinity, ±0 as in C's libm.
void nnk_map(nnk_opcode opcode, float *_Nonnull out, const float *_Nonnull x, int64_t count);

/// Element types that a program reads or writes.
typedef enum nnk_type {
  nnk_type_float = 0,
  /// Converted to and from float.
  nnk_type_int32,
  nnk_type_uint8,
  /// A 32-bit word moved as it is, for `nnk_op_eq_bits` and `nnk_op_copy`.
  nnk_type_bits,
} nnk_type;

/// What a program's reduction does, over its index space [rows, cols].
typedef enum nnk_reduction {
  /// out[rows]: sum over each row.
  nnk_reduction_row_sum = 0,
  /// out[rows]: maximum of each row; NaN where a row holds one.
  nnk_reduction_row_max,
  /// out[cols]: sum over the rows.
  nnk_reduction_column_sum,
  /// out[1]: sum of everything.
  nnk_reduction_total_sum,
} nnk_reduction;

/// A fused chain of scalar functions over an index space [rows, cols], run tile by tile in the first-level cache.
///
/// Built once: declare inputs, append operations (each returns a register, used by later ones), declare outputs and
/// reductions, seal. A sealed program is immutable: any number of threads may run it with their own operands.
typedef struct nnk_program nnk_program;

/// A new, empty program over rows × cols elements. Use [1, n] where rows do not matter.
nnk_program *_Nonnull nnk_program_create(int64_t rows, int64_t cols);
void nnk_program_destroy(nnk_program *_Nullable program);

/// Inputs, numbered in the order of declaration, each returns its register. Element (r, c) reads:
/// contiguous: x[r · cols + c]
int32_t nnk_program_input(nnk_program *_Nonnull program, nnk_type type);
/// x[0]
int32_t nnk_program_input_scalar(nnk_program *_Nonnull program);
/// x[(r · cols + c) mod period]; a trailing suffix such as a bias: period = cols. The period divides rows · cols.
int32_t nnk_program_input_periodic(nnk_program *_Nonnull program, int64_t period, nnk_type type);
/// x[(r · cols + c) / times], one value for `times` elements in a row; a value per row: times = cols.
int32_t nnk_program_input_repeated(nnk_program *_Nonnull program, int64_t times, nnk_type type);
/// The flat index r · cols + c, spread over `shape` (row-major, rank ≤ 8, product rows · cols), times `strides`.
int32_t nnk_program_input_strided(
    nnk_program *_Nonnull program, int32_t rank, const int64_t *_Nonnull shape, const int64_t *_Nonnull strides,
    nnk_type type);
/// A constant.
int32_t nnk_program_constant(nnk_program *_Nonnull program, float value);
/// The flat index r · cols + c as a float, modulo `period`, divided (rounding down) by `divisor`: iota along an axis.
int32_t nnk_program_index(nnk_program *_Nonnull program, int64_t period, int64_t divisor);

/// Appends an operation and returns the register of its value. Arguments beyond the opcode's are ignored.
int32_t nnk_program_op(nnk_program *_Nonnull program, nnk_opcode opcode, int32_t a, int32_t b, int32_t c);

/// The next output, contiguous: out[r · cols + c]. It may be the same memory as a contiguous input.
void nnk_program_output(nnk_program *_Nonnull program, int32_t value, nnk_type type);
/// As `nnk_program_output` with a distance between rows of its own: out[r · distance + c].
void nnk_program_output_rows(nnk_program *_Nonnull program, int32_t value, nnk_type type, int64_t distance);
/// The next output, a reduction. With `accumulate`, it is added to what is there (sums only).
/// Result = scale · sum; the scale is ignored for maxima.
void nnk_program_reduce(
    nnk_program *_Nonnull program, int32_t value, nnk_reduction reduction, float scale, bool accumulate);

/// Allocates registers and chooses tiles; nothing may be added afterwards. Traps on a malformed program.
void nnk_program_seal(nnk_program *_Nonnull program);

/// Floats of scratch that a run needs (partial sums of column and total reductions); often 0.
int64_t nnk_program_scratch(const nnk_program *_Nonnull program);

/// Into how many parts the index space is best split: by shape only, 1 where it does not pay.
int64_t nnk_program_parts(const nnk_program *_Nonnull program);

/// Everything, on the calling thread: all parts in order, then `nnk_program_finish`.
void nnk_program_run(
    const nnk_program *_Nonnull program, const void *_Nonnull const *_Nullable inputs,
    void *_Nonnull const *_Nonnull outputs, float *_Nullable scratch);

/// One part. Parts may run at the same time; `nnk_program_finish` runs after all of them.
void nnk_program_part(
    const nnk_program *_Nonnull program, const void *_Nonnull const *_Nullable inputs,
    void *_Nonnull const *_Nonnull outputs, float *_Nullable scratch, int64_t part);

/// Adds the parts' partial sums in order; does nothing where there are none.
void nnk_program_finish(
    const nnk_program *_Nonnull program, void *_Nonnull const *_Nonnull outputs, float *_Nullable scratch);

#endif
