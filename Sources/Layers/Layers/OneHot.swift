import Declarations
import Tensors

extension CallableDeclaration {
  /// 1 at the place of the class.
  package static let oneHot = CallableDeclaration(
    "one_hot", .layer, summary: "Turns a class into a vector with 1 at its place and 0 elsewhere",
    formula: "y[k] = 1 where x = k, else 0; a missing class gives zeros only",
    inputs: [InputDeclaration("x", .label, doc: "Classes or tokens of any shape.")],
    aliases: ["OneHotEncoder", "to_categorical", "CategoryEncoding"],
    snippets: [Snippet([("x", "class(3)")], "x -> one_hot", gives: "[3]")],
    shape: { context in
      var shape = context.input.shape
      shape.axes.append(Axis(context.input.classCount ?? 1))
      return TensorType(.float, shape)
    },
    build: { context in
      guard let count = context.inputTypes[0].classCount?.constant else { preconditionFailure("one_hot of no class") }
      return context.graph.oneHot(context.input, depth: count)
    })
}
