import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension BodyChecker {
  /// Arguments by what they are given to.
  struct SortedArguments {
    var inputs: [Expression?] = []
    var settings: [String: Expression] = [:]
    /// For `parallel(a, b, c)`.
    var layersLabel: String?
    var layers: [Expression] = []
  }

  /// Sorts the arguments of a built-in; nil after a report.
  func sort(_ arguments: [Argument], _ declaration: CallableDeclaration, _ name: Name) -> SortedArguments? {
    var result = SortedArguments(inputs: declaration.inputs.map { _ in nil })
    let positional = declaration.settings.filter(\.isPositional)
    var nextInput = 0
    var nextSetting = 0
    var isBroken = false
    if let sizes = sizesWithoutBrackets(arguments, declaration) {
      report(.sizesWithoutBrackets(name, sizes, text(sizes)).notingOpenSize(openSizes(arguments)))
      return nil
    }
    if let causal = causalPadding(arguments, declaration, name) {
      report(causal)
      return nil
    }
    if let list = arguments.first(where: { $0.label == nil || $0.label?.text == "shape" })?.value,
      declaration.settings.first(where: \.isPositional)?.kind == .shape
    {
      let sizes = if case .list(let sizes) = list.unwrapped.kind { sizes } else { [list] }
      if sizes.contains(where: isOpenSize) {
        report(.openSize(name, list.span, inferredSizes(sizes, trail.last?.type.tensor)))
        return nil
      }
    }
    if let fix = settingsSwapped(arguments, positional) {
      report(.settingsSwapped(name, positional.map(\.label), fix, at: arguments[0].span.union(arguments[1].span)))
      return nil
    }
    for argument in arguments {
      if let label = argument.label {
        isBroken = !place(argument, label, declaration, name, &result) || isBroken
        continue
      }
      let canBeInput = nextInput < declaration.inputs.count || declaration.isVariadic
      if nextSetting < positional.count,
        !canBeInput || isPositionalSetting(argument.value, positional[nextSetting], of: declaration)
      {
        let setting = positional[nextSetting]
        if case .layers = setting.kind {
          result.layersLabel = setting.label
          result.layers.append(argument.value)
          result.settings[setting.label] = argument.value
        } else {
          nextSetting += 1
          if let earlier = result.settings[setting.label] {
            let isComma = areWhole(earlier, argument.value)
            report(.givenAgain(setting.label, argument.span, mayBeDecimalComma: isComma))
            isBroken = true
            continue
          }
          result.settings[setting.label] = argument.value
        }
      } else if canBeInput, nextSetting == 0 || declaration.isVariadic {
        if nextInput < result.inputs.count {
          result.inputs[nextInput] = argument.value
        } else {
          result.inputs.append(argument.value)
        }
        nextInput += 1
      } else {
        report(unnamed(argument, declaration, name, result.settings, arguments))
        isBroken = true
      }
    }
    return isBroken ? nil : result
  }

  /// Whether every argument is one that a built-in takes; called quietly.
  func fits(_ arguments: [Argument], _ declaration: CallableDeclaration, _ name: Name) -> Bool {
    guard let sorted = sort(arguments, declaration, name) else { return false }
    for declared in declaration.settings {
      guard let value = sorted.settings[declared.label] else { continue }
      switch declared.kind {
      case .layer, .layers: continue
      default: if setting(value, declared.kind, declared.label) == nil { return false }
      }
    }
    return true
  }

  /// A value without a label behind those that need none.
  private func unnamed(
    _ argument: Argument, _ declaration: CallableDeclaration, _ name: Name, _ given: [String: Expression],
    _ arguments: [Argument]
  ) -> Diagnostic {
    let labels = Set(arguments.compactMap { $0.label?.text })
    let open = declaration.settings.filter { given[$0.label] == nil && !labels.contains($0.label) }
    let needed = open.filter { $0.isRequired && looksLike(argument.value, $0.kind) }
    if needed.count == 1 {
      return .settingWithoutName(argument.span, text(argument.span), name.text, needed.map(\.label))
    }
    var result = Diagnostic.settingWithoutName(argument.span, text(argument.span), name.text, open.map(\.label))
    if let first = arguments.first, declaration.inputs.count == 1, areWhole(first.value, argument.value) {
      let removal = Span(file: first.span.file, start: Int(first.span.start), end: Int(argument.span.start))
      result.fixes = [
        Fix("sizes of inputs are inferred: leave out `\(text(first.span))`", [Edit(removal, "")], isCertain: false)
      ]
    }
    return result
  }

  /// `repeat(dense(8), 3)`: two settings without labels, each in the other's place.
  private func settingsSwapped(_ arguments: [Argument], _ positional: [SettingDeclaration]) -> Fix? {
    guard arguments.count == 2, positional.count == 2, arguments.allSatisfy({ $0.label == nil }) else { return nil }
    let (a, b) = (arguments[0].value, arguments[1].value)
    guard !looksLike(a, positional[0].kind), looksLike(a, positional[1].kind), looksLike(b, positional[0].kind) else {
      return nil
    }
    let edits = [Edit(a.span, checker.sources.text(b.span)), Edit(b.span, checker.sources.text(a.span))]
    return Fix("the other way round", edits, isCertain: true)
  }

  /// `reshape(2, 2)`: sizes that belong into one list.
  private func sizesWithoutBrackets(_ arguments: [Argument], _ declaration: CallableDeclaration) -> Span? {
    let plain = arguments.filter { $0.label == nil }.map(\.value)
    guard plain.count > 1, plain.allSatisfy(isNumber), let first = plain.first, let last = plain.last,
      declaration.inputs.count == 1, declaration.settings.first(where: \.isPositional)?.kind == .shape
    else { return nil }
    return first.span.union(last.span)
  }

  /// `padding: causal`, which is a `pad` before the layer.
  private func causalPadding(
    _ arguments: [Argument], _ declaration: CallableDeclaration, _ name: Name
  ) -> Diagnostic? {
    guard declaration.name == "conv",
      let padding = arguments.first(where: { argument in
        guard argument.label?.text == "padding" else { return false }
        if case .string("causal") = argument.value.unwrapped.kind { return true }
        return argument.value.name?.text == "causal" && peek("causal") == nil
      })
    else { return nil }
    checker.absorbed.append(padding.span)
    guard let zeros = ForeignMeanings.causalZeros(arguments), let call = currentCall else {
      return .causalPadding(padding.value.span, nil)
    }
    let before = "pad(\(zeros), at: start)"
    let edits = [Edit(call.beginning, before + " -> "), removal(of: padding)]
    return .causalPadding(
      padding.value.span,
      Fix("pad the beginning before it: `\(before)`", edits, isCertain: trail.last?.type.tensor?.shape.rank == 2))
  }

  /// The sizes of one example for `reshape(-1, 64)`; nil where every size is written.
  private func openSizes(_ arguments: [Argument]) -> [Int]?? {
    let sizes = arguments.filter { $0.label == nil }.map(\.value)
    guard sizes.contains(where: isOpenSize) else { return .none }
    return .some(inferredSizes(sizes, trail.last?.type.tensor))
  }

  /// Places an argument with a label; false after a report.
  private func place(
    _ argument: Argument, _ label: Name, _ declaration: CallableDeclaration, _ name: Name,
    _ result: inout SortedArguments
  ) -> Bool {
    if let setting = declaration.settings.first(where: { $0.label == label.text }) {
      if result.settings[label.text] != nil {
        report(.duplicateLabel(label))
        return false
      }
      if case .layers = setting.kind, case .list(let elements) = argument.value.unwrapped.kind {
        result.layersLabel = label.text
        result.layers = elements
      } else if case .layers = setting.kind {
        result.layersLabel = label.text
        result.layers = [argument.value]
      }
      result.settings[label.text] = argument.value
      return true
    }
    if let index = declaration.inputs.firstIndex(where: { $0.name == label.text }) {
      if result.inputs[index] != nil {
        report(.duplicateLabel(label))
        return false
      }
      result.inputs[index] = argument.value
      return true
    }
    if ["activation", "nonlinearity"].contains(label.text), ForeignMeanings.recurrent.contains(declaration.name) {
      let isUsual = activation(argument.value) == "tanh"
      checker.absorbed.append(argument.span)
      report(.activationOfCell(label, of: name, isUsual ? removal(of: argument) : nil))
      return false
    }
    if ["activation", "act", "nonlinearity"].contains(label.text), declaration.category == .layer {
      checker.absorbed.append(argument.span)
      report(.activationSetting(label, of: name, activationFix(argument, activation(argument.value))))
      return false
    }
    let isAxis = ["axis", "axes", "dim"].contains(Vocabulary.folded(label.text))
    if isAxis, declaration.settings.contains(where: { $0.label == "over" }), !looksLike(argument.value, .axes) {
      report(axisByNumber(argument, label, of: name, result.inputs.first.flatMap { $0 }))
      return false
    }
    report(
      unknownSetting(
        label, of: name.text, among: declaration.settings.map(\.label) + declaration.inputs.dropFirst().map(\.name)
      ).noting(counterpart(of: label.text, name.text)))
    return false
  }

  /// The activation that `activation: relu` or `activation='relu'` names.
  private func activation(_ value: Expression) -> String? {
    let word = value.name?.text ?? text(value.span).filter { $0 != "'" && $0 != "\"" }
    guard let declaration = Vocabulary.callable(word), declaration.category == .activation else { return nil }
    return declaration.name
  }

  /// Takes the argument out of its call and puts the activation behind.
  private func activationFix(_ argument: Argument, _ activation: String?) -> (title: String, edits: [Edit])? {
    guard let activation, let call = currentCall else { return nil }
    let removal = removal(of: argument)
    return ("put it behind: `-> \(activation)`", [removal, Edit(call.ending, " -> \(activation)")])
  }

  /// The edit that takes an argument out of its call, with the comma before or behind it.
  private func removal(of argument: Argument) -> Edit {
    let bytes = checker.sources[argument.span.file].bytes
    var (start, end) = (Int(argument.span.start), Int(argument.span.end))
    var before = start
    while before > 0, [UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: ",")].contains(bytes[before - 1]) {
      before -= 1
    }
    if bytes[before..<start].contains(UInt8(ascii: ",")) {
      start = before
    } else {
      while end < bytes.count, [UInt8(ascii: " "), UInt8(ascii: ",")].contains(bytes[end]) { end += 1 }
    }
    return Edit(Span(file: argument.span.file, start: start, end: end), "")
  }
}
