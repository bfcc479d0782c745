import CKernels
import Lowering

extension StepEncoder {
  /// The addresses of a step that hold its operands, each with the region that it stands for.
  static func slots(
    _ instruction: Instruction, _ step: UnsafeMutablePointer<nnk_step>
  ) -> [(where: UnsafeMutableRawPointer, region: Region)] {
    let start = UnsafeMutableRawPointer(step)
    func field<Value>(_ path: KeyPath<nnk_step, Value>) -> UnsafeMutableRawPointer {
      guard let offset = MemoryLayout<nnk_step>.offset(of: path) else { preconditionFailure("a stored field") }
      return start + offset
    }
    let (reads, writes) = (instruction.reads, instruction.writes)
    switch step.pointee.kind {
    case nnk_step_program:
      let inputs = UnsafeMutableRawPointer(mutating: step.pointee.inputs)
      let outputs = UnsafeMutableRawPointer(mutating: step.pointee.outputs)
      guard let inputs, let outputs else { preconditionFailure("a program has operands") }
      let size = MemoryLayout<UnsafeRawPointer>.size
      return reads.enumerated().map { (inputs + $0 * size, $1) } + writes.enumerated().map { (outputs + $0 * size, $1) }
    case nnk_step_attention, nnk_step_attention_backward:
      guard case .attention(let attention) = instruction.kind else { preconditionFailure("an attention") }
      let inputs = UnsafeMutableRawPointer(mutating: step.pointee.inputs)
      let outputs = UnsafeMutableRawPointer(mutating: step.pointee.outputs)
      guard let inputs, let outputs else { preconditionFailure("an attention has operands") }
      let size = MemoryLayout<UnsafeRawPointer>.size
      let places = Attention.Part.allCases.filter { $0.isBackward == attention.isBackward }
      let written = places.indices.filter { attention.parts.contains(places[$0]) }
      return reads.enumerated().map { (inputs + $0 * size, $1) }
        + zip(written, writes).map { (outputs + $0 * size, $1) }
    case nnk_step_gemm:
      var slots = [(field(\.operands.a), reads[0]), (field(\.operands.b), reads[1]), (field(\.operands.c), writes[0])]
      if step.pointee.operands.bias != nil { slots.append((field(\.operands.bias), reads[2])) }
      if step.pointee.operands.saved != nil { slots.append((field(\.operands.saved), reads[reads.count - 1])) }
      return slots
    case nnk_step_conv:
      var slots = [(field(\.operands.a), reads[0]), (field(\.operands.b), reads[1]), (field(\.operands.c), writes[0])]
      guard case .convolve(let convolve) = instruction.kind else { preconditionFailure("a convolution") }
      if let bias = convolve.bias { slots.append((field(\.operands.bias), reads[bias])) }
      if let saved = convolve.saved { slots.append((field(\.operands.saved), reads[saved])) }
      return slots
    default:
      let places = [field(\.x), field(\.y), field(\.z)]
      var results = [field(\.out), field(\.out2)]
      if step.pointee.out == nil { results.removeFirst() }
      return Array(zip(places, reads)) + Array(zip(results, writes))
    }
  }
}
