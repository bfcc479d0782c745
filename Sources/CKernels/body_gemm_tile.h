// Register tiles of the matrix multiply: MR rows × NV vectors of C in registers, one multiply-add chain in ascending k
// for each element. Edge tiles do the same with fewer rows, fewer vectors and a mask, so their bits are the same.

#if NNK_BODY_ISA == 3
#define GEMM_LANES 16
#define GEMM_ROWS 12
#define GEMM_VECTORS 2
typedef vf gv;
typedef __mmask16 gmask;
INLINE gmask gmask_first(int64_t n) { return (gmask)((1u << n) - 1); }
INLINE gv gload_part(const float *p, gmask mask) { return (gv)_mm512_maskz_loadu_ps(mask, p); }
INLINE void gstore_part(float *p, gv x, int64_t n) { _mm512_mask_storeu_ps(p, gmask_first(n), (__m512)x); }
#elif NNK_BODY_ISA == 2
#define GEMM_LANES 8
#define GEMM_ROWS 6
#define GEMM_VECTORS 2
typedef vf8 gv;
typedef vi8 gmask;
typedef vi8 vi8_unaligned __attribute__((aligned(4)));
INLINE gmask gmask_first(int64_t n) { return *(const vi8_unaligned *)(lane_masks + 16 - n); }
INLINE gv gload_part(const float *p, gmask mask) { return (gv)_mm256_maskload_ps(p, (__m256i)mask); }
INLINE void gstore_part(float *p, gv x, int64_t n) { store_pieces(p, x, n); }
#else
#define GEMM_LANES 4
#if NNK_BODY_ISA == 1
#define GEMM_ROWS 6
#define GEMM_VECTORS 4
#else
#define GEMM_ROWS 4
#define GEMM_VECTORS 2
#endif
typedef vf4 gv;
typedef int64_t gmask;
INLINE gmask gmask_first(int64_t n) { return n; }
INLINE gv gload_part(const float *p, gmask n) {
  gv x = (gv)0.0f;
  if (n > 0) x.x = p[0];
  if (n > 1) x.y = p[1];
  if (n > 2) x.z = p[2];
  return x;
}
INLINE void gstore_part(float *p, gv x, int64_t n) {
  if (n > 0) p[0] = x.x;
  if (n > 1) p[1] = x.y;
  if (n > 2) p[2] = x.z;
}
#endif

#define GEMM_COLUMNS (GEMM_LANES * GEMM_VECTORS)
#define GEMM_WIDEST 8
#define UNROLL _Pragma("clang loop unroll(full)")

// Holds the compiler to the order in which sums were written down. With AVX-512 it would rather fetch the elements of
// all rows first, has no registers left for the sums then, and takes twice as long for moving them about.
#if NNK_BODY_ISA == 3
#define KEEP_ORDER(x) __asm__ volatile("" : "+v"(x)::"memory")
#else
#define KEEP_ORDER(x) (void)(x)
#endif

typedef gv gv_unaligned __attribute__((aligned(4)));
INLINE gv gload(const float *p) { return *(const gv_unaligned *)p; }
INLINE void gstore(float *p, gv x) { *(gv_unaligned *)p = x; }

// One tile's operands. Element (i, k) of A is a[i·a_row + k·a_k]; row k of B begins at b + k·b_k.
typedef struct tile_operands {
  const float *a, *b, *bias;
  float *c;
  int64_t k, a_stride, b_k, ldc, tail;
  bool loads;
} tile_operands;

// How A lies in memory: k adjacent (stride between rows), or rows adjacent (stride between k).
enum { a_by_rows, a_by_k };

INLINE gv tile_b(const float *b, const int v, const int vectors, const bool masked, gmask mask) {
  return masked && v == vectors - 1 ? gload_part(b + v * GEMM_LANES, mask) : gload(b + v * GEMM_LANES);
}

INLINE void tile(const int rows, const int vectors, const bool masked, const int layout, const tile_operands *t) {
  gv sum[GEMM_ROWS][GEMM_WIDEST];
  gmask mask = gmask_first(masked ? t->tail : 0);
  float *c = t->c;
  const int64_t ldc = t->ldc;
  if (t->loads) {
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = tile_b(c + i * ldc, v, vectors, masked, mask);
  } else {
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = (gv)0.0f;
  }
  if (t->bias) {
    UNROLL for (int v = 0; v < vectors; v++) {
      gv bias = tile_b(t->bias, v, vectors, masked, mask);
      UNROLL for (int i = 0; i < rows; i++) sum[i][v] += bias;
    }
  }
  const float *a = t->a, *b = t->b;
  const int64_t stride = t->a_stride, b_k = t->b_k, depth = t->k;
  for (int64_t k = 0; k < depth; k++) {
    gv row[GEMM_WIDEST];
    UNROLL for (int v = 0; v < vectors; v++) row[v] = tile_b(b, v, vectors, masked, mask);
    b += b_k;
    UNROLL for (int i = 0; i < rows; i++) {
      gv value = (gv)(layout == a_by_rows ? a[i * stride + k] : a[i]);
      UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = FMA(value, row[v], sum[i][v]);
    }
    if (layout == a_by_k) a += stride;
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < vectors; v++) {
      if (masked && v == vectors - 1)
        gstore_part(c + i * ldc + v * GEMM_LANES, sum[i][v], t->tail);
      else
        gstore(c + i * ldc + v * GEMM_LANES, sum[i][v]);
    }
}

typedef void (*tile_function)(const tile_operands *t);

#define TILE(MR, NV)                                                                                            \
  static void tile_##MR##_##NV##_rows(const tile_operands *t) { tile(MR, NV, false, a_by_rows, t); }     \
  static void tile_##MR##_##NV##_k(const tile_operands *t) { tile(MR, NV, false, a_by_k, t); }           \
  static void tile_##MR##_##NV##_rows_part(const tile_operands *t) { tile(MR, NV, true, a_by_rows, t); } \
  static void tile_##MR##_##NV##_k_part(const tile_operands *t) { tile(MR, NV, true, a_by_k, t); }

#if GEMM_VECTORS == 2
#define TILES(MR) TILE(MR, 1) TILE(MR, 2)
#define TILE_SET(MR, kind) {tile_##MR##_1_##kind, tile_##MR##_2_##kind}
#else
#define TILES(MR) TILE(MR, 1) TILE(MR, 2) TILE(MR, 3) TILE(MR, 4)
#define TILE_SET(MR, kind) \
  {tile_##MR##_1_##kind, tile_##MR##_2_##kind, tile_##MR##_3_##kind, tile_##MR##_4_##kind}
#endif
#define TILE_ENTRY(MR) \
  {{TILE_SET(MR, rows), TILE_SET(MR, rows_part)}, {TILE_SET(MR, k), TILE_SET(MR, k_part)}}

TILES(1)
TILES(2)
TILES(3)
TILES(4)
#if GEMM_ROWS > 4
TILES(5)
TILES(6)
#endif
#if GEMM_ROWS > 6
TILES(7)
TILES(8)
TILES(9)
TILES(10)
TILES(11)
TILES(12)
#endif

// By rows − 1, layout of A, masked, vectors − 1.
static const tile_function tiles[GEMM_ROWS][2][2][GEMM_VECTORS] = {
    TILE_ENTRY(1), TILE_ENTRY(2), TILE_ENTRY(3), TILE_ENTRY(4),
#if GEMM_ROWS > 4
    TILE_ENTRY(5), TILE_ENTRY(6),
#endif
#if GEMM_ROWS > 6
    TILE_ENTRY(7), TILE_ENTRY(8), TILE_ENTRY(9), TILE_ENTRY(10), TILE_ENTRY(11), TILE_ENTRY(12),
#endif
};

// Few rows leave registers for more columns: up to 3 rows × 4 or 1 row × 8 vectors, unmasked.
#define WIDE_TILE(MR, NV)                                                                                \
  static void wide_##MR##_rows(const tile_operands *t) { tile(MR, NV, false, a_by_rows, t); }          \
  static void wide_##MR##_k(const tile_operands *t) { tile(MR, NV, false, a_by_k, t); }
WIDE_TILE(1, 8)
WIDE_TILE(2, 4)
WIDE_TILE(3, 4)
static const tile_function wide_tiles[3][2] = {{wide_1_rows, wide_1_k}, {wide_2_rows, wide_2_k}, {wide_3_rows, wide_3_k}};
static const int64_t wide_columns[3] = {8 * GEMM_LANES, 4 * GEMM_LANES, 4 * GEMM_LANES};
