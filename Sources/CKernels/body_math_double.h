// Functions that need more than float on the way: sine and cosine (reduction by π/2) and powers.

#define POLYNOMIAL8(x, ...)                                            \
  ({                                                                   \
    static const double c_[] = {__VA_ARGS__};                          \
    const int n_ = sizeof c_ / sizeof *c_;                             \
    vd8 y_ = (vd8)c_[n_ - 1];                                          \
    _Pragma("clang loop unroll(full)") for (int i_ = n_ - 2; i_ >= 0; i_--) y_ = FMA(y_, x, (vd8)c_[i_]); \
    y_;                                                                \
  })

#define ROUND_DOUBLE 0x1.8p52

// x − n π/2 and n, for |x| ≤ 2²⁰: π/2 in two parts, the first short enough for an exact product.
INLINE vf8 reduce_half(vf8 x, vi8 *quadrant) {
  vd8 wide = __builtin_convertvector(x, vd8);
  vd8 shifted = wide * 0x1.45f306dc9c883p-1 + ROUND_DOUBLE;
  vd8 n = shifted - ROUND_DOUBLE;
  *quadrant = __builtin_convertvector(__builtin_bit_cast(vl8, shifted), vi8);
  return __builtin_convertvector((wide - n * 0x1.921fb544p+0) - n * 0x1.0b4611a626331p-34, vf8);
}

// The same for any finite x, by the method of Payne and Hanek (1983): the mantissa times the bits of 2/π that matter.
static __attribute__((noinline)) float reduce_huge(float x, int32_t *quadrant) {
  static const uint32_t two_over_pi[] = {0,          0,          0xa2f9836e, 0x4e441529,
                                         0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041,
                                         0xfe5163ab, 0xdebbc561};
  uint32_t word = __builtin_bit_cast(uint32_t, x);
  int exponent = (int)(word >> 23 & 255) - 150;
  uint64_t mantissa = (word & 0x7fffff) | 0x800000;
  // |x| = mantissa · 2^exponent with 0 ≤ exponent ≤ 104: keep 96 bits of the product below 2².
  int skip = exponent + 62, index = skip / 32, shift = skip % 32;
  uint32_t bits3[3];
  for (int i = 0; i < 3; i++) {
    uint64_t pair = (uint64_t)two_over_pi[index + i] << 32 | two_over_pi[index + i + 1];
    bits3[i] = (uint32_t)(pair >> (32 - shift));
  }
  uint64_t product = ((mantissa * bits3[0]) << 32) + mantissa * bits3[1] + ((mantissa * bits3[2]) >> 32);
  // The top two bits are the quadrant; round to the nearest one.
  uint64_t rounded = product + (1ull << 61);
  int32_t n = (int32_t)(rounded >> 62);
  double fraction = (double)(int64_t)(product - ((uint64_t)n << 62)) * 0x1p-62;
  float r = (float)(fraction * 0x1.921fb54442d18p+0);
  bool negative = word >> 31;
  *quadrant = negative ? -n : n;
  return negative ? -r : r;
}

// sin(x + shift π/2).
INLINE vf sine(vf x, int32_t shift) {
  vi8 q_low, q_high;
  vi huge = (absolute(x) > splat(0x1p20f)) & (absolute(x) < splat(INFINITE));
  vf8 r_low = reduce_half(x.lo, &q_low), r_high = reduce_half(x.hi, &q_high);
  vf r = __builtin_shufflevector(r_low, r_high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  vi q = __builtin_shufflevector(q_low, q_high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  if (any(huge)) {
    for (int i = 0; i < 16; i++) {
      if (!huge[i]) continue;
      int32_t n;
      r[i] = reduce_huge(x[i], &n);
      q[i] = n;
    }
  }
  q += shift;
  vf s = r * r;
  // (sin r − r) / r³, |r| ≤ π/4: 3.7e-9; (cos r − 1 + r²/2) / r⁴: 1.0e-10.
  vf sin_r = FMA(r * s, POLYNOMIAL(s, -0x1.555546p-3f, 0x1.11072ep-7f, -0x1.993d66p-13f), r);
  vf cos_r = FMA(s * s, POLYNOMIAL(s, 0x1.55554ap-5f, -0x1.6c0c58p-10f, 0x1.99f2d4p-16f), FMA(s, splat(-0.5f), splat(1)));
  vf y = choose((q & 1) != 0, cos_r, sin_r);
  y = from_bits(bits(y) ^ ((q & 2) << 30));
  y = choose(absolute(x) < splat(INFINITE), y, splat(NOT_A_NUMBER));
  return y;
}

// sin(±0) keeps its sign: the reduction gives r = 0 for −0.
INLINE vf m_sin(vf x) { return choose(x == splat(0), x, sine(x, 0)); }
INLINE vf m_cos(vf x) { return sine(x, 1); }

// 2^(y log₂ |x|) through double.
INLINE vf8 power_half(vf8 x, vf8 y) {
  vd8 wide = __builtin_convertvector(x, vd8), exponent = __builtin_convertvector(y, vd8);
  vl8 word = __builtin_bit_cast(vl8, wide) & 0x7fffffffffffffff;
  vd8 size = __builtin_bit_cast(vd8, word);
  vl8 n = (word - 0x3fe6a09e667f3bcd) >> 52;
  vd8 m = __builtin_bit_cast(vd8, word - (n << 52));
  vd8 z = (m - 1.0) / (m + 1.0);
  // log₂((1 + z) / (1 − z)) / z as a function of z²: 7.8e-14.
  vd8 p = POLYNOMIAL8(
      z * z, 0x1.71547652b824ep+1, 0x1.ec709dc541d86p-1, 0x1.2776c28cc4494p-1, 0x1.a61a341ec18f9p-2,
      0x1.47947321cc269p-2, 0x1.21be081622e1dp-2);
  vd8 log2 = FMA(z, p, __builtin_convertvector(__builtin_convertvector(n, vi8), vd8));
  log2 = (size > 0.0) ? log2 : (vd8)-__builtin_inf();
  log2 = (size < __builtin_inf()) ? log2 : size;
  log2 = (size != size) ? size : log2;
  vd8 t = exponent * log2;
  t = (t < -160.0) ? (vd8)-160.0 : t;
  t = (t > 160.0) ? (vd8)160.0 : t;
  vd8 shifted = t + ROUND_DOUBLE;
  vd8 f = t - (shifted - ROUND_DOUBLE);
  // 2ᶠ, |f| ≤ 1/2: 4.0e-11.
  vd8 q = POLYNOMIAL8(
      f, 0x1.ffffffffabbb6p-1, 0x1.62e42ff116242p-1, 0x1.ebfbe0a4bf5b3p-3, 0x1.c6b08aaf31573p-5,
      0x1.3b29dc404cc60p-7, 0x1.5d8a708532d62p-10, 0x1.446a2038552f2p-13, 0x1.fe1788f3cc4acp-17);
  vl8 scaled = __builtin_bit_cast(vl8, q) + (__builtin_bit_cast(vl8, shifted) << 52);
  return __builtin_convertvector(__builtin_bit_cast(vd8, scaled), vf8);
}

// x^y with the special cases of C's pow.
INLINE vf m_pow(vf x, vf y) {
  vf size = __builtin_shufflevector(
      power_half(x.lo, y.lo), power_half(x.hi, y.hi), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  vf half = y * 0.5f;
  vi whole = __builtin_elementwise_floor(y) == y;
  vi odd = whole & (__builtin_elementwise_floor(half) != half) & (absolute(y) < splat(0x1p24f));
  vf result = from_bits(bits(size) ^ (bits(x) & odd & (int32_t)0x80000000));
  vi undefined = (x < splat(0)) & (x > splat(-INFINITE)) & ~whole;
  result = choose(undefined & (y == y), splat(NOT_A_NUMBER), result);
  vi one = (y == splat(0)) | (x == splat(1)) | ((x == splat(-1)) & (absolute(y) == splat(INFINITE)));
  return choose(one, splat(1), result);
}
