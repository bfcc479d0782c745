// Packing for the matrix multiply: panels of A as [k][GEMM_ROWS], panels of B as [k][GEMM_COLUMNS].

INLINE vf8 load8(const float *p) {
  vf8 x;
  memcpy(&x, p, sizeof x);
  return x;
}
INLINE void store8(float *p, vf8 x) { memcpy(p, &x, sizeof x); }

// Panels of B at once: a row of so many is read in one run, which the prefetcher follows.
#define GEMM_PACK_PANELS 8

// Rows of B as they are: `cols` adjacent elements of each go to the panels at `to`, `k` rows apart.
static void pack_b_panels(float *to, const float *b, int64_t ldb, int64_t k, int64_t cols) {
  const int64_t group = GEMM_PACK_PANELS * GEMM_COLUMNS, panel = GEMM_COLUMNS * k;
  int64_t j = 0;
  for (; j + group <= cols; j += group) {
    float *at = to + j * k;
    for (int64_t i = 0; i < k; i++, at += GEMM_COLUMNS) {
      const float *from = b + i * ldb + j;
      for (int64_t p = 0; p < GEMM_PACK_PANELS; p++)
        UNROLL for (int v = 0; v < GEMM_VECTORS; v++)
          gstore(at + p * panel + v * GEMM_LANES, gload(from + p * GEMM_COLUMNS + v * GEMM_LANES));
    }
  }
  for (; j < cols; j += GEMM_COLUMNS) {
    int64_t n = cols - j < GEMM_COLUMNS ? cols - j : GEMM_COLUMNS;
    float *at = to + j * k;
    for (int64_t i = 0; i < k; i++, at += GEMM_COLUMNS) {
      const float *from = b + i * ldb + j;
      if (n == GEMM_COLUMNS)
        UNROLL for (int v = 0; v < GEMM_VECTORS; v++) gstore(at + v * GEMM_LANES, gload(from + v * GEMM_LANES));
      else
        for (int64_t c = 0; c < n; c++) at[c] = from[c];
    }
  }
}

// Eight rows of `width` stored elements each, as columns: to[j · step + i] = from[i · ld + j]; rows beyond `rows` as 0.
INLINE void transpose_strip(float *to, int64_t step, const float *from, int64_t ld, int64_t width, int64_t rows) {
  int64_t j = 0;
  for (; j + 8 <= width; j += 8) {
    vf8 block[8];
    UNROLL for (int i = 0; i < 8; i++) block[i] = i < rows ? load8(from + i * ld + j) : (vf8)0.0f;
    transpose8(block);
    UNROLL for (int i = 0; i < 8; i++) store8(to + (j + i) * step, block[i]);
  }
  for (; j < width; j++)
    for (int64_t i = 0; i < 8; i++) to[j * step + i] = i < rows ? from[i * ld + j] : 0;
}

// Columns of B are stored rows: eight at a time through registers.
static void pack_b_panel_transposed(float *to, const float *b, int64_t ldb, int64_t k, int64_t cols) {
  for (int64_t j = 0; j < cols; j += 8) {
    if (cols - j >= 8)
      transpose_strip(to + j, GEMM_COLUMNS, b + j * ldb, ldb, k, 8);
    else
      transpose_strip(to + j, GEMM_COLUMNS, b + j * ldb, ldb, k, cols - j);
  }
}

// Rows of A side by side. Each column is written as whole vectors; what spills over belongs to later k and is
// overwritten, and the buffer has room at its end.
static void pack_a_panel(float *to, const float *a, int64_t lda, int64_t k, int64_t rows) {
#if GEMM_ROWS > 8
  if (rows > 8) {
    int64_t j = 0;
    for (; j + 8 <= k; j += 8) {
      vf8 first[8], second[8];
      UNROLL for (int i = 0; i < 8; i++) {
        first[i] = load8(a + i * lda + j);
        second[i] = 8 + i < rows ? load8(a + (8 + i) * lda + j) : (vf8)0.0f;
      }
      transpose8(first);
      transpose8(second);
      UNROLL for (int i = 0; i < 8; i++) {
        store8(to + (j + i) * GEMM_ROWS, first[i]);
        store8(to + (j + i) * GEMM_ROWS + 8, second[i]);
      }
    }
    for (; j < k; j++)
      for (int64_t i = 0; i < rows; i++) to[j * GEMM_ROWS + i] = a[i * lda + j];
    return;
  }
#endif
  transpose_strip(to, GEMM_ROWS, a, lda, k, rows);
}

// A is stored by k: `rows` adjacent elements of each go to the panels at `to`, `panel` apart. Several panels at a time,
// so that whole cache lines are used where the rows of A lie far apart.
static void pack_a_transposed(float *to, int64_t panel, const float *a, int64_t lda, int64_t k, int64_t rows) {
  const int64_t group = 8 * GEMM_ROWS;
  for (int64_t i = 0; i < rows; i += group) {
    int64_t high = rows - i < group ? rows - i : group;
    for (int64_t j = 0; j < k; j++) {
      const float *from = a + j * lda + i;
      float *at = to + i / GEMM_ROWS * panel + j * GEMM_ROWS;
      int64_t r = 0;
      for (; r + GEMM_ROWS <= high; r += GEMM_ROWS, at += panel) memcpy(at, from + r, GEMM_ROWS * sizeof(float));
      for (int64_t rest = 0; r + rest < high; rest++) at[rest] = from[r + rest];
    }
  }
}
