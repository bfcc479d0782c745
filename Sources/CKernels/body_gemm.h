// Matrix multiply.

INLINE vf activate(nnk_activation activation, vf x) {
  switch (activation) {
  case nnk_activation_relu: return m_relu(x);
  case nnk_activation_tanh: return m_tanh(x);
  case nnk_activation_sigmoid: return m_sigmoid(x);
  case nnk_activation_gelu: return m_gelu(x);
  case nnk_activation_gelu_tanh: return m_gelu_tanh(x);
  case nnk_activation_silu: return m_silu(x);
  case nnk_activation_softplus: return m_softplus(x);
  default: return x;
  }
}

// The derivative, at the output for relu, tanh, sigmoid, else at the input.
INLINE vf activation_slope(nnk_activation activation, vf x) {
  switch (activation) {
  case nnk_activation_relu: return flag(x > splat(0));
  case nnk_activation_tanh: return FMA(-x, x, splat(1));
  case nnk_activation_sigmoid: return x * (1.0f - x);
  case nnk_activation_gelu: return m_gelu_gradient(x);
  case nnk_activation_gelu_tanh: return m_gelu_tanh_gradient(x);
  case nnk_activation_silu: return m_silu_gradient(x);
  case nnk_activation_softplus: return m_sigmoid(x);
  default: return splat(1);
  }
}

static void k_nnk_gemm_range(
    const nnk_gemm *g, const nnk_gemm_operands *o, int64_t index, int64_t row0, int64_t row1, int64_t column0,
    int64_t column1) {
  const float *a = o->a + index * g->stride_a, *b = o->b + index * g->stride_b;
  float *c = o->c + index * g->stride_c;
  int64_t ai = g->transpose_a ? 1 : g->lda, ak = g->transpose_a ? g->lda : 1;
  int64_t bk = g->transpose_b ? 1 : g->ldb, bj = g->transpose_b ? g->ldb : 1;
  for (int64_t i = row0; i < row1; i++) {
    for (int64_t j = column0; j < column1; j++) {
      float sum = o->bias ? o->bias[j] : 0;
      if (g->accumulate) sum += c[i * g->ldc + j];
      for (int64_t k = 0; k < g->k; k++) sum = __builtin_fmaf(a[i * ai + k * ak], b[k * bk + j * bj], sum);
      int64_t at = i * g->ldc + j;
      if (o->preactivation) o->preactivation[index * g->stride_c + at] = sum;
      if (g->gradient != nnk_activation_none)
        sum *= activation_slope(g->gradient, splat(o->saved[index * g->stride_saved + i * g->ldsaved + j])).x;
      c[at] = activate(g->activation, splat(sum)).x;
    }
  }
}
