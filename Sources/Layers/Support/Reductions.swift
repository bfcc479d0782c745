import Declarations
import Graphs
import Tensors

extension SettingDeclaration {
  /// `over:` of reductions.
  static let over = SettingDeclaration(
    "over", .axes, isOptional: true, doc: "The axes to reduce, which the result lacks. Left out: all of them.")
}

/// What a reduction takes in place of padding.
enum PaddingRule: Sendable {
  case fill(Double)
  /// Divides by the number of real positions.
  case mean
  case variance
}

extension CallableDeclaration {
  /// Declares a function that drops the axes which `over:` names, or all.
  static func reduction(
    _ name: String, summary: String, formula: String, aliases: [String] = [], snippets: [Snippet],
    padding: PaddingRule = .fill(0),
    _ apply: @escaping @Sendable (_ graph: GraphBuilder, _ x: ValueID, _ axes: [Int]) -> ValueID
  ) -> CallableDeclaration {
    CallableDeclaration(
      name, .function, summary: summary, formula: formula,
      inputs: [InputDeclaration("x", doc: "Numbers of any shape.")], settings: [.over], length: .honours,
      aliases: aliases, snippets: snippets,
      shape: { context throws(ShapeReason) in TensorType(.float, try context.reduced(name)) },
      build: { context in
        let (graph, x, axes) = (context.graph, context.input, context.axes)
        guard let mask = context.mask(0), axes.contains(0) else { return apply(graph, x, axes) }
        switch padding {
        case .fill(let value): return apply(graph, graph.masked(x, by: mask, padding: value), axes)
        case .mean: return graph.mean(x, axes: axes, mask: mask)
        case .variance:
          let mean = graph.keeping(graph.mean(x, axes: axes, mask: mask), axes: axes, of: graph.shape(of: x))
          return graph.mean(graph.square(graph.subtract(x, mean)), axes: axes, mask: mask)
        }
      })
  }
}
