import Declarations
import Diagnostics
import Layers
import Syntax

extension CheckedExpression {
  /// Visits the expression and every expression inside it, arguments of layers included. Recursion is bounded by the
  /// depth of the tree, which the parser caps. What `stops` holds of is not visited, nor what is inside it.
  package func visit(
    unless stops: (CheckedExpression) -> Bool = { _ in false }, _ body: (CheckedExpression) -> Void
  ) {
    if stops(self) { return }
    body(self)
    switch kind {
    case .scalar, .local, .field, .column, .weight, .drawn, .encode, .generate, .thisExample, .unknown: break
    case .call(let call): call.visit(unless: stops, body)
    case .apply(let layer, let input):
      layer.visit(unless: stops, body)
      input.visit(unless: stops, body)
    case .arithmetic(let first, let rest):
      first.visit(unless: stops, body)
      for (_, operand) in rest { operand.visit(unless: stops, body) }
    case .negate(let inner), .not(let inner), .slice(let inner, _), .member(let inner, _),
      .transform(_, _, _, let inner), .restore(let inner, _), .gradient(let inner, _), .across(let inner),
      .quantile(let inner, _, _, _):
      inner.visit(unless: stops, body)
    case .matrixProduct(let a, let b):
      a.visit(unless: stops, body)
      b.visit(unless: stops, body)
    case .list(let elements): for element in elements { element.visit(unless: stops, body) }
    case .record(let fields): for field in fields { field.value.visit(unless: stops, body) }
    case .scan(let scan):
      for sequence in scan.sequences { sequence.source.visit(unless: stops, body) }
      for state in scan.states { state.initial.visit(unless: stops, body) }
      for binding in scan.body.bindings {
        switch binding.value {
        case .expression(let expression): expression.visit(unless: stops, body)
        case .layer(let layer): layer.visit(unless: stops, body)
        }
      }
      scan.body.result.visit(unless: stops, body)
    }
  }
}

extension CheckedCall {
  func visit(unless stops: (CheckedExpression) -> Bool = { _ in false }, _ body: (CheckedExpression) -> Void) {
    for input in inputs { input?.visit(unless: stops, body) }
    for setting in settings.values { setting.visit(unless: stops, body) }
  }
}

extension CheckedSetting {
  func visit(unless stops: (CheckedExpression) -> Bool = { _ in false }, _ body: (CheckedExpression) -> Void) {
    switch self {
    case .layer(let layer): layer.visit(unless: stops, body)
    case .layers(let layers): for layer in layers { layer.visit(unless: stops, body) }
    case .list(let values): for value in values { value.visit(unless: stops, body) }
    default: break
    }
  }
}

extension CheckedLayerValue {
  func visit(unless stops: (CheckedExpression) -> Bool = { _ in false }, _ body: (CheckedExpression) -> Void) {
    switch self {
    case .call(let call): call.visit(unless: stops, body)
    case .chain(let parts): for part in parts { part.visit(unless: stops, body) }
    case .named, .parameter: break
    }
  }

  /// The user's layers and models that it applies directly.
  var calledLayers: [Int] {
    switch self {
    case .call(let call):
      var result: [Int] = []
      if case .user(let index) = call.callee { result.append(index) }
      for setting in call.settings.values {
        switch setting {
        case .layer(let layer): result += layer.calledLayers
        case .layers(let layers): result += layers.flatMap(\.calledLayers)
        default: break
        }
      }
      return result
    case .chain(let parts): return parts.flatMap(\.calledLayers)
    case .named, .parameter: return []
    }
  }
}

extension TrainChecker {
  /// The models, locals and fields that an expression depends on, through `let`s.
  func dependencies(
    of expressions: [CheckedExpression], _ extra: [CheckedBinding] = [],
    unless stops: (CheckedExpression) -> Bool = { _ in false }
  ) -> (models: Set<Int>, fields: Set<String>, isKnown: Bool) {
    let lets = Dictionary((bindings + extra).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    var models: Set<Int> = []
    var fields: Set<String> = []
    var isKnown = true
    var seen: Set<String> = []
    var pending = expressions
    func add(_ index: Int) {
      let layer = checker.layers[index]
      if layer.declaration.isModel { models.insert(index) }
      models.formUnion(layer.modelsUsed)
    }
    func note(_ name: String) {
      guard seen.insert(name).inserted else { return }
      switch lets[name]?.value {
      case .expression(let value)?: pending.append(value)
      case .layer(let layer)?:
        for index in layer.calledLayers { add(index) }
        layer.visit(unless: stops) { pending.append($0) }
      case nil: break
      }
    }
    while let expression = pending.popLast() {
      expression.visit(unless: stops) { part in
        switch part.kind {
        case .unknown: isKnown = false
        case .field(let name): fields.insert(name)
        case .local(let name): note(name)
        case .gradient(_, let name): note(name)
        case .call(let call):
          for index in CheckedLayerValue.call(call).calledLayers { add(index) }
          if case .builtin = call.callee, case .word(let word)? = call.settings["model"],
            let index = checker.layers.firstIndex(where: { $0.declaration.name.text == word })
          {
            add(index)
          }
        case .apply(let layer, _):
          for index in layer.calledLayers { add(index) }
          if case .named(let name) = layer { note(name) }
        default: break
        }
      }
    }
    return (models, fields, isKnown)
  }

  /// Visits expressions, and what the `let`s hold that they read, each once.
  func visit(
    _ expressions: [CheckedExpression], through inner: [CheckedBinding], _ body: (CheckedExpression) -> Void
  ) {
    let lets = LastLayerSearch.lets(bindings + inner)
    var seen: Set<String> = []
    var pending = expressions
    while let expression = pending.popLast() {
      expression.visit { part in
        body(part)
        guard case .local(let name) = part.kind, case .expression(let value)? = lets[name], seen.insert(name).inserted
        else { return }
        pending.append(value)
      }
    }
  }

  /// The losses of the catalogue that a step computes, wherever they stand in its objective.
  func catalogueLosses(_ step: CheckedStep) -> [(name: String, call: CheckedCall, span: Span)] {
    var result: [(name: String, call: CheckedCall, span: Span)] = []
    visit(step.losses.map(\.value), through: step.bindings) { part in
      guard case .call(let call) = part.kind, case .builtin(let name) = call.callee,
        Catalog.callable[name]?.category == .loss
      else { return }
      result.append((name, call, part.span))
    }
    return result
  }

  /// What a value is, where `let`s name it.
  func resolved(_ value: CheckedExpression, _ inner: [CheckedBinding] = []) -> CheckedExpression {
    let lets = LastLayerSearch.lets(bindings + inner)
    var value = value
    // A name stands for what is written before it, so that this ends.
    while case .local(let name) = value.kind, case .expression(let bound)? = lets[name] { value = bound }
    return value
  }

  /// A step whose loss does not depend on a model that it updates would leave it as it is.
  func checkReach(
    _ models: [Int], _ names: [Name], _ losses: [(label: String, value: CheckedExpression)],
    _ inner: [CheckedBinding], _ setting: Setting?
  ) {
    guard let setting, !losses.isEmpty, losses.allSatisfy({ $0.value.type == .scalar }) else { return }
    let found = dependencies(of: losses.map(\.value), inner)
    guard found.isKnown else { return }
    let moved = dependencies(of: losses.map(\.value), inner, unless: \.passesNoGradient).models
    for name in names {
      guard case .layer(let index)? = body.file.names[name.text], models.contains(index) else { continue }
      if !found.models.contains(index) {
        body.report(.lossMissesModel(name, loss: setting.value.span))
      } else if !moved.contains(index) {
        body.report(.lossWithoutGradient(name, loss: setting.value.span))
      }
    }
  }
}

extension CheckedExpression {
  /// Whether the value passes no gradient: it changes in jumps only, or stops them.
  var passesNoGradient: Bool {
    switch kind {
    case .call(let call), .apply(.call(let call), _):
      if case .builtin(let name) = call.callee {
        Catalog.callable[name].map { $0.gradient != .passes } ?? false
      } else {
        false
      }
    case .arithmetic(_, let rest): rest.contains { $0.0.comparesOrJoins }
    case .not: true
    default: false
    }
  }
}

extension ArithmeticOperator {
  fileprivate var comparesOrJoins: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .and, .or: true
    case .add, .subtract, .multiply, .divide, .modulo, .power: false
    }
  }
}
