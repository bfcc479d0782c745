import Declarations

extension InitializerDeclaration {
  /// All zero.
  package static let zeros = InitializerDeclaration(
    "zeros", summary: "Sets every value to 0", formula: "w = 0"
  ) { shape, _, _ in [Float](repeating: 0, count: shape.reduce(1, *)) }
}
