// Vectors of 16 floats, the same 16 virtual lanes on every instruction set: the compiler splits them over registers.
// Included once for each instruction set, inside its target attribute.
#define INLINE static inline __attribute__((always_inline, unused))

typedef float vf __attribute__((ext_vector_type(16)));
typedef int32_t vi __attribute__((ext_vector_type(16)));
typedef uint32_t vu __attribute__((ext_vector_type(16)));
typedef float vf8 __attribute__((ext_vector_type(8)));
typedef float vf4 __attribute__((ext_vector_type(4)));
typedef float vf2 __attribute__((ext_vector_type(2)));
typedef int32_t vi8 __attribute__((ext_vector_type(8)));
typedef double vd8 __attribute__((ext_vector_type(8)));
typedef int64_t vl8 __attribute__((ext_vector_type(8)));
typedef uint64_t vul8 __attribute__((ext_vector_type(8)));
typedef vf vf_unaligned __attribute__((aligned(4)));
typedef vi vi_unaligned __attribute__((aligned(4)));

INLINE vf splat(float x) { return (vf)x; }
INLINE vf load(const float *p) { return *(const vf_unaligned *)p; }
INLINE void store(float *p, vf x) { *(vf_unaligned *)p = x; }
INLINE vi bits(vf x) { return __builtin_bit_cast(vi, x); }
INLINE vf from_bits(vi x) { return __builtin_bit_cast(vf, x); }
INLINE vf choose(vi condition, vf yes, vf no) { return condition ? yes : no; }
INLINE bool any(vi condition) { return __builtin_reduce_or(condition) != 0; }

// a · b + c. Rounded once where the instruction set has it; contraction is off, so this is the only place.
#if defined(__FMA__) || defined(__aarch64__) || defined(NNK_HAS_FMA)
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif

static const int32_t lane_masks[32] __attribute__((unused)) = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                                               -1, -1, -1, -1, -1, 0,  0,  0,  0,  0,  0,
                                                               0,  0,  0,  0,  0,  0,  0,  0,  0,  0};

// −1 in the first n lanes.
INLINE vi lane_mask(int64_t n) { return *(const vi_unaligned *)(lane_masks + 16 - n); }

// The first n (0 to 16) elements at p, `fill` in the other lanes; touches nothing beyond.
INLINE vf load_part_or(const float *p, int64_t n, float fill) {
#if NNK_BODY_ISA == 3
  return (vf)_mm512_mask_loadu_ps(_mm512_set1_ps(fill), (__mmask16)((1u << n) - 1), p);
#elif NNK_BODY_ISA == 2
  vi mask = lane_mask(n);
  vf8 low = (vf8)_mm256_maskload_ps(p, (__m256i)mask.lo);
  vf8 high = (vf8)_mm256_maskload_ps(p + 8, (__m256i)mask.hi);
  vf x = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return choose(mask, x, splat(fill));
#else
  float lanes[16];
  for (int64_t i = 0; i < 16; i++) lanes[i] = i < n ? p[i] : fill;
  return load(lanes);
#endif
}

INLINE vf load_part(const float *p, int64_t n) { return load_part_or(p, n, 0); }

#if NNK_BODY_ISA == 2
INLINE void store_pieces(float *p, vf8 x, int64_t n) {
  if (n >= 8) {
    _mm256_storeu_ps(p, (__m256)x);
    return;
  }
  vf4 rest = x.lo;
  if (n & 4) {
    _mm_storeu_ps(p, (__m128)rest);
    rest = x.hi;
    p += 4;
  }
  if (n & 2) {
    _mm_storel_pi((__m64 *)p, (__m128)rest);
    rest = rest.zwzw;
    p += 2;
  }
  if (n & 1) *p = rest.x;
}
#endif

INLINE void store_part(float *p, vf x, int64_t n) {
#if NNK_BODY_ISA == 3
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)x);
#elif NNK_BODY_ISA == 2
  // In pieces: masked stores are slow on some processors.
  vf8 rest = x.lo;
  if (n >= 8) {
    _mm256_storeu_ps(p, (__m256)rest);
    rest = x.hi;
    p += 8;
  }
  store_pieces(p, rest, n >= 8 ? n - 8 : n);
#else
  float lanes[16];
  store(lanes, x);
  for (int64_t i = 0; i < n; i++) p[i] = lanes[i];
#endif
}

// Loads and stores n ≤ 16 elements at p, whole vectors without a mask.
INLINE vf load_up_to(const float *p, int64_t n) { return n >= 16 ? load(p) : load_part(p, n); }
INLINE void store_up_to(float *p, vf x, int64_t n) {
  if (n >= 16)
    store(p, x);
  else
    store_part(p, x, n);
}

// NaN where either argument is.
INLINE vf maximum(vf a, vf b) { return choose((a > b) | (a != a), a, b); }
INLINE vf minimum(vf a, vf b) { return choose((a < b) | (a != a), a, b); }
INLINE float maximum1(float a, float b) { return a > b || a != a ? a : b; }

// Lanes combined in a fixed tree: halves, quarters, …
INLINE float lanes_sum(vf x) {
  vf8 a = x.lo + x.hi;
  vf4 b = a.lo + a.hi;
  vf2 c = b.lo + b.hi;
  return c.x + c.y;
}

INLINE float lanes_max(vf x) {
  vf8 a = ((x.lo > x.hi) | (x.lo != x.lo)) ? x.lo : x.hi;
  vf4 b = ((a.lo > a.hi) | (a.lo != a.lo)) ? a.lo : a.hi;
  vf2 c = ((b.lo > b.hi) | (b.lo != b.lo)) ? b.lo : b.hi;
  return maximum1(c.x, c.y);
}

// Σ of `count` elements: vector j into accumulator j mod 4, then a fixed tree.
INLINE float block_sum(const float *x, int64_t count) {
  vf s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
  int64_t i = 0;
  for (; i + 64 <= count; i += 64) {
    s0 += load(x + i);
    s1 += load(x + i + 16);
    s2 += load(x + i + 32);
    s3 += load(x + i + 48);
  }
  if (i < count) s0 += load_up_to(x + i, count - i);
  if (i + 16 < count) s1 += load_up_to(x + i + 16, count - i - 16);
  if (i + 32 < count) s2 += load_up_to(x + i + 32, count - i - 32);
  if (i + 48 < count) s3 += load_up_to(x + i + 48, count - i - 48);
  return lanes_sum((s0 + s1) + (s2 + s3));
}

INLINE float block_max(const float *x, int64_t count) {
  vf m = splat(-__builtin_inff());
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) m = maximum(m, load(x + i));
  if (i < count) m = maximum(m, load_part_or(x + i, count - i, -__builtin_inff()));
  return lanes_max(m);
}

// Long sums go block by block into a double.
#define SUM_BLOCK 512

INLINE double long_sum(const float *x, int64_t count) {
  if (count <= SUM_BLOCK) return (double)block_sum(x, count);
  double sum = 0;
  for (int64_t i = 0; i < count; i += SUM_BLOCK)
    sum += (double)block_sum(x + i, count - i < SUM_BLOCK ? count - i : SUM_BLOCK);
  return sum;
}

// Rows to columns: element j of r[i] becomes element i of r[j].
INLINE void transpose8(vf8 *r) {
  vf8 a[8], b[8];
  _Pragma("clang loop unroll(full)") for (int i = 0; i < 8; i += 2) {
    a[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    a[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  _Pragma("clang loop unroll(full)") for (int i = 0; i < 8; i += 4) {
    b[i] = __builtin_shufflevector(a[i], a[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    b[i + 1] = __builtin_shufflevector(a[i], a[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    b[i + 2] = __builtin_shufflevector(a[i + 1], a[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    b[i + 3] = __builtin_shufflevector(a[i + 1], a[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  _Pragma("clang loop unroll(full)") for (int i = 0; i < 4; i++) {
    r[i] = __builtin_shufflevector(b[i], b[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    r[i + 4] = __builtin_shufflevector(b[i], b[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}
