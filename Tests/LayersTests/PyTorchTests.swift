import Declarations
import Foundation
import Graphs
import Layers
import Tensors
import Testing

private struct Recorded: Decodable {
  var shape: [Int]
  var values: [Double]
  var integer: Bool?
  var tensor: ReferenceTensor { ReferenceTensor(shape: shape, values) }
}

/// A setting as a script writes it.
private enum RecordedSetting: Decodable {
  case number(Double)
  case flag(Bool)
  case word(String)
  case words([String])
  case numbers([Double])
  init(from decoder: Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .word(value)
    } else if let value = try? container.decode([Double].self) {
      self = .numbers(value)
    } else {
      self = .words(try container.decode([String].self))
    }
  }
  var number: Double? { if case .number(let value) = self { value } else { nil } }
}

private func settings(_ recorded: [String: RecordedSetting], for declared: [SettingDeclaration]) -> Settings {
  var values: [String: SettingValue] = [:]
  for setting in declared {
    guard let value = recorded[setting.label] else { continue }
    switch value {
    case .number(let number):
      switch setting.kind {
      case .integer, .oneOf: values[setting.label] = .integer(Dimension(Int(number)))
      default: values[setting.label] = .real(number)
      }
    case .flag(let flag): values[setting.label] = .boolean(flag)
    case .word(let word): values[setting.label] = .word(word)
    case .words(let words): values[setting.label] = .axes(words.compactMap(AxisName.init))
    case .numbers(let numbers):
      if case .oneOf = setting.kind {
        values[setting.label] = .list(numbers.map { .integer(Dimension(Int($0))) })
      } else {
        values[setting.label] = .reals(numbers)
      }
    }
  }
  return filled(declared, values)
}

private func load<T: Decodable>(_ name: String, as type: T.Type) throws -> T {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return try JSONDecoder().decode(
    T.self, from: Data(contentsOf: folder.appendingPathComponent("Fixtures/pytorch/\(name).json")))
}

private func distance(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { worst, pair in
    let error = abs(pair.0 - pair.1) / max(1, abs(pair.1))
    return error.isNaN ? .infinity : max(worst, error)
  }
}

/// Values, gradients and statistics against those that PyTorch gave in double precision.
struct PyTorchLayerTests {
  private struct Record: Decodable { var cases: [Case] }
  private struct Case: Decodable {
    var name: String
    var mode: String
    var settings: [String: RecordedSetting]
    var inputs: [Recorded]
    var weights: [String: Recorded]
    var result: Recorded
    var probe: Recorded
    var gradients: [Recorded?]
    var weightGradients: [String: Recorded?]
    var updates: [String: Recorded]
    var statistics: [String: Recorded]?
  }

  @Test func valuesAndGradientsAgree() throws {
    let record = try load("layers", as: Record.self)
    #expect(record.cases.count >= 40)
    for (index, item) in record.cases.enumerated() {
      let place = "case \(index), \(item.name)"
      let declaration = try #require(Catalog.callable[item.name], "\(place)")
      let worst = distances(declaration, item)
      #expect(worst.result <= 1e-11, "\(place): result off by \(worst.result)")
      #expect(worst.gradients <= 1e-10, "\(place): gradients off by \(worst.gradients)")
      #expect(worst.updates <= 1e-11, "\(place): statistics off by \(worst.updates)")
    }
  }

  /// Built-ins without weights that no record of PyTorch can hold, and why.
  private let unrecorded: [String: String] = [
    "dropout": "random", "spatial_dropout": "random", "noise": "random",
    "augment": "random; see AugmentTests", "repeat": "a combinator",
    "parallel": "a combinator",
    "residual": "a combinator", "bidirectional": "a combinator", "reshape": "moves values only",
    "squeeze": "moves values only", "transpose": "moves values only", "last": "moves values only",
    "l1": "a term of a model's weights", "l2": "a term of a model's weights",
  ]

  /// A wrong formula in a new declaration must not go unnoticed: gradients by finite differences agree with any formula.
  @Test func everyFormulaHasARecord() throws {
    let recorded = Set(try load("layers", as: Record.self).cases.map(\.name))
    let missing = Catalog.callables.map(\.name).filter { !recorded.contains($0) && unrecorded[$0] == nil }
    #expect(missing.isEmpty, "add a case to Tests/Fixtures/pytorch/layers.py and run it: \(missing)")
    #expect(unrecorded.keys.allSatisfy { Catalog.callable[$0] != nil && !recorded.contains($0) })
  }

  private func distances(
    _ declaration: CallableDeclaration, _ item: Case
  ) -> (result: Double, gradients: Double, updates: Double) {
    let types = item.inputs.map { input -> TensorType in
      let shape = Array(input.shape.dropFirst())
      if input.integer == true { return .classes(Int(item.settings["classes"]?.number ?? 0), shape) }
      return .numbers(shape)
    }
    let given = settings(item.settings, for: declaration.settings).values
    let bench = Bench(
      declaration, Trial(types: types, settings: given), mode: item.mode == "training" ? .training : .evaluation)
    let graph = bench.graph
    let names = item.weights.keys.sorted()
    let wanted = item.inputs.indices.filter { item.gradients[$0] != nil && item.inputs[$0].integer != true }
    var gradients: [ValueID] = []
    if !wanted.isEmpty || !names.isEmpty {
      let probe = graph.input("probe", ValueType(Array(item.probe.shape.dropFirst()), isShared: false))
      gradients = graph.gradients(
        of: graph.batchSum(graph.sum(graph.multiply(bench.result, probe))),
        by: wanted.map { bench.inputs[$0] } + names.map { graph.parameter($0, shape: item.weights[$0]!.shape) })
    }
    let updates = item.updates.keys.sorted()
    var outputs = [(name: "result", value: bench.result)]
    outputs += gradients.enumerated().map { ("gradient \($0)", $1) }
    for name in updates {
      guard let value = bench.updates[name] else { return (0, 0, .infinity) }
      outputs.append((name, value))
    }
    var inputs = Dictionary(uniqueKeysWithValues: item.inputs.enumerated().map { ("\($0)", $1.tensor) })
    inputs["probe"] = item.probe.tensor
    let parameters = item.weights.merging(item.statistics ?? [:]) { $1 }.mapValues(\.tensor)
    let result = ReferenceInterpreter.run(
      graph.finish(outputs: outputs, effects: []), inputs: inputs, parameters: parameters, batch: item.result.shape[0]
    ).outputs
    let expected = wanted.map { item.gradients[$0]!.values } + names.map { item.weightGradients[$0]!!.values }
    return (
      distance(result["result"]!.values, item.result.values),
      expected.enumerated().map { distance(result["gradient \($0)"]!.values, $1) }.max() ?? 0,
      updates.map { distance(result[$0]!.values, item.updates[$0]!.values) }.max() ?? 0
    )
  }
}

/// Trajectories and rates against those that PyTorch gave in double precision.
struct PyTorchOptimizerTests {
  private struct Record: Decodable {
    struct Run: Decodable {
      var name: String
      var settings: [String: RecordedSetting]
      var weights: [[Double]]
    }
    struct Rates: Decodable {
      var name: String
      var settings: [String: RecordedSetting]
      var rates: [Double]
    }
    var gradients: [[Double]]
    var optimizers: [Run]
    var schedules: [Rates]
  }

  @Test func trajectoriesAgree() throws {
    let record = try load("optimizers", as: Record.self)
    #expect(Set(record.optimizers.map(\.name)) == Set(Catalog.optimizers.map(\.name)))
    for run in record.optimizers {
      let optimizer = try #require(Catalog.optimizer[run.name])
      let path = trajectory(optimizer, settings(run.settings, for: optimizer.settings), record.gradients)
      #expect(path.count == run.weights.count)
      for (step, (own, theirs)) in zip(path, run.weights).enumerated() {
        let error = distance(own, theirs)
        #expect(error <= 1e-9, "\(run.name) \(run.settings), step \(step): off by \(error)")
      }
    }
  }

  @Test func schedulesAgree() throws {
    let record = try load("optimizers", as: Record.self)
    for run in record.schedules {
      let schedule = try #require(Catalog.schedule[run.name])
      let given = settings(run.settings, for: schedule.settings)
      let rates = run.rates.indices.map { schedule.rate(given, $0, run.rates.count) }
      #expect(distance(rates, run.rates) <= 1e-12, "\(run.name): \(rates)")
    }
  }

  private func trajectory(
    _ optimizer: OptimizerDeclaration, _ settings: Settings, _ gradients: [[Double]]
  ) -> [[Double]] {
    let graph = GraphBuilder()
    let scalar = ValueType([], isShared: true)
    let slots = optimizer.slots(settings)
    let (weights, updated) = optimizer.update(
      UpdateContext(
        graph: graph, settings: settings, weights: graph.parameter("weights", shape: [5]),
        gradients: graph.input("gradients", ValueType([5], isShared: true)),
        slots: Dictionary(uniqueKeysWithValues: slots.map { ($0.name, graph.parameter($0.name, shape: [5])) }),
        rate: graph.input("rate", scalar), step: graph.input("step", scalar)))
    let program = graph.finish(
      outputs: [("weights", weights)] + updated.map { ($0.key, $0.value) }, effects: [])
    var state = ["weights": ReferenceTensor(shape: [5], [0.5, -1, 2, 0, 0.1])]
    for slot in slots { state[slot.name] = ReferenceTensor(shape: [5], repeating: Double(slot.initial)) }
    return gradients.enumerated().map { index, gradient in
      let inputs = [
        "gradients": ReferenceTensor(shape: [5], gradient),
        "rate": ReferenceTensor(scalar: settings.real("rate")),
        "step": ReferenceTensor(scalar: Double(index + 1)),
      ]
      state = ReferenceInterpreter.run(program, inputs: inputs, parameters: state).outputs
      return state["weights"]!.values
    }
  }
}
