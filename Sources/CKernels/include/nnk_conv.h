#ifndef NNK_CONV_H
#define NNK_CONV_H

#include "nnk_base.h"
#include "nnk_gemm.h"

/// Which of the three tensors of a convolution the other two give.
typedef enum nnk_conv_role { nnk_conv_output = 0, nnk_conv_input, nnk_conv_weight } nnk_conv_role;

/// The form Σ x[n, i·stride + a·dilation − low, …, c] · w[a, b, c, o] · y[n, i, j, o], channels last, solved for one of
/// its tensors: x [batch, image, channels], w [kernel, channels / groups, filters], y [batch, output, filters]. Sizes along
/// y and x come in pairs. What a window sees outside the image is zero.
///
/// Each element of the output or the input is one chain of fused multiply-adds in the order of the kernel's places and
/// then channels, or, where there are few of them a pixel, sixteen chains that take turns at the channels and are added
/// up at the end. The weight's sums over pixels run in blocks. All of that depends on the shapes only, so the parts may
/// run on any threads, with the same bits.
typedef struct nnk_conv {
  nnk_conv_role role;
  int64_t batch, channels, filters, groups;
  int64_t image[2], kernel[2], output[2], stride[2], dilation[2], low[2];
  /// From one example to the next, 0 where all share one. A weight with the stride 0 as a result is summed over the batch.
  int64_t stride_input, stride_weight, stride_output;
  /// Applied to an output or an input, bias included, as in `nnk_gemm`; `saved` lies as the result does.
  nnk_activation activation, gradient;
} nnk_conv;

/// Into how many parts the work is cut: by shape only.
int64_t nnk_conv_parts(const nnk_conv *_Nonnull conv);

/// How many floats of scratch memory a run needs: partial sums of a weight.
int64_t nnk_conv_scratch(const nnk_conv *_Nonnull conv);

/// One part. Operands: a and b the given tensors in the order x, w, y; c the result; bias [filters] or [channels], saved.
/// After all parts of a run, `nnk_conv_finish` adds up what they left in the scratch memory.
void nnk_conv_part(
    const nnk_conv *_Nonnull conv, const nnk_gemm_operands *_Nonnull operands, float *_Nullable scratch, int64_t part);
void nnk_conv_finish(
    const nnk_conv *_Nonnull conv, const nnk_gemm_operands *_Nonnull operands, const float *_Nullable scratch);

/// All parts and the end, on the calling thread.
void nnk_conv_run(
    const nnk_conv *_Nonnull conv, const nnk_gemm_operands *_Nonnull operands, float *_Nullable scratch);

/// Units first ..< last of an output or an input, and units of a weight with the filters column0 ..< column1 of every
/// group: what a part is made of.
void nnk_conv_pixel_units(
    const nnk_conv *_Nonnull conv, const nnk_gemm_operands *_Nonnull operands, int64_t first, int64_t last);
void nnk_conv_weight_units(
    const nnk_conv *_Nonnull conv, const nnk_gemm_operands *_Nonnull operands, int64_t first, int64_t last,
    int64_t column0, int64_t column1);

/// The sum of `count` arrays of `size` elements that lie one behind the other, in order.
void nnk_conv_sum(float *_Nonnull out, const float *_Nonnull x, int64_t count, int64_t size);

/// Windows over images first ..< last of [batch, image, channels]; only the sizes along y and x, `channels` and `low` of
/// the description matter. What lies outside the image takes no part.
///
/// The greatest element of each window and channel, NaN where one is NaN; the gradient goes to the first greatest.
void nnk_max_pool(
    const nnk_conv *_Nonnull window, float *_Nonnull out, const float *_Nonnull x, int64_t first, int64_t last);
void nnk_max_pool_backward(
    const nnk_conv *_Nonnull window, float *_Nonnull dx, const float *_Nonnull x, const float *_Nonnull dy,
    int64_t first, int64_t last);

/// The mean of each window and channel.
void nnk_average_pool(
    const nnk_conv *_Nonnull window, float *_Nonnull out, const float *_Nonnull x, int64_t first, int64_t last);
void nnk_average_pool_backward(
    const nnk_conv *_Nonnull window, float *_Nonnull dx, const float *_Nonnull dy, int64_t first, int64_t last);

/// The sum of windows [batch, output, kernel, channels] at their places in the images.
void nnk_fold(
    const nnk_conv *_Nonnull window, float *_Nonnull out, const float *_Nonnull x, int64_t first, int64_t last);

#endif
