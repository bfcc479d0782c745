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

// The places that meet a pixel: of a window that is taken apart, a part.
INLINE int64_t conv_few_taps(const conv_pass *p) {
  const nnk_conv *c = p->c;
  int64_t taps = c->kernel[0] * c->kernel[1], parts = c->stride[0] * c->stride[1];
  return c->role == nnk_conv_input ? (taps + parts - 1) / parts : taps;
}

// What a pixel takes by steps of one vector, or 0 where there is no room for that.
static int64_t conv_few_steps_of(const conv_pass *p, int64_t columns) {
  const nnk_conv *c = p->c;
  int64_t chunks = (p->channels + 15) / 16, taps = conv_few_taps(p);
  if (columns > CONV_FEW || c->kernel[0] * c->kernel[1] * chunks > CONV_UNIT_PIXELS) return 0;
  // Adding up the lanes takes about as long as three more vectors.
  return taps * chunks * 16 * CONV_FEW <= NNK_SCRATCH_B ? (taps * chunks + 3) * columns : 0;
}

// Whether that takes fewer steps than tiles of one vector: by shape only.
static bool conv_is_few(const conv_pass *p, int64_t columns) {
  int64_t steps = conv_few_steps_of(p, columns);
  return steps > 0 && steps <= conv_few_taps(p) * p->channels;
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

// A step of a sum: 16 channels of a place of the kernel, of which `place` counts the columns from the left where that
// matters. They are at `at` from a pixel.
typedef struct conv_few_step {
  int64_t at;
  const float *weights;
  int64_t place;
} conv_few_step;

// What tiles of a class have in common. Only the first `rest` channels of the steps behind `whole` count, if there are
// any.
typedef struct conv_few_operands {
  const float *base, *bias;
  const conv_few_step *steps, *whole, *end;
  int64_t rest;
  bool rectifies;
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
INLINE void conv_few_add(
    const int pixels, const int wide, vf (*sum)[CONV_FEW_WIDE], const float *const *a, const conv_few_step *step,
    int64_t n) {
  vf weight[CONV_FEW_WIDE];
  int64_t at = step->at;
  UNROLL for (int j = 0; j < wide; j++) weight[j] = load(step->weights + j * 16);
  UNROLL for (int i = 0; i < pixels; i++) {
    vf x = load_up_to(a[i] + at, n);
    UNROLL for (int j = 0; j < wide; j++) {
      sum[i][j] = FMA(x, weight[j], sum[i][j]);
      KEEP_ORDER(sum[i][j]);
    }
  }
}

// The results of some pixels by `wide`, one pixel behind the other.
INLINE void conv_few_tile(
    const int pixels, const int wide, const conv_few_operands *t, const int64_t *from, float *results) {
  vf sum[CONV_FEW_SUMS][CONV_FEW_WIDE], flat[CONV_FEW_SUMS];
  const float *a[CONV_FEW_SUMS];
  UNROLL for (int i = 0; i < pixels; i++) {
    a[i] = t->base + from[i];
    UNROLL for (int j = 0; j < wide; j++) sum[i][j] = splat(0);
  }
  const conv_few_step *step = t->steps, *whole = t->whole, *end = t->end;
  for (; step < whole; step++) conv_few_add(pixels, wide, sum, a, step, 16);
  for (; step < end; step++) conv_few_add(pixels, wide, sum, a, step, t->rest);
  UNROLL for (int i = 0; i < pixels; i++)
    UNROLL for (int j = 0; j < wide; j++) flat[i * wide + j] = sum[i][j];
  UNROLL for (int i = 0; i < pixels * wide; i += 16) {
    vf x = add_lanes(flat + i, pixels * wide - i < 16 ? pixels * wide - i : 16) + load(t->bias + i);
    if (t->rectifies) x = choose(x < splat(0), splat(0), x);
    store(results + i, x);
  }
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

// The steps of a class: those of 16 channels, then the rest of each place.
static void conv_few_steps(
    const conv_pass *p, const conv_class *class, const int64_t *offsets, const float *weights, int64_t n,
    conv_few_step *steps, conv_few_operands *t) {
  int64_t whole = p->channels & ~15ll, chunks = (p->channels + 15) / 16;
  conv_few_step *step = steps;
  t->steps = steps;
  t->rest = p->channels - whole;
  for (int part = 0; part < 2; part++) {
    int64_t first = part == 0 ? 0 : whole, last = part == 0 ? whole : p->channels;
    for (int64_t ty = class->tap0[0]; ty < class->tap1[0]; ty++) {
      for (int64_t tx = class->tap0[1]; tx < class->tap1[1]; tx++) {
        int64_t tap = ty * p->axis[1].taps + tx;
        for (int64_t channel = first; channel < last; channel += 16)
          *step++ = (conv_few_step){offsets[tap] + channel, weights + (tap * chunks + channel / 16) * 16 * n, 0};
      }
    }
    if (part == 0) t->whole = step;
  }
  t->end = step;
}

#include "body_conv_row.h"

// What a unit's results are stored by: n for each pixel, which are `distance` apart.
typedef struct conv_few_target {
  const nnk_conv *c;
  const nnk_gemm_operands *o;
  float *result;
  int64_t n, distance;
  bool finishes;
} conv_few_target;

// The results of m pixels.
INLINE void conv_few_store(const conv_few_target *t, const int64_t *to, const float *sums, int64_t m) {
  bool adjoins = t->n == t->distance && conv_is_even(to, m, t->n);
  int64_t rows = adjoins ? 1 : m, size = adjoins ? m * t->n : t->n;
  for (int64_t r = 0; r < rows; r++) {
    float *at = t->result + to[r];
    for (int64_t l = 0; l < size; l++) at[l] = sums[r * t->n + l];
    if (t->finishes) conv_finish_row(t->c, t->o, at, size);
  }
}

// The results of a class whose pixels are in the lists from `from` and `to` on.
static void conv_few_class(
    const conv_few_operands *t, const conv_few_target *target, const int64_t *from, const int64_t *to, int64_t count) {
  int64_t pixels = CONV_FEW_PIXELS(target->n);
  for (int64_t i = 0; i < count; i += pixels, from += pixels, to += pixels) {
    float sums[CONV_FEW_SUMS + 16];
    int64_t last[CONV_FEW_SUMS], m = count - i < pixels ? count - i : pixels;
    // Missing pixels repeat the last.
    for (int64_t r = 0; m < pixels && r < pixels; r++) last[r] = from[r < m ? r : m - 1];
    conv_few_tiles[target->n - 1](t, m < pixels ? last : from, sums);
    conv_few_store(target, to, sums, m);
  }
}

// The same row by row. The last tile of a row ends with it, and may have some results of the one before.
static void conv_row_class(
    conv_row_operands *t, const conv_few_target *target, const float *base, const conv_pass *p, const conv_view *view,
    const conv_class *class) {
  const conv_axis *x = &p->axis[1];
  const int64_t *from = view->from + class->first, *to = view->to + class->first;
  int64_t wide = class->unit.column1 - class->unit.column0;
  bool is_half = wide < CONV_ROW;
  int64_t pixels = is_half ? CONV_ROW / 2 : CONV_ROW;
  int64_t first = class->unit.column0 + x->origin + x->offset + (x->offset_step < 0 ? 1 - x->taps : 0);
  t->width = x->size;
  // The rows that come next, a tile's share in each tile.
  int64_t steps = t->ends[CONV_ROW_TAPS] - t->steps;
  t->ahead = 2 * view->region.row;
  t->lines = steps > 0 && t->pixel == p->channels ? (pixels * (p->channels / 16) + steps - 1) / steps : 0;
  for (int64_t row = 0; row < class->count; row += wide) {
    for (int64_t i = 0; i < wide; i += pixels) {
      int64_t begin = wide - i < pixels ? wide - pixels : i;
      t->column = first + begin;
      bool has_ends = !view->is_whole && (t->column < 0 || t->column + pixels + x->taps - 1 > x->size);
      vf results = conv_row_tiles[is_half][has_ends](t, base + from[row + begin]);
      float sums[16];
      if (target->distance == 1 && conv_is_even(to + row + begin, pixels, 1) && !target->finishes) {
        store_up_to(target->result + to[row + begin], results, pixels);
        continue;
      }
      store(sums, results);
      conv_few_store(target, to + row + begin, sums, pixels);
    }
  }
}

// The results of a unit.
static void conv_few_pass(
    const conv_pass *p, const conv_unit *u, int64_t group, int64_t columns, const float *packed) {
  conv_view view;
  bool is_row = conv_is_row(p, u, columns);
  conv_look(p, u, is_row ? conv_by_rows : conv_by_places, columns, &view);
  float bias[CONV_FEW_SUMS + 16] = {0};
  const nnk_conv *c = p->c;
  bool rectifies = c->activation == nnk_activation_relu;
  conv_few_operands t = {.base = view.region.base, .bias = bias, .rectifies = rectifies};
  conv_row_operands row = {.pixel = view.region.pixel, .bias = bias, .rectifies = rectifies};
  conv_few_target target = {
      .c = c, .o = p->o, .distance = c->role == nnk_conv_input ? c->channels : c->filters,
      .finishes = conv_has_epilogue(c) && !rectifies};
  conv_places(p, &view.region, view.offsets, view.offsets + CONV_UNIT_PIXELS);
  conv_few_step *steps = (conv_few_step *)(view.offsets + 2 * CONV_UNIT_PIXELS);
  int64_t wide = conv_few_wide(columns), depth = conv_few_depth(p);
  for (int64_t j = 0; j < columns; j += wide) {
    int64_t n = target.n = columns - j < wide ? columns - j : wide;
    target.result = p->o->c + group * columns + j;
    if (p->o->bias)
      for (int64_t i = 0; i < CONV_FEW_SUMS; i++) bias[i] = p->o->bias[group * columns + j + i % n];
    for (int64_t k = 0; k < view.class_count; k++) {
      const conv_class *class = &view.classes[k];
      if (is_row) {
        conv_row_steps(p, class, view.offsets, packed, steps, &row);
        conv_row_class(&row, &target, t.base, p, &view, class);
        continue;
      }
      conv_few_steps(p, class, view.offsets, packed + j * depth, n, steps, &t);
      conv_few_class(&t, &target, view.from + class->first, view.to + class->first, class->count);
    }
  }
}
