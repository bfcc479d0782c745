// Kernels for any processor, in the instruction set that the compiler assumes.
#include "internal.h"

#define NNK_BODY_ISA 0
#define NNK_BODY_TABLE nnk_table_portable
#include "body.h"
