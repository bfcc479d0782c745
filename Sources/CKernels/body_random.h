// Philox 4×32-10 on 16 counters at once, and what is drawn from it.

typedef struct philox_words {
  vu w0, w1, w2, w3;
} philox_words;

// The 64-bit products of 16 words with a constant, as their low and high halves: even and odd lanes apart.
INLINE void multiply_wide(vu x, uint32_t factor, vu *low, vu *high) {
  const vul8 mask = (vul8)0xffffffffull;
  vul8 pairs = __builtin_bit_cast(vul8, x);
  vul8 even = (pairs & mask) * (uint64_t)factor, odd = (pairs >> 32) * (uint64_t)factor;
  *low = __builtin_bit_cast(vu, (even & mask) | (odd << 32));
  *high = __builtin_bit_cast(vu, (even >> 32) | (odd & ~mask));
}

INLINE philox_words philox(uint64_t key, vu x0, vu x1, vu x2, vu x3) {
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    vu low0, high0, low1, high1;
    multiply_wide(x0, 0xD2511F53u, &low0, &high0);
    multiply_wide(x2, 0xCD9E8D57u, &low1, &high1);
    x0 = high1 ^ x1 ^ k0;
    x1 = low1;
    x2 = high0 ^ x3 ^ k1;
    x3 = low0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return (philox_words){x0, x1, x2, x3};
}

INLINE vf unit(vu word) { return __builtin_convertvector((vi)(word >> 8), vf) * 0x1p-24f; }

typedef enum draw_kind { draw_uniform, draw_normal, draw_bernoulli, draw_dropout } draw_kind;

// Box–Muller: two words to two normal draws.
INLINE void normal_pair(vu first, vu second, vf *a, vf *b) {
  vf radius = __builtin_elementwise_sqrt(m_log(unit(first) + 0x1p-24f) * -2.0f);
  vf angle = unit(second) * 0x1.921fb6p+2f;
  *a = radius * m_cos(angle);
  *b = radius * m_sin(angle);
}

// `count` elements in a row of memory, of rows that hold `quads` counters each, from row `row` on.
INLINE void draw(
    draw_kind kind, float *out, const float *x, float probability, float value, bool accumulate, int64_t count,
    int64_t quads, int64_t row, nnk_random source, const int32_t *rows) {
  int64_t quad = 0;
  for (int64_t begin = 0; begin < count; begin += 64) {
    vu row_lane, quad_lane;
    if (quad + 16 < quads) {
      row_lane = (vu)(rows ? (uint32_t)rows[row] : (uint32_t)row);
      quad_lane = (vu)(uint32_t)quad + (vu){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
      quad += 16;
    } else {
      uint32_t row_lanes[16], quad_lanes[16];
      for (int i = 0; i < 16; i++) {
        bool used = begin + 4 * i < count;
        row_lanes[i] = !used ? 0 : rows ? (uint32_t)rows[row] : (uint32_t)row;
        quad_lanes[i] = (uint32_t)quad;
        if (++quad == quads) {
          quad = 0;
          row++;
        }
      }
      memcpy(&row_lane, row_lanes, sizeof row_lane);
      memcpy(&quad_lane, quad_lanes, sizeof quad_lane);
    }
    philox_words w = philox(source.key, (vu)source.iteration, row_lane, (vu)source.time, quad_lane);
    vf a, b, c, d;
    if (kind == draw_normal) {
      normal_pair(w.w0, w.w1, &a, &b);
      normal_pair(w.w2, w.w3, &c, &d);
    } else {
      a = unit(w.w0), b = unit(w.w1), c = unit(w.w2), d = unit(w.w3);
    }
    // Lane i of a, b, c, d to elements 4i … 4i + 3.
    vf ab0 = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    vf ab1 = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    vf cd0 = __builtin_shufflevector(c, d, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    vf cd1 = __builtin_shufflevector(c, d, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    vf quarters[4] = {
        __builtin_shufflevector(ab0, cd0, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23),
        __builtin_shufflevector(ab0, cd0, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31),
        __builtin_shufflevector(ab1, cd1, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23),
        __builtin_shufflevector(ab1, cd1, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31)};
    for (int i = 0; i < 4; i++) {
      int64_t at = begin + 16 * i, n = count - at;
      if (n <= 0) break;
      vf y = quarters[i];
      if (kind == draw_bernoulli) y = choose(y < splat(probability), splat(value), splat(0));
      if (kind == draw_dropout) {
        y = choose(y >= splat(probability), splat(value), splat(0)) * load_up_to(x + at, n);
        if (accumulate) y += load_up_to(out + at, n);
      }
      store_up_to(out + at, y, n);
    }
  }
}

INLINE void draw_rows(
    draw_kind kind, float *out, const float *x, float probability, float value, bool accumulate, int64_t batch,
    int64_t per_row, nnk_random source, const int32_t *rows) {
  int64_t quads = (per_row + 3) / 4;
  if (per_row % 4 == 0) {
    draw(kind, out, x, probability, value, accumulate, batch * per_row, quads, 0, source, rows);
  } else {
    for (int64_t r = 0; r < batch; r++)
      draw(
          kind, out + r * per_row, x ? x + r * per_row : x, probability, value, accumulate, per_row, quads, r, source,
          rows);
  }
}

static void k_nnk_random_uniform(
    float *out, int64_t batch, int64_t per_row, nnk_random source, const int32_t *rows) {
  draw_rows(draw_uniform, out, 0, 0, 0, false, batch, per_row, source, rows);
}

static void k_nnk_random_normal(float *out, int64_t batch, int64_t per_row, nnk_random source, const int32_t *rows) {
  draw_rows(draw_normal, out, 0, 0, 0, false, batch, per_row, source, rows);
}

static void k_nnk_random_bernoulli(
    float *out, float probability, float value, int64_t batch, int64_t per_row, nnk_random source,
    const int32_t *rows) {
  draw_rows(draw_bernoulli, out, 0, probability, value, false, batch, per_row, source, rows);
}

static void k_nnk_dropout(
    float *out, const float *x, float rate, int64_t batch, int64_t per_row, nnk_random source, const int32_t *rows,
    bool accumulate) {
  float keep = rate < 1 ? 1.0f / (1.0f - rate) : 0;
  draw_rows(draw_dropout, out, x, rate, keep, accumulate, batch, per_row, source, rows);
}
