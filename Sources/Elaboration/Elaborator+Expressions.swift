import Checking
import Declarations
import Graphs
import Tensors

extension Elaborator {
  /// The value of an expression. An annotation may have added or dropped one final channel of size 1.
  func evaluate(_ expression: CheckedExpression, in scope: Scope) -> Value {
    let value = evaluateKind(expression, in: scope)
    guard case .tensor(let id, let type) = value, case .tensor(let annotated) = expression.type,
      annotated.shape.pack == nil
    else { return value }
    let fitted = fitting(id, type, sizes: scope.concrete(annotated).constantSizes)
    if case .tensor(let id, _) = fitted { measure(id, as: annotated, in: scope) }
    return fitted
  }

  /// Notes how the length of a value differs from example to example, where its type names a length that does.
  private func measure(_ id: ValueID, as type: TensorType, in scope: Scope) {
    guard lengths[id] == nil, let name = type.shape.axes.first?.size.variableName else { return }
    guard let length = scope.lengths[name] ?? (scope.sizes[name] == nil ? fieldLengths[name] : nil) else { return }
    if let mask = length.mask, graph.shape(of: id).first != graph.shape(of: captured(mask)).first { return }
    lengths[id] = VaryingLength(mask: length.mask.map { captured($0) }, limit: length.limit)
  }

  /// The value with these sizes, where they differ by a final channel only.
  func fitting(_ id: ValueID, _ type: TensorType, sizes: [Int]) -> Value {
    let actual = type.constantSizes
    guard actual != sizes, actual + [1] == sizes || sizes + [1] == actual else { return .tensor(id, type) }
    let result = graph.reshape(id, sizes)
    if let length = lengths[id] { lengths[result] = length }
    return .tensor(result, type.with(sizes: sizes))
  }

  /// The result, with the length of an operand that has as many axes.
  private func measured(_ result: Value, like operands: [Value]) -> Value {
    guard !lengths.isEmpty, case .tensor(let id, _) = result, lengths[id] == nil else { return result }
    let rank = graph.shape(of: id).count
    for case .tensor(let operand, _) in operands where graph.shape(of: operand).count == rank && rank > 0 {
      if let length = lengths[operand] { lengths[id] = length }
    }
    return result
  }

  private func evaluateKind(_ expression: CheckedExpression, in scope: Scope) -> Value {
    switch expression.kind {
    case .arithmetic, .negate, .not, .matrixProduct, .list, .slice:
      let before = enter(path: scope.path, at: expression.span)
      defer { graph.origin = before }
      return evaluateForm(expression, in: scope)
    default: return evaluateForm(expression, in: scope)
    }
  }

  private func evaluateForm(_ expression: CheckedExpression, in scope: Scope) -> Value {
    switch expression.kind {
    case .scalar(let number):
      // A truth value stays one: what takes no numbers takes it.
      let value = self.number(number, in: scope)
      guard case .tensor(let type) = expression.type, type.element == .bool else { return value }
      return .tensor(tensor(value).id, type)
    case .local(let name):
      guard let value = scope.values[name] else { preconditionFailure("no value \(name) in \(scope.path)") }
      return value
    case .field(let name):
      let field = source(.field(name))
      if case .tensor(let id, _) = field, let length = lengths[id], case .tensor(let type) = expression.type,
        let name = type.shape.axes.first?.size.variableName
      {
        fieldLengths[name] = length
      }
      return field
    case .column(let index): return column(index, as: expression.type)
    case .encode(let encoding):
      let (id, raw) = tensor(source(.encoding(encoding)))
      guard case .tensor(let type) = expression.type else { return .tensor(id, raw) }
      return .tensor(id, TensorType(scope.concrete(type).element, raw.shape))
    case .weight(let name): return declaredWeight(name, in: scope)
    case .drawn(let name, let settings, let site):
      return drawn(name, settings: settings, site: site, type: expression.type, in: scope)
    case .call(let call):
      let before = enter(path: scope.path(of: call.site), at: call.span)
      defer { graph.origin = before }
      return apply(call, first: nil, in: scope)
    case .apply(let layer, let input):
      return apply(LayerClosure(value: layer, scope: scope), to: evaluate(input, in: scope))
    case .arithmetic(let first, let rest):
      return rest.reduce(evaluate(first, in: scope)) { left, part in
        let right = evaluate(part.1, in: scope)
        return measured(arithmetic(part.0, left, right), like: [left, right])
      }
    case .negate(let operand):
      let value = evaluate(operand, in: scope)
      return measured(negate(value), like: [value])
    case .not(let operand):
      let value = evaluate(operand, in: scope)
      let (id, type) = tensor(value)
      return measured(.tensor(graph.binary(.subtract, graph.fill(1), id), type), like: [value])
    case .matrixProduct(let a, let b):
      let left = evaluate(a, in: scope)
      return matrixProduct(left, evaluate(b, in: scope))
    case .slice(let base, let slices): return slice(evaluate(base, in: scope), slices, in: scope)
    case .list(let elements):
      let values = elements.map { evaluate($0, in: scope) }
      return measured(list(values), like: values)
    case .record(let fields): return .record(fields.map { ($0.label, evaluate($0.value, in: scope)) })
    case .member(let base, let label):
      guard case .record(let fields) = evaluate(base, in: scope),
        let field = fields.first(where: { $0.label == label })
      else { preconditionFailure("no member \(label)") }
      return field.value
    case .transform(let name, let site, let settings, let input):
      return transform(name, site: site, settings: settings, input: evaluate(input, in: scope), in: scope)
    case .restore(let value, let field): return restore(evaluate(value, in: scope), field: field, in: scope)
    case .across(let inner):
      let (id, _) = tensor(evaluate(inner, in: scope))
      let own = graph.type(of: id).isShared ? graph.lift(id) : id
      let stack = graph.batchStack(own, count: scope.size(.variable("Batch")))
      return .tensor(stack, annotated(expression, in: scope))
    case .quantile(_, _, _, let site): return .tensor(constant(site, "value"), .scalar)
    case .thisExample:
      let places = graph.iota(shape: [scope.size(.variable("Batch"))], axis: 0, dtype: .int32)
      return .tensor(graph.ownRow(places), annotated(expression, in: scope))
    case .gradient(let objective, let variable): return gradient(objective, by: variable, in: scope)
    case .scan(let scan): return self.scan(scan, at: expression.span, in: scope)
    case .generate, .unknown:
      preconditionFailure("an expression that the checker refuses")
    }
  }

  private func annotated(_ expression: CheckedExpression, in scope: Scope) -> TensorType {
    guard case .tensor(let type) = expression.type else { preconditionFailure("a tensor without a type") }
    return scope.concrete(type)
  }

  /// The derivative of a scalar of each example by a `let`.
  private func gradient(_ objective: CheckedExpression, by name: String, in scope: Scope) -> Value {
    guard let bound = scope.values[name] else { preconditionFailure("no value \(name) in \(scope.path)") }
    let (variable, type) = tensor(bound)
    let scalar = tensor(evaluate(objective, in: scope)).id
    let lifted = graph.type(of: scalar).isShared ? graph.lift(scalar) : scalar
    return .tensor(graph.gradient(of: lifted, by: variable), type)
  }

  /// The raw values of a column; bytes become floats or class indices where they are used.
  private func column(_ index: Int, as type: CheckedType) -> Value {
    let (id, raw) = tensor(source(.column(index)))
    guard case .tensor(let wanted) = type, graph.type(of: id).dtype != wanted.dtype else { return .tensor(id, raw) }
    return .tensor(graph.cast(id, wanted.dtype), TensorType(wanted.element, raw.shape))
  }

  private func declaredWeight(_ name: String, in scope: Scope) -> Value {
    guard let weight = scope.weights[name], let model = scope.model else {
      preconditionFailure("no weight \(name) in \(scope.path)")
    }
    let shape = weight.shape.map { scope.size($0) }
    let request = WeightRequest(
      path: scope.path(of: name), shape: shape, initializer: weight.initializer,
      settings: settings(weight.settings, in: scope), isTrainable: true, model: model)
    return .tensor(self.weight(request), TensorType(.float, Shape(shape.map { Dimension($0) })))
  }

  /// A number; a length that differs from example to example counts each example's positions.
  private func number(_ expression: ScalarExpression, in scope: Scope) -> Value {
    let isOwn = expression.dimensions.contains { size in size.variables.contains { scope.lengths[$0]?.mask != nil } }
    guard isOwn else { return .number(scope.number(expression)) }
    func both(_ op: ArithmeticOperator, _ a: ScalarExpression, _ b: ScalarExpression) -> Value {
      arithmetic(op, number(a, in: scope), number(b, in: scope))
    }
    switch expression {
    case .literal, .parameter: return .number(scope.number(expression))
    case .dimension(let size): return .tensor(ownSize(size, in: scope), .scalar)
    case .negate(let a): return negate(number(a, in: scope))
    case .add(let a, let b): return both(.add, a, b)
    case .subtract(let a, let b): return both(.subtract, a, b)
    case .multiply(let a, let b): return both(.multiply, a, b)
    case .divide(let a, let b): return both(.divide, a, b)
    case .power(let a, let b): return both(.power, a, b)
    case .function(let name, let a): return function(name, of: tensor(number(a, in: scope)).id)
    }
  }

  /// A size that is a sum of multiples of lengths.
  private func ownSize(_ size: Dimension, in scope: Scope) -> ValueID {
    let own = size.variables.filter { scope.lengths[$0]?.mask != nil }.sorted()
    var rest = scope
    for name in own { rest.sizes[name] = 0 }
    let constant = rest.size(size)
    return own.reduce(graph.fill(Double(constant))) { sum, name in
      guard let mask = scope.lengths[name]?.mask else { return sum }
      rest.sizes[name] = 1
      defer { rest.sizes[name] = 0 }
      let factor = graph.fill(Double(rest.size(size) - constant))
      let count = graph.reduceSum(captured(mask), axes: [0])
      return graph.binary(.add, sum, graph.binary(.multiply, factor, count))
    }
  }

  /// A function that constant expressions may use, of a value.
  private func function(_ name: String, of x: ValueID) -> Value {
    if name == "ceil" { return negate(.tensor(graph.map(.floor, [graph.map(.negate, [x])]), .scalar)) }
    let operation: ScalarFunction =
      switch name {
      case "sqrt": .squareRoot
      case "exp": .exp
      case "log": .log
      case "abs": .absolute
      case "floor": .floor
      case "sin": .sin
      case "cos": .cos
      case "tanh": .tanh
      default: preconditionFailure("no function \(name) of a number")
      }
    return .tensor(graph.map(operation, [x]), .scalar)
  }

  /// A constant or a draw over a length that differs from example to example is real where the example is.
  private func measured(_ id: ValueID, like type: CheckedType, in scope: Scope) -> ValueID {
    guard case .tensor(let symbolic) = type, symbolic.shape.pack == nil,
      let name = symbolic.shape.axes.first?.size.variableName, let length = scope.lengths[name]
    else { return id }
    let own = graph.distinct(id)
    lengths[own] = VaryingLength(mask: length.mask.map { captured($0) }, limit: length.limit)
    return own
  }

  /// Draws and constants that take the shape of their place.
  private func drawn(
    _ name: String, settings: [String: CheckedSetting], site: String, type: CheckedType, in scope: Scope
  ) -> Value {
    guard case .tensor(let id, let drawn) = everywhere(name, settings: settings, site: site, type: type, in: scope)
    else { preconditionFailure("a draw that is no tensor") }
    return .tensor(measured(id, like: type, in: scope), drawn)
  }

  private func everywhere(
    _ name: String, settings: [String: CheckedSetting], site: String, type: CheckedType, in scope: Scope
  ) -> Value {
    guard case .tensor(let symbolic) = type else { preconditionFailure("a draw without a shape") }
    let type = scope.concrete(symbolic)
    let sizes = type.constantSizes
    let values = self.settings(settings, in: scope)
    let path = scope.path(of: site)
    switch name {
    case "zeros": return .tensor(graph.fill(0, shape: sizes), type)
    case "ones": return .tensor(graph.fill(1, shape: sizes), type)
    case "normal":
      let draw = graph.random(RandomDraw(.normal, path: applicationPath(path)), shape: sizes)
      let deviation = values.isGiven("deviation") ? values.real("deviation") : 1
      let mean = values.isGiven("mean") ? values.real("mean") : 0
      let scaled = deviation == 1 ? draw : graph.binary(.multiply, draw, graph.fill(deviation))
      return .tensor(mean == 0 ? scaled : graph.binary(.add, scaled, graph.fill(mean)), type)
    case "uniform":
      let draw = graph.random(RandomDraw(.uniform, path: applicationPath(path)), shape: sizes)
      let low = values.isGiven("low") ? values.real("low") : 0
      let high = values.isGiven("high") ? values.real("high") : 1
      if low == 0 && high == 1 { return .tensor(draw, type) }
      let scaled = graph.binary(.multiply, draw, graph.fill(high - low))
      return .tensor(graph.binary(.add, scaled, graph.fill(low)), type)
    default: preconditionFailure("no draw \(name)")
    }
  }
}

// MARK: - Arithmetic

extension Elaborator {
  private func negate(_ value: Value) -> Value {
    if case .number(let number) = value { return .number(-number) }
    let (id, type) = tensor(value)
    return .tensor(graph.map(.negate, [id]), type)
  }

  func arithmetic(_ op: ArithmeticOperator, _ a: Value, _ b: Value) -> Value {
    if case .number(let x) = a, case .number(let y) = b, let folded = fold(op, x, y) { return .number(folded) }
    if op == .power, case .number(let exponent) = b, let value = power(a, exponent) { return value }
    let (left, leftType) = tensor(a)
    let (right, rightType) = tensor(b)
    let id: ValueID =
      switch op {
      case .add: graph.binary(.add, left, right)
      case .subtract: graph.binary(.subtract, left, right)
      case .multiply, .and: graph.binary(.multiply, left, right)
      case .divide: graph.binary(.divide, left, right)
      case .power: graph.binary(.power, left, right)
      case .modulo:
        graph.binary(
          .subtract, left, graph.binary(.multiply, right, graph.map(.floor, [graph.binary(.divide, left, right)])))
      case .equal: graph.binary(.equal, asFloat(left), asFloat(right))
      case .notEqual: graph.binary(.notEqual, asFloat(left), asFloat(right))
      case .less: graph.binary(.less, left, right)
      case .lessOrEqual: graph.binary(.lessOrEqual, left, right)
      case .greater: graph.binary(.less, right, left)
      case .greaterOrEqual: graph.binary(.lessOrEqual, right, left)
      case .or: graph.binary(.maximum, left, right)
      }
    let element: Element =
      switch op {
      case .add, .subtract, .multiply, .divide, .modulo, .power: .float
      default: .bool
      }
    precondition(leftType.shape.rank != nil && rightType.shape.rank != nil)
    return .tensor(id, TensorType(element, Shape(graph.type(of: id).shape.map { Dimension($0) })))
  }

  /// Classes and tokens compare as numbers: indices are far below 2²⁴.
  private func asFloat(_ id: ValueID) -> ValueID {
    graph.type(of: id).dtype == .float32 ? id : graph.cast(id, .float32)
  }

  private func fold(_ op: ArithmeticOperator, _ x: Double, _ y: Double) -> Double? {
    switch op {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: x / y
    case .power: Elaboration.power(x, y)
    default: nil
    }
  }

  /// Small whole exponents as products, so that values and gradients are right for negative bases too.
  private func power(_ base: Value, _ exponent: Double) -> Value? {
    let (id, type) = tensor(base)
    switch exponent {
    case 1: return base
    case 2: return .tensor(graph.map(.square, [id]), type)
    case 3: return .tensor(graph.binary(.multiply, graph.map(.square, [id]), id), type)
    case 4: return .tensor(graph.map(.square, [graph.map(.square, [id])]), type)
    case 0.5: return .tensor(graph.map(.squareRoot, [id]), type)
    case -0.5: return .tensor(graph.map(.reciprocalSquareRoot, [id]), type)
    case -1: return .tensor(graph.map(.reciprocal, [id]), type)
    default: return nil
    }
  }

  /// `[…, K] @ [K, N]`; a vector on the left is one row.
  private func matrixProduct(_ a: Value, _ b: Value) -> Value {
    var (left, leftType) = tensor(a)
    var (right, rightType) = tensor(b)
    let leftSizes = leftType.constantSizes
    let rightSizes = rightType.constantSizes
    if leftSizes.count == 1, let mask = lengths[left]?.mask ?? lengths[right]?.mask {
      // Both sides are 0 behind the end of an example.
      left = graph.select(mask, asFloat(left), graph.fill(0))
      right = graph.select(graph.broadcast(mask, shape: rightSizes, axes: [0]), asFloat(right), graph.fill(0))
    }
    var product: ValueID
    if leftSizes.count == 1, rightSizes.count == 1 {
      product = graph.reduceSum(graph.binary(.multiply, left, right), axes: [0])
    } else if leftSizes.count == 1 {
      let row = graph.reshape(left, [1] + leftSizes)
      product = graph.matmul(row, right)
      product = graph.reshape(product, Array(rightSizes.dropLast(2)) + [rightSizes[rightSizes.count - 1]])
    } else if rightSizes.count == 1 {
      let column = graph.reshape(right, rightSizes + [1])
      product = graph.matmul(left, column)
      product = graph.reshape(product, Array(leftSizes.dropLast()))
    } else {
      product = graph.matmul(left, right)
    }
    if leftSizes.count > 1 { lengths[product] = lengths[left] }
    return .tensor(product, TensorType(.float, Shape(graph.type(of: product).shape.map { Dimension($0) })))
  }

  private func slice(_ base: Value, _ slices: [CheckedSlice], in scope: Scope) -> Value {
    let (id, type) = tensor(base)
    let sizes = type.constantSizes
    var starts = [Int](repeating: 0, count: sizes.count)
    var stops = sizes
    for (axis, slice) in slices.enumerated() {
      starts[axis] = scope.size(slice.start)
      stops[axis] = scope.size(slice.stop)
    }
    let part = graph.slice(id, starts: starts, stops: stops, steps: sizes.map { _ in 1 })
    let kept = sizes.indices.filter { !($0 < slices.count && slices[$0].dropsAxis) }.map { stops[$0] - starts[$0] }
    return .tensor(graph.reshape(part, kept), type.with(sizes: kept))
  }

  /// Scalars stack to a vector; tensors join along their last axis.
  private func list(_ elements: [Value]) -> Value {
    let tensors = elements.map { tensor($0) }
    let parts = tensors.map { id, type -> ValueID in
      let float = asFloat(id)
      return type.shape.isScalar ? graph.reshape(float, [1]) : float
    }
    let rank = tensors[0].type.constantSizes.count
    let joined = graph.concat(parts, axis: max(rank - 1, 0))
    return .tensor(joined, TensorType(.float, Shape(graph.type(of: joined).shape.map { Dimension($0) })))
  }
}
