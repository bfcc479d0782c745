// A fork and join pool: one 64-bit word hands out tasks, idle threads spin and then sleep on a condition.
#include "internal.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__x86_64__)
#define NNK_PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define NNK_PAUSE() __asm__ volatile("yield")
#else
#define NNK_PAUSE() ((void)0)
#endif

struct nnk_pool {
  /// Tickets: the run's number in the upper half, tasks not yet taken in the lower.
  _Alignas(128) _Atomic uint64_t tickets;
  /// Tasks not yet ended.
  _Alignas(128) _Atomic int64_t unfinished;
  _Alignas(128) _Atomic int32_t sleeping;
  _Atomic bool busy, stopping;
  _Atomic int64_t spin;
  /// Of the current run; read only with a ticket of it.
  nnk_task task;
  void *context;
  int64_t count;
  const nnk_table *table;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  int32_t worker_count;
  pthread_t workers[];
};

/// Whether this thread is inside a task.
static _Thread_local bool inside;

// Takes tasks of whatever run is current until none is left; whether there was one.
static bool work(nnk_pool *pool) {
  bool found = false;
  uint64_t tickets = atomic_load(&pool->tickets);
  while ((uint32_t)tickets > 0) {
    if (!atomic_compare_exchange_weak(&pool->tickets, &tickets, tickets - 1)) continue;
    found = true;
    nnk_set_thread_table(pool->table);
    pool->task(pool->context, pool->count - (int64_t)(uint32_t)tickets);
    atomic_fetch_sub(&pool->unfinished, 1);
    tickets = atomic_load(&pool->tickets);
  }
  return found;
}

static void *worker(void *argument) {
  nnk_pool *pool = argument;
  inside = true;
  nnk_thread_prepare();
  int64_t idle_since = nnk_nanoseconds();
  for (;;) {
    if (work(pool)) idle_since = nnk_nanoseconds();
    for (int i = 0; i < 64 && (uint32_t)atomic_load_explicit(&pool->tickets, memory_order_relaxed) == 0; i++)
      NNK_PAUSE();
    if ((uint32_t)atomic_load(&pool->tickets) > 0) continue;
    if (atomic_load(&pool->stopping)) break;
    if (nnk_nanoseconds() - idle_since < atomic_load(&pool->spin)) continue;
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleeping, 1);
    // A run announces its tickets first and looks for sleepers after, so one of the two sees the other.
    while ((uint32_t)atomic_load(&pool->tickets) == 0 && !atomic_load(&pool->stopping))
      pthread_cond_wait(&pool->wake, &pool->mutex);
    atomic_fetch_sub(&pool->sleeping, 1);
    pthread_mutex_unlock(&pool->mutex);
    idle_since = nnk_nanoseconds();
  }
  nnk_scratch_release();
  return NULL;
}

nnk_pool *nnk_pool_create(int32_t threads) {
  int32_t wanted = threads > 1 ? threads - 1 : 0;
  size_t size = (sizeof(nnk_pool) + (size_t)wanted * sizeof(pthread_t) + 127) & ~(size_t)127;
  void *memory = NULL;
  NNK_REQUIRE(posix_memalign(&memory, 128, size) == 0);
  memset(memory, 0, size);
  nnk_pool *pool = memory;
  atomic_store(&pool->spin, 50000);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  nnk_thread_prepare();
  for (int32_t i = 0; i < wanted; i++)
    if (pthread_create(&pool->workers[pool->worker_count], NULL, worker, pool) == 0) pool->worker_count++;
  return pool;
}

static void wake_all(nnk_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

void nnk_pool_destroy(nnk_pool *pool) {
  if (!pool) return;
  atomic_store(&pool->stopping, true);
  wake_all(pool);
  for (int32_t i = 0; i < pool->worker_count; i++) pthread_join(pool->workers[i], NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  free(pool);
}

int32_t nnk_pool_threads(const nnk_pool *pool) { return pool->worker_count + 1; }

void nnk_pool_set_spin(nnk_pool *pool, int64_t nanoseconds) { atomic_store(&pool->spin, nanoseconds); }

void nnk_pool_run(nnk_pool *pool, int64_t count, nnk_task task, void *context) {
  bool alone = count <= 1 || inside || pool->worker_count == 0 || count > (int64_t)UINT32_MAX;
  if (alone || atomic_exchange(&pool->busy, true)) {
    for (int64_t i = 0; i < count; i++) task(context, i);
    return;
  }
  pool->task = task;
  pool->context = context;
  pool->count = count;
  pool->table = nnk_thread_table();
  atomic_store(&pool->unfinished, count);
  // A new number each time keeps a slow thread from taking a ticket of this run for one of an earlier run.
  uint64_t run = (atomic_load(&pool->tickets) >> 32) + 1;
  atomic_store(&pool->tickets, run << 32 | (uint64_t)count);
  if (atomic_load(&pool->sleeping) > 0) wake_all(pool);
  inside = true;
  work(pool);
  inside = false;
  for (int spins = 0; atomic_load(&pool->unfinished) > 0; spins++) {
    NNK_PAUSE();
    // The thread that holds the last task may be waiting for this core.
    if (spins > 20000) sched_yield();
  }
  atomic_store(&pool->busy, false);
}

typedef struct gemm_run {
  const nnk_gemm *gemm;
  const nnk_gemm_operands *operands;
} gemm_run;

static void gemm_task(void *context, int64_t part) {
  const gemm_run *run = context;
  nnk_gemm_part(run->gemm, run->operands, part);
}

void nnk_pool_gemm(nnk_pool *pool, const nnk_gemm *gemm, const nnk_gemm_operands *operands) {
  // No cut changes a bit, so that one thread need not pay for any.
  if (pool->worker_count == 0) {
    nnk_gemm_run(gemm, operands);
    return;
  }
  gemm_run run = {gemm, operands};
  nnk_pool_run(pool, nnk_gemm_parts(gemm), gemm_task, &run);
}

typedef struct program_run {
  const nnk_program *program;
  const void *const *inputs;
  void *const *outputs;
  float *scratch;
} program_run;

static void program_task(void *context, int64_t part) {
  const program_run *run = context;
  nnk_program_part(run->program, run->inputs, run->outputs, run->scratch, part);
}

void nnk_pool_program(
    nnk_pool *pool, const nnk_program *program, const void *const *inputs, void *const *outputs, float *scratch) {
  program_run run = {program, inputs, outputs, scratch};
  nnk_pool_run(pool, nnk_program_parts(program), program_task, &run);
  nnk_program_finish(program, outputs, scratch);
}
