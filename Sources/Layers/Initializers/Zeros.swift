import Declarations

extension InitializerDeclaration {
  /// All zero.
  package static let zeros = InitializerDeclaration(
    "zeros", summary: "Sets every value to 0", formula: "w = 0"
  ) { weight, _, _ in [Float](repeating: 0, count: weight.shape.reduce(1, *)) }
}
