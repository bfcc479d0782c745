// Attention, tile by tile. Scores are computed transposed, [keys, queries]: then the softmax runs along the lanes of
// vectors, one query a lane, and neither keys nor values have to be brought into another order.

// Queries and keys of a tile.
#define ATTENTION_QUERIES 32
#define ATTENTION_KEYS 128
#define ATTENTION_VECTORS (ATTENTION_QUERIES / 16)
#define ATTENTION_TILE (ATTENTION_QUERIES * ATTENTION_KEYS)

// eˣ for x ≤ 88, 0 below −87.
INLINE vf exp_or_zero(vf x) {
  vf limited = choose(x < splat(-87), splat(-87), x);
  return choose(x < splat(-87), splat(0), exp_normal(limited));
}

// C[m,n] (+)= A[m,k] · B[k,n]; A is stored [k,m] where `turned`.
INLINE void attention_product(
    float *c, int64_t ldc, const float *a, int64_t lda, bool turned, const float *b, int64_t ldb, bool packed, int64_t m,
    int64_t n, int64_t k, bool accumulate) {
  nnk_gemm g = {
      .m = m, .n = n, .k = k, .lda = lda, .ldb = ldb, .ldc = ldc, .transpose_a = turned, .packed_b = packed,
      .accumulate = accumulate};
  nnk_gemm_operands o = {.a = a, .b = b, .c = c};
  k_nnk_gemm_range(&g, &o, 0, 0, m, 0, n);
}

// One head of one example: its operands, and the distances between positions.
typedef struct attention_head {
  const nnk_attention *a;
  const float *q, *k, *v, *mask;
  int64_t ldq, ldk;
} attention_head;

INLINE attention_head head_at(
    const nnk_attention *a, const nnk_attention_operands *o, int64_t example, int64_t head) {
  int64_t group = head / (a->heads / a->groups);
  attention_head h = {.a = a, .ldq = a->heads * a->width, .ldk = a->groups * a->width};
  h.q = o->q + example * a->queries * h.ldq + head * a->width;
  h.k = o->k + example * a->keys * h.ldk + group * a->width;
  h.v = o->v + example * a->keys * h.ldk + group * a->width;
  h.mask = o->mask ? o->mask + example * a->keys : 0;
  return h;
}

// How many keys the queries up to `last` see.
INLINE int64_t seen_keys(const nnk_attention *a, int64_t last) {
  return a->causal && last < a->keys ? last : a->keys;
}

INLINE vf lane_numbers(void) {
  return (vf){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
}

// Puts −∞ where a query must not look: keys key ..< key + keys of a tile whose first query is `query`.
static void mask_scores(const attention_head *h, float *scores, int64_t query, int64_t key, int64_t keys) {
  vf never = splat(-INFINITE);
  for (int64_t j = 0; j < keys; j++) {
    float *row = scores + j * ATTENTION_QUERIES;
    bool hidden = h->mask && h->mask[key + j] == 0;
    int64_t behind = h->a->causal ? key + j - query : 0;
    if (!hidden && behind <= 0) continue;
    for (int v = 0; v < ATTENTION_VECTORS; v++) {
      vi covered = lane_numbers() + (float)(16 * v) < splat((float)behind);
      store(row + 16 * v, hidden ? never : choose(covered, never, load(row + 16 * v)));
    }
  }
}

// What the softmax of a block of queries carries from tile to tile.
typedef struct attention_rows {
  vf top[ATTENTION_VECTORS], sum[ATTENTION_VECTORS];
} attention_rows;

// scores := exp(scale · scores − the greatest so far), adding to the sums; `fade` receives what multiplies all before.
static void exponentiate(
    float *scores, int64_t keys, float scale, int64_t vectors, attention_rows *rows, float *fade) {
  for (int64_t v = 0; v < vectors; v++) {
    float *column = scores + 16 * v;
    vf top = load(column);
    for (int64_t j = 1; j < keys; j++) top = maximum(top, load(column + j * ATTENTION_QUERIES));
    top = maximum(rows->top[v], top * scale);
    // Where nothing has been seen yet, all powers are 0.
    vf shift = choose(top == splat(-INFINITE), splat(0), top);
    vf past = exp_or_zero(rows->top[v] - shift), even = splat(0), odd = splat(0);
    int64_t j = 0;
    for (; j + 2 <= keys; j += 2) {
      float *at = column + j * ATTENTION_QUERIES;
      vf x = exp_or_zero(FMA(load(at), splat(scale), -shift));
      vf y = exp_or_zero(FMA(load(at + ATTENTION_QUERIES), splat(scale), -shift));
      store(at, x);
      store(at + ATTENTION_QUERIES, y);
      even += x;
      odd += y;
    }
    if (j < keys) {
      vf x = exp_or_zero(FMA(load(column + j * ATTENTION_QUERIES), splat(scale), -shift));
      store(column + j * ATTENTION_QUERIES, x);
      even += x;
    }
    rows->sum[v] = FMA(rows->sum[v], past, even + odd);
    rows->top[v] = top;
    store(fade + 16 * v, past);
  }
}

INLINE void scale_row(float *row, int64_t width, float factor) {
  for (int64_t c = 0; c < width; c += 16) store_up_to(row + c, load_up_to(row + c, width - c) * factor, width - c);
}

// Queries query ..< query + count of a head.
static void attend(
    const attention_head *h, float *out, float *sums, int64_t query, int64_t count, float *scores, float *packed) {
  const nnk_attention *a = h->a;
  int64_t width = a->width, vectors = (count + 15) / 16, seen = seen_keys(a, query + count);
  attention_rows rows;
  for (int v = 0; v < ATTENTION_VECTORS; v++) rows.top[v] = splat(-INFINITE), rows.sum[v] = splat(0);
  k_nnk_gemm_pack(packed, h->q + query * h->ldq, h->ldq, true, width, count);
  float factors[ATTENTION_QUERIES];
  for (int64_t key = 0; key < seen; key += ATTENTION_KEYS) {
    int64_t keys = seen - key < ATTENTION_KEYS ? seen - key : ATTENTION_KEYS;
    attention_product(
        scores, ATTENTION_QUERIES, h->k + key * h->ldk, h->ldk, false, packed, count, true, keys, count, width, false);
    if (h->mask || (a->causal && key + keys > query + 1)) mask_scores(h, scores, query, key, keys);
    exponentiate(scores, keys, a->scale, vectors, &rows, factors);
    if (!out) continue;
    if (key > 0)
      for (int64_t i = 0; i < count; i++) scale_row(out + (query + i) * h->ldq, width, factors[i]);
    attention_product(
        out + query * h->ldq, h->ldq, scores, ATTENTION_QUERIES, true, h->v + key * h->ldk, h->ldk, false, count, width,
        keys, key > 0);
  }
  for (int64_t v = 0; v < vectors; v++) {
    // NaN where no key was seen, or where a score was NaN or infinite.
    vf sum = rows.sum[v] + (rows.top[v] - rows.top[v]);
    store(factors + 16 * v, 1.0f / sum);
    int64_t n = count - 16 * v;
    if (sums) store_up_to(sums + query + 16 * v, rows.top[v] + m_log(sum), n);
  }
  if (out)
    for (int64_t i = 0; i < count; i++) scale_row(out + (query + i) * h->ldq, width, factors[i]);
}

static void k_nnk_attention_units(
    const nnk_attention *a, const nnk_attention_operands *o, int64_t first, int64_t last) {
  float *scores = nnk_scratch()->tiles, *packed = scores + ATTENTION_TILE;
  for (int64_t unit = first; unit < last; unit++) {
    int64_t example = unit / a->heads, head = unit % a->heads;
    attention_head h = head_at(a, o, example, head);
    float *out = o->out ? o->out + (h.q - o->q) : 0, *sums = o->sums ? o->sums + unit * a->queries : 0;
    for (int64_t query = 0; query < a->queries; query += ATTENTION_QUERIES) {
      int64_t left = a->queries - query;
      attend(&h, out, sums, query, left < ATTENTION_QUERIES ? left : ATTENTION_QUERIES, scores, packed);
    }
  }
}

// What the backward pass of a head reads and writes beside its operands.
typedef struct attention_backward {
  const float *out, *dout, *sums;
  float *dq, *dk, *dv;
  /// Scratch: probabilities, derivatives of scores, packed queries, packed derivatives of results.
  float *scores, *slopes, *packed, *packed_dout;
} attention_backward;

// scores := p = exp(scale · scores − sums), slopes := scale · p · (slopes − dots).
static void differentiate_scores(
    const attention_head *h, const attention_backward *b, int64_t keys, const vf *sums,
    const vf *dots, int64_t vectors) {
  float scale = h->a->scale;
  for (int64_t v = 0; v < vectors; v++) {
    vf sum = sums[v], dot = dots[v];
    for (int64_t j = 0; j < keys; j++) {
      int64_t at = j * ATTENTION_QUERIES + 16 * v;
      vf p = exp_or_zero(FMA(load(b->scores + at), splat(scale), -sum));
      store(b->scores + at, p);
      store(b->slopes + at, p * scale * (load(b->slopes + at) - dot));
    }
  }
}

// Σ dout · out of each row of a block.
static void row_dots(const attention_head *h, const attention_backward *b, int64_t query, int64_t count, vf *dots) {
  float values[ATTENTION_QUERIES] = {0};
  int64_t width = h->a->width;
  for (int64_t i = 0; i < count; i++) {
    const float *x = b->out + (query + i) * h->ldq, *y = b->dout + (query + i) * h->ldq;
    vf sum = splat(0);
    for (int64_t c = 0; c < width; c += 16) sum = FMA(load_up_to(x + c, width - c), load_up_to(y + c, width - c), sum);
    values[i] = lanes_sum(sum);
  }
  for (int v = 0; v < ATTENTION_VECTORS; v++) dots[v] = load(values + 16 * v);
}

static void attend_backward(const attention_head *h, const attention_backward *b, int64_t query, int64_t count) {
  const nnk_attention *a = h->a;
  int64_t width = a->width, vectors = (count + 15) / 16, seen = seen_keys(a, query + count);
  vf sums[ATTENTION_VECTORS], dots[ATTENTION_VECTORS];
  row_dots(h, b, query, count, dots);
  for (int64_t v = 0; v < vectors; v++) sums[v] = load_up_to(b->sums + query + 16 * v, count - 16 * v);
  const float *q = h->q + query * h->ldq, *dout = b->dout + query * h->ldq;
  bool slopes = b->dq || b->dk;
  k_nnk_gemm_pack(b->packed, q, h->ldq, true, width, count);
  if (slopes) k_nnk_gemm_pack(b->packed_dout, dout, h->ldq, true, width, count);
  for (int64_t key = 0; key < seen; key += ATTENTION_KEYS) {
    int64_t keys = seen - key < ATTENTION_KEYS ? seen - key : ATTENTION_KEYS, at = key * h->ldk;
    attention_product(
        b->scores, ATTENTION_QUERIES, h->k + at, h->ldk, false, b->packed, count, true, keys, count, width, false);
    if (h->mask || (a->causal && key + keys > query + 1)) mask_scores(h, b->scores, query, key, keys);
    if (slopes)
      attention_product(
          b->slopes, ATTENTION_QUERIES, h->v + at, h->ldk, false, b->packed_dout, count, true, keys, count, width,
          false);
    differentiate_scores(h, b, keys, sums, dots, vectors);
    if (b->dv)
      attention_product(
          b->dv + at, h->ldk, b->scores, ATTENTION_QUERIES, false, dout, h->ldq, false, keys, width, count, true);
    if (b->dk)
      attention_product(
          b->dk + at, h->ldk, b->slopes, ATTENTION_QUERIES, false, q, h->ldq, false, keys, width, count, true);
    if (b->dq)
      attention_product(
          b->dq + query * h->ldq, h->ldq, b->slopes, ATTENTION_QUERIES, true, h->k + at, h->ldk, false, count, width,
          keys, key > 0);
  }
}

INLINE void zero_rows(float *x, int64_t rows, int64_t distance, int64_t width) {
  for (int64_t i = 0; x && i < rows; i++) memset(x + i * distance, 0, (size_t)width * sizeof(float));
}

static void k_nnk_attention_backward_units(
    const nnk_attention *a, const nnk_attention_operands *o, int64_t first, int64_t last) {
  float *scratch = nnk_scratch()->tiles;
  attention_backward b = {.scores = scratch, .slopes = scratch + ATTENTION_TILE};
  b.packed = b.slopes + ATTENTION_TILE;
  b.packed_dout = b.packed + ATTENTION_QUERIES * a->width;
  int64_t share = a->heads / a->groups;
  for (int64_t unit = first; unit < last; unit++) {
    int64_t example = unit / a->groups, group = unit % a->groups;
    for (int64_t head = group * share; head < (group + 1) * share; head++) {
      attention_head h = head_at(a, o, example, head);
      int64_t at = h.q - o->q, key = h.k - o->k;
      b.out = o->out + at, b.dout = o->dout + at, b.sums = o->sums + (example * a->heads + head) * a->queries;
      b.dq = o->dq ? o->dq + at : 0, b.dk = o->dk ? o->dk + key : 0, b.dv = o->dv ? o->dv + key : 0;
      if (head == group * share) {
        zero_rows(b.dk, a->keys, h.ldk, a->width);
        zero_rows(b.dv, a->keys, h.ldk, a->width);
      }
      for (int64_t query = 0; query < a->queries; query += ATTENTION_QUERIES) {
        int64_t left = a->queries - query;
        attend_backward(&h, &b, query, left < ATTENTION_QUERIES ? left : ATTENTION_QUERIES);
      }
    }
  }
}
