// Weights of few filters: their gradient is summed turned around, with vectors along the channels.

#define TURNED_ROWS 4
#define TURNED_VECTORS 8
// Registers for sums, rows and a vector of x.
#if NNK_BODY_ISA == 3 || NNK_BODY_ISA == 1
#define TURNED_REGISTERS 30
#else
#define TURNED_REGISTERS 15
#endif
// The most vectors beside so many rows.
#define TURNED_MOST(rows) ((TURNED_REGISTERS - 1 - (rows)) / (rows))

// Half a vector of channels, beside each other in memory: two pixels of a row fill a vector.
static bool conv_is_paired(const conv_pass *p) {
#if NNK_BODY_ISA == 3
  const nnk_conv *c = p->c;
  return p->channels == p->source_channels && 2 * p->channels == GEMM_LANES && c->stride[1] == 1 && c->output[1] > 1;
#else
  (void)p;
  return false;
#endif
}

// Whether that takes fewer steps than tiles of one vector.
static bool conv_is_turned(const conv_pass *p) {
  const nnk_conv *c = p->c;
  int64_t filters = c->filters / c->groups, chunks = (p->channels + GEMM_LANES - 1) / GEMM_LANES;
  bool is_paired = conv_is_paired(p);
  if (filters > GEMM_LANES || (p->channels < GEMM_LANES && !is_paired)) return false;
  if (4 * chunks * filters > 5 * p->channels * (is_paired ? 2 : 1)) return false;
  int64_t places = p->axis[0].taps * p->axis[1].taps;
  return places * chunks <= CONV_UNIT_PIXELS && places * chunks * GEMM_LANES * filters <= NNK_SCRATCH_B;
}

// Few channels beside each other in memory: the places of a row of the kernel count as channels of one place.
static bool conv_joins(const conv_pass *p) {
  const nnk_conv *c = p->c;
  return c->groups == 1 && p->channels < GEMM_LANES && c->kernel[1] > 1 && c->dilation[1] == 1 && !conv_is_paired(p);
}

static conv_pass conv_joined(const conv_pass *p) {
  conv_pass joined = *p;
  joined.channels *= p->axis[1].taps;
  joined.axis[1].taps = 1;
  return joined;
}

// Sums of products over `count` pixels: some filters of y from each pixel's `to`, times vectors of x anywhere around
// each pixel's `from`. The sums of a vector's filters lie one behind the other. Of pairs, the filters of the second pixel
// are `filters` behind those of the first, and `seen` is the part of the vectors that counts.
typedef struct turned_operands {
  const float *x[TURNED_VECTORS], *y;
  float *c[TURNED_VECTORS];
  const int64_t *from, *to;
  int64_t count, filters;
  gmask seen;
} turned_operands;

// For the first half of the lanes `first`, for the others `second`.
INLINE gv halves(float first, float second) {
#if NNK_BODY_ISA == 3
  return __builtin_shufflevector(
      (gv)first, (gv)second, 0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31);
#else
  (void)second;
  return (gv)first;
#endif
}

INLINE void turned_tile(const int rows, const int vectors, const bool is_paired, const turned_operands *t) {
  gv sum[TURNED_ROWS][TURNED_VECTORS];
  const float *x[TURNED_VECTORS], *y = t->y;
  UNROLL for (int v = 0; v < vectors; v++) {
    x[v] = t->x[v];
    UNROLL for (int i = 0; i < rows; i++) sum[i][v] = (gv)0.0f;
  }
  const int64_t *from = t->from, *to = t->to, *end = from + t->count, filters = t->filters;
  const gmask mask = t->seen;
  for (; from < end; from++, to++) {
    gv given[TURNED_ROWS];
    int64_t at = *from;
    UNROLL for (int i = 0; i < rows; i++)
      given[i] = is_paired ? halves(y[*to + i], y[*to + filters + i]) : (gv)y[*to + i];
    UNROLL for (int v = 0; v < vectors; v++) {
      gv seen = is_paired ? gload_part(x[v] + at, mask) : gload(x[v] + at);
      UNROLL for (int i = 0; i < rows; i++) {
        sum[i][v] = FMA(seen, given[i], sum[i][v]);
        KEEP_ORDER(sum[i][v]);
      }
    }
  }
  UNROLL for (int v = 0; v < vectors; v++)
    UNROLL for (int i = 0; i < rows; i++) {
      float *c = t->c[v] + i * GEMM_LANES;
      gstore(c, gload(c) + sum[i][v]);
    }
}

typedef void (*turned_function)(const turned_operands *t);

// A place of the table beyond the registers is never asked for.
#define TURNED_FITS(MR, NV) ((NV) <= TURNED_MOST(MR) ? (NV) : 1)
#define TURNED_TILE(MR, NV) \
  static void turned_##MR##_##NV(const turned_operands *t) { turned_tile(MR, TURNED_FITS(MR, NV), false, t); }
#define TURNED_TILES(MR)                                                                              \
  TURNED_TILE(MR, 1) TURNED_TILE(MR, 2) TURNED_TILE(MR, 3) TURNED_TILE(MR, 4) TURNED_TILE(MR, 5)      \
  TURNED_TILE(MR, 6) TURNED_TILE(MR, 7) TURNED_TILE(MR, 8)
#define TURNED_ENTRY(MR)                                                                              \
  {turned_##MR##_1, turned_##MR##_2, turned_##MR##_3, turned_##MR##_4,                                \
   turned_##MR##_5, turned_##MR##_6, turned_##MR##_7, turned_##MR##_8}
TURNED_TILES(1)
TURNED_TILES(2)
TURNED_TILES(3)
TURNED_TILES(4)
static const turned_function turned_tiles[TURNED_ROWS][TURNED_VECTORS] = {
    TURNED_ENTRY(1), TURNED_ENTRY(2), TURNED_ENTRY(3), TURNED_ENTRY(4)};

#if NNK_BODY_ISA == 3
#define TURNED_PAIR(MR, NV) \
  static void turned_pair_##MR##_##NV(const turned_operands *t) { turned_tile(MR, TURNED_FITS(MR, NV), true, t); }
#define TURNED_PAIRS(MR)                                                                              \
  TURNED_PAIR(MR, 1) TURNED_PAIR(MR, 2) TURNED_PAIR(MR, 3) TURNED_PAIR(MR, 4) TURNED_PAIR(MR, 5)      \
  TURNED_PAIR(MR, 6) TURNED_PAIR(MR, 7) TURNED_PAIR(MR, 8)
#define TURNED_PAIR_ENTRY(MR)                                                                         \
  {turned_pair_##MR##_1, turned_pair_##MR##_2, turned_pair_##MR##_3, turned_pair_##MR##_4,            \
   turned_pair_##MR##_5, turned_pair_##MR##_6, turned_pair_##MR##_7, turned_pair_##MR##_8}
TURNED_PAIRS(1)
TURNED_PAIRS(2)
TURNED_PAIRS(3)
TURNED_PAIRS(4)
static const turned_function turned_pair_tiles[TURNED_ROWS][TURNED_VECTORS] = {
    TURNED_PAIR_ENTRY(1), TURNED_PAIR_ENTRY(2), TURNED_PAIR_ENTRY(3), TURNED_PAIR_ENTRY(4)};
#else
#define turned_pair_tiles turned_tiles
#endif

INLINE int64_t even_size(int64_t count, int64_t most) {
  int64_t pieces = (count + most - 1) / most;
  return (count + pieces - 1) / pieces;
}

// So many pixels that what they see stays in the first-level cache, which every tile reads anew.
INLINE int64_t turned_depth(const conv_pass *p) {
  int64_t depth = 6144 / p->channels;
  return depth < 16 ? 16 : depth > CONV_WEIGHT_DEPTH ? CONV_WEIGHT_DEPTH : depth;
}

// The channel at which a place's vector begins: the last one ends with the channels, and has some of the one before.
INLINE int64_t turned_channel(const conv_pass *p, int64_t chunk) {
  int64_t channel = chunk * GEMM_LANES;
  if (p->channels < GEMM_LANES) return 0;
  return channel + GEMM_LANES > p->channels ? p->channels - GEMM_LANES : channel;
}

// The vectors of x that a class sees, from a pixel on, and where their sums are. Returns how many there are.
static int64_t turned_vectors(
    const conv_pass *p, const conv_class *class, const int64_t *offsets, int64_t *x, int64_t *sums) {
  int64_t chunks = (p->channels + GEMM_LANES - 1) / GEMM_LANES, filters = p->c->filters / p->c->groups, count = 0;
  for (int64_t ty = class->tap0[0]; ty < class->tap1[0]; ty++) {
    for (int64_t tx = class->tap0[1]; tx < class->tap1[1]; tx++) {
      int64_t place = ty * p->axis[1].taps + tx;
      for (int64_t chunk = 0; chunk < chunks; chunk++, count++) {
        x[count] = offsets[place] + turned_channel(p, chunk);
        sums[count] = (place * chunks + chunk) * filters * GEMM_LANES;
      }
    }
  }
  return count;
}

// One filter: a vector of x meets the derivatives of up to three neighbouring pixels, which see it from neighbouring
// places of the kernel. Rows of `wide` pixels; the places' sums are `distance` apart. Of the wide + taps − 1 vectors of a
// row, those from `low` to before `high` are inside the image.
typedef struct turned_row_operands {
  const float *x[TURNED_VECTORS], *y;
  float *c[TURNED_VECTORS];
  const int64_t *from, *to;
  int64_t rows, wide, low, high, pixel, distance;
} turned_row_operands;

// What is at `at` and seen from the places first to last, by the pixels whose derivatives end with y.
INLINE void turned_row_add(
    const int first, const int last, const int vectors, gv (*sum)[TURNED_VECTORS], const float *const *x, int64_t at,
    const float *y) {
  gv given[CONV_ROW_TAPS];
  UNROLL for (int k = first; k <= last; k++) given[k] = (gv)y[-k];
  UNROLL for (int v = 0; v < vectors; v++) {
    gv seen = gload(x[v] + at);
    UNROLL for (int k = first; k <= last; k++) {
      sum[k][v] = FMA(seen, given[k], sum[k][v]);
      KEEP_ORDER(sum[k][v]);
    }
  }
}

INLINE void turned_row_tile(const int taps, const int vectors, const turned_row_operands *t) {
  gv sum[CONV_ROW_TAPS][TURNED_VECTORS];
  const float *x[TURNED_VECTORS];
  const int64_t wide = t->wide, pixel = t->pixel;
  UNROLL for (int v = 0; v < vectors; v++) {
    x[v] = t->x[v];
    UNROLL for (int k = 0; k < taps; k++) sum[k][v] = (gv)0.0f;
  }
  const int64_t low = t->low, high = t->high, first = low > taps - 1 ? low : taps - 1, last = high < wide ? high : wide;
  for (int64_t row = 0; row < t->rows * wide; row += wide) {
    int64_t begin = t->from[row], at = begin + first * pixel;
    const float *y = t->y + t->to[row];
    // At the ends of a row some of the places see nothing of it.
    UNROLL for (int i = 0; i < taps - 1; i++)
      if (i >= low && i < high) turned_row_add(0, i, vectors, sum, x, begin + i * pixel, y + i);
    for (int64_t i = first; i < last; i++, at += pixel) turned_row_add(0, taps - 1, vectors, sum, x, at, y + i);
    UNROLL for (int i = 1; i < taps; i++)
      if (wide - 1 + i >= low && wide - 1 + i < high)
        turned_row_add(i, taps - 1, vectors, sum, x, begin + (wide - 1 + i) * pixel, y + wide - 1 + i);
  }
  UNROLL for (int v = 0; v < vectors; v++)
    UNROLL for (int k = 0; k < taps; k++) {
      float *c = t->c[v] + k * t->distance;
      gstore(c, gload(c) + sum[k][v]);
    }
}

typedef void (*turned_row_function)(const turned_row_operands *t);

#define TURNED_ROW(NT, NV) \
  static void turned_row_##NT##_##NV(const turned_row_operands *t) { turned_row_tile(NT, TURNED_FITS(NT, NV), t); }
#define TURNED_ROWS_OF(NT)                                                                         \
  TURNED_ROW(NT, 1) TURNED_ROW(NT, 2) TURNED_ROW(NT, 3) TURNED_ROW(NT, 4) TURNED_ROW(NT, 5)        \
  TURNED_ROW(NT, 6) TURNED_ROW(NT, 7) TURNED_ROW(NT, 8)
#define TURNED_ROW_ENTRY(NT)                                                                       \
  {turned_row_##NT##_1, turned_row_##NT##_2, turned_row_##NT##_3, turned_row_##NT##_4,             \
   turned_row_##NT##_5, turned_row_##NT##_6, turned_row_##NT##_7, turned_row_##NT##_8}
TURNED_ROWS_OF(1)
TURNED_ROWS_OF(2)
TURNED_ROWS_OF(3)
static const turned_row_function turned_row_tiles[CONV_ROW_TAPS][TURNED_VECTORS] = {
    TURNED_ROW_ENTRY(1), TURNED_ROW_ENTRY(2), TURNED_ROW_ENTRY(3)};

static bool turned_is_row(const conv_pass *p, const conv_unit *u) {
  const conv_axis *x = &p->axis[1];
  return p->c->filters == 1 && x->step == 1 && x->offset_step == 1 && x->taps > 1 &&
         u->column1 - u->column0 >= CONV_ROW_TAPS;
}

// The products of a class for one filter: `x` and `places` as `turned_vectors` gives them.
static void turned_row_class(
    const conv_pass *p, const conv_view *view, const conv_class *class, const int64_t *x, const int64_t *places,
    float *sums) {
  int64_t chunks = (p->channels + GEMM_LANES - 1) / GEMM_LANES, wide = class->unit.column1 - class->unit.column0;
  int64_t across = class->tap1[1] - class->tap0[1], high = class->tap1[0] - class->tap0[0];
  int64_t rows = class->count / wide, depth = even_size(rows, 1 + turned_depth(p) / wide);
  int64_t column = class->unit.column0 + p->axis[1].origin + p->axis[1].offset, width = p->axis[1].size;
  for (int64_t row = 0; row < rows; row += depth) {
    turned_row_operands t = {
        .y = p->o->b, .from = view->from + class->first + row * wide, .to = view->to + class->first + row * wide,
        .rows = rows - row < depth ? rows - row : depth, .wide = wide, .pixel = view->region.pixel,
        .distance = chunks * GEMM_LANES};
    for (int64_t tx = 0, taps; tx < across; tx += taps) {
      taps = conv_row_taps(across - tx);
      int64_t seen = wide + taps - 1, left = -(column + tx), right = width - (column + tx);
      t.low = view->is_whole || left < 0 ? 0 : left;
      t.high = view->is_whole || right > seen ? seen : right;
      int64_t most = TURNED_MOST(taps) < TURNED_VECTORS ? TURNED_MOST(taps) : TURNED_VECTORS;
      int64_t all = high * chunks, vectors = even_size(all, most);
      for (int64_t v = 0; v < all; v += vectors) {
        int64_t n = all - v < vectors ? all - v : vectors;
        for (int64_t i = 0; i < n; i++) {
          int64_t at = ((v + i) / chunks * across + tx) * chunks + (v + i) % chunks;
          t.x[i] = view->region.base + x[at];
          t.c[i] = sums + places[at];
        }
        turned_row_tiles[taps - 1][n - 1](&t);
      }
    }
  }
}

// What a unit sees of the image: vectors of x from a pixel on, and where their sums are.
typedef struct turned_view {
  const int64_t *x, *places;
  int64_t vectors;
} turned_view;

// Adds the products of some pixels, or of pairs of which `seen` counts.
static void turned_products(
    const conv_pass *p, const conv_view *view, const turned_view *v, int64_t group, const int64_t *from,
    const int64_t *to, int64_t count, bool is_paired, gmask seen, float *sums) {
  int64_t filters = p->c->filters / p->c->groups, rows = even_size(filters, TURNED_ROWS);
  int64_t most = TURNED_MOST(rows) < TURNED_VECTORS ? TURNED_MOST(rows) : TURNED_VECTORS;
  if (count == 0) return;
  int64_t vectors = even_size(v->vectors, most), depth = even_size(count, turned_depth(p));
  for (int64_t first = 0; first < count; first += depth) {
    turned_operands t = {
        .from = from + first, .to = to + first, .count = count - first < depth ? count - first : depth,
        .filters = filters, .seen = seen};
    for (int64_t k = 0; k < v->vectors; k += vectors) {
      int64_t n = v->vectors - k < vectors ? v->vectors - k : vectors;
      for (int64_t j = 0; j < filters; j += rows) {
        for (int64_t i = 0; i < n; i++) {
          t.x[i] = view->region.base + v->x[k + i];
          t.c[i] = sums + v->places[k + i] + j * GEMM_LANES;
        }
        t.y = p->o->b + group * filters + j;
        int64_t high = filters - j < rows ? filters - j : rows;
        (is_paired ? turned_pair_tiles : turned_tiles)[high - 1][n - 1](&t);
      }
    }
  }
}

// The products of rows in pairs. The last pixel of an odd row has the one before it beside it, of which nothing counts
// again; where a unit is the first column alone, the one behind it.
static void turned_in_pairs(
    const conv_pass *p, const conv_view *view, const turned_view *v, int64_t group, const conv_unit *u, float *sums) {
  int64_t wide = u->column1 - u->column0;
  bool is_first = wide == 1 && u->column0 == 0;
  int64_t *from = view->from, *to = view->to, *odd_from = view->offsets + 3 * CONV_UNIT_PIXELS;
  int64_t *odd_to = odd_from + CONV_UNIT_PIXELS;
  int64_t count = 0, odd = 0;
  for (int64_t row = 0; row < view->classes[0].count; row += wide) {
    if (wide % 2 == 1) {
      odd_from[odd] = from[row + wide - 1] - (is_first ? 0 : view->region.pixel);
      odd_to[odd++] = to[row + wide - 1] - (is_first ? 0 : p->c->filters);
    }
    for (int64_t i = row; i < row + wide - 1; i += 2, count++) {
      from[count] = from[i];
      to[count] = to[i];
    }
  }
  gmask all = gmask_first(GEMM_LANES), half = gmask_first(GEMM_LANES / 2);
  turned_products(p, view, v, group, from, to, count, true, all, sums);
  turned_products(p, view, v, group, odd_from, odd_to, odd, true, is_first ? half : (gmask)(all ^ half), sums);
}

// Adds the products of a unit to turned sums: for every place and chunk of channels a vector for each filter. What is
// seen is the image of `seen`, of which p may have joined places.
static void conv_turned_pass(
    const conv_pass *p, const conv_pass *seen, const conv_unit *u, int64_t group, float *sums) {
  const nnk_conv *c = p->c;
  conv_view view;
  bool is_joined = p->channels != seen->channels, is_row = turned_is_row(p, u), is_paired = conv_is_paired(p);
  conv_split split = is_joined || is_paired ? conv_whole : is_row ? conv_by_rows : conv_by_places;
  conv_look(seen, u, split, (c->filters / c->groups + 3) / 4, &view);
  if (is_joined) view.classes[0].tap1[1] = 1;
  int64_t *x = view.offsets + CONV_UNIT_PIXELS, *places = x + CONV_UNIT_PIXELS;
  conv_places(p, &view.region, view.offsets, places);
  turned_view v = {.x = x, .places = places};
  for (int64_t k = 0; k < view.class_count; k++) {
    const conv_class *class = &view.classes[k];
    v.vectors = turned_vectors(p, class, view.offsets, x, places);
    if (v.vectors == 0) continue;
    if (is_paired) {
      turned_in_pairs(p, &view, &v, group, u, sums);
    } else if (is_row) {
      turned_row_class(p, &view, class, x, places, sums);
    } else {
      turned_products(
          p, &view, &v, group, view.from + class->first, view.to + class->first, class->count, false,
          gmask_first(GEMM_LANES), sums);
    }
  }
}

// How many turned sums a group has.
INLINE int64_t turned_size(const conv_pass *p) {
  const nnk_conv *c = p->c;
  int64_t chunks = (p->channels + GEMM_LANES - 1) / GEMM_LANES;
  return p->axis[0].taps * p->axis[1].taps * chunks * GEMM_LANES * (c->filters / c->groups);
}

// Turned sums as the weights of a group.
static void conv_turned_store(const conv_pass *p, int64_t group, const float *sums) {
  const nnk_conv *c = p->c;
  int64_t filters = c->filters / c->groups, chunks = (p->channels + GEMM_LANES - 1) / GEMM_LANES;
  int64_t lanes = p->channels < GEMM_LANES ? p->channels : GEMM_LANES;
  for (int64_t place = 0; place < p->axis[0].taps * p->axis[1].taps; place++) {
    for (int64_t chunk = 0; chunk < chunks; chunk++, sums += filters * GEMM_LANES) {
      float *to = p->o->c + (place * p->channels + turned_channel(p, chunk)) * c->filters + group * filters;
      for (int64_t l = 0; l < lanes; l++) {
        for (int64_t j = 0; j < filters; j++) {
          const float *sum = sums + j * GEMM_LANES + l;
          to[l * c->filters + j] = lanes < GEMM_LANES ? sum[0] + sum[lanes] : sum[0];
        }
      }
    }
  }
}
