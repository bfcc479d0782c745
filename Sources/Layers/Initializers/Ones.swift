import Declarations

extension InitializerDeclaration {
  /// All one.
  package static let ones = InitializerDeclaration(
    "ones", summary: "Sets every value to 1", formula: "w = 1"
  ) { weight, _, _ in [Float](repeating: 1, count: weight.shape.reduce(1, *)) }
}
