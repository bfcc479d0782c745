import Declarations

extension InitializerDeclaration {
  /// Uniform draws; also a value in expressions.
  package static let uniform = InitializerDeclaration(
    "uniform", summary: "Draws evenly between two bounds", formula: "w ~ U[low, high)",
    settings: [
      SettingDeclaration("low", .real(.any), default: .real(0), doc: "The lower bound."),
      SettingDeclaration("high", .real(.any), default: .real(1), doc: "The upper bound, itself not drawn."),
    ]
  ) { weight, settings, random in
    let (low, high) = (settings.real("low"), settings.real("high"))
    return (0..<weight.shape.reduce(1, *)).map { _ in Float(random.uniform(low, high)) }
  }
}
