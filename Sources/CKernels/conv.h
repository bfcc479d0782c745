// How a convolution is cut: shared by the cutting (conv.c) and the inner loops (body_conv.h).
#ifndef NNK_CONV_CUT_H
#define NNK_CONV_CUT_H

#include "internal.h"

/// The most result pixels of a unit, and the most channels of one where a window does not fit into the scratch memory.
#define CONV_UNIT_PIXELS 4096
#define CONV_CHANNEL_CHUNK 4096

/// Units: some images, or rows × columns of the pixel grid of one. For the input's role the grid is that of one phase of
/// the stride.
typedef struct conv_cut {
  int64_t grid[2], images, rows, columns, bands[2], units;
  /// Parts: ranges of units, times ranges of the filters (for weights only).
  int64_t unit_parts, filter_parts, filters;
  /// Whether windows are taken apart because one does not fit into the scratch memory.
  bool narrow;
} conv_cut;

/// One axis of a pass: source position = i · step + origin + offset + t · offset_step for result i and the t-th tap,
/// which is the kernel's place tap + t · tap_step; the result's position is first + i · every.
typedef struct conv_axis {
  int64_t size, grid, step, origin, taps, tap, tap_step, offset, offset_step, first, every;
} conv_axis;

conv_cut conv_cut_of(const nnk_conv *c);
conv_axis conv_axis_of(const nnk_conv *c, int axis, int64_t phase);
int64_t conv_span(conv_axis axis);

/// Where groups and filters are channels one to one.
static inline bool conv_is_depthwise(const nnk_conv *c) {
  return c->groups > 1 && c->groups == c->channels && c->filters == c->channels;
}

#endif
