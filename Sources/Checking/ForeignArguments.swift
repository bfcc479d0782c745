import Declarations
import Diagnostics
import Syntax
import Tensors

/// A call as another tool writes it, in the words of this language.
struct ForeignCall {
  var arguments: [Argument] = []
  /// An axis by its number, which has a name here.
  var axis: Argument?
  /// Whether what is said is a guess.
  var isGuess = false
  /// The settings of a `pad` that comes before.
  var padding: [Argument]?
  /// The activation that was given as a setting, a stage of its own here, or `last`.
  var activation: String?
  /// What has no counterpart, as it is written.
  var rest: [String] = []
  /// What means something else here and cannot be said for certain, in words.
  var notes: [String] = []
  /// Whether everything that was given is said.
  var isComplete: Bool { rest.isEmpty && notes.isEmpty }
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
    "ConvTranspose1d": (2, [.none, .plain] + window), "Conv1DTranspose": (1, [.plain] + window),
    "ConvTranspose2d": (2, [.none, .plain] + window), "Conv2DTranspose": (1, [.plain] + window),
    "DepthwiseConv1D": (1, window), "DepthwiseConv2D": (1, window),
    "MaxPool1d": (1, [.plain] + window.dropFirst()), "MaxPool2d": (1, [.plain] + window.dropFirst()),
    "AvgPool1d": (1, [.plain] + window.dropFirst()), "AvgPool2d": (1, [.plain] + window.dropFirst()),
    "MaxPooling1D": (1, [.plain] + window.dropFirst()), "MaxPooling2D": (1, [.plain] + window.dropFirst()),
    "AveragePooling1D": (1, [.plain] + window.dropFirst()), "AveragePooling2D": (1, [.plain] + window.dropFirst()),
    "BatchNorm1d": (1, [.none]), "BatchNorm2d": (1, [.none]), "BatchNorm3d": (1, [.none]),
    "BatchNormalization": (1, [.none]), "BatchNorm": (1, [.none]), "LayerNorm": (1, [.none]),
    "LayerNormalization": (1, [.none]), "RMSNorm": (1, [.none]),
    "LSTM": (2, [.none, .plain]), "GRU": (2, [.none, .plain]), "RNN": (2, [.none, .plain]),
    "to_categorical": (2, [.plain, .none]), "one_hot": (2, [.plain, .none]),
    "flatten": (2, [.plain, .none, .none]), "Flatten": (1, [.none, .none]), "GroupNorm": (2, [.plain, .none]),
    "Embedding": (2, [.none, .plain]), "MultiheadAttention": (2, [.none, .label("heads")]),
  ]

  /// What reduces whole axes there, by the axes.
  private static let reductions: [String: [String]] = [
    "GlobalAveragePooling2D": ["height", "width"], "GlobalMaxPooling2D": ["height", "width"],
    "GlobalAveragePooling1D": ["time"], "GlobalMaxPooling1D": ["time"],
  ]

  /// Labels for what needs no word here.
  static let needless: Set<String> = ["inplace", "name", "params"]

  /// Labels for what is inferred here, or for what needs no word.
  static let inferred: Set<String> = [
    "infeatures", "inchannels", "inputsize", "inputdim", "numfeatures", "normalizedshape", "numembeddings",
    "inputshape", "inplace", "name", "params", "embeddim", "dmodel", "keydim", "inplanes",
  ]

  /// Labels for what stands without one here.
  private static let leading: Set<String> = [
    "outfeatures", "outchannels", "hiddensize", "embeddingdim", "outputdim", "units", "filters",
  ]

  /// What others mean by inputs that they call alike.
  private static let differing = [
    "KLDivLoss": "`kl_divergence` takes the logits of both, without `softmax`",
    "KLDivergence": "`kl_divergence` takes the logits of both, those that are wanted second",
  ]

  /// The call by a foreign name as this language has it.
  /// The name alone may be the same in both: `F.softmax(x, dim=-1)`.
  static func translated(
    _ arguments: [Argument], of name: String, to declaration: CallableDeclaration, isForeign: Bool = false
  ) -> ForeignCall {
    guard declaration.name != name || isForeign else { return ForeignCall(arguments: arguments) }
    if arguments.isEmpty, let axes = reductions[name] {
      return ForeignCall(arguments: [Argument(label: Name("over", Span.none), value: list(of: axes))])
    }
    var result = ForeignCall()
    if let note = differing[name] { result.notes.append(note) }
    let arguments = bracketed(arguments, declaration)
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
      if ForeignMeanings.take(argument, label.text, name, declaration, &result) { continue }
      add(argument, label.text, labels + inputs, isLayer: declaration.category == .layer, &result)
    }
    ForeignMeanings.padCausally(&result, declaration)
    return result
  }

  /// Sizes that stand one by one as the list that a shape is here, and the inputs of a list one by one:
  /// `Reshape(8, 8, 1)`, `cat([x, y])`.
  private static func bracketed(_ arguments: [Argument], _ declaration: CallableDeclaration) -> [Argument] {
    let plain = arguments.filter { $0.label == nil }
    let labelled = arguments.filter { $0.label != nil }
    let isShape = declaration.settings.first(where: \.isPositional)?.kind == .shape
    if isShape, let first = plain.first, let last = plain.last,
      plain.allSatisfy({ isSize($0.value) })
    {
      let span = first.span.union(last.span)
      return [Argument(label: nil, value: Expression(.list(plain.map(\.value)), span))] + labelled
    }
    if declaration.isVariadic, plain.count == 1, let elements = elements(of: plain[0].value), elements.count > 1 {
      return elements.map { Argument(label: nil, value: $0) } + labelled
    }
    return arguments
  }

  private static func isSize(_ value: Expression) -> Bool {
    switch value.kind {
    case .integer, .unary(.negate, _, _): true
    default: false
    }
  }

  /// The parts of `[a, b]` or `(a, b)`.
  private static func elements(of value: Expression) -> [Expression]? {
    switch value.kind {
    case .list(let elements): elements
    case .record(let fields) where fields.allSatisfy({ $0.label == nil }): fields.map(\.value)
    default: nil
    }
  }

  private static func add(
    _ argument: Argument, _ label: String, _ labels: [String], isLayer: Bool, _ result: inout ForeignCall
  ) {
    let key = Vocabulary.folded(label)
    var argument = argument
    let alias = Vocabulary.settingAliasTable(for: labels)[key]
    if ["axis", "axes", "dim"].contains(key), labels.contains("over"), AxisNumbers(argument.value) != nil {
      result.axis = argument
      return
    }
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
  static func value(_ value: Expression) -> Expression {
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
  static let none = Span(file: FileID(0), start: 0, end: 0)
}
