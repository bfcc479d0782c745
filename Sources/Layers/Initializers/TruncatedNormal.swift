import Declarations

extension InitializerDeclaration {
  /// Normal draws without the tails.
  package static let truncatedNormal = InitializerDeclaration(
    "truncated_normal", summary: "Draws from a normal distribution, and again where a value is over two deviations off",
    formula:
      "w ~ N(mean, deviation²) given |w − mean| ≤ 2 · deviation; the deviation of what is left is 0.88 times that",
    settings: [
      SettingDeclaration("mean", .real(.any), default: .real(0), doc: "The centre of the distribution."),
      SettingDeclaration(
        "deviation", .real(.nonNegative), default: .real(1),
        doc: "The standard deviation of the distribution before its tails are cut."),
    ]
  ) { weight, settings, random in
    let (mean, deviation) = (settings.real("mean"), settings.real("deviation"))
    let count = weight.shape.reduce(1, *)
    var values: [Float] = []
    values.reserveCapacity(count)
    while values.count < count {
      for draw in random.normals(count - values.count) where abs(draw) <= 2 {
        values.append(Float(mean + deviation * draw))
      }
    }
    return values
  }
}
