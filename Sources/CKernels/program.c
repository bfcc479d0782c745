// Builds tile programs: collects operations, then (sealing) drops dead ones, moves scalar ones out of the loop, gives
// each value a place in the thread's scratch and cuts the index space into tiles and parts.
#include "internal.h"

#include <stdlib.h>

int32_t nnk_opcode_arity(nnk_opcode opcode) {
  if (opcode == nnk_op_fma || opcode == nnk_op_select) return 3;
  if (opcode >= nnk_op_add && opcode <= nnk_op_eq_bits) return 2;
  return 1;
}

nnk_program *nnk_program_create(int64_t rows, int64_t cols) {
  NNK_REQUIRE(rows >= 0 && cols >= 0);
  nnk_program *p = nnk_allocate(sizeof *p);
  memset(p, 0, sizeof *p);
  p->rows = rows;
  p->cols = cols;
  return p;
}

void nnk_program_destroy(nnk_program *p) {
  if (!p) return;
  free(p->values);
  free(p->instructions);
  free(p->sources);
  free(p);
}

static int32_t add_value(nnk_program *p, nnk_value value) {
  NNK_REQUIRE(!p->sealed);
  if (p->value_count == p->value_capacity) {
    p->value_capacity = p->value_capacity ? 2 * p->value_capacity : 16;
    p->values = nnk_reallocate(p->values, (size_t)p->value_capacity * sizeof(nnk_value));
  }
  p->values[p->value_count] = value;
  return p->value_count++;
}

static int32_t add_input(nnk_program *p, nnk_value value) {
  value.input = p->input_count++;
  return add_value(p, value);
}

int32_t nnk_program_input(nnk_program *p, nnk_type type) {
  return add_input(p, (nnk_value){.kind = nnk_value_contiguous, .type = type});
}

int32_t nnk_program_input_scalar(nnk_program *p) {
  return add_input(p, (nnk_value){.kind = nnk_value_scalar, .scalar = true});
}

int32_t nnk_program_input_periodic(nnk_program *p, int64_t period, nnk_type type) {
  NNK_REQUIRE(period > 0 || p->rows * p->cols == 0);
  return add_input(p, (nnk_value){.kind = nnk_value_periodic, .type = type, .period = period > 0 ? period : 1});
}

int32_t nnk_program_input_repeated(nnk_program *p, int64_t times, nnk_type type) {
  NNK_REQUIRE(times > 0 || p->rows * p->cols == 0);
  return add_input(p, (nnk_value){.kind = nnk_value_repeated, .type = type, .period = times > 0 ? times : 1});
}

int32_t nnk_program_input_strided(
    nnk_program *p, int32_t rank, const int64_t *shape, const int64_t *strides, nnk_type type) {
  NNK_REQUIRE(rank >= 0 && rank <= 8);
  nnk_value value = {.kind = nnk_value_strided, .type = type, .rank = 1, .shape = {1}};
  int64_t count = 1;
  for (int32_t d = 0; d < rank; d++) {
    count *= shape[d];
    if (shape[d] == 1) continue;
    // Axes that continue each other become one.
    int32_t last = value.rank - 1;
    if (value.shape[last] == 1 || value.strides[last] == strides[d] * shape[d]) {
      value.shape[last] *= shape[d];
      value.strides[last] = strides[d];
    } else {
      value.shape[value.rank] = shape[d];
      value.strides[value.rank++] = strides[d];
    }
  }
  NNK_REQUIRE(count == p->rows * p->cols);
  if (value.rank == 1 && (value.strides[0] == 1 || count <= 1)) value.kind = nnk_value_contiguous;
  return add_input(p, value);
}

int32_t nnk_program_constant(nnk_program *p, float constant) {
  return add_value(p, (nnk_value){.kind = nnk_value_constant, .constant = constant, .scalar = true});
}

int32_t nnk_program_index(nnk_program *p, int64_t period, int64_t divisor) {
  NNK_REQUIRE(period > 0 && divisor > 0);
  return add_value(p, (nnk_value){.kind = nnk_value_index, .period = period, .divisor = divisor});
}

int32_t nnk_program_op(nnk_program *p, nnk_opcode opcode, int32_t a, int32_t b, int32_t c) {
  int32_t arity = nnk_opcode_arity(opcode);
  NNK_REQUIRE(opcode >= 0 && opcode < nnk_opcode_count && a >= 0 && a < p->value_count);
  NNK_REQUIRE(arity < 2 || (b >= 0 && b < p->value_count));
  NNK_REQUIRE(arity < 3 || (c >= 0 && c < p->value_count));
  if (arity < 2) b = a;
  if (arity < 3) c = a;
  bool scalar = p->values[a].scalar && p->values[b].scalar && p->values[c].scalar;
  return add_value(p, (nnk_value){.kind = nnk_value_op, .opcode = opcode, .a = a, .b = b, .c = c, .scalar = scalar});
}

static void add_output(nnk_program *p, nnk_program_output_entry output) {
  NNK_REQUIRE(!p->sealed && p->output_count < 16 && output.value >= 0 && output.value < p->value_count);
  p->outputs[p->output_count++] = output;
}

void nnk_program_output(nnk_program *p, int32_t value, nnk_type type) {
  add_output(p, (nnk_program_output_entry){.value = value, .type = type});
}

void nnk_program_output_rows(nnk_program *p, int32_t value, nnk_type type, int64_t distance) {
  NNK_REQUIRE(distance >= p->cols);
  add_output(p, (nnk_program_output_entry){.value = value, .type = type, .distance = distance});
}

void nnk_program_reduce(nnk_program *p, int32_t value, nnk_reduction reduction, float scale, bool accumulate) {
  add_output(
      p, (nnk_program_output_entry){
             .value = value, .reduces = true, .reduction = reduction, .scale = scale, .accumulate = accumulate});
}

// A vector with the value of a scalar in every lane.
static int32_t broadcast(nnk_program *p, int32_t value, nnk_instruction *list, int32_t *count) {
  if (!p->values[value].scalar) return value;
  int32_t result = add_value(p, (nnk_value){.kind = nnk_value_op, .live = true, .last_use = INT32_MAX});
  list[(*count)++] =
      (nnk_instruction){.opcode = nnk_op_copy, .scalars = 1, .result = result, .a = value, .b = value, .c = value};
  return result;
}

static void mark_live(nnk_program *p) {
  for (int32_t i = 0; i < p->output_count; i++) p->values[p->outputs[i].value].live = true;
  for (int32_t i = p->value_count - 1; i >= 0; i--) {
    nnk_value v = p->values[i];
    if (v.live && v.kind == nnk_value_op) p->values[v.a].live = p->values[v.b].live = p->values[v.c].live = true;
  }
}

// Lists the instructions: scalar ones first, then those on tiles with arguments in a form that has a loop.
static void list_instructions(nnk_program *p) {
  int32_t original = p->value_count, count = 0;
  p->instructions = nnk_allocate((size_t)(3 * original + 16) * sizeof(nnk_instruction));
  for (int32_t i = 0; i < original; i++) {
    nnk_value v = p->values[i];
    if (v.kind == nnk_value_op && v.live && v.scalar)
      p->instructions[count++] = (nnk_instruction){.opcode = v.opcode, .result = i, .a = v.a, .b = v.b, .c = v.c};
  }
  p->scalar_count = count;
  for (int32_t i = 0; i < original; i++) {
    nnk_value v = p->values[i];
    if (v.kind != nnk_value_op || !v.live || v.scalar) continue;
    int32_t arity = nnk_opcode_arity(v.opcode), a = v.a, b = v.b, c = v.c;
    if (v.opcode == nnk_op_fma && p->values[a].scalar) {
      int32_t swap = a;
      a = b;
      b = swap;
    }
    if (arity == 3 || v.opcode == nnk_op_pow) a = broadcast(p, a, p->instructions, &count);
    if (v.opcode == nnk_op_pow) b = broadcast(p, b, p->instructions, &count);
    if (arity < 2) b = a;
    if (arity < 3) c = a;
    uint32_t scalars = 0;
    if (arity > 1) scalars = (uint32_t)p->values[a].scalar | (uint32_t)p->values[b].scalar << 1;
    if (arity > 2) scalars |= (uint32_t)p->values[c].scalar << 2;
    p->instructions[count++] =
        (nnk_instruction){.opcode = v.opcode, .scalars = scalars, .result = i, .a = a, .b = b, .c = c};
  }
  for (int32_t i = 0; i < p->output_count; i++)
    p->outputs[i].value = broadcast(p, p->outputs[i].value, p->instructions, &count);
  p->instruction_count = count - p->scalar_count;
}

static void list_sources(nnk_program *p) {
  p->sources = nnk_allocate((size_t)p->value_count * sizeof(int32_t));
  for (int32_t i = 0; i < p->value_count; i++)
    if (p->values[i].live && p->values[i].kind != nnk_value_op) p->sources[p->source_count++] = i;
}

// Finds which outputs can be written in place, and the last instruction that reads each value.
static void find_uses(nnk_program *p) {
  for (int32_t i = 0; i < p->value_count; i++) p->values[i].last_use = -1;
  const nnk_instruction *list = p->instructions + p->scalar_count;
  for (int32_t i = 0; i < p->instruction_count; i++)
    p->values[list[i].a].last_use = p->values[list[i].b].last_use = p->values[list[i].c].last_use = i;
  for (int32_t i = 0; i < p->output_count; i++) {
    nnk_program_output_entry *o = p->outputs + i;
    p->values[o->value].last_use = INT32_MAX;
    bool first = true;
    for (int32_t j = 0; j < i; j++) first &= p->outputs[j].reduces || p->outputs[j].value != o->value;
    bool plain = o->type == nnk_type_float || o->type == nnk_type_bits;
    o->direct = !o->reduces && o->distance == 0 && first && plain && p->values[o->value].kind == nnk_value_op;
    for (int32_t j = 0; j < p->instruction_count; j++)
      if (list[j].result == o->value) o->made = j;
  }
}

// Gives scalars 16 floats each and vectors a slot of `capacity` floats; returns the capacity.
static int64_t place_values(nnk_program *p) {
  int64_t scalars = 0;
  int32_t slots = 0, free_count = 0;
  int32_t *slot = nnk_allocate((size_t)p->value_count * 2 * sizeof(int32_t)), *unused = slot + p->value_count;
  for (int32_t i = 0; i < p->value_count; i++) {
    slot[i] = -1;
    if (p->values[i].scalar) p->values[i].offset = 16 * scalars++;
  }
  for (int32_t i = 0; i < p->source_count; i++)
    if (!p->values[p->sources[i]].scalar) slot[p->sources[i]] = slots++;
  const nnk_instruction *list = p->instructions + p->scalar_count;
  for (int32_t i = 0; i < p->instruction_count; i++) {
    const int32_t arguments[3] = {list[i].a, list[i].b, list[i].c};
    for (int32_t j = 0; j < 3; j++) {
      int32_t id = arguments[j];
      bool repeated = (j > 0 && id == arguments[0]) || (j > 1 && id == arguments[1]) || id == list[i].result;
      if (repeated || p->values[id].scalar || p->values[id].kind != nnk_value_op) continue;
      if (p->values[id].last_use == i) unused[free_count++] = slot[id];
    }
    int32_t result = list[i].result;
    slot[result] = free_count > 0 ? unused[--free_count] : slots++;
  }
  int64_t capacity = slots <= 16 ? 512 : slots <= 40 ? 256 : 128;
  NNK_REQUIRE(16 * scalars + capacity * slots <= NNK_SCRATCH_TILES);
  for (int32_t i = 0; i < p->value_count; i++)
    if (slot[i] >= 0) p->values[i].offset = 16 * scalars + capacity * slot[i];
  free(slot);
  return capacity;
}

static int64_t greatest_common_divisor(int64_t a, int64_t b) {
  while (b) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Where no reduction needs rows, the shortest period takes their place, so that tiles line up with it.
static void choose_rows(nnk_program *p) {
  for (int32_t i = 0; i < p->output_count; i++) {
    if (p->outputs[i].reduces && p->outputs[i].reduction != nnk_reduction_total_sum) return;
    if (p->outputs[i].distance > 0) return;
  }
  int64_t total = p->rows * p->cols, cols = total;
  for (int32_t i = 0; i < p->source_count; i++) {
    nnk_value *v = p->values + p->sources[i];
    bool aligned = v->kind == nnk_value_periodic || v->kind == nnk_value_repeated || v->kind == nnk_value_index;
    if (aligned && v->period > 1 && v->period < cols && total % v->period == 0) cols = v->period;
  }
  p->cols = cols;
  p->rows = cols > 0 ? total / cols : 0;
}

static void choose_tiles(nnk_program *p, int64_t capacity) {
  if (p->rows == 0 || p->cols == 0) {
    p->tiles = 0;
  } else if (p->cols * 2 > capacity || p->rows == 1) {
    p->segments = (p->cols + capacity - 1) / capacity;
    p->segment = ((p->cols + p->segments - 1) / p->segments + 15) & ~15ll;
    p->segments = (p->cols + p->segment - 1) / p->segment;
    p->tiles = p->rows * p->segments;
  } else {
    // Whole rows, if possible so many that a tile is whole vectors.
    int64_t most = capacity / p->cols, step = 16 / greatest_common_divisor(p->cols, 16);
    p->tile_rows = most >= step ? most / step * step : most;
    p->tiles = (p->rows + p->tile_rows - 1) / p->tile_rows;
  }
}

static int64_t opcode_cost(nnk_opcode opcode) {
  if (opcode == nnk_op_pow || opcode == nnk_op_sin || opcode == nnk_op_cos) return 32;
  if (opcode >= nnk_op_exp && opcode <= nnk_op_silu) return 12;
  if (opcode >= nnk_op_gelu_gradient && opcode <= nnk_op_silu_gradient) return 16;
  return opcode == nnk_op_div || opcode == nnk_op_sqrt || opcode == nnk_op_rsqrt ? 3 : 1;
}

static void choose_parts(nnk_program *p) {
  int64_t cost = p->source_count + p->output_count;
  for (int32_t i = 0; i < p->instruction_count; i++) cost += opcode_cost(p->instructions[p->scalar_count + i].opcode);
  // About 10 µs of work a part.
  int64_t wanted = p->rows * p->cols * cost / 65536;
  wanted = wanted < 1 ? 1 : wanted > 32 ? 32 : wanted;
  int64_t unit = 1;
  for (int32_t i = 0; i < p->output_count; i++)
    if (p->outputs[i].reduces && p->outputs[i].reduction != nnk_reduction_total_sum && p->segments > 0)
      unit = p->segments;
  int64_t units = p->tiles / unit;
  p->tiles_per_part = units > 0 ? (units + wanted - 1) / wanted * unit : 1;
  p->parts = p->tiles > 0 ? (p->tiles + p->tiles_per_part - 1) / p->tiles_per_part : 1;
  for (int32_t i = 0; i < p->output_count; i++) {
    nnk_program_output_entry *o = p->outputs + i;
    o->partial = p->scratch;
    if (o->reduces && o->reduction == nnk_reduction_total_sum) p->scratch += 2 * p->parts;
    if (o->reduces && o->reduction == nnk_reduction_column_sum) p->scratch += p->cols * p->parts;
  }
}

void nnk_program_seal(nnk_program *p) {
  NNK_REQUIRE(!p->sealed);
  mark_live(p);
  list_instructions(p);
  list_sources(p);
  find_uses(p);
  int64_t capacity = place_values(p);
  choose_rows(p);
  choose_tiles(p, capacity);
  choose_parts(p);
  p->moments = nnk_program_moments(p);
  p->sealed = true;
}

int64_t nnk_program_scratch(const nnk_program *p) { return p->scratch; }
int64_t nnk_program_parts(const nnk_program *p) { return p->parts; }

void nnk_program_run(const nnk_program *p, const void *const *inputs, void *const *outputs, float *scratch) {
  for (int64_t part = 0; part < p->parts; part++) nnk_program_part(p, inputs, outputs, scratch, part);
  nnk_program_finish(p, outputs, scratch);
}
