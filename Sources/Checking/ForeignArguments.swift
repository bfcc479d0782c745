import Declarations
import Diagnostics
import Syntax
import Tensors

/// How other tools order the arguments of what is called otherwise here: PyTorch's `Linear(in, out)` is `dense(out)`.
enum ForeignArguments {
  private enum Role {
    /// Inferred here.
    case none
    case plain
    case label(String)
  }

  /// The roles of the arguments without a label, where there are at least as many.
  private static let positional: [String: (least: Int, roles: [Role])] = [
    "linear": (2, [.none, .plain, .label("bias")]),
    "conv1d": (2, [.none, .plain, .label("kernel"), .label("stride"), .label("padding")]),
    "conv2d": (3, [.none, .plain, .label("kernel"), .label("stride"), .label("padding")]),
    "convtranspose2d": (3, [.none, .plain, .label("kernel"), .label("stride"), .label("padding")]),
    "batchnorm1d": (1, [.none]), "batchnorm2d": (1, [.none]), "batchnorm3d": (1, [.none]),
    "batchnormalization": (1, [.none]), "batchnorm": (1, [.none]), "layernorm": (1, [.none]),
    "layernormalization": (1, [.none]), "rmsnorm": (1, [.none]),
    "lstm": (2, [.none, .plain]), "gru": (2, [.none, .plain]), "rnn": (2, [.none, .plain]),
    "embedding": (2, [.none, .plain]),
  ]

  /// Labels for what is inferred here.
  private static let inferred: Set<String> = [
    "infeatures", "inchannels", "inputsize", "inputdim", "numfeatures", "normalizedshape", "numembeddings",
    "inputshape",
  ]

  /// Labels for what stands without one here.
  private static let leading: Set<String> = ["outfeatures", "outchannels", "hiddensize", "embeddingdim"]

  /// The arguments of a call by a foreign name as this language has them.
  static func translated(
    _ arguments: [Argument], of name: String, to declaration: CallableDeclaration
  ) -> [Argument] {
    guard declaration.name != name else { return arguments }
    let labels = Set(declaration.settings.map(\.label))
    let rest = arguments.filter { !inferred.contains(Vocabulary.folded($0.label?.text ?? "")) }.map { argument in
      leading.contains(Vocabulary.folded(argument.label?.text ?? ""))
        ? Argument(label: nil, value: argument.value) : argument
    }
    guard let (least, roles) = positional[Vocabulary.folded(name)],
      arguments.count(where: { $0.label == nil }) >= least
    else { return rest }
    var result: [Argument] = []
    var place = 0
    for var argument in rest {
      if argument.label != nil {
        result.append(argument)
        continue
      }
      let role = roles.indices.contains(place) ? roles[place] : .plain
      place += 1
      switch role {
      case .none: continue
      case .plain: break
      case .label(let label):
        if labels.contains(label) { argument.label = Name(label, argument.span.beginning) }
      }
      result.append(argument)
    }
    return result
  }
}

extension BodyChecker {
  /// The diagnostic of a foreign name, its fix widened to the arguments where they are other ones here.
  func translating(
    _ diagnostic: Diagnostic, _ name: Name, _ given: [Argument], _ own: [Argument], _ declaration: CallableDeclaration,
    _ span: Span
  ) -> Diagnostic {
    let isSame =
      given.count == own.count && zip(given, own).allSatisfy { $0.label?.text == $1.label?.text && $0.span == $1.span }
    if isSame { return diagnostic }
    let parts = own.map { argument in
      let value = checker.sources.text(argument.value.span)
      return argument.label.map { "\($0.text): \(value)" } ?? value
    }
    let call = declaration.name + (parts.isEmpty ? "" : "(\(parts.joined(separator: ", ")))")
    var result = diagnostic
    result.fixes = [Fix("write `\(excerpt(call))`: sizes of inputs are inferred", [Edit(span, call)], isCertain: true)]
    return result
  }
}
