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

// Squares of two by two pixels side by side, all inside the image: by far the most common windows.
INLINE bool pool_has_squares(const nnk_conv *w) {
  for (int k = 0; k < 2; k++) {
    bool fits = w->kernel[k] == 2 && w->stride[k] == 2 && w->dilation[k] == 1 && w->low[k] == 0;
    if (!fits || 2 * w->output[k] > w->image[k]) return false;
  }
  return true;
}

static void max_pool_squares(const nnk_conv *w, float *out, const float *x, int64_t first, int64_t last) {
  int64_t channels = w->channels, row = w->image[1] * channels;
  for (int64_t image = first; image < last; image++) {
    float *to = out + image * pool_windows(w);
    for (int64_t i = 0; i < w->output[0]; i++) {
      const float *from = x + image * pool_pixels(w) + 2 * i * row;
      for (int64_t j = 0; j < w->output[1]; j++, from += 2 * channels, to += channels) {
        for (int64_t c = 0; c < channels; c += 16) {
          int64_t n = channels - c;
          const float *upper = from + c, *lower = upper + row;
          vf above = maximum(load_up_to(upper, n), load_up_to(upper + channels, n));
          vf below = maximum(load_up_to(lower, n), load_up_to(lower + channels, n));
          store_up_to(to + c, maximum(above, below), n);
        }
      }
    }
  }
}

// Sets `share` at the first greatest element of a square and 0 at the others. The first that is no number counts as
// greatest.
INLINE void pool_square_backward(const vf *seen, vf share, float *const *to, int64_t n) {
  const vf zero = splat(0);
  if (any((seen[0] != seen[0]) | (seen[1] != seen[1]) | (seen[2] != seen[2]) | (seen[3] != seen[3]))) {
    vf greatest = maximum(maximum(seen[0], seen[1]), maximum(seen[2], seen[3]));
    vi missing = (vi)(int32_t)-1, none = greatest != greatest;
    UNROLL for (int k = 0; k < 4; k++) {
      vi mine = ((seen[k] == greatest) | (none & (seen[k] != seen[k]))) & missing;
      missing &= ~mine;
      store_up_to(to[k], choose(mine, share, zero), n);
    }
    return;
  }
  vf above = choose(seen[1] > seen[0], seen[1], seen[0]), below = choose(seen[3] > seen[2], seen[3], seen[2]);
  vi is_below = below > above;
  vi is_right = (is_below & (seen[3] > seen[2])) | (~is_below & (seen[1] > seen[0]));
  store_up_to(to[0], choose(~is_below & ~is_right, share, zero), n);
  store_up_to(to[1], choose(~is_below & is_right, share, zero), n);
  store_up_to(to[2], choose(is_below & ~is_right, share, zero), n);
  store_up_to(to[3], choose(is_below & is_right, share, zero), n);
}

static void max_pool_squares_backward(
    const nnk_conv *w, float *dx, const float *x, const float *dy, int64_t first, int64_t last) {
  int64_t channels = w->channels, row = w->image[1] * channels, used = 2 * w->output[1] * channels;
  for (int64_t image = first; image < last; image++) {
    const float *given = dy + image * pool_windows(w);
    for (int64_t i = 0; i < w->output[0]; i++) {
      int64_t start = image * pool_pixels(w) + 2 * i * row;
      for (int64_t j = 0; j < w->output[1]; j++, given += channels) {
        for (int64_t c = 0; c < channels; c += 16) {
          int64_t n = channels - c, at = start + 2 * j * channels + c;
          int64_t places[4] = {at, at + channels, at + row, at + row + channels};
          float *to[4] = {dx + places[0], dx + places[1], dx + places[2], dx + places[3]};
          vf seen[4];
          UNROLL for (int k = 0; k < 4; k++) seen[k] = load_up_to(x + places[k], n);
          pool_square_backward(seen, load_up_to(given + c, n), to, n);
        }
      }
      if (used == row) continue;
      memset(dx + start + used, 0, (size_t)(row - used) * sizeof(float));
      memset(dx + start + row + used, 0, (size_t)(row - used) * sizeof(float));
    }
    int64_t covered = 2 * w->output[0] * row;
    memset(dx + image * pool_pixels(w) + covered, 0, (size_t)(pool_pixels(w) - covered) * sizeof(float));
  }
}

static void k_nnk_max_pool(const nnk_conv *w, float *out, const float *x, int64_t first, int64_t last) {
  if (pool_has_squares(w)) {
    max_pool_squares(w, out, x, first, last);
    return;
  }
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
  if (pool_has_squares(w)) {
    max_pool_squares_backward(w, dx, x, dy, first, last);
    return;
  }
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
