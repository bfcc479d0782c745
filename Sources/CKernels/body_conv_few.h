// Convolutions with few results a pixel: vectors run along the channels of the source, because along the results they
// would be all but empty.

// The most results a pixel, of which a tile has up to four.
#define CONV_FEW 12
#define CONV_FEW_WIDE 4
// Sums that the registers hold.
#if NNK_BODY_ISA == 3
#define CONV_FEW_SUMS 24
#else
#define CONV_FEW_SUMS 6
#endif

// Whether that takes fewer steps than tiles of one vector: by shape only.
static bool conv_is_few(const conv_pass *p, int64_t columns) {
  const nnk_conv *c = p->c;
  int64_t chunks = (p->channels + 15) / 16, taps = c->kernel[0] * c->kernel[1];
  if (c->role == nnk_conv_input) taps = (taps + c->stride[0] * c->stride[1] - 1) / (c->stride[0] * c->stride[1]);
  if (columns > CONV_FEW || c->kernel[0] * c->kernel[1] > CONV_UNIT_PIXELS) return false;
  // Adding up the lanes takes about as long as three more vectors.
  return (taps * chunks + 3) * columns <= taps * p->channels && taps * chunks * 16 * CONV_FEW <= NNK_SCRATCH_B;
}

// The weights of n results from `column` on: for every place and 16 channels a vector for each result.
static void conv_few_pack(
    const conv_pass *p, const float *weights, int64_t group, float *to, int64_t column, int64_t n) {
  const nnk_conv *c = p->c;
  bool gives_input = c->role == nnk_conv_input;
  int64_t inner = c->channels / c->groups;
  int64_t step = gives_input ? 1 : c->filters, across = gives_input ? c->filters : 1;
  for (int64_t ty = 0; ty < p->axis[0].taps; ty++) {
    for (int64_t tx = 0; tx < p->axis[1].taps; tx++) {
      int64_t place = (p->axis[0].tap + ty * p->axis[0].tap_step) * c->kernel[1] + p->axis[1].tap +
                      tx * p->axis[1].tap_step;
      const float *at = weights + place * inner * c->filters + group * (c->filters / c->groups) + column * across;
      for (int64_t channel = 0; channel < p->channels; channel += 16) {
        for (int64_t j = 0; j < n; j++, to += 16) {
          const float *from = at + channel * step + j * across;
          for (int64_t l = 0; l < 16; l++) to[l] = channel + l < p->channels ? from[l * step] : 0;
        }
      }
    }
  }
}

// What tiles of a class have in common. Place k of its rectangle sees the source at offsets[k] from a pixel, and its
// weights lie at weights + k · weight_step.
typedef struct conv_few_operands {
  const float *base, *weights;
  const int64_t *offsets;
  int64_t weight_step, across, channels;
  const conv_class *class;
} conv_few_operands;

// The lanes of up to 16 vectors added up, neighbours first: lane i of the result is the sum of vector i.
INLINE vf add_lanes(const vf *x, const int count) {
  vf a[8], b[4], c[2];
  UNROLL for (int i = 0; i < 8; i++) {
    vf even = 2 * i < count ? x[2 * i] : splat(0), odd = 2 * i + 1 < count ? x[2 * i + 1] : splat(0);
    a[i] = __builtin_shufflevector(even, odd, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
           __builtin_shufflevector(even, odd, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  }
  UNROLL for (int i = 0; i < 4; i++)
    b[i] = __builtin_shufflevector(a[2 * i], a[2 * i + 1], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
           __builtin_shufflevector(a[2 * i], a[2 * i + 1], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  UNROLL for (int i = 0; i < 2; i++)
    c[i] = __builtin_shufflevector(b[2 * i], b[2 * i + 1], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27) +
           __builtin_shufflevector(b[2 * i], b[2 * i + 1], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  return __builtin_shufflevector(c[0], c[1], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
         __builtin_shufflevector(c[0], c[1], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

// Adds the products of 16 channels, or of the first n.
INLINE void conv_few_step(
    const int pixels, const int wide, vf (*sum)[CONV_FEW_WIDE], const float *const *a, int64_t at, const float *weights,
    int64_t n) {
  vf weight[CONV_FEW_WIDE];
  UNROLL for (int j = 0; j < wide; j++) weight[j] = load(weights + j * 16);
  UNROLL for (int i = 0; i < pixels; i++) {
    vf x = load_up_to(a[i] + at, n);
    UNROLL for (int j = 0; j < wide; j++) {
      sum[i][j] = FMA(x, weight[j], sum[i][j]);
      KEEP_ORDER(sum[i][j]);
    }
  }
}

// The sums of some pixels by `wide` results, one pixel after the other.
INLINE void conv_few_tile(
    const int pixels, const int wide, const conv_few_operands *t, const int64_t *from, float *results) {
  vf sum[CONV_FEW_SUMS][CONV_FEW_WIDE], flat[CONV_FEW_SUMS];
  const float *a[CONV_FEW_SUMS];
  const conv_class *class = t->class;
  int64_t whole = t->channels & ~15ll, rest = t->channels & 15;
  UNROLL for (int i = 0; i < pixels; i++) {
    a[i] = t->base + from[i];
    UNROLL for (int j = 0; j < wide; j++) sum[i][j] = splat(0);
  }
  for (int64_t ty = class->tap0[0]; ty < class->tap1[0]; ty++) {
    for (int64_t tap = ty * t->across + class->tap0[1]; tap < ty * t->across + class->tap1[1]; tap++) {
      const float *weights = t->weights + tap * t->weight_step;
      int64_t at = t->offsets[tap], end = at + whole;
      for (; at < end; at += 16, weights += 16 * wide) conv_few_step(pixels, wide, sum, a, at, weights, 16);
      if (rest > 0) conv_few_step(pixels, wide, sum, a, at, weights, rest);
    }
  }
  UNROLL for (int i = 0; i < pixels; i++)
    UNROLL for (int j = 0; j < wide; j++) flat[i * wide + j] = sum[i][j];
  UNROLL for (int i = 0; i < pixels * wide; i += 16)
    store(results + i, add_lanes(flat + i, pixels * wide - i < 16 ? pixels * wide - i : 16));
}

typedef void (*conv_few_function)(const conv_few_operands *t, const int64_t *from, float *results);

// Pixels of a tile: one result a pixel leaves the rest of the registers alone, there are no more addresses.
#define CONV_FEW_PIXELS(wide) ((wide) == 1 ? CONV_FEW_SUMS / 2 : CONV_FEW_SUMS / (wide))
#define CONV_FEW_TILE(wide)                                                                           \
  static void conv_few_##wide(const conv_few_operands *t, const int64_t *from, float *results) { \
    conv_few_tile(CONV_FEW_PIXELS(wide), wide, t, from, results);                                \
  }
CONV_FEW_TILE(1)
CONV_FEW_TILE(2)
CONV_FEW_TILE(3)
CONV_FEW_TILE(4)
static const conv_few_function conv_few_tiles[CONV_FEW_WIDE] = {conv_few_1, conv_few_2, conv_few_3, conv_few_4};

// n results of a pixel from their sums.
INLINE void conv_few_store(
    const nnk_conv *c, const nnk_gemm_operands *o, float *to, const float *sums, const float *bias, int64_t n) {
  bool rectifies = c->activation == nnk_activation_relu;
  for (int64_t j = 0; j < n; j++) {
    float sum = bias ? sums[j] + bias[j] : sums[j];
    to[j] = rectifies && sum < 0 ? 0 : sum;
  }
  if (conv_has_epilogue(c) && !rectifies) conv_finish_row(c, o, to, n);
}

INLINE int64_t conv_few_wide(int64_t columns) {
  int64_t blocks = (columns + CONV_FEW_WIDE - 1) / CONV_FEW_WIDE;
  return (columns + blocks - 1) / blocks;
}

// How many packed weights there are for a result.
INLINE int64_t conv_few_depth(const conv_pass *p) {
  return p->axis[0].taps * p->axis[1].taps * ((p->channels + 15) & ~15ll);
}

static void conv_few_pack_all(
    const conv_pass *p, const float *weights, int64_t group, int64_t columns, float *packed) {
  int64_t wide = conv_few_wide(columns), depth = conv_few_depth(p);
  for (int64_t j = 0; j < columns; j += wide)
    conv_few_pack(p, weights, group, packed + j * depth, j, columns - j < wide ? columns - j : wide);
}

// The results of a unit.
static void conv_few_pass(
    const conv_pass *p, const conv_unit *u, int64_t group, int64_t columns, const float *packed) {
  conv_view view;
  conv_look(p, u, true, &view);
  conv_few_operands t = {
      .base = view.region.base, .offsets = view.offsets, .across = p->axis[1].taps, .channels = p->channels};
  conv_places(p, &view.region, view.offsets, view.offsets + CONV_UNIT_PIXELS);
  float *result = p->o->c + group * columns;
  const float *bias = p->o->bias ? p->o->bias + group * columns : 0;
  int64_t wide = conv_few_wide(columns), depth = conv_few_depth(p);
  for (int64_t j = 0; j < columns; j += wide) {
    int64_t n = columns - j < wide ? columns - j : wide, pixels = CONV_FEW_PIXELS(n);
    t.weight_step = ((p->channels + 15) & ~15ll) * n;
    t.weights = packed + j * depth;
    for (int64_t k = 0; k < view.class_count; k++) {
      const conv_class *class = t.class = &view.classes[k];
      for (int64_t i = 0; i < class->count; i += pixels) {
        float sums[CONV_FEW_SUMS + 16];
        int64_t last[CONV_FEW_SUMS], m = class->count - i < pixels ? class->count - i : pixels;
        const int64_t *from = view.from + class->first + i, *to = view.to + class->first + i;
        if (m < pixels) {
          // Missing pixels repeat the last.
          for (int64_t r = 0; r < pixels; r++) last[r] = from[r < m ? r : m - 1];
          from = last;
        }
        conv_few_tiles[n - 1](&t, from, sums);
        for (int64_t r = 0; r < m; r++)
          conv_few_store(p->c, p->o, result + to[r] + j, sums + r * n, bias ? bias + j : 0, n);
      }
    }
  }
}
