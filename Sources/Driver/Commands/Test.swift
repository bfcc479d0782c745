import Checking
import Diagnostics
import Execution
import Runs
import Training

func testCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  do {
    let options = try trainingOptions(invocation)
    let (program, compilation) = try checkedProgram(invocation.arguments[0], invocation, console: console)
    guard !program.tests.isEmpty else {
      console.fail("\(compilation.path) has no test block", hint: "test \"a name\" { expect shape(Net, [4]) == [3] }")
      return .rejected
    }
    let runner = ExpectationRunner(program: program, seed: UInt64(options.seed ?? 0)) { train in
      let (dataset, split) = try loadData(program.data[train.data], access: compilation.access)
      return try Trainer(
        program: program, train: train, dataset: dataset, split: split, store: ParameterStore(), options: options)
    }
    var failed = 0
    for test in program.tests {
      var problems: [String] = []
      for expectation in test.expectations {
        guard let unmet = try runner.check(expectation, in: test) else { continue }
        problems.append(describe(unmet, expectation, program.sources))
      }
      if !problems.isEmpty { failed += 1 }
      let verdict = problems.isEmpty ? console.style("ok", .green) + "     " : console.style("failed", .red) + " "
      console.print(verdict + test.name)
      for problem in problems { console.print(problem) }
    }
    let count = program.tests.count
    console.print("\(count) test\(count == 1 ? "" : "s"), " + (failed == 0 ? "all passed" : "\(failed) failed"))
    return failed == 0 ? .fine : .rejected
  } catch {
    return reportRunFailure(error, console: console)
  }
}

private func describe(_ unmet: UnmetExpectation, _ expectation: CheckedExpectation, _ sources: SourceMap) -> String {
  let file = sources[expectation.span.file]
  let place = file.position(at: Int(expectation.span.start))
  let text = sources.text(expectation.span).split(whereSeparator: \.isNewline).joined(separator: " ")
  return """
      \(file.path):\(place.line):\(place.column): expect \(text)
        expected \(unmet.expected)
        got \(unmet.got)
    """
}
