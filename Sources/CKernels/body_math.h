// Transcendental functions on 16 lanes. Polynomials were fitted by the Remez exchange algorithm to the functions that
// stand above them; the comment gives the largest error of the fit.

// Horner's scheme, constant term first.
#define POLYNOMIAL(x, ...)                                             \
  ({                                                                   \
    static const float c_[] = {__VA_ARGS__};                           \
    const int n_ = sizeof c_ / sizeof *c_;                             \
    vf y_ = splat(c_[n_ - 1]);                                         \
    _Pragma("clang loop unroll(full)") for (int i_ = n_ - 2; i_ >= 0; i_--) y_ = FMA(y_, x, splat(c_[i_])); \
    y_;                                                                \
  })

#define INFINITE __builtin_inff()
#define NOT_A_NUMBER __builtin_nanf("")
#define LN2_HIGH 0x1.62e4p-1f
#define LN2_LOW 0x1.7f7d1cp-20f

// 2ⁿ for −126 ≤ n ≤ 127.
INLINE vf power_of_two(vi n) { return from_bits((n + 127) << 23); }

// Limits x; NaN passes.
INLINE vf clamp(vf x, float low, float high) {
  x = choose(x < splat(low), splat(low), x);
  return choose(x > splat(high), splat(high), x);
}

INLINE vf absolute(vf x) { return from_bits(bits(x) & 0x7fffffff); }
INLINE vf copy_sign(vf magnitude, vf sign) { return from_bits(bits(magnitude) | (bits(sign) & (int32_t)0x80000000)); }

// eʳ − 1 and n, where x = n ln 2 + r, |r| ≤ 0.35.
typedef struct {
  vf expm1;
  vi n;
} exp_parts;

INLINE exp_parts exp_core(vf x) {
  // Adding 1.5 · 2²³ rounds to a whole number, which then stands in the low bits.
  vf shifted = FMA(x, splat(0x1.715476p+0f), splat(0x1.8p23f));
  vf n = shifted - splat(0x1.8p23f);
  vf r = FMA(n, splat(-LN2_LOW), FMA(n, splat(-LN2_HIGH), x));
  // (eʳ − 1 − r) / r²: 3.3e-9 of eʳ.
  vf p = POLYNOMIAL(r, 0x1.fffffcp-2f, 0x1.55548ap-3f, 0x1.555916p-5f, 0x1.123fc6p-7f, 0x1.6a1a78p-10f);
  return (exp_parts){FMA(r * r, p, r), bits(shifted) - bits(splat(0x1.8p23f))};
}

INLINE vf m_exp(vf x) {
  exp_parts e = exp_core(clamp(x, -104.0f, 89.0f));
  // In two factors, for results below the normal range and above 2¹²⁷.
  vi half = e.n >> 1;
  return (e.expm1 + 1.0f) * power_of_two(half) * power_of_two(e.n - half);
}

// exp for −87 ≤ x ≤ 88, unchecked.
INLINE vf exp_normal(vf x) {
  exp_parts e = exp_core(x);
  return from_bits(bits(e.expm1 + 1.0f) + (e.n << 23));
}

INLINE vf m_expm1(vf x) {
  exp_parts e = exp_core(clamp(x, -20.0f, 89.0f));
  vf s = power_of_two(e.n - 1);
  vf y = FMA(s, e.expm1, s - 0.5f) * 2.0f;
  return choose(absolute(x) < splat(1e-10f), x, y);
}

// n ln 2 + log(1 + f) for 1/√2 − 1 ≤ f ≤ √2 − 1.
INLINE vf log_core(vf f, vf n) {
  // (log(1 + f) − f + f²/2) / f³: 7.5e-10 of log(1 + f).
  vf p = POLYNOMIAL(
      f, 0x1.555548p-2f, -0x1.000006p-2f, 0x1.99a4b6p-3f, -0x1.555c4ep-3f, 0x1.233768p-3f, -0x1.fc220ap-4f,
      0x1.e6f06cp-4f, -0x1.de3c12p-4f, 0x1.1457a0p-4f);
  vf square = f * f;
  vf y = FMA(n, splat(LN2_LOW), square * (f * p));
  y = FMA(square, splat(-0.5f), y);
  return FMA(n, splat(LN2_HIGH), f + y);
}

// x = 2ⁿ m with 1/√2 ≤ m < √2, for normal x > 0.
INLINE vi log_exponent(vf x) { return (bits(x) - 0x3f3504f3) >> 23; }

INLINE vf m_log(vf x) {
  vi tiny = x < splat(0x1p-126f);
  vf scaled = choose(tiny, x * 0x1p23f, x);
  vi n = log_exponent(scaled);
  vf f = from_bits(bits(scaled) - (n << 23)) - 1.0f;
  vf y = log_core(f, __builtin_convertvector(n - (tiny & 23), vf));
  y = choose((x > splat(0)) & (x < splat(INFINITE)), y, x);
  y = choose(x == splat(0), splat(-INFINITE), y);
  return choose(x < splat(0), splat(NOT_A_NUMBER), y);
}

INLINE vf m_log1p(vf x) {
  vf u = x + 1.0f;
  // What the addition lost (Knuth's two-sum), brought to the scale of the fraction.
  vf x_part = u - 1.0f;
  vf lost = (x - x_part) + (1.0f - (u - x_part));
  vi n = log_exponent(u);
  vi shift = __builtin_elementwise_min(n, (vi)126);
  vf f = (from_bits(bits(u) - (n << 23)) - 1.0f) + lost * power_of_two(-shift);
  vf y = log_core(f, __builtin_convertvector(n, vf));
  y = choose((u > splat(0)) & (x < splat(INFINITE)) & (x != splat(0)), y, x);
  y = choose(x == splat(-1), splat(-INFINITE), y);
  return choose(x < splat(-1), splat(NOT_A_NUMBER), y);
}

// tanh x = (e²ˣ − 1) / (e²ˣ + 1), near 0 a polynomial.
INLINE vf m_tanh(vf x) {
  vf a = absolute(x), square = x * x;
  vf limited = choose(a > splat(10), splat(10), a);
  exp_parts e = exp_core(limited + limited);
  vf s = power_of_two(e.n);
  vf y = FMA(s, e.expm1, s - 1.0f);
  // (tanh x − x) / x³ as a function of x², |x| ≤ 0.56: 1.2e-9.
  vf p = POLYNOMIAL(square, -0x1.55554ap-2f, 0x1.110cb2p-3f, -0x1.b91372p-5f, 0x1.58828ep-6f, -0x1.96cf68p-8f);
  vf small = FMA(x * square, p, x);
  return copy_sign(choose(a < splat(0.55f), small, y / (y + 2.0f)), x);
}

INLINE vf m_sigmoid(vf x) {
  vf e = m_exp(-absolute(x)), below = e + 1.0f;
  vi negative = x < splat(0);
  vf q = choose(negative, e, splat(1)) / below;
  // What rounding the denominator cost: q² or q (1 − q) is q/below.
  vf lost = (below - 1.0f) - e;
  return FMA(q * choose(negative, 1.0f - q, q), lost, q);
}

// max(x, 0) + log(1 + e^−|x|).
INLINE vf m_softplus(vf x) {
  vf e = m_exp(-absolute(x));
  vi big = e > splat(0.41421356f);
  vf f = choose(big, (e - 1.0f) * 0.5f, e);
  vf y = log_core(f, choose(big, splat(1), splat(0)));
  return y + choose(x < splat(0), splat(0), x);
}

INLINE vf m_erf(vf x) {
  vf a = absolute(x);
  vf s = a * a;
  // erf(a) / a − 1 as a function of a², a ≤ 1: 1.2e-9.
  vf small = POLYNOMIAL(
      s, 0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2cf8p-4f, -0x1.b7f90ep-6f, 0x1.5405b2p-8f, -0x1.a3f700p-11f,
      0x1.496a30p-14f);
  small = FMA(a, small, a);
  // log(1 − erf(a)), 1 ≤ a ≤ 4.1: 1.0e-9 of 1.
  vf t = choose(a > splat(4.1f), splat(4.1f), a);
  vf p = POLYNOMIAL(
      t, -0x1.72e5a8p-12f, -0x1.2085b2p+0f, -0x1.46c584p-1f, -0x1.a60a86p-4f, 0x1.654222p-6f, -0x1.814cd8p-9f,
      0x1.852d3cp-13f);
  return copy_sign(choose(a >= splat(1), 1.0f - exp_normal(p), small), x);
}

// For the normal distribution at −|x|: density factor e^(−x²/2) and tail Φ(−|x|).
typedef struct {
  vf density, tail;
} normal_parts;

INLINE normal_parts normal_core(vf x) {
  vf a = absolute(x);
  a = choose(a > splat(15), splat(15), a);
  // x² split exactly: the leading half squared, and the rest.
  vf high = from_bits(bits(a) & (int32_t)0xfffff000);
  vf rest = (a - high) * (a + high) * -0.5f;
  vf density = m_exp(high * high * -0.5f);
  density = FMA(density, FMA(rest * rest, splat(0.5f), rest), density);
  vf t = a * 0x1.6a09e6p-1f;
  vf y = (t - 3.0f) / (t + 3.0f);
  // (1 + 2t) e^(t²) erfc(t) / 2, 0 ≤ t ≤ 10.6, y = (t − 3) / (t + 3): 2.2e-9.
  vf q = POLYNOMIAL(
      y, 0x1.40c522p-1f, -0x1.15c08ap-4f, -0x1.85a1b2p-6f, 0x1.09841ap-4f, -0x1.e887b8p-5f, 0x1.17bd58p-5f,
      -0x1.85fae2p-7f, 0x1.4ff0fep-10f, 0x1.0754bcp-10f, -0x1.91586ap-12f, -0x1.143918p-13f);
  return (normal_parts){density, density * (q / FMA(t, splat(2), splat(1)))};
}

// x Φ(x).
INLINE vf m_gelu(vf x) {
  vf tail = normal_core(x).tail, s = x * x;
  vf limited = choose(x < splat(-15), splat(-15), x);
  // (Φ(x) − 1/2) / x as a function of x², |x| ≤ 1.14: 6.6e-10.
  vf middle = POLYNOMIAL(
      s, 0x1.988452p-2f, -0x1.10580ap-4f, 0x1.46c78ep-7f, -0x1.3684e6p-10f, 0x1.d4b362p-14f, -0x1.d8a33ap-18f);
  vf outside = choose(x > splat(0), 1.0f - tail, tail);
  return limited * choose(s > splat(1.21f), outside, FMA(x, middle, splat(0.5f)));
}

// Φ(x) + x φ(x).
INLINE vf m_gelu_gradient(vf x) {
  normal_parts p = normal_core(x);
  vf limited = clamp(x, -15, 15);
  return FMA(limited * 0x1.988454p-2f, p.density, choose(x > splat(0), 1.0f - p.tail, p.tail));
}

#define SQRT_2_OVER_PI 0x1.988454p-1f

// x/2 (1 + tanh u) = x sigmoid(2u), u = √(2/π) (x + 0.044715 x³).
INLINE vf m_gelu_tanh(vf x) {
  vf limited = clamp(x, -15, 1e4f);
  vf u2 = limited * FMA(limited * limited, splat(2 * SQRT_2_OVER_PI * 0.044715f), splat(2 * SQRT_2_OVER_PI));
  return choose(x < splat(-15), splat(-15), x) * m_sigmoid(u2);
}

INLINE vf m_gelu_tanh_gradient(vf x) {
  x = clamp(x, -15, 15);
  vf square = x * x;
  vf s = m_sigmoid(x * FMA(square, splat(2 * SQRT_2_OVER_PI * 0.044715f), splat(2 * SQRT_2_OVER_PI)));
  vf slope = FMA(square, splat(2 * SQRT_2_OVER_PI * 3 * 0.044715f), splat(2 * SQRT_2_OVER_PI));
  return FMA(x * slope, s * (1.0f - s), s);
}

INLINE vf m_silu(vf x) {
  vf limited = choose(x < splat(-110), splat(-110), x);
  return limited * m_sigmoid(limited);
}

INLINE vf m_silu_gradient(vf x) {
  x = clamp(x, -110, 110);
  vf s = m_sigmoid(x);
  return FMA(x * s, 1.0f - s, s);
}
