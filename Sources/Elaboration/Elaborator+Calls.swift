import Checking
import Declarations
import Graphs
import Layers
import Tensors

extension Elaborator {
  /// Applies a written call; `first` is the input that a waiting layer was given.
  func apply(_ call: CheckedCall, first: Value?, in scope: Scope) -> Value {
    let others = call.inputs.compactMap { $0 }.map { evaluate($0, in: scope) }
    let inputs = (first.map { [$0] } ?? []) + others
    switch call.callee {
    case .builtin(let name): return applyBuiltin(name, call, inputs: inputs, in: scope)
    case .user(let index): return applyUser(program.layers[index], index, call, inputs: inputs, in: scope)
    }
  }

  /// Applies a layer value to an input. `suffix` extends the paths of layers written in it (`[3]`).
  func apply(_ closure: LayerClosure, to input: Value, suffix: String = "") -> Value {
    var scope = closure.scope
    scope.path += suffix
    switch closure.value {
    case .call(let call):
      let before = enter(path: scope.path(of: call.site), at: call.span)
      defer { graph.origin = before }
      return apply(call, first: input, in: scope)
    case .chain(let stages):
      return stages.reduce(input) { apply(LayerClosure(value: $1, scope: scope), to: $0) }
    case .named(let name), .parameter(let name):
      guard let named = scope.layers[name] else { preconditionFailure("no layer \(name) in \(scope.path)") }
      return apply(named, to: input)
    }
  }

  // MARK: Built-in

  private func applyBuiltin(_ name: String, _ call: CheckedCall, inputs: [Value], in scope: Scope) -> Value {
    guard let declaration = Catalog.callable[name] else { preconditionFailure("no built-in \(name)") }
    if declaration.category == .regularizer { return regularizer(declaration, call, in: scope) }
    let tensors = inputs.map { tensor($0) }
    let types = tensors.map(\.type)
    let path = scope.path(of: call.site)
    let settings = self.settings(call.settings, in: scope, nestedPath: path)
    let result = resultType(of: declaration, inputs: types, settings: settings)
    let lengths = tensors.map { self.lengths[$0.id] }
    let limited = zip(types, lengths).map { type, length in
      var type = type
      if let length { type.shape.axes[0].limit = Dimension(length.limit) }
      return type
    }
    let weights = Dictionary(
      declaration.weights(limited, settings).map { ($0.name, request($0, path: path, scope: scope)) },
      uniquingKeysWith: { first, _ in first })
    var keepsInside = true
    let context = BuildContext(
      graph: graph, mode: mode(in: scope), inputs: tensors.map(\.id), inputTypes: types,
      masks: lengths.map { $0?.mask },
      settings: settings, path: applicationPath(path),
      weight: { [self] name in
        guard let request = weights[name] else { preconditionFailure("no weight \(name) in \(path)") }
        return updated(request.path) ?? weight(request)
      },
      update: { [self] name, value in record(update: path + "." + name, value) },
      apply: { [self] handle, value, suffix in
        let closure = closure(handle)
        let type = tensorType(of: value, like: types.first)
        // What a combinator makes of its input, position by position, has the input's length.
        if let length = lengths.first.flatMap({ $0 }), self.lengths[value] == nil,
          graph.shape(of: value).first == graph.shape(of: tensors[0].id).first
        {
          self.lengths[value] = length
        }
        let result = tensor(apply(closure, to: .tensor(value, type), suffix: suffix)).id
        if self.lengths[result] == nil { keepsInside = false }
        return result
      })
    let built = declaration.build(context)
    if let index = lengths.firstIndex(where: { $0 != nil }), self.lengths[built] == nil {
      let isKept =
        declaration.category == .combinator
        ? keepsInside && graph.shape(of: built).first == graph.shape(of: tensors[index].id)[0]
        : keepsLength(declaration, limited, settings)
      if isKept { self.lengths[built] = lengths[index] }
    }
    return .tensor(built, result)
  }

  /// Whether the first axis of the result is the one whose length differs from example to example.
  private func keepsLength(
    _ declaration: CallableDeclaration, _ types: [TensorType], _ settings: Settings
  ) -> Bool {
    if declaration.keepsPositions?.holds(types, settings) ?? false { return true }
    let context = ShapeContext(
      inputs: types, settings: settings,
      apply: { _, type throws(ShapeReason) in type }, require: { _, _ throws(ShapeReason) in })
    return (try? declaration.shape(context).shape.axes.first?.isVarying) ?? false
  }

  /// The type of a value inside a combinator: floats, unless it is the input itself.
  private func tensorType(of id: ValueID, like input: TensorType?) -> TensorType {
    let type = graph.type(of: id)
    let element: Element = type.dtype == .int32 ? (input?.element ?? .float) : .float
    return TensorType(element, Shape(type.shape.map { Dimension($0) }))
  }

  private func request(_ weight: WeightDeclaration, path: String, scope: Scope) -> WeightRequest {
    guard let model = scope.model else { preconditionFailure("weights outside a model at \(path)") }
    let count = { (sizes: [Dimension]) in sizes.reduce(1.0) { $0 * Double(scope.size($1)) } }
    return WeightRequest(
      path: path + "." + weight.name, shape: weight.shape.map { scope.size($0) }, initializer: weight.initializer,
      settings: weight.initializerSettings, isTrainable: weight.isTrainable, model: model,
      fanIn: weight.fanIn.map { count($0.sizes) / count($0.divisors) })
  }

  /// The type that the shape rule gives for constant sizes; the checker has accepted them.
  private func resultType(of declaration: CallableDeclaration, inputs: [TensorType], settings: Settings) -> TensorType {
    let context = ShapeContext(
      inputs: inputs, settings: settings,
      apply: { [self] handle, type throws(ShapeReason) in typeOf(closure(handle), on: type) },
      require: { _, _ throws(ShapeReason) in })
    do {
      return scopeless(try declaration.shape(context))
    } catch {
      preconditionFailure("\(declaration.name) refuses what was checked: \(error.message)")
    }
  }

  private func scopeless(_ type: TensorType) -> TensorType { Scope(path: "").concrete(type) }

  /// The type that a layer value gives, found by building it in a graph that is thrown away.
  private func typeOf(_ closure: LayerClosure, on type: TensorType) -> TensorType {
    let trial = GraphBuilder()
    let elaborator = Elaborator(
      program: program, graph: trial, data: data, trainingModels: [],
      weight: { trial.parameter($0.path, shape: $0.shape) }, source: { [self] in source($0) },
      constantNames: constantNames, constant: { [self] in constant($0, $1) })
    elaborator.handles = handles.map { stranded($0, in: trial) }
    let input = trial.input("x", ValueType(type.dtype, type.constantSizes, isShared: false))
    return elaborator.tensor(elaborator.apply(stranded(closure, in: trial), to: .tensor(input, type))).type
  }

  /// A layer value with stand-ins in another graph for the values that it sees: `attention(heads: 4, memory: m)`.
  private func stranded(_ closure: LayerClosure, in trial: GraphBuilder) -> LayerClosure {
    func standIn(_ value: Value) -> Value {
      switch value {
      case .number: return value
      case .record(let fields): return .record(fields.map { ($0.label, standIn($0.value)) })
      case .tensor(_, let type):
        // Equal types may share one: only types are asked for.
        let name = "seen \(type.description) \(type.dtype)"
        return .tensor(trial.input(name, ValueType(type.dtype, type.constantSizes, isShared: false)), type)
      }
    }
    var result = closure
    result.scope.values = closure.scope.values.mapValues(standIn)
    result.scope.layers = closure.scope.layers.mapValues { stranded($0, in: trial) }
    // Lengths are values of this graph, and no part of a type.
    result.scope.lengths = [:]
    return result
  }

  /// `l2(Net)`: a term of a model's weights, shared.
  private func regularizer(_ declaration: CallableDeclaration, _ call: CheckedCall, in scope: Scope) -> Value {
    let settings = self.settings(call.settings, in: scope)
    guard case .word(let name)? = settings["model"],
      let model = program.layers.firstIndex(where: { $0.name == name })
    else { preconditionFailure("\(declaration.name) names no model") }
    let weights = vector(ofModel: model)
    let type = TensorType(.float, Shape(graph.type(of: weights).shape.map { Dimension($0) }))
    let context = BuildContext(
      graph: graph, mode: .training, inputs: [weights], inputTypes: [type], settings: settings, path: scope.path,
      weight: { _ in preconditionFailure("a regularizer has no weights") }, update: { _, _ in },
      apply: { _, _, _ in preconditionFailure("a regularizer applies no layers") })
    return .tensor(declaration.build(context), .scalar)
  }

  // MARK: Written in the file

  private func applyUser(
    _ layer: CheckedLayer, _ index: Int, _ call: CheckedCall, inputs: [Value], in caller: Scope
  ) -> Value {
    var scope =
      layer.isModel
      ? Scope(path: layer.name, model: index) : Scope(path: caller.path(of: call.site), model: caller.model)
    for (input, value) in zip(layer.inputs, inputs) { bind(input.name, input.type, to: value, in: &scope) }
    for parameter in layer.parameters {
      guard let setting = call.settings[parameter.name] else { continue }
      bind(parameter, setting, in: &scope, caller: caller)
    }
    return run(layer.body, in: scope)
  }

  /// Evaluates a body.
  func run(_ block: CheckedBlock, in outer: Scope) -> Value {
    var scope = outer
    for weight in block.weights { scope.weights[weight.name] = weight }
    for binding in block.bindings { evaluate(binding, in: &scope) }
    return evaluate(block.result, in: scope)
  }

  /// Adds a `let` to the scope.
  func evaluate(_ binding: CheckedBinding, in scope: inout Scope) {
    switch binding.value {
    case .expression(let expression):
      let value = evaluate(expression, in: scope)
      let isVariable = scope.model == nil && differentiated.contains(binding.name)
      scope.values[binding.name] = isVariable ? variable(value) : value
    case .layer(let layer): scope.layers[binding.name] = LayerClosure(value: layer, scope: scope)
    }
  }

  /// The value as one to differentiate by: each example's own, and no other place that computes the same.
  private func variable(_ value: Value) -> Value {
    let (id, type) = tensor(value)
    let own = graph.distinct(graph.type(of: id).isShared ? graph.lift(id) : id)
    lengths[own] = lengths[id]
    return .tensor(own, type)
  }

  private func bind(
    _ parameter: CheckedLayer.Parameter, _ setting: CheckedSetting, in scope: inout Scope, caller: Scope
  ) {
    switch (parameter.kind, self.setting(setting, in: caller, nestedPath: caller.path)) {
    case (.integer, .integer(let size)): scope.sizes[parameter.name] = caller.size(size)
    case (.real, .real(let number)): scope.numbers[parameter.name] = number
    case (.real, .integer(let size)): scope.numbers[parameter.name] = Double(caller.size(size))
    case (.boolean, .boolean(let flag)): scope.booleans[parameter.name] = flag
    case (.word, .word(let word)): scope.words[parameter.name] = word
    case (.shape, .shape(let sizes)): scope.shapes[parameter.name] = sizes.map { caller.size($0) }
    case (.layer, .layer(let handle)): scope.layers[parameter.name] = closure(handle)
    default: preconditionFailure("the parameter \(parameter.name) got a value of another kind")
    }
  }

  /// Binds an input: its value, and the dimension variables that its type names.
  func bind(_ name: String, _ type: CheckedType, to value: Value, in scope: inout Scope) {
    switch (type, value) {
    case (.tensor(let pattern), .number): scope.values[name] = bound(pattern, tensor(value), in: &scope)
    case (.tensor(let pattern), .tensor(let id, let actual)):
      scope.values[name] = bound(pattern, (id, actual), in: &scope)
    case (.record(let fields), .record(let values)):
      var inner: [(label: String, value: Value)] = []
      for field in fields {
        guard let given = values.first(where: { $0.label == field.label }) else { continue }
        var nested = scope
        bind(field.label, field.type, to: given.value, in: &nested)
        scope.sizes = nested.sizes
        scope.packs = nested.packs
        inner.append((field.label, nested.values[field.label] ?? given.value))
      }
      scope.values[name] = .record(inner)
    default: preconditionFailure("the input \(name) got a value of another kind")
    }
  }

  private func bound(_ pattern: TensorType, _ value: (id: ValueID, type: TensorType), in scope: inout Scope) -> Value {
    var sizes = value.type.constantSizes
    if case .classes(let count) = pattern.element, case .classes(let actual) = value.type.element {
      scope.solve(count, actual.constant ?? 0)
    }
    if case .token(let count) = pattern.element, case .token(let actual) = value.type.element {
      scope.solve(count, actual.constant ?? 0)
    }
    if let pack = pattern.shape.pack {
      scope.packs[pack] = Array(sizes.dropLast(pattern.shape.axes.count))
      sizes = Array(sizes.suffix(pattern.shape.axes.count))
    } else if pattern.shape.axes.count == sizes.count + 1 {
      sizes.append(1)
    } else if pattern.shape.axes.count == sizes.count - 1 {
      sizes.removeLast()
    }
    for (axis, size) in zip(pattern.shape.axes, sizes) { scope.solve(axis.size, size) }
    if let limit = pattern.shape.axes.first?.limit, pattern.shape.pack == nil {
      lengths[value.id] = VaryingLength(mask: lengths[value.id]?.mask, limit: scope.size(limit))
    }
    if let name = pattern.shape.axes.first?.size.variableName, pattern.shape.pack == nil {
      scope.lengths[name] = scope.lengths[name] ?? lengths[value.id]
    }
    return fitting(value.id, value.type, sizes: scope.concrete(pattern).constantSizes)
  }
}

extension Scope {
  /// Solves a size for the one variable that has no value yet; it occurs linearly, as the checker made sure.
  mutating func solve(_ pattern: Dimension, _ size: Int) {
    let unknown = pattern.variables.filter { sizes[$0] == nil }
    guard unknown.count == 1, let name = unknown.first else { return }
    var trial = sizes
    trial[name] = 0
    guard let atZero = pattern.evaluated(trial) else { return }
    trial[name] = 1
    guard let atOne = pattern.evaluated(trial), atOne != atZero else { return }
    sizes[name] = (size - atZero) / (atOne - atZero)
  }
}
