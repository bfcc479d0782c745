// Runs sealed tile programs (program.c builds them).

// An element of a typed buffer as the program sees it.
INLINE float element(const void *data, int64_t i, nnk_type type) {
  switch (type) {
  case nnk_type_int32:
    return (float)((const int32_t *)data)[i];
  case nnk_type_uint8:
    return (float)((const uint8_t *)data)[i];
  default:
    return ((const float *)data)[i];
  }
}

static void load_run(float *out, const void *data, int64_t start, int64_t n, nnk_type type) {
  switch (type) {
  case nnk_type_int32: {
    const int32_t *x = (const int32_t *)data + start;
    for (int64_t i = 0; i < n; i++) out[i] = (float)x[i];
    break;
  }
  case nnk_type_uint8: {
    const uint8_t *x = (const uint8_t *)data + start;
    for (int64_t i = 0; i < n; i++) out[i] = (float)x[i];
    break;
  }
  default:
    memcpy(out, (const float *)data + start, (size_t)n * sizeof(float));
  }
}

static void fill_periodic(float *out, const void *data, int64_t period, int64_t start, int64_t n, nnk_type type) {
  int64_t position = start % period, first = period - position < n ? period - position : n;
  int64_t done = period < n ? period : n;
  load_run(out, data, position, first, type);
  load_run(out + first, data, 0, done - first, type);
  // From one period on, the tile repeats itself.
  for (int64_t i = done; i < n; i *= 2) memcpy(out + i, out, (size_t)(2 * i < n ? i : n - i) * sizeof(float));
}

static void fill_repeated(float *out, const void *data, int64_t times, int64_t start, int64_t n, nnk_type type) {
  int64_t index = start / times, left = times - start % times;
  for (int64_t i = 0; i < n; index++) {
    int64_t end = i + left < n ? i + left : n;
    float value = element(data, index, type);
    for (; i < end; i++) out[i] = value;
    left = times;
  }
}

static void fill_strided(float *out, const nnk_value *v, const void *data, int64_t start, int64_t n) {
  int32_t last = v->rank - 1;
  int64_t index[8], position = 0, rest = start;
  for (int32_t d = last; d >= 0; d--) {
    index[d] = rest % v->shape[d];
    rest /= v->shape[d];
    position += index[d] * v->strides[d];
  }
  int64_t step = v->strides[last], width = v->shape[last];
  for (int64_t i = 0; i < n;) {
    int64_t run = width - index[last] < n - i ? width - index[last] : n - i;
    if (step == 1) {
      load_run(out + i, data, position, run, v->type);
    } else {
      for (int64_t j = 0; j < run; j++) out[i + j] = element(data, position + j * step, v->type);
    }
    i += run;
    position -= index[last] * step;
    index[last] = 0;
    for (int32_t d = last - 1; d >= 0; d--) {
      position += v->strides[d];
      if (++index[d] < v->shape[d]) break;
      position -= v->shape[d] * v->strides[d];
      index[d] = 0;
    }
  }
}

static void fill_index(float *out, int64_t period, int64_t divisor, int64_t start, int64_t n) {
  int64_t position = start % period;
  for (int64_t i = 0; i < n; i++) {
    out[i] = (float)(position / divisor);
    if (++position == period) position = 0;
  }
}

static void store_run(void *out, const float *x, int64_t start, int64_t n, nnk_type type) {
  switch (type) {
  case nnk_type_int32:
    for (int64_t i = 0; i < n; i++) ((int32_t *)out)[start + i] = (int32_t)x[i];
    break;
  case nnk_type_uint8:
    for (int64_t i = 0; i < n; i++) ((uint8_t *)out)[start + i] = (uint8_t)x[i];
    break;
  default:
    memcpy((float *)out + start, x, (size_t)n * sizeof(float));
  }
}

INLINE void execute(const nnk_instruction *list, int32_t count, float *const *registers, int64_t n) {
  for (int32_t i = 0; i < count; i++) {
    const nnk_instruction *s = list + i;
    op_functions[s->opcode][s->scalars](registers[s->result], registers[s->a], registers[s->b], registers[s->c], n);
  }
}

// One tile: elements start ..< start + n of the index space.
typedef struct tile_range {
  int64_t start, n, row, rows;
} tile_range;

INLINE tile_range tile_at(const nnk_program *p, int64_t tile) {
  tile_range t;
  if (p->segments > 0) {
    t.row = p->segments == 1 ? tile : tile / p->segments;
    int64_t column = (tile - t.row * p->segments) * p->segment;
    t.rows = 1;
    t.start = t.row * p->cols + column;
    t.n = p->cols - column < p->segment ? p->cols - column : p->segment;
  } else {
    t.row = tile * p->tile_rows;
    t.rows = p->rows - t.row < p->tile_rows ? p->rows - t.row : p->tile_rows;
    t.start = t.row * p->cols;
    t.n = t.rows * p->cols;
  }
  return t;
}

// Points the register of a source at the tile's values. `filled` has a bit for sources that are the same in all tiles.
INLINE void fetch(
    const nnk_program *p, const nnk_value *v, float **where, float *own, const void *const *inputs, tile_range t,
    bool padded, bool *filled) {
  *where = own;
  const void *data = v->kind == nnk_value_index ? 0 : inputs[v->input];
  bool plain = v->type == nnk_type_float || v->type == nnk_type_bits;
  switch (v->kind) {
  case nnk_value_contiguous:
    if (plain && !padded)
      *where = (float *)data + t.start;
    else
      load_run(own, data, t.start, t.n, v->type);
    break;
  case nnk_value_periodic: {
    if (*filled) return;
    if (plain && !padded && p->segments > 0) {
      int64_t position = t.start % v->period;
      if (position + t.n <= v->period) {
        *where = (float *)data + position;
        return;
      }
    }
    fill_periodic(own, data, v->period, t.start, t.n, v->type);
    *filled = p->segments == 0 && p->tile_rows * p->cols % v->period == 0;
    break;
  }
  case nnk_value_repeated:
    fill_repeated(own, data, v->period, t.start, t.n, v->type);
    break;
  case nnk_value_strided:
    fill_strided(own, v, data, t.start, t.n);
    break;
  case nnk_value_index:
    if (*filled) return;
    fill_index(own, v->period, v->divisor, t.start, t.n);
    *filled = p->segments == 0 && p->tile_rows * p->cols % v->period == 0;
    break;
  default:
    break;
  }
}

// The rows of a tile, or its piece of one row, at a distance from each other.
static void store_rows(
    void *out, const float *x, const nnk_program *p, tile_range t, const nnk_program_output_entry *o) {
  if (p->segments > 0) {
    store_run(out, x, t.row * o->distance + t.start - t.row * p->cols, t.n, o->type);
    return;
  }
  for (int64_t r = 0; r < t.rows; r++)
    store_run(out, x + r * p->cols, (t.row + r) * o->distance, p->cols, o->type);
}

// sum[c] += x[r, c] over the rows of a tile, some columns at a time, so that their sums stay in registers.
INLINE void add_columns(float *sum, const float *x, int64_t rows, int64_t cols) {
  int64_t c = 0;
  for (; c + 32 <= cols; c += 32) {
    vf low = load(sum + c), high = load(sum + c + 16);
    for (int64_t r = 0; r < rows; r++) {
      low += load(x + r * cols + c);
      high += load(x + r * cols + c + 16);
    }
    store(sum + c, low);
    store(sum + c + 16, high);
  }
  for (; c < cols; c += 16) {
    int64_t n = cols - c;
    vf some = load_up_to(sum + c, n);
    for (int64_t r = 0; r < rows; r++) some += load_up_to(x + r * cols + c, n);
    store_up_to(sum + c, some, n);
  }
}

INLINE void put_sum(float *out, double sum, float scale, bool accumulate) {
  float value = (float)sum * scale;
  *out = accumulate ? *out + value : value;
}

// What a reduction carries from tile to tile.
typedef struct reduction_state {
  double sum;
  float max;
} reduction_state;

INLINE void reduce_tile(
    const nnk_program *p, const nnk_program_output_entry *o, const float *x, tile_range t, float *out, float *partial,
    reduction_state *state) {
  int64_t cols = p->cols;
  switch (o->reduction) {
  case nnk_reduction_total_sum:
    state->sum += (double)block_sum(x, t.n);
    break;
  case nnk_reduction_column_sum:
    add_columns(partial + t.start % cols, x, t.rows, p->segments > 0 ? t.n : cols);
    break;
  case nnk_reduction_row_sum:
    if (p->segments == 0) {
      for (int64_t r = 0; r < t.rows; r++)
        put_sum(out + t.row + r, (double)block_sum(x + r * cols, cols), o->scale, o->accumulate);
    } else {
      bool first = t.start == t.row * cols, last = t.start + t.n == (t.row + 1) * cols;
      state->sum = (first ? 0 : state->sum) + (double)block_sum(x, t.n);
      if (last) put_sum(out + t.row, state->sum, o->scale, o->accumulate);
    }
    break;
  case nnk_reduction_row_max:
    if (p->segments == 0) {
      for (int64_t r = 0; r < t.rows; r++) out[t.row + r] = block_max(x + r * cols, cols);
    } else {
      bool first = t.start == t.row * cols;
      state->max = first ? block_max(x, t.n) : maximum1(state->max, block_max(x, t.n));
      out[t.row] = state->max;
    }
    break;
  }
}

static void k_nnk_program_part(
    const nnk_program *p, const void *const *inputs, void *const *outputs, float *scratch, int64_t part) {
  float *base = nnk_scratch()->tiles;
  float *registers[p->value_count + 1];
  bool filled[p->source_count + 1];
  bool direct[16];
  // Sources that are results themselves and whose memory a result overwrites: read before anything is written.
  bool overwritten[p->source_count + 1];
  reduction_state states[16] = {{0, 0}};
  for (int32_t i = 0; i < p->value_count; i++) registers[i] = base + p->values[i].offset;
  for (int32_t i = 0; i < p->source_count; i++) {
    const nnk_value *v = p->values + p->sources[i];
    filled[i] = false;
    overwritten[i] = false;
    if (v->scalar)
      store(registers[p->sources[i]], splat(v->kind == nnk_value_constant ? v->constant : *(const float *)inputs[v->input]));
  }
  execute(p->instructions, p->scalar_count, registers, 16);
  const nnk_instruction *instructions = p->instructions + p->scalar_count;

  for (int32_t i = 0; i < p->output_count; i++) {
    const nnk_program_output_entry *o = p->outputs + i;
    direct[i] = o->direct;
    // Not where a later instruction still reads the memory as an input.
    for (int32_t j = 0; o->direct && j < p->source_count; j++) {
      const nnk_value *v = p->values + p->sources[j];
      if (!v->scalar && v->kind != nnk_value_index && inputs[v->input] == outputs[i] && v->last_use > o->made)
        direct[i] = false;
    }
    for (int32_t j = 0; j < p->source_count; j++) {
      const nnk_value *v = p->values + p->sources[j];
      bool is_result = !v->scalar && v->kind != nnk_value_index && v->last_use == INT32_MAX;
      if (is_result && inputs[v->input] == outputs[i]) overwritten[j] = true;
    }
    if (o->reduces && o->reduction == nnk_reduction_column_sum)
      memset(scratch + o->partial + part * p->cols, 0, (size_t)p->cols * sizeof(float));
  }

  int64_t tile = part * p->tiles_per_part;
  int64_t end = tile + p->tiles_per_part < p->tiles ? tile + p->tiles_per_part : p->tiles;
  if (p->moments.found) {
    tile_range last = tile_at(p, end - 1);
    moments_part(p, inputs, outputs, registers, tile_at(p, tile).start, last.start + last.n);
    return;
  }
  for (; tile < end; tile++) {
    tile_range t = tile_at(p, tile);
    int64_t padded = (t.n + 15) & ~15ll;
    bool pads = padded != t.n;
    for (int32_t i = 0; i < p->source_count; i++) {
      int32_t id = p->sources[i];
      const nnk_value *v = p->values + id;
      if (!v->scalar) fetch(p, v, &registers[id], base + v->offset, inputs, t, pads || overwritten[i], &filled[i]);
    }
    for (int32_t i = 0; i < p->output_count; i++) {
      if (!p->outputs[i].direct) continue;
      int32_t id = p->outputs[i].value;
      registers[id] = direct[i] && !pads ? (float *)outputs[i] + t.start : base + p->values[id].offset;
    }
    execute(instructions, p->instruction_count, registers, padded);
    for (int32_t i = 0; i < p->output_count; i++) {
      const nnk_program_output_entry *o = p->outputs + i;
      const float *x = registers[o->value];
      if (o->reduces)
        reduce_tile(p, o, x, t, outputs[i], scratch + o->partial + part * p->cols, &states[i]);
      else if (o->distance > 0)
        store_rows(outputs[i], x, p, t, o);
      else if (!(direct[i] && !pads))
        store_run(outputs[i], x, t.start, t.n, o->type);
    }
  }

  for (int32_t i = 0; i < p->output_count; i++) {
    const nnk_program_output_entry *o = p->outputs + i;
    if (o->reduces && o->reduction == nnk_reduction_total_sum)
      memcpy(scratch + o->partial + part * 2, &states[i].sum, sizeof(double));
  }
}

static void k_nnk_program_finish(const nnk_program *p, void *const *outputs, float *scratch) {
  for (int32_t i = 0; i < p->output_count; i++) {
    const nnk_program_output_entry *o = p->outputs + i;
    if (!o->reduces) continue;
    bool by_rows = o->reduction == nnk_reduction_row_sum || o->reduction == nnk_reduction_row_max;
    if (by_rows && p->cols == 0) {
      for (int64_t r = 0; r < p->rows; r++) {
        float *row = (float *)outputs[i] + r;
        if (o->reduction == nnk_reduction_row_max)
          *row = -INFINITE;
        else
          put_sum(row, 0, o->scale, o->accumulate);
      }
    }
    const float *partial = scratch + o->partial;
    float *out = outputs[i];
    if (o->reduction == nnk_reduction_total_sum) {
      double sum = 0;
      for (int64_t part = 0; part < p->parts; part++) {
        double term;
        memcpy(&term, partial + part * 2, sizeof(double));
        sum += term;
      }
      put_sum(out, sum, o->scale, o->accumulate);
    } else if (o->reduction == nnk_reduction_column_sum) {
      for (int64_t c = 0; c < p->cols; c += 16) {
        int64_t n = p->cols - c;
        vf sum = splat(0);
        for (int64_t part = 0; part < p->parts; part++) sum += load_up_to(partial + part * p->cols + c, n);
        sum *= o->scale;
        if (o->accumulate) sum += load_up_to(out + c, n);
        store_up_to(out + c, sum, n);
      }
    }
  }
}
