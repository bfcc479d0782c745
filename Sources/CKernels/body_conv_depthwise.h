// Depthwise convolutions: every channel has a kernel of its own, so that vectors run along the channels.

// Pixels, or places of the kernel, of a tile: enough sums to hide that each waits for the one before it.
#if NNK_BODY_ISA == 3
#define DEPTHWISE_PIXELS 8
#define DEPTHWISE_PLACES 9
#else
#define DEPTHWISE_PIXELS 4
#define DEPTHWISE_PLACES 4
#endif

// Some pixels by 16 channels: x[pixel + place] · w[place], summed over the places.
INLINE void conv_depthwise_tile(
    vf *sum, const int pixels, const float *const *a, const float *w, const int64_t *from, const int64_t *places,
    int64_t count, int64_t channels, int64_t n) {
  for (int64_t k = 0; k < count; k++) {
    vf weight = load_up_to(w + places[k] * channels, n);
    UNROLL for (int i = 0; i < pixels; i++) sum[i] = FMA(load_up_to(a[i] + from[k], n), weight, sum[i]);
  }
}

// The results of a class. Kernels of more places than the scratch memory has room for come one place at a time.
static void conv_depthwise_class(
    const conv_pass *p, const conv_view *view, const conv_class *class, const float *weights, bool starts, bool ends) {
  const nnk_conv *c = p->c;
  int64_t *offsets = (int64_t *)nnk_scratch()->pack_b, *places = offsets + NNK_SCRATCH_A;
  const int64_t *from = view->from + class->first, *to = view->to + class->first;
  int64_t count = conv_class_places(p, &view->region, class, offsets, places);
  bool rectifies = ends && c->activation == nnk_activation_relu;
  bool finishes = ends && conv_has_epilogue(c) && !rectifies;
  for (int64_t channel = 0; channel < p->channels; channel += 16) {
    int64_t n = p->channels - channel < 16 ? p->channels - channel : 16, at = p->channel + channel;
    vf bias = p->o->bias && starts ? load_up_to(p->o->bias + at, n) : splat(0);
    for (int64_t i = 0; i < class->count; i += DEPTHWISE_PIXELS) {
      int64_t m = class->count - i < DEPTHWISE_PIXELS ? class->count - i : DEPTHWISE_PIXELS;
      const float *a[DEPTHWISE_PIXELS];
      vf sum[DEPTHWISE_PIXELS];
      for (int64_t r = 0; r < DEPTHWISE_PIXELS; r++) {
        // Missing pixels repeat the last.
        int64_t pixel = i + (r < m ? r : m - 1);
        a[r] = view->region.base + from[pixel] + channel;
        sum[r] = starts ? bias : load_up_to(p->o->c + to[pixel] + at, n);
      }
      if (n == 16) conv_depthwise_tile(sum, DEPTHWISE_PIXELS, a, weights + at, offsets, places, count, c->channels, 16);
      else conv_depthwise_tile(sum, DEPTHWISE_PIXELS, a, weights + at, offsets, places, count, c->channels, n);
      for (int64_t r = 0; r < m; r++) {
        float *result = p->o->c + to[i + r] + at;
        store_up_to(result, rectifies ? choose(sum[r] < splat(0), splat(0), sum[r]) : sum[r], n);
        if (finishes) conv_finish_row(c, p->o, result, n);
      }
    }
  }
}

static void conv_depthwise_pass(const conv_pass *p, const conv_unit *u, const float *weights, bool starts, bool ends) {
  conv_view view;
  conv_look(p, u, starts && ends ? conv_by_places : conv_whole, 1, &view);
  for (int64_t k = 0; k < view.class_count; k++)
    conv_depthwise_class(p, &view, &view.classes[k], weights, starts, ends);
}

// The pass of all channels at once.
INLINE conv_pass conv_depthwise_pass_of(const nnk_conv *c, const nnk_gemm_operands *o) {
  conv_pass p = conv_pass_of(c, o, 0);
  p.channels = c->channels;
  return p;
}

static void conv_depthwise_pixels(
    const nnk_conv *c, const nnk_gemm_operands *o, const conv_cut *cut, int64_t first, int64_t last) {
  bool gives_input = c->role == nnk_conv_input;
  int64_t phases[2] = {gives_input ? c->stride[0] : 1, gives_input ? c->stride[1] : 1};
  int64_t per_image = cut->bands[0] * cut->bands[1];
  conv_pass p = conv_depthwise_pass_of(c, o);
  for (int64_t index = first; index < last; index++) {
    int64_t owner = c->stride_weight ? index / per_image * cut->images : 0;
    const float *weights = (gives_input ? o->a : o->b) + owner * c->stride_weight;
    for (int64_t phase = 0; phase < phases[0] * phases[1]; phase++) {
      p.axis[0] = conv_axis_of(c, 0, phase / phases[1]);
      p.axis[1] = conv_axis_of(c, 1, phase % phases[1]);
      int64_t places = p.axis[0].taps * p.axis[1].taps;
      conv_unit unit;
      if (!conv_unit_at(c, cut, index, p.axis[0].grid, p.axis[1].grid, &unit)) continue;
      if (!cut->narrow || places == 0) {
        conv_depthwise_pass(&p, &unit, weights, true, true);
        continue;
      }
      for (int64_t tap = 0; tap < places; tap++) {
        for (int64_t channel = 0; channel < p.channels; channel += CONV_CHANNEL_CHUNK) {
          conv_pass one = conv_single(&p, tap / p.axis[1].taps, tap % p.axis[1].taps, channel);
          conv_depthwise_pass(&one, &unit, weights, tap == 0, tap == places - 1);
        }
      }
    }
  }
}

// Places of the kernel by 16 channels: x[pixel + place] · y[pixel], added up over a class's pixels.
static void conv_depthwise_sums(const conv_pass *p, const conv_view *view, const conv_class *class) {
  const nnk_conv *c = p->c;
  int64_t *offsets = (int64_t *)nnk_scratch()->pack_b, *places = offsets + NNK_SCRATCH_A;
  const int64_t *from = view->from + class->first, *to = view->to + class->first;
  int64_t count = conv_class_places(p, &view->region, class, offsets, places);
  for (int64_t channel = 0; channel < p->channels; channel += 16) {
    int64_t n = p->channels - channel < 16 ? p->channels - channel : 16, at = p->channel + channel;
    for (int64_t k = 0; k < count; k += DEPTHWISE_PLACES) {
      int64_t m = count - k < DEPTHWISE_PLACES ? count - k : DEPTHWISE_PLACES;
      vf sum[DEPTHWISE_PLACES];
      const float *x[DEPTHWISE_PLACES];
      for (int64_t r = 0; r < DEPTHWISE_PLACES; r++) {
        sum[r] = splat(0);
        x[r] = view->region.base + offsets[k + (r < m ? r : 0)] + channel;
      }
      for (int64_t i = 0; i < class->count; i++) {
        vf y = load_up_to(p->o->b + to[i] + at, n);
        UNROLL for (int r = 0; r < DEPTHWISE_PLACES; r++) sum[r] = FMA(load_up_to(x[r] + from[i], n), y, sum[r]);
      }
      for (int64_t r = 0; r < m; r++) {
        float *result = p->o->c + places[k + r] * c->channels + at;
        store_up_to(result, load_up_to(result, n) + sum[r], n);
      }
    }
  }
}

static void conv_depthwise_unit_sums(const conv_pass *p, const conv_unit *u, bool may_split) {
  conv_view view;
  conv_look(p, u, may_split ? conv_by_places : conv_whole, 1, &view);
  for (int64_t k = 0; k < view.class_count; k++) conv_depthwise_sums(p, &view, &view.classes[k]);
}

static void conv_depthwise_weights(
    const nnk_conv *c, const nnk_gemm_operands *o, const conv_cut *cut, int64_t first, int64_t last) {
  conv_pass p = conv_depthwise_pass_of(c, o);
  p.axis[0] = conv_axis_of(c, 0, 0);
  p.axis[1] = conv_axis_of(c, 1, 0);
  memset(o->c, 0, (size_t)(c->kernel[0] * c->kernel[1] * c->channels) * sizeof(float));
  for (int64_t index = first; index < last; index++) {
    conv_unit unit;
    if (!conv_unit_at(c, cut, index, p.axis[0].grid, p.axis[1].grid, &unit)) continue;
    if (!cut->narrow) {
      conv_depthwise_unit_sums(&p, &unit, true);
      continue;
    }
    for (int64_t tap = 0; tap < p.axis[0].taps * p.axis[1].taps; tap++) {
      for (int64_t channel = 0; channel < p.channels; channel += CONV_CHANNEL_CHUNK) {
        conv_pass one = conv_single(&p, tap / p.axis[1].taps, tap % p.axis[1].taps, channel);
        conv_depthwise_unit_sums(&one, &unit, false);
      }
    }
  }
}
