import Graphs

extension Emitter {
  mutating func emitConvolve(_ index: Int, _ convolve: Convolve) {
    let step = list.steps[index]
    let reads = step.operands.compactMap(\.view).map { region($0) }
    append(
      .convolve(convolve), reads: reads, writes: [result(index)], origin: step.origin, flops: convolve.flops)
  }

  mutating func emitWindows(_ index: Int, _ kernel: WindowKernel) {
    let step = list.steps[index]
    let reads = step.operands.compactMap(\.view).map { region($0) }
    let places = (kernel.window.output + kernel.window.kernel).reduce(kernel.images * kernel.channels, *)
    append(.windows(kernel), reads: reads, writes: [result(index)], origin: step.origin, flops: places)
  }
}
