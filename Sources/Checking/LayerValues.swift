import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension BodyChecker {
  /// The layer that an expression stands for, nil after a report.
  func layerValue(_ expression: Expression) -> CheckedLayerValue? {
    switch expression.kind {
    case .missing: return nil
    case .parenthesized(let inner): return layerValue(inner)
    case .chain(let head, let stages):
      var parts: [CheckedLayerValue] = []
      var isBroken = false
      for part in [head] + stages {
        guard let layer = layerValue(part) else {
          isBroken = true
          continue
        }
        parts.append(layer)
      }
      return isBroken ? nil : .chain(parts)
    case .name(let name):
      return layer(call(expression, [], name.span), expression)
    case .call(let callee, let arguments):
      return layer(call(callee, arguments, expression.span), expression)
    case .member where foreignPath(expression).flatMap({ Vocabulary.callable($0.text) }) != nil:
      return layer(call(expression, [], expression.span), expression)
    case .string(let word) where denotesLayer(Expression(.name(Name(word, expression.span)), expression.span)):
      report(.layerInQuotes(expression.span, word))
      return layerValue(Expression(.name(Name(word, expression.span)), expression.span))
    default:
      report(.notALayer(expression.span, text(expression.span)))
      return nil
    }
  }

  private func layer(_ outcome: CallOutcome, _ expression: Expression) -> CheckedLayerValue? {
    switch outcome {
    case .broken: return nil
    case .layer(let layer): return layer
    case .value(let value):
      if !value.isUnknown {
        report(.valueInsteadOfLayer(expression.span, text(expression.span), text(value.type)))
      }
      return nil
    }
  }

  /// `let enc = dense(64)`: the places of its layers are named after it.
  func namedLayer(_ binding: Binding) -> CheckedLayerValue? {
    let value = binding.value.unwrapped
    guard case .chain = value.kind else {
      forcedSite = sitePrefix + binding.name.text
      defer { forcedSite = nil }
      return layerValue(value)
    }
    let saved = sitePrefix
    sitePrefix += binding.name.text + "."
    sites.enter()
    defer {
      sitePrefix = saved
      sites.leave()
    }
    return layerValue(value)
  }

  /// `x -> a -> b`
  func chain(
    _ head: Expression, _ stages: [Expression], _ expression: Expression, expecting expected: CheckedType?
  ) -> CheckedExpression {
    // Refused before they are looked at one by one.
    if stages.count > unfoldingLimit {
      return refuse(.chainTooLong(stages.count, limit: unfoldingLimit, at: head.span), expression.span)
    }
    if denotesLayer(expression) {
      _ = layerValue(expression)
      return refuse(
        .layerAsValue(expression.span, text(expression.span), input: waitingValueName ?? "x"), expression.span)
    }
    var current = value(head)
    let (outer, outerFlow) = (trail, flow)
    trail = current.type == .unknown ? [] : [("", current.type)]
    flow = origins(of: current)
    defer { (trail, flow) = (outer, outerFlow) }
    // Layers in a row are one chain, so that a long one is not deep.
    var layers: [CheckedLayerValue] = []
    var type = current.type
    func applied(_ span: Span) -> CheckedExpression {
      guard let first = layers.first else { return current }
      return CheckedExpression(.apply(layers.count == 1 ? first : .chain(layers), current), type, span)
    }
    var transforms = 0
    for stage in stages {
      let span = head.span.union(stage.span)
      if let result = columns.flatMap({ _ in dataStage(stage, applied(span), span) }) {
        current = result
        type = result.type
        layers = []
        transforms += 1
        if transforms > 200 { return refuse(.tooLong(span, "a chain of transforms"), span) }
      } else if let layer = layerValue(stage) {
        if layers.isEmpty {
          current = coerced(current, to: firstPattern(of: layer))
          type = current.type
        }
        let before = type
        type = apply(layer, to: type, at: stage.span, inputSpan: current.span)
        flow = origins(behind: layer, before, type, at: stage.span)
        layers.append(layer)
      } else {
        current = unknown(span)
        type = .unknown
        layers = []
      }
      annotate(stage.span, .stage, type)
      if type == .unknown {
        trail = []
      } else {
        trail.append((stageName(stage), type))
      }
    }
    expressionOrigins[expression.span] = flow
    return applied(expression.span)
  }

  /// What a stage is called in a trail.
  func stageName(_ stage: Expression) -> String {
    switch stage.unwrapped.kind {
    case .name(let name): return name.text
    case .call(let callee, _): return callee.name?.text ?? text(callee.span)
    default: return text(stage.span)
    }
  }

  /// What the first input of a layer accepts, where it says so.
  private func firstPattern(of layer: CheckedLayerValue) -> ElementPattern {
    switch layer {
    case .call(let call):
      if case .builtin(let name) = call.callee { return Catalog.callable[name]?.inputs.first?.element ?? .any }
      return .any
    case .chain(let parts): return parts.first.map(firstPattern) ?? .any
    case .named(let name): return namedLayers[name].map(firstPattern) ?? .any
    case .parameter: return .any
    }
  }

  /// The type that a layer gives for an input, unknown after a report.
  func apply(_ layer: CheckedLayerValue, to input: CheckedType, at span: Span, inputSpan: Span) -> CheckedType {
    switch layer {
    case .call(let call):
      let types = [input] + call.inputs.map { $0?.type }
      if checker.callPlaces[call.span]?.inputs[0] == nil { checker.callPlaces[call.span]?.inputs[0] = inputSpan }
      switch call.callee {
      case .builtin(let name):
        guard let declaration = Catalog.callable[name] else { preconditionFailure("no built-in \(name)") }
        return applyBuiltin(declaration, call, types)
      case .user(let index): return applyUser(index, call, types)
      }
    case .chain(let parts):
      let (outer, outerFlow) = (trail, flow)
      defer { (trail, flow) = (outer, outerFlow) }
      var type = input
      for part in parts {
        let before = type
        type = apply(part, to: type, at: span, inputSpan: inputSpan)
        if type == .unknown { return .unknown }
        if case .call(let call) = part {
          annotate(call.span, .stage, type)
          flow = origins(behind: part, before, type, at: call.span)
        } else {
          flow = []
        }
        trail.append((name(of: part), type))
      }
      return type
    case .named(let name):
      guard let definition = namedLayers[name] else { return .unknown }
      checker.namedBudget -= 1
      if checker.namedBudget < 0 {
        if checker.namedBudget == -1 { report(.tooManyInstances(span)) }
        return .unknown
      }
      let before = weightRecord.count
      let type = apply(definition, to: input, at: span, inputSpan: inputSpan)
      let shapes = Array(weightRecord[before...])
      if type == .unknown { return type }
      if let first = namedWeights[name] {
        if !areEqual(first.shapes, shapes) {
          report(.sharedWeights(name, at: span, text(input), first: first.span))
        }
      } else {
        namedWeights[name] = (shapes, span)
      }
      return type
    case .parameter(let name):
      guard let argument = layerArguments[name] else { return .unknown }
      // What it is made of stands elsewhere, but it is applied here.
      let wasInScan = argument.body.isInScan
      argument.body.isInScan = wasInScan || isInScan
      defer { argument.body.isInScan = wasInScan }
      return argument.body.apply(argument.value, to: input, at: span, inputSpan: inputSpan)
    }
  }

  private func areEqual(_ a: [[Dimension]], _ b: [[Dimension]]) -> Bool {
    a.count == b.count
      && zip(a, b).allSatisfy { x, y in x.count == y.count && zip(x, y).allSatisfy { areEqual($0, $1) } }
  }

  /// What a layer is called in messages.
  func name(of layer: CheckedLayerValue) -> String {
    switch layer {
    case .call(let call): return calleeName(call.callee)
    case .chain(let parts): return parts.map(name).joined(separator: " -> ")
    case .named(let name), .parameter(let name): return name
    }
  }

  func calleeName(_ callee: CheckedCallee) -> String {
    switch callee {
    case .builtin(let name): name
    case .user(let index): checker.layers[index].declaration.name.text
    }
  }
}
