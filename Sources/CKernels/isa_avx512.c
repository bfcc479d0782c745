// Kernels for x86 with AVX-512 (F, VL, DQ, BW).
#include "internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define NNK_BODY_ISA 3
#define NNK_BODY_TABLE nnk_table_avx512
#define NNK_HAS_FMA
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,bmi,bmi2"))), apply_to = function)
#include "body.h"
#pragma clang attribute pop
#endif
