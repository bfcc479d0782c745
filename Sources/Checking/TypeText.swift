import Tensors

extension TensorType {
  /// The type as one writes it.
  package var text: String { description }
}

extension CheckedType {
  func text(_ describe: (TensorType) -> String) -> String {
    switch self {
    case .tensor(let type): return describe(type)
    case .record(let fields):
      return "(" + fields.map { "\($0.label): \($0.type.text(describe))" }.joined(separator: ", ") + ")"
    case .unknown: return "unknown"
    }
  }
  /// The type as one writes it; `unknown` where a mistake left none.
  package var text: String { text { $0.description } }

  var tensor: TensorType? { if case .tensor(let type) = self { type } else { nil } }

  /// Whether the mistake of another place makes this, or a part of it, unknown.
  var hasUnknown: Bool {
    switch self {
    case .unknown: true
    case .tensor: false
    case .record(let fields): fields.contains { $0.type.hasUnknown }
    }
  }

  /// The type with the variables and packs replaced at once.
  func substituting(_ sizes: [String: Dimension], packs: [String: Shape] = [:]) -> CheckedType {
    switch self {
    case .unknown: return .unknown
    case .record(let fields):
      return .record(fields.map { CheckedFieldType($0.label, $0.type.substituting(sizes, packs: packs)) })
    case .tensor(let type): return .tensor(type.substituting(sizes, packs: packs))
    }
  }

  /// Whether a size on the way overflowed.
  var isInvalid: Bool {
    switch self {
    case .unknown: return false
    case .record(let fields): return fields.contains { $0.type.isInvalid }
    case .tensor(let type): return type.isInvalid
    }
  }

  static let scalar = CheckedType.tensor(.scalar)
}

extension TensorType {
  /// Whether a size, or the number of elements, overflowed.
  var isInvalid: Bool {
    if case .classes(let count) = element, count.isInvalid { return true }
    if case .token(let count) = element, count.isInvalid { return true }
    return shape.axes.contains { $0.size.isInvalid || $0.limit?.isInvalid ?? false }
      || shape.elementCount?.isInvalid ?? false
  }
}
