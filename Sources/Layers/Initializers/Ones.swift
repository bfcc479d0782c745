import Declarations

extension InitializerDeclaration {
  /// All one.
  package static let ones = InitializerDeclaration(
    "ones", summary: "Sets every value to 1", formula: "w = 1"
  ) { shape, _, _ in [Float](repeating: 1, count: shape.reduce(1, *)) }
}
