// Windows over images of [batch, image, channels]: pooling and the sum of windows. All take a range of images; a window
// is described by an `nnk_conv`, of which only the sizes along y and x, `channels` and `low` matter.

// Calls of `body` for the places of one window inside the image: `pixel` is the image's pixel, `place` the kernel's.
#define EACH_PLACE(w, i, j, body)                                                    \
  for (int64_t a = 0, place = 0; a < (w)->kernel[0]; a++) {                          \
    int64_t row = (i) * (w)->stride[0] + a * (w)->dilation[0] - (w)->low[0];         \
    for (int64_t b = 0; b < (w)->kernel[1]; b++, place++) {                          \
      int64_t column = (j) * (w)->stride[1] + b * (w)->dilation[1] - (w)->low[1];    \
      if (row < 0 || row >= (w)->image[0] || column < 0 || column >= (w)->image[1]) continue; \
      int64_t pixel = row * (w)->image[1] + column;                                  \
      body                                                                           \
    }                                                                                \
  }

INLINE int64_t pool_pixels(const nnk_conv *w) { return w->image[0] * w->image[1] * w->channels; }
INLINE int64_t pool_windows(const nnk_conv *w) { return w->output[0] * w->output[1] * w->channels; }

static void k_nnk_max_pool(const nnk_conv *w, float *out, const float *x, int64_t first, int64_t last) {
  int64_t channels = w->channels;
  for (int64_t image = first; image < last; image++) {
    const float *from = x + image * pool_pixels(w);
    float *to = out + image * pool_windows(w);
    for (int64_t i = 0; i < w->output[0]; i++) {
      for (int64_t j = 0; j < w->output[1]; j++, to += channels) {
        for (int64_t c = 0; c < channels; c += 16) {
          int64_t n = channels - c;
          vf greatest = splat(-__builtin_inff());
          EACH_PLACE(w, i, j, greatest = maximum(greatest, load_up_to(from + pixel * channels + c, n));)
          store_up_to(to + c, greatest, n);
        }
      }
    }
  }
}

// dy goes to the first greatest element of each window; the first that is no number counts as greatest.
static void k_nnk_max_pool_backward(
    const nnk_conv *w, float *dx, const float *x, const float *dy, int64_t first, int64_t last) {
  int64_t channels = w->channels;
  bool overlaps = w->kernel[0] > w->stride[0] || w->kernel[1] > w->stride[1] || w->dilation[0] * w->dilation[1] > 1;
  for (int64_t image = first; image < last; image++) {
    const float *from = x + image * pool_pixels(w), *given = dy + image * pool_windows(w);
    float *to = dx + image * pool_pixels(w);
    memset(to, 0, (size_t)pool_pixels(w) * sizeof(float));
    for (int64_t i = 0; i < w->output[0]; i++) {
      for (int64_t j = 0; j < w->output[1]; j++, given += channels) {
        for (int64_t c = 0; c < channels; c += 16) {
          int64_t n = channels - c;
          vf greatest = splat(-__builtin_inff()), share = load_up_to(given + c, n);
          vi index = (vi)0;
          EACH_PLACE(w, i, j, {
            vf seen = load_up_to(from + pixel * channels + c, n);
            vi better = (seen > greatest) | ((seen != seen) & (greatest == greatest));
            greatest = choose(better, seen, greatest);
            index = better ? (vi)(int32_t)place : index;
          })
          EACH_PLACE(w, i, j, {
            float *at = to + pixel * channels + c;
            vf mine = choose(index == (vi)(int32_t)place, share, splat(0));
            store_up_to(at, overlaps ? load_up_to(at, n) + mine : mine, n);
          })
        }
      }
    }
  }
}

INLINE float pool_count(const nnk_conv *w, int64_t i, int64_t j) {
  int64_t count = 0;
  EACH_PLACE(w, i, j, {
    (void)pixel;
    count++;
  })
  return (float)count;
}

static void k_nnk_average_pool(const nnk_conv *w, float *out, const float *x, int64_t first, int64_t last) {
  int64_t channels = w->channels;
  for (int64_t image = first; image < last; image++) {
    const float *from = x + image * pool_pixels(w);
    float *to = out + image * pool_windows(w);
    for (int64_t i = 0; i < w->output[0]; i++) {
      for (int64_t j = 0; j < w->output[1]; j++, to += channels) {
        vf count = splat(pool_count(w, i, j));
        for (int64_t c = 0; c < channels; c += 16) {
          int64_t n = channels - c;
          vf sum = splat(0);
          EACH_PLACE(w, i, j, sum += load_up_to(from + pixel * channels + c, n);)
          store_up_to(to + c, sum / count, n);
        }
      }
    }
  }
}

static void k_nnk_average_pool_backward(
    const nnk_conv *w, float *dx, const float *dy, int64_t first, int64_t last) {
  int64_t channels = w->channels;
  for (int64_t image = first; image < last; image++) {
    const float *given = dy + image * pool_windows(w);
    float *to = dx + image * pool_pixels(w);
    memset(to, 0, (size_t)pool_pixels(w) * sizeof(float));
    for (int64_t i = 0; i < w->output[0]; i++) {
      for (int64_t j = 0; j < w->output[1]; j++, given += channels) {
        vf count = splat(pool_count(w, i, j));
        for (int64_t c = 0; c < channels; c += 16) {
          int64_t n = channels - c;
          vf share = load_up_to(given + c, n) / count;
          EACH_PLACE(w, i, j, {
            float *at = to + pixel * channels + c;
            store_up_to(at, load_up_to(at, n) + share, n);
          })
        }
      }
    }
  }
}

// The sum of windows [output, kernel, channels] at their places in the image.
static void k_nnk_fold(const nnk_conv *w, float *out, const float *x, int64_t first, int64_t last) {
  int64_t channels = w->channels, places = w->kernel[0] * w->kernel[1];
  for (int64_t image = first; image < last; image++) {
    const float *given = x + image * pool_windows(w) * places;
    float *to = out + image * pool_pixels(w);
    memset(to, 0, (size_t)pool_pixels(w) * sizeof(float));
    for (int64_t i = 0; i < w->output[0]; i++) {
      for (int64_t j = 0; j < w->output[1]; j++, given += places * channels) {
        EACH_PLACE(w, i, j, {
          float *at = to + pixel * channels;
          for (int64_t c = 0; c < channels; c += 16)
            store_up_to(
                at + c, load_up_to(at + c, channels - c) + load_up_to(given + place * channels + c, channels - c),
                channels - c);
        })
      }
    }
  }
}
