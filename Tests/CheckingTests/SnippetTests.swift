import Checking
import Declarations
import Layers
import Testing

/// Every snippet of the catalogue is a program that checks and gives the type that it announces.
@Suite struct SnippetTests {
  private static let rows = "from csv(\"rows.csv\")"
  private static let split = "split: random(train: 80%, validation: 10%, test: 10%)"

  private func expectNoErrors(_ text: String, _ snippet: Snippet) {
    let outcome = checked(text)
    #expect(outcome.errors.isEmpty, "`\(snippet.expression)`:\n\(outcome.description)\n\(text)")
  }

  @Test(arguments: Catalog.callables.map(\.name))
  func callablesCheck(name: String) throws {
    let declaration = try #require(Catalog.callable[name])
    for snippet in declaration.snippets {
      if declaration.category == .regularizer {
        expectNoErrors(regularized(by: snippet), snippet)
      } else {
        let inputs = snippet.inputs.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
        expectNoErrors("layer Try(\(inputs)) -> \(snippet.result) {\n  \(snippet.expression)\n}\n", snippet)
      }
    }
  }

  @Test func aWrongTypeIsNoticed() {
    #expect(!checked("layer Try(x: [4]) -> [3] {\n  x -> dense(2)\n}\n").errors.isEmpty)
  }

  @Test(arguments: Catalog.transforms.map(\.name))
  func transformsCheck(name: String) throws {
    for snippet in try #require(Catalog.transform[name]).snippets {
      let columns = ["a", "b", "c", "d", snippet.inputs[0].name]
      var text = columns.map { "// column: \($0) number 0.5 9\n" }.joined()
      if snippet.inputs[0].type != "scalar" { text = text.replacing("column: x ", with: "column: other ") }
      text += "data Rows \(Self.rows) {\n"
      if snippet.inputs[0].type == "[4]" { text += "  let x: [4] = [a, b, c, d]\n" }
      text += "  let result: \(snippet.result) = \(snippet.expression)\n  \(Self.split)\n}\n"
      expectNoErrors(text, snippet)
    }
  }

  @Test(arguments: Catalog.metrics.map(\.name))
  func metricsCheck(name: String) throws {
    for snippet in try #require(Catalog.metric[name]).snippets {
      let target = snippet.inputs[1]
      let value: String
      switch target.type {
      case "bool": value = "Net(x) > 0"
      case "scalar": value = "y"
      default: value = "argmax(Net(x))"
      }
      let binding = target.name == "y" && value == "y" ? "" : "  let \(target.name) = \(value)\n"
      let field = binding.isEmpty ? "y" : "goal"
      expectNoErrors(
        program(
          output: snippet.inputs[0].type, field: field,
          body: "  let \(snippet.inputs[0].name) = Net(x)\n\(binding)  loss: mean(square(Net(x))) + square(\(field))\n"
            + "  metrics: [\(snippet.expression)]\n"), snippet)
    }
  }

  private func regularized(by snippet: Snippet) -> String {
    program(
      output: "scalar", field: "y",
      body: "  let loss = mean_squared_error(Net(x), y)\n  loss: \(snippet.expression)\n")
  }

  /// A model of numbers that gives a type, trained with a loss and more.
  private func program(output: String, field: String, body: String) -> String {
    let shape = output == "scalar" ? "x -> dense(1) -> squeeze" : "x -> dense(\(count(output))) -> reshape(\(output))"
    return ["a", "b", "c", "d", "e"].map { "// column: \($0) number -2 2 mean=0 sd=1\n" }.joined()
      + "data Rows \(Self.rows) {\n  let x: [4] = [a, b, c, d]\n  let \(field): scalar = e\n  \(Self.split)\n}\n"
      + "model Net(x: [4]) -> \(output) {\n  \(shape)\n}\n"
      + "train Net on Rows {\n\(body)  optimizer: adam(rate: 0.01)\n  epochs: 1\n  batch: 8\n}\n"
  }

  private func count(_ shape: String) -> Int {
    shape.dropFirst().dropLast().split(separator: ",").reduce(1) { $0 * (Int($1.filter { $0 != " " }) ?? 0) }
  }
}
