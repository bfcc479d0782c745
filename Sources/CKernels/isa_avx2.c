// Kernels for x86 with AVX2 and fused multiply-add.
#include "internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define NNK_BODY_ISA 2
#define NNK_BODY_TABLE nnk_table_avx2
#define NNK_HAS_FMA
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#include "body.h"
#pragma clang attribute pop
#endif
