// Sums and maxima over rows and columns; softmax and its kin.

static void k_nnk_row_sum(
    float *out, const float *x, int64_t rows, int64_t cols, int64_t ld, float scale, bool accumulate) {
  for (int64_t r = 0; r < rows; r++) put_sum(out + r, long_sum(x + r * ld, cols), scale, accumulate);
}

// Rows whose columns are summed directly before they join the total, so that errors grow slowly.
#define COLUMN_BLOCK 256

static void k_nnk_column_sum(
    float *out, const float *x, int64_t rows, int64_t cols, int64_t ld, float scale, bool accumulate) {
  for (int64_t c = 0; c < cols; c += 16) {
    int64_t n = cols - c;
    vf total = splat(0);
    for (int64_t begin = 0; begin < rows; begin += COLUMN_BLOCK) {
      int64_t end = begin + COLUMN_BLOCK < rows ? begin + COLUMN_BLOCK : rows, r = begin;
      vf even = splat(0), odd = splat(0);
      for (; r + 2 <= end; r += 2) {
        even += load_up_to(x + r * ld + c, n);
        odd += load_up_to(x + (r + 1) * ld + c, n);
      }
      if (r < end) even += load_up_to(x + r * ld + c, n);
      total += even + odd;
    }
    total *= scale;
    if (accumulate) total += load_up_to(out + c, n);
    store_up_to(out + c, total, n);
  }
}

static double k_nnk_sum_of_squares(const float *x, int64_t count) {
  double sum = 0;
  for (int64_t begin = 0; begin < count; begin += SUM_BLOCK) {
    int64_t end = begin + SUM_BLOCK < count ? begin + SUM_BLOCK : count, i = begin;
    vf s0 = splat(0), s1 = splat(0);
    for (; i + 32 <= end; i += 32) {
      vf a = load(x + i), b = load(x + i + 16);
      s0 = FMA(a, a, s0);
      s1 = FMA(b, b, s1);
    }
    for (; i < end; i += 16) {
      vf a = load_up_to(x + i, end - i);
      s0 = FMA(a, a, s0);
    }
    sum += (double)lanes_sum(s0 + s1);
  }
  return sum;
}

static void k_nnk_row_max(float *out, const float *x, int64_t rows, int64_t cols, int64_t ld) {
  for (int64_t r = 0; r < rows; r++) out[r] = block_max(x + r * ld, cols);
}

static void k_nnk_row_argmax(int32_t *out, const float *x, int64_t rows, int64_t cols, int64_t ld) {
  for (int64_t r = 0; r < rows; r++) {
    const float *row = x + r * ld;
    float best = block_max(row, cols);
    int64_t i = 0;
    if (best != best) {
      while (row[i] == row[i]) i++;
    } else {
      while (i < cols && row[i] != best) i++;
    }
    out[r] = (int32_t)(i < cols ? i : 0);
  }
}

// out = exp(x − max); returns the sum. Lanes beyond the row count as e^−∞.
INLINE float exp_row(float *out, const float *x, int64_t cols, float max) {
  vf sum = splat(0);
  for (int64_t c = 0; c < cols; c += 16) {
    int64_t n = cols - c;
    vf e = m_exp((n >= 16 ? load(x + c) : load_part_or(x + c, n, -INFINITE)) - max);
    sum += e;
    store_up_to(out + c, e, n);
  }
  return lanes_sum(sum);
}

INLINE float exp_row_sum(const float *x, int64_t cols, float max) {
  vf sum = splat(0);
  for (int64_t c = 0; c < cols; c += 16) {
    int64_t n = cols - c;
    sum += m_exp((n >= 16 ? load(x + c) : load_part_or(x + c, n, -INFINITE)) - max);
  }
  return lanes_sum(sum);
}

// Rows so short that sixteen of them are better treated side by side, one to a lane.
#define NARROW 16

// Columns of up to 16 narrow rows, one row to a lane; lanes beyond `rows` hold 0.
INLINE void load_columns(vf *columns, const float *x, int64_t rows, int64_t cols) {
  float lanes[NARROW][16];
  for (int64_t c = 0; c < cols; c++) {
    for (int64_t r = 0; r < rows; r++) lanes[c][r] = x[r * cols + c];
    for (int64_t r = rows; r < 16; r++) lanes[c][r] = 0;
    columns[c] = load(lanes[c]);
  }
}

INLINE void store_columns(float *out, const vf *columns, int64_t rows, int64_t cols) {
  for (int64_t c = 0; c < cols; c++) {
    float lanes[16];
    store(lanes, columns[c]);
    for (int64_t r = 0; r < rows; r++) out[r * cols + c] = lanes[r];
  }
}

// columns = exp(columns − max) of each row; returns the sums, and the maxima in `max`.
INLINE vf exp_columns(vf *columns, int64_t cols, vf *max) {
  *max = columns[0];
  for (int64_t c = 1; c < cols; c++) *max = maximum(*max, columns[c]);
  vf sum = splat(0);
  for (int64_t c = 0; c < cols; c++) sum += columns[c] = m_exp(columns[c] - *max);
  return sum;
}

static void narrow_softmax(float *out, const float *x, int64_t rows, int64_t cols) {
  for (int64_t begin = 0; begin < rows; begin += 16) {
    int64_t count = rows - begin < 16 ? rows - begin : 16;
    vf columns[NARROW], max;
    load_columns(columns, x + begin * cols, count, cols);
    vf factor = 1.0f / exp_columns(columns, cols, &max);
    for (int64_t c = 0; c < cols; c++) columns[c] *= factor;
    store_columns(out + begin * cols, columns, count, cols);
  }
}

static void k_nnk_softmax(float *out, const float *x, int64_t rows, int64_t cols) {
  if (cols > 0 && cols <= NARROW) {
    narrow_softmax(out, x, rows, cols);
    return;
  }
  for (int64_t r = 0; r < rows; r++) {
    float *y = out + r * cols;
    float factor = 1.0f / exp_row(y, x + r * cols, cols, block_max(x + r * cols, cols));
    for (int64_t c = 0; c < cols; c += 16) store_up_to(y + c, load_up_to(y + c, cols - c) * factor, cols - c);
  }
}

static void k_nnk_softmax_backward(
    float *dx, const float *y, const float *dy, int64_t rows, int64_t cols, bool accumulate) {
  for (int64_t r = 0; r < rows; r++, dx += cols, y += cols, dy += cols) {
    vf dot = splat(0);
    for (int64_t c = 0; c < cols; c += 16) dot = FMA(load_up_to(y + c, cols - c), load_up_to(dy + c, cols - c), dot);
    float mean = lanes_sum(dot);
    for (int64_t c = 0; c < cols; c += 16) {
      int64_t n = cols - c;
      vf g = load_up_to(y + c, n) * (load_up_to(dy + c, n) - mean);
      if (accumulate) g += load_up_to(dx + c, n);
      store_up_to(dx + c, g, n);
    }
  }
}

// Logarithms of up to 16 values at once.
INLINE void log_values(float *out, const float *x, int64_t n) { store_part(out, m_log(load_part_or(x, n, 1)), n); }

static void k_nnk_log_softmax(float *out, const float *x, int64_t rows, int64_t cols) {
  for (int64_t begin = 0; begin < rows; begin += 16) {
    int64_t n = rows - begin < 16 ? rows - begin : 16;
    float max[16], sum[16];
    for (int64_t r = 0; r < n; r++) {
      const float *row = x + (begin + r) * cols;
      max[r] = block_max(row, cols);
      sum[r] = exp_row_sum(row, cols, max[r]);
    }
    log_values(sum, sum, n);
    for (int64_t r = 0; r < n; r++) {
      const float *row = x + (begin + r) * cols;
      float *y = out + (begin + r) * cols;
      for (int64_t c = 0; c < cols; c += 16)
        store_up_to(y + c, (load_up_to(row + c, cols - c) - max[r]) - sum[r], cols - c);
    }
  }
}

static void k_nnk_log_softmax_backward(
    float *dx, const float *y, const float *dy, int64_t rows, int64_t cols, bool accumulate) {
  for (int64_t r = 0; r < rows; r++, dx += cols, y += cols, dy += cols) {
    float sum = (float)long_sum(dy, cols);
    for (int64_t c = 0; c < cols; c += 16) {
      int64_t n = cols - c;
      vf g = FMA(-m_exp(load_up_to(y + c, n)), splat(sum), load_up_to(dy + c, n));
      if (accumulate) g += load_up_to(dx + c, n);
      store_up_to(dx + c, g, n);
    }
  }
}

static void narrow_cross_entropy(
    float *loss, float *gradient, const float *logits, const int32_t *labels, const float *scale, int64_t scale_stride,
    int64_t rows, int64_t cols) {
  for (int64_t begin = 0; begin < rows; begin += 16) {
    int64_t count = rows - begin < 16 ? rows - begin : 16;
    vf columns[NARROW], max;
    load_columns(columns, logits + begin * cols, count, cols);
    float picked[16], whole[16] = {0};
    int32_t label[16];
    for (int64_t i = 0; i < 16; i++) {
      label[i] = i < count ? labels[begin + i] : -1;
      bool known = label[i] >= 0 && label[i] < cols;
      picked[i] = known ? logits[(begin + i) * cols + label[i]] : NOT_A_NUMBER;
      if (known) whole[i] = scale ? scale[(begin + i) * scale_stride] : 1;
      else label[i] = -1;
    }
    vf sum = exp_columns(columns, cols, &max);
    if (loss) store_part(loss + begin, m_log(sum) - (load(picked) - max), count);
    if (!gradient) continue;
    vi place;
    memcpy(&place, label, sizeof place);
    vf share = load(whole), factor = choose(place < 0, splat(0), share / sum);
    for (int64_t c = 0; c < cols; c++)
      columns[c] = columns[c] * factor - choose(place == (int32_t)c, share, splat(0));
    store_columns(gradient + begin * cols, columns, count, cols);
  }
}

static void k_nnk_softmax_cross_entropy(
    float *loss, float *gradient, const float *logits, const int32_t *labels, const float *scale, int64_t scale_stride,
    int64_t rows, int64_t cols) {
  if (cols > 0 && cols <= NARROW) {
    narrow_cross_entropy(loss, gradient, logits, labels, scale, scale_stride, rows, cols);
    return;
  }
  for (int64_t begin = 0; begin < rows; begin += 16) {
    int64_t count = rows - begin < 16 ? rows - begin : 16;
    float sum[16], picked[16];
    for (int64_t i = 0; i < count; i++) {
      int64_t r = begin + i;
      const float *x = logits + r * cols;
      int32_t label = labels[r];
      bool known = label >= 0 && label < cols;
      float max = block_max(x, cols);
      picked[i] = known ? x[label] - max : NOT_A_NUMBER;
      if (!gradient) {
        sum[i] = exp_row_sum(x, cols, max);
        continue;
      }
      float *g = gradient + r * cols;
      sum[i] = exp_row(g, x, cols, max);
      float whole = scale ? scale[r * scale_stride] : 1, factor = known ? whole / sum[i] : 0;
      for (int64_t c = 0; c < cols; c += 16) store_up_to(g + c, load_up_to(g + c, cols - c) * factor, cols - c);
      if (known) g[label] -= whole;
    }
    if (!loss) continue;
    log_values(sum, sum, count);
    for (int64_t i = 0; i < count; i++) loss[begin + i] = sum[i] - picked[i];
  }
}
