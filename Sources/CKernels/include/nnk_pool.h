#ifndef NNK_POOL_H
#define NNK_POOL_H

#include "nnk_base.h"

/// Threads that wait for work: they spin briefly, then sleep.
typedef struct nnk_pool nnk_pool;

/// A task: called once for each index of a run.
typedef void (*nnk_task)(void *_Nullable context, int64_t index);

/// A pool of `threads` threads, the caller of `nnk_pool_run` included (so 1 starts none). Fewer where the system
/// refuses to start them.
nnk_pool *_Nonnull nnk_pool_create(int32_t threads);

/// Ends the threads. Nothing may be running.
void nnk_pool_destroy(nnk_pool *_Nullable pool);

/// How many threads run tasks, the caller included.
int32_t nnk_pool_threads(const nnk_pool *_Nonnull pool);

/// Calls task(context, i) for every i in 0 ..< count and returns when all have ended. Which thread takes which index is
/// not defined. Called inside a task, or while another thread runs the same pool, it is a plain loop.
void nnk_pool_run(nnk_pool *_Nonnull pool, int64_t count, nnk_task _Nonnull task, void *_Nullable context);

/// How long idle threads spin before they sleep, in nanoseconds (default 50 000).
void nnk_pool_set_spin(nnk_pool *_Nonnull pool, int64_t nanoseconds);

/// The whole product or program, its parts spread over a pool.
struct nnk_gemm;
struct nnk_gemm_operands;
struct nnk_program;
void nnk_pool_gemm(
    nnk_pool *_Nonnull pool, const struct nnk_gemm *_Nonnull gemm, const struct nnk_gemm_operands *_Nonnull operands);
void nnk_pool_program(
    nnk_pool *_Nonnull pool, const struct nnk_program *_Nonnull program,
    const void *_Nonnull const *_Nullable inputs, void *_Nonnull const *_Nonnull outputs, float *_Nullable scratch);

#endif
