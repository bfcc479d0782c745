import Tensors

/// What a setting accepts.
package indirect enum SettingKind: Sendable, Hashable {
  /// A whole number in a range; may be a dimension expression of the enclosing layer (`dense(4 * D)`).
  case integer(ClosedRange<Int>)
  case real(RealRange)
  case boolean
  /// One of some words: `padding: same`.
  case word([String])
  case string
  /// Names of axes (``AxisName``): `over: time`, `over: [height, width]`.
  case axes
  /// A list of sizes: `reshape([7, 7, 64])`.
  case shape
  /// A layer that waits for its input: `residual(…)`.
  case layer
  /// Any number of layers: `parallel(a, b, c)`; positional.
  case layers
  /// A learning rate: a number or a schedule.
  case rate
  /// The name of a field of the data block: `as: y`.
  case field
  /// A list of numbers: `class_weights: [1, 2.5]`.
  case reals
  /// A list of values of another kind, or one alone.
  case oneOf([SettingKind])
}

/// A range of real numbers, each end open or closed.
package struct RealRange: Sendable, Hashable {
  package var lower: Double
  package var upper: Double
  package var includesLower: Bool
  package var includesUpper: Bool
  package init(_ lower: Double, _ upper: Double, includesLower: Bool = true, includesUpper: Bool = true) {
    self.lower = lower
    self.upper = upper
    self.includesLower = includesLower
    self.includesUpper = includesUpper
  }
  package static let any = RealRange(-.infinity, .infinity, includesLower: false, includesUpper: false)
  package static let positive = RealRange(0, .infinity, includesLower: false, includesUpper: false)
  package static let nonNegative = RealRange(0, .infinity, includesUpper: false)
  package static let unit = RealRange(0, 1)
  /// [0, 1)
  package static let unitOpen = RealRange(0, 1, includesUpper: false)
  package func contains(_ value: Double) -> Bool {
    (value > lower || (includesLower && value == lower)) && (value < upper || (includesUpper && value == upper))
  }
  /// `greater than 0`, `from 0 to 1`, `from 0 up to but not including 1`.
  package var description: String {
    let shown = { (x: Double) in x == x.rounded() && abs(x) < 1e15 ? "\(Int(x))" : "\(x)" }
    if lower == -.infinity && upper == .infinity { return "a finite number" }
    if upper == .infinity { return includesLower ? "\(shown(lower)) or more" : "greater than \(shown(lower))" }
    if lower == -.infinity { return includesUpper ? "\(shown(upper)) or less" : "less than \(shown(upper))" }
    let from = includesLower ? "from \(shown(lower))" : "above \(shown(lower))"
    return from + (includesUpper ? " to \(shown(upper))" : " up to but not including \(shown(upper))")
  }
}

/// The value of a setting, as a shape rule sees it (sizes symbolic) and as `build` sees it (sizes constant).
package indirect enum SettingValue: Sendable, Hashable {
  case integer(Dimension)
  case real(Double)
  case boolean(Bool)
  case word(String)
  case string(String)
  case axes([AxisName])
  case shape([Dimension])
  case reals([Double])
  /// A handle that only the context which made it can read.
  case layer(LayerHandle)
  case layers([LayerHandle])
  /// A schedule with its settings; a plain number is `real`.
  case schedule(name: String, settings: Settings)
  case field(String)
  case list([SettingValue])
  /// Known only when the program is elaborated: a `Float` parameter of the enclosing layer, seen by a shape rule.
  case later
}

/// Names a layer value of the checker or of the elaborator.
package struct LayerHandle: Sendable, Hashable {
  package let index: Int
  package init(_ index: Int) { self.index = index }
}

/// The settings of one call, defaults filled in.
package struct Settings: Sendable, Hashable {
  package var values: [String: SettingValue]
  package init(_ values: [String: SettingValue] = [:]) { self.values = values }

  package subscript(_ label: String) -> SettingValue? { values[label] }

  /// A size. Traps where the declaration has no such integer setting.
  package func dimension(_ label: String) -> Dimension {
    guard case .integer(let value)? = values[label] else { preconditionFailure("no integer setting \(label)") }
    return value
  }
  /// A size that is constant, as everything is in `build`.
  package func integer(_ label: String) -> Int {
    guard let value = dimension(label).constant else { preconditionFailure("setting \(label) is not constant") }
    return value
  }
  package func real(_ label: String) -> Double {
    switch values[label] {
    case .real(let value)?: return value
    case .integer(let value)?: return Double(value.constant ?? 0)
    default: preconditionFailure("no real setting \(label)")
    }
  }
  package func boolean(_ label: String) -> Bool {
    guard case .boolean(let value)? = values[label] else { preconditionFailure("no boolean setting \(label)") }
    return value
  }
  package func word(_ label: String) -> String {
    guard case .word(let value)? = values[label] else { preconditionFailure("no word setting \(label)") }
    return value
  }
  package func axes(_ label: String) -> [AxisName] {
    guard case .axes(let value)? = values[label] else { preconditionFailure("no axes setting \(label)") }
    return value
  }
  package func shape(_ label: String) -> [Dimension] {
    guard case .shape(let value)? = values[label] else { preconditionFailure("no shape setting \(label)") }
    return value
  }
  package func layer(_ label: String) -> LayerHandle {
    guard case .layer(let value)? = values[label] else { preconditionFailure("no layer setting \(label)") }
    return value
  }
  package func layers(_ label: String) -> [LayerHandle] {
    guard case .layers(let value)? = values[label] else { preconditionFailure("no layers setting \(label)") }
    return value
  }
  package func isGiven(_ label: String) -> Bool { values[label] != nil }
}

/// A setting that a user can name.
package struct SettingDeclaration: Sendable {
  package let label: String
  package let kind: SettingKind
  /// Nil where the setting is required, unless ``isOptional``.
  package let defaultValue: SettingValue?
  /// Whether leaving it out means "none", with no default value.
  package let isOptional: Bool
  /// Whether it may stand without its label; at most one (the first) in a declaration.
  package let isPositional: Bool
  package let doc: String
  package init(
    _ label: String, _ kind: SettingKind, default defaultValue: SettingValue? = nil, isOptional: Bool = false,
    isPositional: Bool = false, doc: String
  ) {
    self.label = label
    self.kind = kind
    self.defaultValue = defaultValue
    self.isOptional = isOptional
    self.isPositional = isPositional
    self.doc = doc
  }
  package var isRequired: Bool { defaultValue == nil && !isOptional }
}
