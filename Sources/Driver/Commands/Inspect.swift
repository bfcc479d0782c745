import Checking
import Datasets
import Declarations
import Diagnostics
import Elaboration
import Execution
import Graphs
import Runs
import Tensors
import Training

func summaryCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  do {
    var inner = invocation
    inner.values["format"] = nil
    let (program, _) = try checkedProgram(invocation.arguments[0], inner, console: console)
    let models = program.layers.indices.filter { program.layers[$0].isModel }
    let summaries = models.map { ModelSummary(program, $0) }
    if invocation.value("format") == "json" {
      console.print(JSON.object([("version", .integer(1)), ("models", .array(summaries.map(\.json)))]).text(indent: 2))
    } else {
      console.write(summaries.map(\.text).joined(separator: "\n"))
      if summaries.isEmpty { console.print("\(invocation.arguments[0]) has no model") }
    }
    return .fine
  } catch {
    return reportRunFailure(error, console: console)
  }
}

/// A model's weights and the arithmetic of one example.
private struct ModelSummary {
  private let name: String
  private let layout: ModelLayout
  private let inputs: [String]
  private let result: [String]
  private let operations: Int

  init(_ program: CheckedProgram, _ index: Int) {
    let layer = program.layers[index]
    name = layer.name
    layout = program.layout(ofModel: index)
    let graph = program.graph(ofModel: index)
    inputs = layer.inputs.map { "\($0.name): \(checkedTypeText($0.type))" }
    result = graph.outputs.map { output in
      let shape = graph[output.value].type.shape
      return shape.isEmpty ? "scalar" : "[\(shape.map(String.init).joined(separator: ", "))]"
    }
    operations = graph.arithmetic(batch: 1)
  }

  private func shapeText(_ shape: [Int]) -> String { "[\(shape.map(String.init).joined(separator: ", "))]" }

  var text: String {
    let rows =
      layout.trainable.map { ($0.request.path, shapeText($0.request.shape), grouped($0.count), "") }
      + layout.statistics.map { ($0.path, shapeText($0.shape), grouped($0.shape.reduce(1, *)), "  not trained") }
    let widths = (
      rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0, rows.map(\.2.count).max() ?? 0
    )
    let pad = { (text: String, width: Int) in text + String(repeating: " ", count: width - text.count) }
    let lead = { (text: String, width: Int) in String(repeating: " ", count: width - text.count) + text }
    var lines = ["\(name)(\(inputs.joined(separator: ", "))) -> \(result.joined(separator: ", "))"]
    for row in rows {
      lines.append("  \(pad(row.0, widths.0))  \(pad(row.1, widths.1))  \(lead(row.2, widths.2))\(row.3)")
    }
    let bytes = layout.count * 4
    lines.append(
      "  \(grouped(layout.count)) parameters (\(grouped(bytes)) bytes) · \(grouped(operations)) operations an example")
    return lines.joined(separator: "\n") + "\n"
  }

  var json: JSON {
    let weights = layout.trainable.map { ($0.request, true) } + layout.statistics.map { ($0, false) }
    return .object([
      ("name", .string(name)), ("inputs", .array(inputs.map(JSON.string))),
      ("result", .array(result.map(JSON.string))), ("parameters", .integer(layout.count)),
      ("operations_per_example", .integer(operations)),
      (
        "weights",
        .array(
          weights.map { request, isTrainable in
            .object([
              ("name", .string(request.path)), ("shape", .array(request.shape.map(JSON.integer))),
              ("initializer", .string(request.initializer)), ("trainable", .bool(isTrainable)),
            ])
          })
      ),
    ])
  }
}

func checkedTypeText(_ type: CheckedType) -> String {
  switch type {
  case .tensor(let tensor): typeText(tensor)
  case .record(let fields):
    "(" + fields.map { "\($0.label): \(checkedTypeText($0.type))" }.joined(separator: ", ") + ")"
  case .unknown: "?"
  }
}

func planCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  do {
    let (program, compilation) = try checkedProgram(invocation.arguments[0], invocation, console: console)
    let train = try chosenTrain(program, invocation)
    let (dataset, split) = try loadData(program.data[train.data], access: compilation.access)
    let trainer = try Trainer(
      program: program, train: train, dataset: dataset, split: split, store: ParameterStore(),
      options: try trainingOptions(invocation))
    try trainer.initialize()
    if invocation.has("time") {
      console.write(try trainer.profile(steps: 200))
    } else {
      console.write(planText(try trainer.plans()))
    }
    return .fine
  } catch {
    return reportRunFailure(error, console: console)
  }
}

func showCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  do {
    let (program, _) = try checkedProgram(invocation.arguments[0], invocation, console: console)
    if invocation.has("defaults") {
      console.write(programWithDefaults(program, ProgramOverrides(constants: invocation.values["set"] ?? [])))
      return .fine
    }
    for constant in program.constants { console.print("let \(constant.name) = \(constant.value.text)") }
    for data in program.data {
      console.print("data \(data.name) from \(data.source.kind): \(data.columns.count) columns used")
      for field in data.fields { console.print("  \(field.name): \(typeText(field.type))") }
    }
    for layer in program.layers {
      let parameters = layer.inputs.map { "\($0.name): \(checkedTypeText($0.type))" } + layer.parameters.map(\.name)
      let facts = layer.facts.isEmpty ? "" : " where " + layer.facts.map { "\($0)" }.joined(separator: ", ")
      let keyword = layer.isModel ? "model" : "layer"
      console.print(
        "\(keyword) \(layer.name)(\(parameters.joined(separator: ", "))) -> \(checkedTypeText(layer.result))\(facts)")
    }
    for train in program.trains {
      console.print("train \(train.name): batch \(train.batch), seed \(train.seed)")
      for step in train.steps { console.print("  \(step.name.isEmpty ? "step" : step.name): \(step.optimizer.name)") }
    }
    return .fine
  } catch {
    return reportRunFailure(error, console: console)
  }
}

extension CheckedConstant.Value {
  var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .word(let value): value
    case .string(let value): JSON.quoted(value)
    case .list(let values): "[\(values.map(\.text).joined(separator: ", "))]"
    }
  }
}
