import Declarations
import Diagnostics
import Syntax
import Tensors

/// A call as another tool writes it, in the words of this language.
struct ForeignCall {
  var arguments: [Argument] = []
  /// The activation that was given as a setting, a stage of its own here.
  var activation: String?
  /// What has no counterpart, as it is written.
  var rest: [String] = []
  /// Whether everything that was given is said.
  var isComplete: Bool { rest.isEmpty }
}

/// How other tools order and name the arguments of what is called otherwise here: PyTorch's `Linear(in, out)` is
/// `dense(out)`.
enum ForeignArguments {
  private enum Role {
    /// Inferred here.
    case none
    case plain
    case label(String)
  }

  private static let window: [Role] = [.label("kernel"), .label("stride"), .label("padding")]

  /// The roles of the arguments without a label, where there are at least as many.
  private static let positional: [String: (least: Int, roles: [Role])] = [
    "Linear": (2, [.none, .plain, .label("bias")]),
    "Conv1d": (2, [.none, .plain] + window), "Conv2d": (2, [.none, .plain] + window),
    "conv1d": (2, [.none, .plain] + window), "conv2d": (2, [.none, .plain] + window),
    "Conv1D": (1, [.plain] + window), "Conv2D": (1, [.plain] + window), "Convolution2D": (1, [.plain] + window),
    "ConvTranspose2d": (2, [.none, .plain] + window), "Conv2DTranspose": (1, [.plain] + window),
    "MaxPool1d": (1, [.plain] + window.dropFirst()), "MaxPool2d": (1, [.plain] + window.dropFirst()),
    "AvgPool1d": (1, [.plain] + window.dropFirst()), "AvgPool2d": (1, [.plain] + window.dropFirst()),
    "MaxPooling1D": (1, [.plain] + window.dropFirst()), "MaxPooling2D": (1, [.plain] + window.dropFirst()),
    "AveragePooling1D": (1, [.plain] + window.dropFirst()), "AveragePooling2D": (1, [.plain] + window.dropFirst()),
    "BatchNorm1d": (1, [.none]), "BatchNorm2d": (1, [.none]), "BatchNorm3d": (1, [.none]),
    "BatchNormalization": (1, [.none]), "BatchNorm": (1, [.none]), "LayerNorm": (1, [.none]),
    "LayerNormalization": (1, [.none]), "RMSNorm": (1, [.none]),
    "LSTM": (2, [.none, .plain]), "GRU": (2, [.none, .plain]), "RNN": (2, [.none, .plain]),
    "Embedding": (2, [.none, .plain]), "MultiheadAttention": (2, [.none, .label("heads")]),
  ]

  /// What reduces whole axes there, by the axes.
  private static let reductions: [String: [String]] = [
    "GlobalAveragePooling2D": ["height", "width"], "GlobalMaxPooling2D": ["height", "width"],
    "GlobalAveragePooling1D": ["time"], "GlobalMaxPooling1D": ["time"],
  ]

  /// Labels for what is inferred here, or for what needs no word.
  private static let inferred: Set<String> = [
    "infeatures", "inchannels", "inputsize", "inputdim", "numfeatures", "normalizedshape", "numembeddings",
    "inputshape", "inplace", "name", "params", "embeddim", "dmodel", "keydim",
  ]

  /// Labels for what stands without one here.
  private static let leading: Set<String> = [
    "outfeatures", "outchannels", "hiddensize", "embeddingdim", "outputdim", "units", "filters",
  ]

  /// The call by a foreign name as this language has it.
  static func translated(_ arguments: [Argument], of name: String, to declaration: CallableDeclaration) -> ForeignCall {
    guard declaration.name != name else { return ForeignCall(arguments: arguments) }
    if arguments.isEmpty, let axes = reductions[name] {
      return ForeignCall(arguments: [Argument(label: Name("over", Span.none), value: list(of: axes))])
    }
    var result = ForeignCall()
    let labels = declaration.settings.map(\.label)
    let inputs = declaration.inputs.dropFirst().map(\.name)
    let roles = positional[name].flatMap { entry in
      arguments.count(where: { $0.label == nil }) >= entry.least ? entry.roles : nil
    }
    var place = 0
    for var argument in arguments {
      argument.value = value(argument.value)
      guard let label = argument.label else {
        let role = roles.flatMap { $0.indices.contains(place) ? $0[place] : nil } ?? .plain
        place += 1
        switch role {
        case .none: continue
        case .plain: result.arguments.append(argument)
        case .label(let own):
          guard labels.contains(own) else {
            result.rest.append(own)
            continue
          }
          argument.label = Name(own, argument.value.span.beginning)
          result.arguments.append(argument)
        }
        continue
      }
      add(argument, label.text, labels + inputs, isLayer: declaration.category == .layer, &result)
    }
    return result
  }

  private static func add(
    _ argument: Argument, _ label: String, _ labels: [String], isLayer: Bool, _ result: inout ForeignCall
  ) {
    let key = Vocabulary.folded(label)
    var argument = argument
    let alias = Vocabulary.settingAliasTable(for: labels)[key]
    if inferred.contains(key) || argument.value.name?.text == "None" || isUsual(key, argument.value) { return }
    if leading.contains(key), isLayer {
      argument.label = nil
      result.arguments.insert(argument, at: 0)
    } else if let own = labels.first(where: { Vocabulary.folded($0) == key }) ?? alias {
      argument.label = Name(own, argument.label?.span ?? argument.value.span)
      result.arguments.append(argument)
    } else if key == "activation", let word = argument.value.name?.text,
      let activation = Vocabulary.callable(word), activation.category == .activation
    {
      result.activation = activation.isIdentity ? nil : activation.name
    } else {
      result.rest.append(label)
    }
  }

  /// What goes without saying here.
  private static func isUsual(_ key: String, _ value: Expression) -> Bool {
    guard case .boolean(let flag) = value.kind else { return false }
    return ["batchfirst", "returnsequences"].contains(key) && flag
  }

  /// A value of Python as one of this language: `True`, `(3, 3)`, `'same'`.
  private static func value(_ value: Expression) -> Expression {
    switch value.kind {
    case .name(let name) where name.text == "True" || name.text == "False":
      return Expression(.boolean(name.text == "True"), value.span)
    case .string(let text) where !text.isEmpty: return Expression(.name(Name(text, value.span)), value.span)
    case .record(let fields) where fields.allSatisfy({ $0.label == nil }):
      let sizes = fields.map(\.value)
      if case .integer(let first)? = sizes.first?.kind,
        sizes.allSatisfy({ if case .integer(first) = $0.kind { true } else { false } })
      {
        return Expression(.integer(first), value.span)
      }
      return Expression(.list(sizes), value.span)
    default: return value
    }
  }

  private static func list(of words: [String]) -> Expression {
    let names = words.map { Expression(.name(Name($0, Span.none)), Span.none) }
    return names.count == 1 ? names[0] : Expression(.list(names), Span.none)
  }

  /// The settings of an optimizer by a foreign name: `Adam(model.parameters(), lr=0.01)`.
  static func translated(_ arguments: [Argument], to declaration: OptimizerDeclaration) -> ForeignCall {
    var result = ForeignCall()
    let labels = declaration.settings.map(\.label)
    for var argument in arguments {
      if case .call = argument.value.kind, argument.label == nil { continue }
      if let label = argument.label {
        if label.text == "betas", case .record(let parts) = argument.value.kind, parts.count == 2 {
          for (own, part) in zip(["beta1", "beta2"], parts) {
            result.arguments.append(Argument(label: Name(own, part.span.beginning), value: part.value))
          }
          continue
        }
        argument.value = value(argument.value)
        add(argument, label.text, labels, isLayer: false, &result)
      } else if labels.contains("rate"), !result.arguments.contains(where: { $0.label?.text == "rate" }) {
        argument.label = Name("rate", argument.value.span.beginning)
        result.arguments.append(argument)
      } else {
        result.rest.append("a second number")
      }
    }
    return result
  }
}

extension Span {
  /// The place of what a translation adds.
  fileprivate static let none = Span(file: FileID(0), start: 0, end: 0)
}

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
      isSound && own.activation == nil
      && given.count == own.arguments.count
      && zip(given, own.arguments).allSatisfy { $0.label?.text == $1.label?.text && $0.value.span == $1.value.span }
    if isSame { return diagnostic }
    var result = diagnostic
    guard isWhole(span) else {
      result.fixes = result.fixes.map { Fix($0.title, $0.edits, isCertain: false) }
      return result
    }
    checker.absorbed.append(span)
    let call = callText(name, own)
    result.fixes = [
      Fix(
        isSound ? "write `\(excerpt(call))`" : "perhaps `\(excerpt(call))`", [Edit(span, call)], isCertain: isSound)
    ]
    if !own.isComplete {
      let names = own.rest.map { "`\($0)`" }.joined(separator: ", ")
      result.notes.append("without a counterpart here: \(names)")
      result.notes += own.rest.compactMap { counterpart(of: $0, name) }
    }
    return result
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
    return written + (call.activation.map { " -> \($0)" } ?? "")
  }

  private func text(of value: Expression) -> String {
    switch value.kind {
    case .boolean(let flag): "\(flag)"
    case .integer(let number): "\(number)"
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
    case "dropout", "recurrentdropout": "`-> dropout(0.2)` is a layer of its own"
    default: nil
    }
  }
}
