import Declarations
import Graphs

extension CallableDeclaration {
  /// The identity, where an activation is asked for.
  package static let linear = elementwise(
    "linear", summary: "Changes nothing: the identity",
    formula: "y = x",
    isIdentity: true, aliases: ["Identity", "identity"]
  ) { graph, x, _ in
    x
  }
}
