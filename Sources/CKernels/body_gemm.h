// Matrix multiply: epilogues, products of vectors, blocking. (body_gemm_tile.h and body_gemm_pack.h hold the pieces.)

INLINE vf activate(nnk_activation activation, vf x) {
  switch (activation) {
  case nnk_activation_relu: return m_relu(x);
  case nnk_activation_tanh: return m_tanh(x);
  case nnk_activation_sigmoid: return m_sigmoid(x);
  case nnk_activation_gelu: return m_gelu(x);
  case nnk_activation_gelu_tanh: return m_gelu_tanh(x);
  case nnk_activation_silu: return m_silu(x);
  case nnk_activation_softplus: return m_softplus(x);
  default: return x;
  }
}

// The derivative, at the output for relu, tanh, sigmoid, else at the input.
INLINE vf activation_slope(nnk_activation activation, vf x) {
  switch (activation) {
  case nnk_activation_relu: return flag(x > splat(0));
  case nnk_activation_tanh: return FMA(-x, x, splat(1));
  case nnk_activation_sigmoid: return x * (1.0f - x);
  case nnk_activation_gelu: return m_gelu_gradient(x);
  case nnk_activation_gelu_tanh: return m_gelu_tanh_gradient(x);
  case nnk_activation_silu: return m_silu_gradient(x);
  case nnk_activation_softplus: return m_sigmoid(x);
  default: return splat(1);
  }
}

// A product and a rectangle of its result, with the operands of one member of the batch.
typedef struct gemm_call {
  const nnk_gemm *g;
  const float *a, *b, *bias, *saved;
  float *c, *preactivation;
  int64_t row0, row1, column0, column1;
} gemm_call;

// What follows the sum, on rows × cols elements of C at (row, column), just written and so in the nearest cache.
static void epilogue(const gemm_call *call, int64_t row, int64_t column, int64_t rows, int64_t cols) {
  const nnk_gemm *g = call->g;
  for (int64_t i = row; i < row + rows; i++) {
    for (int64_t j = column; j < column + cols; j += 16) {
      int64_t n = column + cols - j, at = i * g->ldc + j;
      vf x = load_up_to(call->c + at, n);
      if (call->preactivation) store_up_to(call->preactivation + at, x, n);
      if (g->gradient != nnk_activation_none)
        x *= activation_slope(g->gradient, load_up_to(call->saved + i * g->ldsaved + j, n));
      else
        x = activate(g->activation, x);
      store_up_to(call->c + at, x, n);
    }
  }
}

INLINE bool has_epilogue(const gemm_call *call) {
  return call->preactivation || call->g->gradient != nnk_activation_none ||
         call->g->activation != nnk_activation_none;
}

// Σ x y on 32 lanes, for one x and two y.
INLINE void dot2(const float *x, const float *y0, const float *y1, int64_t k, float *sums) {
  vf a0 = splat(0), a1 = splat(0), b0 = splat(0), b1 = splat(0);
  int64_t i = 0;
  for (; i + 32 <= k; i += 32) {
    vf x0 = load(x + i), x1 = load(x + i + 16);
    a0 = FMA(x0, load(y0 + i), a0);
    a1 = FMA(x1, load(y0 + i + 16), a1);
    b0 = FMA(x0, load(y1 + i), b0);
    b1 = FMA(x1, load(y1 + i + 16), b1);
  }
  if (i < k) {
    vf x0 = load_up_to(x + i, k - i);
    a0 = FMA(x0, load_up_to(y0 + i, k - i), a0);
    b0 = FMA(x0, load_up_to(y1 + i, k - i), b0);
  }
  if (i + 16 < k) {
    vf x1 = load_part(x + i + 16, k - i - 16);
    a1 = FMA(x1, load_part(y0 + i + 16, k - i - 16), a1);
    b1 = FMA(x1, load_part(y1 + i + 16, k - i - 16), b1);
  }
  sums[0] = lanes_sum(a0 + a1);
  sums[1] = lanes_sum(b0 + b1);
}

INLINE void put_dot(const gemm_call *call, int64_t i, int64_t j, float sum) {
  float *c = call->c + i * call->g->ldc + j;
  if (call->g->accumulate) sum += *c;
  *c = call->bias ? sum + call->bias[j] : sum;
}

// Few rows or one column of results, each a dot product of adjacent elements; two at a time along the longer side.
static void dots(const gemm_call *call) {
  const nnk_gemm *g = call->g;
  bool along_columns = g->n > 1;
  int64_t outer0 = along_columns ? call->row0 : call->column0, outer1 = along_columns ? call->row1 : call->column1;
  int64_t inner0 = along_columns ? call->column0 : call->row0, inner1 = along_columns ? call->column1 : call->row1;
  const float *x = along_columns ? call->a : call->b, *y = along_columns ? call->b : call->a;
  int64_t ldx = along_columns ? g->lda : g->ldb, ldy = along_columns ? g->ldb : g->lda;
  for (int64_t o = outer0; o < outer1; o++) {
    for (int64_t i = inner0; i < inner1; i += 2) {
      int64_t next = i + 1 < inner1 ? i + 1 : i;
      float sums[2];
      dot2(x + o * ldx, y + i * ldy, y + next * ldy, g->k, sums);
      for (int64_t j = i; j <= next; j++) {
        if (along_columns)
          put_dot(call, o, j, sums[j - i]);
        else
          put_dot(call, j, o, sums[j - i]);
      }
    }
  }
  if (has_epilogue(call))
    epilogue(call, call->row0, call->column0, call->row1 - call->row0, call->column1 - call->column0);
}

// Block sizes: a panel of B [depth, GEMM_COLUMNS] in the first-level cache, a block of A [rows, depth] in the second.
#define GEMM_DEPTH 256
#define GEMM_BLOCK_ROWS (NNK_SCRATCH_A / GEMM_DEPTH / 4 / GEMM_ROWS * GEMM_ROWS)
#define GEMM_BLOCK_COLUMNS (NNK_SCRATCH_B / GEMM_DEPTH / GEMM_COLUMNS * GEMM_COLUMNS)

// Multiplies one block: `rows` × `cols` of C at (row, column), k ≥ `from`, `depth` of it. A is unpacked or, where
// `packed_a` is set, in panels; B likewise, in panels of `b_depth`.
INLINE void multiply_block(
    const gemm_call *call, int64_t row, int64_t column, int64_t rows, int64_t cols, int64_t from, int64_t depth,
    const float *packed_a, const float *packed_b, int64_t b_depth) {
  const nnk_gemm *g = call->g;
  bool ends = from + depth == g->k && has_epilogue(call);
  tile_operands t = {.k = depth, .ldc = g->ldc, .loads = g->accumulate || from > 0};
  int layout = packed_a || g->transpose_a ? a_by_k : a_by_rows;
  t.a_stride = packed_a ? GEMM_ROWS : g->lda;
  t.b_k = packed_b ? GEMM_COLUMNS : g->ldb;
  const float *a = call->a + (g->transpose_a ? row + from * g->lda : row * g->lda + from);
  const float *b = call->b + from * g->ldb + column;
  int64_t a_step = g->transpose_a ? 1 : g->lda;
  int64_t wide = !packed_b && rows <= 3 ? wide_columns[rows - 1] : 0;
  for (int64_t j = 0; j < cols;) {
    int64_t n = cols - j < GEMM_COLUMNS ? cols - j : GEMM_COLUMNS;
    bool widens = wide > 0 && cols - j >= wide;
    if (widens) n = wide;
    int64_t vectors = (n + GEMM_LANES - 1) / GEMM_LANES;
    bool masked = n % GEMM_LANES != 0;
    t.tail = n - (vectors - 1) * GEMM_LANES;
    t.b = packed_b ? packed_b + j * b_depth : b + j;
    t.bias = call->bias && from == 0 ? call->bias + column + j : 0;
    for (int64_t i = 0; i < rows; i += GEMM_ROWS) {
      int64_t m = rows - i < GEMM_ROWS ? rows - i : GEMM_ROWS;
      t.a = packed_a ? packed_a + i * depth : a + i * a_step;
      t.c = call->c + (row + i) * g->ldc + column + j;
      tile_function run = widens ? wide_tiles[m - 1][layout] : tiles[m - 1][layout][masked][vectors - 1];
      run(&t);
      if (ends) epilogue(call, row + i, column + j, m, n);
    }
    j += n;
  }
}

static void pack_b(
    const gemm_call *call, float *to, int64_t column, int64_t cols, int64_t from, int64_t depth) {
  const nnk_gemm *g = call->g;
  if (!g->transpose_b) {
    pack_b_panels(to, call->b + from * g->ldb + column, g->ldb, depth, cols);
    return;
  }
  for (int64_t j = 0; j < cols; j += GEMM_COLUMNS) {
    int64_t n = cols - j < GEMM_COLUMNS ? cols - j : GEMM_COLUMNS;
    pack_b_panel_transposed(to + j * depth, call->b + (column + j) * g->ldb + from, g->ldb, depth, n);
  }
}

static void pack_a(const gemm_call *call, float *to, int64_t row, int64_t rows, int64_t from, int64_t depth) {
  const nnk_gemm *g = call->g;
  if (g->transpose_a) {
    const float *a = call->a + from * g->lda + row;
    pack_a_transposed(to, GEMM_ROWS * depth, a, g->lda, depth, rows);
    return;
  }
  for (int64_t i = 0; i < rows; i += GEMM_ROWS) {
    int64_t m = rows - i < GEMM_ROWS ? rows - i : GEMM_ROWS;
    pack_a_panel(to + i * depth, call->a + (row + i) * g->lda + from, g->lda, depth, m);
  }
}

static void k_nnk_gemm_pack(float *out, const float *b, int64_t ldb, bool transpose, int64_t k, int64_t n) {
  nnk_gemm g = {.k = k, .n = n, .ldb = ldb, .transpose_b = transpose};
  gemm_call call = {.g = &g, .b = b};
  pack_b(&call, out, 0, n, 0, k);
}

// The panels of a packed B from a column and a depth on.
INLINE const float *packed_panels(const gemm_call *call, int64_t column, int64_t from) {
  return call->g->packed_b ? call->b + column * call->g->k + from * GEMM_COLUMNS : 0;
}

static void multiply(const gemm_call *call) {
  const nnk_gemm *g = call->g;
  int64_t rows = call->row1 - call->row0, cols = call->column1 - call->column0;
  // Rows of B on pages of their own crowd the caches, so they are packed sooner.
  int64_t enough = g->ldb >= 1024 ? 24 : 64;
  bool packs_b =
      !g->packed_b && (g->transpose_b || (rows > enough && cols > GEMM_COLUMNS && g->k * cols > 6000));
  bool packs_a = rows > 2 * GEMM_ROWS && cols > 4 * GEMM_COLUMNS && g->k * rows > 6000;
  if (!packs_a && !packs_b) {
    multiply_block(
        call, call->row0, call->column0, rows, cols, 0, g->k, 0, packed_panels(call, call->column0, 0), g->k);
    return;
  }
  const nnk_scratch_memory *scratch = nnk_scratch();
  for (int64_t column = call->column0; column < call->column1; column += GEMM_BLOCK_COLUMNS) {
    int64_t wide = call->column1 - column < GEMM_BLOCK_COLUMNS ? call->column1 - column : GEMM_BLOCK_COLUMNS;
    int64_t from = 0;
    do {
      int64_t depth = g->k - from < GEMM_DEPTH ? g->k - from : GEMM_DEPTH;
      if (packs_b) pack_b(call, scratch->pack_b, column, wide, from, depth);
      for (int64_t row = call->row0; row < call->row1; row += GEMM_BLOCK_ROWS) {
        int64_t high = call->row1 - row < GEMM_BLOCK_ROWS ? call->row1 - row : GEMM_BLOCK_ROWS;
        if (packs_a) pack_a(call, scratch->pack_a, row, high, from, depth);
        const float *panels = packs_b ? scratch->pack_b : packed_panels(call, column, from);
        multiply_block(
            call, row, column, high, wide, from, depth, packs_a ? scratch->pack_a : 0, panels, packs_b ? depth : g->k);
      }
      from += depth;
    } while (from < g->k);
  }
}

static void k_nnk_gemm_range(
    const nnk_gemm *g, const nnk_gemm_operands *o, int64_t index, int64_t row0, int64_t row1, int64_t column0,
    int64_t column1) {
  if (row0 >= row1 || column0 >= column1) return;
  gemm_call call = {
      .g = g, .a = o->a + index * g->stride_a, .b = o->b + index * g->stride_b, .bias = o->bias,
      .c = o->c + index * g->stride_c, .row0 = row0, .row1 = row1, .column0 = column0, .column1 = column1};
  if (o->preactivation) call.preactivation = o->preactivation + index * g->stride_c;
  if (o->saved) call.saved = o->saved + index * g->stride_saved;
  if (g->packed_b) {
    multiply(&call);
    return;
  }
  // Which sum is used depends on the whole product's shape, never on the range.
  bool a_adjacent = !g->transpose_a || (g->m == 1 && g->lda == 1);
  bool b_adjacent = g->transpose_b || (g->n == 1 && g->ldb == 1);
  if (a_adjacent && b_adjacent && (g->n == 1 || g->m == 1 || (g->m <= 4 && g->k >= 32))) {
    dots(&call);
    return;
  }
  bool flips = g->n == 1 && g->transpose_a && g->ldc == 1 && !call.bias && (!call.saved || g->ldsaved == 1);
  if (!flips) {
    multiply(&call);
    return;
  }
  // A column of results that lie side by side is better a row: Cᵀ = Bᵀ A.
  nnk_gemm turned = *g;
  turned.m = 1, turned.n = g->m;
  turned.lda = g->ldb, turned.ldb = g->lda, turned.ldc = turned.ldsaved = g->m;
  turned.transpose_a = !g->transpose_b, turned.transpose_b = false;
  call.g = &turned;
  call.a = o->b + index * g->stride_b, call.b = o->a + index * g->stride_a;
  call.row0 = 0, call.row1 = 1, call.column0 = row0, call.column1 = row1;
  multiply(&call);
}
