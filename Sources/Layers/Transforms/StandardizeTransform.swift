import Declarations
import Tensors

extension TransformDeclaration {
  /// Mean 0 and deviation 1.
  package static let standardize = TransformDeclaration(
    "standardize", summary: "Brings each column to mean 0 and standard deviation 1, by the training rows",
    formula: "y = (x − mean) / deviation, deviation = √(Σ (x − mean)² / n); 1 for a column without variance; missing "
      + "values stay missing",
    aliases: ["StandardScaler", "normalize", "Normalization", "z_score"],
    snippets: [Snippet([("x", "[4]")], "x -> standardize", gives: "[4]")],
    shape: sameShape,
    fit: { values, width, _ in
      let columns = presentColumns(values, width: width)
      let means = columns.map { $0.isEmpty ? 0 : $0.reduce(0, +) / Double($0.count) }
      let deviations = zip(columns, means).map { column, mean in
        let square = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, column.count))
        // What is left of equal values after rounding is no variance.
        return square.squareRoot() > 1e-12 * abs(mean) ? square.squareRoot() : 1
      }
      return ["mean": means, "deviation": deviations]
    },
    apply: { context, constants in
      let centred = context.graph.subtract(context.input, context.fitted(constants, "mean"))
      return context.graph.divide(centred, context.fitted(constants, "deviation"))
    },
    inverse: { context, constants in
      let wide = context.graph.multiply(context.input, context.fitted(constants, "deviation"))
      return context.graph.add(wide, context.fitted(constants, "mean"))
    })
}
