// Classes of results: those that see the same places of the kernel inside the image. At the borders of an image the places
// outside need not be multiplied by zeros, nor the image copied with zeros around it.

// The most ranges along an axis, and the most rows of places: more are not worth the care.
#define CONV_RANGES 8
#define CONV_RUNS 16

// Neighbours along one axis that see the taps tap0 ..< tap1 inside the image.
typedef struct conv_range {
  int64_t first, last, tap0, tap1;
} conv_range;

// Results that see the same places, which are a rectangle of the kernel, and where they stand in the lists of pixels.
typedef struct conv_class {
  conv_unit unit;
  int64_t tap0[2], tap1[2], first, count;
} conv_class;

// The ranges of results first ..< last, or 0 where there are too many.
static int64_t conv_ranges(const conv_axis *axis, int64_t first, int64_t last, conv_range *ranges) {
  int64_t count = 0, least = axis->origin + axis->offset + first * axis->step;
  int64_t most = least + (last - 1 - first) * axis->step + (axis->taps - 1) * axis->offset_step;
  if (axis->offset_step >= 0 && least >= 0 && most < axis->size) {
    ranges[0] = (conv_range){first, last, 0, axis->taps};
    return 1;
  }
  for (int64_t i = first; i < last; i++) {
    int64_t at = i * axis->step + axis->origin + axis->offset, low = 0, high = axis->taps;
    while (low < high && (uint64_t)(at + low * axis->offset_step) >= (uint64_t)axis->size) low++;
    while (low < high && (uint64_t)(at + (high - 1) * axis->offset_step) >= (uint64_t)axis->size) high--;
    if (low == high) low = high = 0;
    if (count > 0 && ranges[count - 1].tap0 == low && ranges[count - 1].tap1 == high) {
      ranges[count - 1].last = i + 1;
      continue;
    }
    if (count == CONV_RANGES) return 0;
    ranges[count++] = (conv_range){i, i + 1, low, high};
  }
  return count;
}

// The height of the next tile of the rows that are left: no tile is much lower than the others.
INLINE int64_t tile_rows(int64_t left) {
  if (left <= GEMM_ROWS) return left;
  return left >= 2 * GEMM_ROWS ? GEMM_ROWS : (left + 1) / 2;
}

// What the tiles of so many rows take: low tiles wait for their own sums.
static int64_t conv_tile_cost(int64_t rows) {
  int64_t rest = rows % GEMM_ROWS;
  return rows - rest + (rest > 0 && rest < 4 ? 4 : rest);
}

// The source's pixels that a unit sees, and outside the image might.
INLINE int64_t conv_seen(const conv_pass *p, const conv_unit *u) {
  int64_t rows = (u->row1 - u->row0 - 1) * p->axis[0].step + conv_span(p->axis[0]);
  int64_t columns = (u->column1 - u->column0 - 1) * p->axis[1].step + conv_span(p->axis[1]);
  return (u->image1 - u->image0) * rows * columns;
}

// How a unit may be taken apart: not at all, into results that see the same places of the kernel, or into rows that see
// the same rows of places.
typedef enum conv_split { conv_whole, conv_by_places, conv_by_rows } conv_split;

// The classes of a unit, or 0 where it is better taken whole. With few results a pixel (0 where there are many) lists
// of places cost more beside the products, and so does the copy of an image with its padding.
static int64_t conv_classes(
    const conv_pass *p, const conv_unit *u, conv_split split, int64_t few, conv_class *classes) {
  conv_range rows[CONV_RANGES], columns[CONV_RANGES];
  if (p->axis[0].taps > CONV_RUNS || p->channels < 8) return 0;
  int64_t row_count = conv_ranges(&p->axis[0], u->row0, u->row1, rows);
  int64_t column_count = 1;
  if (split == conv_by_rows)
    columns[0] = (conv_range){u->column0, u->column1, 0, p->axis[1].taps};
  else
    column_count = conv_ranges(&p->axis[1], u->column0, u->column1, columns);
  int64_t images = u->image1 - u->image0, count = 0, cost = 0, lists = 0;
  for (int64_t i = 0; i < row_count; i++) {
    for (int64_t j = 0; j < column_count; j++) {
      conv_range y = rows[i], x = columns[j];
      conv_class class = {
          .unit = {u->image0, u->image1, y.first, y.last, x.first, x.last}, .tap0 = {y.tap0, x.tap0},
          .tap1 = {y.tap1, x.tap1}};
      cost += conv_tile_cost(images * (y.last - y.first) * (x.last - x.first)) * (y.tap1 - y.tap0) * (x.tap1 - x.tap0);
      lists += (y.tap1 - y.tap0) * (x.tap1 - x.tap0);
      classes[count++] = class;
    }
  }
  int64_t whole = conv_tile_cost(images * (u->row1 - u->row0) * (u->column1 - u->column0)) * p->axis[0].taps *
                  p->axis[1].taps;
  if (few > 0) return cost + 8 * lists < whole + 3 * conv_seen(p, u) / few ? count : 0;
  return 20 * cost < 19 * whole ? count : 0;
}

// The sums first ..< first + count, in the order of places and channels, that a class has: ranges of them, from `first`.
// Where there are none, still one without elements is written.
static int64_t conv_runs(const conv_pass *p, const conv_class *class, int64_t first, int64_t count, conv_run *runs) {
  int64_t found = 0;
  for (int64_t ty = class->tap0[0]; ty < class->tap1[0]; ty++) {
    int64_t row = ty * p->axis[1].taps;
    int64_t start = (row + class->tap0[1]) * p->channels - first, end = (row + class->tap1[1]) * p->channels - first;
    if (start < 0) start = 0;
    if (end > count) end = count;
    if (start >= end) continue;
    if (found > 0 && runs[found - 1].start + runs[found - 1].count == start)
      runs[found - 1].count += end - start;
    else
      runs[found++] = (conv_run){start, end - start};
  }
  if (found == 0) runs[0] = (conv_run){0, 0};
  return found;
}

// The source as it lies in memory, also where a unit's first result sees places before it.
static conv_region conv_bare_region(const conv_pass *p, const conv_unit *u) {
  const conv_axis *y = &p->axis[0], *x = &p->axis[1];
  int64_t y0 = u->row0 * y->step + y->origin, x0 = u->column0 * x->step + x->origin;
  conv_region region = {.pixel = p->source_channels, .row = x->size * p->source_channels, .image = p->source_stride};
  region.base = p->source + u->image0 * p->source_stride + p->channel;
  region.start = y0 * region.row + x0 * region.pixel;
  return region;
}

// The lists of a unit's pixels, class by class (one class where all see the same places), and the region they see.
typedef struct conv_view {
  conv_region region;
  conv_class classes[CONV_RANGES * CONV_RANGES];
  int64_t class_count, *from, *to, *offsets;
  bool is_whole;
} conv_view;

static void conv_look(const conv_pass *p, const conv_unit *u, conv_split split, int64_t few, conv_view *view) {
  const nnk_conv *c = p->c;
  const nnk_scratch_memory *scratch = nnk_scratch();
  bool gives_input = c->role == nnk_conv_input;
  view->from = (int64_t *)scratch->tiles;
  view->to = view->from + CONV_UNIT_PIXELS;
  view->offsets = view->to + CONV_UNIT_PIXELS;
  view->class_count = split == conv_whole ? 0 : conv_classes(p, u, split, few, view->classes);
  view->is_whole = view->class_count == 0;
  if (!view->is_whole) {
    view->region = conv_bare_region(p, u);
  } else {
    view->region = conv_region_of(p, u, scratch->pack_a);
    view->classes[view->class_count++] = (conv_class){.unit = *u, .tap1 = {p->axis[0].taps, p->axis[1].taps}};
  }
  int64_t pixels = 0;
  for (int64_t i = 0; i < view->class_count; i++) {
    conv_class *class = &view->classes[i];
    class->first = pixels;
    class->count = conv_some_pixels(
        p, u, &class->unit, &view->region, gives_input ? c->stride_input : c->stride_output,
        gives_input ? c->image[1] : c->output[1], gives_input ? c->channels : c->filters, view->from + pixels,
        view->to + pixels);
    pixels += class->count;
  }
}

// Where the places that a class sees lie in the source, from a pixel's base, and their weights' rows.
static int64_t conv_class_places(
    const conv_pass *p, const conv_region *region, const conv_class *class, int64_t *from, int64_t *places) {
  const conv_axis *y = &p->axis[0], *x = &p->axis[1];
  int64_t count = 0;
  for (int64_t ty = class->tap0[0]; ty < class->tap1[0]; ty++) {
    for (int64_t tx = class->tap0[1]; tx < class->tap1[1]; tx++, count++) {
      from[count] = (y->offset + ty * y->offset_step) * region->row + (x->offset + tx * x->offset_step) * region->pixel;
      places[count] = (y->tap + ty * y->tap_step) * p->c->kernel[1] + x->tap + tx * x->tap_step;
    }
  }
  return count;
}

// The same for all places.
static void conv_places(const conv_pass *p, const conv_region *region, int64_t *from, int64_t *places) {
  const conv_class all = {.tap1 = {p->axis[0].taps, p->axis[1].taps}};
  conv_class_places(p, region, &all, from, places);
}
