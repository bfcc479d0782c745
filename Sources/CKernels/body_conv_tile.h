// Pieces of convolutions: register tiles over gathered rows, the source with its padding, and what follows a sum.

// What a tile does with what C holds: nothing, goes on with its chain, or adds the tile's own sum to it.
enum { conv_set, conv_continue, conv_add };

// Elements of a chain that follow each other.
typedef struct conv_run {
  int64_t start, count;
} conv_run;

// A tile of a product whose rows lie anywhere: element (i, k) of A is a[from[i] + offsets[k]], for every k of the runs,
// and row i of C begins at c + to[i]. Rows of B are `b_step` apart.
typedef struct conv_tile_operands {
  const float *a, *b, *bias;
  float *c;
  const int64_t *from, *to, *offsets;
  const conv_run *runs;
  int64_t run_count, b_step, tail;
  int mode;
  /// Whether what is stored is max(0, sum).
  bool rectifies;
} conv_tile_operands;

INLINE gv conv_load(const float *p, const int v, const int vectors, int64_t tail) {
  return v == vectors - 1 && tail < GEMM_LANES ? gload_part(p + v * GEMM_LANES, gmask_first(tail))
                                               : gload(p + v * GEMM_LANES);
}

INLINE void conv_tile(const int rows, const int vectors, const conv_tile_operands *t) {
  gv sum[GEMM_ROWS][GEMM_VECTORS];
  const float *a[GEMM_ROWS];
  UNROLL for (int i = 0; i < rows; i++) {
    a[i] = t->a + t->from[i];
    UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = (gv)0.0f;
  }
  if (t->mode == conv_continue) {
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = conv_load(t->c + t->to[i], v, vectors, t->tail);
  } else if (t->bias) {
    UNROLL for (int v = 0; v < vectors; v++) {
      gv bias = conv_load(t->bias, v, vectors, t->tail);
      UNROLL for (int i = 0; i < rows; i++) sum[i][v] = bias;
    }
  }
  const int64_t b_step = t->b_step;
  const conv_run *run = t->runs, *last = run + t->run_count;
  // There is one run at least, which may be empty.
  do {
    const float *b = t->b + run->start * b_step;
    const int64_t *offsets = t->offsets + run->start, *end = offsets + run->count;
    // One vector has registers for four rows of B: each row's address is fetched once for them.
    for (; vectors == 1 && offsets + 4 <= end; offsets += 4, b += 4 * b_step) {
      gv row[4];
      int64_t at[4];
      UNROLL for (int k = 0; k < 4; k++) {
        at[k] = offsets[k];
        row[k] = gload(b + k * b_step);
      }
      UNROLL for (int i = 0; i < rows; i++) {
        UNROLL for (int k = 0; k < 4; k++) sum[i][0] = FMA((gv)a[i][at[k]], row[k], sum[i][0]);
        KEEP_ORDER(sum[i][0]);
      }
    }
    for (; offsets < end; offsets++, b += b_step) {
      gv row[GEMM_VECTORS];
      int64_t at = *offsets;
      UNROLL for (int v = 0; v < vectors; v++) row[v] = gload(b + v * GEMM_LANES);
      UNROLL for (int i = 0; i < rows; i++) {
        gv value = (gv)a[i][at];
        UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = FMA(value, row[v], sum[i][v]);
        UNROLL for (int v = 0; v < vectors; v++) KEEP_ORDER(sum[i][v]);
      }
    }
  } while (++run < last);
  if (t->mode == conv_add) {
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < vectors; v++) sum[i][v] += conv_load(t->c + t->to[i], v, vectors, t->tail);
  }
  if (t->rectifies) {
    const gv zero = (gv)0.0f;
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = sum[i][v] < zero ? zero : sum[i][v];
  }
  const int64_t tail = t->tail;
  UNROLL for (int i = 0; i < rows; i++) {
    float *c = t->c + t->to[i];
    UNROLL for (int v = 0; v < vectors; v++) {
      if (v == vectors - 1 && tail < GEMM_LANES)
        gstore_part(c + v * GEMM_LANES, sum[i][v], tail);
      else
        gstore(c + v * GEMM_LANES, sum[i][v]);
    }
  }
}

typedef void (*conv_tile_function)(const conv_tile_operands *t);

#define CONV_TILE(MR, NV) \
  static void conv_tile_##MR##_##NV(const conv_tile_operands *t) { conv_tile(MR, NV, t); }
#if GEMM_VECTORS == 2
#define CONV_TILES(MR) CONV_TILE(MR, 1) CONV_TILE(MR, 2)
#define CONV_ENTRY(MR) {conv_tile_##MR##_1, conv_tile_##MR##_2}
#else
#define CONV_TILES(MR) CONV_TILE(MR, 1) CONV_TILE(MR, 2) CONV_TILE(MR, 3) CONV_TILE(MR, 4)
#define CONV_ENTRY(MR) {conv_tile_##MR##_1, conv_tile_##MR##_2, conv_tile_##MR##_3, conv_tile_##MR##_4}
#endif

CONV_TILES(1)
CONV_TILES(2)
CONV_TILES(3)
CONV_TILES(4)
#if GEMM_ROWS > 4
CONV_TILES(5)
CONV_TILES(6)
#endif
#if GEMM_ROWS > 6
CONV_TILES(7)
CONV_TILES(8)
CONV_TILES(9)
CONV_TILES(10)
CONV_TILES(11)
CONV_TILES(12)
#endif

// By rows − 1, vectors − 1.
static const conv_tile_function conv_tiles[GEMM_ROWS][GEMM_VECTORS] = {
    CONV_ENTRY(1), CONV_ENTRY(2), CONV_ENTRY(3), CONV_ENTRY(4),
#if GEMM_ROWS > 4
    CONV_ENTRY(5), CONV_ENTRY(6),
#endif
#if GEMM_ROWS > 6
    CONV_ENTRY(7), CONV_ENTRY(8), CONV_ENTRY(9), CONV_ENTRY(10), CONV_ENTRY(11), CONV_ENTRY(12),
#endif
};

// Activation, or an activation's derivative, on n adjacent finished elements.
static void conv_finish_row(const nnk_conv *c, const nnk_gemm_operands *o, float *row, int64_t n) {
  for (int64_t j = 0; j < n; j += 16) {
    vf x = load_up_to(row + j, n - j);
    if (c->gradient != nnk_activation_none)
      x *= activation_slope(c->gradient, load_up_to(o->saved + (row + j - o->c), n - j));
    else
      x = activate(c->activation, x);
    store_up_to(row + j, x, n - j);
  }
}

INLINE bool conv_has_epilogue(const nnk_conv *c) {
  return c->activation != nnk_activation_none || c->gradient != nnk_activation_none;
}

// What one pass over a unit computes with: an image of `source_channels`, of which it reads `channels` from `channel` on,
// seen through two axes.
typedef struct conv_pass {
  const nnk_conv *c;
  const nnk_gemm_operands *o;
  conv_axis axis[2];
  const float *source;
  int64_t source_stride, source_channels, channel, channels;
} conv_pass;

// A unit: images, and rows and columns of the grid.
typedef struct conv_unit {
  int64_t image0, image1, row0, row1, column0, column1;
} conv_unit;

// A part of the source in memory, padded where it had to be. The unit's first result sees `start` from the base at
// offset 0.
typedef struct conv_region {
  const float *base;
  int64_t start, image, row, pixel;
} conv_region;

static void conv_copy_padded(
    const conv_pass *p, float *to, const float *image, int64_t y0, int64_t x0, int64_t high, int64_t wide) {
  int64_t height = p->axis[0].size, width = p->axis[1].size, n = p->channels;
  int64_t left = x0 < 0 ? (-x0 < wide ? -x0 : wide) : 0;
  int64_t end = width - x0 < wide ? width - x0 : wide;
  if (end < left) end = left;
  for (int64_t y = y0; y < y0 + high; y++, to += wide * n) {
    if (y < 0 || y >= height) {
      memset(to, 0, (size_t)(wide * n) * sizeof(float));
      continue;
    }
    const float *from = image + (y * width + x0 + left) * p->source_channels + p->channel;
    if (left > 0) memset(to, 0, (size_t)(left * n) * sizeof(float));
    if (n == p->source_channels) {
      if (end > left) memcpy(to + left * n, from, (size_t)((end - left) * n) * sizeof(float));
    } else {
      for (int64_t x = left; x < end; x++, from += p->source_channels)
        for (int64_t i = 0; i < n; i++) to[x * n + i] = from[i];
    }
    if (wide > end) memset(to + end * n, 0, (size_t)((wide - end) * n) * sizeof(float));
  }
}

static conv_region conv_region_of(const conv_pass *p, const conv_unit *u, float *scratch) {
  const conv_axis *y = &p->axis[0], *x = &p->axis[1];
  int64_t y0 = u->row0 * y->step + y->origin, x0 = u->column0 * x->step + x->origin;
  int64_t high = (u->row1 - u->row0 - 1) * y->step + conv_span(*y);
  int64_t wide = (u->column1 - u->column0 - 1) * x->step + conv_span(*x);
  conv_region region = {.start = 0};
  if (y0 >= 0 && x0 >= 0 && y0 + high <= y->size && x0 + wide <= x->size) {
    region.pixel = p->source_channels;
    region.row = x->size * region.pixel;
    region.image = p->source_stride;
    region.base = p->source + u->image0 * p->source_stride + y0 * region.row + x0 * region.pixel + p->channel;
    return region;
  }
  region.pixel = p->channels;
  region.row = wide * region.pixel;
  region.image = high * region.row;
  region.base = scratch;
  for (int64_t n = u->image0; n < u->image1; n++)
    conv_copy_padded(p, scratch + (n - u->image0) * region.image, p->source + n * p->source_stride, y0, x0, high, wide);
  return region;
}

// Where the results of a part of a unit see the source, from the base of the unit's region, and where they lie in a
// result of `channels` elements a pixel and `width` pixels a row. Returns how many there are.
static int64_t conv_some_pixels(
    const conv_pass *p, const conv_unit *whole, const conv_unit *u, const conv_region *region, int64_t stride,
    int64_t width, int64_t channels, int64_t *restrict from, int64_t *restrict to) {
  const conv_axis *y = &p->axis[0], *x = &p->axis[1];
  const int64_t step_from = x->step * region->pixel, step_to = x->every * channels, wide = u->column1 - u->column0;
  int64_t count = 0;
  for (int64_t n = u->image0; n < u->image1; n++) {
    for (int64_t i = u->row0; i < u->row1; i++) {
      int64_t row_from = region->start + (n - whole->image0) * region->image + (i - whole->row0) * y->step * region->row;
      int64_t row_to = n * stride + ((y->first + i * y->every) * width + x->first) * channels;
      row_from += (u->column0 - whole->column0) * step_from;
      row_to += u->column0 * step_to;
      for (int64_t j = 0; j < wide; j++) {
        from[count + j] = row_from + j * step_from;
        to[count + j] = row_to + j * step_to;
      }
      count += wide;
    }
  }
  return count;
}

static int64_t conv_pixels(
    const conv_pass *p, const conv_unit *u, const conv_region *region, int64_t stride, int64_t width, int64_t channels,
    int64_t *from, int64_t *to) {
  return conv_some_pixels(p, u, u, region, stride, width, channels, from, to);
}

// Whether every output of a list lies as far behind the one before it.
INLINE bool conv_is_even(const int64_t *to, int64_t count, int64_t step) {
  return to[count - 1] - to[0] == (count - 1) * step;
}

// Offsets of `count` places and channels from the `first` on, in the order of sums: of the source from a pixel's base,
// and, where `rows` is set, of the weight's rows from the first.
static void conv_offsets(
    const conv_pass *p, const conv_region *region, int64_t first, int64_t count, int64_t *restrict from,
    int64_t *restrict rows) {
  const int64_t inner = p->c->channels / p->c->groups, filters = p->c->filters;
  int64_t tap = first / p->channels, channel = first % p->channels;
  int64_t across = p->axis[1].taps;
  while (count > 0) {
    int64_t ty = tap / across, tx = tap % across;
    int64_t at = (p->axis[0].offset + ty * p->axis[0].offset_step) * region->row +
                 (p->axis[1].offset + tx * p->axis[1].offset_step) * region->pixel;
    int64_t place = (p->axis[0].tap + ty * p->axis[0].tap_step) * p->c->kernel[1] + p->axis[1].tap +
                    tx * p->axis[1].tap_step;
    int64_t some = p->channels - channel < count ? p->channels - channel : count;
    for (int64_t i = 0; i < some; i++) from[i] = at + channel + i;
    for (int64_t i = 0; rows && i < some; i++) rows[i] = (place * inner + channel + i) * filters;
    from += some;
    if (rows) rows += some;
    count -= some;
    channel = 0;
    tap++;
  }
}
