import Declarations
import Tensors

extension TransformDeclaration {
  /// By median and quartiles.
  package static let robustScale = TransformDeclaration(
    "robust_scale", summary: "Centres each column at its median and divides by the distance of its quartiles",
    formula: "y = (x − median) / (upper quartile − lower quartile); divides by 1 where these are equal; missing values "
      + "stay missing",
    aliases: ["RobustScaler"],
    snippets: [Snippet([("x", "[4]")], "x -> robust_scale", gives: "[4]")],
    shape: sameShape,
    fit: { values, width, _ in
      let columns = presentColumns(values, width: width).map { $0.sorted() }
      let spans = columns.map { column in
        let span = (quantile(ofSorted: column, 0.75) ?? 1) - (quantile(ofSorted: column, 0.25) ?? 0)
        return span > 0 ? span : 1
      }
      return ["median": columns.map { quantile(ofSorted: $0, 0.5) ?? 0 }, "span": spans]
    },
    apply: { context, constants in
      let centred = context.graph.subtract(context.input, context.fitted(constants, "median"))
      return context.graph.divide(centred, context.fitted(constants, "span"))
    },
    inverse: { context, constants in
      let wide = context.graph.multiply(context.input, context.fitted(constants, "span"))
      return context.graph.add(wide, context.fitted(constants, "median"))
    })
}
