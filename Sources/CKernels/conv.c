// How convolutions are cut into units and parts: by shape only.
#include "conv.h"

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t common_divisor(int64_t a, int64_t b) {
  while (b) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

int64_t conv_span(conv_axis axis) {
  return axis.taps == 0 ? 1 : most(axis.offset, axis.offset + (axis.taps - 1) * axis.offset_step) + 1;
}

// For the input's role, position y = phase + stride · t sees the places a of the kernel where
// phase + low − a · dilation is a multiple of the stride, at t + that multiple of the output.
conv_axis conv_axis_of(const nnk_conv *c, int k, int64_t phase) {
  int64_t stride = c->stride[k], dilation = c->dilation[k], low = c->low[k];
  if (c->role != nnk_conv_input)
    return (conv_axis){
        .size = c->image[k], .grid = c->output[k], .step = stride, .origin = -low, .taps = c->kernel[k], .tap_step = 1,
        .offset_step = dilation, .every = 1};
  conv_axis axis = {.size = c->output[k], .step = 1, .first = phase, .every = stride};
  axis.grid = phase < c->image[k] ? divide_up(c->image[k] - phase, stride) : 0;
  int64_t divisor = common_divisor(dilation, stride), period = stride / divisor;
  int64_t first = 0;
  while (first < least(period, c->kernel[k]) && (phase + low - first * dilation) % stride != 0) first++;
  if (first >= least(period, c->kernel[k])) return axis;
  axis.taps = divide_up(c->kernel[k] - first, period);
  axis.tap = first;
  axis.tap_step = period;
  axis.offset_step = -(dilation / divisor);
  axis.offset = -(axis.taps - 1) * axis.offset_step;
  axis.origin = (phase + low - first * dilation) / stride - axis.offset;
  return axis;
}

static int64_t unit_size(const int64_t *step, const int64_t *span, int64_t rows, int64_t columns, int64_t channels) {
  return ((rows - 1) * step[0] + span[0]) * ((columns - 1) * step[1] + span[1]) * channels;
}

// About so many images a unit that the units are alike, and eights of them where they are many: threads end together then.
static int64_t even_images(int64_t batch, int64_t wanted, int64_t largest) {
  int64_t images = most(1, least(batch, wanted)), units = divide_up(batch, images);
  if (units > 8) units = units / 8 * 8;
  int64_t even = divide_up(batch, units);
  return even <= largest ? even : images;
}

conv_cut conv_cut_of(const nnk_conv *c) {
  conv_cut cut = {.unit_parts = 1, .filter_parts = 1, .filters = c->filters / c->groups};
  bool weights = c->role == nnk_conv_weight;
  int64_t step[2], span[2];
  for (int k = 0; k < 2; k++) {
    bool gives_input = c->role == nnk_conv_input;
    step[k] = gives_input ? 1 : c->stride[k];
    cut.grid[k] = gives_input ? divide_up(c->image[k], c->stride[k]) : c->output[k];
    span[k] = (c->kernel[k] - 1) * c->dilation[k] / (gives_input ? c->stride[k] : 1) + 1;
  }
  int64_t channels = (c->role == nnk_conv_input ? c->filters : c->channels) / c->groups;
  if (conv_is_depthwise(c)) channels = c->channels;
  const int64_t room = NNK_SCRATCH_A;
  cut.narrow = span[0] > room || span[1] > room || span[0] * span[1] > room / channels;
  if (cut.narrow) {
    span[0] = span[1] = 1;
    channels = least(channels, CONV_CHANNEL_CHUNK);
  }
  // About 20 µs of work a part.
  int64_t per_image = cut.grid[0] * cut.grid[1], pixels = c->batch * per_image;
  double work = 2.0 * (double)c->batch * (double)(c->output[0] * c->output[1] * c->kernel[0] * c->kernel[1]) *
                (double)(c->channels / c->groups) * (double)c->filters;
  int64_t wanted = work > 64e6 ? 32 : most(1, (int64_t)(work / 2e6));
  // Every part brings the weights into order for itself.
  if (!weights) wanted = least(wanted, most(8, pixels / 1024));
  int64_t target = most(96, least(pixels / wanted, weights ? 384 : 1536));
  bool one_image = c->stride_weight != 0;
  cut.images = 1;
  cut.rows = cut.grid[0];
  cut.columns = cut.grid[1];
  if (per_image <= target + target / 2 && unit_size(step, span, cut.rows, cut.columns, channels) <= room) {
    int64_t largest = room / unit_size(step, span, cut.rows, cut.columns, channels);
    if (!one_image) cut.images = even_images(c->batch, least(target / per_image, largest), largest);
  } else {
    cut.rows = least(cut.rows, most(1, target / most(1, cut.columns)));
    cut.rows = divide_up(cut.grid[0], divide_up(cut.grid[0], most(1, cut.rows)));
    while (cut.rows > 1 && unit_size(step, span, cut.rows, cut.columns, channels) > room) cut.rows = (cut.rows + 1) / 2;
    if (cut.columns > 2 * target) cut.columns = target;
    while (cut.columns > 1 && unit_size(step, span, cut.rows, cut.columns, channels) > room)
      cut.columns = (cut.columns + 1) / 2;
  }
  cut.bands[0] = divide_up(cut.grid[0], most(1, cut.rows));
  cut.bands[1] = divide_up(cut.grid[1], most(1, cut.columns));
  cut.units = divide_up(c->batch, cut.images) * cut.bands[0] * cut.bands[1];
  cut.unit_parts = most(1, least(wanted, cut.units));
  if (weights && one_image) {
    cut.unit_parts = least(c->batch, wanted);
  } else if (weights) {
    // Every range of units has a weight of its own to sum into.
    int64_t size = c->kernel[0] * c->kernel[1] * c->channels / c->groups * c->filters;
    cut.unit_parts = most(1, least(least(cut.unit_parts, 8), (1 << 20) / most(1, size)));
    if (!conv_is_depthwise(c)) {
      cut.filter_parts = most(1, least(divide_up(least(wanted, 8), cut.unit_parts), cut.filters / 32));
      cut.filters = divide_up(divide_up(cut.filters, cut.filter_parts), 16) * 16;
      cut.filter_parts = divide_up(c->filters / c->groups, cut.filters);
    }
  }
  return cut;
}

static int64_t weight_size(const nnk_conv *c) {
  return c->kernel[0] * c->kernel[1] * (c->channels / c->groups) * c->filters;
}

// Whether ranges of units sum into weights of their own.
static bool is_partial(const nnk_conv *c, const conv_cut *cut) {
  return c->role == nnk_conv_weight && c->stride_weight == 0 && cut->unit_parts > 1;
}

int64_t nnk_conv_parts(const nnk_conv *c) {
  conv_cut cut = conv_cut_of(c);
  return cut.unit_parts * cut.filter_parts;
}

int64_t nnk_conv_scratch(const nnk_conv *c) {
  conv_cut cut = conv_cut_of(c);
  return is_partial(c, &cut) ? cut.unit_parts * weight_size(c) : 0;
}

void nnk_conv_part(const nnk_conv *c, const nnk_gemm_operands *operands, float *scratch, int64_t part) {
  conv_cut cut = conv_cut_of(c);
  nnk_gemm_operands o = *operands;
  int64_t range = part / cut.filter_parts, column = part % cut.filter_parts * cut.filters;
  int64_t end = least(column + cut.filters, c->filters / c->groups);
  if (is_partial(c, &cut)) o.c = scratch + range * weight_size(c);
  int64_t per_image = cut.bands[0] * cut.bands[1];
  int64_t first = range * cut.units / cut.unit_parts, last = (range + 1) * cut.units / cut.unit_parts;
  if (c->role == nnk_conv_weight && c->stride_weight != 0) {
    // Whole examples, each with a result of its own.
    for (int64_t i = range * c->batch / cut.unit_parts; i < (range + 1) * c->batch / cut.unit_parts; i++) {
      o.c = operands->c + i * c->stride_weight;
      nnk_conv_weight_units(c, &o, i * per_image, (i + 1) * per_image, column, end);
    }
  } else if (c->role == nnk_conv_weight) {
    nnk_conv_weight_units(c, &o, first, last, column, end);
  } else {
    nnk_conv_pixel_units(c, &o, first, last);
  }
}

void nnk_conv_finish(const nnk_conv *c, const nnk_gemm_operands *operands, const float *scratch) {
  conv_cut cut = conv_cut_of(c);
  if (is_partial(c, &cut)) nnk_conv_sum(operands->c, scratch, cut.unit_parts, weight_size(c));
}

void nnk_conv_run(const nnk_conv *c, const nnk_gemm_operands *operands, float *scratch) {
  int64_t parts = nnk_conv_parts(c);
  for (int64_t part = 0; part < parts; part++) nnk_conv_part(c, operands, scratch, part);
  nnk_conv_finish(c, operands, scratch);
}
