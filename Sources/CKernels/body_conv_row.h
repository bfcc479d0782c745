// One result a pixel, in rows: what is loaded of a source's pixel meets up to three neighbouring places of the kernel.

// Results of a tile, of which half do for short rows; none where the registers do not hold that many.
#if NNK_BODY_ISA == 3
#define CONV_ROW 14
#else
#define CONV_ROW 0
#endif
#define CONV_ROW_TAPS 3

// A class's steps: first those of three neighbouring places, then of two, then of one. Each has 16 channels; `at` is where
// the leftmost place sees them, and the weights of the next place are `distance` behind it.
typedef struct conv_row_operands {
  const conv_few_step *steps, *ends[CONV_ROW_TAPS + 1];
  const float *bias;
  int64_t pixel, distance;
  bool rectifies;
} conv_row_operands;

static bool conv_is_row(const conv_pass *p, const conv_class *class, int64_t columns) {
  const conv_axis *x = &p->axis[1];
  int64_t wide = class->unit.column1 - class->unit.column0;
  return CONV_ROW > 0 && columns == 1 && p->channels % 16 == 0 && wide >= CONV_ROW / 2 && x->step == 1 &&
         (x->offset_step == 1 || x->offset_step == -1) && class->tap1[1] - class->tap0[1] > 1;
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
        for (int64_t chunk = 0; chunk < chunks; chunk++)
          *step++ = (conv_few_step){offsets[tap] + chunk * 16, weights + (tap * chunks + chunk) * 16};
      }
    }
    t->ends[taps] = step;
  }
}

INLINE void conv_row_add(
    const int pixels, const int taps, vf *sum, const float *x, int64_t pixel, const float *weights, int64_t distance) {
  vf weight[CONV_ROW_TAPS];
  UNROLL for (int t = 0; t < taps; t++) weight[t] = load(weights + t * distance);
  UNROLL for (int i = 0; i < pixels + taps - 1; i++, x += pixel) {
    vf seen = load(x);
    UNROLL for (int t = 0; t < taps; t++) {
      if (i < t || i - t >= pixels) continue;
      sum[i - t] = FMA(seen, weight[t], sum[i - t]);
      KEEP_ORDER(sum[i - t]);
    }
  }
}

// The results of neighbouring pixels, of which the first sees the source from `base` on.
INLINE void conv_row_sums(const int pixels, const conv_row_operands *t, const float *base, float *results) {
  vf sum[CONV_ROW + 1];
  const conv_few_step *step = t->steps;
  int64_t pixel = t->pixel, distance = t->distance;
  UNROLL for (int i = 0; i < pixels; i++) sum[i] = splat(0);
  for (; step < t->ends[3]; step++) conv_row_add(pixels, 3, sum, base + step->at, pixel, step->weights, distance);
  for (; step < t->ends[2]; step++) conv_row_add(pixels, 2, sum, base + step->at, pixel, step->weights, distance);
  for (; step < t->ends[1]; step++) conv_row_add(pixels, 1, sum, base + step->at, pixel, step->weights, distance);
  vf x = add_lanes(sum, pixels) + load(t->bias);
  if (t->rectifies) x = choose(x < splat(0), splat(0), x);
  store(results, x);
}

static void conv_row_whole(const conv_row_operands *t, const float *base, float *results) {
  conv_row_sums(CONV_ROW, t, base, results);
}
static void conv_row_half(const conv_row_operands *t, const float *base, float *results) {
  conv_row_sums(CONV_ROW / 2, t, base, results);
}
