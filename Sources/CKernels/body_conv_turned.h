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

// Whether that takes fewer steps than tiles of one vector. The sums are the same, bit by bit.
static bool conv_is_turned(const conv_pass *p) {
  const nnk_conv *c = p->c;
  int64_t filters = c->filters / c->groups, chunks = (p->channels + GEMM_LANES - 1) / GEMM_LANES;
  if (filters > TURNED_FILTERS || p->channels < GEMM_LANES) return false;
  int64_t vectors = (filters + GEMM_LANES - 1) / GEMM_LANES;
  if (4 * chunks * filters > 5 * vectors * p->channels) return false;
  int64_t places = c->kernel[0] * c->kernel[1];
  return places <= CONV_UNIT_PIXELS && places * chunks * GEMM_LANES * filters <= NNK_SCRATCH_B;
}

// Sums of products over `count` pixels: some filters of y from each pixel's `to`, times vectors of x anywhere around each
// pixel's `from`. The sums of a vector's filters lie one behind the other.
typedef struct turned_operands {
  const float *x[TURNED_VECTORS], *y;
  float *c[TURNED_VECTORS];
  const int64_t *from, *to;
  int64_t count;
  bool adds;
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
      gstore(c, t->adds ? gload(c) + sum[i][v] : sum[i][v]);
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

// The channel at which a place's vector begins: the last one ends with the channels, and has some of the one before.
INLINE int64_t turned_channel(const conv_pass *p, int64_t chunk) {
  int64_t channel = chunk * GEMM_LANES;
  return channel + GEMM_LANES > p->channels ? p->channels - GEMM_LANES : channel;
}

// Adds the products of a unit to turned sums: for every place and chunk of channels a vector for each filter.
static void conv_turned_pass(const conv_pass *p, const conv_unit *u, int64_t group, float *sums, bool starts) {
  const nnk_conv *c = p->c;
  const nnk_scratch_memory *scratch = nnk_scratch();
  int64_t *from = (int64_t *)scratch->tiles, *to = from + CONV_UNIT_PIXELS, *offsets = to + CONV_UNIT_PIXELS;
  conv_region region = conv_region_of(p, u, scratch->pack_a);
  int64_t pixels = conv_pixels(p, u, &region, c->stride_output, c->output[1], c->filters, from, to);
  int64_t filters = c->filters / c->groups, chunks = (p->channels + GEMM_LANES - 1) / GEMM_LANES;
  int64_t all = conv_places(p, &region, offsets, offsets + CONV_UNIT_PIXELS) * chunks;
  int64_t rows = even_size(filters, TURNED_ROWS);
  int64_t most = TURNED_SUMS / rows < TURNED_VECTORS ? TURNED_SUMS / rows : TURNED_VECTORS;
  int64_t vectors = even_size(all, most), depth = even_size(pixels, CONV_WEIGHT_DEPTH);
  for (int64_t first = 0; first < pixels; first += depth) {
    turned_operands t = {
        .from = from + first, .to = to + first, .count = pixels - first < depth ? pixels - first : depth,
        .adds = !starts || first > 0};
    for (int64_t v = 0; v < all; v += vectors) {
      int64_t n = all - v < vectors ? all - v : vectors;
      for (int64_t j = 0; j < filters; j += rows) {
        int64_t m = filters - j < rows ? filters - j : rows;
        for (int64_t i = 0; i < n; i++) {
          t.x[i] = region.base + offsets[(v + i) / chunks] + turned_channel(p, (v + i) % chunks);
          t.c[i] = sums + ((v + i) * filters + j) * GEMM_LANES;
        }
        t.y = p->o->b + group * filters + j;
        turned_tiles[m - 1][n - 1](&t);
      }
    }
  }
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
