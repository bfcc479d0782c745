import Declarations
import Diagnostics
import Syntax
import Tensors

/// Axes by their numbers, as other tools count them: `axis: -1`, `dim=[0, 1]`.
struct AxisNumbers {
  private let numbers: [Int]

  init?(_ value: Expression) {
    let parts: [Expression]
    switch value.unwrapped.kind {
    case .list(let elements): parts = elements
    case .record(let fields): parts = fields.map(\.value)
    default: parts = [value]
    }
    let numbers = parts.compactMap { part -> Int? in
      switch part.unwrapped.kind {
      case .integer(let number): number
      case .unary(.negate, let operand, _): if case .integer(let number) = operand.kind { -number } else { nil }
      default: nil
      }
    }
    guard !parts.isEmpty, numbers.count == parts.count else { return nil }
    self.numbers = numbers
  }

  /// The names of the axes, where the numbers leave no doubt: those from the end, and those from the first, which
  /// cannot be the batch. A single number in between may count the batch or not.
  func names(rank: Int) -> [String]? {
    guard numbers.allSatisfy({ $0 < 0 }) || numbers.contains(0) && numbers.allSatisfy({ $0 >= 0 }) else { return nil }
    let all = Self.names(rank: rank)
    let indices = numbers.map { $0 < 0 ? rank + $0 : $0 }
    guard indices.allSatisfy(all.indices.contains), Set(indices).count == indices.count else { return nil }
    return indices.map { all[$0] }
  }

  /// Whether the last axis is meant, where the batch counts as the first.
  func isLast(rank: Int?) -> Bool { numbers == [-1] || rank.map { numbers == [$0] } ?? false }

  /// Whether the numbers count from the end, so that the batch does not matter.
  var countFromEnd: Bool { numbers.allSatisfy { $0 < 0 } }

  /// The names of all axes of a rank.
  static func names(rank: Int) -> [String] {
    switch rank {
    case 1: ["features"]
    case 2: ["time", "features"]
    case 3: ["height", "width", "channels"]
    default: []
    }
  }

  /// As the value of `over`.
  static func text(_ names: [String]) -> String {
    names.count == 1 ? names[0] : "[" + names.joined(separator: ", ") + "]"
  }
}

extension BodyChecker {
  /// The type of the value that a call works on, as far as it is known before the call is: its first argument, or what
  /// flows into it.
  func incomingType(_ arguments: [Argument]) -> TensorType? {
    let first = arguments.first { $0.label == nil && !isNumber($0.value) && !denotesLayer($0.value) }?.value
    guard let first else { return trail.last?.type.tensor }
    if case .list = first.kind { return trail.last?.type.tensor }
    // Remembered, so that calls inside each other are not tried again for each call around them.
    if let known = triedTypes[first.span] { return known }
    let type = checker.quietly { value(first).type.tensor }
    triedTypes[first.span] = .some(type)
    return type
  }

  /// What a foreign call says by numbers that depend on its input: axes, and a size that is left to infer.
  func completed(_ call: ForeignCall, _ declaration: CallableDeclaration) -> ForeignCall {
    let isShape = declaration.settings.first(where: \.isPositional)?.kind == .shape
    guard call.axis != nil || isShape else { return call }
    var result = call
    let type = incomingType(call.arguments)
    if let axis = call.axis, let numbers = AxisNumbers(axis.value) {
      let rank = type.flatMap { $0.shape.pack == nil ? $0.shape.axes.count : nil }
      if !declaration.settings.contains(where: { $0.label == "over" }) {
        if !numbers.isLast(rank: rank) { result.notes.append("`\(declaration.name)` works along the last axis") }
      } else if let names = rank.flatMap({ numbers.names(rank: $0) }) {
        let place = axis.value.span.beginning
        let words = names.map { Expression(.name(Name($0, place)), place) }
        let value = words.count == 1 ? words[0] : Expression(.list(words), place)
        result.arguments.append(Argument(label: Name("over", place), value: value))
        if !numbers.countFromEnd { result.isGuess = true }
      } else {
        var written = call
        written.arguments.append(
          Argument(
            label: Name("over", axis.value.span.beginning),
            value: Expression(.name(Name("…", axis.value.span)), axis.value.span)))
        result.notes.append("axes have names: `\(excerpt(callText(declaration.name, written)))`" + axisList(type))
      }
    }
    guard let place = result.arguments.firstIndex(where: { $0.label == nil }),
      isShape, case .list(let sizes) = result.arguments[place].value.kind, sizes.contains(where: isOpenSize)
    else { return result }
    guard let inferred = inferredSizes(sizes, type) else {
      result.notes.append("every size is written, and the batch is not: `\(declaration.name)([8, 8])`")
      return result
    }
    let span = result.arguments[place].value.span
    result.arguments[place].value = Expression(
      .list(inferred.map { Expression(.integer($0), span.beginning) }), span)
    return result
  }

  /// `, where [12, 4] has time and features`
  private func axisList(_ type: TensorType?) -> String {
    guard let type, type.shape.pack == nil else { return "" }
    let names = AxisNumbers.names(rank: type.shape.axes.count)
    if names.isEmpty { return "" }
    return ", and \(text(type)) has \(names.map { "`\($0)`" }.joined(separator: ", "))"
  }

  /// `-1`, a size that other tools work out.
  func isOpenSize(_ value: Expression) -> Bool {
    guard case .unary(.negate, let size, _) = value.unwrapped.kind, case .integer(1) = size.kind else { return false }
    return true
  }

  /// The sizes of one example for `[-1, 64]`: where the others hold all elements, -1 is the batch, which is not written.
  func inferredSizes(_ sizes: [Expression], _ type: TensorType?) -> [Int]? {
    guard let type, type.shape.pack == nil else { return nil }
    var count = 1
    for axis in type.shape.axes {
      guard let size = axis.size.constant, !axis.isVarying, count < 1 << 40 else { return nil }
      count *= size
    }
    var known = 1
    for size in sizes where !isOpenSize(size) {
      guard case .integer(let number) = size.unwrapped.kind, number > 0, known < 1 << 40, number < 1 << 20 else {
        return nil
      }
      known *= number
    }
    guard sizes.count(where: isOpenSize) == 1, count % known == 0 else { return nil }
    let all = sizes.compactMap { size -> Int? in
      if case .integer(let number) = size.unwrapped.kind { return number }
      return count == known && sizes.count > 1 ? nil : count / known
    }
    return all
  }

  /// `axis: -1` of a layer of this language, with the names that its input really has.
  func axisByNumber(_ argument: Argument, _ label: Name, of name: Name, _ input: Expression?) -> Diagnostic {
    let type = incomingType(input.map { [Argument(label: nil, value: $0)] } ?? [])
    let rank = type.flatMap { $0.shape.pack == nil ? $0.shape.axes.count : nil }
    var result = Diagnostic.axisByNumber(argument, label, of: name, rank.map { AxisNumbers.names(rank: $0) } ?? [])
    if let rank, let numbers = AxisNumbers(argument.value), let names = numbers.names(rank: rank) {
      let written = "over: \(AxisNumbers.text(names))"
      result.fixes = [Fix("write `\(written)`", [Edit(argument.span, written)], isCertain: numbers.countFromEnd)]
    }
    return result
  }
}
