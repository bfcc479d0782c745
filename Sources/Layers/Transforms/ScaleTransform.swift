import Declarations
import Tensors

extension TransformDeclaration {
  /// Into a range.
  package static let scale = TransformDeclaration(
    "scale", summary: "Brings each column into a range, by the least and the greatest value of the training rows",
    formula: "y = low + (x − least) · (high − low) / (greatest − least); for a column of one value "
      + "low + (x − value) · (high − low); missing values stay missing",
    settings: [
      SettingDeclaration("low", .real(.any), default: .real(0), doc: "What the least value becomes."),
      SettingDeclaration("high", .real(.any), default: .real(1), doc: "What the greatest value becomes."),
    ],
    aliases: ["MinMaxScaler", "Rescaling", "min_max"],
    snippets: [Snippet([("x", "[4]")], "x -> scale(low: -1, high: 1)", gives: "[4]")],
    shape: sameShape,
    fit: { values, width, _ in
      let columns = presentColumns(values, width: width)
      let least = columns.map { $0.min() ?? 0 }
      let spans = zip(columns, least).map { column, least in
        let span = (column.max() ?? 1) - least
        return span > 0 ? span : 1
      }
      return ["least": least, "span": spans]
    },
    apply: { context, constants in
      let graph = context.graph
      let (low, high) = (context.settings.real("low"), context.settings.real("high"))
      let share = graph.divide(
        graph.subtract(context.input, context.fitted(constants, "least")), context.fitted(constants, "span"))
      return graph.add(graph.multiply(share, high - low), low)
    },
    inverse: { context, constants in
      let graph = context.graph
      let (low, high) = (context.settings.real("low"), context.settings.real("high"))
      let share = graph.divide(graph.add(context.input, -low), high - low)
      return graph.add(
        graph.multiply(share, context.fitted(constants, "span")), context.fitted(constants, "least"))
    })
}
