// All kernels, in terms of the instruction set that the including file has set up: NNK_BODY_ISA (an nnk_isa value) and
// NNK_BODY_TABLE (the name of the table to define).
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang fp contract(off)

#include "conv.h"

#include "body_vector.h"
#include "body_math.h"
#include "body_math_double.h"
#include "body_elementwise.h"
#include "body_moments.h"
#include "body_program.h"
#include "body_gemm_tile.h"
#include "body_gemm_pack.h"
#include "body_gemm.h"
#include "body_conv_tile.h"
#include "body_conv_classes.h"
#include "body_conv.h"
#include "body_pool.h"
#include "body_rows.h"
#include "body_attention.h"
#include "body_norm.h"
#include "body_memory.h"
#include "body_random.h"

const nnk_table NNK_BODY_TABLE = {
#define X(result, name, parameters, arguments) .name = k_##name,
    NNK_KERNELS(X)
#undef X
};
