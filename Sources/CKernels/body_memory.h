// Fills, strided copies, general reductions, gathers and scatters.

static void k_nnk_fill(float *out, float value, int64_t count) {
  vf x = splat(value);
  for (int64_t i = 0; i < count; i += 16) store_up_to(out + i, x, count - i);
}

static void k_nnk_iota(float *out, float start, float step, int64_t count) {
  for (int64_t i = 0; i < count; i++) out[i] = start + (float)i * step;
}

INLINE void add_run(float *out, const float *x, int64_t count) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(out + i, load(out + i) + load(x + i));
  if (i < count) store_part(out + i, load_part(out + i, count - i) + load_part(x + i, count - i), count - i);
}

static void k_nnk_copy(float *out, const float *x, int64_t count, bool accumulate) {
  if (accumulate)
    add_run(out, x, count);
  else
    memcpy(out, x, (size_t)count * sizeof(float));
}

// A view pair being copied, axes in order of falling output stride.
typedef struct copy_axes {
  int32_t rank;
  int64_t shape[8], out[8], x[8];
} copy_axes;

INLINE void copy_line(float *out, int64_t so, const float *x, int64_t sx, int64_t n, bool accumulate) {
  if (so == 1 && sx == 1) {
    if (accumulate) {
      add_run(out, x, n);
    } else if (n < 16) {
      for (int64_t i = 0; i < n; i++) out[i] = x[i];
    } else {
      memcpy(out, x, (size_t)n * sizeof(float));
    }
  } else if (accumulate) {
    for (int64_t i = 0; i < n; i++) out[i * so] += x[i * sx];
  } else {
    for (int64_t i = 0; i < n; i++) out[i * so] = x[i * sx];
  }
}

// out[i, j] (+)= x[j, i]: i steps by so in out and by 1 in x, j by 1 in out and by sx in x.
static void transpose_plane(
    float *out, int64_t so, const float *x, int64_t sx, int64_t rows, int64_t cols, bool accumulate) {
  for (int64_t j = 0; j < cols; j += 8) {
    for (int64_t i = 0; i < rows; i += 8) {
      if (rows - i >= 8 && cols - j >= 8) {
        vf8 block[8];
        _Pragma("clang loop unroll(full)") for (int k = 0; k < 8; k++)
            memcpy(&block[k], x + (j + k) * sx + i, sizeof(vf8));
        transpose8(block);
        _Pragma("clang loop unroll(full)") for (int k = 0; k < 8; k++) {
          float *to = out + (i + k) * so + j;
          vf8 old;
          if (accumulate) {
            memcpy(&old, to, sizeof(vf8));
            block[k] += old;
          }
          memcpy(to, &block[k], sizeof(vf8));
        }
      } else {
        int64_t high = rows - i < 8 ? rows - i : 8, wide = cols - j < 8 ? cols - j : 8;
        for (int64_t k = 0; k < high; k++)
          copy_line(out + (i + k) * so + j, 1, x + j * sx + i + k, sx, wide, accumulate);
      }
    }
  }
}

INLINE void append_axis(copy_axes *a, int64_t size, int64_t out, int64_t x) {
  int32_t last = a->rank - 1;
  if (a->rank > 0 && a->out[last] == out * size && a->x[last] == x * size) {
    a->shape[last] *= size;
    a->out[last] = out;
    a->x[last] = x;
  } else {
    a->shape[a->rank] = size;
    a->out[a->rank] = out;
    a->x[a->rank++] = x;
  }
}

static void k_nnk_copy_strided(
    float *out, const int64_t *out_strides, const float *x, const int64_t *x_strides, const int64_t *shape,
    int32_t rank, bool accumulate) {
  NNK_REQUIRE(rank >= 0 && rank <= 8);
  int32_t order[8], used = 0;
  for (int32_t d = 0; d < rank; d++) {
    if (shape[d] == 0) return;
    if (shape[d] == 1) continue;
    int32_t i = used++;
    for (; i > 0 && out_strides[order[i - 1]] < out_strides[d]; i--) order[i] = order[i - 1];
    order[i] = d;
  }
  copy_axes a = {0};
  for (int32_t i = 0; i < used; i++) append_axis(&a, shape[order[i]], out_strides[order[i]], x_strides[order[i]]);
  if (a.rank == 0) {
    *out = accumulate ? *out + *x : *x;
    return;
  }
  // The innermost axis, and where it is strided in x, the axis that is not, make a plane; the rest is counted through.
  int32_t inner = a.rank - 1, across = -1;
  if (a.out[inner] == 1 && a.x[inner] != 1)
    for (int32_t d = 0; d < inner; d++)
      if (a.x[d] == 1) across = d;
  int64_t index[8] = {0};
  while (true) {
    if (across >= 0)
      transpose_plane(out, a.out[across], x, a.x[inner], a.shape[across], a.shape[inner], accumulate);
    else
      copy_line(out, a.out[inner], x, a.x[inner], a.shape[inner], accumulate);
    int32_t d = inner - 1;
    for (; d >= 0; d--) {
      if (d == across) continue;
      out += a.out[d];
      x += a.x[d];
      if (++index[d] < a.shape[d]) break;
      out -= a.out[d] * a.shape[d];
      x -= a.x[d] * a.shape[d];
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

// Axes merged into alternating kept and reduced ones.
typedef struct reduce_axes {
  int32_t rank;
  int64_t shape[8];
  bool reduced[8];
} reduce_axes;

static reduce_axes merge_axes(const int64_t *shape, int32_t rank, uint32_t axes) {
  NNK_REQUIRE(rank >= 0 && rank <= 8);
  reduce_axes a = {0};
  for (int32_t d = 0; d < rank; d++) {
    bool reduced = axes >> d & 1;
    if (a.rank > 0 && a.reduced[a.rank - 1] == reduced) {
      a.shape[a.rank - 1] *= shape[d];
    } else if (shape[d] != 1) {
      a.shape[a.rank] = shape[d];
      a.reduced[a.rank++] = reduced;
    }
  }
  return a;
}

static void column_max(float *out, const float *x, int64_t rows, int64_t cols, bool accumulate) {
  for (int64_t c = 0; c < cols; c += 16) {
    int64_t n = cols - c;
    vf m = accumulate ? load_up_to(out + c, n) : splat(-INFINITE);
    for (int64_t r = 0; r < rows; r++) m = maximum(m, load_up_to(x + r * cols + c, n));
    store_up_to(out + c, m, n);
  }
}

// Reduces axes d and on: the last two in one go, those before one index at a time.
static void reduce_from(
    float *out, const float *x, const reduce_axes *a, int32_t d, float scale, bool accumulate, bool sums) {
  int32_t left = a->rank - d;
  int64_t size = left > 0 ? a->shape[d] : 1, next = left > 1 ? a->shape[d + 1] : 1;
  if (left == 0 || (left == 1 && !a->reduced[d])) {
    for (int64_t i = 0; i < size; i++) {
      if (sums)
        put_sum(out + i, (double)x[i], scale, accumulate);
      else
        out[i] = accumulate ? maximum1(out[i], x[i]) : x[i];
    }
  } else if (left == 1 || (left == 2 && !a->reduced[d])) {
    int64_t rows = left == 1 ? 1 : size, cols = left == 1 ? size : next;
    if (sums)
      k_nnk_row_sum(out, x, rows, cols, cols, scale, accumulate);
    else
      for (int64_t r = 0; r < rows; r++) {
        float m = block_max(x + r * cols, cols);
        out[r] = accumulate ? maximum1(out[r], m) : m;
      }
  } else if (left == 2) {
    if (sums)
      k_nnk_column_sum(out, x, size, next, next, scale, accumulate);
    else
      column_max(out, x, size, next, accumulate);
  } else {
    int64_t step = 1, kept = 1;
    for (int32_t i = d + 1; i < a->rank; i++) {
      step *= a->shape[i];
      if (!a->reduced[i]) kept *= a->shape[i];
    }
    for (int64_t i = 0; i < size; i++) {
      reduce_from(out, x + i * step, a, d + 1, scale, accumulate || (a->reduced[d] && i > 0), sums);
      if (!a->reduced[d]) out += kept;
    }
  }
}

INLINE void reduce_all(
    float *out, const float *x, const int64_t *shape, int32_t rank, uint32_t axes, float scale, bool accumulate,
    bool sums) {
  int64_t kept = 1, total = 1;
  for (int32_t d = 0; d < rank; d++) {
    total *= shape[d];
    if (!(axes >> d & 1)) kept *= shape[d];
  }
  if (total == 0) {
    if (!(sums && accumulate)) k_nnk_fill(out, sums ? 0 : -INFINITE, kept);
    return;
  }
  reduce_axes a = merge_axes(shape, rank, axes);
  reduce_from(out, x, &a, 0, scale, accumulate, sums);
}

static void k_nnk_reduce_sum(
    float *out, const float *x, const int64_t *shape, int32_t rank, uint32_t axes, float scale, bool accumulate) {
  reduce_all(out, x, shape, rank, axes, scale, accumulate, true);
}

static void k_nnk_reduce_max(float *out, const float *x, const int64_t *shape, int32_t rank, uint32_t axes) {
  reduce_all(out, x, shape, rank, axes, 1, false, false);
}

static void k_nnk_gather_rows(
    float *out, int64_t ldout, const float *table, int64_t ldtable, int64_t table_rows, const int32_t *indices,
    int64_t count, int64_t width) {
  for (int64_t i = 0; i < count; i++) {
    if (indices[i] >= 0 && indices[i] < table_rows)
      copy_line(out + i * ldout, 1, table + indices[i] * ldtable, 1, width, false);
    else
      k_nnk_fill(out + i * ldout, NOT_A_NUMBER, width);
  }
}

static void k_nnk_scatter_add_rows(
    float *table, int64_t ldtable, int64_t row0, int64_t row1, const float *x, int64_t ldx, const int32_t *indices,
    int64_t count, int64_t width) {
  for (int64_t i = 0; i < count; i++)
    if (indices[i] >= row0 && indices[i] < row1) add_run(table + indices[i] * ldtable, x + i * ldx, width);
}

static void k_nnk_pick(float *out, const float *x, const int32_t *indices, int64_t rows, int64_t cols) {
  for (int64_t r = 0; r < rows; r++)
    out[r] = indices[r] >= 0 && indices[r] < cols ? x[r * cols + indices[r]] : NOT_A_NUMBER;
}

static void k_nnk_one_hot(float *out, const int32_t *indices, float value, int64_t rows, int64_t cols) {
  k_nnk_fill(out, 0, rows * cols);
  for (int64_t r = 0; r < rows; r++)
    if (indices[r] >= 0 && indices[r] < cols) out[r * cols + indices[r]] = value;
}
