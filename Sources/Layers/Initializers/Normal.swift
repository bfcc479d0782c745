import Declarations

extension InitializerDeclaration {
  /// Normal draws; also a value in expressions.
  package static let normal = InitializerDeclaration(
    "normal", summary: "Draws from a normal distribution", formula: "w ~ N(mean, deviation²)",
    settings: [
      SettingDeclaration("mean", .real(.any), default: .real(0), doc: "The centre of the distribution."),
      SettingDeclaration(
        "deviation", .real(.nonNegative), default: .real(1), doc: "The standard deviation of the distribution."),
    ]
  ) { weight, settings, random in
    let (mean, deviation) = (settings.real("mean"), settings.real("deviation"))
    return random.normals(weight.shape.reduce(1, *)).map { Float(mean + deviation * $0) }
  }
}
