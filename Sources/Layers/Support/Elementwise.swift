import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// Declares a function that works on each element alone: any shape, the same shape back.
  ///
  /// Without `snippets`, one applies it to a vector of eight.
  static func elementwise(
    _ name: String, _ category: Category = .activation, summary: String, formula: String,
    settings: [SettingDeclaration] = [], gradient: GradientBehavior = .passes, isIdentity: Bool = false,
    isAlwaysPositive: Bool = false, range: ClosedRange<Double>? = nil, aliases: [String] = [],
    snippets: [Snippet]? = nil,
    _ apply: @escaping @Sendable (_ graph: GraphBuilder, _ x: ValueID, _ settings: Settings) -> ValueID
  ) -> CallableDeclaration {
    CallableDeclaration(
      name, category, summary: summary, formula: formula,
      inputs: [InputDeclaration("x", doc: "Numbers of any shape.")], settings: settings, gradient: gradient,
      isIdentity: isIdentity, isAlwaysPositive: isAlwaysPositive, range: range, aliases: aliases,
      snippets: snippets ?? [Snippet([("x", "[8]")], "x -> \(name)", gives: "[8]")],
      shape: { context in TensorType(.float, context.input.shape) },
      build: { context in apply(context.graph, context.input, context.settings) })
  }
}
