import Elaboration
import Execution
import Graphs
import Tensors

/// The declared outputs of a train block for some rows.
package struct Predictions: Sendable {
  package struct Column: Sendable {
    package var label: String
    /// Per-row shape.
    package var shape: [Int]
    /// Names of the classes, where the output is a restored class.
    package var classes: [String]?
    /// Row-major over rows and shape; class indices where `classes` is given.
    package var values: [Float]
  }
  package var rows: Int
  package var columns: [Column]
}

extension Trainer {
  /// Computes the outputs with the weights in the store; nil where the block declares none.
  package func predict(rows: [Int32]) throws -> Predictions? {
    guard let program = elaborator.prediction() else { return nil }
    let compiled = CompiledGraph(program.graph, context: context)
    var columns = program.outputs.map { output in
      Predictions.Column(
        label: output.label, shape: program.graph[value(of: output.label, program)].type.shape,
        classes: output.categoryColumn.flatMap { dataset.columns[$0].categories?.values }, values: [])
    }
    try forEachChunk(rows, of: Evaluator.batch) { part in
      let variant = try compiled.variant(batch: part.count)
      variant.source.fill(part)
      variant.executable.run(iteration: 0, rows: part.baseAddress!)
      for (index, output) in program.outputs.enumerated() {
        let name = "output " + output.label
        if program.graph[value(of: output.label, program)].type.dtype == .int32 {
          columns[index].values += variant.executable.integerOutput(name).map(Float.init)
        } else {
          columns[index].values += variant.executable.output(name)
        }
      }
    }
    return Predictions(rows: rows.count, columns: columns)
  }

  private func value(of label: String, _ program: PredictionProgram) -> ValueID {
    guard let output = program.graph.outputs.first(where: { $0.name == "output " + label }) else {
      preconditionFailure("no output \(label)")
    }
    return output.value
  }
}
