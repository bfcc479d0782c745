import Checking
import Elaboration
import Graphs
import Tensors

/// Why an expectation of a `test` does not hold.
package struct UnmetExpectation: Sendable, Hashable {
  package var expected: String
  package var got: String
}

/// Decides the expectations of a program's tests. Everything is a function of the seed.
package struct ExpectationRunner {
  private let program: CheckedProgram
  private let seed: UInt64
  /// Makes the trainer of a train block, for `overfits`.
  private let makeTrainer: (CheckedTrain) throws -> Trainer

  /// - Parameter makeTrainer: a trainer with its data for a train block of the program, changed or not.
  package init(program: CheckedProgram, seed: UInt64, makeTrainer: @escaping (CheckedTrain) throws -> Trainer) {
    self.program = program
    self.seed = seed
    self.makeTrainer = makeTrainer
  }

  /// What keeps an expectation from holding; nil where it holds.
  package func check(_ expectation: CheckedExpectation, in test: CheckedTest) throws -> UnmetExpectation? {
    switch expectation.kind {
    case .shape(let wanted, let found, let holds): return holds ? nil : UnmetExpectation(expected: wanted, got: found)
    case .holds(let value): return values(program.values(value, in: test))
    case .gradients(let layer, let input):
      return gradients(program.gradients(layer, input: input, in: test), input)
    case .overfits(let train, let examples): return try overfits(program.trains[train], examples)
    }
  }

  // MARK: Values

  private func parameters(_ weights: [WeightRequest]) -> [String: ReferenceTensor] {
    Dictionary(
      uniqueKeysWithValues: weights.map {
        ($0.path, ReferenceTensor(shape: $0.shape, $0.initialValues(seed: seed).map(Double.init)))
      })
  }

  private func values(_ test: TestProgram) -> UnmetExpectation? {
    let environment = ReferenceEnvironment(parameters: parameters(test.weights), batch: 1, seed: seed)
    let outputs = ReferenceInterpreter.run(test.graph, environment).outputs
    guard let truth = outputs["truth"], let place = truth.values.firstIndex(where: { $0 == 0 || $0.isNaN }) else {
      return nil
    }
    guard let left = outputs["left"], let right = outputs["right"] else {
      return UnmetExpectation(expected: "true", got: "false" + at(place, of: truth, test))
    }
    return UnmetExpectation(
      expected: "this to hold",
      got: "\(texts(left.values[place], right.values[place])) on the right"
        + at(place, of: truth, test))
  }

  /// ` at [2, 0]`, the place of an element in an example.
  private func at(_ place: Int, of tensor: ReferenceTensor, _ test: TestProgram) -> String {
    guard let output = test.graph.outputs.first(where: { $0.name == "truth" }) else { return "" }
    let shape = test.graph[output.value].type.shape
    if shape.isEmpty { return "" }
    var rest = place % max(shape.reduce(1, *), 1)
    var indices: [Int] = []
    for size in shape.reversed() {
      indices.insert(rest % size, at: 0)
      rest /= size
    }
    return " at [" + indices.map(String.init).joined(separator: ", ") + "]"
  }

  /// Two values that differ, with as many digits as it takes to see that.
  private func texts(_ left: Double, _ right: Double) -> String {
    let isClose = text(left) == text(right) && left != right
    return isClose ? "\(left) on the left and \(right)" : "\(text(left)) on the left and \(text(right))"
  }

  /// Six digits.
  private func text(_ value: Double) -> String { "\(Float(value))" }

  // MARK: Gradients

  /// Compares gradients with central differences in double precision, at up to this many places of each value.
  private static let places = 12

  private func gradients(_ test: TestProgram, _ input: TensorType) -> UnmetExpectation? {
    let batch = 2
    var random = PhiloxSequence(seed: seed, path: "gradients")
    var environment = ReferenceEnvironment(parameters: parameters(test.weights), batch: batch, seed: seed)
    for node in test.graph.nodes {
      guard case .input(let name) = node.op else { continue }
      let shape = [batch] + node.type.shape
      let values = (0..<shape.reduce(1, *)).map { _ -> Double in
        node.type.dtype == .float32 ? 4 * random.unit() - 2 : Double(random.below(input.classCount))
      }
      environment.inputs[name] = ReferenceTensor(shape: shape, values)
    }
    let slopes = ReferenceInterpreter.run(test.graph, environment).outputs
    var objective = test.graph
    objective.outputs = objective.outputs.filter { $0.name == "objective" }
    objective = objective.withoutDeadNodes()
    for (output, slope) in slopes.sorted(by: { $0.key < $1.key }) where output.hasPrefix("gradient ") {
      let name = String(output.dropFirst("gradient ".count))
      let stride = max(1, slope.count / ExpectationRunner.places)
      for place in Swift.stride(from: 0, to: slope.count, by: stride) {
        let expected = difference(objective, environment, name, place)
        let found = slope.values[place]
        if !(abs(expected - found) <= 1e-4 * max(abs(expected), abs(found), 1e-2)) {
          return UnmetExpectation(
            expected: "a slope of \(text(expected)) by \(name == "x" ? "the input" : name), element \(place)",
            got: text(found))
        }
      }
    }
    return nil
  }

  /// `(f(v + h) − f(v − h)) / 2h` for one element of the input or of a weight.
  private func difference(_ graph: Graph, _ environment: ReferenceEnvironment, _ name: String, _ place: Int) -> Double {
    let step = 1e-5
    let values = [step, -step].map { offset -> Double in
      var environment = environment
      if name == "x" {
        environment.inputs[name]?.values[place] += offset
      } else {
        environment.parameters[name]?.values[place] += offset
      }
      return ReferenceInterpreter.run(graph, environment).outputs["objective"]?.values[0] ?? .nan
    }
    return (values[0] - values[1]) / (2 * step)
  }

  // MARK: Learning by heart

  /// Trains on the first training rows alone, with Adam at a rate of its own, until the loss is near zero.
  private func overfits(_ train: CheckedTrain, _ examples: Int) throws -> UnmetExpectation? {
    var train = train
    train.steps[0].optimizer.name = "adam"
    train.steps[0].optimizer.settings = ["rate": .scalar(.literal(0.003))]
    train.steps[0].optimizer.fillDefaults()
    train.steps[0].clipNorm = nil
    train.steps[0].clipValue = nil
    let trainer = try makeTrainer(train)
    try trainer.initialize()
    let rows = Array(trainer.split.train.prefix(examples))
    guard !rows.isEmpty else { throw TrainingFailure.noRows(split: "train") }
    let first = try trainer.evaluate(rows: rows).loss(step: "")
    let limit = 0.05 * first
    var last = first
    for number in 1...2_000 {
      _ = try trainer.runStep(0, rows: rows, number: number)
      if number % 25 == 0 {
        last = try trainer.evaluate(rows: rows).loss(step: "")
        if last <= limit || !last.isFinite { break }
      }
    }
    if last <= limit { return nil }
    return UnmetExpectation(
      expected: "a loss of at most \(text(limit)) on \(rows.count) examples, from \(text(first))", got: text(last))
  }
}

extension TensorType {
  /// How many classes or tokens there are.
  fileprivate var classCount: Int {
    switch element {
    case .classes(let count), .token(let count): max(1, count.constant ?? 1)
    default: 1
    }
  }
}
