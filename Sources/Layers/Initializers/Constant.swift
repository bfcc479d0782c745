import Declarations

extension InitializerDeclaration {
  /// One number everywhere.
  package static let constant = InitializerDeclaration(
    "constant", summary: "Sets every value to one number", formula: "w = value",
    settings: [
      SettingDeclaration("value", .real(.any), isPositional: true, doc: "The number.")
    ]
  ) { weight, settings, _ in [Float](repeating: Float(settings.real("value")), count: weight.shape.reduce(1, *)) }
}
