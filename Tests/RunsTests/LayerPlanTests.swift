import Checking
import Declarations
import Elaboration
import Execution
import Graphs
import Layers
import Tensors
import Testing

/// Every built-in, as its own snippets use it: the fast plan of values and gradients against the reference interpreter.
@Suite struct LayerPlanTests {
  static let snippets: [(name: String, snippet: Snippet)] = Catalog.callables.filter { $0.category != .regularizer }
    .flatMap { callable in callable.snippets.map { (callable.name, $0) } }

  /// Functions of positive numbers only.
  private static let positive: Set<String> = ["log", "sqrt"]

  @Test func everyCallableHasASnippet() {
    #expect(Set(Self.snippets.map(\.name)).count == Catalog.callables.count { $0.category != .regularizer })
  }

  /// Near 0, and far out, where functions saturate.
  @Test(arguments: snippets.indices, [0.2...0.8, 0.2...8])
  func planAgreesWithReference(_ index: Int, _ sizes: ClosedRange<Double>) throws {
    let (name, snippet) = Self.snippets[index]
    let inputs = snippet.inputs.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
    let (program, _) = try checkedProgram(
      "model Net(\(inputs)) -> \(snippet.result) {\n  \(snippet.expression)\n}\n")
    let graph = withGradients(program.graph(ofModel: 0))
    var random = PhiloxSequence(seed: 1, path: name)
    let batch = 5
    var values: [String: ReferenceTensor] = [:]
    for (input, type) in graph.inputs {
      let shape = [batch] + type.shape
      values[input] = ReferenceTensor(
        shape: shape,
        (0..<shape.reduce(1, *)).map { _ in
          // Away from 0, where functions have kinks.
          if type.dtype == .int32 { return Double(random.below(Self.classes(snippet, input))) }
          let size = Double(Float(sizes.lowerBound + (sizes.upperBound - sizes.lowerBound) * random.unit()))
          return random.below(2) == 0 || Self.positive.contains(name) ? size : -size
        })
    }
    var parameters: [String: ReferenceTensor] = [:]
    for (path, type) in graph.parameters {
      parameters[path] = ReferenceTensor(
        shape: type.shape,
        (0..<type.count).map { _ in
          let value = Double(Float(random.unit() - 0.5))
          return path.hasSuffix("variance") ? abs(value) + 0.5 : value
        })
    }
    let check = PlanCheck(graph: graph, inputs: values, parameters: parameters, batch: batch)
    let expected = check.reference()
    #expect(!expected.isEmpty)
    let difference = PlanCheck.difference(try check.run(), from: expected)
    #expect(difference == nil, "\(name): \(difference ?? "")")
    #expect(PlanCheck.difference(try check.run(.unoptimized), from: expected) == nil, "\(name), unoptimised")
  }

  /// Far below 0 the textbook form of `squareplus` would leave no digit of a float.
  @Test func squareplusKeepsItsDigitsFarOut() throws {
    let points = [-1e15, -2e4, -300, 0, 300, 1e15]
    let (program, _) = try checkedProgram("model Net(x: [6]) -> [6] {\n  x -> squareplus\n}\n")
    let check = PlanCheck(
      graph: program.graph(ofModel: 0), inputs: ["x": ReferenceTensor(shape: [1, 6], points)], batch: 1)
    let expected = check.reference()
    #expect(expected.count == 1)
    for (name, values) in try check.run() {
      for (have, want) in zip(values, try #require(expected[name])) {
        #expect(abs(Double(have) - want) <= 1e-5 * abs(want), "\(name): \(have), not \(want)")
      }
    }
  }

  /// How many classes, tokens or truth values an input has.
  private static func classes(_ snippet: Snippet, _ input: String) -> Int {
    let type = snippet.inputs.first { $0.name == input }?.type ?? ""
    return type.split(whereSeparator: { "()".contains($0) }).dropFirst().first.flatMap { Int($0) } ?? 2
  }

  /// The values, and the gradient of the sum of their squares by every weight and every input.
  private func withGradients(_ graph: Graph) -> Graph {
    let builder = GraphBuilder()
    let results = builder.inline(graph, inputs: [])
    var outputs = zip(graph.outputs, results).map { (name: $0.name, value: $1) }
    let floats = results.filter { builder.type(of: $0).dtype == .float32 && !builder.type(of: $0).isShared }
    let weights = graph.parameters.map { builder.parameter($0.path, shape: $0.type.shape) }
    let inputs = graph.inputs.filter { $0.type.dtype == .float32 && !$0.type.isShared }
    let variables = weights + inputs.map { builder.input($0.name, $0.type) }
    if let first = floats.first, !variables.isEmpty {
      let objective = builder.meanOverBatch(builder.sum(builder.square(first)))
      let names = graph.parameters.map(\.path) + inputs.map { "input \($0.name)" }
      for (name, gradient) in zip(names, builder.gradients(of: objective, by: variables)) {
        outputs.append((name: "gradient \(name)", value: gradient))
      }
    }
    return builder.finish(outputs: outputs)
  }
}
