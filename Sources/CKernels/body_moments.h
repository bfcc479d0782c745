// The update of weights by the moments of their gradient (`nnk_moments`) for the elements of a part, with the operations
// and the roundings of the instructions it stands for.

typedef struct moments_call {
  const float *g, *m, *v, *w;
  float *new_m, *new_v, *new_w;
  vf clip, decay1, gain1, decay2, gain2, scale1, scale2, epsilon, rate, keep;
} moments_call;

INLINE void moments_loop(const moments_call *f, const bool is_mean, const bool scales_root, int64_t start, int64_t end) {
  const moments_call c = *f;
  for (int64_t i = start; i < end; i += 16) {
    int64_t n = end - i;
    vf g = load_up_to(c.g + i, n) * c.clip, m = load_up_to(c.m + i, n), v = load_up_to(c.v + i, n);
    vf mean = is_mean ? FMA(g - m, c.gain1, m) : FMA(m, c.decay1, g * c.gain1);
    vf variance = FMA(v, c.decay2, g * g * c.gain2);
    vf root = scales_root ? FMA(__builtin_elementwise_sqrt(variance), c.scale2, c.epsilon)
                          : __builtin_elementwise_sqrt(variance * c.scale2) + c.epsilon;
    vf weight = FMA(mean * c.scale1 / root, c.rate, load_up_to(c.w + i, n) * c.keep);
    store_up_to(c.new_m + i, mean, n);
    store_up_to(c.new_v + i, variance, n);
    store_up_to(c.new_w + i, weight, n);
  }
}

static void moments_part(
    const nnk_program *p, const void *const *inputs, void *const *outputs, float *const *registers, int64_t start,
    int64_t end) {
  const nnk_moments *f = &p->moments;
#define INPUT(value) inputs[p->values[f->value].input]
#define NUMBER(value) splat(f->value < 0 ? 1.0f : *registers[f->value])
  moments_call call = {
      .g = INPUT(g), .m = INPUT(m), .v = INPUT(v), .w = INPUT(w), .new_m = outputs[f->m_output],
      .new_v = outputs[f->v_output], .new_w = outputs[f->w_output], .clip = NUMBER(clip), .decay1 = NUMBER(decay1),
      .gain1 = NUMBER(gain1), .decay2 = NUMBER(decay2), .gain2 = NUMBER(gain2), .scale1 = NUMBER(scale1),
      .scale2 = NUMBER(scale2), .epsilon = NUMBER(epsilon), .rate = NUMBER(rate), .keep = NUMBER(keep)};
#undef INPUT
#undef NUMBER
  if (f->is_mean && f->scales_root) moments_loop(&call, true, true, start, end);
  else if (f->is_mean) moments_loop(&call, true, false, start, end);
  else if (f->scales_root) moments_loop(&call, false, true, start, end);
  else moments_loop(&call, false, false, start, end);
}
