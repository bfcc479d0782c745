extension Axis: CustomStringConvertible {
  /// The size, and the limit of one that varies: `T <= 200`.
  package var description: String { description { $0.description } }

  func description(_ text: (Dimension) -> String) -> String {
    guard let limit else { return text(size) }
    return size == limit ? "<= \(text(limit))" : "\(text(size)) <= \(text(limit))"
  }
}

extension Shape: CustomStringConvertible {
  /// The shape as a file writes it: `[28, 28, 1]`, `[...S, D]`, `scalar`.
  package var description: String { description { $0.description } }

  func description(_ text: (Dimension) -> String) -> String {
    isScalar ? "scalar" : list(text)
  }

  fileprivate func list(_ text: (Dimension) -> String) -> String {
    "[" + ((pack.map { ["...\($0)"] } ?? []) + axes.map { $0.description(text) }).joined(separator: ", ") + "]"
  }

  /// The shape with all the variables and packs replaced at once.
  package func substituting(_ values: [String: Dimension], packs: [String: Shape] = [:]) -> Shape {
    let own = axes.map { Axis($0.size.substituting(values), limit: $0.limit?.substituting(values)) }
    guard let pack, let leading = packs[pack] else { return Shape(pack: pack, own) }
    return Shape(pack: leading.pack, leading.axes + own)
  }

  /// The names of the variables in sizes and limits; not the pack's.
  package var variables: Set<String> {
    axes.reduce(into: []) { names, axis in
      names.formUnion(axis.size.variables)
      if let limit = axis.limit { names.formUnion(limit.variables) }
    }
  }

  /// The number of elements; nil for a shape with a pack. Invalid where it exceeds 64 bits.
  package var elementCount: Dimension? { pack == nil ? axes.reduce(1) { $0 * $1.size } : nil }
}

extension Element {
  package func substituting(_ values: [String: Dimension]) -> Element {
    switch self {
    case .classes(let count): .classes(count.substituting(values))
    case .token(let count): .token(count.substituting(values))
    case .float, .bool, .text: self
    }
  }
}

extension TensorType: CustomStringConvertible {
  /// The type as a file writes it: `[28, 28, 1]`, `token(65)[64]`, `bool[T]`, `class(10)`.
  package var description: String { description { $0.description } }

  func description(_ text: (Dimension) -> String) -> String {
    let word: String
    switch element {
    case .float: return shape.description(text)
    case .bool: word = "bool"
    case .text: word = "text"
    case .classes(let count): word = "class(\(text(count)))"
    case .token(let count): word = "token(\(text(count)))"
    }
    return shape.isScalar ? word : word + shape.list(text)
  }

  package func substituting(_ values: [String: Dimension], packs: [String: Shape] = [:]) -> TensorType {
    TensorType(element.substituting(values), shape.substituting(values, packs: packs))
  }
}

extension Facts {
  /// The shape in the words of the file.
  package func describe(_ shape: Shape) -> String { shape.description { describe($0) } }

  /// The type in the words of the file.
  package func describe(_ type: TensorType) -> String { type.description { describe($0) } }
}
