import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

/// What modules of other tools are called: `nn.Linear`, `F.relu`, `torch.optim.Adam`.
private let foreignModules: Set<String> = [
  "nn", "F", "torch", "tf", "keras", "layers", "optim", "optimizers", "jax", "flax", "functional", "metrics", "losses",
]

extension BodyChecker {
  /// The last name of `nn.ReLU`, with the place of all of it; nil where the first name means something here.
  func foreignPath(_ expression: Expression) -> Name? {
    guard case .member(var base, let label) = expression.unwrapped.kind else { return nil }
    while case .member(let inner, _) = base.unwrapped.kind { base = inner }
    guard let root = base.name, foreignModules.contains(root.text), peek(root.text) == nil,
      file.names[root.text] == nil
    else { return nil }
    return Name(label.text, expression.span)
  }

  /// The diagnostic of a foreign name, with a fix that writes the call anew where its arguments are other ones here.
  func translating(
    _ diagnostic: Diagnostic, _ given: [Argument], _ own: ForeignCall, _ name: String, _ span: Span, isSound: Bool
  ) -> Diagnostic {
    let isSame =
      isSound && own.activation == nil && own.padding == nil
      && given.count == own.arguments.count
      && zip(given, own.arguments).allSatisfy {
        $0.label?.text == $1.label?.text && $0.value.span == $1.value.span && !isForeign($0.value)
      }
    if isSame { return diagnostic }
    var result = diagnostic
    guard isWhole(span) else {
      result.fixes = result.fixes.map { Fix($0.title, $0.edits, isCertain: false) }
      return result
    }
    checker.absorbed.append(span)
    guard own.notes.isEmpty else {
      result.fixes = []
      let written = diagnostic.primary.map { checker.sources.text($0.span) } ?? name
      result.notes.append("`\(written)` is `\(name)` here")
      result.notes += own.notes
      return result
    }
    let call = callText(name, own)
    result.fixes = [
      Fix(
        isSound ? "write `\(excerpt(call))`" : "perhaps `\(excerpt(call))`", [Edit(span, call)], isCertain: isSound)
    ]
    if !own.rest.isEmpty {
      let names = own.rest.map { "`\($0)`" }.joined(separator: ", ")
      result.notes.append("without a counterpart here: \(names)")
      result.notes += own.rest.compactMap { counterpart(of: $0, name) }
    }
    return result
  }

  /// Whether a value is written otherwise here: `(3, 3)`, `'same'`, `True`.
  private func isForeign(_ value: Expression) -> Bool {
    switch value.kind {
    case .record, .string: true
    case .name(let name): name.text == "True" || name.text == "False"
    default: false
    }
  }

  /// Whether all brackets of a call are closed, so that its arguments are what they seem.
  private func isWhole(_ span: Span) -> Bool {
    let text = checker.sources.text(span)
    return text.count { $0 == "(" } == text.count { $0 == ")" }
  }

  /// A translated call as one writes it.
  func callText(_ name: String, _ call: ForeignCall) -> String {
    let parts = call.arguments.map { argument in
      argument.label.map { "\($0.text): \(text(of: argument.value))" } ?? text(of: argument.value)
    }
    let written = name + (parts.isEmpty ? "" : "(\(parts.joined(separator: ", ")))")
    let before = call.padding.map { callText("pad", ForeignCall(arguments: $0)) + " -> " } ?? ""
    return before + written + (call.activation.map { " -> \($0)" } ?? "")
  }

  private func text(of value: Expression) -> String {
    switch value.kind {
    case .boolean(let flag): "\(flag)"
    case .integer(let number): "\(number)"
    // Computed, not written.
    case .real(let number) where value.span.isEmpty: "\(number)"
    case .name(let name): name.text
    case .list(let elements): "[" + elements.map(text).joined(separator: ", ") + "]"
    default: checker.sources.text(value.span)
    }
  }

  /// How what other tools have a setting for is written here.
  func counterpart(of label: String, _ name: String) -> String? {
    switch Vocabulary.folded(label) {
    case "bidirectional": "both directions: `bidirectional(\(name)(16))`"
    case "numlayers": "several layers: `\(name)(16) -> \(name)(16)`"
    case "activation", "act", "nonlinearity": "an activation is a stage of its own: `-> relu`"
    case "returnsequences", "returnstate": "`-> last` keeps the last step"
    case "dim", "axis": name.hasSuffix("softmax") ? "`\(name)` works along the last axis" : nil
    case "decay": "a rate that falls is a schedule, such as `cosine(from: 1e-3)`"
    case "dropout", "recurrentdropout": "`-> dropout(0.2)` is a layer of its own"
    default: nil
    }
  }
}
