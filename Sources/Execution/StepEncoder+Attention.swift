import CKernels
import Lowering

extension StepEncoder {
  mutating func encode(
    _ attention: Attention, _ reads: [UnsafeRawPointer], _ writes: [UnsafeMutableRawPointer], _ step: inout nnk_step
  ) {
    step.kind = attention.isBackward ? nnk_step_attention_backward : nnk_step_attention
    step.rank = attention.isMasked ? 1 : 0
    step.rows = Int64(attention.examples * (attention.isBackward ? attention.groups : attention.heads))
    step.attention = UnsafePointer(
      allocate([
        nnk_attention(
          batch: Int64(attention.examples), queries: Int64(attention.queries), keys: Int64(attention.keys),
          heads: Int64(attention.heads), groups: Int64(attention.groups), width: Int64(attention.width),
          scale: Float(attention.form.scale), causal: attention.form.isCausal)
      ]))
    step.inputs = UnsafePointer(allocate(reads))
    var results: [UnsafeMutableRawPointer?] = []
    for part in Attention.Part.allCases where part.isBackward == attention.isBackward {
      results.append(attention.parts.firstIndex(of: part).map { writes[$0] })
    }
    step.outputs = UnsafePointer(allocate(results))
  }
}
