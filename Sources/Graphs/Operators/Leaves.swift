import Tensors

/// `input(name)`: a named input of the program, per example or shared as declared.
package struct InputOperator: OperatorDefinition {
  let inputName: String
  package var name: String { "input" }
  package var attributes: String { "\"\(inputName)\"" }
  package var kind: FusionKind { .leaf }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    try leafType(inputs, declared)
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [] }
  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    site.environment.input(inputName, site.type, example: site.example)
  }
  package static var samples: [OperatorSample] { SampleShapes.samples("input") { _, x in x } }
}

/// `parameter(path)`: a weight or a running statistic; shared.
package struct ParameterOperator: OperatorDefinition {
  let path: String
  package var name: String { "parameter" }
  package var attributes: String { "\"\(path)\"" }
  package var kind: FusionKind { .leaf }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let type = try leafType(inputs, declared)
    try require(type.isShared, "a parameter is shared")
    return type
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [] }
  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    site.environment.parameter(path, site.type)
  }
  package static var samples: [OperatorSample] { [] }
}

/// `constant(tensor)`: numbers known when the graph is built; shared.
package struct ConstantOperator: OperatorDefinition {
  let tensor: HostTensor
  package var name: String { "constant" }
  package var attributes: String {
    tensor.count <= 8 ? tensor.floats.map { "\($0)" }.joined(separator: " ") : "\(tensor.count) numbers"
  }
  package var kind: FusionKind { .leaf }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    try inputs.expect(count: 0)
    return ValueType(tensor.dtype, tensor.shape, isShared: true)
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [] }
  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    ReferenceTensor(tensor)
  }
  package static var samples: [OperatorSample] {
    SampleShapes.samples("constant") { builder, x in
      let shape = builder.type(of: x).shape
      let values = (0..<shape.reduce(1, *)).map { Float($0 % 7) - 2.5 }
      return builder.multiply(x, builder.constant(HostTensor(shape: shape, values)))
    }
  }
}

/// `fill(value)`: one number in every element; shared; float32 or int32.
package struct FillOperator: OperatorDefinition {
  let value: Double
  package var name: String { "fill" }
  package var attributes: String { "\(value)" }
  package var kind: FusionKind { .leaf }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let type = try leafType(inputs, declared)
    try require(type.isShared && type.dtype != .uint8, "a fill is shared, of float32 or int32")
    return type
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [] }
  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    ReferenceTensor(shape: site.type.shape, repeating: value)
  }
  package static var samples: [OperatorSample] {
    SampleShapes.samples("fill") { builder, x in builder.multiply(x, -1.25) }
  }
}

/// `iota(axis)`: 0, 1, 2, … along an axis; shared; float32 or int32.
package struct IotaOperator: OperatorDefinition {
  let axis: Int
  package var name: String { "iota" }
  package var attributes: String { "axis: \(axis)" }
  package var kind: FusionKind { .leaf }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let type = try leafType(inputs, declared)
    try require(type.isShared && type.dtype != .uint8, "an iota is shared, of float32 or int32")
    try require(axis >= 0 && axis < type.shape.count, "axis \(axis) of rank \(type.shape.count)")
    return type
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [] }
  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    let shape = site.type.shape
    let steps = ReferenceTensor(shape: [shape[axis]], (0..<shape[axis]).map(Double.init))
    var strides = [Int](repeating: 0, count: shape.count)
    strides[axis] = 1
    return steps.strided(offset: 0, strides: strides, shape: shape)
  }
  package static var samples: [OperatorSample] {
    SampleShapes.samples("iota", over: SampleShapes.ranked(atLeast: 1)) { builder, x in
      let shape = builder.type(of: x).shape
      return builder.multiply(x, builder.iota(shape: shape, axis: shape.count / 2))
    }
  }
}

/// `batchCount`: the number of examples in the batch, a shared float32 scalar.
package struct BatchCountOperator: OperatorDefinition {
  package var name: String { "batchCount" }
  package var kind: FusionKind { .leaf }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    try inputs.expect(count: 0)
    return ValueType([], isShared: true)
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [] }
  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    ReferenceTensor(scalar: Double(site.environment.batch))
  }
  package static var samples: [OperatorSample] {
    SampleShapes.samples("batchCount") { builder, x in builder.divide(x, builder.batchCount()) }
  }
}
