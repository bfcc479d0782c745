// Every kernel that exists once for each instruction set: X(result, name, parameters, arguments).
#define NNK_KERNELS(X)                                                                                                \
  X(double, nnk_peak_flops, (double milliseconds), (milliseconds))                                                    \
  X(void, nnk_map, (nnk_opcode opcode, float *out, const float *x, int64_t count), (opcode, out, x, count))           \
  X(void, nnk_program_part,                                                                                           \
    (const nnk_program *program, const void *const *inputs, void *const *outputs, float *scratch, int64_t part),      \
    (program, inputs, outputs, scratch, part))                                                                        \
  X(void, nnk_program_finish, (const nnk_program *program, void *const *outputs, float *scratch),                     \
    (program, outputs, scratch))                                                                                      \
  X(void, nnk_gemm_range,                                                                                             \
    (const nnk_gemm *gemm, const nnk_gemm_operands *operands, int64_t index, int64_t row0, int64_t row1,              \
     int64_t column0, int64_t column1),                                                                               \
    (gemm, operands, index, row0, row1, column0, column1))                                                            \
  X(void, nnk_conv_pixel_units,                                                                                       \
    (const nnk_conv *conv, const nnk_gemm_operands *operands, int64_t first, int64_t last),                           \
    (conv, operands, first, last))                                                                                    \
  X(void, nnk_conv_weight_units,                                                                                      \
    (const nnk_conv *conv, const nnk_gemm_operands *operands, int64_t first, int64_t last, int64_t column0,           \
     int64_t column1),                                                                                                \
    (conv, operands, first, last, column0, column1))                                                                  \
  X(void, nnk_conv_sum, (float *out, const float *x, int64_t count, int64_t size), (out, x, count, size))             \
  X(void, nnk_fold,                                                                                                   \
    (const nnk_conv *window, float *out, const float *x, int64_t first, int64_t last), (window, out, x, first, last)) \
  X(void, nnk_max_pool, (const nnk_conv *window, float *out, const float *x, int64_t first, int64_t last),            \
    (window, out, x, first, last))                                                                                    \
  X(void, nnk_max_pool_backward,                                                                                      \
    (const nnk_conv *window, float *dx, const float *x, const float *dy, int64_t first, int64_t last),                \
    (window, dx, x, dy, first, last))                                                                                 \
  X(void, nnk_average_pool, (const nnk_conv *window, float *out, const float *x, int64_t first, int64_t last),        \
    (window, out, x, first, last))                                                                                    \
  X(void, nnk_average_pool_backward,                                                                                  \
    (const nnk_conv *window, float *dx, const float *dy, int64_t first, int64_t last),                                \
    (window, dx, dy, first, last))                                                                                    \
  X(void, nnk_gemm_pack, (float *out, const float *b, int64_t ldb, bool transpose, int64_t k, int64_t n),                \
    (out, b, ldb, transpose, k, n))                                                                                   \
  X(void, nnk_attention_units,                                                                                        \
    (const nnk_attention *attention, const nnk_attention_operands *operands, int64_t first, int64_t last),            \
    (attention, operands, first, last))                                                                               \
  X(void, nnk_attention_backward_units,                                                                               \
    (const nnk_attention *attention, const nnk_attention_operands *operands, int64_t first, int64_t last),            \
    (attention, operands, first, last))                                                                               \
  X(void, nnk_row_sum,                                                                                                \
    (float *out, const float *x, int64_t rows, int64_t cols, int64_t ld, float scale, bool accumulate),               \
    (out, x, rows, cols, ld, scale, accumulate))                                                                      \
  X(void, nnk_column_sum,                                                                                             \
    (float *out, const float *x, int64_t rows, int64_t cols, int64_t ld, float scale, bool accumulate),               \
    (out, x, rows, cols, ld, scale, accumulate))                                                                      \
  X(double, nnk_sum_of_squares, (const float *x, int64_t count), (x, count))                                          \
  X(void, nnk_row_max, (float *out, const float *x, int64_t rows, int64_t cols, int64_t ld),                          \
    (out, x, rows, cols, ld))                                                                                         \
  X(void, nnk_row_argmax, (int32_t *out, const float *x, int64_t rows, int64_t cols, int64_t ld),                     \
    (out, x, rows, cols, ld))                                                                                         \
  X(void, nnk_softmax, (float *out, const float *x, int64_t rows, int64_t cols), (out, x, rows, cols))                \
  X(void, nnk_softmax_backward,                                                                                       \
    (float *dx, const float *y, const float *dy, int64_t rows, int64_t cols, bool accumulate),                        \
    (dx, y, dy, rows, cols, accumulate))                                                                              \
  X(void, nnk_log_softmax, (float *out, const float *x, int64_t rows, int64_t cols), (out, x, rows, cols))            \
  X(void, nnk_log_softmax_backward,                                                                                   \
    (float *dx, const float *y, const float *dy, int64_t rows, int64_t cols, bool accumulate),                        \
    (dx, y, dy, rows, cols, accumulate))                                                                              \
  X(void, nnk_softmax_cross_entropy,                                                                                  \
    (float *loss, float *gradient, const float *logits, const int32_t *labels, const float *scale,                    \
     int64_t scale_stride, int64_t rows, int64_t cols),                                                               \
    (loss, gradient, logits, labels, scale, scale_stride, rows, cols))                                                \
  X(void, nnk_layer_norm,                                                                                             \
    (float *y, float *mean, float *rstd, const float *x, const float *gamma, const float *beta, float epsilon,        \
     int64_t rows, int64_t cols),                                                                                     \
    (y, mean, rstd, x, gamma, beta, epsilon, rows, cols))                                                             \
  X(void, nnk_layer_norm_backward,                                                                                    \
    (float *dx, const float *dy, const float *x, const float *mean, const float *rstd, const float *gamma,            \
     int64_t rows, int64_t cols, bool accumulate),                                                                    \
    (dx, dy, x, mean, rstd, gamma, rows, cols, accumulate))                                                           \
  X(void, nnk_layer_norm_backward_weights,                                                                            \
    (float *dgamma, float *dbeta, const float *dy, const float *x, const float *mean, const float *rstd,              \
     int64_t rows, int64_t cols, int64_t ld, bool accumulate),                                                        \
    (dgamma, dbeta, dy, x, mean, rstd, rows, cols, ld, accumulate))                                                   \
  X(void, nnk_rms_norm,                                                                                               \
    (float *y, float *rstd, const float *x, const float *gamma, float epsilon, int64_t rows, int64_t cols),           \
    (y, rstd, x, gamma, epsilon, rows, cols))                                                                         \
  X(void, nnk_rms_norm_backward,                                                                                      \
    (float *dx, const float *dy, const float *x, const float *rstd, const float *gamma, int64_t rows, int64_t cols,   \
     bool accumulate),                                                                                                \
    (dx, dy, x, rstd, gamma, rows, cols, accumulate))                                                                 \
  X(void, nnk_column_statistics,                                                                                      \
    (float *mean, float *variance, const float *x, int64_t rows, int64_t cols, int64_t ld),                           \
    (mean, variance, x, rows, cols, ld))                                                                              \
  X(void, nnk_batch_norm,                                                                                             \
    (float *y, const float *x, const float *mean, const float *rstd, const float *gamma, const float *beta,           \
     int64_t rows, int64_t cols),                                                                                     \
    (y, x, mean, rstd, gamma, beta, rows, cols))                                                                      \
  X(void, nnk_batch_norm_backward_sums,                                                                               \
    (float *dgamma, float *dbeta, const float *dy, const float *x, const float *mean, const float *rstd,              \
     int64_t rows, int64_t cols, int64_t ld),                                                                         \
    (dgamma, dbeta, dy, x, mean, rstd, rows, cols, ld))                                                               \
  X(void, nnk_batch_norm_backward,                                                                                    \
    (float *dx, const float *dy, const float *x, const float *mean, const float *rstd, const float *gamma,            \
     const float *dgamma, const float *dbeta, int64_t count, int64_t rows, int64_t cols, bool accumulate),            \
    (dx, dy, x, mean, rstd, gamma, dgamma, dbeta, count, rows, cols, accumulate))                                     \
  X(void, nnk_fill, (float *out, float value, int64_t count), (out, value, count))                                    \
  X(void, nnk_iota, (float *out, float start, float step, int64_t count), (out, start, step, count))                  \
  X(void, nnk_copy, (float *out, const float *x, int64_t count, bool accumulate), (out, x, count, accumulate))        \
  X(void, nnk_copy_strided,                                                                                           \
    (float *out, const int64_t *out_strides, const float *x, const int64_t *x_strides, const int64_t *shape,          \
     int32_t rank, bool accumulate),                                                                                  \
    (out, out_strides, x, x_strides, shape, rank, accumulate))                                                        \
  X(void, nnk_reduce_sum,                                                                                             \
    (float *out, const float *x, const int64_t *shape, int32_t rank, uint32_t axes, float scale, bool accumulate),    \
    (out, x, shape, rank, axes, scale, accumulate))                                                                   \
  X(void, nnk_reduce_max, (float *out, const float *x, const int64_t *shape, int32_t rank, uint32_t axes),            \
    (out, x, shape, rank, axes))                                                                                      \
  X(void, nnk_gather_rows,                                                                                            \
    (float *out, int64_t ldout, const float *table, int64_t ldtable, int64_t table_rows, const int32_t *indices,      \
     int64_t count, int64_t width),                                                                                   \
    (out, ldout, table, ldtable, table_rows, indices, count, width))                                                  \
  X(void, nnk_scatter_add_rows,                                                                                       \
    (float *table, int64_t ldtable, int64_t row0, int64_t row1, const float *x, int64_t ldx, const int32_t *indices,  \
     int64_t count, int64_t width),                                                                                   \
    (table, ldtable, row0, row1, x, ldx, indices, count, width))                                                      \
  X(void, nnk_pick, (float *out, const float *x, const int32_t *indices, int64_t rows, int64_t cols),                 \
    (out, x, indices, rows, cols))                                                                                    \
  X(void, nnk_one_hot, (float *out, const int32_t *indices, float value, int64_t rows, int64_t cols),                 \
    (out, indices, value, rows, cols))                                                                                \
  X(void, nnk_random_uniform,                                                                                         \
    (float *out, int64_t batch, int64_t per_row, nnk_random source, const int32_t *rows),                             \
    (out, batch, per_row, source, rows))                                                                              \
  X(void, nnk_random_normal,                                                                                          \
    (float *out, int64_t batch, int64_t per_row, nnk_random source, const int32_t *rows),                             \
    (out, batch, per_row, source, rows))                                                                              \
  X(void, nnk_random_bernoulli,                                                                                       \
    (float *out, float probability, float value, int64_t batch, int64_t per_row, nnk_random source,                   \
     const int32_t *rows),                                                                                            \
    (out, probability, value, batch, per_row, source, rows))                                                          \
  X(void, nnk_dropout,                                                                                                \
    (float *out, const float *x, float rate, int64_t batch, int64_t per_row, nnk_random source, const int32_t *rows,  \
     bool accumulate),                                                                                                \
    (out, x, rate, batch, per_row, source, rows, accumulate))
