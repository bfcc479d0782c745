import Declarations

extension InitializerDeclaration {
  /// Makes up for the half of the variance that relu removes.
  package static let he = InitializerDeclaration(
    "he", summary: "Scales by the inputs and makes up for the half of the variance that `relu` removes",
    formula: "variance = gain² · 2 / fan_in [He et al. 2015, Delving Deep into Rectifiers]",
    settings: [.distribution(default: "normal"), .gain]
  ) { weight, settings, random in
    let gain = settings.real("gain")
    let variance = gain * gain * 2 / weight.inputs
    return random.scaled(weight.shape, variance: variance, distribution: settings.word("distribution"))
  }
}
