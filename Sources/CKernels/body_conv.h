// Convolutions as products whose left side is gathered from the image (body_conv_tile.h): no copy of windows is made.

// The longest chain that one sweep over a panel adds up: the panel stays in the first-level cache.
#define CONV_DEPTH 384
#define CONV_WEIGHT_DEPTH 192

// The unit of an index, and its part of a grid that may be smaller than the cut's. False where nothing of it is left.
static bool conv_unit_at(
    const nnk_conv *c, const conv_cut *cut, int64_t index, int64_t rows, int64_t columns, conv_unit *u) {
  int64_t per_image = cut->bands[0] * cut->bands[1];
  int64_t band = index % per_image;
  u->image0 = index / per_image * cut->images;
  u->image1 = u->image0 + cut->images < c->batch ? u->image0 + cut->images : c->batch;
  u->row0 = band / cut->bands[1] * cut->rows;
  u->row1 = u->row0 + cut->rows < rows ? u->row0 + cut->rows : rows;
  u->column0 = band % cut->bands[1] * cut->columns;
  u->column1 = u->column0 + cut->columns < columns ? u->column0 + cut->columns : columns;
  return u->row0 < u->row1 && u->column0 < u->column1;
}

// A panel of the weights as the right side of a product: sums first ..< first + depth, n columns from `column` on, of
// one group.
static void conv_pack_weights(
    const conv_pass *p, const float *weights, int64_t group, float *to, int64_t column, int64_t n, int64_t first,
    int64_t depth) {
  const nnk_conv *c = p->c;
  int64_t inner = c->channels / c->groups, filters = c->filters;
  int64_t tap = first / p->channels, channel = first % p->channels;
  while (depth > 0) {
    int64_t ty = tap / p->axis[1].taps, tx = tap % p->axis[1].taps;
    int64_t place = (p->axis[0].tap + ty * p->axis[0].tap_step) * c->kernel[1] + p->axis[1].tap +
                    tx * p->axis[1].tap_step;
    int64_t count = p->channels - channel < depth ? p->channels - channel : depth;
    const float *at = weights + place * inner * filters + group * (filters / c->groups);
    if (n < GEMM_COLUMNS) memset(to, 0, (size_t)(count * GEMM_COLUMNS) * sizeof(float));
    if (c->role == nnk_conv_output) {
      pack_b_panels(to, at + (p->channel - group * inner + channel) * filters + column, filters, count, n);
    } else if (filters == 1) {
      pack_b_panels(to, at + column, 1, 1, n);
    } else {
      int64_t source = p->channel - group * (filters / c->groups) + channel;
      pack_b_panel_transposed(to, at + column * filters + source, filters, count, n);
    }
    to += count * GEMM_COLUMNS;
    depth -= count;
    channel = 0;
    tap++;
  }
}

// The results of a unit from one pass: all sums of a window, or where windows are taken apart some of them.
static void conv_pixel_pass(
    const conv_pass *p, const conv_unit *u, const float *weights, int64_t group, int64_t columns, const float *packed,
    bool starts, bool ends) {
  const nnk_conv *c = p->c;
  conv_view view;
  conv_look(p, u, starts && ends ? conv_by_places : conv_whole, 0, &view);
  int64_t all = p->axis[0].taps * p->axis[1].taps * p->channels;
  int64_t blocks = all > CONV_DEPTH ? (all + CONV_DEPTH - 1) / CONV_DEPTH : 1, depth = (all + blocks - 1) / blocks;
  float *result = p->o->c + group * columns;
  const float *bias = p->o->bias ? p->o->bias + group * columns : 0;
  for (int64_t block = 0; block < blocks; block++) {
    int64_t first = block * depth, count = all - first < depth ? all - first : depth;
    bool finishes = ends && block == blocks - 1 && conv_has_epilogue(c), begins = starts && block == 0;
    conv_offsets(p, &view.region, first, count, view.offsets, 0);
    conv_run runs[CONV_RUNS] = {{0, count}};
    conv_tile_operands t = {
        .offsets = view.offsets, .runs = runs, .run_count = 1, .b_step = GEMM_COLUMNS,
        .mode = begins ? conv_set : conv_continue};
    t.rectifies = finishes && c->activation == nnk_activation_relu;
    for (int64_t j = 0; j < columns; j += GEMM_COLUMNS) {
      int64_t n = columns - j < GEMM_COLUMNS ? columns - j : GEMM_COLUMNS;
      int64_t vectors = (n + GEMM_LANES - 1) / GEMM_LANES;
      t.tail = n - (vectors - 1) * GEMM_LANES;
      t.bias = bias && begins ? bias + j : 0;
      t.a = view.region.base;
      t.c = result + j;
      if (packed) {
        t.b = packed + j * all + first * GEMM_COLUMNS;
      } else {
        float *panel = nnk_scratch()->pack_b;
        conv_pack_weights(p, weights, group, panel, j, n, first, count);
        t.b = panel;
      }
      for (int64_t k = 0; k < view.class_count; k++) {
        const conv_class *class = &view.classes[k];
        if (!view.is_whole) t.run_count = conv_runs(p, class, first, count, runs);
        if (t.run_count == 0 && !begins && !finishes) continue;
        for (int64_t i = class->first, end = i + class->count; i < end;) {
          int64_t rows = tile_rows(end - i);
          t.from = view.from + i;
          t.to = view.to + i;
          conv_tiles[rows - 1][vectors - 1](&t);
          if (finishes && !t.rectifies)
            for (int64_t r = 0; r < rows; r++) conv_finish_row(c, p->o, t.c + t.to[r], n);
          i += rows;
        }
      }
    }
  }
}

// One place of the kernel and some channels of a pass.
static conv_pass conv_single(const conv_pass *p, int64_t ty, int64_t tx, int64_t channel) {
  conv_pass one = *p;
  int64_t taps[2] = {ty, tx};
  for (int k = 0; k < 2; k++) {
    conv_axis *axis = &one.axis[k];
    axis->origin += axis->offset + taps[k] * axis->offset_step;
    axis->tap += taps[k] * axis->tap_step;
    axis->taps = 1;
    axis->offset = axis->offset_step = 0;
  }
  one.channel += channel;
  one.channels = p->channels - channel < CONV_CHANNEL_CHUNK ? p->channels - channel : CONV_CHANNEL_CHUNK;
  return one;
}

static void conv_narrow_pixels(
    const conv_pass *p, const conv_unit *u, const float *weights, int64_t group, int64_t columns) {
  for (int64_t ty = 0; ty < p->axis[0].taps; ty++) {
    for (int64_t tx = 0; tx < p->axis[1].taps; tx++) {
      for (int64_t channel = 0; channel < p->channels; channel += CONV_CHANNEL_CHUNK) {
        conv_pass one = conv_single(p, ty, tx, channel);
        bool starts = ty + tx + channel == 0;
        bool ends = ty == p->axis[0].taps - 1 && tx == p->axis[1].taps - 1 &&
                    channel + one.channels == p->channels;
        conv_pixel_pass(&one, u, weights, group, columns, 0, starts, ends);
      }
    }
  }
}

INLINE conv_pass conv_pass_of(const nnk_conv *c, const nnk_gemm_operands *o, int64_t group) {
  bool gives_input = c->role == nnk_conv_input;
  conv_pass p = {.c = c, .o = o, .source = gives_input ? o->b : o->a};
  p.source_stride = gives_input ? c->stride_output : c->stride_input;
  p.source_channels = gives_input ? c->filters : c->channels;
  p.channels = p.source_channels / c->groups;
  p.channel = group * p.channels;
  return p;
}

#include "body_conv_depthwise.h"
#include "body_conv_few.h"
#include "body_conv_folds.h"

static void k_nnk_conv_pixel_units(const nnk_conv *c, const nnk_gemm_operands *o, int64_t first, int64_t last) {
  conv_cut cut = conv_cut_of(c);
  if (conv_is_depthwise(c)) {
    conv_depthwise_pixels(c, o, &cut, first, last);
    return;
  }
  bool gives_input = c->role == nnk_conv_input;
  int64_t columns = (gives_input ? c->channels : c->filters) / c->groups;
  int64_t wide = (columns + GEMM_COLUMNS - 1) / GEMM_COLUMNS * GEMM_COLUMNS;
  int64_t phases[2] = {gives_input ? c->stride[0] : 1, gives_input ? c->stride[1] : 1};
  int64_t per_image = cut.bands[0] * cut.bands[1];
  float *memory = nnk_scratch()->pack_b;
  for (int64_t group = 0; group < c->groups; group++) {
    conv_pass p = conv_pass_of(c, o, group);
    bool is_folded = !cut.narrow && conv_is_folded(&p, columns);
    bool is_few = !cut.narrow && !is_folded && conv_is_few(&p, columns);
    bool packs = !is_few && !is_folded && !cut.narrow && c->kernel[0] * c->kernel[1] <= NNK_SCRATCH_B / (p.channels * wide);
    int64_t packed_for = -1;
    for (int64_t index = first; index < last; index++) {
      int64_t image = index / per_image * cut.images, owner = c->stride_weight ? image : 0;
      const float *weights = (gives_input ? o->a : o->b) + owner * c->stride_weight;
      float *packed = memory;
      for (int64_t phase = 0; phase < phases[0] * phases[1]; phase++) {
        p.axis[0] = conv_axis_of(c, 0, phase / phases[1]);
        p.axis[1] = conv_axis_of(c, 1, phase % phases[1]);
        int64_t all = p.axis[0].taps * p.axis[1].taps * p.channels;
        if (is_folded && packed_for != owner) conv_folds_pack(&p, weights, group, columns, packed);
        if (is_few && packed_for != owner) conv_few_pack_all(&p, weights, group, columns, packed);
        if (packs && packed_for != owner) {
          for (int64_t j = 0; j < columns; j += GEMM_COLUMNS) {
            int64_t n = columns - j < GEMM_COLUMNS ? columns - j : GEMM_COLUMNS;
            conv_pack_weights(&p, weights, group, packed + j * all, j, n, 0, all);
          }
        }
        conv_unit unit;
        if (conv_unit_at(c, &cut, index, p.axis[0].grid, p.axis[1].grid, &unit)) {
          if (is_folded) conv_folds_pass(&p, &unit, group, columns, packed);
          else if (is_few) conv_few_pass(&p, &unit, group, columns, packed);
          else if (cut.narrow && all > 0) conv_narrow_pixels(&p, &unit, weights, group, columns);
          else conv_pixel_pass(&p, &unit, weights, group, columns, packs ? packed : 0, true, true);
        }
        packed += is_folded ? conv_folds_depth(&p, columns) : is_few ? conv_few_depth(&p) * columns : all * wide;
      }
      packed_for = owner;
    }
  }
}

// The lines of the outputs of `count` pixels as a panel.
static void conv_pack_outputs(float *panel, const float *y, const int64_t *to, int64_t count, int64_t n) {
  for (int64_t k = 0; k < count; k++, panel += GEMM_COLUMNS) {
    const float *line = y + to[k];
    if (n == GEMM_COLUMNS) {
      UNROLL for (int v = 0; v < GEMM_VECTORS; v++) gstore(panel + v * GEMM_LANES, gload(line + v * GEMM_LANES));
    } else {
      for (int64_t l = 0; l < GEMM_COLUMNS; l++) panel[l] = l < n ? line[l] : 0;
    }
  }
}

// Adds the products of a unit's windows and outputs to the weights of a group (sets them where `starts`).
static void conv_weight_pass(
    const conv_pass *p, const conv_unit *u, int64_t group, int64_t column0, int64_t column1, bool starts) {
  const nnk_conv *c = p->c;
  const nnk_scratch_memory *scratch = nnk_scratch();
  int64_t *from = (int64_t *)scratch->tiles, *to = from + CONV_UNIT_PIXELS, *offsets = to + CONV_UNIT_PIXELS;
  int64_t *rows = offsets + CONV_UNIT_PIXELS;
  conv_region region = conv_region_of(p, u, scratch->pack_a);
  int64_t pixels =
      conv_pixels(p, u, &region, c->stride_output, c->output[1], c->filters, from, to);
  int64_t blocks = (pixels + CONV_WEIGHT_DEPTH - 1) / CONV_WEIGHT_DEPTH, depth = (pixels + blocks - 1) / blocks;
  int64_t first_filter = group * (c->filters / c->groups);
  int64_t all = p->axis[0].taps * p->axis[1].taps * p->channels;
  // Of the first channel of this pass.
  float *result = p->o->c + (p->channel - group * (c->channels / c->groups)) * c->filters + first_filter;
  for (int64_t block = 0; block < blocks; block++) {
    int64_t first = block * depth, count = pixels - first < depth ? pixels - first : depth;
    conv_run run = {0, count};
    // Few rows of weights do not pay for a panel.
    bool is_bare = all <= 2 * GEMM_ROWS && conv_is_even(to + first, count, c->filters);
    for (int64_t row0 = 0; row0 < all; row0 += CONV_UNIT_PIXELS) {
      int64_t high = all - row0 < CONV_UNIT_PIXELS ? all - row0 : CONV_UNIT_PIXELS;
      conv_offsets(p, &region, row0, high, offsets, rows);
      for (int64_t j = column0; j < column1; j += GEMM_COLUMNS) {
        int64_t n = column1 - j < GEMM_COLUMNS ? column1 - j : GEMM_COLUMNS;
        int64_t vectors = (n + GEMM_LANES - 1) / GEMM_LANES;
        const float *y = p->o->b + first_filter + j;
        conv_tile_operands t = {
            .a = region.base, .b = scratch->pack_b, .b_step = GEMM_COLUMNS, .c = result + j, .offsets = from + first,
            .runs = &run, .run_count = 1, .tail = n - (vectors - 1) * GEMM_LANES,
            .mode = starts && block == 0 ? conv_set : conv_add};
        if (is_bare && n == GEMM_COLUMNS) {
          t.b = y + to[first];
          t.b_step = c->filters;
        } else {
          conv_pack_outputs(scratch->pack_b, y, to + first, count, n);
        }
        for (int64_t i = 0; i < high;) {
          int64_t m = tile_rows(high - i);
          t.from = offsets + i;
          t.to = rows + i;
          conv_tiles[m - 1][vectors - 1](&t);
          i += m;
        }
      }
    }
  }
}

#include "body_conv_turned.h"

static void k_nnk_conv_weight_units(
    const nnk_conv *c, const nnk_gemm_operands *o, int64_t first, int64_t last, int64_t column0, int64_t column1) {
  conv_cut cut = conv_cut_of(c);
  if (conv_is_depthwise(c)) {
    conv_depthwise_weights(c, o, &cut, first, last);
    return;
  }
  for (int64_t group = 0; group < c->groups; group++) {
    conv_pass p = conv_pass_of(c, o, group);
    p.axis[0] = conv_axis_of(c, 0, 0);
    p.axis[1] = conv_axis_of(c, 1, 0);
    conv_pass turned = conv_joins(&p) ? conv_joined(&p) : p;
    bool is_turned = !cut.narrow && conv_is_turned(&turned);
    float *sums = nnk_scratch()->pack_b;
    if (is_turned) memset(sums, 0, (size_t)turned_size(&turned) * sizeof(float));
    for (int64_t index = first; index < last; index++) {
      conv_unit unit;
      if (!conv_unit_at(c, &cut, index, p.axis[0].grid, p.axis[1].grid, &unit)) continue;
      if (is_turned) {
        conv_turned_pass(&turned, &p, &unit, group, sums);
        continue;
      }
      if (!cut.narrow) {
        conv_weight_pass(&p, &unit, group, column0, column1, index == first);
        continue;
      }
      for (int64_t tap = 0; tap < p.axis[0].taps * p.axis[1].taps; tap++) {
        for (int64_t channel = 0; channel < p.channels; channel += CONV_CHANNEL_CHUNK) {
          conv_pass one = conv_single(&p, tap / p.axis[1].taps, tap % p.axis[1].taps, channel);
          conv_weight_pass(&one, &unit, group, column0, column1, index == first);
        }
      }
    }
    if (is_turned) conv_turned_store(&turned, group, sums);
  }
}

// out = the sum of `count` arrays one behind the other, in order.
static void k_nnk_conv_sum(float *out, const float *x, int64_t count, int64_t size) {
  for (int64_t i = 0; i < size; i += 16) {
    int64_t n = size - i;
    vf sum = load_up_to(x + i, n);
    for (int64_t k = 1; k < count; k++) sum += load_up_to(x + k * size + i, n);
    store_up_to(out + i, sum, n);
  }
}
