import CKernels

/// A convolution of the sweep: square images and kernels, or rows where `isRow`.
private struct Shape {
  var image: Int
  var channels: Int
  var filters: Int
  var kernel = 3
  var stride = 1
  var dilation = 1
  var groups = 1
  var isRow = false

  /// About a millisecond's work: longer calls rarely run undisturbed.
  var batch: Int {
    let places = (isRow ? image : image * image) / (isRow ? stride : stride * stride)
    return min(16, max(1, 100_000_000 / (places * depth * filters)))
  }

  /// With as much padding as keeps the size, as most models have it.
  var conv: nnk_conv {
    var conv = nnk_conv()
    let (image, kernel, stride) = (Int64(self.image), Int64(self.kernel), Int64(self.stride))
    let span = (kernel - 1) * Int64(dilation) + 1
    let output = (image + stride - 1) / stride
    let low = max(0, (output - 1) * stride + span - image) / 2
    (conv.batch, conv.channels, conv.filters) = (Int64(batch), Int64(channels), Int64(filters))
    conv.groups = Int64(groups)
    conv.image = (isRow ? 1 : image, image)
    conv.kernel = (isRow ? 1 : kernel, kernel)
    conv.output = (isRow ? 1 : output, output)
    conv.stride = (isRow ? 1 : stride, stride)
    conv.dilation = (1, Int64(dilation))
    if !isRow { conv.dilation.0 = Int64(dilation) }
    conv.low = (isRow ? 0 : low, low)
    conv.stride_input = conv.image.0 * conv.image.1 * conv.channels
    conv.stride_output = conv.output.0 * conv.output.1 * conv.filters
    return conv
  }

  /// The depth of an output's sum.
  var depth: Int { (isRow ? 1 : kernel) * kernel * channels / groups }

  var text: String {
    "\"image\": \(image), \"channels\": \(channels), \"filters\": \(filters), \"kernel\": \(kernel), "
      + "\"stride\": \(stride), \"dilation\": \(dilation), \"groups\": \(groups), "
      + "\"axes\": \(isRow ? 1 : 2), \"batch\": \(batch), \"k\": \(depth)"
  }
}

private let shapes = [
  // What the first layer of a model sees.
  Shape(image: 28, channels: 1, filters: 32), Shape(image: 28, channels: 1, filters: 16, kernel: 5),
  Shape(image: 28, channels: 3, filters: 32), Shape(image: 28, channels: 3, filters: 32, kernel: 5),
  Shape(image: 12, channels: 6, filters: 16, kernel: 5), Shape(image: 28, channels: 8, filters: 8),
  Shape(image: 56, channels: 3, filters: 64, kernel: 7, stride: 2),
  // What those behind it see.
  Shape(image: 56, channels: 16, filters: 16), Shape(image: 56, channels: 64, filters: 64),
  Shape(image: 28, channels: 16, filters: 32), Shape(image: 28, channels: 32, filters: 64),
  Shape(image: 28, channels: 16, filters: 32, kernel: 5), Shape(image: 28, channels: 128, filters: 128),
  Shape(image: 14, channels: 32, filters: 64), Shape(image: 14, channels: 64, filters: 64),
  Shape(image: 14, channels: 128, filters: 128), Shape(image: 14, channels: 32, filters: 32, kernel: 7),
  Shape(image: 7, channels: 64, filters: 64), Shape(image: 7, channels: 128, filters: 128),
  Shape(image: 28, channels: 64, filters: 64, kernel: 1), Shape(image: 14, channels: 128, filters: 64, kernel: 1),
  Shape(image: 7, channels: 128, filters: 128, kernel: 1),
  Shape(image: 28, channels: 64, filters: 64, stride: 2), Shape(image: 14, channels: 64, filters: 128, stride: 2),
  Shape(image: 28, channels: 64, filters: 64, dilation: 2),
  // Few results a pixel.
  Shape(image: 28, channels: 64, filters: 1), Shape(image: 28, channels: 64, filters: 3),
  Shape(image: 28, channels: 32, filters: 4), Shape(image: 28, channels: 64, filters: 8),
  Shape(image: 28, channels: 16, filters: 6, kernel: 5), Shape(image: 28, channels: 64, filters: 12),
  Shape(image: 28, channels: 16, filters: 1, kernel: 7), Shape(image: 28, channels: 64, filters: 10, kernel: 1),
  // Groups, down to a channel each.
  Shape(image: 28, channels: 64, filters: 64, groups: 2), Shape(image: 28, channels: 64, filters: 64, groups: 4),
  Shape(image: 28, channels: 64, filters: 64, groups: 64), Shape(image: 14, channels: 128, filters: 128, groups: 128),
  // One axis.
  Shape(image: 256, channels: 1, filters: 32, kernel: 7, isRow: true),
  Shape(image: 256, channels: 64, filters: 64, isRow: true),
  Shape(image: 1_024, channels: 16, filters: 32, kernel: 7, isRow: true),
  Shape(image: 256, channels: 64, filters: 64, dilation: 2, isRow: true),
]

/// `nnbench conv [ISA]`: convolutions of the shapes that models have, for the output and for both gradients, as JSON
/// lines: nanoseconds, GFLOP/s, and the share of the core's measured peak. Places outside an image count as if they were
/// multiplied.
func benchmarkConvolutions(_ arguments: [String]) {
  select(arguments)
  let isa = String(cString: nnk_isa_name(nnk_selected()))
  let peak = nnk_peak_flops(200)
  print("{\"bench\": \"peak\", \"isa\": \"\(isa)\", \"gflops\": \((peak / 1e8).rounded() / 10)}")
  for shape in shapes {
    var conv = shape.conv
    let weights = Int(conv.kernel.0 * conv.kernel.1 * conv.channels / conv.groups * conv.filters)
    let memory =
      [floats(Int(conv.batch * conv.stride_input)), floats(weights)] + [
        floats(Int(conv.batch * conv.stride_output))
      ]
    let bias = floats(shape.filters)
    defer { for one in memory + [bias] { one.deallocate() } }
    let flops = 2 * Double(conv.batch * conv.stride_output) * Double(shape.depth)
    for (name, role, given, result) in [
      ("output", nnk_conv_output, (0, 1), 2), ("input", nnk_conv_input, (1, 2), 0),
      ("weight", nnk_conv_weight, (0, 2), 1),
    ] {
      conv.role = role
      conv.activation = role == nnk_conv_output ? nnk_activation_relu : nnk_activation_none
      var operands = nnk_gemm_operands()
      (operands.a, operands.b) = (UnsafePointer(memory[given.0]), UnsafePointer(memory[given.1]))
      operands.c = memory[result]
      operands.bias = role == nnk_conv_output ? UnsafePointer(bias) : nil
      let scratch = floats(Int(nnk_conv_scratch(&conv)))
      defer { scratch.deallocate() }
      let time = fastest(calls: max(1, Int(2e6 / flops))) { nnk_conv_run(&conv, &operands, scratch) }
      print(
        "{\"bench\": \"conv\", \"isa\": \"\(isa)\", \"gives\": \"\(name)\", \(shape.text), "
          + "\"ns\": \(Int(time)), \"gflops\": \((flops / time * 10).rounded() / 10), "
          + "\"of_peak\": \((flops / time * 1e9 / peak * 1_000).rounded() / 1_000)}")
    }
  }
}
