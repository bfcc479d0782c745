import Declarations
import Tensors

extension TransformDeclaration {
  /// Extreme values pulled in.
  package static let clipOutliers = TransformDeclaration(
    "clip_outliers", summary: "Holds each column between two quantiles of the training rows",
    formula: "y = min(max(x, quantile(low)), quantile(high)); missing values stay missing",
    settings: [
      SettingDeclaration(
        "low", .real(.unit), default: .real(0.01), doc: "The share of values that lie below the bound."),
      SettingDeclaration("high", .real(.unit), default: .real(0.99), doc: "The share of values up to the upper bound."),
    ],
    aliases: ["winsorize"],
    snippets: [Snippet([("x", "[4]")], "x -> clip_outliers(low: 1%, high: 99%) -> standardize", gives: "[4]")],
    shape: sameShape,
    fit: { values, width, settings in
      let columns = presentColumns(values, width: width).map { $0.sorted() }
      // A column without any value has no bounds.
      let greatest = Double(Float.greatestFiniteMagnitude)
      return [
        "low": columns.map { quantile(ofSorted: $0, settings.real("low")) ?? -greatest },
        "high": columns.map { quantile(ofSorted: $0, settings.real("high")) ?? greatest },
      ]
    },
    apply: { context, constants in
      let graph = context.graph
      let raised = graph.maximum(context.input, context.fitted(constants, "low"))
      return graph.minimum(raised, context.fitted(constants, "high"))
    },
    inverse: nil)
}
