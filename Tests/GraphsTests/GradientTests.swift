import Graphs
import Tensors
import Testing

@Suite struct GradientTests {
  /// All samples of operators and composites, under the names of their definitions.
  static let samples: [OperatorSample] = Operator.definitions.flatMap { $0.samples } + CompositeSamples.all

  @Test(arguments: 0..<Operator.definitions.count)
  func operatorGradientsEqualDifferences(_ index: Int) throws {
    for sample in Operator.definitions[index].samples {
      let mismatches = try GradientCheck.mismatches(sample)
      #expect(mismatches.isEmpty, "\(mismatches.prefix(3))")
    }
  }

  @Test(arguments: 0..<Operator.definitions.count)
  func secondDerivativesEqualDifferences(_ index: Int) throws {
    for sample in Operator.definitions[index].samples
    where sample.isSmooth && sample.inputs.allSatisfy({ $0.type.count <= 16 }) {
      let mismatches = try GradientCheck.mismatches(sample, order: 2)
      #expect(mismatches.isEmpty, "\(mismatches.prefix(3))")
    }
  }

  @Test func compositeGradientsEqualDifferences() throws {
    for sample in CompositeSamples.all {
      for order in 1...2 {
        let mismatches = try GradientCheck.mismatches(sample, order: order)
        #expect(mismatches.isEmpty, "\(mismatches.prefix(3))")
      }
    }
  }

  @Test func everyOperatorHasSamplesOverManyShapes() {
    // Parameters behave as inputs, and an assign has no result to differentiate.
    let without: Set = ["ParameterOperator", "AssignOperator"]
    for definition in Operator.definitions {
      let count = definition.samples.count
      #expect(without.contains("\(definition)") ? count == 0 : count >= 20, "\(definition) has \(count) samples")
    }
    for function in ScalarFunction.allCases {
      #expect(MapOperator.samples.filter { $0.name.hasPrefix(function.rawValue + " ") }.count >= 20)
    }
    for name in CompositeGradients.standard.table.keys {
      #expect(CompositeSamples.all.filter { $0.name.hasPrefix(name + " ") }.count >= 20, "\(name)")
    }
  }

  @Test func aPlantedWrongGradientIsFound() throws {
    let sample = try #require(CompositeSamples.all.first { $0.name == "softmax [2, 3]" })
    for order in 1...2 {
      let mismatches = try GradientCheck.mismatches(sample, order: order) {
        // The term − Σ dy·y is missing.
        GraphBuilder(
          compositeGradients: CompositeGradients([
            "softmax": { context, _ in [context.builder.multiply(context.cotangent, context.result)] }
          ]))
      }
      #expect(mismatches.count >= 6)
    }
    // A relative error of 10⁻⁵ in one factor.
    let slightlyWrong = try GradientCheck.mismatches(sample) {
      GraphBuilder(
        compositeGradients: CompositeGradients([
          "softmax": { context, composite in
            CompositeGradients.standard.table["softmax"]!(context, composite)
              .map { context.builder.multiply($0!, 1 + 1e-5) }
          }
        ]))
    }
    #expect(!slightlyWrong.isEmpty)
  }

  @Test func handWrittenGradientsEqualTheBodys() throws {
    for sample in CompositeSamples.all {
      let gradients = [CompositeGradients.standard, CompositeGradients([:])].map { table in
        let builder = GraphBuilder(compositeGradients: table)
        let inputs = sample.inputs.enumerated().map { builder.input("\($0)", $1.type) }
        let floats = inputs.filter { builder.type(of: $0).dtype == .float32 }
        let result = builder.sum(builder.map(.sin, [sample.build(builder, inputs)]))
        let objective = builder.type(of: result).isShared ? result : builder.batchSum(result)
        let values = builder.gradients(of: objective, by: floats)
        return evaluate(
          builder.finish(outputs: values.enumerated().map { ("\($0)", $1) }), sample.inputs, seed: 5)
      }
      for (name, tensor) in gradients[0] {
        let other = gradients[1][name]!
        #expect(
          zip(tensor.values, other.values).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($0)) }, "\(sample.name)")
      }
    }
  }

  @Test func unreachedValuesHaveZeroGradients() {
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([2], isShared: false))
    let w = builder.parameter("w", shape: [3])
    let loss = builder.batchSum(builder.sum(builder.square(x)))
    let gradients = builder.gradients(of: loss, by: [w, x])
    #expect(builder.literalValue(gradients[0]) == 0)
    #expect(builder.type(of: gradients[0]) == builder.type(of: w))
    #expect(builder.type(of: gradients[1]) == builder.type(of: x))
  }

  @Test func backwardPathsToOtherValuesArePruned() {
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([4], isShared: false))
    let w = builder.parameter("w", shape: [4, 5])
    let loss = builder.batchSum(builder.sum(builder.contract(x, w)))
    let graph = builder.finish(outputs: [("dw", builder.gradients(of: loss, by: [w])[0])])
    #expect(graph.nodes.count { if case .matmul = $0.op { true } else { false } } == 1)
    // No multiplication by the weight itself: x needs no gradient.
    #expect(!graph.nodes.contains { if case .parameter = $0.op { true } else { false } })
  }

  @Test func sharedOperandsOfMatmulSumOverTheBatchInOneProduct() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([7, 4], isShared: false))
    let w = builder.parameter("w", shape: [4, 5])
    let loss = builder.batchSum(builder.sum(builder.square(builder.matmul(x, w))))
    let gradient = builder.gradients(of: loss, by: [w])[0]
    #expect(builder[gradient].op == .matmul(Matmul(transposeA: true, sumsBatch: true)))
  }

  @Test func perExampleGradientsAreIndependent() throws {
    // d/dx of Σ (x·w)² by x, and a penalty on it, as a critic's slope is.
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([3], isShared: false))
    let w = builder.parameter("w", shape: [3])
    let scalar = builder.square(builder.sum(builder.multiply(x, w)))
    #expect(!builder.mixesExamples(from: x, to: scalar))
    let slope = builder.gradient(of: scalar, by: x)
    let penalty = builder.meanOverBatch(builder.sum(builder.square(slope)))
    let dw = builder.gradients(of: penalty, by: [w])[0]
    let graph = builder.finish(outputs: [("slope", slope), ("dw", dw)])
    let weights = [1.0, -2, 0.5]
    let rows = [[1.0, 1, 2], [0.5, -1, 3]]
    let outputs = ReferenceInterpreter.run(
      graph, inputs: ["x": ReferenceTensor(shape: [2, 3], rows.flatMap { $0 })],
      parameters: ["w": ReferenceTensor(shape: [3], weights)], batch: 2
    ).outputs
    // slope = 2·(x·w)·w; Σ slope² = 4·(x·w)²·|w|²; by w: 8·(x·w)·|w|²·x + 8·(x·w)²·w, mean over two examples.
    let square = weights.reduce(0) { $0 + $1 * $1 }
    var expected = [0.0, 0, 0]
    for (index, row) in rows.enumerated() {
      let dot = zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
      for k in 0..<3 {
        #expect(abs(outputs["slope"]!.values[index * 3 + k] - 2 * dot * weights[k]) < 1e-12)
        expected[k] += (8 * dot * square * row[k] + 8 * dot * dot * weights[k]) / 2
      }
    }
    for k in 0..<3 { #expect(abs(outputs["dw"]!.values[k] - expected[k]) < 1e-10) }
  }

  @Test func aBatchMeanMixesExamples() {
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([3], isShared: false))
    let centred = builder.subtract(x, builder.meanOverBatch(x))
    #expect(builder.mixesExamples(from: x, to: builder.sum(centred)))
  }

  @Test func aDistinctValueIsDifferentiatedAlone() {
    // e = v·v + 2x with v = 2x: by v, the second 2x is a constant.
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([], isShared: false))
    let v = builder.distinct(builder.multiply(x, 2))
    let e = builder.add(builder.square(v), builder.multiply(x, 2))
    let graph = builder.finish(outputs: [("slope", builder.gradient(of: e, by: v))])
    let result = ReferenceInterpreter.run(graph, inputs: ["x": ReferenceTensor(shape: [1], [3])], batch: 1)
    #expect(result.outputs["slope"]!.values == [12])
  }
}

/// Draws a sample's inputs and runs a graph over them.
func evaluate(_ graph: Graph, _ inputs: [SampleInput], batch: Int = 2, seed: UInt64) -> [String: ReferenceTensor] {
  var random = PhiloxSequence(seed: seed, path: "inputs")
  var arguments: [String: ReferenceTensor] = [:]
  for (index, input) in inputs.enumerated() {
    let shape = (input.type.isShared ? [] : [batch]) + input.type.shape
    arguments["\(index)"] = ReferenceTensor(shape: shape, input.domain.draw(shape.reduce(1, *), using: &random))
  }
  return ReferenceInterpreter.run(graph, inputs: arguments, batch: batch).outputs
}
