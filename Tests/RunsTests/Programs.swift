import Checking
import Datasets
import Diagnostics
import Execution
import Foundation
import Syntax
import Tensors
import Training

/// The repository, found from this file.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

struct TestFailure: Error, CustomStringConvertible {
  var description: String
}

/// Checks a program whose data stand below `examples`.
func checkedProgram(_ text: String) throws -> (program: CheckedProgram, access: FileAccess) {
  var sources = SourceMap()
  let id = sources.add(path: "test.nnet", bytes: Array(text.utf8))
  let access = FileAccess(folder: repository.appending(path: "examples").path)
  var options = CheckOptions()
  options.summary = { source in
    do throws(DataProblem) {
      return .success(try summarize(source, access))
    } catch {
      return .failure(error)
    }
  }
  let result = check(parse(sources[id]), in: sources, options: options)
  guard let program = result.program else {
    throw TestFailure(
      description: DiagnosticFormat.concise.render(result.diagnostics, sources: sources, style: Style(isColored: false))
    )
  }
  return (program, access)
}

/// A trainer for the first train block of a program.
func trainer(_ text: String, threads: Int = 1, seed: Int? = nil) throws -> Trainer {
  let (program, access) = try checkedProgram(text)
  let data = program.data[program.trains[0].data]
  let dataset = try Dataset(data.source, data.columns, testSource: data.split.testSource, access)
  let split = try dataset.split(data.split)[0]
  return try Trainer(
    program: program, train: program.trains[0], dataset: dataset, split: split, store: ParameterStore(),
    options: TrainingOptions(threads: threads, seed: seed))
}
