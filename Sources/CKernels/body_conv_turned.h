// Weights of few filters: their gradient is summed turned around, with vectors along the channels.

#define TURNED_ROWS 4
#define TURNED_VECTORS 8
// The most filters, and sums that the registers hold.
#define TURNED_FILTERS 16
#if NNK_BODY_ISA == 2
#define TURNED_SUMS 12
#else
#define TURNED_SUMS (GEMM_ROWS * GEMM_VECTORS)
#endif

// Whether that takes fewer steps than tiles of one vector.
static bool conv_is_turned(const conv_pass *p) {
  const nnk_conv *c = p->c;
  int64_t filters = c->filters / c->groups, chunks = (p->channels + GEMM_LANES - 1) / GEMM_LANES;
  if (filters > TURNED_FILTERS || p->channels < GEMM_LANES) return false;
  int64_t vectors = (filters + GEMM_LANES - 1) / GEMM_LANES;
  if (4 * chunks * filters > 5 * vectors * p->channels) return false;
  int64_t places = c->kernel[0] * c->kernel[1];
  return places * chunks <= CONV_UNIT_PIXELS && places * chunks * GEMM_LANES * filters <= NNK_SCRATCH_B;
}

// Sums of products over `count` pixels: some filters of y from each pixel's `to`, times vectors of x anywhere around
// each pixel's `from`. The sums of a vector's filters lie one behind the other.
typedef struct turned_operands {
  const float *x[TURNED_VECTORS], *y;
  float *c[TURNED_VECTORS];
  const int64_t *from, *to;
  int64_t count;
} turned_operands;

INLINE void turned_tile(const int rows, const int vectors, const turned_operands *t) {
  gv sum[TURNED_ROWS][TURNED_VECTORS];
  const float *x[TURNED_VECTORS], *y = t->y;
  UNROLL for (int v = 0; v < vectors; v++) {
    x[v] = t->x[v];
    UNROLL for (int i = 0; i < rows; i++) sum[i][v] = (gv)0.0f;
  }
  const int64_t *from = t->from, *to = t->to, *end = from + t->count;
  for (; from < end; from++, to++) {
    gv given[TURNED_ROWS];
    int64_t at = *from;
    UNROLL for (int i = 0; i < rows; i++) given[i] = (gv)y[*to + i];
    UNROLL for (int v = 0; v < vectors; v++) {
      gv seen = gload(x[v] + at);
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
#define TURNED_FITS(MR, NV) ((MR) * (NV) <= TURNED_SUMS ? (NV) : 1)
#define TURNED_TILE(MR, NV) \
  static void turned_##MR##_##NV(const turned_operands *t) { turned_tile(MR, TURNED_FITS(MR, NV), t); }
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

// Adds the products of a unit to turned sums: for every place and chunk of channels a vector for each filter.
static void conv_turned_pass(const conv_pass *p, const conv_unit *u, int64_t group, float *sums) {
  const nnk_conv *c = p->c;
  conv_view view;
  conv_look(p, u, true, (c->filters / c->groups + 3) / 4, &view);
  int64_t *x = view.offsets + CONV_UNIT_PIXELS, *places = x + CONV_UNIT_PIXELS;
  conv_places(p, &view.region, view.offsets, places);
  int64_t filters = c->filters / c->groups, rows = even_size(filters, TURNED_ROWS);
  int64_t most = TURNED_SUMS / rows < TURNED_VECTORS ? TURNED_SUMS / rows : TURNED_VECTORS;
  for (int64_t k = 0; k < view.class_count; k++) {
    const conv_class *class = &view.classes[k];
    int64_t all = turned_vectors(p, class, view.offsets, x, places);
    if (all == 0) continue;
    int64_t vectors = even_size(all, most), depth = even_size(class->count, turned_depth(p));
    for (int64_t first = 0; first < class->count; first += depth) {
      turned_operands t = {
          .from = view.from + class->first + first, .to = view.to + class->first + first,
          .count = class->count - first < depth ? class->count - first : depth};
      for (int64_t v = 0; v < all; v += vectors) {
        int64_t n = all - v < vectors ? all - v : vectors;
        for (int64_t j = 0; j < filters; j += rows) {
          for (int64_t i = 0; i < n; i++) {
            t.x[i] = view.region.base + x[v + i];
            t.c[i] = sums + places[v + i] + j * GEMM_LANES;
          }
          t.y = p->o->b + group * filters + j;
          turned_tiles[(filters - j < rows ? filters - j : rows) - 1][n - 1](&t);
        }
      }
    }
  }
}

// How many turned sums a group has.
INLINE int64_t turned_size(const conv_pass *p) {
  const nnk_conv *c = p->c;
  int64_t chunks = (p->channels + GEMM_LANES - 1) / GEMM_LANES;
  return c->kernel[0] * c->kernel[1] * chunks * GEMM_LANES * (c->filters / c->groups);
}

// Turned sums as the weights of a group.
static void conv_turned_store(const conv_pass *p, int64_t group, const float *sums) {
  const nnk_conv *c = p->c;
  int64_t filters = c->filters / c->groups, chunks = (p->channels + GEMM_LANES - 1) / GEMM_LANES;
  for (int64_t place = 0; place < c->kernel[0] * c->kernel[1]; place++) {
    for (int64_t chunk = 0; chunk < chunks; chunk++, sums += filters * GEMM_LANES) {
      float *to = p->o->c + (place * p->channels + turned_channel(p, chunk)) * c->filters + group * filters;
      for (int64_t l = 0; l < GEMM_LANES; l++)
        for (int64_t j = 0; j < filters; j++) to[l * c->filters + j] = sums[j * GEMM_LANES + l];
    }
  }
}
