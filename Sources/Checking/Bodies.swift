import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

/// How deep layers that use each other may stand: what unfolds a model recurses from one to the next.
private let layerDepthLimit = 256

extension Checker {
  /// Checks every layer, each after those that it names, without recursion where there is no cycle. Refuses those that
  /// stand on too many others, one upon the other.
  func checkAllLayers() {
    var state = [Bool](repeating: false, count: layers.count)
    var depths = [Int](repeating: 0, count: layers.count)
    for start in layers.indices where !state[start] {
      var stack: [(index: Int, next: Int, uses: [Int])] = [(start, 0, layersNamed(in: start))]
      state[start] = true
      while let top = stack.last {
        if top.next < top.uses.count {
          stack[stack.count - 1].next += 1
          let used = top.uses[top.next]
          if !state[used] {
            state[used] = true
            stack.append((used, 0, layersNamed(in: used)))
          }
          continue
        }
        stack.removeLast()
        checkLayer(top.index)
        depths[top.index] = depth(above: top.uses, depths)
        guard depths[top.index] > layerDepthLimit else { continue }
        layersNestTooDeep = true
        if top.uses.allSatisfy({ depths[$0] <= layerDepthLimit }) {
          let name = layers[top.index].declaration.name
          report(.layersTooDeep(name.text, limit: layerDepthLimit, at: name.span))
        }
      }
    }
  }

  /// How deep a layer stands that uses others. One with a `Layer` setting has those that it is given below its own.
  private func depth(above uses: [Int], _ depths: [Int]) -> Int {
    let plain = uses.filter { !layers[$0].hasLayerParameters }.map { depths[$0] }.max() ?? 0
    let given = uses.filter { layers[$0].hasLayerParameters }.map { depths[$0] }.max() ?? 0
    return 1 + plain + given
  }

  private func layersNamed(in index: Int) -> [Int] {
    let entry = layers[index]
    var found: [Int] = []
    entry.declaration.body.visitNames { name in
      if case .layer(let used)? = entry.file.names[name.text], used != index { found.append(used) }
    }
    return found
  }

  /// Checks the body of a layer once. A layer that is asked for while it is being checked uses itself; the caller
  /// reports that.
  func checkLayer(_ index: Int) {
    guard layers[index].state == .waiting, let signature = layers[index].signature, let body = layers[index].body
    else { return }
    if layersInProgress.count >= 64 { return }
    layers[index].state = .inProgress
    layersInProgress.append(index)
    let declaration = layers[index].declaration
    let (block, result) = body.block(declaration.body, expecting: signature.result)
    let value = body.fit(
      result, signature.result, at: declaration.body.culprit, place: declaration.result.span,
      mismatch: {
        .resultMismatch(declaration.name, declared: $0, actual: $1, at: $2, declaredAt: $3)
          .noting(body.adviceOnProduct(result) ?? body.adviceOnPositions(result.type, signature.result))
      })
    // Either side may be the mistake, so nothing that uses the layer is held to it.
    if value.isUnknown, result.type != .unknown { layers[index].signature?.result = .unknown }
    body.warnUnusedLocals()
    body.warnUnstated(declaration)
    let whole = CheckedBlock(weights: block.weights, bindings: block.bindings, result: value)
    body.checkWeightReach(whole, declaration)
    body.warnLinear(whole)
    body.warnLast(whole)
    layers[index].passesGradient = body.passesGradient(whole, inputs: signature.inputs.map(\.name.text))
    if declaration.isModel { body.warnNoise(value) }
    layersInProgress.removeLast()
    layers[index].state = .done
    layers[index].rigidLengths = body.rigidLengths
    layers[index].hasWeights = body.hasWeights
    layers[index].mixesExamples = body.mixesExamples
    layers[index].weightSizes = Set(body.weightRecord.joined().flatMap(\.variables))
    layers[index].modelsUsed = body.modelsUsed.union(body.modelsUsed.flatMap { layers[$0].modelsUsed })
    let requirements = body.inferred.map { Requirement(fact: $0.fact, text: $0.text) }
    layers[index].signature?.requirements += requirements
    layers[index].checked = CheckedLayer(
      name: declaration.name.text, isModel: declaration.isModel, doc: declaration.doc,
      inputs: signature.inputs.map { CheckedLayer.Input(name: $0.name.text, type: $0.type) },
      parameters: signature.parameters.map { CheckedLayer.Parameter(name: $0.name.text, kind: $0.kind) },
      result: signature.result, facts: (signature.requirements + requirements).map(\.fact),
      body: whole, span: declaration.span)
  }
}

extension BodyChecker {
  /// Checks the statements of a body; the result's type is not yet held against the declared one.
  func block(_ block: Block, expecting expected: CheckedType?) -> (block: CheckedBlock, result: CheckedExpression) {
    var weights: [CheckedWeight] = []
    var bindings: [CheckedBinding] = []
    var result: CheckedExpression?
    let outerPlaces = bindingPlaces
    defer { bindingPlaces = outerPlaces }
    for case .binding(let binding) in block.statements {
      sites.reserved.insert(binding.name.text)
      bindingPlaces[binding.name.text] = binding.name.span
    }
    let block = joiningChains(block)
    for case .weight(let binding) in block.statements { sites.reserved.insert(binding.name.text) }
    let last = block.statements.indices.last
    let isBroken = block.statements.contains { if case .expression(let part) = $0 { part.isMissing } else { false } }
    for (index, statement) in block.statements.enumerated() {
      switch statement {
      case .weight(let binding):
        if let weight = weight(binding) { weights.append(weight) }
      case .binding(let binding):
        if let checked = self.binding(binding) { bindings.append(checked) }
      case .expression(let expression):
        if index == last {
          result = value(expression, expecting: expected)
        } else {
          _ = value(expression)
          if !isBroken { report(.strayExpression(expression.span, text(expression.span))) }
        }
      }
    }
    if result == nil, let last = block.statements.last {
      switch last {
      case .binding(let binding), .weight(let binding): report(.noResult(binding.name, at: binding.span))
      case .expression: break
      }
    } else if block.statements.isEmpty {
      report(.emptyBody(block.span))
    }
    let value = result ?? CheckedExpression(.unknown, .unknown, block.span)
    return (CheckedBlock(weights: weights, bindings: bindings, result: value), value)
  }

  /// The statements, with lines that lost the arrow at their beginning as part of the chain before them.
  private func joiningChains(_ block: Block) -> Block {
    var result = block
    result.statements = []
    for statement in block.statements {
      guard case .expression(let next) = statement, case .expression(let before)? = result.statements.last,
        !before.isMissing, denotesLayer(next)
      else {
        result.statements.append(statement)
        continue
      }
      report(.arrowAtLineStart(next.span))
      // Nothing flows into the first either, which is reported there.
      if denotesLayer(before) { continue }
      let (head, first): (Expression, [Expression]) =
        if case .chain(let head, let stages) = before.kind { (head, stages) } else { (before, []) }
      let rest: [Expression] = if case .chain(let stage, let stages) = next.kind { [stage] + stages } else { [next] }
      result.statements[result.statements.count - 1] = .expression(
        Expression(.chain(head, stages: first + rest), before.span.union(next.span)))
    }
    return result
  }

  /// `weight w: [D, units] = glorot`
  private func weight(_ binding: Binding) -> CheckedWeight? {
    hasWeights = true
    guard let typeExpression = binding.type else {
      report(.weightWithoutShape(binding.name))
      bind(binding.name, .unknown)
      return nil
    }
    let type = type(typeExpression)
    annotate(binding.name.span, .binding, type)
    guard case .tensor(let tensor) = type, tensor.element == .float, tensor.shape.pack == nil,
      !tensor.shape.axes.contains(where: \.isVarying)
    else {
      if type != .unknown { report(.weightType(binding.name, text(type), at: typeExpression.span)) }
      bind(binding.name, .unknown)
      return nil
    }
    bind(binding.name, .value(.weight(binding.name.text), type), unusedKind: "weight")
    weightRecord.append(tensor.shape.sizes)
    guard let (name, settings) = initializer(binding.value) else { return nil }
    return CheckedWeight(
      name: binding.name.text, shape: tensor.shape.sizes, initializer: name, settings: settings, span: binding.span)
  }

  /// The initialiser of a weight, with its settings; nil after a report.
  private func initializer(_ value: Expression) -> (name: String, settings: [String: CheckedSetting])? {
    let name: Name
    var arguments: [Argument] = []
    switch value.unwrapped.kind {
    case .missing: return nil
    case .name(let word): name = word
    case .call(let callee, let given):
      guard let word = callee.name else { fallthrough }
      name = word
      arguments = given
    default:
      report(.notAnInitializer(value.span, text(value.span)))
      return nil
    }
    guard let declaration = Catalog.initializer[name.text] else {
      report(.unknownInitializer(name, suggestion(for: name.text, among: Catalog.initializers.map(\.name))))
      return nil
    }
    return plainSettings(arguments, declaration.settings, of: name).map { (declaration.name, $0) }
  }

  /// A `let` of a body, train block or test.
  func binding(_ binding: Binding) -> CheckedBinding? {
    let name = binding.name
    if !binding.pattern.isEmpty {
      refusePattern(binding)
      return nil
    }
    if let (callee, input) = callWithoutInput(binding) {
      report(.missingInput(callee, input, doc: ""))
      bind(name, .unknown)
      return nil
    }
    if binding.type == nil, denotesLayer(binding.value) {
      guard let layer = namedLayer(binding) else {
        bind(name, .unknown)
        return nil
      }
      bind(name, .layer(.named(name.text)), unusedKind: "let")
      namedLayers[name.text] = layer
      return CheckedBinding(name: name.text, value: .layer(layer), span: binding.span)
    }
    if isNumber(binding.value), binding.type.map(isNumberType) ?? true {
      guard let number = number(binding.value) else {
        bind(name, .unknown)
        return nil
      }
      bind(name, .number(number), unusedKind: "let")
      if checker.options.annotates, case .whole(let size) = number {
        checker.annotations.append(TypeAnnotation(span: name.span, kind: .binding, text: "Int = \(describe(size))"))
      }
      return nil
    }
    let declared = binding.type.map { type($0) }
    var value = value(binding.value, expecting: declared)
    if let declared, let type = binding.type {
      value = fit(
        value, declared, at: binding.value.culprit, place: type.span,
        mismatch: { .annotationMismatch(name, declared: $0, actual: $1, at: $2, declaredAt: $3) })
    }
    localOrigins[name.text] = origins(of: value)
    if kind == .train {
      localRoots[name.text] = roots(of: value)
      if value.dependsOnBatch(through: batchLocals) { batchLocals.insert(name.text) }
    }
    bind(name, value.type == .unknown ? .unknown : .value(.local(name.text), value.type), unusedKind: "let")
    annotate(name.span, .binding, value.type)
    return CheckedBinding(name: name.text, value: .expression(value), span: binding.span)
  }

  /// `let (out, state) = x -> lstm(4)`
  private func refusePattern(_ binding: Binding) {
    var last = binding.value.unwrapped
    if case .chain(_, let stages) = last.kind, let stage = stages.last { last = stage.unwrapped }
    if case .call(let callee, _) = last.kind { last = callee }
    let meant = (last.name ?? foreignPath(last)).flatMap { Vocabulary.callable($0.text)?.name }
    report(.patternInBody(binding, recurrent: meant.flatMap { ForeignMeanings.recurrent.contains($0) ? $0 : nil }))
    for element in binding.pattern { bind(element.name, .unknown) }
    absorb([Argument(label: nil, value: binding.value)])
  }

  /// `let fake = Generator()` in a train block, where a model is applied, not named.
  private func callWithoutInput(_ binding: Binding) -> (callee: Name, input: String)? {
    guard kind == .train, case .call(let callee, let arguments) = binding.value.unwrapped.kind, arguments.isEmpty,
      let name = callee.name, peek(name.text) == nil, case .layer(let index)? = file.names[name.text],
      checker.layers[index].declaration.isModel, let input = checker.layers[index].signature?.inputs.first
    else { return nil }
    checker.layers[index].isUsed = true
    file.used.insert(name.text)
    modelsUsed.insert(index)
    return (name, input.name.text)
  }

  private func isNumberType(_ type: TypeExpression) -> Bool {
    guard case .tensor(let name?, _, _) = type.kind else { return false }
    return name.text == "Int" || name.text == "Float"
  }

  /// Holds a value against a declared type. A final axis of size 1 may be added or dropped; classes and tokens of equal
  /// counts agree. The value after that, unknown after a report.
  func fit(
    _ value: CheckedExpression, _ declared: CheckedType, at culprit: Span? = nil, place: Span,
    mismatch: (_ declared: String, _ actual: String, _ at: Span, _ declaredAt: Span) -> Diagnostic
  ) -> CheckedExpression {
    if value.type.hasUnknown || declared.hasUnknown {
      return CheckedExpression(value.kind, declared.hasUnknown ? value.type : declared, value.span)
    }
    if agree(value.type, declared) { return CheckedExpression(value.kind, declared, value.span) }
    if case .tensor(let given) = value.type, case .tensor(let wanted) = declared,
      agreeButForChannel(given, wanted)
    {
      return CheckedExpression(value.kind, declared, value.span)
    }
    report(mismatch(text(declared), text(value.type), culprit ?? value.span, place))
    return unknown(value.span)
  }

  func agree(_ a: CheckedType, _ b: CheckedType) -> Bool {
    switch (a, b) {
    case (.unknown, _), (_, .unknown): return true
    case (.record(let x), .record(let y)):
      return x.count == y.count
        && x.allSatisfy { field in y.contains { $0.label == field.label && agree(field.type, $0.type) } }
    case (.tensor(let x), .tensor(let y)):
      return agree(x.element, y.element) && areEqual(x.shape, y.shape)
    default: return false
    }
  }

  func agree(_ a: Element, _ b: Element) -> Bool {
    switch (a, b) {
    case (.float, .float), (.bool, .bool), (.text, .text): true
    case (.classes(let x), .classes(let y)), (.token(let x), .token(let y)): areEqual(x, y)
    default: false
    }
  }

  private func agreeButForChannel(_ a: TensorType, _ b: TensorType) -> Bool {
    guard agree(a.element, b.element), abs(a.shape.axes.count - b.shape.axes.count) == 1 else { return false }
    let (longer, shorter) = a.shape.axes.count > b.shape.axes.count ? (a.shape, b.shape) : (b.shape, a.shape)
    guard longer.axes.last?.size.constant == 1 else { return false }
    return areEqual(Shape(pack: longer.pack, longer.axes.dropLast()), shorter)
  }

  /// `x * w` with a matrix, where the product with a matrix is missing.
  func adviceOnProduct(_ result: CheckedExpression) -> String? {
    guard case .arithmetic(let first, let rest) = result.kind,
      rest.contains(where: { $0.0 == .multiply && $0.1.type.tensor?.shape.axes.count == 2 }),
      first.type.tensor?.shape.axes.count == 1
    else { return nil }
    return "`*` multiplies element by element; `@` is the product with a matrix"
  }

  /// What makes one row of numbers of a row for each position, where that is what is missing.
  func adviceOnPositions(_ actual: CheckedType, _ declared: CheckedType) -> String? {
    guard let given = actual.tensor?.shape, let wanted = declared.tensor?.shape, given.pack == nil, wanted.pack == nil,
      given.axes.count == 2 || given.axes.count == 3, let last = given.axes.last,
      wanted.axes.isEmpty ? last.size.constant == 1 : wanted.axes.count == 1 && last == wanted.axes[0]
    else { return nil }
    let positions = given.axes.dropLast().map { describe($0.size) }.joined(separator: "×")
    return given.axes.count == 2
      ? "these are numbers for each of \(positions) steps: `-> last` before the last layer keeps the last step, "
        + "`-> flatten` joins all of them"
      : "these are numbers for each of \(positions) pixels: `-> flatten` before the last layer joins them"
  }

  /// Warns of a layer that disturbs the results of a model.
  func warnNoise(_ result: CheckedExpression) {
    var layer: CheckedLayerValue
    switch result.kind {
    case .apply(let last, _): layer = last
    case .call(let call): layer = .call(call)
    default: return
    }
    while case .chain(let parts) = layer, let last = parts.last { layer = last }
    guard case .call(let call) = layer, case .builtin(let name) = call.callee,
      Catalog.callable[name]?.disturbsResults == true
    else { return }
    report(.noiseBeforeOutput(name, checker.callPlaces[call.span]?.name ?? call.span))
  }

  /// Whether a requirement is that a whole-number setting is at least some number.
  private func isBound(_ fact: Fact) -> Bool {
    guard case .atLeast(let size, let least) = fact else { return false }
    return least.constant != nil && size.variableName.map(wholeParameters.contains) ?? false
  }

  /// Warns once of what the header of a layer should state, with the clause.
  func warnUnstated(_ declaration: LayerDeclaration) {
    // That a whole-number setting is at least something goes without saying, and so does what follows from that; every
    // use is held to it.
    var known = factsBeforeInference
    for requirement in inferred where isBound(requirement.fact) { known.assume(requirement.fact) }
    for name in wholeParameters.sorted() {
      let isPositive = Fact.atLeast(.variable(name), 1)
      if verdict(isPositive) == .proven { known.assume(isPositive) }
    }
    let stated = inferred.filter { !isBound($0.fact) && known.prove($0.fact) != .proven }
    if stated.isEmpty { return }
    let clauses = stated.map(\.text)
    report(.unstatedRequirement(declaration, clauses: clauses, reasons: stated))
  }
}
