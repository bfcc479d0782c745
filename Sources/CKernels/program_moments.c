// Recognises programs that update weights by the moments of their gradient: one loop with all values in registers reads and
// writes every buffer once, where instructions on tiles pass through the first-level cache a dozen times.
#include "internal.h"

// The instruction on tiles that makes a value with this function, or null.
static const nnk_instruction *maker(const nnk_program *p, int32_t value, nnk_opcode opcode) {
  const nnk_instruction *list = p->instructions + p->scalar_count;
  for (int32_t i = 0; i < p->instruction_count; i++)
    if (list[i].result == value) return list[i].opcode == opcode ? list + i : NULL;
  return NULL;
}

static bool is_number(const nnk_program *p, int32_t value) { return p->values[value].scalar; }

// Whether a value is a vector and a number under a function of two arguments in any order.
static bool splits(const nnk_program *p, int32_t value, nnk_opcode opcode, int32_t *vector, int32_t *number) {
  const nnk_instruction *s = maker(p, value, opcode);
  if (!s || is_number(p, s->a) == is_number(p, s->b)) return false;
  *vector = is_number(p, s->a) ? s->b : s->a;
  *number = is_number(p, s->a) ? s->a : s->b;
  return true;
}

static bool is_plain_input(const nnk_program *p, int32_t value) {
  const nnk_value *v = p->values + value;
  return v->kind == nnk_value_contiguous && v->type == nnk_type_float && !v->scalar;
}

// The input that a value is, as it is or times a number.
static bool is_scaled_input(const nnk_program *p, int32_t value, int32_t *input, int32_t *number) {
  *number = -1;
  *input = value;
  return is_plain_input(p, value) ||
         (splits(p, value, nnk_op_mul, input, number) && is_plain_input(p, *input));
}

static int32_t output_of(const nnk_program *p, int32_t value) {
  for (int32_t i = 0; i < p->output_count; i++)
    if (p->outputs[i].value == value && p->outputs[i].direct && p->outputs[i].type == nnk_type_float) return i;
  return -1;
}

// The running mean of gradients; `g` is the gradient as it is averaged.
static bool is_mean(const nnk_program *p, int32_t value, nnk_moments *f, int32_t *g) {
  const nnk_instruction *s = maker(p, value, nnk_op_fma);
  if (!s || is_number(p, s->a) || !is_number(p, s->b) || is_number(p, s->c)) return false;
  const nnk_instruction *difference = maker(p, s->a, nnk_op_sub);
  f->is_mean = difference != NULL;
  if (difference) {
    *g = difference->a;
    f->m = s->c;
    f->gain1 = f->decay1 = s->b;
    return difference->b == s->c && !is_number(p, difference->a);
  }
  f->m = s->a;
  f->decay1 = s->b;
  return splits(p, s->c, nnk_op_mul, g, &f->gain1);
}

// The running mean of the squares of `g`.
static bool is_variance(const nnk_program *p, int32_t value, nnk_moments *f, int32_t g) {
  int32_t squared;
  const nnk_instruction *s = maker(p, value, nnk_op_fma);
  if (!s || is_number(p, s->a) || !is_number(p, s->b) || is_number(p, s->c)) return false;
  f->v = s->a;
  f->decay2 = s->b;
  if (!splits(p, s->c, nnk_op_mul, &squared, &f->gain2)) return false;
  const nnk_instruction *square = maker(p, squared, nnk_op_square);
  return square && square->a == g;
}

// √(v' · scale2) + epsilon, or √v' · scale2 + epsilon.
static bool is_root(const nnk_program *p, int32_t value, nnk_moments *f, int32_t *variance) {
  int32_t root;
  const nnk_instruction *scaled = maker(p, value, nnk_op_fma);
  f->scales_root = scaled != NULL;
  if (scaled) {
    root = scaled->a;
    f->scale2 = scaled->b;
    f->epsilon = scaled->c;
    if (is_number(p, root) || !is_number(p, scaled->b) || !is_number(p, scaled->c)) return false;
  } else if (!splits(p, value, nnk_op_add, &root, &f->epsilon)) {
    return false;
  }
  const nnk_instruction *square_root = maker(p, root, nnk_op_sqrt);
  if (!square_root) return false;
  *variance = square_root->a;
  return scaled || splits(p, square_root->a, nnk_op_mul, variance, &f->scale2);
}

// Whether an output is the new weights, and the others the moments.
static bool matches(const nnk_program *p, int32_t output, nnk_moments *f) {
  const nnk_instruction *update = maker(p, p->outputs[output].value, nnk_op_fma);
  if (!update || !is_number(p, update->b) || is_number(p, update->a) || is_number(p, update->c)) return false;
  const nnk_instruction *ratio = maker(p, update->a, nnk_op_div);
  if (!ratio || is_number(p, ratio->a) || is_number(p, ratio->b)) return false;
  int32_t mean = ratio->a, variance, g;
  f->rate = update->b;
  f->scale1 = -1;
  if (maker(p, mean, nnk_op_mul) && !splits(p, mean, nnk_op_mul, &mean, &f->scale1)) return false;
  if (!is_root(p, ratio->b, f, &variance) || !is_mean(p, mean, f, &g) || !is_variance(p, variance, f, g)) return false;
  f->w_output = output;
  f->m_output = output_of(p, mean);
  f->v_output = output_of(p, variance);
  return is_scaled_input(p, update->c, &f->w, &f->keep) && is_scaled_input(p, g, &f->g, &f->clip) &&
         is_plain_input(p, f->m) && is_plain_input(p, f->v) && f->m_output >= 0 && f->v_output >= 0 &&
         output_of(p, p->outputs[output].value) == output;
}

nnk_moments nnk_program_moments(const nnk_program *p) {
  nnk_moments form = {.found = false};
  for (int32_t i = 0; p->output_count == 3 && !form.found && i < 3; i++) {
    form = (nnk_moments){.found = false};
    form.found = matches(p, i, &form);
  }
  return form;
}
