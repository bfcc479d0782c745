import Tensors

/// What the sizes of a callee's header stand for at one use.
struct SizeBindings {
  var sizes: [String: Dimension] = [:]
  var packs: [String: Shape] = [:]
  /// Sizes that differ from example to example there, with their greatest values.
  var varying: [String: Dimension] = [:]
  /// What must hold of the caller's sizes.
  var owes: [Fact] = []

  func apply(_ type: CheckedType) -> CheckedType { type.substituting(sizes, packs: packs) }
}

/// Why a value does not fit an input.
enum Mismatch {
  case tensor(ShapeMismatch, Verdict)
  /// A record where a tensor is wanted, or the other way round, or records of other fields.
  case record
  case field(String)
}

extension BodyChecker {
  /// Solves the sizes of a header against a value.
  func match(_ pattern: CheckedType, _ actual: CheckedType, _ bindings: inout SizeBindings) -> Mismatch? {
    switch (pattern, actual) {
    case (.unknown, _), (_, .unknown): return nil
    case (.record(let wanted), .record(let given)):
      guard wanted.count == given.count else { return .record }
      for field in wanted {
        guard let match = given.first(where: { $0.label == field.label }) else { return .field(field.label) }
        if let problem = self.match(field.type, match.type, &bindings) { return problem }
      }
      return nil
    case (.tensor(let wanted), .tensor(let given)):
      let result = wanted.match(given, bindings: &bindings.sizes, packs: &bindings.packs, facts: facts)
      bindings.owes += result.owes
      bindings.varying.merge(result.varying) { _, new in new }
      return result.mismatch.map { .tensor($0, result.verdict) }
    default: return .record
    }
  }
}
