import Declarations
import Graphs
import Tensors

extension SettingDeclaration {
  /// `over:` of reductions.
  static let over = SettingDeclaration(
    "over", .axes, isOptional: true, doc: "The axes to reduce, which the result lacks. Left out: all of them.")
}

extension CallableDeclaration {
  /// Declares a function that drops the axes which `over:` names, or all.
  static func reduction(
    _ name: String, summary: String, formula: String, aliases: [String] = [], snippets: [Snippet],
    _ apply: @escaping @Sendable (_ graph: GraphBuilder, _ x: ValueID, _ axes: [Int]) -> ValueID
  ) -> CallableDeclaration {
    CallableDeclaration(
      name, .function, summary: summary, formula: formula,
      inputs: [InputDeclaration("x", doc: "Numbers of any shape.")], settings: [.over], length: .refuses,
      aliases: aliases, snippets: snippets,
      shape: { context throws(ShapeReason) in TensorType(.float, try context.reduced(name)) },
      build: { context in apply(context.graph, context.input, context.axes) })
  }
}
