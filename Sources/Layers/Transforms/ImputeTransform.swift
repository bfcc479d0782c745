import Declarations
import Tensors

extension TransformDeclaration {
  /// Something in place of what is missing.
  package static let impute = TransformDeclaration(
    "impute", summary: "Puts a typical value of the training rows in place of each missing one",
    formula: "y = x, or the column's mean, median, most frequent value (the least of equal ones) or a constant where x "
      + "is missing; 0 for a column without any value",
    settings: [
      SettingDeclaration(
        "with", .word(["mean", "median", "most_frequent", "constant"]), default: .word("mean"), isPositional: true,
        doc: "What stands for a missing value."),
      SettingDeclaration("value", .real(.any), default: .real(0), doc: "The number that `constant` puts in place."),
    ],
    aliases: ["SimpleImputer", "fillna", "fill_missing"],
    snippets: [
      Snippet([("x", "[4]")], "x -> impute", gives: "[4]"),
      Snippet([("x", "scalar")], "x -> impute(median) -> standardize", gives: "scalar"),
      Snippet([("x", "scalar")], "x -> impute(constant, value: -1)", gives: "scalar"),
    ],
    shape: sameShape,
    fit: { values, width, settings in
      let columns = presentColumns(values, width: width)
      let typical = columns.map { column -> Double in
        switch settings.word("with") {
        case "median": return quantile(ofSorted: column.sorted(), 0.5) ?? 0
        case "most_frequent": return mostFrequent(column) ?? 0
        case "constant": return settings.real("value")
        default: return column.isEmpty ? 0 : column.reduce(0, +) / Double(column.count)
        }
      }
      return ["typical": typical]
    },
    apply: { context, constants in
      let graph = context.graph
      return graph.select(
        graph.map(.isNaN, [context.input]), context.fitted(constants, "typical"), context.input)
    },
    inverse: { context, _ in context.input })
}

/// The value that occurs most often, the least of equally frequent ones.
private func mostFrequent(_ values: [Double]) -> Double? {
  let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
  return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
}
