import Graphs
import Tensors

/// An attention over concrete shapes, forward or backward.
///
/// Reads: q [examples, queries, heads, width], k and v [examples, keys, groups, width], the mask [examples, keys] where
/// there is one; backward then the result, its sums and the derivative by the result. Writes: one region for each part.
package struct Attention: Hashable, Sendable {
  /// What an attention computes.
  package enum Part: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Forward: the result, and the logarithm of each row's sum.
    case result, sums
    /// Backward: the derivatives by q, k and v.
    case query, key, value

    package var isBackward: Bool { self != .result && self != .sums }
    package static func < (a: Part, b: Part) -> Bool {
      guard let first = allCases.firstIndex(of: a), let second = allCases.firstIndex(of: b) else { return false }
      return first < second
    }
  }
  package var form: AttentionForm
  package var queries: Int
  package var keys: Int
  package var heads: Int
  package var groups: Int
  package var width: Int
  package var isMasked: Bool
  package var examples: Int
  /// In ascending order: all forward, or all backward.
  package var parts: [Part]

  package var isBackward: Bool { parts[0].isBackward }

  /// Multiplications and additions, those that a causal attention leaves out included.
  package var flops: Int {
    let products = isBackward ? 2 + parts.count : parts.contains(.result) ? 2 : 1
    return 2 * products * examples * queries * keys * heads * width
  }
}

extension FusedComposite {
  /// The widest rows of a head that the kernel takes.
  private static let widestHead = 512

  /// An attention or one of its gradients, unless a size or a type does not fit.
  static func attention(_ composite: Composite, _ inputs: [ValueType]) -> Kind? {
    let part: Attention.Part
    switch composite.name {
    case "attention": part = .result
    case "attention_sums": part = .sums
    case "attention_gradient_query": part = .query
    case "attention_gradient_key": part = .key
    case "attention_gradient_value": part = .value
    default: return nil
    }
    let (q, k) = (inputs[0].shape, inputs[1].shape)
    let form = AttentionForm(attributes: composite.attributes)
    guard inputs.allSatisfy({ $0.isShared == inputs[0].isShared && $0.dtype == .float32 }), !(q + k).contains(0),
      q[2] <= widestHead, form.scale > 0
    else { return nil }
    return .attention(
      Attention(
        form: form, queries: q[0], keys: k[0], heads: q[1], groups: k[1], width: q[2],
        isMasked: inputs.count == (part.isBackward ? 7 : 4), examples: 0, parts: [part]))
  }
}

extension Emitter {
  /// One instruction for the parts of an attention that stand together.
  mutating func emitAttention(_ members: [Int]) {
    var parts: [(part: Attention.Part, step: Int)] = []
    var kernel: Attention?
    for member in members {
      guard case .composite(let composite) = list.steps[member].kind, case .attention(let attention) = composite.kind
      else { preconditionFailure("parts of an attention stand together") }
      parts.append((attention.parts[0], member))
      kernel = attention
    }
    guard var kernel, let q = list.steps[members[0]].operands[0].view else {
      preconditionFailure("an attention reads q")
    }
    parts.sort { $0.part < $1.part }
    kernel.parts = parts.map(\.part)
    kernel.examples = q.count / (kernel.queries * kernel.heads * kernel.width)
    let step = list.steps[members[0]]
    append(
      .attention(kernel), reads: step.operands.compactMap(\.view).map { region($0) },
      writes: parts.map { result($0.step) }, origin: step.origin, flops: kernel.flops)
  }
}
