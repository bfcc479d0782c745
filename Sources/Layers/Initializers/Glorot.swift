import Declarations

extension InitializerDeclaration {
  /// Keeps the variance of activations and gradients about the same from layer to layer.
  package static let glorot = InitializerDeclaration(
    "glorot",
    summary: "Scales by both fans, so that neither activations nor gradients grow or fade from layer to layer",
    formula: "variance = gain² · 2 / (fan_in + fan_out); uniform within ±gain · √(6 / (fan_in + fan_out)) "
      + "[Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks]",
    settings: [.distribution(default: "uniform"), .gain]
  ) { weight, settings, random in
    let fans = Fans(weight.shape)
    let gain = settings.real("gain")
    let variance = gain * gain * 2 / Double(fans.inputs + fans.outputs)
    return random.scaled(weight.shape, variance: variance, distribution: settings.word("distribution"))
  }
}
