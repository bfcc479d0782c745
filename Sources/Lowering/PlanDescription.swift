import Graphs

extension Plan: CustomStringConvertible {
  /// The plan as `nnc plan` prints it: one line for each instruction with its kernel, sizes, operands and origin.
  package var description: String {
    var lines = [
      "batch \(batch): \(instructions.count) instructions, \(flops) floating-point operations, "
        + "arena \(arenaBytes) bytes (at least \(lowerBoundBytes))"
    ]
    let rows = listed(instructions, inside: "")
    let cells = rows.map { [write($0.instruction), $0.indent + kernel($0.instruction), $0.instruction.origin.path] }
    let width = min(44, cells.map { $0[0].count }.max() ?? 0)
    let widthOfKernel = min(100, cells.map { $0[1].count }.max() ?? 0)
    let digits = rows.map(\.label.count).max() ?? 0
    for (index, row) in cells.enumerated() {
      var line =
        pad(rows[index].label, digits, fromLeft: true) + "  " + pad(row[0], width) + " = " + pad(row[1], widthOfKernel)
        + "  "
        + row[2]
      while line.last == " " { line.removeLast() }
      lines.append(line)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// All instructions with their numbers; those of a loop's body have its number in front of their own.
  private func listed(
    _ instructions: [Instruction], inside loop: String
  ) -> [(label: String, indent: String, instruction: Instruction)] {
    instructions.enumerated().flatMap { index, instruction in
      let label = loop + String(index)
      let indent = loop.isEmpty ? "" : String(repeating: "  ", count: loop.count { $0 == "." })
      guard case .scan(let repeated) = instruction.kind else { return [(label, indent, instruction)] }
      return [(label, indent, instruction)] + listed(repeated.body, inside: label + ".")
    }
  }

  private func pad(_ text: String, _ width: Int, fromLeft: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(0, width - text.count))
    return fromLeft ? spaces + text : text + spaces
  }

  private func write(_ instruction: Instruction) -> String {
    instruction.writes.map { name($0, shows: true) }.joined(separator: ", ")
  }

  /// A region as readers know it: its parameter, input or output, or its place in the arena.
  package func name(_ region: Region, shows sizes: Bool = false) -> String {
    let buffer = buffers[region.buffer]
    let isWhole = region.offset == 0 && region.extent == buffer.count
    var text: String
    switch buffer.place {
    case .arena(let offset): text = "@\(offset + (isWhole ? 0 : region.offset * buffer.dtype.byteCount))"
    case .parameter(let path): text = path
    case .input(let name): text = name
    case .output(let name): text = name
    case .constant(let tensor): text = tensor.count == 1 ? "\(tensor.floats[0])" : "constant"
    }
    if case .arena = buffer.place {
    } else if !isWhole {
      text += "[\(region.offset)..<\(region.offset + region.extent)]"
    }
    if region.strides.contains(where: { $0 != 0 }) {
      text += " + " + region.strides.map { "\($0)" }.joined(separator: ", ") + "·t"
    }
    if sizes { text += isWhole ? "\(buffer.sizes)" : "[\(region.extent)]" }
    if buffer.dtype != .float32, sizes { text += " \(buffer.dtype.rawValue)" }
    return text
  }

  private func kernel(_ instruction: Instruction) -> String {
    let reads = instruction.reads.map { name($0) }
    switch instruction.kind {
    case .loop(let loop): return describe(loop, reads)
    case .multiply(let multiply): return describe(multiply, reads)
    case .convolve(let convolve): return describe(convolve, reads)
    case .windows(let kernel):
      return "\(kernel.function.rawValue) \(kernel.images) × \(kernel.window) × \(kernel.channels) "
        + "(\(reads.joined(separator: ", ")))"
    case .copy(let copy): return "copy \(copy.sizes) \(reads[0]) strides \(copy.sourceStrides) to \(copy.targetStrides)"
    case .zero(let count): return "zero \(count)"
    case .gather(let gather):
      return "gather \(gather.outer > 1 ? "\(gather.outer) × " : "")\(gather.count) of \(gather.tableRows) rows "
        + "× \(gather.width) (\(reads.joined(separator: ", ")))"
    case .scatterAdd(let scatter):
      return
        "scatter_add \(scatter.outer > 1 ? "\(scatter.outer) × " : "")\(scatter.count) to \(scatter.tableRows) rows "
        + "× \(scatter.width) (\(reads.joined(separator: ", ")))"
    case .argMax(let rows, let columns, _): return "argmax \(rows)×\(columns) (\(reads[0]))"
    case .random(let draw): return "random \(draw.draw.distribution) \(draw.count) \"\(draw.draw.path)\""
    case .pack(let pack): return "pack \(pack.rows)×\(pack.columns)\(pack.isTransposed ? "ᵀ" : "") (\(reads[0]))"
    case .scan(let repeated): return "\(repeated.count) times"
    case .attention(let kernel): return describe(kernel, reads)
    case .rows(let kernel):
      return "\(kernel.function.name) \(kernel.rows)×\(kernel.columns) (\(reads.joined(separator: ", ")))"
    }
  }

  private func describe(_ convolve: Convolve, _ reads: [String]) -> String {
    var text = "convolution \(convolve.role.rawValue) \(convolve.batch) × \(convolve.window), "
    text += "\(convolve.channels) → \(convolve.filters)"
    if convolve.groups > 1 { text += " in \(convolve.groups) groups" }
    text += " (\(reads[0]), \(reads[1]))"
    if let bias = convolve.bias { text += " + \(reads[bias])" }
    if let activation = convolve.activation { text += " → \(activation.rawValue)" }
    if let gradient = convolve.gradient, let saved = convolve.saved {
      text += " · \(gradient.rawValue)'(\(reads[saved]))"
    }
    return text
  }

  private func describe(_ attention: Attention, _ reads: [String]) -> String {
    let heads = attention.heads == attention.groups ? "" : " in \(attention.groups) groups"
    return "attention\(attention.isBackward ? "'" : "") \(attention.examples) × \(attention.heads) heads\(heads) × "
      + "\(attention.queries)×\(attention.width) · \(attention.keys)×\(attention.width)"
      + "\(attention.form.isCausal ? " causal" : "") (\(reads.joined(separator: ", ")))"
  }

  private func describe(_ multiply: Multiply, _ reads: [String]) -> String {
    var text = "matmul "
    let outer = multiply.outer.reduce(1) { $0 * $1.size }
    if outer > 1 { text += "\(outer) × " }
    text += "\(multiply.m)×\(multiply.k)\(multiply.transposesA ? "ᵀ" : "")·"
    text += "\(multiply.k)×\(multiply.n)\(multiply.transposesB ? "ᵀ" : "") (\(reads[0]), \(reads[1]))"
    if multiply.hasBias { text += " + \(reads[2])" }
    if let activation = multiply.activation { text += " → \(activation.rawValue)" }
    if let gradient = multiply.gradient { text += " · \(gradient.rawValue)'(\(reads[reads.count - 1]))" }
    return text
  }

  /// A loop as one expression for each result; what is used twice gets a name.
  private func describe(_ loop: Loop, _ reads: [String]) -> String {
    var uses = [Int](repeating: 0, count: loop.values.count)
    for value in loop.values {
      if case .operation(_, let operands) = value { for operand in operands { uses[operand] += 1 } }
    }
    for result in loop.results { uses[result.value] += 1 }
    var texts: [String] = []
    var bindings: [String] = []
    var input = 0
    for (index, value) in loop.values.enumerated() {
      var text: String
      switch value {
      case .constant(let number): text = "\(number)"
      case .input(let access, let element):
        text = reads[input] + suffix(access, element)
        input += 1
      case .operation(let function, let operands):
        text = expression(function, operands.map { texts[$0] })
        if uses[index] > 1 {
          bindings.append("t\(bindings.count) = \(text)")
          text = "t\(bindings.count - 1)"
        }
      }
      texts.append(text)
    }
    let results = loop.results.map { result in
      switch result {
      case .store(let value, _), .storeRows(let value, _, _): texts[value]
      case .rowSum(let value, let scale): "row_sum(\(texts[value]))\(suffix(scale))"
      case .rowMaximum(let value): "row_max(\(texts[value]))"
      case .columnSum(let value, let scale): "column_sum(\(texts[value]))\(suffix(scale))"
      case .totalSum(let value, let scale): "sum(\(texts[value]))\(suffix(scale))"
      }
    }
    let space = loop.rows == 1 ? "\(loop.columns)" : "\(loop.rows)×\(loop.columns)"
    return "loop \(space) { \((bindings + [results.joined(separator: ", ")]).joined(separator: "; ")) }"
  }

  private func suffix(_ scale: Float) -> String { scale == 1 ? "" : "·\(scale)" }

  private func suffix(_ access: Loop.Access, _ element: Loop.Element) -> String {
    let kind = element == .float32 ? "" : ":\(element)"
    switch access {
    case .contiguous: return kind
    case .scalar: return kind + "[]"
    case .periodic(let period): return kind + "[i mod \(period)]"
    case .repeated(let times): return kind + "[i / \(times)]"
    case .strided(let sizes, let strides):
      return kind + "[\(zip(sizes, strides).map { "\($0):\($1)" }.joined(separator: " "))]"
    }
  }

  private func expression(_ function: LoopFunction, _ operands: [String]) -> String {
    switch function {
    case .scalar(.add): "(\(operands[0]) + \(operands[1]))"
    case .scalar(.subtract): "(\(operands[0]) − \(operands[1]))"
    case .scalar(.multiply): "\(operands[0])·\(operands[1])"
    case .scalar(.divide): "\(operands[0])/\(operands[1])"
    case .scalar(.less): "(\(operands[0]) < \(operands[1]))"
    case .scalar(.lessOrEqual): "(\(operands[0]) ≤ \(operands[1]))"
    case .scalar(.equal): "(\(operands[0]) == \(operands[1]))"
    case .scalar(let function): "\(function.rawValue)(\(operands.joined(separator: ", ")))"
    case .multiplyAdd: "(\(operands[0])·\(operands[1]) + \(operands[2]))"
    case .equalBits: "(\(operands[0]) == \(operands[1]))"
    case .not: "not(\(operands[0]))"
    case .ceiling: "ceiling(\(operands[0]))"
    case .copy: operands[0]
    }
  }
}

extension Loop.Result {
  /// The value that is stored or reduced.
  package var value: Int {
    switch self {
    case .store(let value, _), .storeRows(let value, _, _), .rowSum(let value, _), .rowMaximum(let value),
      .columnSum(let value, _),
      .totalSum(let value, _):
      value
    }
  }
}

extension RowKernel.Function {
  /// The kernel's name, as plans print it.
  package var name: String {
    switch self {
    case .softmax: "softmax"
    case .logSoftmax: "log_softmax"
    case .softmaxGradient: "softmax'"
    case .logSoftmaxGradient: "log_softmax'"
    case .crossEntropy: "softmax_cross_entropy"
    case .crossEntropyGradient: "softmax_cross_entropy'"
    case .crossEntropyBoth: "softmax_cross_entropy', softmax_cross_entropy"
    case .standardize: "standardize_rows"
    case .standardizeGradient: "standardize_rows'"
    }
  }
}
