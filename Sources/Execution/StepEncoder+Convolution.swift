import CKernels
import Graphs
import Lowering

extension StepEncoder {
  mutating func encode(
    _ convolve: Convolve, _ reads: [UnsafeRawPointer], _ writes: [UnsafeMutableRawPointer], _ step: inout nnk_step
  ) {
    step.kind = nnk_step_conv
    var conv = description(convolve.window, channels: convolve.channels)
    conv.role =
      switch convolve.role {
      case .output: nnk_conv_output
      case .input: nnk_conv_input
      case .weight: nnk_conv_weight
      }
    conv.batch = Int64(convolve.batch)
    conv.filters = Int64(convolve.filters)
    conv.groups = Int64(convolve.groups)
    conv.stride_input = Int64(convolve.inputStride)
    conv.stride_weight = Int64(convolve.weightStride)
    conv.stride_output = Int64(convolve.outputStride)
    conv.activation = activation(convolve.activation)
    conv.gradient = activation(convolve.gradient)
    step.conv = kept(conv)
    func floats(_ index: Int) -> UnsafePointer<Float> { reads[index].assumingMemoryBound(to: Float.self) }
    step.operands.a = floats(0)
    step.operands.b = floats(1)
    step.operands.c = writes[0].assumingMemoryBound(to: Float.self)
    step.operands.bias = convolve.bias.map(floats)
    step.operands.saved = convolve.saved.map(floats)
    let scratch = Int(nnk_conv_scratch(&conv))
    if scratch > 0 {
      let memory = UnsafeMutableRawPointer.allocate(byteCount: scratch * 4, alignment: 64)
      allocations.append(memory)
      step.scratch = memory.bindMemory(to: Float.self, capacity: scratch)
    }
  }

  mutating func encode(_ kernel: WindowKernel, _ step: inout nnk_step) {
    step.kind =
      switch kernel.function {
      case .maximum: nnk_step_max_pool
      case .maximumGradient: nnk_step_max_pool_backward
      case .average: nnk_step_average_pool
      case .averageGradient: nnk_step_average_pool_backward
      case .fold: nnk_step_fold
      }
    var window = description(kernel.window, channels: kernel.channels)
    window.batch = Int64(kernel.images)
    step.rows = window.batch
    step.conv = kept(window)
  }

  private func description(_ window: Window, channels: Int) -> nnk_conv {
    func pair(_ values: [Int]) -> (Int64, Int64) { (Int64(values[0]), Int64(values[1])) }
    var conv = nnk_conv()
    conv.channels = Int64(channels)
    conv.image = pair(window.image)
    conv.kernel = pair(window.kernel)
    conv.output = pair(window.output)
    conv.stride = pair(window.strides)
    conv.dilation = pair(window.dilations)
    conv.low = pair(window.low)
    return conv
  }

  /// A description that lives as long as the steps.
  private mutating func kept(_ conv: nnk_conv) -> UnsafePointer<nnk_conv> {
    let memory = UnsafeMutablePointer<nnk_conv>.allocate(capacity: 1)
    memory.initialize(to: conv)
    allocations.append(UnsafeMutableRawPointer(memory))
    return UnsafePointer(memory)
  }
}
