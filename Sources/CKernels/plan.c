// The loop that runs a compiled plan: one switch a step, operands resolved beforehand. Steps that pay are cut by rows
// or by parts that depend on their shape only, and spread over the pool.
#include "internal.h"

#include "include/nnk_memory.h"
#include "include/nnk_random.h"
#include "include/nnk_rows.h"

/// A step with the frame it runs in, for tasks of the pool.
typedef struct nnk_step_call {
  const nnk_step *step;
  const nnk_frame *frame;
} nnk_step_call;

static void run_gemm(const nnk_step *s, nnk_pool *pool) {
  nnk_gemm_operands o = s->operands;
  if (s->outer[0] * s->outer[1] == 1) {
    if (s->parts > 1) nnk_pool_gemm(pool, &s->gemm, &o);
    else nnk_gemm_run(&s->gemm, &o);
    return;
  }
  for (int64_t i = 0; i < s->outer[0]; i++) {
    for (int64_t j = 0; j < s->outer[1]; j++) {
      o.a = s->operands.a + i * s->outer_a[0] + j * s->outer_a[1];
      o.b = s->operands.b + i * s->outer_b[0] + j * s->outer_b[1];
      o.c = s->operands.c + i * s->outer_c[0] + j * s->outer_c[1];
      if (o.saved) o.saved = s->operands.saved + i * s->outer_c[0] + j * s->outer_c[1];
      if (s->parts > 1) nnk_pool_gemm(pool, &s->gemm, &o);
      else nnk_gemm_run(&s->gemm, &o);
    }
  }
}

static void run_gather(const nnk_step *s) {
  int64_t words = s->element_size == 4 ? s->width : 0;
  NNK_REQUIRE(words == s->width);
  for (int64_t i = 0; i < s->rows; i++) {
    nnk_gather_rows(
        (float *)s->out + i * s->count * s->width, s->width, (const float *)s->x + i * s->stride_x, s->ld, s->cols,
        (const int32_t *)s->y + i * s->stride_y, s->count, s->width);
  }
}

// Rows row0 ..< row1 of each table, zeroed first.
static void run_scatter(const nnk_step *s, int64_t row0, int64_t row1) {
  for (int64_t i = 0; i < s->rows; i++) {
    float *table = (float *)s->out + i * s->cols * s->width;
    memset(table + row0 * s->width, 0, (size_t)((row1 - row0) * s->width) * sizeof(float));
    nnk_scatter_add_rows(
        table, s->width, row0, row1, (const float *)s->y + i * s->count * s->width, s->width,
        (const int32_t *)s->x + i * s->count, s->count, s->width);
  }
}

static void copy_bytes(const nnk_step *s, uint8_t *out, const uint8_t *x, int32_t axis) {
  if (axis == s->rank) {
    *out = *x;
    return;
  }
  for (int64_t i = 0; i < s->shape[axis]; i++)
    copy_bytes(s, out + i * s->strides_out[axis], x + i * s->strides_x[axis], axis + 1);
}

static void run_copy(const nnk_step *s) {
  if (s->element_size == 1) copy_bytes(s, s->out, s->x, 0);
  else nnk_copy_strided(s->out, s->strides_out, s->x, s->strides_x, s->shape, s->rank, false);
}

static void run_random(const nnk_step *s, const nnk_frame *f) {
  nnk_random source = {.key = s->key, .iteration = f->iteration, .time = s->time};
  // Shared draws (no rows) are draws of row 0.
  static const int32_t first[1] = {0};
  const int32_t *rows = s->rows ? f->rows : first;
  switch (s->kind) {
    case nnk_step_uniform: nnk_random_uniform(s->out, s->count, s->width, source, rows); break;
    case nnk_step_normal: nnk_random_normal(s->out, s->count, s->width, source, rows); break;
    default: nnk_random_bernoulli(s->out, s->value, 1, s->count, s->width, source, rows); break;
  }
}

// Rows row0 ..< row1 of a kernel whose rows are independent.
static void run_rows(const nnk_step *s, int64_t row0, int64_t row1) {
  int64_t first = row0 * s->cols, rows = row1 - row0;
  const float *x = (const float *)s->x + first;
  const float *y = s->y ? (const float *)s->y + first : NULL;
  float *out = s->out ? (float *)s->out + first : NULL;
  switch (s->kind) {
    case nnk_step_argmax:
      nnk_row_argmax((int32_t *)s->out + row0, (const float *)s->x + row0 * s->ld, rows, s->cols, s->ld);
      break;
    case nnk_step_softmax: nnk_softmax(out, x, rows, s->cols); break;
    case nnk_step_log_softmax: nnk_log_softmax(out, x, rows, s->cols); break;
    case nnk_step_softmax_backward: nnk_softmax_backward(out, x, y, rows, s->cols, false); break;
    case nnk_step_log_softmax_backward: nnk_log_softmax_backward(out, x, y, rows, s->cols, false); break;
    case nnk_step_cross_entropy:
      nnk_softmax_cross_entropy(
          s->out2 ? (float *)s->out2 + row0 : NULL, out, x, (const int32_t *)s->y + row0,
          s->z ? (const float *)s->z + row0 * s->stride_y : NULL, s->stride_y, rows, s->cols);
      break;
    case nnk_step_standardize:
      nnk_layer_norm(out, NULL, NULL, x, NULL, NULL, s->value, rows, s->cols);
      break;
    default: {
      // The statistics are computed again rather than kept; dx holds the rows meanwhile.
      float *mean = (float *)s->out2 + row0, *rstd = (float *)s->out2 + s->rows + row0;
      nnk_layer_norm(out, mean, rstd, x, NULL, NULL, s->value, rows, s->cols);
      nnk_layer_norm_backward(out, y, x, mean, rstd, NULL, rows, s->cols, false);
    }
  }
}

// Images image0 ..< image1 of a kernel over windows.
static void run_windows(const nnk_step *s, int64_t image0, int64_t image1) {
  switch (s->kind) {
    case nnk_step_max_pool: nnk_max_pool(s->conv, s->out, s->x, image0, image1); break;
    case nnk_step_max_pool_backward: nnk_max_pool_backward(s->conv, s->out, s->x, s->y, image0, image1); break;
    case nnk_step_average_pool: nnk_average_pool(s->conv, s->out, s->x, image0, image1); break;
    case nnk_step_average_pool_backward: nnk_average_pool_backward(s->conv, s->out, s->x, image0, image1); break;
    default: nnk_fold(s->conv, s->out, s->x, image0, image1);
  }
}

static bool has_windows(const nnk_step *s) {
  return s->kind >= nnk_step_max_pool && s->kind <= nnk_step_fold;
}

static bool is_attention(const nnk_step *s) {
  return s->kind == nnk_step_attention || s->kind == nnk_step_attention_backward;
}

// Heads, or groups of heads, of an attention.
static void run_attention(const nnk_step *s, int64_t first, int64_t last) {
  const float *const *inputs = (const float *const *)s->inputs;
  float *const *outputs = (float *const *)s->outputs;
  nnk_attention_operands o = {.q = inputs[0], .k = inputs[1], .v = inputs[2]};
  if (s->rank == 1) o.mask = inputs[3];
  if (s->kind == nnk_step_attention) {
    o.out = outputs[0], o.sums = outputs[1];
    nnk_attention_units(s->attention, &o, first, last);
    return;
  }
  inputs += 3 + s->rank;
  o.out = (float *)inputs[0], o.sums = (float *)inputs[1], o.dout = inputs[2];
  o.dq = outputs[0], o.dk = outputs[1], o.dv = outputs[2];
  nnk_attention_backward_units(s->attention, &o, first, last);
}

static void run_conv_part(void *context, int64_t part) {
  const nnk_step_call *call = context;
  nnk_conv_part(call->step->conv, &call->step->operands, call->step->scratch, part);
}

static void run_conv(const nnk_step *s, const nnk_frame *f) {
  nnk_step_call call = {s, f};
  nnk_pool_run(f->pool, s->parts, run_conv_part, &call);
  nnk_conv_finish(s->conv, &s->operands, s->scratch);
}

// The first of the units that a part owns.
static int64_t part_start(int64_t units, int64_t parts, int64_t part) { return units * part / parts; }

static void run_part(void *context, int64_t part) {
  const nnk_step_call *call = context;
  const nnk_step *s = call->step;
  int64_t units = s->kind == nnk_step_scatter_add ? s->cols : s->rows;
  int64_t from = part_start(units, s->parts, part), to = part_start(units, s->parts, part + 1);
  if (s->kind == nnk_step_scatter_add) run_scatter(s, from, to);
  else if (has_windows(s)) run_windows(s, from, to);
  else if (is_attention(s)) run_attention(s, from, to);
  else run_rows(s, from, to);
}

// Moves what a loop moves by so many steps.
static inline void move(const nnk_step_loop_body *loop, int64_t steps) {
  for (int64_t i = 0; i < loop->address_count; i++) {
    const nnk_moving_address *a = loop->addresses + i;
    *a->where = (const char *)*a->where + steps * a->distance;
  }
  for (int64_t i = 0; i < loop->time_count; i++) *loop->times[i].where += (uint32_t)steps * loop->times[i].distance;
}

static void run_step(const nnk_step *s, const nnk_frame *f) {
  switch (s->kind) {
    case nnk_step_loop:
      for (int64_t i = 0; i < s->loop->count; i++) {
        for (int64_t j = 0; j < s->loop->step_count; j++) run_step(s->loop->steps + j, f);
        move(s->loop, 1);
      }
      move(s->loop, -s->loop->count);
      break;
    case nnk_step_program:
      if (s->parts > 1) nnk_pool_program(f->pool, s->program, s->inputs, s->outputs, s->scratch);
      else nnk_program_run(s->program, s->inputs, s->outputs, s->scratch);
      break;
    case nnk_step_gemm: run_gemm(s, f->pool); break;
    case nnk_step_conv: run_conv(s, f); break;
    case nnk_step_copy: run_copy(s); break;
    case nnk_step_row_sum: nnk_row_sum(s->out, s->x, s->rows, s->cols, s->cols, s->value, false); break;
    case nnk_step_column_sum: nnk_column_sum(s->out, s->x, s->rows, s->cols, s->cols, s->value, false); break;
    case nnk_step_zero: memset(s->out, 0, (size_t)s->count * (size_t)s->element_size); break;
    case nnk_step_gather: run_gather(s); break;
    case nnk_step_pack: nnk_gemm_pack(s->out, s->x, s->ld, s->rank == 1, s->rows, s->cols); break;
    case nnk_step_uniform:
    case nnk_step_normal:
    case nnk_step_bernoulli: run_random(s, f); break;
    default:
      if (s->parts > 1) {
        nnk_step_call call = {s, f};
        nnk_pool_run(f->pool, s->parts, run_part, &call);
      } else if (s->kind == nnk_step_scatter_add) {
        run_scatter(s, 0, s->cols);
      } else if (has_windows(s)) {
        run_windows(s, 0, s->rows);
      } else if (is_attention(s)) {
        run_attention(s, 0, s->rows);
      } else {
        run_rows(s, 0, s->rows);
      }
  }
}

int64_t nnk_step_parts(const nnk_step *s) {
  int64_t work;
  switch (s->kind) {
    case nnk_step_program: return nnk_program_parts(s->program);
    case nnk_step_gemm: return nnk_gemm_parts(&s->gemm);
    case nnk_step_conv: return nnk_conv_parts(s->conv);
    case nnk_step_max_pool:
    case nnk_step_max_pool_backward:
    case nnk_step_average_pool:
    case nnk_step_average_pool_backward:
    case nnk_step_fold: {
      const nnk_conv *w = s->conv;
      work = s->rows * w->channels * w->output[0] * w->output[1] * w->kernel[0] * w->kernel[1] / 32768;
      break;
    }
    case nnk_step_scatter_add: {
      // Every part reads all indices.
      int64_t parts = s->rows * s->count * s->width / 65536;
      return parts < 1 ? 1 : parts > 8 ? (s->cols < 8 ? s->cols : 8) : parts < s->cols ? parts : s->cols;
    }
    case nnk_step_attention:
    case nnk_step_attention_backward:
      work = s->rows * s->attention->queries * s->attention->keys * s->attention->width / (256 * 1024);
      break;
    case nnk_step_argmax: work = s->rows * s->cols / 65536; break;
    case nnk_step_softmax:
    case nnk_step_log_softmax:
    case nnk_step_softmax_backward:
    case nnk_step_log_softmax_backward:
    case nnk_step_cross_entropy:
    case nnk_step_standardize:
    case nnk_step_standardize_backward: work = s->rows * s->cols / 8192; break;
    default: return 1;
  }
  int64_t most = s->rows < 32 ? s->rows : 32;
  return work < 1 ? 1 : work > most ? most : work;
}

void nnk_plan_run(const nnk_step *steps, int64_t count, const nnk_frame *frame) {
  for (int64_t i = 0; i < count; i++) run_step(steps + i, frame);
}

void nnk_plan_profile(const nnk_step *steps, int64_t count, const nnk_frame *frame, int64_t *nanoseconds) {
  int64_t last = nnk_nanoseconds();
  for (int64_t i = 0; i < count; i++) {
    const nnk_step *s = steps + i;
    if (s->kind == nnk_step_loop) {
      for (int64_t j = 0; j < s->loop->count; j++) {
        nnk_plan_profile(s->loop->steps, s->loop->step_count, frame, nanoseconds);
        move(s->loop, 1);
      }
      move(s->loop, -s->loop->count);
      last = nnk_nanoseconds();
      continue;
    }
    run_step(s, frame);
    int64_t now = nnk_nanoseconds();
    nanoseconds[s->number] += now - last;
    last = now;
  }
}
