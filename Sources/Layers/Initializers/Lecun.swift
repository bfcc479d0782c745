import Declarations

extension InitializerDeclaration {
  /// Keeps the variance of what flows forwards.
  package static let lecun = InitializerDeclaration(
    "lecun", summary: "Scales by the inputs, so that outputs have the variance of the inputs; suits `selu` and `tanh`",
    formula: "variance = gain² / fan_in [LeCun et al. 1998, Efficient BackProp]",
    settings: [.distribution(default: "normal"), .gain]
  ) { weight, settings, random in
    let gain = settings.real("gain")
    let variance = gain * gain / weight.inputs
    return random.scaled(weight.shape, variance: variance, distribution: settings.word("distribution"))
  }
}
