// Normalisation over rows (layer_norm, rms_norm) and over columns (batch_norm), forward and backward.

INLINE vf load_or_one(const float *p, int64_t c, int64_t n) { return p ? load_up_to(p + c, n) : splat(1); }

// Σ (x − mean)² of a row.
INLINE float row_deviation(const float *x, float mean, int64_t cols) {
  vf even = splat(0), odd = splat(0);
  int64_t c = 0;
  for (; c + 32 <= cols; c += 32) {
    vf d = load(x + c) - mean, e = load(x + c + 16) - mean;
    even = FMA(d, d, even);
    odd = FMA(e, e, odd);
  }
  for (; c < cols; c += 16) {
    vf d = (cols - c >= 16 ? load(x + c) : load_part_or(x + c, cols - c, mean)) - mean;
    even = FMA(d, d, even);
  }
  return lanes_sum(even + odd);
}

// Rows whose statistics are finished together: roots and divisions in one vector, the rows still in the nearest cache.
INLINE int64_t row_group(int64_t cols, int64_t rows) {
  int64_t most = cols <= 256 ? 16 : 4;
  return rows < most ? rows : most;
}

// 1/√(sum/cols + epsilon) of each of 16.
INLINE void reciprocal_roots(float *values, int64_t cols, float epsilon) {
  store(values, 1.0f / __builtin_elementwise_sqrt(load(values) * (1.0f / (float)cols) + epsilon));
}

static void k_nnk_layer_norm(
    float *y, float *mean, float *rstd, const float *x, const float *gamma, const float *beta, float epsilon,
    int64_t rows, int64_t cols) {
  double share = 1.0 / (double)cols;
  for (int64_t r = 0, group; r < rows; r += group) {
    group = row_group(cols, rows - r);
    float means[16], scales[16] = {0};
    for (int64_t i = 0; i < group; i++) {
      const float *row = x + (r + i) * cols;
      means[i] = (float)(long_sum(row, cols) * share);
      scales[i] = row_deviation(row, means[i], cols);
    }
    reciprocal_roots(scales, cols, epsilon);
    for (int64_t i = 0; i < group; i++) {
      const float *from = x + (r + i) * cols;
      float *to = y + (r + i) * cols, m = means[i], s = scales[i];
      if (mean) mean[r + i] = m;
      if (rstd) rstd[r + i] = s;
      for (int64_t c = 0; c < cols; c += 16) {
        int64_t n = cols - c;
        vf value = (load_up_to(from + c, n) - m) * s;
        if (gamma) value *= load_up_to(gamma + c, n);
        if (beta) value += load_up_to(beta + c, n);
        store_up_to(to + c, value, n);
      }
    }
  }
}

static void k_nnk_rms_norm(
    float *y, float *rstd, const float *x, const float *gamma, float epsilon, int64_t rows, int64_t cols) {
  for (int64_t r = 0, group; r < rows; r += group) {
    group = row_group(cols, rows - r);
    float scales[16] = {0};
    for (int64_t i = 0; i < group; i++) scales[i] = row_deviation(x + (r + i) * cols, 0, cols);
    reciprocal_roots(scales, cols, epsilon);
    for (int64_t i = 0; i < group; i++) {
      const float *from = x + (r + i) * cols;
      float *to = y + (r + i) * cols;
      if (rstd) rstd[r + i] = scales[i];
      for (int64_t c = 0; c < cols; c += 16) {
        int64_t n = cols - c;
        store_up_to(to + c, load_up_to(from + c, n) * scales[i] * load_or_one(gamma, c, n), n);
      }
    }
  }
}

// Both row norms: with `centres` false the mean of g is not subtracted and x̂ = x rstd.
INLINE void row_norm_backward(
    float *dx, const float *dy, const float *x, const float *mean, const float *rstd, const float *gamma, int64_t rows,
    int64_t cols, bool accumulate, bool centres) {
  for (int64_t r = 0; r < rows; r++, x += cols, dy += cols, dx += cols) {
    float m = centres ? mean[r] : 0, s = rstd[r];
    vf sum = splat(0), product = splat(0);
    for (int64_t c = 0; c < cols; c += 16) {
      int64_t n = cols - c;
      vf g = load_up_to(dy + c, n) * load_or_one(gamma, c, n);
      sum += g;
      product = FMA(g, (load_up_to(x + c, n) - m) * s, product);
    }
    float mean_g = centres ? lanes_sum(sum) / (float)cols : 0, mean_product = lanes_sum(product) / (float)cols;
    for (int64_t c = 0; c < cols; c += 16) {
      int64_t n = cols - c;
      vf g = load_up_to(dy + c, n) * load_or_one(gamma, c, n);
      vf value = FMA((load_up_to(x + c, n) - m) * s, splat(-mean_product), g - mean_g) * s;
      if (accumulate) value += load_up_to(dx + c, n);
      store_up_to(dx + c, value, n);
    }
  }
}

static void k_nnk_layer_norm_backward(
    float *dx, const float *dy, const float *x, const float *mean, const float *rstd, const float *gamma, int64_t rows,
    int64_t cols, bool accumulate) {
  row_norm_backward(dx, dy, x, mean, rstd, gamma, rows, cols, accumulate, true);
}

static void k_nnk_rms_norm_backward(
    float *dx, const float *dy, const float *x, const float *rstd, const float *gamma, int64_t rows, int64_t cols,
    bool accumulate) {
  row_norm_backward(dx, dy, x, 0, rstd, gamma, rows, cols, accumulate, false);
}

static void k_nnk_layer_norm_backward_weights(
    float *dgamma, float *dbeta, const float *dy, const float *x, const float *mean, const float *rstd, int64_t rows,
    int64_t cols, int64_t ld, bool accumulate) {
  for (int64_t c = 0; c < cols; c += 16) {
    int64_t n = cols - c;
    vf total = splat(0), total_product = splat(0);
    for (int64_t begin = 0; begin < rows; begin += COLUMN_BLOCK) {
      int64_t end = begin + COLUMN_BLOCK < rows ? begin + COLUMN_BLOCK : rows;
      vf sum = splat(0), product = splat(0);
      for (int64_t r = begin; r < end; r++) {
        vf g = load_up_to(dy + r * ld + c, n);
        sum += g;
        product = FMA(g, (load_up_to(x + r * ld + c, n) - mean[r]) * rstd[r], product);
      }
      total += sum;
      total_product += product;
    }
    if (dbeta) store_up_to(dbeta + c, accumulate ? total + load_up_to(dbeta + c, n) : total, n);
    if (dgamma) store_up_to(dgamma + c, accumulate ? total_product + load_up_to(dgamma + c, n) : total_product, n);
  }
}

static void k_nnk_column_statistics(
    float *mean, float *variance, const float *x, int64_t rows, int64_t cols, int64_t ld) {
  k_nnk_column_sum(mean, x, rows, cols, ld, 1, false);
  for (int64_t c = 0; c < cols; c += 16) {
    int64_t n = cols - c;
    vf m = load_up_to(mean + c, n) / (float)rows, total = splat(0);
    for (int64_t begin = 0; begin < rows; begin += COLUMN_BLOCK) {
      int64_t end = begin + COLUMN_BLOCK < rows ? begin + COLUMN_BLOCK : rows;
      vf sum = splat(0);
      for (int64_t r = begin; r < end; r++) {
        vf d = load_up_to(x + r * ld + c, n) - m;
        sum = FMA(d, d, sum);
      }
      total += sum;
    }
    store_up_to(mean + c, m, n);
    store_up_to(variance + c, total / (float)rows, n);
  }
}

static void k_nnk_batch_norm(
    float *y, const float *x, const float *mean, const float *rstd, const float *gamma, const float *beta, int64_t rows,
    int64_t cols) {
  for (int64_t r = 0; r < rows; r++, x += cols, y += cols) {
    for (int64_t c = 0; c < cols; c += 16) {
      int64_t n = cols - c;
      vf value = (load_up_to(x + c, n) - load_up_to(mean + c, n)) * (load_up_to(rstd + c, n) * load_or_one(gamma, c, n));
      if (beta) value += load_up_to(beta + c, n);
      store_up_to(y + c, value, n);
    }
  }
}

static void k_nnk_batch_norm_backward_sums(
    float *dgamma, float *dbeta, const float *dy, const float *x, const float *mean, const float *rstd, int64_t rows,
    int64_t cols, int64_t ld) {
  for (int64_t c = 0; c < cols; c += 16) {
    int64_t n = cols - c;
    vf m = load_up_to(mean + c, n), total = splat(0), total_product = splat(0);
    for (int64_t begin = 0; begin < rows; begin += COLUMN_BLOCK) {
      int64_t end = begin + COLUMN_BLOCK < rows ? begin + COLUMN_BLOCK : rows;
      vf sum = splat(0), product = splat(0);
      for (int64_t r = begin; r < end; r++) {
        vf g = load_up_to(dy + r * ld + c, n);
        sum += g;
        product = FMA(g, load_up_to(x + r * ld + c, n) - m, product);
      }
      total += sum;
      total_product += product;
    }
    store_up_to(dbeta + c, total, n);
    store_up_to(dgamma + c, total_product * load_up_to(rstd + c, n), n);
  }
}

static void k_nnk_batch_norm_backward(
    float *dx, const float *dy, const float *x, const float *mean, const float *rstd, const float *gamma,
    const float *dgamma, const float *dbeta, int64_t count, int64_t rows, int64_t cols, bool accumulate) {
  float share = 1.0f / (float)count;
  for (int64_t c = 0; c < cols; c += 16) {
    int64_t n = cols - c;
    vf m = load_up_to(mean + c, n), s = load_up_to(rstd + c, n), factor = s * load_or_one(gamma, c, n);
    vf shift = load_up_to(dbeta + c, n) * share, slope = load_up_to(dgamma + c, n) * s * share;
    for (int64_t r = 0; r < rows; r++) {
      const float *from = dy + r * cols + c, *at = x + r * cols + c;
      float *to = dx + r * cols + c;
      vf value = FMA(m - load_up_to(at, n), slope, load_up_to(from, n) - shift) * factor;
      if (accumulate) value += load_up_to(to, n);
      store_up_to(to, value, n);
    }
  }
}
