// A test of the kernels that needs nothing but a C compiler, for machines where Swift is not to be had (neon.sh runs it
// under an emulator): integer-valued multiplies, convolutions, pools, sums, copies and programs exactly, functions
// against libm in double.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "CKernels.h"

static uint64_t state = 1;
static int faults = 0;

static uint32_t next_word(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}
static int64_t below(int64_t bound) { return next_word() % bound; }

static void fault(const char *what, int64_t a, int64_t b, int64_t c) {
  if (faults++ < 20)
    printf("%s: %s differs (%lld, %lld, %lld)\n", nnk_isa_name(nnk_selected()), what, (long long)a, (long long)b, (long long)c);
}

// The last `count` floats before a page without access, with small whole numbers in them.
typedef struct guarded {
  float *end;
} guarded;

static guarded guarded_new(size_t floats) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), body = (floats * 4 + page - 1) / page * page;
  char *memory = mmap(0, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory + body, page, PROT_NONE)) abort();
  return (guarded){(float *)(memory + body)};
}

static float *take(guarded buffer, int64_t count) {
  for (int64_t i = 1; i <= count; i++) buffer.end[-i] = (float)(below(9) - 4);
  return buffer.end - count;
}

static guarded ga, gb, gc, gd;

static void test_gemm(int64_t largest, int64_t deepest) {
  int64_t m = 1 + below(largest), n = 1 + below(largest), k = below(deepest);
  nnk_gemm g = {.m = m, .n = n, .k = k, .ldc = n, .transpose_a = below(2), .transpose_b = below(2)};
  g.lda = g.transpose_a ? m : k;
  g.ldb = g.transpose_b ? k : n;
  g.accumulate = below(2);
  g.activation = below(2) ? nnk_activation_relu : nnk_activation_none;
  nnk_gemm_operands o = {.a = take(ga, m * k), .b = take(gb, k * n), .c = take(gc, m * n)};
  if (below(2)) o.bias = take(gd, n);
  float *expected = malloc((size_t)(m * n) * sizeof(float));
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) {
      float sum = (g.accumulate ? o.c[i * n + j] : 0) + (o.bias ? o.bias[j] : 0);
      for (int64_t l = 0; l < k; l++)
        sum += o.a[g.transpose_a ? l * m + i : i * k + l] * o.b[g.transpose_b ? j * k + l : l * n + j];
      expected[i * n + j] = g.activation && sum < 0 ? 0 : sum;
    }
  for (int64_t part = 0; part < nnk_gemm_parts(&g); part++) nnk_gemm_part(&g, &o, part);
  for (int64_t i = 0; i < m * n; i++)
    if (expected[i] != o.c[i]) {
      fault("multiply", m, n, k);
      break;
    }
  free(expected);
}

static void test_sums(void) {
  int64_t rows = 1 + below(40), cols = 1 + below(below(8) ? 40 : 700);
  float *x = take(ga, rows * cols), *row = take(gb, rows), *column = take(gc, cols), *top = take(gd, rows);
  nnk_row_sum(row, x, rows, cols, cols, 1, false);
  nnk_column_sum(column, x, rows, cols, cols, 1, false);
  nnk_row_max(top, x, rows, cols, cols);
  for (int64_t r = 0; r < rows; r++) {
    float sum = 0, max = -INFINITY;
    for (int64_t c = 0; c < cols; c++) sum += x[r * cols + c], max = fmaxf(max, x[r * cols + c]);
    if (sum != row[r] || max != top[r]) fault("sum or maximum of a row", rows, cols, r);
  }
  for (int64_t c = 0; c < cols; c++) {
    float sum = 0;
    for (int64_t r = 0; r < rows; r++) sum += x[r * cols + c];
    if (sum != column[c]) fault("sum of a column", rows, cols, c);
  }
  int64_t shape[2] = {cols, rows}, from[2] = {1, cols}, to[2] = {rows, 1};
  float *turned = take(gb, rows * cols);
  nnk_copy_strided(turned, to, x, from, shape, 2, false);
  for (int64_t i = 0; i < rows * cols; i++)
    if (turned[i % cols * rows + i / cols] != x[i]) {
      fault("transpose", rows, cols, i);
      break;
    }
}

// relu(x · y + bias) · 2, its total, and the sums of its columns.
static void test_program(void) {
  int64_t rows = 1 + below(60), cols = 1 + below(60);
  nnk_program *p = nnk_program_create(rows, cols);
  int32_t x = nnk_program_input(p, nnk_type_float), y = nnk_program_input_repeated(p, cols, nnk_type_float);
  int32_t bias = nnk_program_input_periodic(p, cols, nnk_type_float), two = nnk_program_constant(p, 2);
  int32_t value = nnk_program_op(p, nnk_op_relu, nnk_program_op(p, nnk_op_fma, x, y, bias), 0, 0);
  value = nnk_program_op(p, nnk_op_mul, value, two, 0);
  nnk_program_output(p, value, nnk_type_float);
  nnk_program_reduce(p, value, nnk_reduction_total_sum, 1, false);
  nnk_program_reduce(p, value, nnk_reduction_column_sum, 1, false);
  nnk_program_seal(p);
  float *a = take(ga, rows * cols), *b = take(gb, rows), *c = take(gd, cols), *out = take(gc, rows * cols);
  float total = 0, columns[60], scratch[4096];
  const void *inputs[] = {a, b, c};
  void *outputs[] = {out, &total, columns};
  nnk_program_run(p, inputs, outputs, scratch);
  float sum = 0;
  for (int64_t i = 0; i < rows * cols; i++) {
    float expected = 2 * fmaxf(a[i] * b[i / cols] + c[i % cols], 0);
    sum += expected;
    if (out[i] != expected) fault("program", rows, cols, i);
  }
  if (sum != total) fault("total", rows, cols, 0);
  for (int64_t j = 0; j < cols; j++) {
    sum = 0;
    for (int64_t r = 0; r < rows; r++) sum += out[r * cols + j];
    if (sum != columns[j]) fault("column total", rows, cols, j);
  }
  nnk_program_destroy(p);
}

// The place in the image of a pixel that a window sees, −1 outside.
static int64_t seen(const nnk_conv *c, int64_t i, int64_t j, int64_t a, int64_t b) {
  int64_t y = i * c->stride[0] + a * c->dilation[0] - c->low[0], x = j * c->stride[1] + b * c->dilation[1] - c->low[1];
  return y < 0 || y >= c->image[0] || x < 0 || x >= c->image[1] ? -1 : y * c->image[1] + x;
}

static nnk_conv random_window(int64_t largest, int64_t channels, int64_t filters) {
  nnk_conv c = {.batch = 1 + below(4), .groups = 1, .channels = 1 + below(channels), .filters = 1 + below(filters)};
  for (int k = 0; k < 2; k++) {
    c.dilation[k] = below(4) ? 1 : 2;
    c.stride[k] = below(2) ? 1 : 1 + below(3);
    c.kernel[k] = 1 + below(4);
    c.low[k] = below(3);
    int64_t least = c.dilation[k] * (c.kernel[k] - 1) + 1 - c.low[k];
    c.image[k] = (least > 1 ? least : 1) + below(largest);
    c.output[k] = (c.image[k] + c.low[k] + below(2) - c.dilation[k] * (c.kernel[k] - 1) - 1) / c.stride[k] + 1;
    if (c.output[k] < 1) c.output[k] = 1;
  }
  c.stride_input = c.image[0] * c.image[1] * c.channels;
  c.stride_output = c.output[0] * c.output[1] * c.filters;
  return c;
}

static void test_conv(int64_t largest, int64_t channels, int64_t filters) {
  nnk_conv c = random_window(largest, channels, filters);
  c.role = (nnk_conv_role)below(3);
  c.activation = c.role != nnk_conv_weight && below(2) ? nnk_activation_relu : nnk_activation_none;
  int64_t sizes[3] = {
      c.batch * c.stride_input, c.kernel[0] * c.kernel[1] * c.channels * c.filters, c.batch * c.stride_output};
  int64_t result = c.role == nnk_conv_output ? 2 : c.role == nnk_conv_input ? 0 : 1;
  if (sizes[0] > 400000 || sizes[1] > 400000 || sizes[2] > 400000) return;
  float *tensors[3] = {take(ga, sizes[0]), take(gb, sizes[1]), take(gc, sizes[2])};
  double *expected = calloc((size_t)sizes[result], sizeof(double));
  for (int64_t n = 0; n < c.batch; n++)
    for (int64_t i = 0; i < c.output[0]; i++)
      for (int64_t j = 0; j < c.output[1]; j++)
        for (int64_t place = 0; place < c.kernel[0] * c.kernel[1]; place++) {
          int64_t pixel = seen(&c, i, j, place / c.kernel[1], place % c.kernel[1]);
          for (int64_t k = 0; pixel >= 0 && k < c.channels; k++)
            for (int64_t f = 0; f < c.filters; f++) {
              int64_t at[3] = {
                  n * c.stride_input + pixel * c.channels + k, (place * c.channels + k) * c.filters + f,
                  n * c.stride_output + (i * c.output[1] + j) * c.filters + f};
              int other = result == 0 ? 1 : 0, last = result == 2 ? 1 : 2;
              expected[at[result]] += tensors[other][at[other]] * tensors[last][at[last]];
            }
        }
  float *scratch = malloc((size_t)(nnk_conv_scratch(&c) + 1) * sizeof(float));
  nnk_gemm_operands o = {
      .a = tensors[result == 0 ? 1 : 0], .b = tensors[result == 2 ? 1 : 2], .c = tensors[result]};
  nnk_conv_run(&c, &o, scratch);
  for (int64_t i = 0; i < sizes[result]; i++) {
    double value = c.activation == nnk_activation_relu && expected[i] < 0 ? 0 : expected[i];
    if (value != o.c[i]) {
      fault("convolution", c.role, c.channels, c.filters);
      break;
    }
  }
  free(scratch);
  free(expected);
}

static void test_pool(void) {
  nnk_conv w = random_window(9, 40, 40);
  w.low[0] = w.low[1] = 0;
  for (int k = 0; k < 2; k++) {
    if (below(2)) w.kernel[k] = w.stride[k] = 2, w.dilation[k] = 1, w.image[k] += 2;
    w.output[k] = (w.image[k] - w.dilation[k] * (w.kernel[k] - 1) - 1) / w.stride[k] + 1;
    if (w.output[k] < 1) return;
  }
  int64_t pixels = w.image[0] * w.image[1], windows = w.output[0] * w.output[1];
  float *x = take(ga, w.batch * pixels * w.channels), *y = take(gb, w.batch * windows * w.channels);
  float *dy = take(gc, w.batch * windows * w.channels);
  float *expected = calloc((size_t)(w.batch * pixels * w.channels), sizeof(float));
  nnk_max_pool(&w, y, x, 0, w.batch);
  for (int64_t i = 0; i < w.batch * windows * w.channels; i++) {
    int64_t channel = i % w.channels, window = i / w.channels % windows, image = i / w.channels / windows;
    int64_t best = -1;
    for (int64_t place = 0; place < w.kernel[0] * w.kernel[1]; place++) {
      int64_t pixel = seen(&w, window / w.output[1], window % w.output[1], place / w.kernel[1], place % w.kernel[1]);
      int64_t at = (image * pixels + pixel) * w.channels + channel;
      if (pixel >= 0 && (best < 0 || x[at] > x[best])) best = at;
    }
    if (best < 0 || y[i] != x[best]) fault("greatest of a window", w.channels, window, i);
    else expected[best] += dy[i];
  }
  float *dx = take(gb, w.batch * pixels * w.channels);
  nnk_max_pool_backward(&w, dx, x, dy, 0, w.batch);
  for (int64_t i = 0; i < w.batch * pixels * w.channels; i++)
    if (dx[i] != expected[i]) {
      fault("gradient of a greatest", w.channels, i, 0);
      break;
    }
  free(expected);
}

static double exact_sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double exact_softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }

static void test_functions(void) {
  const struct {
    const char *name;
    nnk_opcode opcode;
    double (*exact)(double);
  } functions[] = {
      {"exp", nnk_op_exp, exp}, {"expm1", nnk_op_expm1, expm1}, {"log", nnk_op_log, log}, {"log1p", nnk_op_log1p, log1p},
      {"tanh", nnk_op_tanh, tanh}, {"sigmoid", nnk_op_sigmoid, exact_sigmoid},
      {"softplus", nnk_op_softplus, exact_softplus}, {"erf", nnk_op_erf, erf}, {"sin", nnk_op_sin, sin},
      {"cos", nnk_op_cos, cos}};
  static float x[4096], y[4096];
  for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
    double worst = 0;
    for (int64_t block = 0; block < 100; block++) {
      for (int i = 0; i < 4096; i++) {
        uint32_t word = (uint32_t)((block * 4096 + i) * 10486);
        memcpy(&x[i], &word, 4);
      }
      nnk_map(functions[f].opcode, y, x, 4096);
      for (int i = 0; i < 4096; i++) {
        double exact = functions[f].exact(x[i]);
        float rounded = (float)exact;
        if (isnan(rounded) || isnan(y[i]) || isinf(rounded)) {
          if (!(isnan(rounded) && isnan(y[i])) && rounded != y[i]) worst = INFINITY;
          continue;
        }
        int exponent;
        frexp(fabsf(rounded), &exponent);
        double unit = ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
        worst = fmax(worst, fabs(y[i] - exact) / unit);
      }
    }
    if (worst > 2) fault(functions[f].name, (int64_t)(worst * 1000), 0, 0);
  }
}

// Notes a fault where an x is further from its y than `bound`, of y where that is more than 1.
static void near(const char *what, const float *x, const double *y, int64_t count, double bound) {
  for (int64_t i = 0; i < count; i++) {
    double size = fabs(y[i]) > 1 ? fabs(y[i]) : 1;
    if (!(fabs((double)x[i] - y[i]) <= bound * size)) {
      fault(what, i, count, 0);
      return;
    }
  }
}

// One head of one example, forward and backward, against the formula in double.
static void test_attention(void) {
  int64_t queries = 1 + below(80), keys = queries + below(100), width = 1 + below(24);
  nnk_attention a = {
      .batch = 1, .queries = queries, .keys = keys, .heads = 1, .groups = 1, .width = width, .scale = 0.125f,
      .causal = below(2)};
  const float *q = take(ga, queries * width), *k = take(gb, keys * width), *v = take(gc, keys * width);
  float *memory = calloc((size_t)(3 * queries * width + 2 * keys * width + queries), sizeof(float));
  float *dout = memory, *out = dout + queries * width, *dq = out + queries * width, *sums = dq + queries * width;
  float *dk = sums + queries, *dv = dk + keys * width;
  for (int64_t i = 0; i < queries * width; i++) dout[i] = (float)(below(9) - 4);
  nnk_attention_operands o = {
      .q = q, .k = k, .v = v, .out = out, .sums = sums, .dout = dout, .dq = dq, .dk = dk, .dv = dv};
  nnk_attention_units(&a, &o, 0, 1);
  nnk_attention_backward_units(&a, &o, 0, 1);
  double *exact = calloc((size_t)(2 * queries * width + 2 * keys * width + keys), sizeof(double));
  double *by_q = exact + queries * width, *by_v = by_q + queries * width, *by_k = by_v + keys * width;
  double *weights = by_k + keys * width;
  for (int64_t i = 0; i < queries; i++) {
    int64_t seen = a.causal ? i + 1 : keys;
    double sum = 0, mean = 0;
    for (int64_t j = 0; j < seen; j++) {
      double score = 0;
      for (int64_t c = 0; c < width; c++) score += (double)q[i * width + c] * k[j * width + c];
      sum += weights[j] = exp(score * a.scale - 60);
    }
    for (int64_t pass = 0; pass < 2; pass++) {
      for (int64_t j = 0; j < seen; j++) {
        double slope = 0, weight = weights[j] / sum;
        for (int64_t c = 0; c < width; c++) slope += (double)dout[i * width + c] * v[j * width + c];
        if (pass == 0) mean += weight * slope;
        for (int64_t c = 0; c < width && pass == 1; c++) {
          exact[i * width + c] += weight * v[j * width + c];
          by_v[j * width + c] += weight * dout[i * width + c];
          by_q[i * width + c] += weight * (slope - mean) * a.scale * k[j * width + c];
          by_k[j * width + c] += weight * (slope - mean) * a.scale * q[i * width + c];
        }
      }
    }
  }
  near("attention", out, exact, queries * width, 1e-5);
  near("attention by q", dq, by_q, queries * width, 1e-4);
  near("attention by k", dk, by_k, keys * width, 1e-4);
  near("attention by v", dv, by_v, keys * width, 1e-5);
  free(memory);
  free(exact);
}

int main(void) {
  ga = guarded_new(400000), gb = guarded_new(400000), gc = guarded_new(400000), gd = guarded_new(1000);
  for (int isa = nnk_isa_portable; isa <= nnk_isa_avx512; isa++) {
    if (!nnk_select((nnk_isa)isa)) continue;
    for (int i = 0; i < 10000; i++) test_gemm(24, 24);
    for (int i = 0; i < 30; i++) test_gemm(150, 600);
    for (int i = 0; i < 3000; i++) test_sums(), test_program();
    for (int i = 0; i < 100; i++) test_attention();
    for (int i = 0; i < 2000; i++) test_conv(6, 5, 5), test_pool();
    for (int i = 0; i < 150; i++) test_conv(12, 70, 70);
    for (int i = 0; i < 300; i++) test_conv(9, 70, 13), test_conv(9, 13, 70);
    for (int i = 0; i < 200; i++) test_conv(30, 40, 1), test_conv(30, 1, 40);
    test_functions();
    printf("%s: %d faults, peak %.1f GFLOP/s\n", nnk_isa_name((nnk_isa)isa), faults, nnk_peak_flops(5) * 1e-9);
  }
  return faults > 0;
}
