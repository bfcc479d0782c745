/// The inner loops of training: float32, row-major, one body compiled per instruction set and chosen at run time.
///
/// Common to all functions:
/// - Sizes are numbers of elements (`int64_t`), strides too. Sizes of zero are allowed everywhere.
/// - Nothing allocates, except functions named `..._create` and the first call on a thread (`nnk_thread_prepare`).
/// - A result depends on the instruction set and on the shapes, never on the number of threads: functions that take a
///   range or a part may be called from several threads at once, and any split gives the same bits.
/// - Sums run on a fixed number of virtual lanes, the same on every instruction set.
/// - Outputs must not overlap inputs, except where the same element is read and written (`out == x`), where said.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "nnk_attention.h"
#include "nnk_base.h"
#include "nnk_conv.h"
#include "nnk_elementwise.h"
#include "nnk_gemm.h"
#include "nnk_memory.h"
#include "nnk_plan.h"
#include "nnk_pool.h"
#include "nnk_random.h"
#include "nnk_rows.h"

#endif
