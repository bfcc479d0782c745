// Kernels for 64-bit Arm, where NEON with fused multiply-add is always there.
#include "internal.h"

#if defined(__aarch64__)
#define NNK_BODY_ISA 1
#define NNK_BODY_TABLE nnk_table_neon
#define NNK_HAS_FMA
#include "body.h"
#endif
