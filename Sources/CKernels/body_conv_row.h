// One result a pixel, in rows: what is loaded of a source's pixel meets up to three neighbouring places of the kernel.
// Places left and right of the image are passed over, so that a row needs no other tiles at its ends.

// Results of a tile, of which half do for short rows; none where the registers do not hold that many.
#if NNK_BODY_ISA == 3
#define CONV_ROW 14
#else
#define CONV_ROW 0
#endif
#define CONV_ROW_TAPS 3

// A class's steps: first those of three neighbouring places, then of two, then of one. Each has 16 channels; `at` is where
// the leftmost place sees them, and the weights of the next place are `distance` behind it. The tile's first pixel sees
// column `column` of `width` with its leftmost place. A step fetches `lines` cache lines of what is `ahead`.
typedef struct conv_row_operands {
  const conv_few_step *steps, *ends[CONV_ROW_TAPS + 1];
  const float *bias;
  int64_t pixel, distance, column, width, ahead, lines;
  bool rectifies;
} conv_row_operands;

static bool conv_is_row(const conv_pass *p, const conv_unit *u, int64_t columns) {
  const conv_axis *x = &p->axis[1];
  return CONV_ROW > 0 && columns == 1 && p->channels % 16 == 0 && u->column1 - u->column0 >= CONV_ROW / 2 &&
         x->step == 1 && (x->offset_step == 1 || x->offset_step == -1) && x->taps > 1;
}

// How many places a step takes of those that are left.
INLINE int64_t conv_row_taps(int64_t left) {
  return left < CONV_ROW_TAPS ? left : left == CONV_ROW_TAPS + 1 ? CONV_ROW_TAPS - 1 : CONV_ROW_TAPS;
}

static void conv_row_steps(
    const conv_pass *p, const conv_class *class, const int64_t *offsets, const float *weights, conv_few_step *steps,
    conv_row_operands *t) {
  bool is_turned = p->axis[1].offset_step < 0;
  int64_t chunks = p->channels / 16;
  conv_few_step *step = steps;
  t->steps = steps;
  t->distance = is_turned ? -chunks * 16 : chunks * 16;
  for (int64_t taps = CONV_ROW_TAPS; taps > 0; taps--) {
    for (int64_t ty = class->tap0[0]; ty < class->tap1[0]; ty++) {
      for (int64_t tx = class->tap0[1], count; tx < class->tap1[1]; tx += count) {
        count = conv_row_taps(class->tap1[1] - tx);
        if (count != taps) continue;
        int64_t tap = ty * p->axis[1].taps + (is_turned ? tx + count - 1 : tx);
        int64_t place = is_turned ? p->axis[1].taps - tx - count : tx;
        for (int64_t chunk = 0; chunk < chunks; chunk++)
          *step++ = (conv_few_step){offsets[tap] + chunk * 16, weights + (tap * chunks + chunk) * 16, place};
      }
    }
    t->ends[taps] = step;
  }
}

// Where `has_ends`, only the positions of the columns 0 ..< width count, of which the first has `column`.
INLINE void conv_row_add(
    const int pixels, const int taps, const bool has_ends, vf *sum, const float *x, const conv_row_operands *t,
    const conv_few_step *step) {
  vf weight[CONV_ROW_TAPS];
  int64_t column = t->column + step->place, width = t->width, pixel = t->pixel;
  UNROLL for (int k = 0; k < taps; k++) weight[k] = load(step->weights + k * t->distance);
  x += step->at;
  UNROLL for (int i = 0; i < pixels + taps - 1; i++, x += pixel) {
    if (has_ends && (uint64_t)(column + i) >= (uint64_t)width) continue;
    vf seen = load(x);
    UNROLL for (int k = 0; k < taps; k++) {
      if (i < k || i - k >= pixels) continue;
      sum[i - k] = FMA(seen, weight[k], sum[i - k]);
      KEEP_ORDER(sum[i - k]);
    }
  }
}

// The results of neighbouring pixels, of which the first sees the source from `base` on.
INLINE vf conv_row_sums(const int pixels, const bool has_ends, const conv_row_operands *t, const float *base) {
  vf sum[CONV_ROW + 1];
  const conv_few_step *step = t->steps;
  UNROLL for (int i = 0; i < pixels; i++) sum[i] = splat(0);
  const float *next = base + t->ahead;
  for (; step < t->ends[3]; step++) {
    for (int64_t i = 0; i < t->lines; i++, next += 16) __builtin_prefetch(next);
    conv_row_add(pixels, 3, has_ends, sum, base, t, step);
  }
  for (; step < t->ends[2]; step++) conv_row_add(pixels, 2, has_ends, sum, base, t, step);
  for (; step < t->ends[1]; step++) conv_row_add(pixels, 1, has_ends, sum, base, t, step);
  vf x = add_lanes(sum, pixels) + load(t->bias);
  return t->rectifies ? choose(x < splat(0), splat(0), x) : x;
}

typedef vf (*conv_row_function)(const conv_row_operands *t, const float *base);

static vf conv_row_whole(const conv_row_operands *t, const float *base) { return conv_row_sums(CONV_ROW, false, t, base); }
static vf conv_row_half(const conv_row_operands *t, const float *base) {
  return conv_row_sums(CONV_ROW / 2, false, t, base);
}
static vf conv_row_whole_at_end(const conv_row_operands *t, const float *base) {
  return conv_row_sums(CONV_ROW, true, t, base);
}
static vf conv_row_half_at_end(const conv_row_operands *t, const float *base) {
  return conv_row_sums(CONV_ROW / 2, true, t, base);
}

// By whether the tile is half as wide, and whether it has an end of the row.
static const conv_row_function conv_row_tiles[2][2] = {
    {conv_row_whole, conv_row_whole_at_end}, {conv_row_half, conv_row_half_at_end}};
