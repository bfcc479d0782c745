#ifndef NNK_GEMM_H
#define NNK_GEMM_H

#include "nnk_base.h"

/// A matrix multiply C[m,n] = activation(op(A)[m,k] · op(B)[k,n] + bias[n]), or a batch of them.
///
/// Each element of C is one chain of fused multiply-adds in ascending k, or, where both operands leave k contiguous and
/// C is one column or at most 4 rows and B was not packed before, a sum on 32 lanes added in a fixed order. Which of the
/// two depends on the shape and the storage only, so every split of C over calls gives the same bits.
/// A zero-initialised value with m, n, k, lda, ldb, ldc set is a plain C = A·B.
typedef struct nnk_gemm {
  int64_t m, n, k;
  /// Distance between stored rows. A is stored [m,k], or [k,m] where `transpose_a`; B is stored [k,n], or [n,k] where
  /// `transpose_b`.
  int64_t lda, ldb, ldc;
  bool transpose_a, transpose_b;
  /// B was packed by `nnk_gemm_pack`; then neither its row distance nor its transposition matter.
  bool packed_b;
  /// C += instead of C =. (With a bias, the bias is added too.)
  bool accumulate;
  /// Applied to the sum, bias included.
  nnk_activation activation;
  /// Where not none: the result is multiplied by this activation's derivative at `saved` (the activation's output for
  /// relu, tanh, sigmoid, else its input), a matrix [m,n] with row distance `ldsaved`. Excludes `activation`.
  nnk_activation gradient;
  int64_t ldsaved;
  /// Number of products; 0 and 1 both mean one. The strides lead from one matrix of the batch to the next (0 to share).
  /// `preactivation` has C's strides, the bias none.
  int64_t batch;
  int64_t stride_a, stride_b, stride_c, stride_saved;
} nnk_gemm;

/// The operands of a multiply. Unused ones are null.
typedef struct nnk_gemm_operands {
  const float *_Nullable a;
  const float *_Nullable b;
  float *_Nullable c;
  /// [n], or null.
  const float *_Nullable bias;
  /// [m,n], read where `gradient` is set. May be C itself.
  const float *_Nullable saved;
  /// Where not null, receives the sum before the activation, with C's row distance.
  float *_Nullable preactivation;
} nnk_gemm_operands;

/// Brings B [k,n] (stored [n,k] where `transpose`) into the order in which multiplies read it: `out` has room for k times n
/// rounded up to 32. For an operand of many products; columns of ranges must begin at multiples of 32.
void nnk_gemm_pack(
    float *_Nonnull out, const float *_Nonnull b, int64_t ldb, bool transpose, int64_t k, int64_t n);

/// The whole product, on the calling thread.
void nnk_gemm_run(const nnk_gemm *_Nonnull gemm, const nnk_gemm_operands *_Nonnull operands);

/// Into how many parts the product is best split: by shape only, 1 where a second thread does not pay.
int64_t nnk_gemm_parts(const nnk_gemm *_Nonnull gemm);

/// One of the `nnk_gemm_parts` parts; parts write disjoint elements and may run at the same time.
void nnk_gemm_part(const nnk_gemm *_Nonnull gemm, const nnk_gemm_operands *_Nonnull operands, int64_t part);

/// Rows [row0,row1) × columns [column0,column1) of product `index` of the batch.
void nnk_gemm_range(
    const nnk_gemm *_Nonnull gemm, const nnk_gemm_operands *_Nonnull operands, int64_t index, int64_t row0,
    int64_t row1, int64_t column0, int64_t column1);

#endif
