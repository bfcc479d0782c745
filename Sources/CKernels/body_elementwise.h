// The loops behind each opcode: whole vectors of 16 only (tiles are padded), arguments from memory or one scalar each.

typedef void (*op_function)(float *out, const float *a, const float *b, const float *c, int64_t n);

#define OP_LOOP _Pragma("clang loop unroll_count(2)") for (int64_t i = 0; i < n; i += 16)
#define OP_PARAMETERS \
  (float *out, const float *a, const float *b __attribute__((unused)), const float *c __attribute__((unused)), int64_t n)

#define UNARY(name, expression)                \
  static void op_##name OP_PARAMETERS {        \
    for (int64_t i = 0; i < n; i += 16) {      \
      vf x = load(a + i);                      \
      store(out + i, expression);              \
    }                                          \
  }                                            \
  static void map_##name(float *out, const float *a, int64_t n) { \
    int64_t i = 0;                             \
    for (; i < n; i += 16) {                   \
      vf x = load_up_to(a + i, n - i);         \
      store_up_to(out + i, expression, n - i); \
    }                                          \
  }

#define BINARY(name, expression)                                           \
  static void op_##name##_vv OP_PARAMETERS {                               \
    OP_LOOP {                                                              \
      vf x = load(a + i), y = load(b + i);                                 \
      store(out + i, expression);                                          \
    }                                                                      \
  }                                                                        \
  static void op_##name##_vs OP_PARAMETERS {                               \
    vf y = splat(*b);                                                      \
    OP_LOOP {                                                              \
      vf x = load(a + i);                                                  \
      store(out + i, expression);                                          \
    }                                                                      \
  }                                                                        \
  static void op_##name##_sv OP_PARAMETERS {                               \
    vf x = splat(*a);                                                      \
    OP_LOOP {                                                              \
      vf y = load(b + i);                                                  \
      store(out + i, expression);                                          \
    }                                                                      \
  }

#define TERNARY(name, expression)                                 \
  static void op_##name##_vvv OP_PARAMETERS {                     \
    OP_LOOP {                                                     \
      vf x = load(a + i), y = load(b + i), z = load(c + i);       \
      store(out + i, expression);                                 \
    }                                                             \
  }                                                               \
  static void op_##name##_vsv OP_PARAMETERS {                     \
    vf y = splat(*b);                                             \
    OP_LOOP {                                                     \
      vf x = load(a + i), z = load(c + i);                        \
      store(out + i, expression);                                 \
    }                                                             \
  }                                                               \
  static void op_##name##_vvs OP_PARAMETERS {                     \
    vf z = splat(*c);                                             \
    OP_LOOP {                                                     \
      vf x = load(a + i), y = load(b + i);                        \
      store(out + i, expression);                                 \
    }                                                             \
  }                                                               \
  static void op_##name##_vss OP_PARAMETERS {                     \
    vf y = splat(*b), z = splat(*c);                              \
    OP_LOOP {                                                     \
      vf x = load(a + i);                                         \
      store(out + i, expression);                                 \
    }                                                             \
  }

INLINE vf flag(vi condition) { return from_bits(condition & bits(splat(1))); }
// x where x > 0 or NaN.
INLINE vf m_relu(vf x) { return choose(x < splat(0), splat(0), x); }

BINARY(add, x + y)
BINARY(sub, x - y)
BINARY(mul, x *y)
BINARY(div, x / y)
BINARY(min, minimum(x, y))
BINARY(max, maximum(x, y))
BINARY(pow, m_pow(x, y))
BINARY(eq, flag(x == y))
BINARY(ne, flag(x != y))
BINARY(lt, flag(x < y))
BINARY(le, flag(x <= y))
BINARY(gt, flag(x > y))
BINARY(ge, flag(x >= y))
BINARY(eq_bits, flag(bits(x) == bits(y)))
TERNARY(fma, FMA(x, y, z))
TERNARY(select, choose(x != splat(0), y, z))
UNARY(copy, x)
// A scalar in every lane.
static void op_spread OP_PARAMETERS {
  vf x = splat(*a);
  for (int64_t i = 0; i < n; i += 16) store(out + i, x);
}
UNARY(neg, -x)
UNARY(abs, absolute(x))
UNARY(sign, choose(x != x, x, flag(x > splat(0)) - flag(x < splat(0))))
UNARY(square, x *x)
UNARY(reciprocal, 1.0f / x)
UNARY(sqrt, __builtin_elementwise_sqrt(x))
UNARY(rsqrt, 1.0f / __builtin_elementwise_sqrt(x))
UNARY(floor, __builtin_elementwise_floor(x))
UNARY(ceil, __builtin_elementwise_ceil(x))
UNARY(round, __builtin_elementwise_roundeven(x))
UNARY(exp, m_exp(x))
UNARY(expm1, m_expm1(x))
UNARY(log, m_log(x))
UNARY(log1p, m_log1p(x))
UNARY(tanh, m_tanh(x))
UNARY(sigmoid, m_sigmoid(x))
UNARY(softplus, m_softplus(x))
UNARY(erf, m_erf(x))
UNARY(sin, m_sin(x))
UNARY(cos, m_cos(x))
UNARY(gelu, m_gelu(x))
UNARY(gelu_tanh, m_gelu_tanh(x))
UNARY(silu, m_silu(x))
UNARY(relu, m_relu(x))
UNARY(step, flag(x > splat(0)))
UNARY(isnan, flag(x != x))
UNARY(isfinite, flag(absolute(x) < splat(INFINITE)))
UNARY(not, flag(x == splat(0)))
UNARY(gelu_gradient, m_gelu_gradient(x))
UNARY(gelu_tanh_gradient, m_gelu_tanh_gradient(x))
UNARY(silu_gradient, m_silu_gradient(x))
UNARY(tanh_gradient, FMA(-x, x, splat(1)))
UNARY(sigmoid_gradient, x *(1.0f - x))

// By opcode and set of scalar arguments (bit i: argument i); absent ones are avoided by the builder.
#define UNARY_ENTRY(name) [nnk_op_##name] = {op_##name}
#define BINARY_ENTRY(name) [nnk_op_##name] = {op_##name##_vv, op_##name##_sv, op_##name##_vs}
#define TERNARY_ENTRY(name) \
  [nnk_op_##name] = {op_##name##_vvv, 0, op_##name##_vsv, 0, op_##name##_vvs, 0, op_##name##_vss}
static const op_function op_functions[nnk_opcode_count][8] = {
    [nnk_op_copy] = {op_copy, op_spread}, UNARY_ENTRY(neg), UNARY_ENTRY(abs), UNARY_ENTRY(sign), UNARY_ENTRY(square),
    UNARY_ENTRY(reciprocal), UNARY_ENTRY(sqrt), UNARY_ENTRY(rsqrt), UNARY_ENTRY(floor), UNARY_ENTRY(ceil),
    UNARY_ENTRY(round), UNARY_ENTRY(exp), UNARY_ENTRY(expm1), UNARY_ENTRY(log), UNARY_ENTRY(log1p),
    UNARY_ENTRY(tanh), UNARY_ENTRY(sigmoid), UNARY_ENTRY(softplus), UNARY_ENTRY(erf), UNARY_ENTRY(sin),
    UNARY_ENTRY(cos), UNARY_ENTRY(gelu), UNARY_ENTRY(gelu_tanh), UNARY_ENTRY(silu), UNARY_ENTRY(relu),
    UNARY_ENTRY(step), UNARY_ENTRY(isnan), UNARY_ENTRY(isfinite), UNARY_ENTRY(not), UNARY_ENTRY(gelu_gradient),
    UNARY_ENTRY(gelu_tanh_gradient), UNARY_ENTRY(silu_gradient), UNARY_ENTRY(tanh_gradient),
    UNARY_ENTRY(sigmoid_gradient), BINARY_ENTRY(add), BINARY_ENTRY(sub), BINARY_ENTRY(mul), BINARY_ENTRY(div),
    BINARY_ENTRY(min), BINARY_ENTRY(max), BINARY_ENTRY(pow), BINARY_ENTRY(eq), BINARY_ENTRY(ne), BINARY_ENTRY(lt),
    BINARY_ENTRY(le), BINARY_ENTRY(gt), BINARY_ENTRY(ge), BINARY_ENTRY(eq_bits), TERNARY_ENTRY(fma),
    TERNARY_ENTRY(select),
};

typedef void (*map_function)(float *out, const float *a, int64_t n);
#define MAP_ENTRY(name) [nnk_op_##name] = map_##name
static const map_function map_functions[nnk_opcode_count] = {
    MAP_ENTRY(copy), MAP_ENTRY(neg), MAP_ENTRY(abs), MAP_ENTRY(sign), MAP_ENTRY(square), MAP_ENTRY(reciprocal),
    MAP_ENTRY(sqrt), MAP_ENTRY(rsqrt), MAP_ENTRY(floor), MAP_ENTRY(ceil), MAP_ENTRY(round), MAP_ENTRY(exp),
    MAP_ENTRY(expm1), MAP_ENTRY(log), MAP_ENTRY(log1p), MAP_ENTRY(tanh), MAP_ENTRY(sigmoid), MAP_ENTRY(softplus),
    MAP_ENTRY(erf), MAP_ENTRY(sin), MAP_ENTRY(cos), MAP_ENTRY(gelu), MAP_ENTRY(gelu_tanh), MAP_ENTRY(silu),
    MAP_ENTRY(relu), MAP_ENTRY(step), MAP_ENTRY(isnan), MAP_ENTRY(isfinite), MAP_ENTRY(not),
    MAP_ENTRY(gelu_gradient), MAP_ENTRY(gelu_tanh_gradient), MAP_ENTRY(silu_gradient), MAP_ENTRY(tanh_gradient),
    MAP_ENTRY(sigmoid_gradient),
};

static void k_nnk_map(nnk_opcode opcode, float *out, const float *x, int64_t count) {
  NNK_REQUIRE(map_functions[opcode] != 0);
  map_functions[opcode](out, x, count);
}

// The fastest rate of independent multiply-adds: 12 chains of one register each.
static double k_nnk_peak_flops(double milliseconds) {
#if NNK_BODY_ISA == 3
  typedef vf lanes;
#elif NNK_BODY_ISA == 2
  typedef vf8 lanes;
#else
  typedef vf4 lanes;
#endif
  const int lane_count = sizeof(lanes) / sizeof(float);
  double best = 0;
  int64_t begin = nnk_nanoseconds();
  volatile float sink = 0, one = 1;
  do {
    lanes chain[12], factor = (lanes)one * 0.5f, term = (lanes)one;
    for (int j = 0; j < 12; j++) chain[j] = (lanes)(float)j;
    int64_t start = nnk_nanoseconds();
    for (int i = 0; i < 20000; i++) {
      _Pragma("clang loop unroll(full)") for (int j = 0; j < 12; j++) chain[j] = FMA(chain[j], factor, term);
    }
    double seconds = (double)(nnk_nanoseconds() - start) * 1e-9;
    lanes total = chain[0];
    for (int j = 1; j < 12; j++) total += chain[j];
    sink = sink + total.x;
    double rate = 20000.0 * 12 * 2 * lane_count / seconds;
    if (rate > best) best = rate;
  } while ((double)(nnk_nanoseconds() - begin) < milliseconds * 1e6);
  return best;
}
