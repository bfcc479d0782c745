// Convolutions with up to twelve results a pixel: a vector has four channels of four results, or eight of two, so that
// twelve results fill three vectors and ten fill five. Along the results alone they would leave a part of each vector
// empty, along the channels alone every result of a pixel would have lanes to add up.

// The fewest and the most results a pixel. Vectors of four do not need it.
#define CONV_FOLD_VECTORS 5
#define CONV_FOLD_PIXELS 9
#if NNK_BODY_ISA == 3
#define CONV_FOLD_LEAST 5
#define CONV_FOLD_MOST 12
#else
#define CONV_FOLD_LEAST 3
#define CONV_FOLD_MOST 8
#endif

// How many channels of a result are beside each other, and the vectors of as many channels of all results.
typedef struct conv_fold {
  int64_t channels, vectors;
} conv_fold;

INLINE conv_fold conv_fold_of(const conv_pass *p, int64_t columns) {
  int64_t quads = (columns + 3) / 4, pairs = (columns + 1) / 2;
  bool is_wide = NNK_BODY_ISA == 3 && p->channels % 8 == 0 && pairs < 2 * quads;
  return is_wide ? (conv_fold){8, pairs} : (conv_fold){4, quads};
}

// How many packed weights there are.
INLINE int64_t conv_folds_depth(const conv_pass *p, int64_t columns) {
  conv_fold fold = conv_fold_of(p, columns);
  return p->axis[0].taps * p->axis[1].taps * (p->channels / fold.channels) * 16 * fold.vectors;
}

// Whether that takes fewer steps than tiles of one vector, and than results along the channels do: by shape only.
static bool conv_is_folded(const conv_pass *p, int64_t columns) {
#if NNK_BODY_ISA == 3 || NNK_BODY_ISA == 2
  const nnk_conv *c = p->c;
  int64_t places = c->kernel[0] * c->kernel[1];
  if (columns < CONV_FOLD_LEAST || columns > CONV_FOLD_MOST || p->channels % 4 != 0 || places > CONV_UNIT_PIXELS ||
      places * p->channels > NNK_SCRATCH_B / (16 * CONV_FOLD_VECTORS))
    return false;
  int64_t steps = conv_few_steps_of(p, columns);
  conv_fold fold = conv_fold_of(p, columns);
  return NNK_BODY_ISA == 2 || steps == 0 ||
         10 * fold.vectors * (p->channels / fold.channels) * conv_few_taps(p) <= 9 * steps;
#else
  return false;
#endif
}

// The weights of a group: for every place and some channels the vectors of all results. Lanes channels · i on of
// vector v are those of result vectors · i + v.
static void conv_folds_pack(const conv_pass *p, const float *weights, int64_t group, int64_t columns, float *to) {
  const nnk_conv *c = p->c;
  conv_fold fold = conv_fold_of(p, columns);
  bool gives_input = c->role == nnk_conv_input;
  int64_t inner = c->channels / c->groups;
  int64_t step = gives_input ? 1 : c->filters, across = gives_input ? c->filters : 1;
  for (int64_t ty = 0; ty < p->axis[0].taps; ty++) {
    for (int64_t tx = 0; tx < p->axis[1].taps; tx++) {
      int64_t place = (p->axis[0].tap + ty * p->axis[0].tap_step) * c->kernel[1] + p->axis[1].tap +
                      tx * p->axis[1].tap_step;
      const float *at = weights + place * inner * c->filters + group * (c->filters / c->groups);
      for (int64_t channel = 0; channel < p->channels; channel += fold.channels) {
        const float *from = at + channel * step;
        for (int64_t v = 0; v < fold.vectors; v++) {
          for (int64_t column = v; column < v + 16 / fold.channels * fold.vectors; column += fold.vectors)
            for (int64_t k = 0; k < fold.channels; k++)
              *to++ = column < columns ? from[k * step + column * across] : 0;
        }
      }
    }
  }
}

// What the tiles of a class have in common: the places it sees, their weights, and what follows a sum.
typedef struct conv_fold_operands {
  const float *base, *const *weights;
  const int64_t *offsets;
  int64_t places, channels, columns;
  float *results;
  vf bias;
  bool rectifies;
} conv_fold_operands;

// Neighbouring lanes added up: of every four lanes, two sums of x and two of y.
INLINE vf add_pairs(vf x, vf y) {
  return __builtin_shufflevector(x, y, 0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30) +
         __builtin_shufflevector(x, y, 1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31);
}

// Some channels, as often as a vector has room for them.
INLINE vf load_repeated(const float *p, const int channels) {
  if (channels == 8) {
    vf8 x = load8(p);
    return __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7);
  }
  vf4 x;
  memcpy(&x, p, sizeof x);
  return __builtin_shufflevector(x, x, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
}

// The results of a pixel in order, from the sums of its vectors.
INLINE vf fold_results(const int vectors, const int channels, const vf *sum) {
  vf pair[3], quad[2];
  UNROLL for (int i = 0; 2 * i < vectors; i++)
    pair[i] = add_pairs(sum[2 * i], 2 * i + 1 < vectors ? sum[2 * i + 1] : splat(0));
  UNROLL for (int i = 0; 4 * i < vectors; i++)
    quad[i] = add_pairs(pair[2 * i], 4 * i + 2 < vectors ? pair[2 * i + 1] : splat(0));
  // Lane 4 · i + v of a quad is of vector v: for four channels the sum of result vectors · i + v, for eight a half of it.
  vf x = quad[0];
  if (channels == 4) {
    return vectors == 3   ? __builtin_shufflevector(x, x, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15)
           : vectors == 2 ? __builtin_shufflevector(x, x, 0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15)
                          : __builtin_shufflevector(x, x, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  }
  vf y = vectors > 4 ? quad[1] : splat(0);
  x = __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
      __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  return vectors == 5 ? __builtin_shufflevector(x, x, 0, 1, 2, 3, 8, 4, 5, 6, 7, 12, 9, 10, 11, 13, 14, 15)
                      : __builtin_shufflevector(x, x, 0, 1, 2, 4, 5, 6, 3, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

// The results of `count` pixels, `high` at a time.
INLINE void conv_fold_tiles(
    const int high, const int vectors, const int step, const conv_fold_operands *t, const int64_t *from,
    const int64_t *to, int64_t count) {
  // In registers: what is stored might otherwise be these.
  const vf bias = t->bias;
  const bool rectifies = t->rectifies;
  const int64_t columns = t->columns, channels = t->channels, places = t->places;
  const float *const base = t->base;
  float *const c = t->results;
  for (int64_t first = 0; first < count; first += high, from += high, to += high) {
    vf sum[CONV_FOLD_PIXELS][CONV_FOLD_VECTORS];
    const float *a[CONV_FOLD_PIXELS];
    UNROLL for (int i = 0; i < high; i++) {
      a[i] = base + from[i];
      UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = splat(0);
    }
    for (int64_t place = 0; place < places; place++) {
      const float *b = t->weights[place];
      for (int64_t at = t->offsets[place], end = at + channels; at < end; at += step, b += 16 * vectors) {
        vf weight[CONV_FOLD_VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) weight[v] = load(b + v * 16);
        UNROLL for (int i = 0; i < high; i++) {
          vf x = load_repeated(a[i] + at, step);
          UNROLL for (int v = 0; v < vectors; v++) {
            sum[i][v] = FMA(x, weight[v], sum[i][v]);
            KEEP_ORDER(sum[i][v]);
          }
        }
      }
    }
    UNROLL for (int i = 0; i < high; i++) {
      vf x = fold_results(vectors, step, sum[i]) + bias;
      store_part(c + to[i], rectifies ? choose(x < splat(0), splat(0), x) : x, columns);
    }
  }
}

typedef void (*conv_fold_function)(const conv_fold_operands *t, const int64_t *from, const int64_t *to, int64_t count);

// The pixels of a tile: as many as the registers hold sums of.
#if NNK_BODY_ISA == 3
#define CONV_FOLD_HIGH(vectors) ((vectors) == 5 ? 5 : 9)
#else
#define CONV_FOLD_HIGH(vectors) ((vectors) == 1 ? 5 : 2)
#endif
#define CONV_FOLD_TILE(vectors, channels)                                                          \
  static void conv_fold_##vectors##_##channels(                                                    \
      const conv_fold_operands *t, const int64_t *from, const int64_t *to, int64_t count) {        \
    conv_fold_tiles(CONV_FOLD_HIGH(vectors), vectors, channels, t, from, to, count);               \
  }
CONV_FOLD_TILE(1, 4)
CONV_FOLD_TILE(2, 4)
CONV_FOLD_TILE(3, 4)
CONV_FOLD_TILE(3, 8)
CONV_FOLD_TILE(5, 8)

// By vectors; of the others there are none.
static const conv_fold_function conv_fold_fours[] = {conv_fold_1_4, conv_fold_1_4, conv_fold_2_4, conv_fold_3_4};
INLINE conv_fold_function conv_fold_tile_of(conv_fold fold) {
  if (fold.channels == 8) return fold.vectors == 3 ? conv_fold_3_8 : conv_fold_5_8;
  return conv_fold_fours[fold.vectors];
}

// The results of a unit.
static void conv_folds_pass(
    const conv_pass *p, const conv_unit *u, int64_t group, int64_t columns, const float *packed) {
  const nnk_conv *c = p->c;
  conv_fold fold = conv_fold_of(p, columns);
  conv_fold_function tile = conv_fold_tile_of(fold);
  int64_t pixels = CONV_FOLD_HIGH(fold.vectors), depth = p->channels / fold.channels * 16 * fold.vectors;
  conv_view view;
  conv_look(p, u, conv_by_places, columns, &view);
  int64_t *places = view.offsets + CONV_UNIT_PIXELS;
  const float **weights = (const float **)(places + CONV_UNIT_PIXELS);
  bool rectifies = c->activation == nnk_activation_relu, finishes = conv_has_epilogue(c) && !rectifies;
  conv_fold_operands t = {
      .base = view.region.base, .weights = weights, .offsets = view.offsets, .channels = p->channels, .columns = columns,
      .results = p->o->c + group * columns,
      .bias = p->o->bias ? load_part(p->o->bias + group * columns, columns) : splat(0), .rectifies = rectifies};
  for (int64_t k = 0; k < view.class_count; k++) {
    const conv_class *class = &view.classes[k];
    t.places = 0;
    for (int64_t ty = class->tap0[0]; ty < class->tap1[0]; ty++)
      for (int64_t tx = class->tap0[1]; tx < class->tap1[1]; tx++)
        weights[t.places++] = packed + (ty * p->axis[1].taps + tx) * depth;
    conv_class_places(p, &view.region, class, view.offsets, places);
    const int64_t *from = view.from + class->first, *to = view.to + class->first;
    int64_t left = class->count % pixels, whole = class->count - left;
    tile(&t, from, to, whole);
    if (left > 0) {
      // Missing pixels repeat the last.
      int64_t some_from[CONV_FOLD_PIXELS], some_to[CONV_FOLD_PIXELS];
      for (int64_t r = 0; r < pixels; r++) {
        some_from[r] = from[whole + (r < left ? r : left - 1)];
        some_to[r] = to[whole + (r < left ? r : left - 1)];
      }
      tile(&t, some_from, some_to, pixels);
    }
    for (int64_t i = 0; finishes && i < class->count; i++) conv_finish_row(c, p->o, t.results + to[i], columns);
  }
}
