// Choice of the instruction set, memory that belongs to threads, and the public entry points of the kernels.
#include "internal.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

// What threads use that have selected nothing, and what this thread has selected.
static const nnk_table *best = &nnk_table_portable;
static _Thread_local const nnk_table *selected;

bool nnk_isa_available(nnk_isa isa) {
  switch (isa) {
  case nnk_isa_portable:
    return true;
#if defined(__x86_64__)
  case nnk_isa_avx2:
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  case nnk_isa_avx512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#elif defined(__aarch64__)
  case nnk_isa_neon:
    return true;
#endif
  default:
    return false;
  }
}

nnk_isa nnk_isa_best(void) {
  for (int isa = nnk_isa_avx512; isa > nnk_isa_portable; isa--)
    if (nnk_isa_available((nnk_isa)isa)) return (nnk_isa)isa;
  return nnk_isa_portable;
}

static const nnk_table *table_of(nnk_isa isa) {
  switch (isa) {
#if defined(__x86_64__)
  case nnk_isa_avx2:
    return &nnk_table_avx2;
  case nnk_isa_avx512:
    return &nnk_table_avx512;
#elif defined(__aarch64__)
  case nnk_isa_neon:
    return &nnk_table_neon;
#endif
  default:
    return &nnk_table_portable;
  }
}

const nnk_table *nnk_thread_table(void) { return selected ? selected : best; }

void nnk_set_thread_table(const nnk_table *table) { selected = table; }

bool nnk_select(nnk_isa isa) {
  if (!nnk_isa_available(isa)) return false;
  selected = table_of(isa);
  return true;
}

nnk_isa nnk_selected(void) {
  for (int isa = nnk_isa_avx512; isa > nnk_isa_portable; isa--)
    if (nnk_isa_available((nnk_isa)isa) && table_of((nnk_isa)isa) == nnk_thread_table()) return (nnk_isa)isa;
  return nnk_isa_portable;
}

__attribute__((constructor)) static void choose_best(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
  best = table_of(nnk_isa_best());
}

const char *nnk_isa_name(nnk_isa isa) {
  static const char *const names[] = {"portable", "neon", "avx2", "avx512"};
  return names[isa];
}

static _Atomic int64_t allocations;

int64_t nnk_allocation_count(void) { return allocations; }

void *nnk_reallocate(void *memory, size_t bytes) {
  allocations++;
  void *result = realloc(memory, bytes ? bytes : 1);
  NNK_REQUIRE(result != NULL);
  return result;
}

void *nnk_allocate(size_t bytes) { return nnk_reallocate(NULL, bytes); }

#define LARGE_PAGE ((size_t)2 << 20)

void *nnk_allocate_pages(size_t bytes) {
  void *memory = NULL;
  bool large = bytes >= LARGE_PAGE;
  if (posix_memalign(&memory, large ? LARGE_PAGE : 64, bytes) != 0) return NULL;
#if defined(MADV_HUGEPAGE)
  // A wish, which the system may refuse. The last page stays as it is where it is not filled.
  if (large) madvise(memory, bytes / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
#endif
  return memory;
}

static _Thread_local nnk_scratch_memory scratch;

static const nnk_scratch_memory *scratch_create(void) {
  allocations++;
  size_t bytes = (NNK_SCRATCH_TILES + NNK_SCRATCH_A + NNK_SCRATCH_B) * sizeof(float);
  scratch.tiles = nnk_allocate_pages((bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE);
  NNK_REQUIRE(scratch.tiles != NULL);
  scratch.pack_a = scratch.tiles + NNK_SCRATCH_TILES;
  scratch.pack_b = scratch.pack_a + NNK_SCRATCH_A;
  return &scratch;
}

const nnk_scratch_memory *nnk_scratch(void) { return scratch.tiles ? &scratch : scratch_create(); }

void nnk_scratch_release(void) {
  free(scratch.tiles);
  scratch.tiles = NULL;
}

void nnk_thread_prepare(void) { nnk_scratch(); }

int64_t nnk_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#define X(result, name, parameters, arguments) \
  result name parameters { return nnk_thread_table()->name arguments; }
NNK_KERNELS(X)
#undef X
