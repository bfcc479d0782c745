// Convolutions with up to twelve results a pixel: a vector has four channels of four results, so that twelve results fill
// three. Along the results alone they would leave a part of each vector empty, along the channels alone every result of a
// pixel would have lanes to add up.

// The fewest and the most results a pixel, and the pixels of a tile: as many as the registers hold sums of. Vectors of
// four do not need it.
#define CONV_QUADS 3
#if NNK_BODY_ISA == 3
#define CONV_QUAD_LEAST 5
#define CONV_QUAD_MOST 12
#define CONV_QUAD_PIXELS(quads) 9
#else
#define CONV_QUAD_LEAST 3
#define CONV_QUAD_MOST 8
#define CONV_QUAD_PIXELS(quads) ((quads) == 1 ? 5 : 2)
#endif
#define CONV_QUAD_ROOM 9

INLINE int64_t conv_quads(int64_t columns) { return (columns + 3) / 4; }

// How many packed weights there are.
INLINE int64_t conv_quads_depth(const conv_pass *p, int64_t columns) {
  return p->axis[0].taps * p->axis[1].taps * p->channels * 4 * conv_quads(columns);
}

// Whether that takes fewer steps than tiles of one vector, and than results along the channels do: by shape only.
static bool conv_is_quads(const conv_pass *p, int64_t columns) {
#if NNK_BODY_ISA == 3 || NNK_BODY_ISA == 2
  const nnk_conv *c = p->c;
  int64_t places = c->kernel[0] * c->kernel[1];
  if (columns < CONV_QUAD_LEAST || columns > CONV_QUAD_MOST || p->channels % 4 != 0 || places > CONV_UNIT_PIXELS ||
      places * p->channels > NNK_SCRATCH_B / (16 * CONV_QUADS))
    return false;
  int64_t steps = conv_few_steps_of(p, columns);
  return NNK_BODY_ISA == 2 || steps == 0 || 10 * conv_quads(columns) * (p->channels / 4) * conv_few_taps(p) <= 9 * steps;
#else
  return false;
#endif
}

// The weights of a group: for every place and four channels a vector for each of the quads. Lanes 4 · i to 4 · i + 3 of
// vector q are those of result quads · i + q.
static void conv_quads_pack(const conv_pass *p, const float *weights, int64_t group, int64_t columns, float *to) {
  const nnk_conv *c = p->c;
  bool gives_input = c->role == nnk_conv_input;
  int64_t inner = c->channels / c->groups, quads = conv_quads(columns);
  int64_t step = gives_input ? 1 : c->filters, across = gives_input ? c->filters : 1;
  for (int64_t ty = 0; ty < p->axis[0].taps; ty++) {
    for (int64_t tx = 0; tx < p->axis[1].taps; tx++) {
      int64_t place = (p->axis[0].tap + ty * p->axis[0].tap_step) * c->kernel[1] + p->axis[1].tap +
                      tx * p->axis[1].tap_step;
      const float *at = weights + place * inner * c->filters + group * (c->filters / c->groups);
      for (int64_t channel = 0; channel < p->channels; channel += 4) {
        const float *from = at + channel * step;
        for (int64_t q = 0; q < quads; q++, to += 16) {
          UNROLL for (int l = 0; l < 4; l++) {
            int64_t column = l * quads + q;
            UNROLL for (int k = 0; k < 4; k++)
              to[4 * l + k] = column < columns ? from[k * step + column * across] : 0;
          }
        }
      }
    }
  }
}

// What the tiles of a class have in common: the places it sees, their weights, and what follows a sum.
typedef struct conv_quad_operands {
  const float *base, *const *weights;
  const int64_t *offsets;
  int64_t places, channels, columns;
  float *results;
  vf bias;
  bool rectifies;
} conv_quad_operands;

// Neighbouring lanes added up: of every four lanes, two sums of x and two of y.
INLINE vf add_pairs(vf x, vf y) {
  return __builtin_shufflevector(x, y, 0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30) +
         __builtin_shufflevector(x, y, 1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31);
}

INLINE vf load_four_times(const float *p) {
  vf4 x;
  memcpy(&x, p, sizeof x);
  return __builtin_shufflevector(x, x, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
}

// The results of some pixels.
INLINE void conv_quad_tile(
    const int pixels, const int quads, const conv_quad_operands *t, const int64_t *from, const int64_t *to) {
  vf sum[CONV_QUAD_ROOM][CONV_QUADS];
  const float *a[CONV_QUAD_ROOM];
  UNROLL for (int i = 0; i < pixels; i++) {
    a[i] = t->base + from[i];
    UNROLL for (int q = 0; q < quads; q++) sum[i][q] = splat(0);
  }
  const int64_t channels = t->channels;
  for (int64_t place = 0; place < t->places; place++) {
    const float *b = t->weights[place];
    for (int64_t at = t->offsets[place], end = at + channels; at < end; at += 4, b += 16 * quads) {
      vf weight[CONV_QUADS];
      UNROLL for (int q = 0; q < quads; q++) weight[q] = load(b + q * 16);
      UNROLL for (int i = 0; i < pixels; i++) {
        vf x = load_four_times(a[i] + at);
        UNROLL for (int q = 0; q < quads; q++) {
          sum[i][q] = FMA(x, weight[q], sum[i][q]);
          KEEP_ORDER(sum[i][q]);
        }
      }
    }
  }
  // In registers: what is stored might otherwise be these.
  const vf bias = t->bias;
  const bool rectifies = t->rectifies;
  const int64_t columns = t->columns;
  float *const c = t->results;
  UNROLL for (int i = 0; i < pixels; i++) {
    // Lane 4 · l + q of the sum is result quads · l + q.
    vf even = add_pairs(sum[i][0], quads > 1 ? sum[i][1] : splat(0));
    vf x = add_pairs(even, quads > 2 ? add_pairs(sum[i][2], splat(0)) : splat(0));
    x = quads == 3   ? __builtin_shufflevector(x, x, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15)
        : quads == 2 ? __builtin_shufflevector(x, x, 0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15)
                     : __builtin_shufflevector(x, x, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    x += bias;
    store_part(c + to[i], rectifies ? choose(x < splat(0), splat(0), x) : x, columns);
  }
}

typedef void (*conv_quad_function)(const conv_quad_operands *t, const int64_t *from, const int64_t *to);

#define CONV_QUAD_TILE(quads)                                                                              \
  static void conv_quad_tile_##quads(const conv_quad_operands *t, const int64_t *from, const int64_t *to) { \
    conv_quad_tile(CONV_QUAD_PIXELS(quads), quads, t, from, to);                                           \
  }
CONV_QUAD_TILE(1)
CONV_QUAD_TILE(2)
CONV_QUAD_TILE(3)
static const conv_quad_function conv_quad_tiles[CONV_QUADS] = {conv_quad_tile_1, conv_quad_tile_2, conv_quad_tile_3};

// The results of a unit.
static void conv_quads_pass(
    const conv_pass *p, const conv_unit *u, int64_t group, int64_t columns, const float *packed) {
  const nnk_conv *c = p->c;
  int64_t quads = conv_quads(columns), pixels = CONV_QUAD_PIXELS(quads);
  conv_view view;
  conv_look(p, u, conv_by_places, columns, &view);
  int64_t *places = view.offsets + CONV_UNIT_PIXELS;
  const float **weights = (const float **)(places + CONV_UNIT_PIXELS);
  bool rectifies = c->activation == nnk_activation_relu, finishes = conv_has_epilogue(c) && !rectifies;
  conv_quad_operands t = {
      .base = view.region.base, .weights = weights, .offsets = view.offsets, .channels = p->channels, .columns = columns,
      .results = p->o->c + group * columns,
      .bias = p->o->bias ? load_part(p->o->bias + group * columns, columns) : splat(0), .rectifies = rectifies};
  for (int64_t k = 0; k < view.class_count; k++) {
    const conv_class *class = &view.classes[k];
    t.places = 0;
    for (int64_t ty = class->tap0[0]; ty < class->tap1[0]; ty++)
      for (int64_t tx = class->tap0[1]; tx < class->tap1[1]; tx++)
        weights[t.places++] = packed + (ty * p->axis[1].taps + tx) * p->channels * 4 * quads;
    conv_class_places(p, &view.region, class, view.offsets, places);
    const int64_t *from = view.from + class->first, *to = view.to + class->first;
    for (int64_t i = 0; i < class->count; i += pixels) {
      int64_t some_from[CONV_QUAD_ROOM], some_to[CONV_QUAD_ROOM], left = class->count - i;
      // Missing pixels repeat the last.
      for (int64_t r = 0; left < pixels && r < pixels; r++) {
        some_from[r] = from[i + (r < left ? r : left - 1)];
        some_to[r] = to[i + (r < left ? r : left - 1)];
      }
      conv_quad_tiles[quads - 1](&t, left < pixels ? some_from : from + i, left < pixels ? some_to : to + i);
      for (int64_t r = 0; finishes && r < pixels && r < left; r++)
        conv_finish_row(c, p->o, t.results + to[i + r], columns);
    }
  }
}
