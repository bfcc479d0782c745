import Datasets
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
    /// What makes a text of the tokens along the last axis, where the output is a restored text.
    package var tokenizer: Tokenizer?
    /// How much of the first axis is real in each row, where that differs.
    package var lengths: [Int]?
    /// Row-major over rows and shape; class indices where `classes` is given.
    package var values: [Float]
  }
  package var rows: Int
  package var columns: [Column]
}

extension Trainer {
  /// Computes the outputs with the weights in the store; nil where the block declares none.
  package func predict(rows: [Int32]) throws -> Predictions? {
    try elaborator.prediction().map { try run($0, rows: rows) }
  }

  /// So many samples are drawn unless another number is asked for.
  package static let sampleCount = 64

  /// Draws samples with the weights in the store; nil where the block declares none. What is computed from data takes
  /// validation rows, else test rows, else training rows, over and over where there are too few.
  package func sample(count: Int = Trainer.sampleCount) throws -> Predictions? {
    let rows = [split.validation, split.test, split.train].first { !$0.isEmpty } ?? [0]
    return try elaborator.samples().map { program in
      // Draws follow from the row, so each sample has one of its own where no data are read.
      let readsData = !program.graph.inputs.isEmpty
      return try run(program, rows: (0..<count).map { readsData ? rows[$0 % rows.count] : Int32($0) })
    }
  }

  func run(_ program: PredictionProgram, rows: [Int32]) throws -> Predictions {
    let compiled = CompiledGraph(program.graph, context: context)
    var columns = program.outputs.map { output in
      Predictions.Column(
        label: output.label, shape: program.graph[value(of: output.label, program)].type.shape,
        classes: output.categoryColumn.flatMap { dataset.columns[$0].categories?.values },
        tokenizer: output.tokenField.flatMap { tokenizer(of: $0) }, lengths: output.isMasked ? [] : nil, values: [])
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
        if output.isMasked {
          let mask = variant.executable.output("mask " + output.label)
          let width = mask.count / part.count
          columns[index].lengths! += part.indices.map { row in
            mask[row * width..<(row + 1) * width].count { $0 > 0 }
          }
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
