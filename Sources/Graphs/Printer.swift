import Tensors

extension ValueType: CustomStringConvertible {
  /// `float32[2, 3]`, with `×` before it where each example has its own.
  package var description: String { (isShared ? "" : "×") + "\(dtype.rawValue)\(shape)" }
}

extension ValueID: CustomStringConvertible {
  package var description: String { "%\(index)" }
}

extension Graph: CustomStringConvertible {
  /// One line for each node: `%3 = matmul(%0, %2) transpose b : ×float32[4, 3]  // Net.dense gpt.nnet:3:5`. Bodies of
  /// composites are left out.
  package var description: String {
    var lines: [String] = []
    for (index, node) in nodes.enumerated() {
      let definition = node.op.definition
      let operands = node.inputs.map(\.description).joined(separator: ", ")
      let attributes = definition.attributes.isEmpty ? "" : " \(definition.attributes)"
      let origin = [node.origin.path, node.origin.place].filter { !$0.isEmpty }.joined(separator: " ")
      lines.append(
        "%\(index) = \(definition.name)" + (node.inputs.isEmpty ? "" : "(\(operands))") + attributes
          + " : \(node.type)" + (origin.isEmpty ? "" : "  // \(origin)"))
    }
    for output in outputs { lines.append("output \(output.name) = \(output.value)") }
    for effect in effects { lines.append("effect \(effect)") }
    return lines.joined(separator: "\n") + "\n"
  }
}
