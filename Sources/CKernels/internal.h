// What the files of this module share: the table of kernels, per-thread scratch, the inside of a tile program.
#ifndef NNK_INTERNAL_H
#define NNK_INTERNAL_H

#include <math.h>
#include <string.h>

#include "include/CKernels.h"
#include "kernels_list.h"

/// One instruction set's kernels.
typedef struct nnk_table {
#define X(result, name, parameters, arguments) result(*name) parameters;
  NNK_KERNELS(X)
#undef X
} nnk_table;

// The kernels that this thread uses: what it has selected, else the best.
const nnk_table *nnk_thread_table(void);
void nnk_set_thread_table(const nnk_table *table);
extern const nnk_table nnk_table_portable;
extern const nnk_table nnk_table_neon;
extern const nnk_table nnk_table_avx2;
extern const nnk_table nnk_table_avx512;

/// Sizes of the scratch that each thread owns, in floats.
#define NNK_SCRATCH_TILES (64 * 1024)
#define NNK_SCRATCH_A (128 * 1024)
#define NNK_SCRATCH_B (768 * 1024)

typedef struct nnk_scratch_memory {
  float *tiles, *pack_a, *pack_b;
} nnk_scratch_memory;

/// The calling thread's scratch, made on first use.
const nnk_scratch_memory *nnk_scratch(void);
void nnk_scratch_release(void);

/// malloc, counted; traps where memory has run out.
void *nnk_allocate(size_t bytes);
void *nnk_reallocate(void *memory, size_t bytes);

/// A bug of the caller ends the program.
#define NNK_REQUIRE(condition) \
  do {                         \
    if (!(condition)) __builtin_trap(); \
  } while (0)

// The inside of a tile program.

typedef enum nnk_value_kind {
  nnk_value_contiguous,
  nnk_value_scalar,
  nnk_value_periodic,
  nnk_value_repeated,
  nnk_value_strided,
  nnk_value_constant,
  nnk_value_index,
  nnk_value_op,
} nnk_value_kind;

typedef struct nnk_value {
  nnk_value_kind kind;
  nnk_type type;
  /// Number of the input, where it is one.
  int32_t input;
  nnk_opcode opcode;
  int32_t a, b, c;
  float constant;
  /// Period, or number of repetitions; `divisor` of an index.
  int64_t period, divisor;
  int32_t rank;
  int64_t shape[8], strides[8];
  /// Found by sealing: all elements equal; position in the thread's scratch; whether anything needs it.
  bool scalar, live;
  int64_t offset;
  int32_t last_use;
} nnk_value;

typedef struct nnk_instruction {
  nnk_opcode opcode;
  /// Bit i set: argument i is a scalar.
  uint32_t scalars;
  int32_t result, a, b, c;
} nnk_instruction;

typedef struct nnk_program_output_entry {
  int32_t value;
  bool reduces, accumulate;
  nnk_type type;
  nnk_reduction reduction;
  float scale;
  /// The distance between rows of an output, 0 where they follow each other.
  int64_t distance;
  /// Written straight to memory: the first contiguous output of a computed float.
  bool direct;
  /// Index of the instruction that makes it.
  int32_t made;
  /// Position of its partial sums in the scratch of a run.
  int64_t partial;
} nnk_program_output_entry;

/// The values of a program that updates weights by the moments of their gradient, as Adam does:
///   g' = g · clip;  m' = m · decay1 + g' · gain1, or (g' − m) · gain1 + m where `is_mean`;  v' = v · decay2 + g'² · gain2;
///   w' = m' · scale1 / (√(v' · scale2) + epsilon) · rate + w · keep, or √v' · scale2 where `scales_root`.
/// Inputs by their values; numbers by their values, −1 for a 1; outputs by their places in the list.
typedef struct nnk_moments {
  bool found, is_mean, scales_root;
  int32_t g, m, v, w;
  int32_t clip, decay1, gain1, decay2, gain2, scale1, scale2, epsilon, rate, keep;
  int32_t m_output, v_output, w_output;
} nnk_moments;

/// What a sealed program's instructions are, if they are that and nothing else.
nnk_moments nnk_program_moments(const nnk_program *program);

struct nnk_program {
  int64_t rows, cols;
  nnk_value *values;
  int32_t value_count, value_capacity;
  int32_t input_count;
  nnk_program_output_entry outputs[16];
  int32_t output_count;
  bool sealed;
  /// Instructions on scalars, once a part; then those on tiles.
  nnk_instruction *instructions;
  int32_t scalar_count, instruction_count;
  /// Live inputs, constants and indices.
  int32_t *sources;
  int32_t source_count;
  /// Tiles hold `tile_rows` whole rows, or (`segments` > 1, or one row) a `segment` of one.
  int64_t tile_rows, segments, segment, tiles, tiles_per_part, parts, scratch;
  /// Where found, one loop over the elements takes the place of the instructions on tiles.
  nnk_moments moments;
};

#endif
