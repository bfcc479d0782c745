#ifndef NNK_BASE_H
#define NNK_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Instruction sets for which the kernels are compiled.
typedef enum nnk_isa {
  nnk_isa_portable = 0,
  nnk_isa_neon = 1,
  nnk_isa_avx2 = 2,
  nnk_isa_avx512 = 3,
} nnk_isa;

/// Whether this program holds kernels for the instruction set and the processor can run them.
bool nnk_isa_available(nnk_isa isa);

/// The widest available instruction set; what is used where `nnk_select` was never called.
nnk_isa nnk_isa_best(void);

/// Chooses the kernels for this thread and for the tasks that it hands to pools; false, with nothing changed, where they
/// are not available.
bool nnk_select(nnk_isa isa);

/// The instruction set that this thread uses.
nnk_isa nnk_selected(void);

/// A short name: `portable`, `neon`, `avx2`, `avx512`.
const char *_Nonnull nnk_isa_name(nnk_isa isa);

/// Allocates the calling thread's packing buffers and scratch, so that no later kernel on this thread allocates.
/// Workers of a pool have done so.
void nnk_thread_prepare(void);

/// How many times the module has asked the system for memory since the program began.
int64_t nnk_allocation_count(void);

/// Nanoseconds of a monotonic clock.
int64_t nnk_nanoseconds(void);

/// Runs independent chains of fused multiply-adds for about `milliseconds` and returns the fastest rate seen, in
/// floating-point operations a second (a multiply-add counts two): the peak of one core.
double nnk_peak_flops(double milliseconds);

/// Activations that a matrix multiply can apply, and whose gradient it can multiply by.
typedef enum nnk_activation {
  nnk_activation_none = 0,
  /// max(x, 0); NaN stays NaN.
  nnk_activation_relu,
  nnk_activation_tanh,
  nnk_activation_sigmoid,
  /// x Φ(x), exact form.
  nnk_activation_gelu,
  /// x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))).
  nnk_activation_gelu_tanh,
  /// x sigmoid(x), also called swish.
  nnk_activation_silu,
  /// log(1 + exp(x)).
  nnk_activation_softplus,
} nnk_activation;

/// Memory on a 64-byte boundary, to be freed with `free`; null where the system refuses. From 2 MiB on it begins on a
/// boundary of 2 MiB and asks for pages of that size, of which a core translates far more addresses at once.
void *_Nullable nnk_allocate_pages(size_t bytes);

#endif
